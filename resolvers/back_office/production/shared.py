"""Steps that several verbs of production share: load a record, check whether it may take a step, save and record that."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from models.back_office.logistics.inventory import BATCH_TRANSITIONS, can_be_promised
from models.back_office.production import (
    BILL_TRANSITIONS,
    TRANSITIONS,
    BillStatus,
    WorkOrder,
    passed_sql,
    visible_work_orders,
)
from models.back_office.products.catalogue import REPLENISHED
from models.kit.base import is_one_of
from models.kit.events import EventKind
from models.kit.states import Guard
from resolvers.events import record
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.loading import access
from resolvers.kit.state_machine import Row, StateMachine
from resolvers.kit.viewer import Viewer

Keys = Mapping[str, UUID]


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


def components_sql(bill: str) -> str:
    """What a bill needs, with all that it is made of in its turn: `component`, by which of the bill's own components (`of`)."""
    return (
        "WITH RECURSIVE needed (component, of) AS ("
        f"SELECT own.component_id, own.component_id FROM bill_lines own WHERE own.bill_id = {bill}"
        " UNION SELECT line.component_id, needed.of FROM needed"
        f" JOIN bills_of_materials by_it ON by_it.product_id = needed.component AND by_it.status = '{BillStatus.ACTIVE}'"
        " JOIN bill_lines line ON line.bill_id = by_it.id)"
    )


def _is_not_of_itself(row: Row) -> str:
    needed = (
        f"{components_sql(row.column('id'))} SELECT 1 FROM needed WHERE needed.component = {row.column('product_id')}"
    )
    return f"NOT EXISTS ({needed})"


WORK_ORDERS = StateMachine(
    "work order", "work_orders", TRANSITIONS, {Guard.WANTED: _is_made, Guard.GOODS_THERE: _components_are_there}
)
BILLS = StateMachine("bill", "bills_of_materials", BILL_TRANSITIONS, {Guard.NOT_OF_ITSELF: _is_not_of_itself})
BATCHES = StateMachine("batch", "batches", BATCH_TRANSITIONS, {Guard.SETTLED: lambda row: passed_sql(row.column)})

LARGEST_QUANTITY = 100_000_000
"""What one input may name at once, in the product's unit."""


def check_quantity(member: str, given: int, errors: InputErrors) -> None:
    """Notes a quantity that nobody can make or use."""
    if not 1 <= given <= LARGEST_QUANTITY:
        errors.add(member, f"`{member}` is 1 to {LARGEST_QUANTITY}.")


async def work_order_at(
    viewer: Viewer, key: UUID | None, errors: InputErrors, expected_version: int | None
) -> WorkOrder:
    """The work order that a verb is about, locked."""
    work_order = await access(viewer, WorkOrder, visible_work_orders, key)
    if work_order is None:
        errors.not_found("workOrder", "work order")
        raise errors.refusal()
    errors.version(work_order.version, expected_version)
    return work_order


async def write(viewer: Viewer, work_order: WorkOrder, kind: EventKind, at: datetime) -> Keys:
    """Saves a changed work order and records what happened to it."""
    work_order.version += 1
    await work_order.save()
    await record(kind, actor=viewer.account, at=at, work_order_id=work_order.id, product_id=work_order.product_id)
    return {"work_order": work_order.id}
