"""Runs clocks: what verbs call when they change a record's status, in their own transaction.

The caller holds the locks of the record and of what it is a part of. A call that has nothing to do does nothing: a stopped
clock is not paused, a running one not resumed. What was open before clocks were kept is taken over when it is first touched.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from models.both_offices.clocks.policies import AtReopening, ClockKind, ClockPolicy, CountsFrom
from models.both_offices.clocks.reckoning import Begun, ClockReason, ClockState, Reckoning, Step, reckon
from models.both_offices.clocks.running import Clock, ClockEvent, ClockSegment
from models.kit.base import new_id, now
from models.kit.events import EventKind
from models.kit.sql import locking, read_records
from models.subjects import SUBJECTS
from resolvers.both_offices.clocks.policies import choose, policies_by_id, policies_in_force, policy_of
from resolvers.events import record

Subject = Any
"""What a clock runs on: a record of a kind that an area has declared (models.subjects)."""


async def start(subject: Subject, at: datetime, actor: UUID | None = None) -> None:
    """Starts the clocks of what was just received or handed off."""
    await _begin(subject, [Begun(kind, at, ClockReason.STARTED) for kind in SUBJECTS.of(subject).clocks], actor)


async def pause(
    kind: ClockKind, subject: Subject, reason: ClockReason, *, at: datetime | None = None, actor: UUID | None = None
) -> None:
    """Pauses a running clock: we wait for somebody whom we cannot hurry."""
    clock = await the_clock(kind, subject)
    if clock.state is ClockState.RUNNING:
        await _add(clock, subject, ClockState.PAUSED, reason, at, actor)


async def resume(
    kind: ClockKind, subject: Subject, reason: ClockReason, *, at: datetime | None = None, actor: UUID | None = None
) -> None:
    """Lets a paused clock go on with what was left."""
    clock = await the_clock(kind, subject)
    if clock.state is ClockState.PAUSED:
        await _add(clock, subject, ClockState.RUNNING, reason, at, actor)


async def stop(
    kind: ClockKind, subject: Subject, reason: ClockReason, *, at: datetime | None = None, actor: UUID | None = None
) -> None:
    """Stops a clock: what it watched has happened, or need not happen any more.

    With the acknowledgement, the answer's clock begins anew where the policy counts from there.
    """
    clock = await the_clock(kind, subject)
    if clock.state is not ClockState.STOPPED:
        await _add(clock, subject, ClockState.STOPPED, reason, at, actor)
        if reason is ClockReason.ACKNOWLEDGED:
            answer = await the_clock(SUBJECTS.of(subject).due_by, subject)
            if answer.policy.counts_from is CountsFrom.ACKNOWLEDGEMENT and answer.state is not ClockState.STOPPED:
                await _add(answer, subject, answer.state, reason, at, actor, restarts=True)


async def stop_all(
    subject: Subject, reason: ClockReason, *, at: datetime | None = None, actor: UUID | None = None
) -> None:
    """Stops all clocks of a record, but not those of its parts."""
    for clock in await _complete(subject):
        if clock.state is not ClockState.STOPPED:
            await _add(clock, subject, ClockState.STOPPED, reason, at, actor)


async def restart(
    kind: ClockKind, subject: Subject, reason: ClockReason, *, at: datetime | None = None, actor: UUID | None = None
) -> None:
    """Lets a clock begin anew with the whole budget of the policy that holds now, whatever it was doing."""
    clock = await the_clock(kind, subject)
    policy = await policy_of(kind, subject)
    await _add(clock, subject, ClockState.RUNNING, reason, at, actor, policy=policy, restarts=True)


async def reopen(
    kind: ClockKind,
    subject: Subject,
    reason: ClockReason,
    *,
    at: datetime | None = None,
    actor: UUID | None = None,
    anew: bool | None = None,
) -> None:
    """Lets a stopped clock run again: anew or with what was left, as the policy that holds now says, unless `anew` does."""
    clock = await the_clock(kind, subject)
    policy = await policy_of(kind, subject)
    restarts = policy.at_reopening is AtReopening.RESTART if anew is None else anew
    if clock.state is ClockState.STOPPED:
        await _add(clock, subject, ClockState.RUNNING, reason, at, actor, policy=policy, restarts=restarts)


async def follow(
    subject: Subject, reason: ClockReason, *, at: datetime | None = None, actor: UUID | None = None
) -> None:
    """Gives the clocks that are not stopped the policies that hold now, because severity, category or department changed.

    What was counted stays counted. Its parts follow too; they are locked here.
    """
    own = SUBJECTS.of(subject)
    whole = await own.whole_of(subject)
    subjects: list[Subject] = [subject]
    for part in SUBJECTS.parts_of(own):
        parts: Any = part.model.filter(**{own.column: subject.id}).order_by("id").select_for_update()
        subjects += await parts
    policies = await policies_in_force()
    for one in subjects:
        declared = SUBJECTS.of(one)
        department, classes = declared.department_of(one), declared.classes(one, whole)
        for clock in await _clocks(one):
            if clock.state is ClockState.STOPPED:
                continue
            policy = choose(policies, clock.kind, department, classes)
            if policy.id != clock.policy.id or department != clock.department:
                await _add(clock, one, clock.state, reason, at, actor, policy=policy)


async def give_policy(clock: Clock, subject: Subject, policy: ClockPolicy, reason: ClockReason) -> None:
    """Lets a clock count under another policy from its last restart on."""
    await _add(clock, subject, clock.state, reason, None, None, policy=policy)


async def take_over(subject: Subject, at: datetime) -> None:
    """Gives what was open before clocks were kept the clocks that follow from its present status, if it has none.

    A moment that has passed by then becomes no event: nobody watched.
    """
    present = {clock.kind for clock in await _clocks(subject)}
    missing = [begun for begun in SUBJECTS.of(subject).begun(subject, at) if begun.kind not in present]
    if missing:
        await _begin(subject, missing, None, watched_from=at)


async def the_clock(kind: ClockKind, subject: Subject) -> Clock:
    """A clock of a record with its policy, locked; taken over when there is none yet."""
    return next(clock for clock in await _complete(subject) if clock.kind == kind)


# --- Moments that a clock passes by itself -----------------------------------------------------------------------------

Follow = Callable[[Subject, EventKind, datetime], Awaitable[None]]
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
    department = declared.department_of(subject)
    for kind in passed:
        await record(kind, *declared.told_of(subject), actor=None, at=at, department=department)
    if passed and goes_on:
        for follow in tuple(_followers):
            await follow(subject, passed[-1], at)
    return bool(passed)


# --- Steps that several of them share ---------------------------------------------------------------------------------


async def segments_of(clock: Clock) -> list[ClockSegment]:
    """A clock's segments, oldest first."""
    sql = "SELECT * FROM clock_segments WHERE clock_id = ?1 ORDER BY number"
    return await read_records(ClockSegment, sql, clock.id)


