"""Escalations: a record, or one part of it, taken to a manager. They live beside the record's status and outlast it.

The surprising rule: who asked for one cannot close it, nor can anybody who has no role that the asker does not have.
"""

from collections.abc import Callable
from typing import Any

from tortoise import fields

from models.both_offices.accounts import Account
from models.both_offices.clocks.reckoning import ClockState
from models.both_offices.subjects import Subject
from models.both_offices.work import MANAGERS, WorkKind, WorkSource
from models.kit.base import ReadScope, Record, all_rows, optional_reference
from models.kit.constraints import Index, at_least, different, together, when
from models.kit.enums import DescribedEnum
from models.kit.events import EventKind
from models.permissions import Department, Role
from models.subjects import SUBJECTS


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


class DepartmentManager(Record):
    """Who manages one department. With no account, the managers of its office do."""

    department = fields.CharEnumField(Department, max_length=30, unique=True)
    account_id = optional_reference("Account", related_name="managed_departments", index=True)
    account: fields.ForeignKeyNullableRelation[Account]
    set_at = fields.DatetimeField()
    set_by_id = optional_reference("Account")
    version = fields.IntField(default=1)

    class Meta:
        table = "department_managers"
        checks = {"version": at_least(0, "version")}
        by_code_point = ("department",)


class Escalation(Record):
    """One record, or one part of it, taken to a manager. It is open until `closed_at`.

    `requested_roles` are the asker's roles at that time, none when nobody asked. With `closed_role` it was closed: a role of
    the closer's that is not among them.
    """

    number = fields.CharField(max_length=20, unique=True)
    about = SUBJECTS.references("escalations", whole_needed=True)
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
            *((one.column, "opened_at", "id") for one in SUBJECTS),
            ("assignee_id", "closed_at"),
        )
        checks = SUBJECTS.one_whole() | {
            "asked": when("source", "CUSTOMER STAFF", "requested_by_id"),
            "closed": together("closed_at", "closed_by_id", "closed_role", "resolution"),
            "closed_by": different("closed_by_id", "requested_by_id"),
            "closed_role": "closed_role IS NULL"
            " OR CAST(requested_roles AS text) = replace(CAST(requested_roles AS text), '\"' || closed_role || '\"', '')",
        }
        by_code_point = ("number", "source", "level", "trend")
        more_indexes = (
            *(
                Index(
                    f"open_escalation_of_{one.type}",
                    f"{one.column}, level, (source = 'CLOCK')",
                    where=f"closed_at IS NULL AND {SUBJECTS.is_about(one)}",
                    unique=True,
                )
                for one in SUBJECTS
            ),
            Index("work_escalated", "assignee_id", where="closed_at IS NULL", as_text=True),
        )


def visible_escalations(read_scope: ReadScope, escalation: str) -> str | None:
    """Who sees all records of a kind sees all of theirs; a department sees those of what it works on, and no others."""
    return SUBJECTS.seen(
        read_scope, escalation, lambda one: one.seen_by(read_scope, escalation) if one.department else None
    )


def cause_ended_sql(column: Callable[[str], str]) -> str:
    """A condition that a clock opened the escalation and that none of its subject's clocks presses any more.

    One presses from near-breach on until it stops or its deadline moves: it was answered, claimed, withdrawn, made less severe.
    """

    def pressing(one: Subject[Any]) -> str:
        # An alias that no outer query has: the planner's own are t1, t2 and so on.
        clock = (
            f"EXISTS (SELECT 1 FROM clocks pressing WHERE pressing.{one.column} = {column(one.column)}"
            f" AND pressing.state <> '{ClockState.STOPPED.value}'"
            " AND (pressing.warned_at IS NOT NULL OR pressing.breached_at IS NOT NULL))"
        )
        return f"({SUBJECTS.is_about(one, column)} AND {clock})"

    by_clock = f"{column('source')} = '{EscalationSource.CLOCK.value}'"
    return f"({by_clock} AND NOT ({' OR '.join(map(pressing, SUBJECTS))}))"


Escalation.row_scope = visible_escalations
DepartmentManager.row_scope = all_rows

# What a clock escalated is due as long as the clock goes on; then somebody only has to say how it ended.
_DUE = ", ".join(one.due_sql("escalation") for one in reversed(list(SUBJECTS)))

WORK = (
    WorkSource(
        kind=WorkKind.ESCALATION_TO_SETTLE,
        table="escalations escalation",
        where="escalation.closed_at IS NULL",
        owner="escalation.assignee_id",
        since="escalation.opened_at",
        due=f"CASE WHEN NOT {cause_ended_sql('escalation.{}'.format)} THEN coalesce({_DUE}) END",
        columns=SUBJECTS.in_row("escalation") | {"escalation_id": "escalation.id"},
        stood_in_for=True,
        left_to=MANAGERS,
    ),
)
