"""The database, embedded or grown up: one place that writes (Tortoise) and read-only connections beside it.

`Database.read` runs a finished statement; it is what the read planner uses. Reads never wait for a write.
"""

import asyncio
import os
import sqlite3
from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

import aiosqlite
import asyncpg
from tortoise import Tortoise
from tortoise.connection import get_connection
from tortoise.transactions import in_transaction

from models.kit.postgres import (
    CONNECTING,
    POSTGRES_SETTINGS,
    STATEMENT_SECONDS,
    DatabaseUrlError,
    QuickConnection,
    acquired,
    closed,
    connected,
    pool_sizes,
    postgres_login,
)
from models.kit.turns import Turns

Dialect = Literal["sqlite", "postgres"]

SQLITE_READERS = 3
"""As many as a small machine has cores, and one that no single viewer can hold beside the others; each is a thread of its own."""

STATEMENTS_KEPT = 200
LONGEST_KEPT_STATEMENT = 65_536
"""What each reading connection keeps ready: so many statements, on PostgreSQL none that is longer; a long one takes megabytes."""


class StatementTimeout(Exception):
    """A statement took longer than STATEMENT_SECONDS and was given up by the database."""


class StatementTooDeep(Exception):
    """A statement is larger, or nests deeper, than the database can follow."""


TOO_DEEP = ("parser stack overflow", "Expression tree is too large", "too many ", "at most 64 tables")
"""How SQLite begins to say that; PostgreSQL has codes for it (class 54)."""


def dialect_of(url: str) -> Dialect:
    """Which engine a database URL asks for."""
    scheme = urlsplit(url).scheme
    if scheme == "sqlite":
        return "sqlite"
    if scheme in {"postgres", "postgresql"}:
        return "postgres"
    raise DatabaseUrlError("The database URL must begin with sqlite:/// or postgres://.")


def sqlite_path(url: str) -> Path:
    """The file of a `sqlite:///path/to/file.db` URL."""
    parts = urlsplit(url)
    path = unquote(parts.netloc + parts.path)
    if not path or path == "/":
        raise DatabaseUrlError("The database URL names no file: sqlite:///path/to/file.db.")
    return Path(path)


