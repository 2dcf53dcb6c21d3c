"""Transactions: who follows a change sees its events, inside it, and can undo it; two that wait for each other both end."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence

import pytest
from tortoise.expressions import F

from models.back_office.logistics.inventory import Warehouse
from models.both_offices.accounts import AccountEvent
from models.both_offices.rules import RuleEvent
from models.kit.base import now
from models.kit.database import Database
from models.kit.events import Event, EventKind
from resolvers.events import record
from resolvers.kit.transaction import Recorded, before_commit, transact

Follow = Callable[[Sequence[Recorded]], Awaitable[None]]


@pytest.fixture
def following() -> Iterator[Callable[[Follow], None]]:
    """Follows changes until the test ends."""
    stops: list[Callable[[], None]] = []
    yield lambda follow: stops.append(before_commit(follow))
    for stop in stops:
        stop()


async def happen() -> None:
    await record(AccountEvent.CHANGED, actor=None, at=now())


async def test_who_follows_sees_each_change_once_and_not_what_it_records_itself(
    database: Database, following: Callable[[Follow], None]
) -> None:
    seen: list[list[EventKind]] = []

    async def follow(events: Sequence[Recorded]) -> None:
        seen.append([event.kind for event in events])
        await record(RuleEvent.APPLIED, actor=None, at=now())

    following(follow)

    async def nothing() -> None:
        return None

    await transact(happen)
    await transact(nothing)
    assert seen == [[AccountEvent.CHANGED]]
    assert await Event.all().count() == 2


async def test_a_change_is_undone_when_who_follows_fails(
    database: Database, following: Callable[[Follow], None]
) -> None:
    async def fail(_events: Sequence[Recorded]) -> None:
        raise RuntimeError("not with me")

    following(fail)
    with pytest.raises(RuntimeError, match="not with me"):
        await transact(happen)
    assert await Event.all().count() == 0


async def test_of_two_that_wait_for_each_other_both_happen_once(database: Database) -> None:
    houses = [await Warehouse.create(code=code, name=code, country="USA") for code in ("A", "B")]
    has_one = [asyncio.Event(), asyncio.Event()]

    async def take(mine: int) -> None:
        for place, house in ((mine, houses[mine]), (1 - mine, houses[1 - mine])):
            await Warehouse.filter(id=house.id).update(version=F("version") + 1)
            # SQLite has one writer: there is nobody to wait for.
            if place == mine and database.dialect == "postgres":
                has_one[mine].set()
                await has_one[1 - mine].wait()
        await happen()

    await asyncio.gather(*(transact(lambda mine=mine: take(mine)) for mine in (0, 1)))
    assert [house.version for house in await Warehouse.all()] == [3, 3]
    assert await Event.all().count() == 2
