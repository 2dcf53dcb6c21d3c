"""The moments that a clock passes by itself: near-breach and breach become events, once each, and are followed up."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from models.areas import SUBJECTS
from models.both_offices.clocks.running import Clock, ClockEvent
from models.kit.events import EventKind
from resolvers.events import record

Follow = Callable[[Clock, Any, EventKind, datetime], Awaitable[None]]
"""What else happens when a running clock was warned of (CLOCK_WARNED) or breached (CLOCK_BREACHED), in the same transaction."""

_followers: list[Follow] = []


def on_moment(follow: Follow) -> Callable[[], None]:
    """Calls `follow` for every moment that is noticed on a clock that runs on. Returns what takes the wish back."""
    _followers.append(follow)
    return lambda: _followers.remove(follow)


async def notice(clock: Clock, subject: Any, at: datetime, *, goes_on: bool) -> bool:
    """Records what a running clock has passed by now and nobody noticed yet; says whether there was anything.

    The clock is locked, and marked here but not saved. Only the graver of two moments that passed together is followed up.
    """
    passed: list[EventKind] = []
    if clock.warned_at is None and clock.warn_at is not None and clock.warn_at <= at:
        clock.warned_at = at
        passed.append(ClockEvent.WARNED)
    if clock.breached_at is None and clock.due_at is not None and clock.due_at <= at:
        clock.breached_at = at
        passed.append(ClockEvent.BREACHED)
    clock.next_moment_at = clock.unnoticed()
    declared = SUBJECTS.of(subject)
    for kind in passed:
        await record(kind, *declared.told_of(subject), actor=None, at=at, department=declared.department(subject))
    if passed and goes_on:
        for follow in tuple(_followers):
            await follow(clock, subject, passed[-1], at)
    return bool(passed)
