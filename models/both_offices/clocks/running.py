"""Clocks: deadlines that pause and resume, on records of every kind that an area declares (models.subjects).

The surprising rule: the segments are the truth and only ever added to; what a clock itself remembers is derived from them
by models.both_offices.clocks.reckoning, and stands here so that lists and the scheduler find it through an index.
"""

from datetime import datetime
from typing import Any

from tortoise import fields

from models.both_offices.clocks.policies import ClockKind, ClockPolicy
from models.both_offices.clocks.reckoning import ClockReason, ClockState
from models.kit.base import ReadScope, Record, is_one_of, optional_reference, reference
from models.kit.constraints import Index, at_least, exactly_when
from models.kit.events import EventKind
from models.permissions import Department
from models.subjects import SUBJECTS


class ClockEvent(EventKind):
    """What happens to clocks."""

    WARNED = "CLOCK_WARNED", "Three quarters of a deadline's time have gone."
    BREACHED = "CLOCK_BREACHED", "A deadline has passed."


class Clock(Record):
    """One deadline of one record; each kind of clock occurs once on it.

    `warned_at` and `breached_at` are when the present `warn_at` and `due_at` were found to have passed and became events.
    `next_moment_at` is the next of them that a running clock will pass unnoticed. `department` is the record's. `remaining_ms`
    is what was left when the last segment began.
    """

    kind = fields.CharEnumField(ClockKind, max_length=30)
    runs_on = SUBJECTS.references("clocks")
    department: Any = fields.CharEnumField(Department, max_length=30, null=True)
    policy_id = reference("ClockPolicy", related_name="clocks", index=True)
    policy: fields.ForeignKeyRelation[ClockPolicy]
    state = fields.CharEnumField(ClockState, max_length=20)
    started_at = fields.DatetimeField()
    stopped_at = fields.DatetimeField(null=True)
    warn_at = fields.DatetimeField(null=True)
    due_at = fields.DatetimeField(null=True)
    remaining_ms = fields.BigIntField()
    warned_at = fields.DatetimeField(null=True)
    breached_at = fields.DatetimeField(null=True)
    next_moment_at = fields.DatetimeField(null=True, db_index=True)

    class Meta:
        table = "clocks"
        unique_together = tuple((one.column, "kind") for one in SUBJECTS)
        checks = {
            "owner": SUBJECTS.one_clocks(),
            "stopped": exactly_when("state", "STOPPED", "stopped_at"),
            "remaining": at_least(0, "remaining_ms"),
            "noticed": "(warn_at IS NOT NULL OR warned_at IS NULL) AND (due_at IS NOT NULL OR breached_at IS NULL)",
        }
        by_code_point = ("kind",)
        more_indexes = (Index("clocks_not_stopped", "policy_id", where="state <> 'STOPPED'"),)

    def unnoticed(self) -> datetime | None:
        """The first moment that it passes, or has passed, without anybody having noticed."""
        if self.state is not ClockState.RUNNING:
            return None
        moments = ((self.warn_at, self.warned_at), (self.due_at, self.breached_at))
        return min((moment for moment, noticed in moments if moment and not noticed), default=None)


class ClockSegment(Record):
    """A clock's state from `at` until the next segment, and why. Never changed, never deleted. `number` counts from 1."""

    clock_id = reference("Clock", related_name="segments")
    number = fields.IntField()
    at = fields.DatetimeField()
    state = fields.CharEnumField(ClockState, max_length=20)
    reason = fields.CharEnumField(ClockReason, max_length=30)
    restarts = fields.BooleanField(default=False)
    policy_id = reference("ClockPolicy", related_name="segments")
    department: Any = fields.CharEnumField(Department, max_length=30, null=True)
    actor_id = optional_reference("Account", related_name="clock_segments")

    class Meta:
        table = "clock_segments"
        unique_together = (("clock_id", "number"),)
        checks = {
            "number": at_least(1, "number"),
            "first": "number > 1 OR restarts",
        }
        append_only = True


def visible_clocks(read_scope: ReadScope, clock: str) -> str | None:
    """Those of what a department alone works on are seen by the department, others by whoever sees the record."""
    ours = is_one_of(f"{clock}.department", read_scope.departments)
    return SUBJECTS.seen(read_scope, clock, lambda one: ours if one.department else one.seen_by(read_scope, clock))


def visible_segments(read_scope: ReadScope, segment: str) -> str | None:
    """As their clocks."""
    scope = visible_clocks(read_scope, "own_clock")
    if scope is None:
        return None
    return f"EXISTS (SELECT 1 FROM clocks own_clock WHERE own_clock.id = {segment}.clock_id AND {scope})"


Clock.row_scope = visible_clocks
ClockSegment.row_scope = visible_segments
