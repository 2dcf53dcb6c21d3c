"""Making a shipment: what is promised to an order in one warehouse, and in no other shipment, becomes a pick list."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise.connection import get_connection

from models.back_office.logistics.inventory import Warehouse, can_be_promised
from models.back_office.logistics.shipments import LISTED, Shipment, ShipmentEvent, ShipmentLine, ShipmentStatus
from models.front_office.sales.orders import Order, OrderLine
from models.kit.base import new_id, now
from resolvers.back_office.logistics.inventory.alerts import alert
from resolvers.back_office.logistics.inventory.ledger import lock_balances
from resolvers.back_office.logistics.inventory.promising import release_batch
from resolvers.back_office.logistics.shipments.steps import check_order
from resolvers.events import record
from resolvers.kit.commands import Command, Key, Keys, command, member
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.loading import load
from resolvers.kit.numbers import next_number
from resolvers.kit.viewer import Viewer

SHIP_TO = ("ship_name", "ship_street", "ship_city", "ship_region", "ship_postal_code", "ship_country")


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
    await _exchange_expired(viewer, order, at)
    await lock_balances([(UUID(str(row["location_id"])), UUID(str(row["batch_id"]))) for row in await _promised(order)])
    # Read again: what is promised stays as it is, now that the stock is locked.
    found = await _promised(order)
    found = _of_lines(found, given.lines, errors)
    found = _of_warehouse(found, given.warehouse, errors)
    if not found and not errors.count:
        errors.add("order", "Nothing of it is promised, and in no shipment yet.", "NOTHING_TO_PICK")
    errors.raise_if_any()
    shipment = Shipment(
        id=new_id(),
        number=await next_number("SHP", at),
        order_id=order.id,
        warehouse_id=UUID(str(found[0]["warehouse_id"])),
        status=ShipmentStatus.TO_PICK,
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
                quantity=int(row["quantity"]),
            )
            for position, row in enumerate(found, start=1)
        ]
    )
    kind = ShipmentEvent.CREATED
    await record(kind, shipment, order, actor=viewer, at=at)
    return {"shipment": shipment.id}


async def _promised(order: Order, condition: str = "") -> list[dict[str, Any]]:
    """What is promised to an order in storage and on no pick list, by location."""
    good = condition or can_be_promised("b")
    return await get_connection("default").execute_query_dict(
        f"SELECT a.order_line_id, b.batch_id, b.location_id, b.product_id, shelf.warehouse_id, a.quantity - {LISTED} AS quantity"
        " FROM allocations a JOIN order_lines l ON l.id = a.order_line_id JOIN stock_balances b ON b.id = a.balance_id"
        " JOIN locations shelf ON shelf.id = b.location_id AND shelf.kind = 'STORAGE'"
        f" WHERE l.order_id = '{order.id}' AND a.quantity > {LISTED} AND {good} ORDER BY shelf.code, l.position, b.id"
    )


async def _exchange_expired(viewer: Viewer, order: Order, at: datetime) -> None:
    """Gives up what has expired since it was promised, and promises other stock instead, as far as there is."""
    expired = await _promised(order, f"NOT ({can_be_promised('b')})")
    for batch, product in sorted({(str(row["batch_id"]), str(row["product_id"])) for row in expired}):
        await release_batch(UUID(batch), UUID(product), at, viewer.account)
    await alert({UUID(str(row["product_id"])) for row in expired}, at)


def _of_lines(
    found: list[dict[str, Any]], lines: Sequence[Key[OrderLine]] | None, errors: InputErrors
) -> list[dict[str, Any]]:
    if lines is None:
        return found
    if not lines:
        errors.add("lines", "Name at least one line, or leave them out for all.")
    inner, there = errors.within("lines"), {str(row["order_line_id"]) for row in found}
    for number, line in enumerate(lines):
        if str(line.id) not in there:
            message = "There is no such line of this order with anything promised and in no shipment yet."
            inner.add(str(number), message, "NOTHING_TO_PICK")
    wanted = {str(line.id) for line in lines}
    return [row for row in found if str(row["order_line_id"]) in wanted]


def _of_warehouse(
    found: list[dict[str, Any]], warehouse: Key[Warehouse] | None, errors: InputErrors
) -> list[dict[str, Any]]:
    if warehouse is not None:
        there = [row for row in found if str(row["warehouse_id"]) == str(warehouse.id)]
        if found and not there:
            errors.add("warehouse", "Nothing that is to be picked lies in such a warehouse.", "NOTHING_TO_PICK")
        return there
    if len({str(row["warehouse_id"]) for row in found}) > 1:
        errors.add("warehouse", "It lies in several warehouses: name the one to ship from.", "REQUIRED")
    return found
