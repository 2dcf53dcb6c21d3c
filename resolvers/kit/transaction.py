"""The one place where transactions begin. A client that goes away cannot leave one half open.

The surprising rules: the work runs in a task of its own, so cancelling the caller lets it finish instead of breaking it off;
and it runs again from the beginning when the database broke it off because two waited for each other.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from tortoise.models import Model
from tortoise.transactions import in_transaction

from models.engines.postgres import is_deadlock
from models.kit.events import EventKind, Subject, subject_type
from models.kit.unit_of_work import present_unit, unit_of_work
from models.permissions import Department
from resolvers.kit.problems import DryRun

MOST_TRIES = 5
"""How often a piece of work is begun before somebody else's waiting for it is an error."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event of the present transaction, as it was written."""

    id: int
    kind: EventKind
    at: datetime
    department: Department | None
    subjects: tuple[Subject, ...]

    def key_of(self, model: type[Model]) -> UUID | None:
        """The key of the record of a table that it is about."""
        return self.key_of_type(subject_type(model))

    def key_of_type(self, subject: str) -> UUID | None:
        """The key of the record that it is about, by what such records are called as subjects."""
        return next((one.key for one in self.subjects if one.type == subject), None)


_running: set[asyncio.Task[Any]] = set()
_after_commit: list[Callable[[], None]] = []
_before_commit: list[Callable[[Sequence[Recorded]], Awaitable[None]]] = []
_recorded: ContextVar[list[Recorded] | None] = ContextVar("recorded", default=None)


def on_commit(wake: Callable[[], None]) -> Callable[[], None]:
    """Calls `wake` after every commit; it must not block. Returns what takes the wish back."""
    _after_commit.append(wake)
    return lambda: _after_commit.remove(wake)


def before_commit(follow: Callable[[Sequence[Recorded]], Awaitable[None]]) -> Callable[[], None]:
    """Calls `follow` with the events of every change, inside its transaction; what it records itself comes back to nobody.

    When it raises, the whole change is undone. Returns what takes the wish back.
    """
    _before_commit.append(follow)
    return lambda: _before_commit.remove(follow)


def note_event(event: Recorded) -> None:
    """Remembers an event of the present transaction for those who follow it; outside of one, nobody does."""
    recorded = _recorded.get()
    if recorded is not None:
        recorded.append(event)


@asynccontextmanager
async def savepoint() -> AsyncIterator[None]:
    """Within it, all of the present transaction's work happens or, when something raises, nothing."""
    unit = present_unit()
    assert unit is not None, "a savepoint stands in a transaction"
    await unit.write()
    try:
        async with in_transaction("default"):
            yield
            await unit.write()
    except BaseException:
        unit.roll_back()
        raise


def forget_events() -> None:
    """Forgets the events of the present transaction: a savepoint was rolled back, and they with it."""
    recorded = _recorded.get()
    if recorded is not None:
        recorded.clear()


async def followed(work: Callable[[], Awaitable[T]]) -> T:
    """Makes a change inside the present transaction and lets those follow who wait for what it records (`before_commit`)."""
    recorded: list[Recorded] = []
    outer = _recorded.set(recorded)
    try:
        with unit_of_work() as unit:
            try:
                answer = await work()
            except DryRun:
                # What the database refuses is refused beforehand, too.
                await unit.write()
                raise
            await unit.write()
            happened = tuple(recorded)
            for follow in tuple(_before_commit) if happened else ():
                await follow(happened)
            await unit.write()
            return answer
    finally:
        _recorded.reset(outer)


async def transact(work: Callable[[], Awaitable[T]]) -> T:
    """Runs `work` in one transaction: all of it happens or, when it raises, nothing. Nothing leaves before the commit.

    Of two that wait for each other PostgreSQL breaks one off, which has then done nothing, and is done again here.
    """

    async def tried(tries_left: int) -> T:
        try:
            async with in_transaction("default"):
                return await followed(work)
        except Exception as error:
            if not tries_left or not is_deadlock(error):
                raise
        return await tried(tries_left - 1)

    async def whole() -> T:
        answer = await tried(MOST_TRIES - 1)
        for wake in tuple(_after_commit):
            wake()
        return answer

    if around := present_unit():
        await around.write()
    task = asyncio.create_task(whole())
    _running.add(task)
    task.add_done_callback(_running.discard)
    return await asyncio.shield(task)


async def finish_running() -> None:
    """Waits for the transactions that are under way; the database may be closed afterwards."""
    while _running:
        await asyncio.gather(*_running, return_exceptions=True)
