"""Tortoise's PostgreSQL engine whose pool gets a connection back also when a transaction cannot begin on it."""

from asyncpg.exceptions import DeadlockDetectedError
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import TransactionalDBClient, TransactionContext, TransactionContextPooled
from tortoise.connection import get_connections


def is_deadlock(error: BaseException) -> bool:
    """Whether a transaction was broken off because it and another one waited for each other."""
    return isinstance(error, DeadlockDetectedError) or isinstance(error.__cause__, DeadlockDetectedError)


class PooledContext(TransactionContextPooled):
    """A transaction's extent."""

    async def __aenter__(self) -> TransactionalDBClient:
        await self.ensure_connection()
        pool = self.client._parent._pool
        self.client._connection = await pool.acquire()
        try:
            await self.client.begin()
        except BaseException:
            await pool.release(self.client._connection)
            raise
        self.token = get_connections().set(self.connection_name, self.client)
        return self.client


class PostgresClient(AsyncpgDBClient):
    """The pool of writing connections."""

    def _in_transaction(self) -> TransactionContext:
        return PooledContext(TransactionWrapper(self), self._pool_init_lock)


client_class = PostgresClient
