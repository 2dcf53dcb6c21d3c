"""A small company with nasty data, and how it is written.

Rows are plain dictionaries per model, parents before children, so that a test can change them before they are written.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from uuid import UUID

from tortoise.connection import get_connection
from tortoise.models import Model

from models.kit.database import Database
from models.kit.migrating import migrate
from tests.properties.adversarial.complaints import answers, cases, complaints, improvements, talk
from tests.properties.adversarial.goods import goods, moves
from tests.properties.adversarial.happenings import happenings
from tests.properties.adversarial.making import START, Company, Nasty
from tests.properties.adversarial.sales import returns, sales
from tests.properties.adversarial.work import clocks, notifications, people, rules
from tests.storage.valid_rows import forget_shipped

PRESENT = START + timedelta(days=365)
"""When the company is looked at: somebody is absent then, and what was watched has been watched for long enough."""


def company() -> Company:
    """All rows. The same every time."""
    made = Nasty()
    for make in (sales, goods, cases, complaints, answers, returns, moves, clocks, improvements, people, rules, talk):
        make(made)
    notifications(made)
    happenings(made)
    return made.rows


TABLES: tuple[type[Model], ...] = tuple(company())
"""What has rows in the company."""


@asynccontextmanager
async def without_sums() -> AsyncIterator[None]:
    """Within it, ledgers change no sums in the open database, and rows may come before those that their keys lead to.

    What a column may hold is looked at all the same, and in the end, on SQLite, that every key leads to a row.
    """
    connection = get_connection("default")
    if connection.capabilities.dialect == "sqlite":
        # There, what a column may hold is a trigger too; ck_ begins the names of those.
        triggers = await connection.execute_query_dict(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND substr(name, 1, 3) <> 'ck_'"
        )
        off = ["PRAGMA foreign_keys = OFF", *(f"DROP TRIGGER {row['name']}" for row in triggers)]
        on = [*(row["sql"] for row in triggers), "PRAGMA foreign_keys = ON"]
    else:
        tables = await connection.execute_query_dict("SELECT DISTINCT tgrelid::regclass::text AS name FROM pg_trigger")
        off = [f"ALTER TABLE {row['name']} DISABLE TRIGGER ALL" for row in tables]
        on = [f"ALTER TABLE {row['name']} ENABLE TRIGGER ALL" for row in tables]
    for statement in off:
        await connection.execute_query(statement)
    yield
    for statement in on:
        await connection.execute_query(statement)
    if connection.capabilities.dialect == "sqlite":
        loose = await connection.execute_query_dict("PRAGMA foreign_key_check")
        assert not loose, loose[:5]


async def write(rows: Company) -> None:
    """Writes the rows into the open database as they are, in the place of those that it was shipped with."""
    await forget_shipped()
    async with without_sums():
        for model in TABLES:
            await model.bulk_create([model(**row) for row in rows[model]])


async def found(url: str, rows: Company | None = None) -> None:
    """Makes a database that holds the company."""
    await migrate(url)
    database = Database(url)
    await database.open()
    try:
        await write(rows or company())
    finally:
        await database.close()


async def stored() -> Company:
    """What the open database holds, as Python sees it."""
    return {model: list(await model.all().values()) for model in TABLES}


def show_all(rows: Company) -> frozenset[str]:
    """Every key and moment of the company as text: what is not among them is new."""
    values = (value for table in rows.values() for row in table for value in row.values())
    return frozenset(
        value.strftime("%Y-%m-%dT%H:%M:%S.") + f"{value.microsecond // 1000:03}Z"
        if isinstance(value, datetime)
        else str(value)
        for value in values
        if isinstance(value, datetime | UUID)
    )
