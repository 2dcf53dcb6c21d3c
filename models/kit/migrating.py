"""Brings a database's tables up to date, and says which steps are still missing.

The surprising rule: only one process migrates a database at a time; the others wait, then find nothing left to do.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
from tortoise.context import TortoiseContext
from tortoise.migrations.executor import MigrationTarget

from models.kit.database import Database, dialect_of, sqlite_path, tortoise_config
from models.kit.migrating_states import LateExecutor

APP = "models"
MIGRATIONS = Path(__file__).parents[1] / "migrations"

PATIENCE_SECONDS = 600
"""How long a starting process waits for another one that is migrating the same SQLite file."""

ADVISORY_LOCK = 0x1A7E_0FF1
"""What migrating processes lock on PostgreSQL; any number that nobody else uses in this database."""


async def migrate(url: str, target: str | None = None) -> list[str]:
    """Applies the missing migrations, up to and including `target` if given, and returns their names in order."""
    config = tortoise_config(url)
    if dialect_of(url) == "postgres":
        _without_time_limits(config)
    applied: list[str] = []

    def note(event: str, _app: str, name: str) -> None:
        if event == "apply_done":
            applied.append(name)

    async with _alone(url), TortoiseContext() as context:
        await context.init(config)
        executor = LateExecutor(context.db("default"), config["apps"])
        targets = [MigrationTarget(APP, target)] if target else None
        await executor.migrate(targets, direction="forward", progress=note)
    return applied


async def pending_migrations(database: Database) -> list[str]:
    """The names of the migrations that an open database still lacks, in order."""
    try:
        rows = await database.fetch(f"SELECT name FROM tortoise_migrations WHERE app = '{APP}'", [])
    except asyncpg.UndefinedTableError:
        rows = []
    except sqlite3.OperationalError as error:
        if "no such table" not in str(error):
            raise
        rows = []
    applied = {str(row[0]) for row in rows}
    return [name for name in known_migrations() if name not in applied]


def known_migrations() -> list[str]:
    """The names of all migrations that this version of the software has, in order."""
    return sorted(path.stem for path in MIGRATIONS.glob("[0-9]*.py"))


def _without_time_limits(config: dict[str, Any]) -> None:
    # A migration of a big table takes as long as it takes.
    credentials = config["connections"]["default"]["credentials"]
    credentials["server_settings"] = {**credentials["server_settings"], "statement_timeout": "0", "lock_timeout": "0"}


@asynccontextmanager
async def _alone(url: str) -> AsyncIterator[None]:
    """Holds the right to migrate this database; whoever asks meanwhile waits."""
    if dialect_of(url) == "sqlite":
        path = sqlite_path(url)
        # A file of its own, because the migrations need the database's own lock for their transactions. SQLite gives it
        # back when the process dies, on every platform.
        lock = await asyncio.to_thread(_lock_file, f"{path}-migrating")
        try:
            yield
        finally:
            lock.close()
        return
    connection = await asyncpg.connect(**_lock_credentials(url))
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", ADVISORY_LOCK)
        yield
    finally:
        await connection.close()


def _lock_file(path: str) -> sqlite3.Connection:
    lock = sqlite3.connect(path, timeout=PATIENCE_SECONDS, isolation_level=None, check_same_thread=False)
    lock.execute("BEGIN EXCLUSIVE")
    return lock


def _lock_credentials(url: str) -> dict[str, Any]:
    credentials = tortoise_config(url)["connections"]["default"]["credentials"]
    return {name: credentials[name] for name in ("host", "port", "user", "password", "database")}