def steps_of(segments: Sequence[ClockSegment]) -> list[Step]:
    """The segments as the arithmetic takes them."""
    return [Step(segment.at, segment.state, segment.restarts) for segment in segments]


async def _clocks(subject: Subject) -> list[Clock]:
    of_subject = f"{SUBJECTS.of(subject).column} = ?1"
    clocks = await read_records(Clock, f"SELECT * FROM clocks WHERE {of_subject} ORDER BY kind{locking()}", subject.id)
    policies = await policies_by_id(clock.policy_id for clock in clocks)
    for clock in clocks:
        clock.policy = policies[clock.policy_id]
    return clocks


async def _complete(subject: Subject) -> list[Clock]:
    """All the clocks of a subject, locked, in the order of their kinds."""
    kinds = SUBJECTS.of(subject).clocks
    clocks = await _clocks(subject)
    if len(clocks) < len(kinds):
        await take_over(subject, now())
        clocks = await _clocks(subject)
    return sorted(clocks, key=lambda clock: kinds.index(clock.kind))


async def _begin(
    subject: Subject, begun: Sequence[Begun], actor: UUID | None, watched_from: datetime | None = None
) -> None:
    """Stores new clocks with the segments that they begin with."""
    declared = SUBJECTS.of(subject)
    department, classes = declared.department_of(subject), declared.classes(subject, await declared.whole_of(subject))
    policies = await policies_in_force()
    clocks: list[Clock] = []
    segments: list[ClockSegment] = []
    for one in begun:
        policy = choose(policies, one.kind, department, classes)
        clock = Clock(
            id=new_id(),
            kind=one.kind,
            department=department,
            policy_id=policy.id,
            remaining_ms=0,
            **{declared.column: subject.id},
        )
        clocks.append(clock)
        steps = one.steps
        segments += [
            _segment(clock, number, step, one.reason, policy, actor) for number, step in enumerate(steps, start=1)
        ]
        _remember(clock, reckon(steps, policy.allowance))
        if watched_from is not None:
            clock.warned_at = watched_from if clock.warn_at and clock.warn_at <= watched_from else None
            clock.breached_at = watched_from if clock.due_at and clock.due_at <= watched_from else None
        clock.next_moment_at = clock.unnoticed()
        await _tell_queue(clock, subject)
    await Clock.add_all(clocks)
    await ClockSegment.add_all(segments)


