"""Tells a past by the ordinary verbs: each life goes its way, all of them on one clock, in one transaction.

The surprising rule: between two steps of any lives the company's clocks pass their moments as they would have, so that
warnings, breaches and escalations stand where they belong.
"""

import heapq
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from typing import Any, TypeVar, get_type_hints
from uuid import UUID

from models.both_offices.clocks.running import Clock
from models.front_office.service.complaints import Complaint
from models.kit.base import as_of
from resolvers.both_offices.clocks.watching import notice_clock
from resolvers.demo.facts import FOUNDED, timed_id
from resolvers.kit.commands import Viewer
from resolvers.kit.transaction import followed

L = TypeVar("L")
T = TypeVar("T")

Deed = Callable[[L], Awaitable[object]]
"""What somebody does in a life. A number that it answers is how many working hours pass before the next deed."""

Way = tuple[float | Deed[L], ...]
"""Deeds one after another, and the working hours that pass between them."""

FIRST_HOUR, LAST_HOUR = 8, 18
"""The hours in which somebody is there, in UTC, from Monday to Friday."""


def does(who: str, use_case: Callable[[Viewer, Any], Awaitable[object]], *about: str, **said: Any) -> Deed[Any]:
    """A verb of somebody in a life, about records of that life, with what is said: all by their names."""
    command = get_type_hints(use_case)["given"]
    return lambda life: use_case(getattr(life, who), command(**{name: getattr(life, name) for name in about}, **said))


class Story:
    """What happens, in the order of time."""

    def __init__(self) -> None:
        self._coming: list[tuple[datetime, int, AsyncIterator[float]]] = []
        self._numbers = count()
        self._moment = FOUNDED
        self._ids = self._timed_ids()

    def begin(self, life: L, way: Way[L], at: datetime) -> None:
        """Lets a life go a way from a moment on."""
        self._go_on(_gone(life, way), at)

    async def tell(self, until: datetime, reached: Callable[[datetime], None]) -> None:
        """Lets everything happen that does before a moment; what would go on later stays as it is."""
        while self._coming and self._coming[0][0] < until:
            at, _, life = heapq.heappop(self._coming)
            reached(at)
            await self._pass_moments(at)
            pause = await self._happen(at, lambda life=life: anext(life, None))
            if pause is not None:
                self._go_on(life, working_hours_later(at, pause))
        await self._pass_moments(until)

    def _go_on(self, life: AsyncIterator[float], at: datetime) -> None:
        heapq.heappush(self._coming, (at, next(self._numbers), life))

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


async def _gone(life: L, way: Way[L]) -> AsyncIterator[float]:
    for step in way:
        pause = await step(life) if callable(step) else step
        if isinstance(pause, int | float):
            yield pause


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
