"""Making a shipment: what is promised to an order in one warehouse, and in no other shipment, becomes a pick list.

Which steps a shipment may take from then on stands here too.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from models.back_office.logistics.inventory import Batch, BatchStatus, Location, LocationKind, Warehouse
from models.back_office.logistics.inventory.stock import can_be_promised
from models.back_office.logistics.shipments import (
    LISTED,
    Shipment,
    ShipmentEvent,
    ShipmentLine,
    ShipmentStatus,
)
from models.front_office.sales.orders import TO_SHIP, Order, OrderLine
from models.kit.base import is_one_of, new_id, now
from models.kit.sql import read_rows
from models.kit.states import Guard
from resolvers.back_office.logistics.inventory.ledger import lock_balances
from resolvers.back_office.logistics.inventory.promising import release_batch
from resolvers.events import record
from resolvers.kit.commands import Command, InputErrors, Key, Keys, Viewer, command, member
from resolvers.kit.loading import load
from resolvers.kit.numbers import next_number
from resolvers.kit.state_machine import Row, StateMachine

SHIP_TO = ("ship_name", "ship_street", "ship_city", "ship_region", "ship_postal_code", "ship_country")

S = ShipmentStatus


@command
class CreateShipment(Command):
    """What of an order is to be picked."""

    order: Key[Order] = member("The order. Nothing is picked of one that is held or cancelled.")
    warehouse: Key[Warehouse] | None = member(
        "Where it is picked; may be left out when all of what is to be picked lies in one warehouse.", default=None
    )
    lines: tuple[Key[OrderLine], ...] | None = member(
        "Which lines of the order; left out, all that have anything to pick.", default=None
    )
    expected_version: int | None = member("The order's version that the client has read.", default=None)


async def create_shipment(viewer: Viewer, given: CreateShipment) -> Keys:
    """Makes a pick list of what is promised to an order in one warehouse and is in no shipment yet. The address is copied from
    the order. Errors: ORDER_NOT_TO_SHIP, NOTHING_TO_PICK.
    """
    errors, at = InputErrors(), now()
    order = await load(viewer, Order, given.order, errors, given.expected_version)
    check_order(order, "order", errors)
    errors.raise_if_any()
    # What has expired since it was promised is given up for other stock, as far as there is.
    expired = await _promised(order, good=False)
    for batch, product in sorted({(row["batch_id"], row["product_id"]) for row in expired}):
        await release_batch(batch, product, at, viewer.account)
    await lock_balances((row["location_id"], row["batch_id"]) for row in await _promised(order))
    # Read again: what is promised stays as it is, now that the stock is locked.
    found = _of_lines(await _promised(order), given.lines, errors)
    found = _of_warehouse(found, given.warehouse, errors)
    if not found and not errors.count:
        errors.add("order", "Nothing of it is promised, and in no shipment yet.", "NOTHING_TO_PICK")
    errors.raise_if_any()
    shipment = Shipment(
        id=new_id(),
        number=await next_number("SHP", at),
        order_id=order.id,
        warehouse_id=found[0]["warehouse_id"],
        status=S.TO_PICK,
        created_at=at,
        created_by_id=viewer.account,
        **{column: getattr(order, column) for column in SHIP_TO},
    )
    await shipment.save(force_create=True)
    await ShipmentLine.bulk_create(
        [
            ShipmentLine(
                id=new_id(),
                shipment_id=shipment.id,
                position=position,
                order_line_id=row["order_line_id"],
                batch_id=row["batch_id"],
                location_id=row["location_id"],
                quantity=row["quantity"],
            )
            for position, row in enumerate(found, start=1)
        ]
    )
    await record(ShipmentEvent.CREATED, shipment, order, actor=viewer, at=at)
    return {"shipment": shipment.id}


async def _promised(order: Order, *, good: bool = True) -> list[dict[str, Any]]:
    """What is promised to an order in storage and on no pick list, by location; or what of that has become bad since."""
    return await read_rows(
        f"SELECT a.order_line_id, b.batch_id, b.location_id, b.product_id, shelf.warehouse_id,"
        f" CAST(a.quantity - {LISTED} AS integer) AS quantity"
        " FROM allocations a JOIN order_lines l ON l.id = a.order_line_id JOIN stock_balances b ON b.id = a.balance_id"
        " JOIN locations shelf ON shelf.id = b.location_id AND shelf.kind = 'STORAGE'"
        f" WHERE l.order_id = '{order.id}' AND a.quantity > {LISTED} AND {'' if good else 'NOT'} ({can_be_promised('b')})"
        " ORDER BY shelf.code, l.position, b.id"
    )


def _of_lines(
    found: list[dict[str, Any]], lines: Sequence[Key[OrderLine]] | None, errors: InputErrors
) -> list[dict[str, Any]]:
    if lines is None:
        return found
    if not lines:
        errors.add("lines", "Name at least one line, or leave them out for all.")
    inner, there = errors.within("lines"), {row["order_line_id"] for row in found}
    for number, line in enumerate(lines):
        if line.id not in there:
            message = "There is no such line of this order with anything promised and in no shipment yet."
            inner.add(str(number), message, "NOTHING_TO_PICK")
    wanted = {line.id for line in lines}
    return [row for row in found if row["order_line_id"] in wanted]


def _of_warehouse(
    found: list[dict[str, Any]], warehouse: Key[Warehouse] | None, errors: InputErrors
) -> list[dict[str, Any]]:
    if warehouse is not None:
        there = [row for row in found if row["warehouse_id"] == warehouse.id]
        if found and not there:
            errors.add("warehouse", "Nothing that is to be picked lies in such a warehouse.", "NOTHING_TO_PICK")
        return there
    if len({row["warehouse_id"] for row in found}) > 1:
        errors.add("warehouse", "It lies in several warehouses: name the one to ship from.", "REQUIRED")
    return found


# --- Which steps it may take then -------------------------------------------------------------------------------------


def _order_goes_on(row: Row) -> str:
    return is_one_of(f"(SELECT bought.status FROM orders bought WHERE bought.id = {row.column('order_id')})", TO_SHIP)


def _goods_may_leave(row: Row) -> str:
    """A condition that all batches may leave the house (`is_good`), and that there is a place to pack what is to be picked."""
    spoilt = (
        "SELECT 1 FROM shipment_lines part JOIN batches lot ON lot.id = part.batch_id"
        f" WHERE part.shipment_id = {row.column('id')}"
        f" AND (lot.status <> '{BatchStatus.RELEASED}' OR lot.expires_on < CURRENT_DATE)"
    )
    packing = f"SELECT 1 FROM locations place WHERE place.warehouse_id = {row.column('warehouse_id')} AND place.kind = 'PACKING'"
    return f"NOT EXISTS ({spoilt}) AND ({row.column('status')} <> '{S.TO_PICK}' OR EXISTS ({packing}))"


def check_order(order: Order, member: str, errors: InputErrors) -> None:
    """Notes that nothing of an order may be picked, packed or shipped now."""
    if order.status not in TO_SHIP:
        message = f"The order is {order.status}: nothing of it is picked or shipped."
        errors.add(member, message, "ORDER_NOT_TO_SHIP")


def is_good(batch: Batch, at: datetime) -> bool:
    """Whether a batch may still be shipped, as `can_be_promised` says in SQL."""
    return batch.status is BatchStatus.RELEASED and (batch.expires_on is None or batch.expires_on >= at.date())


async def _order_is_held(_viewer: Viewer, shipment: Shipment, errors: InputErrors) -> None:
    check_order(await Order.get(id=shipment.order_id), "shipment", errors)


async def _goods_are_held(_viewer: Viewer, shipment: Shipment, errors: InputErrors) -> None:
    packing = Location.filter(warehouse_id=shipment.warehouse_id, kind=LocationKind.PACKING)
    if shipment.status is S.TO_PICK and not await packing.exists():
        errors.add("shipment", "The warehouse has no location to pack in.", "NO_PACKING_LOCATION")
        return
    wanted = await ShipmentLine.filter(shipment_id=shipment.id).values_list("batch_id", flat=True)
    for batch in await Batch.filter(id__in=wanted).order_by("id"):
        if batch.status is not BatchStatus.RELEASED:
            errors.add("shipment", f"The batch {batch.number} is {batch.status}.", "BATCH_NOT_RELEASED")
        elif not is_good(batch, now()):
            errors.add("shipment", f"The batch {batch.number} expired on {batch.expires_on}.", "BATCH_EXPIRED")


MACHINE = StateMachine(
    Shipment,
    {Guard.ORDER_GOES_ON: _order_goes_on, Guard.GOODS_THERE: _goods_may_leave},
    {Guard.ORDER_GOES_ON: _order_is_held, Guard.GOODS_THERE: _goods_are_held},
)
