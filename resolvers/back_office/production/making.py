"""Making: components are consumed when the workshop begins, and what it made is a batch on hold, of known cost.

The surprising rule: a batch's cost comes from the ledger, from what its work order consumed; nobody types it in.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tortoise.connection import get_connection

from models.back_office.logistics.inventory import (
    Batch,
    BatchStatus,
    Location,
    MoveKind,
    StockMove,
    can_be_promised,
)
from models.back_office.production import (
    TRANSITIONS,
    BillLine,
    BillOfMaterials,
    ProductionEvent,
    WorkOrder,
    WorkOrderStatus,
)
from models.back_office.products.catalogue import Product
from models.kit.base import new_id, now
from models.kit.events import about
from models.kit.states import move_to
from resolvers.back_office.logistics.inventory.alerts import alert
from resolvers.back_office.logistics.inventory.ledger import LARGEST_QUANTITY, NewMove, post
from resolvers.back_office.logistics.inventory.promising import fill_backorders, lock_stock
from resolvers.back_office.production.planning import WORK_ORDERS, WorkOrderCommand, write
from resolvers.events import record
from resolvers.kit.commands import Key, Keys, command, member
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.loading import find, load
from resolvers.kit.numbers import next_number
from resolvers.kit.problems import OutOfStock
from resolvers.kit.viewer import Viewer

S = WorkOrderStatus


@dataclass(frozen=True, slots=True)
class _Lot:
    """What a place has free of one batch."""

    location: UUID
    batch: UUID
    free: int


def needed(quantity: int, per_output: int, output: int) -> int:
    """How much of a component a quantity takes: whole units, so a part of one is a whole one."""
    return -(-quantity * per_output // output)


def cost_of_one(consumed: Iterable[tuple[int, int | None, str | None]], made: int, currency: str) -> int | None:
    """What one unit of a batch cost, in minor units, half up: the sum of quantity times unit cost of what it consumed.

    None when the cost of any of that is unknown, or in another currency.
    """
    total = 0
    for quantity, cost, of in consumed:
        if quantity and (cost is None or of != currency):
            return None
        total += quantity * (cost or 0)
    return (total * 2 + made) // (made * 2)


# --- Starting ---------------------------------------------------------------------------------------------------------


@command
class StartWorkOrder(WorkOrderCommand):
    """What `startWorkOrder` takes."""


async def start_work_order(viewer: Viewer, given: StartWorkOrder) -> Keys:
    """Begins the work and consumes its components, what expires first, first. Refused with an OutOfStock for each component
    of which there is not enough in the warehouse that is released and not promised to orders.
    """
    errors = InputErrors()
    work_order = await load(viewer, WorkOrder, given.work_order, errors, given.expected_version)
    # What is missing is told component by component, from the very lots that would be taken.
    await WORK_ORDERS.check_step(viewer, work_order, "startWorkOrder", S.IN_PROGRESS, errors)
    errors.raise_if_any()
    at = now()
    wanted = await _components(work_order)
    await lock_stock(wanted)
    lots = await _lots(work_order.warehouse_id, wanted)
    moves: list[NewMove] = []
    for component, (name, quantity) in wanted.items():
        left = quantity
        for lot in lots[component]:
            part = min(left, lot.free)
            if part:
                moves.append(_consumed(work_order, component, lot.location, lot.batch, -part, at, viewer))
                left -= part
        if left:
            message = f"Of {name}, {quantity} are needed and {quantity - left} available in the warehouse."
            path = ("input", "workOrder")
            errors.add_problem(OutOfStock("OUT_OF_STOCK", message, path, available=quantity - left))
    errors.raise_if_any()
    await post(moves)
    move_to(work_order, S.IN_PROGRESS, TRANSITIONS)
    work_order.started_at = at
    keys = await write(viewer, work_order, ProductionEvent.WORK_ORDER_STARTED, at)
    await alert(wanted, at)
    return keys


async def _components(work_order: WorkOrder) -> dict[UUID, tuple[str, int]]:
    """What the work order takes, in the bill's order: by product, its name and how much."""
    bill = await BillOfMaterials.get(id=work_order.bill_id)
    lines = await BillLine.filter(bill_id=bill.id).order_by("position").prefetch_related("component")
    return {
        line.component_id: (
            f"{line.component.name} ({line.component.sku})",
            needed(work_order.quantity, line.quantity, bill.output_quantity),
        )
        for line in lines
    }


async def _lots(warehouse: UUID, products: Iterable[UUID]) -> dict[UUID, list[_Lot]]:
    """What is free of these products in a warehouse, by product, first expired first."""
    named = ", ".join(f"'{product}'" for product in products)
    rows = await get_connection("default").execute_query_dict(
        "SELECT held.product_id, held.location_id, held.batch_id, held.on_hand - held.allocated AS free"
        " FROM stock_balances held JOIN locations place ON place.id = held.location_id"
        " JOIN batches lot ON lot.id = held.batch_id"
        f" WHERE held.product_id IN ({named}) AND place.warehouse_id = '{warehouse}'"
        f" AND held.allocated < held.on_hand AND {can_be_promised('held')}"
        " ORDER BY lot.expires_on IS NULL, lot.expires_on, lot.made_at, held.id"
    )
    lots: defaultdict[UUID, list[_Lot]] = defaultdict(list)
    for row in rows:
        lot = _Lot(UUID(str(row["location_id"])), UUID(str(row["batch_id"])), int(row["free"]))
        lots[UUID(str(row["product_id"]))].append(lot)
    return lots


