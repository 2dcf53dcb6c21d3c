"""Brings a database's tables up to date, and says which steps are still missing.

A migration is a module `NNNN_name` of models.migrations with `async def apply(step: Step)`. It happens and is noted in one
transaction, so that a process that dies leaves all of it or nothing. Only one process migrates a database at a time; the
others wait, then find nothing left to do.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import asyncpg

from models.kit.base import now
from models.kit.database import Database, Dialect, dialect_of, make_private, sqlite_path
from models.kit.postgres import POSTGRES_SETTINGS, connected

MIGRATIONS = "models.migrations"

PATIENCE_SECONDS = 600
"""How long a starting process waits for another one that is migrating the same SQLite file."""

ADVISORY_LOCK = 0x1A7E_0FF1
"""What migrating processes lock on PostgreSQL; any number that nobody else uses in this database."""

NOTED = "applied_migrations (name VARCHAR(100) NOT NULL PRIMARY KEY, applied_at VARCHAR(40) NOT NULL)"


class Step(Protocol):
    """What a migration does its work with, inside its transaction.

    On SQLite foreign keys are looked at when the step has ended, so that a step may make a table anew.
    """

    dialect: Dialect

    async def run(self, statements: Iterable[str]) -> None:
        """Statements, one after the other."""

    async def rows(self, statement: str) -> list[Mapping[str, Any]]:
        """The rows that a statement answers with."""
        ...

    async def check_keys(self) -> None:
        """Fails if a row refers to one that is not there."""


class NewerDatabaseError(Exception):
    """A database is of a later version of the software than this one."""


class SqliteStep:
    """A step on SQLite, in a thread."""

    dialect: Dialect = "sqlite"

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    async def run(self, statements: Iterable[str]) -> None:
        def run_all() -> None:
            for statement in statements:
                self._connection.execute(statement)

        await asyncio.to_thread(run_all)

    async def rows(self, statement: str) -> list[Mapping[str, Any]]:
        return await asyncio.to_thread(lambda: self._connection.execute(statement).fetchall())

    async def check_keys(self) -> None:
        if broken := await self.rows("PRAGMA foreign_key_check"):
            raise sqlite3.IntegrityError(f"FOREIGN KEY constraint failed: {broken[0]['table']}")


class PostgresStep:
    """A step on PostgreSQL: its statements are one round trip."""

    dialect: Dialect = "postgres"

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def run(self, statements: Iterable[str]) -> None:
        if script := ";\n".join(statements):
            await self._connection.execute(script)

    async def rows(self, statement: str) -> list[Mapping[str, Any]]:
        return await self._connection.fetch(statement)

    async def check_keys(self) -> None:
        """Nothing to do: each statement has looked at them."""


async def migrate(
    url: str, target: str | None = None, package: str = MIGRATIONS, begins: Callable[[str], None] = lambda _: None
) -> list[str]:
    """Applies the missing migrations, up to and including `target` if given, and returns their names in order.

    `begins` is told the name of each before it is applied. NewerDatabaseError where a migration was applied that this version
    of the software does not have: it would not know what it does to such a database.
    """
    wanted = known_migrations(package)
    if target is not None:
        wanted = wanted[: wanted.index(target) + 1]
    done: list[str] = []
    async with alone(url) as begin:
        async with begin() as step:
            applied = await _applied(step)
        if unknown := sorted(applied.difference(known_migrations(package))):
            message = f"This database is of a newer version: this one does not know {', '.join(unknown)}."
            raise NewerDatabaseError(message)
        for name in wanted:
            if name not in applied:
                begins(name)
                async with begin() as step:
                    await import_module(f"{package}.{name}").apply(step)
                    await step.check_keys()
                    await _note(step, name)
                done.append(name)
    return done


async def _applied(step: Step) -> set[str]:
    """The names of the migrations that were applied."""
    found = {
        "sqlite": "SELECT 1 FROM sqlite_master WHERE name = 'applied_migrations'",
        "postgres": "SELECT 1 WHERE to_regclass('applied_migrations') IS NOT NULL",
    }
    if not await step.rows(found[step.dialect]):
        return set()
    return {row["name"] for row in await step.rows("SELECT name FROM applied_migrations")}


async def _note(step: Step, name: str) -> None:
    """Writes down that a migration was applied, in a table that the first one finds missing."""
    note = f"INSERT INTO applied_migrations (name, applied_at) VALUES ('{name}', '{now().isoformat(sep=' ')}')"
    await step.run([f"CREATE TABLE IF NOT EXISTS {NOTED}", note])


async def pending_migrations(database: Database) -> list[str]:
    """The names of the migrations that an open database still lacks, in order."""
    try:
        rows = await database.fetch("SELECT name FROM applied_migrations", [])
    except asyncpg.UndefinedTableError:
        rows = []
    except sqlite3.OperationalError as error:
        if "no such table" not in str(error):
            raise
        rows = []
    applied = {str(row[0]) for row in rows}
    return [name for name in known_migrations() if name not in applied]


def known_migrations(package: str = MIGRATIONS) -> list[str]:
    """The names of all migrations that this version of the software has, in order."""
    folder = Path(import_module(package).__file__ or "").parent
    return sorted(path.stem for path in folder.glob("[0-9]*"))


Begin = Callable[[], AbstractAsyncContextManager[Step]]
"""Begins the transaction of one step."""


@asynccontextmanager
async def alone(url: str) -> AsyncIterator[Begin]:
    """Holds the right to make of this database what it must be before anybody is served; whoever asks meanwhile waits."""
    if dialect_of(url) == "sqlite":
        path = sqlite_path(url)
        for file in (path, Path(f"{path}-migrating")):
            make_private(file)
        # A file of its own, because the steps need the database's own lock for their transactions. SQLite gives it back
        # when the process dies, on every platform.
        with closing(await asyncio.to_thread(_lock_file, f"{path}-migrating")), closing(_opened(path)) as database:
            yield partial(_on_sqlite, database)
        return
    # Without the server's time limits: a migration of a big table takes as long as it takes.
    settings = {**POSTGRES_SETTINGS, "statement_timeout": "0", "lock_timeout": "0"}
    connection = await connected(url, settings, command_timeout=None)
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", ADVISORY_LOCK)
        yield partial(_on_postgres, connection)
    finally:
        await connection.close()


@asynccontextmanager
async def _on_sqlite(database: sqlite3.Connection) -> AsyncIterator[Step]:
    step = SqliteStep(database)
    await step.run(["BEGIN IMMEDIATE"])
    try:
        yield step
        await step.run(["COMMIT"])
    except BaseException:
        database.rollback()
        raise


@asynccontextmanager
async def _on_postgres(connection: asyncpg.Connection) -> AsyncIterator[Step]:
    async with connection.transaction():
        yield PostgresStep(connection)


def _opened(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, timeout=PATIENCE_SECONDS, isolation_level=None, check_same_thread=False)
    database.row_factory = sqlite3.Row
    # Settings as those of the server; but foreign keys are looked at once, when a step has ended.
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=OFF"):
        database.execute(f"PRAGMA {pragma}")
    return database


def _lock_file(path: str) -> sqlite3.Connection:
    lock = sqlite3.connect(path, timeout=PATIENCE_SECONDS, isolation_level=None, check_same_thread=False)
    lock.execute("BEGIN EXCLUSIVE")
    return lock
