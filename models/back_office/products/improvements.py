"""Improvements: corrective and preventive actions (ISO 10002, 8.1; ISO 9001, 10.2) that came out of complaints.

The surprising rule: nobody says whether one had an effect. It is judged by figures, counted in the company's own complaints
and orders, in equally long windows before the work began and after it was done.
"""

from decimal import Decimal
from typing import Any

from tortoise import fields

from models.both_offices.work import WorkKind, WorkSource
from models.front_office.service.complaints import Category, CauseCode
from models.kit.base import Record, all_rows, is_one_of, optional_reference, reference
from models.kit.constraints import Index, at_least, when
from models.kit.enums import DescribedEnum
from models.kit.events import EventKind
from models.kit.states import Guard, Transition, Transitions
from models.permissions import BACK_OFFICE_DEPARTMENTS, Department, Permission


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


_S, _WRITE = ImprovementStatus, Permission.WRITE_IMPROVEMENTS

_REJECTED = Transition(_S.REJECTED, _WRITE, ("rejectImprovement",))

TRANSITIONS: Transitions = {
    _S.PROPOSED: (Transition(_S.PLANNED, _WRITE, ("planImprovement",)), _REJECTED),
    _S.PLANNED: (Transition(_S.IN_PROGRESS, _WRITE, ("startImprovement",)), _REJECTED),
    _S.IN_PROGRESS: (Transition(_S.MONITORING, _WRITE, ("monitorImprovement",)), _REJECTED),
    _S.MONITORING: (
        Transition(_S.EFFECTIVE, _WRITE, ("judgeImprovement",), (Guard.SETTLED,)),
        Transition(_S.NOT_EFFECTIVE, _WRITE, ("judgeImprovement",), (Guard.SETTLED,)),
    ),
    _S.EFFECTIVE: (),
    _S.NOT_EFFECTIVE: (),
    _S.REJECTED: (),
}
"""Settled is what has been watched for its whole window, in which something was ordered, and whose complaints have all been
answered or closed.
"""

OPEN_STATUSES = frozenset(status for status, steps in TRANSITIONS.items() if steps)

USUAL_WINDOW_DAYS = 90
SHORTEST_WINDOW_DAYS = 1
LONGEST_WINDOW_DAYS = 731

MOST_RECURRENCE = Decimal(1_000_000)
"""Complaints per 1,000 orders; a criterion above this says nothing."""


class ImprovementEvent(EventKind):
    """What happens to improvements."""

    PROPOSED = "IMPROVEMENT_PROPOSED", "An improvement was proposed."
    REVISED = "IMPROVEMENT_REVISED", "An improvement was described anew."
    PLANNED = "IMPROVEMENT_PLANNED", "An improvement got its plan and its criterion."
    STARTED = "IMPROVEMENT_STARTED", "Work on an improvement began."
    MONITORED = "IMPROVEMENT_MONITORED", "An improvement is in place; its effect is watched."
    JUDGED = "IMPROVEMENT_JUDGED", "An improvement's effect was measured."
    REJECTED = "IMPROVEMENT_REJECTED", "An improvement will not be made."


