"""Production: bills of materials line by line, work orders and what they used and made, and the checks of their batches."""

from datetime import date, datetime
from typing import TYPE_CHECKING

import strawberry

from models.back_office import production
from models.events import events_about, visible_events
from models.kit import events
from models.permissions import Permission
from resolvers.back_office.production.bills import BILLS, activate_bill, change_bill, draft_bill
from resolvers.back_office.production.making import cancel_work_order, complete_work_order, start_work_order
from resolvers.back_office.production.planning import (
    WORK_ORDERS,
    change_work_order,
    plan_work_order,
    release_work_order,
)
from resolvers.back_office.production.quality import check_batch, hold_batch, reject_batch, release_batch
from resolvers.reading.declare import column, expression, history, many, node, one, read, subject, subject_id
from resolvers.reading.relay import Connection, Node
from resolvers.reading.sources import EntryEvents, EntryNode, EntryRows
from resolvers.reading.values import next_statuses
from schema.kit.areas import Area
from schema.kit.events import Update
from schema.kit.mutations import changed, mutation, payload, payload_of

if TYPE_CHECKING:
    from schema.back_office.logistics.inventory import Batch, StockMove, Warehouse
    from schema.back_office.products.catalogue import Product
    from schema.both_offices.accounts import Account
    from schema.kit.events import RecordEvent

READ, WRITE = Permission.READ_PRODUCTION, Permission.WRITE_PRODUCTION
CHECK = Permission.CHECK_QUALITY


@node(production.BillOfMaterials, prefix="bom", needs=READ)
class BillOfMaterials(Node):
    """One version of what a product is made of. It is never changed once it is active; a new version takes its place."""

    product: "Product | None" = one("What is made.", "product_id")
    revision: int = column("Which version it is, from 1.", filter=True, sort=True)
    status: production.BillStatus = column("Whether work orders follow it.", filter=True)
    next_statuses: list[production.BillStatus] = expression(
        "What the viewer may make of it now. ACTIVE is missing where the product would be made of itself.",
        next_statuses(BILLS),
    )
    output_quantity: int = column("How many units come out of what the lines name.")
    lines: "list[BillLine]" = many("What goes in.", "bill_id", "position")
    drafted_at: datetime = column("When it was drafted.")
    drafted_by: "Account | None" = one("Who drafted it.", "drafted_by_id")
    activated_at: datetime | None = column("Since when it was followed.")
    retired_at: datetime | None = column("Until when.")
    version: int = column("Grows with every change; send it back as `expectedVersion`.")


@node(production.BillLine, prefix="bml", needs=READ)
class BillLine(Node):
    """How much of one component goes into a bill's output."""

    bill: "BillOfMaterials | None" = one("The bill.", "bill_id")
    position: int = column("The line's place on the bill, from 1.", sort=True)
    component: "Product | None" = one("What goes in.", "component_id")
    quantity: int = column("How many units of it.")


@node(production.WorkOrder, prefix="wor", needs=READ)
class WorkOrder(Node):
    """The order to make a quantity of one product."""

    number: str = column("The number that people quote, for instance WO-2026-000042.", filter=True, sort=True)
    product: "Product | None" = one("What is made.", "product_id")
    bill: "BillOfMaterials | None" = one("What it is made of, as it was when the order was planned.", "bill_id")
    warehouse: "Warehouse | None" = one("Where: the components come from there.", "warehouse_id")
    status: production.WorkOrderStatus = column("How far it is.", filter=True, sort=True)
    next_statuses: list[production.WorkOrderStatus] = expression(
        "What the viewer may make of it now. IN_PROGRESS is missing while the warehouse lacks something that it takes.",
        next_statuses(WORK_ORDERS),
    )
    quantity: int = column("How much is to be made.", filter=True)
    completed_quantity: int | None = column("How much came out; null until then.", filter=True)
    planned_for: date = column("The day that it is planned for.", filter=True, sort=True)
    created_at: datetime = column("When it was planned.", filter=True, sort=True)
    created_by: "Account | None" = one("Who planned it.", "created_by_id")
    released_at: datetime | None = column("Since when the workshop may begin.")
    started_at: datetime | None = column("When the workshop began.", filter=True)
    ended_at: datetime | None = column("When it was completed or cancelled.", filter=True)
    cancellation_reason: str | None = column("Why it was cancelled.")
    batches: "Connection[Batch]" = many("What it made.", "work_order_id", "")
    moves: "Connection[StockMove]" = many(
        "What it consumed and made, and what came back when it was cancelled, in order.", "work_order_id", ""
    )
    history: "Connection[RecordEvent]" = history(
        "What happened to it, oldest first.", production.WorkOrder, needs=READ, told=events_about
    )
    version: int = column("Grows with every change; send it back as `expectedVersion`.")