def _consumed(
    work_order: WorkOrder,
    product: UUID,
    location: UUID,
    batch: UUID,
    quantity: int,
    at: datetime,
    viewer: Viewer,
    reason: str | None = None,
) -> NewMove:
    return NewMove(
        product_id=product,
        location_id=location,
        batch_id=batch,
        kind=MoveKind.CONSUME,
        quantity=quantity,
        at=at,
        actor_id=viewer.account,
        reason=reason,
        work_order_id=work_order.id,
        path=("input", "workOrder"),
    )


# --- Completing -------------------------------------------------------------------------------------------------------


@command
class CompleteWorkOrder(WorkOrderCommand):
    """What came out of a work order."""

    completed_quantity: int = member("How much came out, 1 to 100,000,000, more or less than was planned.")
    location: Key[Location] = member("Where it is put: a location of the work order's warehouse.")


async def complete_work_order(viewer: Viewer, given: CompleteWorkOrder) -> Keys:
    """Takes what was made into stock, as one batch on hold; what one unit of it cost follows from what was consumed."""
    errors, quantity = InputErrors(), given.completed_quantity
    errors.number("completedQuantity", quantity, LARGEST_QUANTITY)
    work_order = await load(viewer, WorkOrder, given.work_order, errors, given.expected_version)
    await WORK_ORDERS.check(viewer, work_order, "completeWorkOrder", S.COMPLETED, errors)
    place = await find(viewer, Location, given.location, errors)
    if place is not None and place.warehouse_id != work_order.warehouse_id:
        errors.add("location", "It is in another warehouse than the work order.")
    errors.raise_if_any()
    assert place is not None
    at = now()
    batch = await _made(work_order, quantity, at)
    await post(
        [
            NewMove(
                product_id=work_order.product_id,
                location_id=place.id,
                batch_id=batch.id,
                kind=MoveKind.PRODUCE,
                quantity=quantity,
                at=at,
                actor_id=viewer.account,
                work_order_id=work_order.id,
                path=("input", "completedQuantity"),
            )
        ]
    )
    move_to(work_order, S.COMPLETED, TRANSITIONS)
    work_order.completed_quantity, work_order.ended_at = quantity, at
    work_order.version += 1
    await work_order.save()
    await record(
        ProductionEvent.WORK_ORDER_COMPLETED,
        work_order,
        about(Product, work_order.product_id),
        batch,
        actor=viewer,
        at=at,
    )
    return {"work_order": work_order.id, "batch": batch.id}


async def _made(work_order: WorkOrder, quantity: int, at: datetime) -> Batch:
    """The batch that a work order made. Its shelf life begins today."""
    product = await Product.get(id=work_order.product_id)
    cost = cost_of_one(await _spent(work_order), quantity, product.currency)
    keeps = product.shelf_life_days
    return await Batch.create(
        id=new_id(),
        number=await next_number("BAT", at),
        product_id=product.id,
        status=BatchStatus.ON_HOLD,
        made_at=at,
        expires_on=(at + timedelta(days=keeps)).date() if keeps is not None else None,
        work_order_id=work_order.id,
        currency=None if cost is None else product.currency,
        unit_cost_minor=cost,
    )


async def _spent(work_order: WorkOrder) -> list[tuple[int, int | None, str | None]]:
    """How much of each batch a work order consumed, and what one unit of it cost."""
    rows: list[Any] = await get_connection("default").execute_query_dict(
        "SELECT -sum(gone.quantity) AS quantity, lot.unit_cost_minor, lot.currency FROM stock_moves gone"
        " JOIN batches lot ON lot.id = gone.batch_id"
        f" WHERE gone.work_order_id = '{work_order.id}' AND gone.kind = '{MoveKind.CONSUME}'"
        " GROUP BY lot.id, lot.unit_cost_minor, lot.currency"
    )
    return [(int(row["quantity"]), row["unit_cost_minor"], row["currency"]) for row in rows]


# --- Cancelling -------------------------------------------------------------------------------------------------------


@command
class CancelWorkOrder(WorkOrderCommand):
    """What `cancelWorkOrder` takes."""

    reason: str = member("Why it is not made.")


async def cancel_work_order(viewer: Viewer, given: CancelWorkOrder) -> Keys:
    """Gives a work order up; what it had consumed is back in its place."""
    errors = InputErrors()
    words = errors.text("reason", given.reason)
    work_order = await load(viewer, WorkOrder, given.work_order, errors, given.expected_version)
    await WORK_ORDERS.check(viewer, work_order, "cancelWorkOrder", S.CANCELLED, errors)
    errors.raise_if_any()
    at = now()
    returned: set[UUID] = set()
    if work_order.status is S.IN_PROGRESS:
        consumed = await StockMove.filter(work_order_id=work_order.id, kind=MoveKind.CONSUME).order_by("id")
        returned = {move.product_id for move in consumed}
        await lock_stock(returned)
        await post(
            [
                _consumed(
                    work_order, move.product_id, move.location_id, move.batch_id, -move.quantity, at, viewer, words
                )
                for move in consumed
            ]
        )
    move_to(work_order, S.CANCELLED, TRANSITIONS)
    work_order.cancellation_reason, work_order.ended_at = words, at
    keys = await write(viewer, work_order, ProductionEvent.WORK_ORDER_CANCELLED, at)
    await fill_backorders(returned, at, viewer.account)
    await alert(returned, at)
    return keys