async def _add(
    clock: Clock,
    subject: Subject,
    state: ClockState,
    reason: ClockReason,
    at: datetime | None,
    actor: UUID | None,
    *,
    policy: ClockPolicy | None = None,
    restarts: bool = False,
) -> None:
    """Adds a segment, after noticing what passed before it, and remembers what follows from it."""
    segments = await segments_of(clock)
    # The clocks of two computers differ; a segment never begins before the one that it follows.
    moment = max(at or now(), segments[-1].at)
    if clock.state is ClockState.RUNNING:
        await notice(clock, subject, moment, goes_on=state is ClockState.RUNNING and not restarts)
    if policy is not None:
        clock.policy = policy
    clock.department = SUBJECTS.of(subject).department_of(subject)
    step = Step(moment, state, restarts)
    segment = _segment(clock, segments[-1].number + 1, step, reason, clock.policy, actor)
    await segment.save(force_create=True)
    _remember(clock, reckon(steps_of([*segments, segment]), clock.policy.allowance))
    # What was noticed is forgotten when its moment is still to come again.
    if clock.warn_at is None or clock.warn_at > moment:
        clock.warned_at = None
    if clock.due_at is None or clock.due_at > moment:
        clock.breached_at = None
    clock.next_moment_at = clock.unnoticed()
    await clock.save()
    await _tell_queue(clock, subject)


def _segment(
    clock: Clock, number: int, step: Step, reason: ClockReason, policy: ClockPolicy, actor: UUID | None
) -> ClockSegment:
    return ClockSegment(
        clock_id=clock.id,
        number=number,
        at=step.at,
        state=step.state,
        reason=reason,
        restarts=step.restarts,
        policy_id=policy.id,
        department=clock.department,
        actor_id=actor,
    )


def _remember(clock: Clock, reckoned: Reckoning) -> None:
    clock.state, clock.started_at, clock.stopped_at = reckoned.state, reckoned.started_at, reckoned.stopped_at
    clock.warn_at, clock.due_at, clock.remaining_ms = reckoned.warn_at, reckoned.due_at, reckoned.remaining


async def _tell_queue(clock: Clock, subject: Subject) -> None:
    """The `due_at` that queues are sorted by follows its clock; while the clock is paused, it keeps the last one."""
    declared = SUBJECTS.of(subject)
    if declared.keeps_due and clock.kind is declared.due_by and clock.due_at not in (None, subject.due_at):
        subject.due_at = clock.due_at
        await subject.save(update_fields=["due_at"])
