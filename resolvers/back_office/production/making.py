"""Making: components are consumed when the workshop begins, and what it made is a batch on hold, of known cost.

The surprising rule: a batch's cost comes from the ledger, from what its work order consumed; nobody types it in.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from models.back_office.logistics.inventory import Batch, BatchStatus, Location
from models.back_office.logistics.inventory.stock import MoveKind, StockMove
from models.back_office.production import ProductionEvent, WorkOrder, WorkOrderStatus
from models.back_office.products.catalogue import Product
from models.kit.base import new_id, now
from models.kit.sql import read_rows
from models.kit.states import move_to
from resolvers.back_office.logistics.inventory.ledger import LARGEST_QUANTITY, NewMove, post
from resolvers.back_office.logistics.inventory.promising import fill_backorders, lock_stock
from resolvers.back_office.logistics.inventory.reordering import alert
from resolvers.back_office.production.planning import WORK_ORDERS, WorkOrderCommand, components_of, lots_of, write
from resolvers.kit.commands import InputErrors, Key, Keys, Viewer, command, member
from resolvers.kit.loading import find, load
from resolvers.kit.numbers import next_number

S = WorkOrderStatus


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


async def start_work_order(viewer: Viewer, given: WorkOrderCommand) -> Keys:
    """Begins the work and consumes its components, what expires first, first. Refused with an OutOfStock for each component
    of which there is not enough in the warehouse that is released and not promised to orders.
    """
    errors, at = InputErrors(), now()
    work_order = await load(viewer, WorkOrder, given.work_order, errors, given.expected_version)
    wanted = await components_of(work_order)
    await lock_stock(wanted)
    await WORK_ORDERS.check(viewer, work_order, "startWorkOrder", S.IN_PROGRESS, errors)
    errors.raise_if_any()
    left = {component: quantity for component, (_, quantity) in wanted.items()}
    moves: list[NewMove] = []
    for lot in await lots_of(work_order, wanted):
        if part := min(left[lot["product_id"]], lot["free"]):
            left[lot["product_id"]] -= part
            moves.append(
                NewMove(
                    product_id=lot["product_id"],
                    location_id=lot["location_id"],
                    batch_id=lot["batch_id"],
                    kind=MoveKind.CONSUME,
                    quantity=-part,
                    at=at,
                    actor_id=viewer.account,
                    work_order_id=work_order.id,
                    path=("input", "workOrder"),
                )
            )
    assert not any(left.values()), "the machine has seen to it that there is enough"
    await post(moves)
    move_to(work_order, S.IN_PROGRESS)
    work_order.started_at = at
    keys = await write(viewer, work_order, ProductionEvent.WORK_ORDER_STARTED, at)
    await alert(wanted, at)
    return keys


@command
class CompleteWorkOrder(WorkOrderCommand):
    """What came out of a work order."""

    completed_quantity: int = member("How much came out, 1 to 100,000,000, more or less than was planned.")
    location: Key[Location] = member("Where it is put: a location of the work order's warehouse.")


async def complete_work_order(viewer: Viewer, given: CompleteWorkOrder) -> Keys:
    """Takes what was made into stock, as one batch on hold; what one unit of it cost follows from what was consumed."""
    errors, at, quantity = InputErrors(), now(), given.completed_quantity
    errors.number("completedQuantity", quantity, LARGEST_QUANTITY)
    work_order = await load(viewer, WorkOrder, given.work_order, errors, given.expected_version)
    await WORK_ORDERS.check(viewer, work_order, "completeWorkOrder", S.COMPLETED, errors)
    place = await find(viewer, Location, given.location, errors)
    if place is not None and place.warehouse_id != work_order.warehouse_id:
        errors.add("location", "It is in another warehouse than the work order.")
    errors.raise_if_any()
    assert place is not None
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
    move_to(work_order, S.COMPLETED)
    work_order.completed_quantity, work_order.ended_at = quantity, at
    keys = await write(viewer, work_order, ProductionEvent.WORK_ORDER_COMPLETED, at, batch)
    return {**keys, "batch": batch.id}


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
    rows = await read_rows(
        "SELECT -sum(gone.quantity) AS quantity, lot.unit_cost_minor, lot.currency FROM stock_moves gone"
        " JOIN batches lot ON lot.id = gone.batch_id"
        f" WHERE gone.work_order_id = '{work_order.id}' AND gone.kind = '{MoveKind.CONSUME}'"
        " GROUP BY lot.id, lot.unit_cost_minor, lot.currency"
    )
    return [(row["quantity"], row["unit_cost_minor"], row["currency"]) for row in rows]


@command
class CancelWorkOrder(WorkOrderCommand):
    """What `cancelWorkOrder` takes."""

    reason: str = member("Why it is not made.")


async def cancel_work_order(viewer: Viewer, given: CancelWorkOrder) -> Keys:
    """Gives a work order up; what it had consumed is back in its place."""
    errors, at = InputErrors(), now()
    words = errors.text("reason", given.reason)
    work_order = await load(viewer, WorkOrder, given.work_order, errors, given.expected_version)
    await WORK_ORDERS.check(viewer, work_order, "cancelWorkOrder", S.CANCELLED, errors)
    errors.raise_if_any()
    consumed = await StockMove.filter(work_order_id=work_order.id, kind=MoveKind.CONSUME).order_by("id")
    returned = {move.product_id for move in consumed}
    await lock_stock(returned)
    await post(
        [
            NewMove(
                product_id=move.product_id,
                location_id=move.location_id,
                batch_id=move.batch_id,
                kind=MoveKind.CONSUME,
                quantity=-move.quantity,
                at=at,
                actor_id=viewer.account,
                reason=words,
                work_order_id=work_order.id,
                path=("input", "workOrder"),
            )
            for move in consumed
        ]
    )
    move_to(work_order, S.CANCELLED)
    work_order.cancellation_reason, work_order.ended_at = words, at
    keys = await write(viewer, work_order, ProductionEvent.WORK_ORDER_CANCELLED, at)
    await fill_backorders(returned, at, viewer.account)
    return keys
