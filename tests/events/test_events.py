"""Events are numbered after their commit, without gaps, on both engines; cursors stand for their positions."""

import asyncio
from datetime import timedelta

import pytest
from tortoise.connection import get_connection
from tortoise.transactions import in_transaction

from models.both_offices.accounts import AccountEvent
from models.front_office.service.complaints import ComplaintEvent
from models.kit.base import now
from models.kit.database import Database
from models.kit.events import Event
from resolvers.events import record
from resolvers.events.cursors import check_resumable
from resolvers.events.outbox import BATCH, number_events
from resolvers.kit.problems import Refused


async def some_events(count: int) -> None:
    for _ in range(count):
        await record(AccountEvent.ADDED, actor=None, at=now())


async def numbered() -> list[tuple[int, int]]:
    return [
        (event.id, event.position or 0) for event in await Event.filter(position__isnull=False).order_by("position")
    ]


async def test_events_get_the_next_positions_in_the_order_in_which_they_were_written(database: Database) -> None:
    await some_events(3)
    assert await number_events(database) == 3
    await some_events(2)
    assert await number_events(database) == 2
    assert await number_events(database) == 0
    rows = await numbered()
    assert [position for _, position in rows] == [1, 2, 3, 4, 5]
    assert [identity for identity, _ in rows] == sorted(identity for identity, _ in rows)


async def test_more_events_than_one_batch_are_numbered_in_several(database: Database) -> None:
    await Event.bulk_create([Event(kind=AccountEvent.ADDED, at=now()) for _ in range(BATCH + 7)])
    assert [await number_events(database), await number_events(database)] == [BATCH, 7]
    assert [position for _, position in await numbered()] == list(range(1, BATCH + 8))


async def test_an_event_of_a_change_that_is_undone_leaves_no_gap(database: Database) -> None:
    await some_events(1)

    async def undone() -> None:
        async with in_transaction("default"):
            await some_events(1)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await undone()
    await some_events(1)
    await number_events(database)
    assert [position for _, position in await numbered()] == [1, 2]


@pytest.mark.parametrize("engine", ["postgres"])
async def test_what_is_committed_later_gets_a_later_position_whatever_was_written_first(database: Database) -> None:
    written, may_commit = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        async with in_transaction("default"):
            await record(ComplaintEvent.RECEIVED, actor=None, at=now())
            written.set()
            await may_commit.wait()

    slow_one = asyncio.create_task(slow())
    await written.wait()
    await record(ComplaintEvent.CLOSED, actor=None, at=now())
    await number_events(database)
    assert [event.kind for event in await Event.filter(position=1)] == [ComplaintEvent.CLOSED]
    may_commit.set()
    await slow_one
    await number_events(database)
    late = await Event.get(position=2)
    assert late.kind == ComplaintEvent.RECEIVED
    assert late.id < (await Event.get(position=1)).id


async def test_relays_that_work_at_once_give_each_event_one_position(database: Database) -> None:
    writing = True

    async def write() -> None:
        nonlocal writing
        for _ in range(30):
            async with in_transaction("default"):
                await some_events(2)
        writing = False

    async def relay() -> None:
        while writing:
            await number_events(database)
            await asyncio.sleep(0)

    await asyncio.gather(write(), relay(), relay(), relay())
    await number_events(database)
    assert [position for _, position in await numbered()] == list(range(1, 61))


async def test_the_databases_refuse_a_position_that_is_given_twice(database: Database) -> None:
    await some_events(2)
    await number_events(database)
    with pytest.raises(Exception, match=r"(?i)unique|duplicate"):
        await get_connection("default").execute_script(
            "INSERT INTO events (position, kind, at) VALUES (1, 'ACCOUNT_ADDED', '2026-01-01 00:00:00+00:00')"
        )


async def test_a_cursor_is_taken_for_thirty_days(database: Database) -> None:
    moment = now()
    for age in (31, 29):
        await record(AccountEvent.ADDED, actor=None, at=moment - timedelta(days=age))
    await number_events(database)
    await check_resumable(database, 2, moment)
    for position, code in ((0, "CURSOR_EXPIRED"), (1, "CURSOR_EXPIRED"), (3, "BAD_REQUEST")):
        with pytest.raises(Refused) as refused:
            await check_resumable(database, position, moment)
        assert [(problem.code, problem.path) for problem in refused.value.problems] == [(code, ("after",))]


async def test_a_cursor_is_taken_whatever_its_age_while_nothing_was_missed_since(database: Database) -> None:
    moment = now()
    await check_resumable(database, 0, moment)
    await record(AccountEvent.ADDED, actor=None, at=moment - timedelta(days=31))
    await number_events(database)
    await check_resumable(database, 1, moment)
