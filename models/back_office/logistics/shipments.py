"""Shipments: what leaves the house for one order from one warehouse, from the pick list to the customer's door.

The surprising rule: the address is copied when the shipment is made, and is told only to who prints its label.
"""

from typing import Any

from tortoise import fields

from models.both_offices.work import FRONT_OFFICE, WorkKind, WorkSource
from models.front_office.sales.orders import TO_SHIP, OrderEvent
from models.front_office.sales.orders.addresses import for_others, is_complained_about, was_told
from models.kit.base import ReadScope, Record, all_rows, is_one_of, optional_reference, reference
from models.kit.constraints import at_least, belonging, when
from models.kit.enums import DescribedEnum
from models.kit.events import EventKind
from models.kit.states import Guard, Transition, Transitions
from models.permissions import Permission


class ShipmentStatus(DescribedEnum):
    """How far a shipment is."""

    TO_PICK = "TO_PICK", "Its pick list waits for somebody in the warehouse."
    PICKED = "PICKED", "Everything was taken from the shelves."
    PACKED = "PACKED", "Packed, and waiting for its carrier."
    SHIPPED = "SHIPPED", "With the carrier."
    DELIVERED = "DELIVERED", "With the customer."
    CANCELLED = "CANCELLED", "Given up before it left; what was picked is back on the shelf."


_S = ShipmentStatus
_WRITE = Permission.WRITE_SHIPMENTS
_LEAVING = (Guard.ORDER_GOES_ON, Guard.GOODS_THERE)

TRANSITIONS: Transitions = {
    _S.TO_PICK: (
        Transition(_S.PICKED, _WRITE, by=("pickShipment",), guards=_LEAVING),
        Transition(_S.CANCELLED, _WRITE, by=("cancelShipment",)),
    ),
    _S.PICKED: (
        Transition(_S.PACKED, _WRITE, by=("packShipment",), guards=(Guard.ORDER_GOES_ON,)),
        Transition(_S.CANCELLED, _WRITE, by=("cancelShipment",)),
    ),
    _S.PACKED: (
        Transition(_S.SHIPPED, _WRITE, by=("shipShipment",), guards=_LEAVING),
        Transition(_S.CANCELLED, _WRITE, by=("cancelShipment",)),
    ),
    _S.SHIPPED: (Transition(_S.DELIVERED, _WRITE, by=("deliverShipment",)),),
    _S.DELIVERED: (),
    _S.CANCELLED: (),
}

LISTED = (
    "coalesce((SELECT sum(listed.quantity) FROM shipment_lines listed JOIN shipments s ON s.id = listed.shipment_id"
    " WHERE listed.order_line_id = a.order_line_id AND s.status = 'TO_PICK' AND listed.batch_id = b.batch_id"
    " AND listed.location_id = b.location_id), 0)"
)
"""How much of an allocation `a` of a balance `b` is on a pick list already, in SQL."""

IN_HOUSE = frozenset({_S.TO_PICK, _S.PICKED, _S.PACKED})
"""Shipments that have not left."""

ADDRESSED = IN_HOUSE - {_S.TO_PICK}
"""Shipments that need a label: taken from the shelves, and not gone."""


class ShipmentEvent(EventKind):
    """What happens to shipments."""

    CREATED = "SHIPMENT_CREATED", "A pick list waits for the warehouse."
    PICKED = "SHIPMENT_PICKED", "A shipment was taken from the shelves."
    PACKED = "SHIPMENT_PACKED", "A shipment was packed."
    SHIPPED = "SHIPMENT_SHIPPED", "A shipment left the house."
    DELIVERED = "SHIPMENT_DELIVERED", "A shipment is with the customer."
    CANCELLED = "SHIPMENT_CANCELLED", "A shipment was given up before it left."


