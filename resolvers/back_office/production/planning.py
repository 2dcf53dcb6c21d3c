"""Planning work orders: how much of what, where and when, and what that takes; and letting the workshop begin."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from models.back_office.logistics.inventory import Batch, Warehouse
from models.back_office.logistics.inventory.stock import can_be_promised
from models.back_office.production import (
    BillLine,
    BillOfMaterials,
    BillStatus,
    ProductionEvent,
    WorkOrder,
    WorkOrderStatus,
)
from models.back_office.products.catalogue import REPLENISHED, Product
from models.kit.base import is_one_of, new_id, now
from models.kit.events import EventKind, about
from models.kit.sql import listed, read_rows
from models.kit.states import Guard, move_to
from resolvers.back_office.logistics.inventory.ledger import LARGEST_QUANTITY
from resolvers.events import record
from resolvers.kit.commands import Command, InputErrors, Key, Keys, Update, Viewer, command, member
from resolvers.kit.loading import find, load
from resolvers.kit.numbers import next_number
from resolvers.kit.problems import OutOfStock
from resolvers.kit.state_machine import Refusal, Row, StateMachine

S = WorkOrderStatus

NOT_BEGUN = frozenset({S.PLANNED, S.RELEASED})

QUANTITY = "How much is to be made, 1 to 100,000,000."
PLANNED_FOR = "The day that it is planned for."


@command
class WorkOrderCommand(Update):
    """What every verb on a work order takes."""

    work_order: Key[WorkOrder] = member("The work order.")


def _is_made(row: Row) -> str:
    return is_one_of(f"(SELECT made.status FROM products made WHERE made.id = {row.column('product_id')})", REPLENISHED)


def _components_are_there(row: Row) -> str:
    """A condition that its warehouse has all that a work order takes free; `start_work_order` takes it from there."""
    needed = (
        f"(CAST({row.column('quantity')} AS bigint) * part.quantity + bill.output_quantity - 1) / bill.output_quantity"
    )
    free = (
        "SELECT coalesce(sum(held.on_hand - held.allocated), 0) FROM stock_balances held"
        " WHERE held.product_id = part.component_id AND held.allocated < held.on_hand"
        f" AND (SELECT place.warehouse_id FROM locations place WHERE place.id = held.location_id) = {row.column('warehouse_id')}"
        f" AND {can_be_promised('held')}"
    )
    return (
        "NOT EXISTS (SELECT 1 FROM bill_lines part JOIN bills_of_materials bill ON bill.id = part.bill_id"
        f" WHERE part.bill_id = {row.column('bill_id')} AND {needed} > ({free}))"
    )


def needed(quantity: int, per_output: int, output: int) -> int:
    """How much of a component a quantity takes: whole units, so a part of one is a whole one."""
    return -(-quantity * per_output // output)


async def components_of(work_order: WorkOrder) -> dict[UUID, tuple[str, int]]:
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


async def lots_of(work_order: WorkOrder, products: Iterable[UUID]) -> list[dict[str, Any]]:
    """What is free of these products, place by place and batch by batch, in the work order's warehouse, first expired first."""
    return await read_rows(
        "SELECT held.product_id, held.location_id, held.batch_id, held.on_hand - held.allocated AS free"
        " FROM stock_balances held JOIN locations place ON place.id = held.location_id"
        " JOIN batches lot ON lot.id = held.batch_id"
        f" WHERE held.product_id IN ({listed(products) or 'NULL'}) AND place.warehouse_id = '{work_order.warehouse_id}'"
        f" AND held.allocated < held.on_hand AND {can_be_promised('held')}"
        " ORDER BY lot.expires_on IS NULL, lot.expires_on, lot.made_at, held.id"
    )


async def _components_are_missing(_viewer: Viewer, work_order: WorkOrder, errors: InputErrors) -> None:
    """Notes of which components there is not enough."""
    wanted = await components_of(work_order)
    available: Counter[UUID] = Counter()
    for lot in await lots_of(work_order, wanted):
        available[lot["product_id"]] += lot["free"]
    for component, (name, quantity) in wanted.items():
        there = available[component]
        if there < quantity:
            message = f"Of {name}, {quantity} are needed and {there} available in the warehouse."
            errors.add_problem(OutOfStock("OUT_OF_STOCK", message, ("input", "workOrder"), available=there))


