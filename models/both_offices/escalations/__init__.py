"""Escalations: a complaint, or one handoff of it, taken to a manager. They live beside the complaint's status and outlast it.

The surprising rule: who asked for one cannot close it, nor can anybody who has no role that the asker does not have.
"""

from collections.abc import Callable
from typing import Any

from tortoise import fields

from models.both_offices.clocks.reckoning import ClockState
from models.both_offices.work import WorkKind, WorkSource
from models.kit.base import ReadScope, Record, is_one_of
from models.kit.constraints import Index, different, together, when
from models.kit.enums import DescribedEnum
from models.kit.events import EventKind
from models.kit.references import optional_reference, reference
from models.permissions import Permission, Role


class EscalationSource(DescribedEnum):
    """Who wanted a manager to look at it."""

    CUSTOMER = "CUSTOMER", "The customer asked for somebody higher up."
    STAFF = "STAFF", "Somebody who works on it asked."
    CLOCK = "CLOCK", "A deadline is near or has passed."
    RULE = "RULE", "A rule asked."


class EscalationLevel(DescribedEnum):
    """How high up it was taken."""

    DEPARTMENT_MANAGER = "DEPARTMENT_MANAGER", "To the manager of the department."
    OFFICE_MANAGER = (
        "OFFICE_MANAGER",
        "To the manager of the whole office; what a deadline escalates, to the back office's.",
    )


class EscalationTrend(DescribedEnum):
    """Where it is heading."""

    RISING = "RISING", "It becomes more urgent."
    STEADY = "STEADY", "It stays as it is."
    FALLING = "FALLING", "It becomes less urgent."


class EscalationEvent(EventKind):
    """What happens to escalations."""

    OPENED = "ESCALATION_OPENED", "A complaint was taken to a manager."
    CHANGED = "ESCALATION_CHANGED", "An escalation became more or less urgent."
    CLOSED = "ESCALATION_CLOSED", "An escalation was closed."


class Escalation(Record):
    """One complaint, or one handoff of it, taken to a manager. It is open until `closed_at`.

    `requested_roles` are the asker's roles at that time, none when nobody asked. With `closed_role` it was closed: a role of
    the closer's that is not among them.
    """

    number = fields.CharField(max_length=20, unique=True)
    complaint_id = reference("Complaint", related_name="escalations")
    handoff_id = optional_reference("Handoff", related_name="escalations")
    source = fields.CharEnumField(EscalationSource, max_length=20)
    level = fields.CharEnumField(EscalationLevel, max_length=20)
    trend = fields.CharEnumField(EscalationTrend, max_length=20)
    reason = fields.TextField()
    assignee_id = optional_reference("Account", related_name="assigned_escalations")
    requested_by_id = optional_reference("Account", related_name="requested_escalations")
    requested_roles: Any = fields.JSONField(default=list)
    opened_at = fields.DatetimeField()
    closed_at = fields.DatetimeField(null=True)
    closed_by_id = optional_reference("Account", related_name="closed_escalations")
    closed_role: Any = fields.CharEnumField(Role, max_length=30, null=True)
    resolution: Any = fields.TextField(null=True)
    version = fields.IntField(default=1)

    class Meta:
        table = "escalations"
        indexes = (
            ("opened_at", "id"),
            ("complaint_id", "opened_at", "id"),
            ("handoff_id", "opened_at", "id"),
            ("assignee_id", "closed_at"),
        )
        checks = {
            "asked": when("source", "CUSTOMER STAFF", "requested_by_id"),
            "closed": together("closed_at", "closed_by_id", "closed_role", "resolution"),
            "closed_by": different("closed_by_id", "requested_by_id"),
            "closed_role": "closed_role IS NULL"
            " OR CAST(requested_roles AS text) = replace(CAST(requested_roles AS text), '\"' || closed_role || '\"', '')",
        }
        by_code_point = ("number", "source", "level", "trend")
        more_indexes = (
            Index(
                "escalations_open_of_handoff",
                "handoff_id, level, (source = 'CLOCK')",
                where="closed_at IS NULL AND handoff_id IS NOT NULL",
                unique=True,
            ),
            Index(
                "escalations_open_of_complaint",
                "complaint_id, level, (source = 'CLOCK')",
                where="closed_at IS NULL AND handoff_id IS NULL",
                unique=True,
            ),
            Index("work_escalated", "assignee_id", where="closed_at IS NULL", as_text=True),
        )


def visible_escalations(read_scope: ReadScope, escalation: str) -> str | None:
    """Who sees all handoffs sees all; a department sees those of its handoffs, and none that is about the complaint only."""
    if Permission.READ_ALL_HANDOFFS in read_scope.permissions:
        return None
    ours = is_one_of("escalated.department", read_scope.departments)
    return f"EXISTS (SELECT 1 FROM handoffs escalated WHERE escalated.id = {escalation}.handoff_id AND {ours})"


def cause_ended_sql(column: Callable[[str], str]) -> str:
    """A condition that a clock opened the escalation and that none of its subject's clocks presses any more.

    One presses from near-breach on until it stops or its deadline moves: it was answered, claimed, withdrawn, made less severe.
    """

    def pressing(of: str) -> str:
        # An alias that no outer query has: the planner's own are t1, t2 and so on.
        return (
            f"EXISTS (SELECT 1 FROM clocks pressing WHERE pressing.{of} = {column(of)}"
            f" AND pressing.state <> '{ClockState.STOPPED.value}'"
            " AND (pressing.warned_at IS NOT NULL OR pressing.breached_at IS NOT NULL))"
        )

    about_complaint = f"({column('handoff_id')} IS NULL AND {pressing('complaint_id')})"
    return (
        f"({column('source')} = '{EscalationSource.CLOCK.value}'"
        f" AND NOT ({pressing('handoff_id')} OR {about_complaint}))"
    )


Escalation.row_scope = visible_escalations

# A clock that still goes on, and that was warned of or breached.
_PRESSING = (
    "EXISTS (SELECT 1 FROM clocks pressing WHERE pressing.{of}_id = escalation.{of}_id AND pressing.state <> 'STOPPED'"
    " AND (pressing.warned_at IS NOT NULL OR pressing.breached_at IS NOT NULL))"
)

WORK = (
    WorkSource(
        kind=WorkKind.ESCALATION_TO_SETTLE,
        table="escalations escalation",
        where="escalation.closed_at IS NULL",
        owner="escalation.assignee_id",
        since="escalation.opened_at",
        # What a clock escalated is due as long as the clock goes on; then somebody only has to say how it ended.
        due=f"CASE WHEN escalation.source <> 'CLOCK' OR {_PRESSING.format(of='handoff')}"
        f" OR (escalation.handoff_id IS NULL AND {_PRESSING.format(of='complaint')})"
        " THEN coalesce((SELECT handoff.due_at FROM handoffs handoff WHERE handoff.id = escalation.handoff_id),"
        " (SELECT clock.due_at FROM clocks clock WHERE clock.complaint_id = escalation.complaint_id"
        " AND clock.kind = 'ANSWER_COMPLAINT')) END",
        columns={
            "complaint_id": "escalation.complaint_id",
            "handoff_id": "escalation.handoff_id",
            "escalation_id": "escalation.id",
        },
        stood_in_for=True,
    ),
)
