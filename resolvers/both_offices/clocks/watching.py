"""What the scheduler does with clocks: notices the moments that they pass, keeps calendars filled, takes over what has no clock.

Each whole has a transaction of its own, so that one that fails keeps nothing from the others. One that somebody is just
changing is left for the next round; whoever changes it notices what has passed.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from models.both_offices.clocks.policies import BusinessCalendar, ClockPolicy
from models.both_offices.clocks.reckoning import ClockReason, ClockState
from models.both_offices.clocks.running import Clock
from models.both_offices.subjects import Subject as Declared
from models.kit.base import Record, is_one_of
from models.kit.database import Database
from models.kit.sql import read_rows
from models.kit.tortoise_privates import table_of
from models.subjects import SUBJECTS
from resolvers.both_offices.clocks import Subject, give_policy, notice, take_over
from resolvers.both_offices.clocks.calendars import ENOUGH, fill_openings
from resolvers.both_offices.clocks.policies import bring_in_presets, policies_by_id
from resolvers.kit.scheduler import do_part, is_ending
from resolvers.kit.transaction import transact

BATCH = 200

_ROOTS = ", ".join(SUBJECTS.root_sql(root, "clock") for root in SUBJECTS.roots)
"""For each kind of whole, the key of the one that a clock runs on, if it is of that kind."""

_PASSED = f"""
SELECT clock.id, {_ROOTS} FROM clocks clock WHERE clock.next_moment_at <= {{at}}
ORDER BY clock.next_moment_at, clock.id LIMIT {{most}}
""".strip()

OUTDATED = f"""
SELECT clock.id, {_ROOTS} FROM clocks clock
WHERE clock.policy_id IN (SELECT id FROM clock_policies WHERE replaced_by_id IS NOT NULL) AND clock.state <> 'STOPPED'
LIMIT {{most}}
""".strip()

logger = logging.getLogger("interoffice.scheduler")

Step = Callable[[UUID, Record], Awaitable[None]]
"""What is done for one row, by its key and the whole that it belongs to, which is locked."""


def _clockless(whole: Declared[Any]) -> str:
    keys = ", ".join("old.id" if root is whole else "NULL" for root in SUBJECTS.roots)
    return f"""
SELECT old.id, {keys} FROM {table_of(whole.model)} old WHERE {is_one_of("old.status", whole.open_statuses)}
AND NOT EXISTS (SELECT 1 FROM clocks WHERE clocks.{whole.column} = old.id)
LIMIT {{most}}
""".strip()


class ClockJob:
    """The scheduler's job about clocks (see resolvers.kit.scheduler)."""

    __name__ = "clocks"

    def __init__(self, database: Database) -> None:
        self._database = database
        self._settled = False

    async def __call__(self, at: datetime) -> None:
        """One round."""
        if not self._settled:
            await bring_in_presets()
            await self.take_over_what_is_open(at)
            self._settled = True
        await self.notice_what_passed(at)
        await self.fill_calendars(at)
        await self.follow_calendars(at)

    async def notice_what_passed(self, at: datetime) -> None:
        """Moments that running clocks have passed become events, once each, however many processes look."""

        async def step(key: UUID, whole: Record) -> None:
            await notice_clock(key, whole, at)

        await self._each(_PASSED, step, at)

    async def fill_calendars(self, at: datetime) -> None:
        """Calendars that are in use stay filled ahead of every deadline."""
        for calendar in await BusinessCalendar.filter(filled_until__lt=at + ENOUGH):
            await transact(lambda calendar=calendar: fill_openings(calendar, at))

    async def follow_calendars(self, at: datetime) -> None:
        """Clocks whose calendar was replaced count in the new one."""

        async def step(key: UUID, whole: Record) -> None:
            clock, subject = await _locked(key, whole)
            newest = await _newest(clock.policy)
            if clock.state is not ClockState.STOPPED and newest.id != clock.policy.id:
                await give_policy(clock, subject, newest, ClockReason.CALENDAR_CHANGED)

        await self._each(OUTDATED, step, at)

    async def take_over_what_is_open(self, at: datetime) -> None:
        """What is open and older than clocks gets its own, and so do its open parts."""

        async def step(_key: UUID, whole: Record) -> None:
            await take_over(whole, at)
            declared = SUBJECTS.of(whole)
            for one in SUBJECTS.parts_of(declared):
                parts = one.model.filter(**{declared.column: whole.id}, status__in=list(one.open_statuses))
                for part in await parts.order_by("id").select_for_update():
                    await take_over(part, at)

        for root in SUBJECTS.roots:
            await self._each(_clockless(root), step, at)

    async def _each(self, candidates: str, step: Step, at: datetime) -> None:
        """Takes the step for every candidate: the key of a row and, in the column of its kind, that of its whole."""
        left: set[UUID] = set()
        while True:
            # A reading connection looks: on SQLite an idle server then never takes the write lock.
            first = "?1" if self._database.dialect == "sqlite" else "$1"
            binds = [self._bind(at)] if "{at}" in candidates else []
            # What was left is found again. It is passed over here, so that nothing need be sorted to be left out.
            rows = await self._database.fetch(candidates.format(at=first, most=BATCH + len(left)), binds)
            found = [[value and UUID(str(value)) for value in row] for row in rows]
            new = [row for row in found if row[0] not in left]
            for key, *wholes in new:
                assert key is not None
                if is_ending():
                    return
                try:
                    taken = await do_part(partial(_taken, step, key, wholes))
                except Exception as error:  # noqa: BLE001
                    taken = False
                    logger.warning("A clock could not be looked after and will be again: %s", type(error).__name__)
                if not taken:
                    left.add(key)
            if len(new) < BATCH:
                return

    def _bind(self, at: datetime) -> datetime | str:
        # The same text that Tortoise stores, so that SQLite compares like with like.
        return at.isoformat(" ") if self._database.dialect == "sqlite" else at


async def notice_clock(key: UUID, whole: Record, at: datetime) -> None:
    """What a running clock has passed becomes events, in the present transaction; its whole is locked."""
    clock, subject = await _locked(key, whole)
    if clock.state is ClockState.RUNNING and await notice(clock, subject, at, goes_on=True):
        await clock.save(update_fields=["warned_at", "breached_at", "next_moment_at"])


async def _taken(step: Step, key: UUID, wholes: Sequence[UUID | None]) -> bool:
    root, whole_key = next((root, one) for root, one in zip(SUBJECTS.roots, wholes, strict=True) if one)
    whole = await root.model.filter(id=whole_key).select_for_update(skip_locked=True).first()
    if whole is not None:
        await step(key, whole)
    return whole is not None


async def _locked(key: UUID, whole: Record) -> tuple[Clock, Subject]:
    """A clock and what it runs on, locked in the order of all locks, after the whole."""
    seen = await Clock.get(id=key)
    subject: Subject = whole
    for part in SUBJECTS.parts_of(SUBJECTS.of(whole)):
        if (part_key := getattr(seen, part.column)) is not None:
            subject = await part.model.filter(id=part_key).select_for_update().get()
    clock = await Clock.select_for_update().get(id=key)
    clock.policy = (await policies_by_id([clock.policy_id]))[clock.policy_id]
    return clock, subject


async def _newest(policy: ClockPolicy) -> ClockPolicy:
    """What replaced a policy in the end."""
    key, following = policy.id, policy.id
    while following is not None:
        key = following
        # What is kept in memory does not say it.
        [row] = await read_rows("SELECT replaced_by_id FROM clock_policies WHERE id = ?1", key)
        following = row["replaced_by_id"]
    return (await policies_by_id([key]))[key]
