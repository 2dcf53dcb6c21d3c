"""What the database shows in views, put together once more in plain Python from all rows, for the tests' plain reading."""

from datetime import date
from typing import Any

from tortoise.models import Model

from models.back_office.logistics.inventory import Batch, Location
from models.back_office.logistics.inventory.stock import Allocation, StockBalance
from models.back_office.logistics.shipments import Shipment, ShipmentLine
from models.back_office.production import WorkOrder
from models.back_office.purchasing import PurchaseOrder, PurchaseOrderLine
from models.front_office.sales.orders import Order, OrderLine
from models.front_office.sales.orders.progress import OrderProgress
from tests.reading.reference_scopes import Row, Tables

FURTHEST_FIRST = ("DELIVERED", "SHIPPED", "PICKED", "ALLOCATED", "IN_PRODUCTION", "BACKORDERED")
TO_BE_MADE = ("PLANNED", "RELEASED", "IN_PROGRESS")


def shown(tables: Tables) -> dict[type[Model], list[Row]]:
    """The rows of the views."""
    return {OrderProgress: [stage for line in tables[OrderLine] for stage in Progress(tables, line).stages()]}


class Progress:
    """How far one line of an order is."""

    def __init__(self, tables: Tables, line: Row) -> None:
        self._tables = tables
        self._line = line
        self._order = next(row for row in tables[Order] if row["id"] == line["order_id"])

    def stages(self) -> list[Row]:
        """Every stage at which pieces of it are."""
        return [*self._parcels(), *self._left_before(), *self._in_stock(), *self._waiting()]

    def _stage(self, name: str, quantity: int, **columns: Any) -> Row:
        nothing = dict.fromkeys(OrderProgress._meta.fields_map)
        return {
            **nothing,
            "id": self._line["id"],
            "order_id": self._line["order_id"],
            "order_line_id": self._line["id"],
            "product_id": self._line["product_id"],
            "position": self._line["position"],
            "place": self._line["position"] * 10 + FURTHEST_FIRST.index(name),
            "stage": name,
            "quantity": quantity,
            **columns,
        }

    def _pieces_in(self, shipment: Row) -> int:
        lines = self._tables[ShipmentLine]
        return sum(
            one["quantity"]
            for one in lines
            if one["shipment_id"] == shipment["id"] and one["order_line_id"] == self._line["id"]
        )

    def _parcels(self) -> list[Row]:
        found: list[Row] = []
        for parcel in self._tables[Shipment]:
            pieces = self._pieces_in(parcel) if parcel["order_id"] == self._line["order_id"] else 0
            own = {"id": parcel["id"], "shipment_id": parcel["id"]}
            carried = {name: parcel[name] for name in ("carrier", "tracking_number", "expected_at")}
            status = str(parcel["status"].value)
            if pieces and status in ("DELIVERED", "SHIPPED"):
                since = parcel["delivered_at" if status == "DELIVERED" else "shipped_at"]
                found.append(self._stage(status, pieces, **own, **carried, since=since))
            elif pieces and status in ("PICKED", "PACKED"):
                found.append(self._stage("PICKED", pieces, **own, since=parcel["picked_at"]))
        return found

    def _left_before(self) -> list[Row]:
        """What left the house without a shipment."""
        gone = [one for one in self._tables[Shipment] if one["status"] in ("SHIPPED", "DELIVERED")]
        left = self._line["shipped_quantity"] - sum(map(self._pieces_in, gone))
        if left <= 0:
            return []
        if self._order["status"] == "DELIVERED":
            return [self._stage("DELIVERED", left, since=self._order["delivered_at"])]
        return [self._stage("SHIPPED", left, since=self._order["shipped_at"])]

    def _in_stock(self) -> list[Row]:
        packing = {one["id"] for one in self._tables[Location] if one["kind"] == "PACKING"}
        shelved = {one["id"] for one in self._tables[StockBalance] if one["location_id"] not in packing}
        own = [
            one
            for one in self._tables[Allocation]
            if one["order_line_id"] == self._line["id"] and one["balance_id"] in shelved
        ]
        if self._line["allocated_quantity"] <= 0 or not own:
            return []
        since = min(one["allocated_at"] for one in own)
        return [self._stage("ALLOCATED", sum(one["quantity"] for one in own), since=since)]

    # --- What it waits for ---

    def _waiting(self) -> list[Row]:
        lacking = _lacking(self._line)
        if lacking <= 0 or self._order["status"] not in ("PLACED", "ON_HOLD", "PARTLY_SHIPPED"):
            return []
        ahead, being_made = self._ahead(), self._being_made()
        made = sum(quantity for _, _, _, quantity in being_made)
        for_it = min(max(made - ahead, 0), lacking)
        found: list[Row] = []
        if for_it > 0:
            number, batch, day = self._last_of(being_made, ahead + for_it)
            found.append(
                self._stage("IN_PRODUCTION", for_it, planned_for=day, work_order_number=number, batch_number=batch)
            )
        if lacking > for_it:
            expected = self._delivered(ahead + lacking - made)
            found.append(self._stage("BACKORDERED", lacking - for_it, expected_at=expected))
        return found

    def _ahead(self) -> int:
        """How much older lines of the same product wait for."""
        mine = (self._order["placed_at"], self._order["id"], self._line["position"])
        found = 0
        for order in self._tables[Order]:
            for line in self._tables[OrderLine] if order["status"] in ("PLACED", "PARTLY_SHIPPED") else []:
                if line["order_id"] == order["id"] and line["product_id"] == self._line["product_id"]:
                    is_older = (order["placed_at"], order["id"], line["position"]) < mine
                    found += max(_lacking(line), 0) if is_older else 0
        return found

    def _being_made(self) -> list[tuple[Any, str, str | None, int]]:
        """What is being made of the product, in the order of its coming: day and key, work order, batch, quantity."""
        product, works = self._line["product_id"], {one["id"]: one for one in self._tables[WorkOrder]}
        found = [
            ((one["planned_for"], one["id"]), one["number"], None, one["quantity"])
            for one in works.values()
            if one["product_id"] == product and one["status"] in TO_BE_MADE
        ]
        for batch in self._tables[Batch]:
            if batch["product_id"] == product and batch["status"] == "ON_HOLD" and batch["work_order_id"]:
                work = works[batch["work_order_id"]]
                lies = [one for one in self._tables[StockBalance] if one["batch_id"] == batch["id"]]
                free = sum(one["on_hand"] - one["allocated"] for one in lies)
                found.append(((work["planned_for"], batch["id"]), work["number"], batch["number"], free))
        return sorted(found, key=lambda one: one[0])

    @staticmethod
    def _last_of(being_made: list[tuple[Any, str, str | None, int]], wanted: int) -> tuple[str, str | None, date]:
        """Which of them completes a quantity."""
        total = 0
        for (day, _), number, batch, quantity in being_made:
            total += quantity
            if total >= wanted:
                return number, batch, day
        raise AssertionError("Less is made than is made.")

    def _delivered(self, wanted: int) -> Any:
        """When suppliers will have brought so much of the product."""
        awaited = [one for one in self._tables[PurchaseOrder] if one["status"] in ("SENT", "PARTLY_RECEIVED")]
        lines = [one for one in self._tables[PurchaseOrderLine] if one["product_id"] == self._line["product_id"]]
        for due in sorted((one for one in awaited if one["expected_at"]), key=lambda one: one["expected_at"]):
            early = {one["id"] for one in awaited if one["expected_at"] and one["expected_at"] <= due["expected_at"]}
            coming = sum(
                max(line["quantity"] - line["received_quantity"], 0)
                for line in lines
                if line["purchase_order_id"] in early
            )
            mine = any(line["purchase_order_id"] == due["id"] for line in lines)
            if mine and coming >= wanted:
                return due["expected_at"]
        return None


def _lacking(line: Row) -> int:
    return line["quantity"] - line["shipped_quantity"] - line["allocated_quantity"]
