"""Tortoise's PostgreSQL engine whose pool is not waited for without end, and gets a connection back also when a transaction
cannot begin on it.
"""

from typing import Any

from asyncpg.exceptions import DeadlockDetectedError
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import (
    PoolConnectionWrapper,
    TransactionalDBClient,
    TransactionContext,
    TransactionContextPooled,
)
from tortoise.connection import get_connections

from models.engines.settling import Settling
from models.kit.postgres import acquired, closed


def is_deadlock(error: BaseException) -> bool:
    """Whether a transaction was broken off because it and another one waited for each other."""
    return isinstance(error, DeadlockDetectedError) or isinstance(error.__cause__, DeadlockDetectedError)


class SettlingTransaction(Settling, TransactionWrapper):
    """A transaction whose statements find what was changed before them."""


class PooledContext(TransactionContextPooled):
    """A transaction's extent."""

    async def __aenter__(self) -> TransactionalDBClient:
        await self.ensure_connection()
        pool = self.client._parent._pool
        self.client._connection = await acquired(pool)
        try:
            await self.client.begin()
        except BaseException:
            await pool.release(self.client._connection)
            raise
        self.token = get_connections().set(self.connection_name, self.client)
        return self.client


class PooledConnection(PoolConnectionWrapper[Any]):
    """A connection for one statement."""

    async def __aenter__(self) -> Any:
        await self.ensure_connection()
        self.connection = await acquired(self.client._pool)
        return self.connection


class PostgresClient(AsyncpgDBClient):
    """The pool of writing connections."""

    def acquire_connection(self) -> PooledConnection:
        return PooledConnection(self, self._pool_init_lock)

    async def _close(self) -> None:
        if self._pool is not None:
            await closed(self._pool)
            self._pool = None

    def _in_transaction(self) -> TransactionContext:
        return PooledContext(SettlingTransaction(self), self._pool_init_lock)


client_class = PostgresClient
