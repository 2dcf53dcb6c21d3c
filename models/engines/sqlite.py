"""Tortoise's SQLite engine with write transactions that take the write lock at once.

The stock engine begins DEFERRED: a transaction that reads first and writes later fails with 'database is locked' whenever
somebody else wrote in between, whatever the busy timeout. It also keeps its lock when a transaction cannot begin or end.

The surprising rule: a statement takes its way through a thread of the connection's own, so that a long one delays nobody; but
that way costs more than most statements. So what a transaction writes row by row, or looks for by a key, runs in the calling
thread: the transaction holds the lock, and it is over in microseconds. Where nobody else waits (`undivided`), everything does.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator, Sized
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import Any, cast

import aiosqlite
from tortoise.backends.base.client import ConnectionWrapper, TransactionalDBClient, TransactionContext
from tortoise.backends.sqlite.client import SqliteClient, SqliteTransactionContext, SqliteTransactionWrapper
from tortoise.connection import get_connections
from tortoise.exceptions import OperationalError

from models.engines.settling import Settling
from models.kit.outages import DatabaseAway
from models.kit.waiting import waiting

TURN_SECONDS = 5
"""How long a statement or a transaction waits for those of this process before it. Another process's are waited for as long
again, by SQLite itself (`busy_timeout`): together that is the longest that anybody waits for the writer.
"""

ITERATED_ROWS = 64
"""As many rows aiosqlite fetches at once where somebody iterates over them, as it does by itself."""

MOST_AT_ONCE = 100
"""As many rows, or values of one, are written in the calling thread."""

_undivided: ContextVar[bool] = ContextVar("undivided", default=False)
_by_key: ContextVar[bool] = ContextVar("by_key", default=False)


@contextmanager
def _holding(variable: ContextVar[bool]) -> Iterator[None]:
    before = variable.set(True)
    try:
        yield
    finally:
        variable.reset(before)


def by_key() -> AbstractContextManager[None]:
    """Within it, statements of a transaction name the keys of what they look for."""
    return _holding(_by_key)


def undivided() -> AbstractContextManager[None]:
    """Within it, statements of the embedded database run at once and in the calling thread, which does nothing else meanwhile."""
    return _holding(_undivided)


class Connection(aiosqlite.Connection):
    """A connection whose statements may run in the calling thread."""

    async def _execute(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if _undivided.get() or (self.in_transaction and (_by_key.get() or _is_short(*args))):
            return fn(*args, **kwargs)
        return await super()._execute(fn, *args, **kwargs)

    def begins_at_once(self) -> bool:
        """Begins a transaction in the calling thread, unless another process has the write lock: that is waited for elsewhere."""
        connection = self._conn
        [patience] = connection.execute("PRAGMA busy_timeout").fetchone()
        connection.execute("PRAGMA busy_timeout=0")
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            return False
        finally:
            connection.execute(f"PRAGMA busy_timeout={patience}")
        return True


def _is_short(sql: object = None, values: object = None) -> bool:
    """Whether a statement is about a row, or a few, that it names."""
    if not isinstance(sql, str) or not isinstance(values, Sized) or not 0 < len(values) <= MOST_AT_ONCE:
        return False
    return sql.startswith("INSERT INTO ") or sql.endswith(' WHERE "id"=?')


class ImmediateTransaction(Settling, SqliteTransactionWrapper):
    """A transaction that holds SQLite's write lock from its first statement."""

    async def begin(self) -> None:
        try:
            if not cast(Connection, self._connection).begins_at_once():
                with waiting(TURN_SECONDS):
                    await self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise OperationalError(error) from error

    async def commit(self) -> None:
        try:
            await super().commit()
        except sqlite3.Error as error:
            # When the disk is full, or a deferred foreign key leads nowhere, SQLite leaves the transaction open, and the next
            # one could not begin.
            await self.rollback()
            raise OperationalError(error) from error


async def _turn(lock: asyncio.Lock) -> None:
    """Takes a lock, when it is one's turn. Raises DatabaseAway where that takes too long."""
    try:
        # Also when it is free: others may have been waiting for longer.
        with waiting(TURN_SECONDS) as seconds:
            async with asyncio.timeout(seconds):
                await lock.acquire()
    except TimeoutError as error:
        raise DatabaseAway("Nobody else's writing came to an end.") from error


class LoneStatement(ConnectionWrapper[aiosqlite.Connection]):
    """The connection, for one statement between transactions."""

    async def __aenter__(self) -> aiosqlite.Connection:
        await _turn(self._lock)
        try:
            await self.ensure_connection()
        except BaseException:
            self._lock.release()
            raise
        return self.connection


class ImmediateContext(SqliteTransactionContext):
    """A transaction's extent. When it cannot begin, the next one may try."""

    async def __aenter__(self) -> TransactionalDBClient:
        await _turn(self._trxlock)
        try:
            await self.ensure_connection()
            await self.connection.begin()
        except BaseException:
            self._trxlock.release()
            raise
        self.token = get_connections().set(self.connection_name, self.connection)
        return self.connection


class ImmediateSqliteClient(SqliteClient):
    """The one writing connection of an embedded database."""

    async def create_connection(self, with_db: bool) -> None:
        if self._connection:
            return

        def connect() -> sqlite3.Connection:
            # Two threads use it, never at once: SQLite itself is built for that, and sees to it.
            opened = sqlite3.connect(self.filename, isolation_level=None, check_same_thread=False)
            opened.row_factory = sqlite3.Row
            return opened

        self._connection = await Connection(connect, ITERATED_ROWS)
        for pragma, value in self.pragmas.items():
            await self._connection.execute_fetchall(f"PRAGMA {pragma}={value}")
        await self._post_connect()

    def acquire_connection(self) -> LoneStatement:
        return LoneStatement(self._lock, self)

    def _in_transaction(self) -> TransactionContext:
        return ImmediateContext(ImmediateTransaction(self), self._lock)


client_class = ImmediateSqliteClient