class Improvement(Record):
    """One corrective or preventive action.

    It is measured by complaints of its `cause`, and of its `category` and `product` where it has them (null means any).
    `max_recurrence` is the criterion in hundredths of a complaint per 1,000 orders: 250 is 2.50.
    The four counts are those that it was judged by, and null until then.
    """

    history_needs = Permission.READ_IMPROVEMENTS
    transitions = TRANSITIONS

    number = fields.CharField(max_length=20, unique=True)
    title = fields.CharField(max_length=200)
    kind = fields.CharEnumField(ImprovementKind, max_length=20)
    status = fields.CharEnumField(ImprovementStatus, max_length=20)
    cause = fields.CharEnumField(CauseCode, max_length=20)
    category: Any = fields.CharEnumField(Category, max_length=20, null=True)
    product_id = optional_reference("Product", related_name="improvements")
    department = fields.CharEnumField(Department, max_length=30)
    owner_id = reference("Account", related_name="owned_improvements")
    predecessor_id = optional_reference("Improvement", related_name="successors")
    plan: Any = fields.TextField(null=True)
    criterion: Any = fields.TextField(null=True)
    max_recurrence = fields.BigIntField(null=True)
    window_days = fields.IntField(default=USUAL_WINDOW_DAYS)
    proposed_at = fields.DatetimeField()
    proposed_by_id = reference("Account", related_name="proposed_improvements")
    planned_at = fields.DatetimeField(null=True)
    started_at = fields.DatetimeField(null=True)
    monitoring_from = fields.DatetimeField(null=True)
    monitored_until: Any = fields.DatetimeField(null=True)
    judged_at = fields.DatetimeField(null=True)
    judged_by_id = optional_reference("Account", related_name="judged_improvements")
    complaints_before = fields.BigIntField(null=True)
    orders_before = fields.BigIntField(null=True)
    complaints_after = fields.BigIntField(null=True)
    orders_after = fields.BigIntField(null=True)
    rejection_reason: Any = fields.TextField(null=True)
    rejected_at = fields.DatetimeField(null=True)
    due_notified_at = fields.DatetimeField(null=True)
    version = fields.IntField(default=1)

    class Meta:
        table = "improvements"
        indexes = (
            ("proposed_at", "id"),
            ("status", "monitored_until"),
            ("owner_id", "status"),
            ("product_id", "proposed_at", "id"),
        )
        checks = {
            "department": is_one_of("department", BACK_OFFICE_DEPARTMENTS),
            "counts": at_least(
                0, "max_recurrence", "complaints_before", "orders_before", "complaints_after", "orders_after"
            ),
            "window_days": "window_days BETWEEN 1 AND 731",
            "predecessor": "predecessor_id IS NULL OR predecessor_id <> id",
            "planned": when(
                "status",
                "PLANNED IN_PROGRESS MONITORING EFFECTIVE NOT_EFFECTIVE",
                "plan",
                "criterion",
                "max_recurrence",
                "planned_at",
            ),
            "started": when("status", "IN_PROGRESS MONITORING EFFECTIVE NOT_EFFECTIVE", "started_at"),
            "monitored": when(
                "status",
                "MONITORING EFFECTIVE NOT_EFFECTIVE",
                "monitoring_from",
                "monitored_until",
                "monitoring_from < monitored_until",
            ),
            "judged": when(
                "status",
                "EFFECTIVE NOT_EFFECTIVE",
                "judged_at",
                "judged_by_id",
                "complaints_before",
                "orders_before",
                "complaints_after",
                "orders_after",
                "orders_after > 0",
                "judged_at >= monitored_until",
            ),
            "effective": when("status", "EFFECTIVE", "complaints_after * 100000 <= max_recurrence * orders_after"),
            "not_effective": when(
                "status", "NOT_EFFECTIVE", "NOT (complaints_after * 100000 <= max_recurrence * orders_after)"
            ),
            "rejected": when("status", "REJECTED", "rejection_reason", "rejected_at"),
        }
        by_code_point = ("number", "title", "kind", "status", "cause", "category", "department")
        more_indexes = (
            Index("improvements_one_successor", "predecessor_id", where="status <> 'REJECTED'", unique=True),
            Index("work_improving", "owner_id", where="status = 'NOT_EFFECTIVE'", as_text=True),
            Index("improvements_by_predecessor", "predecessor_id"),
        )


class ImprovementComplaint(Record):
    """A complaint that an improvement came out of."""

    improvement_id = reference("Improvement", related_name="sources")
    complaint_id = reference("Complaint", related_name="improvement_links")
    added_at = fields.DatetimeField()
    added_by_id = reference("Account")

    class Meta:
        table = "improvement_complaints"
        unique_together = (("improvement_id", "complaint_id"),)
        indexes = (("complaint_id", "improvement_id"),)
        append_only = True


Improvement.row_scope = all_rows
"""Improvements say nothing about customers; which of their complaints a viewer sees, the complaints' own scope says."""

WORK = (
    WorkSource(
        kind=WorkKind.SUCCESSOR_TO_PROPOSE,
        table="improvements improvement",
        where="improvement.status = 'NOT_EFFECTIVE' AND NOT EXISTS (SELECT 1 FROM improvements successor"
        " WHERE successor.predecessor_id = improvement.id AND successor.status <> 'REJECTED')",
        owner="improvement.owner_id",
        since="improvement.judged_at",
        columns={"improvement_id": "improvement.id"},
    ),
)
