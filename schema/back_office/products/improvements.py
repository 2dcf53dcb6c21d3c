"""Improvements: what is done so that complaints do not come back, and the figures before and after that say whether it helped."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from models.back_office.products import improvements
from models.back_office.products.recurrence import Recurrence as Counted
from models.events import events_about
from models.front_office.service.complaints import Category, CauseCode
from models.permissions import Department, Permission
from resolvers.back_office.products.improvements.agreeing import (
    add_complaints_to_improvement,
    plan_improvement,
    propose_improvement,
    revise_improvement,
)
from resolvers.back_office.products.improvements.steps import (
    MACHINE,
    judge_improvement,
    monitor_improvement,
    reject_improvement,
    start_improvement,
)
from resolvers.reading.declare import (
    column,
    computed,
    embedded,
    expression,
    history,
    many,
    node,
    one,
    plain_type,
    read,
    through,
)
from resolvers.reading.relay import Connection, Node
from resolvers.reading.sources import EntryNode, EntryRows, SqlContext
from resolvers.reading.values import hundredths, next_statuses
from schema.kit.areas import Area
from schema.kit.mutations import mutation, payload_of

if TYPE_CHECKING:
    from schema.back_office.products.catalogue import Product
    from schema.both_offices.accounts import Account
    from schema.front_office.service.complaints import Complaint
    from schema.kit.events import RecordEvent

READ, WRITE = Permission.READ_IMPROVEMENTS, Permission.WRITE_IMPROVEMENTS


def _needs_successor(ctx: SqlContext) -> str:
    # An alias that no outer query has: the planner's own are t1, t2 and so on.
    successor = f"SELECT 1 FROM improvements later WHERE later.predecessor_id = {ctx.column('id')}"
    has_none = f"NOT EXISTS ({successor} AND later.status <> 'REJECTED')"
    return f"{ctx.column('status')} = 'NOT_EFFECTIVE' AND {has_none}"


def _counted(ctx: SqlContext) -> Counted:
    return Counted(ctx.column, ctx.now(), ctx.dialect)


@plain_type(READ)
class Recurrence:
    """How often complaints of an improvement's cause, category and product came back, before and after it.

    Counted from all of the company's complaints and orders, whatever the viewer sees of them; duplicates and what turned out
    to be no complaint are left out. Once the improvement is judged, these are the figures that it was judged by.
    """

    before: Decimal | None = expression(
        "Complaints per 1,000 orders in the window before the work began (or before now, while it has not begun), rounded up"
        " to hundredths; null when nothing was ordered then.",
        lambda ctx: hundredths(_counted(ctx).rate_before(), ctx.dialect),
    )
    after: Decimal | None = expression(
        "Complaints per 1,000 orders in the window since the improvement is in place, so far; null while it is not, or"
        " nothing was ordered.",
        lambda ctx: hundredths(_counted(ctx).rate_after(), ctx.dialect),
    )
    complaints_before: int = computed("Complaints in the window before.", lambda ctx: _counted(ctx).complaints_before())
    orders_before: int = computed(
        "Orders placed in the window before; those with the product, when the improvement is about one.",
        lambda ctx: _counted(ctx).orders_before(),
    )
    complaints_after: int = computed(
        "Complaints in the window after, so far.", lambda ctx: _counted(ctx).complaints_after()
    )
    orders_after: int = computed("Orders placed in the window after, so far.", lambda ctx: _counted(ctx).orders_after())
    undetermined_after: int = computed(
        "Complaints of the same category and product in the window after whose cause nobody has found out: they are not"
        " counted, and may be of this one.",
        lambda ctx: _counted(ctx).undetermined_after(),
    )


@node(improvements.Improvement, prefix="imp", needs=READ)
class Improvement(Node):
    """A corrective or preventive action that came out of complaints. Whether it had an effect is measured, never declared."""

    number: str = column("The number that people quote, for instance IMP-2026-000042.", filter=True, sort=True)
    title: str = column("What is to be done, in a line.", filter=True, sort=True)
    kind: improvements.ImprovementKind = column("What it is for.", filter=True, sort=True)
    status: improvements.ImprovementStatus = column("How far it is.", filter=True, sort=True)
    next_statuses: list[improvements.ImprovementStatus] = expression(
        "What the viewer may make of it now. EFFECTIVE and NOT_EFFECTIVE stand for `judgeImprovement`, which finds out which.",
        next_statuses(MACHINE),
    )
    cause: CauseCode = column("The cause of complaints that it is against.", filter=True, sort=True)
    category: Category | None = column(
        "The category of complaints that it is measured by; null for any.", filter=True, sort=True
    )
    product: "Product | None" = one(
        "The product whose complaints and orders it is measured by; null for any.", "product_id"
    )
    department: Department = column("Whose work it is.", filter=True, sort=True)
    owner: "Account | None" = one("Who sees to it.", "owner_id")
    plan: str | None = column("What is to be done, by whom and until when; null until somebody has written it.")
    criterion: str | None = column("When it will have helped, in words.")
    max_recurrence: Decimal | None = expression(
        "When it will have helped, as a figure: at most so many complaints per 1,000 orders in the window after it.",
        lambda ctx: hundredths(ctx.column("max_recurrence"), ctx.dialect),
    )
    window_days: int = column("How many days its effect is watched, and compared with as many before it.")
    recurrence: Recurrence = embedded("How often complaints came back, before and after.")
    proposed_at: datetime = column("When it was proposed.", filter=True, sort=True)
    proposed_by: "Account | None" = one("Who proposed it.", "proposed_by_id")
    planned_at: datetime | None = column("When it was planned.", filter=True, sort=True)
    started_at: datetime | None = column("When the work began.", filter=True, sort=True)
    monitoring_from: datetime | None = column("Since when it is in place and watched.", filter=True, sort=True)
    monitored_until: datetime | None = column("From when on it can be judged.", filter=True, sort=True)
    judged_at: datetime | None = column("When its effect was judged.", filter=True, sort=True)
    judged_by: "Account | None" = one("Who asked for the judgement.", "judged_by_id")
    rejection_reason: str | None = column("Why it was not made.")
    rejected_at: datetime | None = column("When it was rejected.", filter=True, sort=True)
    needs_successor: bool = computed(
        "Whether it had no effect and nobody has proposed its successor yet.", _needs_successor, filter=True
    )
    predecessor: "Improvement | None" = one("The improvement without effect that it succeeds.", "predecessor_id")
    successors: "Connection[Improvement]" = many(
        "What was proposed in its place: one at a time, and another one only when it was rejected.",
        "predecessor_id",
        "proposed_at",
    )
    complaints: "Connection[Complaint]" = through(
        "The complaints that it came out of, as far as the viewer sees them, latest first.",
        "improvement_complaints",
        "improvement_id",
        "complaint_id",
        "-received_at",
    )
    history: "Connection[RecordEvent]" = history(
        "What happened to it, oldest first.", improvements.Improvement, needs=READ, told=events_about
    )
    version: int = column("Grows with every change; send it back as `expectedVersion`.")


class Improvements:
    """Either office's way to improvements: an agent can tell a customer what was done."""

    improvement: "Improvement | None" = read(EntryNode(), "One improvement.", needs=READ)
    improvements: "Connection[Improvement]" = read(
        EntryRows("-proposed_at"), "All improvements, latest first.", needs=READ
    )


ImprovementPayload = payload_of(Improvement, dry_run=True)


MUTATIONS = (
    mutation(WRITE, propose_improvement, shows=ImprovementPayload),
    mutation(WRITE, add_complaints_to_improvement, shows=ImprovementPayload),
    mutation(WRITE, plan_improvement, shows=ImprovementPayload),
    mutation(WRITE, revise_improvement, shows=ImprovementPayload),
    mutation(WRITE, start_improvement, shows=ImprovementPayload),
    mutation(WRITE, monitor_improvement, shows=ImprovementPayload),
    mutation(WRITE, judge_improvement, shows=ImprovementPayload),
    mutation(WRITE, reject_improvement, shows=ImprovementPayload),
)

AREA = Area(front_office=(Improvements,), back_office=(Improvements,), mutations=MUTATIONS)