NOT_MADE = Refusal("NOT_MADE", "No more of the product is made: it is phased out or withdrawn.")

WORK_ORDERS = StateMachine(
    WorkOrder,
    {Guard.WANTED: _is_made, Guard.GOODS_THERE: _components_are_there},
    {Guard.WANTED: NOT_MADE, Guard.GOODS_THERE: _components_are_missing},
)


async def write(
    viewer: Viewer, work_order: WorkOrder, kind: EventKind, at: datetime, batch: Batch | None = None
) -> Keys:
    """Saves a changed work order and records what happened to it, and what batch it made."""
    await work_order.save_next_version()
    await record(kind, work_order, about(Product, work_order.product_id), batch, actor=viewer, at=at)
    return {"work_order": work_order.id}


@command
class PlanWorkOrder(Command):
    """What is to be made."""

    product: Key[Product] = member("A product with an active bill of materials.")
    quantity: int = member(QUANTITY)
    warehouse: Key[Warehouse] = member("Where: the components come from there.")
    planned_for: date = member(PLANNED_FOR)


async def plan_work_order(viewer: Viewer, given: PlanWorkOrder) -> Keys:
    """Plans to make something by its active bill of materials."""
    errors = InputErrors()
    made = await find(viewer, Product, given.product, errors)
    bill = None
    if made is not None:
        if made.status not in REPLENISHED:
            errors.add("product", NOT_MADE.message, NOT_MADE.code)
        bill = await BillOfMaterials.filter(product_id=made.id, status=BillStatus.ACTIVE).first()
        if bill is None:
            errors.add("product", "It has no active bill of materials: nobody knows what it is made of.", "NO_BILL")
    house = await find(viewer, Warehouse, given.warehouse, errors)
    errors.number("quantity", given.quantity, LARGEST_QUANTITY)
    errors.raise_if_any()
    assert made is not None and house is not None and bill is not None
    at = now()
    work_order = await WorkOrder.create(
        id=new_id(),
        number=await next_number("WO", at),
        product_id=made.id,
        bill_id=bill.id,
        warehouse_id=house.id,
        status=S.PLANNED,
        quantity=given.quantity,
        planned_for=given.planned_for,
        created_at=at,
        created_by_id=viewer.account,
    )
    await record(ProductionEvent.WORK_ORDER_PLANNED, work_order, made, actor=viewer, at=at)
    return {"work_order": work_order.id}


@command
class ChangeWorkOrder(WorkOrderCommand):
    """A work order planned anew; what is left out stays as it was."""

    quantity: int | None = member(QUANTITY, default=None)
    planned_for: date | None = member(PLANNED_FOR, default=None)


async def change_work_order(viewer: Viewer, given: ChangeWorkOrder) -> Keys:
    """Plans a work order anew that has not begun."""
    errors = InputErrors()
    work_order = await load(viewer, WorkOrder, given.work_order, errors, given.expected_version)
    if work_order.status not in NOT_BEGUN:
        errors.add("workOrder", f"The work order is {work_order.status}: it is too late.", "BEGUN")
    if given.quantity is not None:
        errors.number("quantity", given.quantity, LARGEST_QUANTITY)
        work_order.quantity = given.quantity
    if given.planned_for is not None:
        work_order.planned_for = given.planned_for
    errors.raise_if_any()
    return await write(viewer, work_order, ProductionEvent.WORK_ORDER_PLANNED, now())


async def release_work_order(viewer: Viewer, given: WorkOrderCommand) -> Keys:
    """Lets the workshop begin."""
    errors = InputErrors()
    work_order = await load(viewer, WorkOrder, given.work_order, errors, given.expected_version)
    await WORK_ORDERS.check(viewer, work_order, "releaseWorkOrder", S.RELEASED, errors)
    errors.raise_if_any()
    move_to(work_order, S.RELEASED)
    work_order.released_at = now()
    return await write(viewer, work_order, ProductionEvent.WORK_ORDER_RELEASED, work_order.released_at)
