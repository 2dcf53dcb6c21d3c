"""From a clock's segments and its present policy to its state: the only source of what the clocks table remembers.

The surprising rule: a change of policy holds backwards too, to the last restart. What was counted is counted again, as if
the present policy had held all along.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from models.both_offices.clocks.policies import ClockKind
from models.both_offices.clocks.working_time import Allowance, count, milliseconds, moment_of
from models.kit.enums import DescribedEnum

NEAR_PERCENT = 75
"""At how much of the budget a clock is near its breach."""


class ClockState(DescribedEnum):
    """Whether a clock runs."""

    RUNNING = "RUNNING", "It counts."
    PAUSED = "PAUSED", "It waits for somebody whom we cannot hurry, and counts nothing meanwhile."
    STOPPED = "STOPPED", "What it watched has happened, or need not happen any more."


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


@dataclass(frozen=True, slots=True)
class Begun:
    """A clock to be stored: when it began and, if it is no longer running, since when not."""

    kind: ClockKind
    at: datetime
    reason: ClockReason
    paused_at: datetime | None = None
    stopped_at: datetime | None = None

    @property
    def steps(self) -> "list[Step]":
        """What its segments are."""
        steps = [Step(self.at, ClockState.RUNNING, True)]
        if self.stopped_at is not None:
            steps.append(Step(max(self.at, self.stopped_at), ClockState.STOPPED, False))
        elif self.paused_at is not None:
            steps.append(Step(max(self.at, self.paused_at), ClockState.PAUSED, False))
        return steps


@dataclass(frozen=True, slots=True)
class Step:
    """A segment as the arithmetic sees it: from `at` until the next one, in `state`; `restarts` forgets all before."""

    at: datetime
    state: ClockState
    restarts: bool


@dataclass(frozen=True, slots=True)
class Reckoning:
    """What follows from a clock's segments.

    `due_at` and `warn_at` are the moments at which the budget and NEAR_PERCENT of it were or will be used up: for a running clock
    unless something happens before, for a stopped one as if it had run on, for a paused one only if they have passed.
    `remaining` is what was left at the last segment, in counted milliseconds, never below 0.
    """

    state: ClockState
    started_at: datetime
    stopped_at: datetime | None
    warn_at: datetime | None
    due_at: datetime | None
    remaining: int


def reckon(steps: Sequence[Step], allowed: Allowance) -> Reckoning:
    """Reckons a clock from its segments, oldest first, of which there is at least one."""
    first = max((place for place, step in enumerate(steps) if step.restarts), default=0)
    run = steps[first:]
    last = run[-1]
    near = -(-allowed.budget * NEAR_PERCENT // 100)
    used, due = _used_up(run, allowed, allowed.budget)
    _, warn = _used_up(run, allowed, near)
    return Reckoning(
        state=last.state,
        started_at=run[0].at,
        stopped_at=last.at if last.state is ClockState.STOPPED else None,
        warn_at=warn,
        due_at=due,
        remaining=allowed.budget - used,
    )


def _used_up(run: Sequence[Step], allowed: Allowance, amount: int) -> tuple[int, datetime | None]:
    """How much of `amount` was used at the last segment, and when all of it was or will be."""
    calendar, used = allowed.calendar, 0
    for step, following in pairwise(run):
        if step.state is ClockState.RUNNING:
            begin, end = milliseconds(step.at), milliseconds(following.at)
            counted, moment = count(calendar, allowed.counting, begin, amount - used, end)
            used += counted
            if moment is not None:
                return used, moment_of(moment)
    if run[-1].state is ClockState.PAUSED:
        return used, None
    _, moment = count(calendar, allowed.counting, milliseconds(run[-1].at), amount - used)
    return used, None if moment is None else moment_of(moment)
