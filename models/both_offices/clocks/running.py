"""Clocks: deadlines that pause and resume. The customer's run on a complaint, the department's on a handoff.

The surprising rule: the segments are the truth and only ever added to; what a clock itself remembers is derived from them
by models.both_offices.clocks.reckoning, and stands here so that lists and the scheduler find it through an index.
"""

from datetime import datetime
from typing import Any

from tortoise import fields

from models.both_offices.clocks.policies import ClockKind, ClockPolicy
from models.both_offices.clocks.reckoning import ClockState
from models.kit.base import ReadScope, Record, is_one_of
from models.kit.constraints import Index, at_least, exactly_when
from models.kit.enums import DescribedEnum
from models.kit.events import EventKind
from models.kit.references import optional_reference, reference
from models.permissions import Department, Permission


class ClockReason(DescribedEnum):
    """Why a segment of a clock began."""

    STARTED = "STARTED", "What the clock watches was received or handed off."
    TAKEN_OVER = "TAKEN_OVER", "It was open before clocks were kept."
    ACKNOWLEDGED = "ACKNOWLEDGED", "The customer heard that we have the complaint."
    CUSTOMER_ASKED = "CUSTOMER_ASKED", "The customer must answer first."
    CUSTOMER_REPLIED = "CUSTOMER_REPLIED", "The customer answered."
    INFORMATION_REQUESTED = "INFORMATION_REQUESTED", "The front office must inform the department first."
    INFORMATION_PROVIDED = "INFORMATION_PROVIDED", "The front office informed the department."
    CLAIMED = "CLAIMED", "Somebody of the department took the handoff."
    RELEASED = "RELEASED", "Who had the handoff put it back."
    LEASE_ENDED = "LEASE_ENDED", "Who had the handoff was away or idle for too long."
    ANSWERED = "ANSWERED", "The answer was given."
    ANSWER_REJECTED = "ANSWER_REJECTED", "The answer was sent back to work."
    ACCEPTED = "ACCEPTED", "The front office took the department's answer."
    REFUSED = "REFUSED", "The department says that the handoff is not theirs."
    WITHDRAWN = "WITHDRAWN", "The front office took the handoff back."
    CLOSED = "CLOSED", "The complaint was closed."
    CHALLENGED = "CHALLENGED", "The customer did not accept the answer: the next stage began."
    REOPENED = "REOPENED", "The complaint was opened again."
    SEVERITY_CHANGED = "SEVERITY_CHANGED", "The complaint's severity changed."
    TRANSFERRED = "TRANSFERRED", "The handoff went to another department."
    CALENDAR_CHANGED = "CALENDAR_CHANGED", "The business calendar changed."
    CORRECTED = "CORRECTED", "Somebody put an earlier segment right."


class ClockEvent(EventKind):
    """What happens to clocks."""

    WARNED = "CLOCK_WARNED", "Three quarters of a deadline's time have gone."
    BREACHED = "CLOCK_BREACHED", "A deadline has passed."


class Clock(Record):
    """One deadline of a complaint or of a handoff. Exactly one of the two is given, and a kind occurs once on each.

    `warned_at` and `breached_at` are when the present `warn_at` and `due_at` were found to have passed and became events.
    `next_moment_at` is the next of them that a running clock will pass unnoticed. `department` is the handoff's. `remaining_ms`
    is what was left when the last segment began.
    """

    kind = fields.CharEnumField(ClockKind, max_length=30)
    complaint_id = optional_reference("Complaint", related_name="clocks")
    handoff_id = optional_reference("Handoff", related_name="clocks")
    handoff: fields.ForeignKeyNullableRelation[Any]
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
        unique_together = (("complaint_id", "kind"), ("handoff_id", "kind"))
        checks = {
            "owner": "(NOT (kind IN ('ACKNOWLEDGE_COMPLAINT', 'ANSWER_COMPLAINT')) OR (complaint_id IS NOT NULL))"
            " AND (NOT (kind IN ('CLAIM_HANDOFF', 'ANSWER_HANDOFF')) OR (handoff_id IS NOT NULL))"
            " AND (handoff_id IS NOT NULL) = (complaint_id IS NULL)"
            " AND (handoff_id IS NOT NULL) = (department IS NOT NULL)",
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
    """A handoff's clocks are seen by whoever sees the handoff, a complaint's by whoever sees the complaint."""
    if Permission.READ_ALL_HANDOFFS in read_scope.permissions:
        return None
    ours = is_one_of(f"{clock}.department", read_scope.departments)
    handed_to_us = is_one_of("own_handoff.department", read_scope.departments)
    complaint = (
        f"EXISTS (SELECT 1 FROM handoffs own_handoff WHERE own_handoff.complaint_id = {clock}.complaint_id"
        f" AND {handed_to_us})"
    )
    return f"({ours} OR {complaint})"


def visible_segments(read_scope: ReadScope, segment: str) -> str | None:
    """As their clocks."""
    scope = visible_clocks(read_scope, "own_clock")
    if scope is None:
        return None
    return f"EXISTS (SELECT 1 FROM clocks own_clock WHERE own_clock.id = {segment}.clock_id AND {scope})"


Clock.row_scope = visible_clocks
ClockSegment.row_scope = visible_segments
