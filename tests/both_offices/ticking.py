"""What tests of clocks share: when it is, what a clock did, and what it passed."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

from models.back_office.handoffs import Handoff
from models.both_offices.clocks.policies import ClockKind
from models.both_offices.clocks.reckoning import Reckoning, reckon
from models.both_offices.clocks.running import Clock, ClockEvent, ClockSegment
from models.front_office.service.complaints import Complaint
from models.kit.base import as_of
from models.subjects import SUBJECTS
from resolvers.both_offices.clocks import segments_of, steps_of
from resolvers.kit.transaction import transact
from tests.office import events_about

CLAIM, ANSWER = ClockKind.CLAIM_HANDOFF, ClockKind.ANSWER_HANDOFF
HEAR, REPLY = ClockKind.ACKNOWLEDGE_COMPLAINT, ClockKind.ANSWER_COMPLAINT
MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


async def segments(clock: Clock) -> list[tuple[str, str, bool]]:
    """What a clock did and why, and whether it began anew."""
    rows = await ClockSegment.filter(clock_id=clock.id).order_by("number")
    return [(str(row.state), str(row.reason), row.restarts) for row in rows]


async def clock_of(subject: Complaint | Handoff, kind: ClockKind) -> Clock:
    owner: Any = {SUBJECTS.of(subject).column: subject.id}
    return await Clock.get(kind=kind, **owner).prefetch_related("policy")


async def sound() -> None:
    """Every clock is what its segments say."""
    for clock in await Clock.all():
        assert await check_clock(clock.id) == []


async def at(moment: datetime, work: Callable[[], Awaitable[Any]]) -> Any:
    """Does something in a transaction at another moment than now."""
    with as_of(moment):
        return await transact(work)


async def moments_of(*about: UUID) -> list[str]:
    """The warnings and breaches that were recorded."""
    kinds = [ClockEvent.WARNED.value, ClockEvent.BREACHED.value]
    return [str(kind) for kind in await events_about(*about, kind__in=kinds).values_list("kind", flat=True)]


async def check_clock(key: UUID) -> list[str]:
    """What is wrong with a clock: where it differs from what its segments say. Nothing is, if all is well."""
    clock = await Clock.get(id=key).prefetch_related("policy__calendar")
    segments = await segments_of(clock)
    if not segments:
        return [f"{clock.kind} has no segments."]
    wrong: list[str] = []
    if [segment.number for segment in segments] != list(range(1, len(segments) + 1)):
        wrong.append(f"{clock.kind}'s segments are not numbered one by one.")
    if any(later.at < earlier.at for earlier, later in pairwise(segments)):
        wrong.append(f"{clock.kind}'s segments go back in time.")
    last = segments[-1]
    if (last.policy_id, last.department) != (clock.policy_id, clock.department):
        wrong.append(f"{clock.kind} has another policy or department than its last segment.")
    reckoned = reckon(steps_of(segments), clock.policy.allowance)
    kept = Reckoning(clock.state, clock.started_at, clock.stopped_at, clock.warn_at, clock.due_at, clock.remaining_ms)
    if kept != reckoned:
        wrong.append(f"{clock.kind} remembers {kept}, but its segments say {reckoned}.")
    if clock.next_moment_at != clock.unnoticed():
        wrong.append(f"{clock.kind} waits for {clock.next_moment_at}, but {clock.unnoticed()} comes next.")
    if clock.kind is ClockKind.ANSWER_HANDOFF:
        due_at = (await SUBJECTS.led_to(clock)).due_at
        if clock.due_at not in (None, due_at):
            wrong.append(f"The handoff is due at {due_at}, its clock at {clock.due_at}.")
    return wrong