class Shipment(Record):
    """One parcel or truckload of one order. `expected_at` is when the carrier says that it arrives."""

    history_needs = Permission.READ_SHIPMENTS
    transitions = TRANSITIONS

    number = fields.CharField(max_length=20, unique=True)
    order_id = reference("Order", related_name="shipments")
    warehouse_id = reference("Warehouse", related_name="shipments")
    status = fields.CharEnumField(ShipmentStatus, max_length=20)
    carrier = fields.CharField(max_length=100, null=True)
    tracking_number = fields.CharField(max_length=100, null=True)
    created_at = fields.DatetimeField()
    created_by_id = optional_reference("Account")
    picked_at = fields.DatetimeField(null=True)
    packed_at = fields.DatetimeField(null=True)
    shipped_at: Any = fields.DatetimeField(null=True)
    expected_at = fields.DatetimeField(null=True)
    delivered_at: Any = fields.DatetimeField(null=True)
    cancelled_at = fields.DatetimeField(null=True)
    ship_name = fields.CharField(max_length=200, null=True)
    ship_street = fields.CharField(max_length=200, null=True)
    ship_city = fields.CharField(max_length=100, null=True)
    ship_region = fields.CharField(max_length=100, null=True)
    ship_postal_code = fields.CharField(max_length=20, null=True)
    ship_country = fields.CharField(max_length=100, null=True)
    version = fields.IntField(default=1)

    class Meta:
        table = "shipments"
        indexes = (("order_id", "created_at", "id"), ("status", "created_at", "id"), ("created_at", "id"))
        checks = {
            "picked": when("status", "PICKED PACKED SHIPPED DELIVERED", "picked_at"),
            "packed": when("status", "PACKED SHIPPED DELIVERED", "packed_at"),
            "shipped": when("status", "SHIPPED DELIVERED", "shipped_at", "carrier"),
            "delivered": when("status", "DELIVERED", "delivered_at"),
            "cancelled": when("status", "CANCELLED", "cancelled_at"),
        }
        by_code_point = ("number", "status", "carrier")


class ShipmentLine(Record):
    """How much of one batch goes with a shipment for one line of its order, and from which shelf it is taken."""

    shipment_id = reference("Shipment", related_name="lines")
    position = fields.IntField()
    order_line_id = reference("OrderLine", related_name="shipment_lines", index=True)
    batch_id = reference("Batch", related_name="shipment_lines", index=True)
    location_id = reference("Location")
    quantity = fields.IntField()

    class Meta:
        table = "shipment_lines"
        unique_together = (("shipment_id", "position"), ("shipment_id", "order_line_id", "batch_id", "location_id"))
        checks = {"quantity": at_least(1, "quantity", "position")}
        triggers = (
            belonging(
                "shipment_line_of_its_order",
                "order_lines line JOIN shipments ON shipments.order_id = line.order_id"
                " JOIN batches ON batches.product_id = line.product_id",
                "line.id = NEW.order_line_id AND shipments.id = NEW.shipment_id AND batches.id = NEW.batch_id",
            ),
        )


CHANGES_WHAT_WAITS = (
    OrderEvent.PLACED,
    OrderEvent.ALLOCATED,
    OrderEvent.AMENDED,
    OrderEvent.HELD,
    OrderEvent.RESUMED,
    OrderEvent.CANCELLED,
    ShipmentEvent.CREATED,
    ShipmentEvent.CANCELLED,
)
"""After which an order may wait for a shipment, or wait for one no more."""


def waits_for_shipment(order: str) -> str:
    """The condition that something is promised to an order in storage and is on no pick list."""
    return (
        f"{is_one_of(f'{order}.status', TO_SHIP)} AND EXISTS (SELECT 1 FROM order_lines wanted"
        " JOIN allocations a ON a.order_line_id = wanted.id JOIN stock_balances b ON b.id = a.balance_id"
        " JOIN locations shelf ON shelf.id = b.location_id AND shelf.kind = 'STORAGE'"
        f" WHERE wanted.order_id = {order}.id AND a.quantity > {LISTED})"
    )


def labels(_read_scope: ReadScope, shipment: str) -> str:
    """Where shipments go, for whoever was told so and may still know it."""
    return f"{is_one_of(f'{shipment}.status', ADDRESSED)} AND {was_told('shipment', f'{shipment}.id')}"


Shipment.row_scope = ShipmentLine.row_scope = all_rows

WORK = (
    WorkSource(
        kind=WorkKind.LABEL_TO_WRITE,
        table="shipments parcel JOIN orders sold ON sold.id = parcel.order_id",
        where=f"{is_one_of('parcel.status', ADDRESSED)} AND {is_complained_about('sold')}",
        owner=FRONT_OFFICE,
        since="parcel.picked_at",
        columns={"order_id": "sold.id"},
        seen=for_others(WorkKind.LABEL_TO_WRITE, Permission.READ_SHIP_TO),
    ),
)