def make_private(path: Path) -> None:
    """Makes a file that only its owner can read, if there is none yet; SQLite gives those beside it the same mode."""
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def shared_by(places: int) -> Turns:
    """The turns of reading connections: nobody's statements hold more than half of them, nor heavy ones all."""
    return Turns(places, (places + 1) // 2)


def tortoise_config(url: str) -> dict[str, Any]:
    """Tortoise's configuration for a database URL; writing goes through it."""
    connection: dict[str, Any]
    if dialect_of(url) == "sqlite":
        # FULL, because NORMAL loses acknowledged commits when the power fails.
        pragmas = {"busy_timeout": 5000, "synchronous": "FULL", "foreign_keys": "ON", "journal_mode": "WAL"}
        credentials = {"file_path": str(sqlite_path(url)), **pragmas}
        connection = {"engine": "models.engines.sqlite", "credentials": credentials}
    else:
        minsize, maxsize = pool_sizes(url)
        sizes = {"minsize": minsize, "maxsize": maxsize}
        credentials = {**postgres_login(url), **sizes, **CONNECTING, "server_settings": POSTGRES_SETTINGS}
        connection = {"engine": "models.engines.postgres", "credentials": credentials}
    return {
        "connections": {"default": connection},
        "apps": {
            "models": {
                # By name, because what every area stands on knows none of them.
                "models": ["models.areas"],
                "default_connection": "default",
            }
        },
        "use_tz": True,
        "timezone": "UTC",
    }


class SqliteReaders:
    """A few read-only connections. WAL lets them read while somebody writes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connections: list[aiosqlite.Connection] = []
        self._idle: list[aiosqlite.Connection] = []
        self._turns = shared_by(SQLITE_READERS)

    async def open(self) -> None:
        for _ in range(SQLITE_READERS):
            uri = f"{self._path.absolute().as_uri()}?mode=ro"
            connection = await aiosqlite.connect(uri, uri=True, isolation_level=None, cached_statements=STATEMENTS_KEPT)
            self._connections.append(connection)
            self._idle.append(connection)
            for pragma in ("query_only=ON", "busy_timeout=5000", "cache_size=-65536", "mmap_size=1073741824"):
                await connection.execute_fetchall(f"PRAGMA {pragma}")

    async def close(self) -> None:
        for connection in self._connections:
            await connection.close()

    async def fetch(self, sql: str, binds: Sequence[Any], holder: Hashable, heavy: bool) -> list[Any]:
        await self._turns.take(holder, heavy=heavy)
        connection = self._idle.pop()
        reading = asyncio.ensure_future(connection.execute_fetchall(sql, binds))
        overdue = asyncio.get_running_loop().call_later(
            STATEMENT_SECONDS, lambda: asyncio.ensure_future(connection.interrupt())
        )

        def put_back(done: asyncio.Future[Any]) -> None:
            overdue.cancel()
            self._idle.append(connection)
            self._turns.give_back(holder, heavy=heavy)
            if not done.cancelled():
                # Looked at here, because whoever asked may have gone away.
                done.exception()

        # A connection goes back only when its thread is done with it, also when whoever asked has gone away.
        reading.add_done_callback(put_back)
        try:
            return list(await asyncio.shield(reading))
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
                raise StatementTimeout from error
            if str(error).startswith(TOO_DEEP):
                raise StatementTooDeep from error
            raise
        except asyncio.CancelledError:
            # A connection that is done may be at somebody else's statement by now.
            if not reading.done():
                await connection.interrupt()
            raise


class PostgresReaders:
    """A pool of read-only connections with prepared statements."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._pool: asyncpg.Pool | None = None
        self._turns = shared_by(pool_sizes(url)[1])

    async def open(self) -> None:
        min_size, max_size = pool_sizes(self._url)
        self._pool = await asyncpg.create_pool(
            min_size=min_size,
            max_size=max_size,
            statement_cache_size=STATEMENTS_KEPT,
            max_cached_statement_lifetime=0,
            max_cacheable_statement_size=LONGEST_KEPT_STATEMENT,
            **CONNECTING,
            server_settings={**POSTGRES_SETTINGS, "default_transaction_read_only": "on"},
            **postgres_login(self._url),
        )

    async def close(self) -> None:
        if self._pool is not None:
            await closed(self._pool)

    async def fetch(self, sql: str, binds: Sequence[Any], holder: Hashable, heavy: bool) -> list[Any]:
        assert self._pool is not None
        await self._turns.take(holder, heavy=heavy)
        try:
            connection = await acquired(self._pool)
            try:
                return await connection.fetch(sql, *binds)
            finally:
                await self._pool.release(connection)
        except asyncpg.QueryCanceledError as error:
            raise StatementTimeout from error
        except asyncpg.ProgramLimitExceededError as error:
            raise StatementTooDeep from error
        finally:
            self._turns.give_back(holder, heavy=heavy)


class Database:
    """An open database: Tortoise for writing, `fetch` and `read` for reading."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.dialect: Dialect = dialect_of(url)
        self._readers = SqliteReaders(sqlite_path(url)) if self.dialect == "sqlite" else PostgresReaders(url)
        self.statements_read = 0

    async def open(self) -> None:
        """Connects; the tables must exist (see models.kit.migrating)."""
        if self.dialect == "sqlite":
            make_private(sqlite_path(self.url))
        await Tortoise.init(config=tortoise_config(self.url), _enable_global_fallback=True)
        try:
            await get_connection("default").execute_query("SELECT 1")
            await self._readers.open()
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        await self._readers.close()
        await Tortoise.close_connections()

    async def lone_connection(self) -> QuickConnection:
        """A PostgreSQL connection outside the pools, for what lasts as long as the process: LISTEN."""
        return await connected(self.url)

    async def can_write(self) -> bool:
        """Whether a transaction that writes could begin at this moment; waits for those before it."""
        async with in_transaction("default") as connection:
            await connection.execute_query("SELECT 1")
        return True

    async def fetch(self, sql: str, binds: Sequence[Any], holder: Hashable = None, *, heavy: bool = False) -> list[Any]:
        """The rows of one read-only statement. Binds are numbered: ?1, ?2 … on SQLite, $1, $2 … on PostgreSQL.

        `holder` is for whom it runs, None for the house itself, and `heavy` says that it may take long. Raises Crowded.
        """
        self.statements_read += 1
        return await self._readers.fetch(sql, binds, holder, heavy)

    async def read(self, sql: str, binds: Sequence[Any], holder: Hashable = None, *, heavy: bool = False) -> str | None:
        """The one value of a statement that answers with one row and one text."""
        rows = await self.fetch(sql, binds, holder, heavy=heavy)
        return rows[0][0] if rows else None
