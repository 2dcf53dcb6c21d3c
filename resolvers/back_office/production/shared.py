"""Steps that several verbs of production share: load a record, check whether it may take a step, save and record that."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from models.back_office.inventory import BATCH_TRANSITIONS
from models.back_office.production import BILL_TRANSITIONS, TRANSITIONS, WorkOrder, passed_sql, visible_work_orders
from models.events import EventKind
from models.states import When
from resolvers.access import access
from resolvers.events import record
from resolvers.inputs import Checks
from resolvers.steps import Machine
from resolvers.viewer import Viewer

Keys = Mapping[str, UUID]

WORK_ORDERS = Machine("work order", "work_orders", TRANSITIONS, {})
BILLS = Machine("bill", "bills_of_materials", BILL_TRANSITIONS, {})
BATCHES = Machine("batch", "batches", BATCH_TRANSITIONS, {When.SETTLED: lambda row: passed_sql(row.column)})

LARGEST_QUANTITY = 100_000_000
"""What one input may name at once, in the product's unit."""


def check_quantity(member: str, given: int, checks: Checks) -> None:
    """Notes a quantity that nobody can make or use."""
    if not 1 <= given <= LARGEST_QUANTITY:
        checks.wrong(member, f"`{member}` is 1 to {LARGEST_QUANTITY}.")


async def work_order_at(viewer: Viewer, key: UUID | None, checks: Checks, expected_version: int | None) -> WorkOrder:
    """The work order that a verb is about, locked."""
    work_order = await access(viewer, WorkOrder, visible_work_orders, key)
    if work_order is None:
        checks.missing("workOrder", "work order")
        raise checks.refused()
    checks.version(work_order.version, expected_version)
    return work_order


async def write(viewer: Viewer, work_order: WorkOrder, kind: EventKind, at: datetime) -> Keys:
    """Saves a changed work order and records what happened to it."""
    work_order.version += 1
    await work_order.save()
    await record(kind, actor=viewer.account, at=at, work_order_id=work_order.id, product_id=work_order.product_id)
    return {"work_order": work_order.id}
