"""Tells a past by the ordinary verbs: scripts that do something and wait, all on one clock, in one transaction.

The surprising rule: a script yields working hours. Between two steps of any scripts the company's clocks pass their moments
as they would have, so that warnings, breaches and escalations stand where they belong.
"""

import heapq
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from typing import Any, TypeVar
from uuid import UUID

from models.both_offices.clocks.running import Clock
from models.front_office.service.complaints import Complaint
from models.kit.base import as_of
from resolvers.both_offices.clocks.watching import notice_clock
from resolvers.demo.facts import FOUNDED, timed_id
from resolvers.kit.transaction import followed

T = TypeVar("T")

Script = AsyncIterator[float]
"""Does one thing at a time and yields how many working hours pass before it goes on."""

FIRST_HOUR, LAST_HOUR = 8, 18
"""The hours in which somebody is there, in UTC, from Monday to Friday."""


class Story:
    """What happens, in the order of time."""

    def __init__(self) -> None:
        self._coming: list[tuple[datetime, int, Script]] = []
        self._numbers = count()
        self._moment = FOUNDED
        self._ids = self._timed_ids()

    def begin(self, script: Script, at: datetime) -> None:
        """Lets a script begin at a moment."""
        heapq.heappush(self._coming, (at, next(self._numbers), script))

    async def tell(self, until: datetime) -> None:
        """Lets everything happen that does before a moment; what would go on later stays as it is."""
        while self._coming and self._coming[0][0] < until:
            at, _, script = heapq.heappop(self._coming)
            await self._pass_moments(at)
            pause = await self._happen(at, lambda script=script: anext(script, None))
            if pause is not None:
                self.begin(script, working_hours_later(at, pause))
        await self._pass_moments(until)

    async def _pass_moments(self, until: datetime) -> None:
        """Lets running clocks pass their moments up to one, each at its own time."""
        while True:
            passed = Clock.filter(next_moment_at__lt=until).order_by("next_moment_at", "id")
            # Asked before every step and nearly always in vain.
            found: Any = await passed.first().values_list(
                "id", "next_moment_at", "complaint_id", "handoff__complaint_id"
            )
            if found is None:
                return
            key, at, own, of_handoff = found
            await self._happen(at, partial(notice_clock, key, await Complaint.get(id=own or of_handoff), at))

    async def _happen(self, at: datetime, work: Callable[[], Awaitable[T]]) -> T:
        self._moment = at
        with as_of(at, self._ids):
            return await followed(work)

    def _timed_ids(self) -> Iterator[UUID]:
        for number in count():
            yield timed_id("story", number, self._moment)


def working_hours_later(at: datetime, hours: float) -> datetime:
    """A moment so many hours later, of which only those count in which somebody is there."""
    left = timedelta(hours=hours)
    while True:
        opens = at.replace(hour=FIRST_HOUR, minute=0, second=0, microsecond=0)
        closes = opens.replace(hour=LAST_HOUR)
        if at.weekday() < 5 and at < closes:
            at = max(at, opens)
            if at + left < closes:
                return at + left
            left -= closes - at
        at = opens + timedelta(days=1)
