"""Escalations: a complaint, or one handoff of it, taken to a manager. They live beside the complaint's status and outlast it.

The surprising rule: who asked for one cannot close it, nor can anybody who has no role that the asker does not have.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import UUID

from tortoise import fields

from models.both_offices.clocks.reckoning import ClockState
from models.kit.base import ReadScope, Record, is_one_of
from models.kit.enums import DescribedEnum
from models.permissions import Permission, Role

if TYPE_CHECKING:
    from models.back_office.handoffs import Handoff
    from models.both_offices.accounts import Account
    from models.front_office.service.complaints import Complaint


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


class Escalation(Record):
    """One complaint, or one handoff of it, taken to a manager. It is open until `closed_at`.

    `requested_roles` are the asker's roles at that time, none when nobody asked. With `closed_role` it was closed: a role of
    the closer's that is not among them.
    """

    number = fields.CharField(max_length=20, unique=True)
    complaint: fields.ForeignKeyRelation["Complaint"] = fields.ForeignKeyField(
        "models.Complaint", related_name="escalations", on_delete=fields.RESTRICT, db_index=False
    )
    complaint_id: UUID
    handoff: fields.ForeignKeyNullableRelation["Handoff"] = fields.ForeignKeyField(
        "models.Handoff", related_name="escalations", on_delete=fields.RESTRICT, null=True, db_index=False
    )
    handoff_id: UUID | None
    source = fields.CharEnumField(EscalationSource, max_length=20)
    level = fields.CharEnumField(EscalationLevel, max_length=20)
    trend = fields.CharEnumField(EscalationTrend, max_length=20)
    reason = fields.TextField()
    assignee: fields.ForeignKeyNullableRelation["Account"] = fields.ForeignKeyField(
        "models.Account", related_name="assigned_escalations", on_delete=fields.RESTRICT, null=True, db_index=False
    )
    assignee_id: UUID | None
    requested_by: fields.ForeignKeyNullableRelation["Account"] = fields.ForeignKeyField(
        "models.Account", related_name="requested_escalations", on_delete=fields.RESTRICT, null=True, db_index=False
    )
    requested_by_id: UUID | None
    requested_roles: Any = fields.JSONField(default=list)
    opened_at = fields.DatetimeField()
    closed_at: Any = fields.DatetimeField(null=True)
    closed_by: fields.ForeignKeyNullableRelation["Account"] = fields.ForeignKeyField(
        "models.Account", related_name="closed_escalations", on_delete=fields.RESTRICT, null=True, db_index=False
    )
    closed_by_id: UUID | None
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
