"""A clock's segments, and whether what the clock remembers is what they say."""

from collections.abc import Sequence
from itertools import pairwise
from uuid import UUID

from models.both_offices.clocks.policies import ClockKind
from models.both_offices.clocks.reckoning import Reckoning, Step, reckon
from models.both_offices.clocks.running import Clock, ClockSegment


async def segments_of(clock: Clock) -> list[ClockSegment]:
    """A clock's segments, oldest first."""
    return await ClockSegment.filter(clock_id=clock.id).order_by("number")


def steps_of(segments: Sequence[ClockSegment]) -> list[Step]:
    """The segments as the arithmetic takes them."""
    return [Step(segment.at, segment.state, segment.restarts) for segment in segments]


async def check_clock(key: UUID) -> list[str]:
    """What is wrong with a clock: where it differs from what its segments say. Nothing is, if all is well."""
    clock = await Clock.get(id=key).prefetch_related("policy__calendar", "handoff")
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
    reckoned = reckon(steps_of(segments), clock.policy.allowance())
    kept = Reckoning(clock.state, clock.started_at, clock.stopped_at, clock.warn_at, clock.due_at, clock.remaining_ms)
    if kept != reckoned:
        wrong.append(f"{clock.kind} remembers {kept}, but its segments say {reckoned}.")
    if clock.next_moment_at != clock.unnoticed():
        wrong.append(f"{clock.kind} waits for {clock.next_moment_at}, but {clock.unnoticed()} comes next.")
    if clock.kind is ClockKind.ANSWER_HANDOFF and clock.handoff and clock.due_at not in (None, clock.handoff.due_at):
        wrong.append(f"The handoff is due at {clock.handoff.due_at}, its clock at {clock.due_at}.")
    return wrong