@node(production.QualityCheck, prefix="qch", needs=Permission.READ_STOCK)
class QualityCheck(Node):
    """One look at a batch, and what was found. A later one of the same name stands for the earlier."""

    batch: "Batch | None" = one("The batch.", "batch_id")
    name: str = column("What was looked at.")
    passed: bool = column("Whether it was as it should be.", filter=True)
    remarks: str | None = column("What was found, in words.")
    checked_at: datetime = column("When.", filter=True, sort=True)
    checked_by: "Account | None" = one("Who looked.", "checked_by_id")


class Production:
    """The back office's way to what is made, and of what."""

    work_order: "WorkOrder | None" = read(EntryNode(), "One work order.", needs=READ)
    work_orders: "Connection[WorkOrder]" = read(EntryRows("-created_at"), "All work orders, latest first.", needs=READ)
    bill_of_materials: "BillOfMaterials | None" = read(EntryNode(), "One version of a bill of materials.", needs=READ)


@payload
class BillPayload:
    """What became of a bill of materials."""

    bill: "BillOfMaterials | None" = changed("The bill as it now is; null when there are errors.")


WorkOrderPayload = payload_of(WorkOrder)


@payload
class CompleteWorkOrderPayload:
    """What a work order made."""

    work_order: "WorkOrder | None" = changed("The work order as it now is; null when there are errors.")
    batch: "Batch | None" = changed("What was made, on hold until it has passed; null when there are errors.")


@payload
class BatchPayload:
    """What became of a batch."""

    batch: "Batch | None" = changed("The batch as it now is; null when there are errors.")


@payload
class CheckBatchPayload:
    """What was written down about a batch."""

    check: "QualityCheck | None" = changed("The check; null when there are errors.")
    batch: "Batch | None" = changed("The batch as it now is; null when there are errors.")


MUTATIONS = (
    mutation(WRITE, draft_bill, shows=BillPayload),
    mutation(WRITE, change_bill, shows=BillPayload),
    mutation(WRITE, activate_bill, shows=BillPayload),
    mutation(WRITE, plan_work_order, shows=WorkOrderPayload),
    mutation(WRITE, change_work_order, shows=WorkOrderPayload),
    mutation(WRITE, release_work_order, shows=WorkOrderPayload),
    mutation(WRITE, start_work_order, shows=WorkOrderPayload),
    mutation(WRITE, complete_work_order, shows=CompleteWorkOrderPayload),
    mutation(WRITE, cancel_work_order, shows=WorkOrderPayload),
    mutation(CHECK, check_batch, shows=CheckBatchPayload),
    mutation(CHECK, release_batch, shows=BatchPayload),
    mutation(CHECK, hold_batch, shows=BatchPayload),
    mutation(CHECK, reject_batch, shows=BatchPayload),
)


@node(events.Event, prefix="", rows=visible_events, needs=READ)
class WorkOrderUpdate(Update):
    """Something that just happened to a work order, with the work order as it now is."""

    work_order_id: strawberry.ID | None = subject_id("The work order's id.", production.WorkOrder)
    work_order: "WorkOrder | None" = subject("The work order as it now is.", production.WorkOrder)


class WorkOrderSubscriptions:
    """What is pushed about work orders."""

    work_order_updates: "WorkOrderUpdate" = read(
        EntryEvents(production.WorkOrder, of="workOrder"), "What happens to work orders, or to one of them.", needs=READ
    )


AREA = Area(back_office=(Production,), mutations=MUTATIONS, subscriptions=(WorkOrderSubscriptions,))
