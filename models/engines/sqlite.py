"""Tortoise's SQLite engine with write transactions that take the write lock at once.

The stock engine begins DEFERRED: a transaction that reads first and writes later fails with 'database is locked' whenever
somebody else wrote in between, whatever the busy timeout. It also keeps its lock when a transaction cannot begin or end.
"""

import sqlite3

from tortoise.backends.base.client import TransactionalDBClient, TransactionContext
from tortoise.backends.sqlite.client import SqliteClient, SqliteTransactionContext, SqliteTransactionWrapper
from tortoise.connection import get_connections
from tortoise.exceptions import OperationalError


class ImmediateTransaction(SqliteTransactionWrapper):
    """A transaction that holds SQLite's write lock from its first statement."""

    async def begin(self) -> None:
        try:
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


class ImmediateContext(SqliteTransactionContext):
    """A transaction's extent. When it cannot begin, the next one may try."""

    async def __aenter__(self) -> TransactionalDBClient:
        await self._trxlock.acquire()
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

    def _in_transaction(self) -> TransactionContext:
        return ImmediateContext(ImmediateTransaction(self), self._lock)


client_class = ImmediateSqliteClient
