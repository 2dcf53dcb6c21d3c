"""Writes rows past what the database sums up and guards by itself, for companies whose rows are meant to be as they are."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tortoise.connection import get_connection


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
