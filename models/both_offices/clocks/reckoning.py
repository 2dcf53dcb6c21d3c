"""From a clock's segments and its present policy to its state: the only source of what the clocks table remembers.

The surprising rule: a change of policy holds backwards too, to the last restart. What was counted is counted again, as if
the present policy had held all along.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from models.both_offices.clocks.working_time import Allowance, count, milliseconds, moment_of
from models.kit.enums import DescribedEnum

NEAR_PERCENT = 75
"""At how much of the budget a clock is near its breach."""


class ClockState(DescribedEnum):
    """Whether a clock runs."""

    RUNNING = "RUNNING", "It counts."
    PAUSED = "PAUSED", "It waits for somebody whom we cannot hurry, and counts nothing meanwhile."
    STOPPED = "STOPPED", "What it watched has happened, or need not happen any more."


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
