"""Reading: beside writers, within a time, and with nothing left behind by those who go away."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from tortoise.transactions import in_transaction

from models.front_office.customers import Customer
from models.kit import database as databases
from models.kit.base import new_id
from models.kit.database import Database, StatementTimeout

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"


@pytest.fixture
async def impatient(database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Database]:
    """An open database that gives a statement a fifth of a second."""
    monkeypatch.setattr(databases, "STATEMENT_SECONDS", 0.2)
    monkeypatch.setitem(databases.POSTGRES_SETTINGS, "statement_timeout", "200")
    opened = Database(database_url)
    await opened.open()
    yield opened
    await opened.close()


async def test_a_statement_that_takes_too_long_is_given_up_and_the_next_one_answers(impatient: Database) -> None:
    for _ in range(3):
        with pytest.raises(StatementTimeout):
            await impatient.fetch(ENDLESS, [])
    assert (await impatient.fetch("SELECT 1", []))[0][0] == 1


async def test_readers_who_go_away_leave_every_connection_usable(impatient: Database) -> None:
    readings = [asyncio.create_task(impatient.fetch(ENDLESS, [])) for _ in range(30)]
    await asyncio.sleep(0.05)
    for reading in readings:
        reading.cancel()
    await asyncio.gather(*readings, return_exceptions=True)
    answers = await asyncio.wait_for(asyncio.gather(*(impatient.fetch("SELECT 1", []) for _ in range(30))), 5)
    assert [rows[0][0] for rows in answers] == [1] * 30


async def test_a_slow_write_blocks_no_read_and_shows_nothing_before_its_commit(database: Database) -> None:
    async with in_transaction("default"):
        await Customer.create(id=new_id(), number="C-1", name="A", country="Germany")
        during = await asyncio.wait_for(database.fetch("SELECT count(*) FROM customers", []), 2)
    assert during[0][0] == 0
    assert (await database.fetch("SELECT count(*) FROM customers", []))[0][0] == 1


async def test_the_readers_cannot_write(database: Database) -> None:
    with pytest.raises(Exception, match="read"):
        await database.fetch("DELETE FROM customers", [])
