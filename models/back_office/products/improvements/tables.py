"""Improvements: corrective and preventive actions (ISO 10002, 8.1; ISO 9001, 10.2) that came out of complaints.

The surprising rule: nobody says whether one had an effect. It is judged by figures, counted in the company's own complaints
and orders, in equally long windows before the work began and after it was done.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from tortoise import fields

from models.front_office.service.complaints import Category, CauseCode, ComplaintStatus
from models.kit.base import ReadScope, Record, all_rows, is_one_of
from models.kit.enums import DescribedEnum
from models.kit.states import Guard, Transition, Transitions
from models.permissions import Department, Permission

if TYPE_CHECKING:
    from models.back_office.products.catalogue import Product
    from models.both_offices.accounts import Account
    from models.front_office.service.complaints import Complaint


class ImprovementKind(DescribedEnum):
    """What an improvement is for."""

    CORRECTION = "CORRECTION", "It puts right what went wrong."
    PREVENTION = "PREVENTION", "It keeps the cause from coming back."
    IMPROVEMENT = "IMPROVEMENT", "It makes better what was not wrong."


class ImprovementStatus(DescribedEnum):
    """How far an improvement is."""

    PROPOSED = "PROPOSED", "Somebody proposed it."
    PLANNED = "PLANNED", "It has a plan, and a criterion that it will be judged by."
    IN_PROGRESS = "IN_PROGRESS", "It is being made."
    MONITORING = "MONITORING", "It is in place, and its effect is watched for a while."
    EFFECTIVE = "EFFECTIVE", "Complaints of its cause came back seldom enough."
    NOT_EFFECTIVE = "NOT_EFFECTIVE", "They came back too often: it asks for a successor."
    REJECTED = "REJECTED", "It was not made, or given up, for a reason."


_S = ImprovementStatus
_W = Permission.WRITE_IMPROVEMENTS

_REJECT, _JUDGE = ("rejectImprovement",), ("judgeImprovement",)

TRANSITIONS: Transitions = {
    _S.PROPOSED: (Transition(_S.PLANNED, _W, ("planImprovement",)), Transition(_S.REJECTED, _W, _REJECT)),
    _S.PLANNED: (Transition(_S.IN_PROGRESS, _W, ("startImprovement",)), Transition(_S.REJECTED, _W, _REJECT)),
    _S.IN_PROGRESS: (
        Transition(_S.MONITORING, _W, ("monitorImprovement",)),
        Transition(_S.REJECTED, _W, _REJECT),
    ),
    _S.MONITORING: (
        Transition(_S.EFFECTIVE, _W, _JUDGE, (Guard.SETTLED,)),
        Transition(_S.NOT_EFFECTIVE, _W, _JUDGE, (Guard.SETTLED,)),
    ),
    _S.EFFECTIVE: (),
    _S.NOT_EFFECTIVE: (),
    _S.REJECTED: (),
}
"""Settled is what has been watched for its whole window, in which something was ordered, and whose complaints have all been
answered or closed.
"""

OPEN_STATUSES = frozenset(status for status, steps in TRANSITIONS.items() if steps)
JUDGED_STATUSES = frozenset({_S.EFFECTIVE, _S.NOT_EFFECTIVE})

ANSWERED_STATUSES = frozenset({ComplaintStatus.ANSWERED, ComplaintStatus.CLOSED})
"""Complaints in these wait for nothing more from us, unless they are opened again."""

USUAL_WINDOW_DAYS = 90
SHORTEST_WINDOW_DAYS = 1
LONGEST_WINDOW_DAYS = 731

MOST_RECURRENCE = Decimal(1_000_000)
"""Complaints per 1,000 orders; a criterion above this says nothing."""


class Improvement(Record):
    """One corrective or preventive action.

    It is measured by complaints of its `cause`, and of its `category` and `product` where it has them (null means any).
    `max_recurrence` is the criterion in hundredths of a complaint per 1,000 orders: 250 is 2.50.
    The four counts are those that it was judged by, and null until then.
    """

    number = fields.CharField(max_length=20, unique=True)
    title = fields.CharField(max_length=200)
    kind = fields.CharEnumField(ImprovementKind, max_length=20)
    status = fields.CharEnumField(ImprovementStatus, max_length=20)
    cause = fields.CharEnumField(CauseCode, max_length=20)
    category: Any = fields.CharEnumField(Category, max_length=20, null=True)
    product: fields.ForeignKeyNullableRelation["Product"] = fields.ForeignKeyField(
        "models.Product", related_name="improvements", on_delete=fields.RESTRICT, null=True, db_index=False
    )
    product_id: UUID | None
    department = fields.CharEnumField(Department, max_length=30)
    owner: fields.ForeignKeyRelation["Account"] = fields.ForeignKeyField(
        "models.Account", related_name="owned_improvements", on_delete=fields.RESTRICT, db_index=False
    )
    owner_id: UUID
    predecessor: fields.ForeignKeyNullableRelation["Improvement"] = fields.ForeignKeyField(
        "models.Improvement", related_name="successors", on_delete=fields.RESTRICT, null=True, db_index=False
    )
    predecessor_id: UUID | None
    plan: Any = fields.TextField(null=True)
    criterion: Any = fields.TextField(null=True)
    max_recurrence: Any = fields.BigIntField(null=True)
    window_days = fields.IntField(default=USUAL_WINDOW_DAYS)
    proposed_at = fields.DatetimeField()
    proposed_by: fields.ForeignKeyRelation["Account"] = fields.ForeignKeyField(
        "models.Account", related_name="proposed_improvements", on_delete=fields.RESTRICT, db_index=False
    )
    planned_at: Any = fields.DatetimeField(null=True)
    started_at: Any = fields.DatetimeField(null=True)
    monitoring_from: Any = fields.DatetimeField(null=True)
    monitored_until: Any = fields.DatetimeField(null=True)
    judged_at: Any = fields.DatetimeField(null=True)
    judged_by: fields.ForeignKeyNullableRelation["Account"] = fields.ForeignKeyField(
        "models.Account", related_name="judged_improvements", on_delete=fields.RESTRICT, null=True, db_index=False
    )
    judged_by_id: UUID | None
    complaints_before: Any = fields.BigIntField(null=True)
    orders_before: Any = fields.BigIntField(null=True)
    complaints_after: Any = fields.BigIntField(null=True)
    orders_after: Any = fields.BigIntField(null=True)
    rejection_reason: Any = fields.TextField(null=True)
    rejected_at: Any = fields.DatetimeField(null=True)
    due_notified_at: Any = fields.DatetimeField(null=True)
    version = fields.IntField(default=1)

    class Meta:
        table = "improvements"
        indexes = (
            ("proposed_at", "id"),
            ("status", "monitored_until"),
            ("owner_id", "status"),
            ("product_id", "proposed_at", "id"),
        )


class ImprovementComplaint(Record):
    """A complaint that an improvement came out of."""

    improvement: fields.ForeignKeyRelation[Improvement] = fields.ForeignKeyField(
        "models.Improvement", related_name="sources", on_delete=fields.RESTRICT, db_index=False
    )
    improvement_id: UUID
    complaint: fields.ForeignKeyRelation["Complaint"] = fields.ForeignKeyField(
        "models.Complaint", related_name="improvement_links", on_delete=fields.RESTRICT, db_index=False
    )
    complaint_id: UUID
    added_at = fields.DatetimeField()
    added_by: fields.ForeignKeyRelation["Account"] = fields.ForeignKeyField(
        "models.Account", related_name=False, on_delete=fields.RESTRICT, db_index=False
    )

    class Meta:
        table = "improvement_complaints"
        unique_together = (("improvement_id", "complaint_id"),)
        indexes = (("complaint_id", "improvement_id"),)


def visible_improvement_events(_read_scope: ReadScope, event: str) -> str | None:
    """What happened to improvements, which every reader of improvements may know."""
    return f"{event}.improvement_id IS NOT NULL"


def settled_sql(column: Callable[[str], str], moment: str) -> str:
    """A condition that an improvement's window has passed at `moment` and that its complaints are all answered or closed.

    The answer may go out while improvements are still open, never the other way round.
    """
    unanswered = (
        "SELECT 1 FROM improvement_complaints source JOIN complaints about ON about.id = source.complaint_id"
        f" WHERE source.improvement_id = {column('id')} AND NOT ({is_one_of('about.status', ANSWERED_STATUSES)})"
    )
    return f"({column('monitored_until')} <= {moment} AND NOT EXISTS ({unanswered}))"


Improvement.row_scope = all_rows
"""Improvements say nothing about customers; which of their complaints a viewer sees, the complaints' own scope says."""
