"""How PostgreSQL is reached: its settings, and how long anybody waits for it.

The surprising rule: a connection whose other end is gone without a word swallows what is sent and answers nothing, not even
that a statement was broken off. So each wait ends by the client's clock, what was waited for in vain is thrown away, and the
rest of its pool is made anew before it is used again.
"""

import asyncio
import socket
from contextlib import suppress
from typing import Any, cast
from urllib.parse import parse_qsl, unquote, urlsplit

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from models.kit.outages import DatabaseAway
from models.kit.waiting import waiting

STATEMENT_SECONDS = 10
"""How long the database works on one statement before it gives up."""

LOCK_SECONDS = 5
"""How long a statement waits for somebody else's lock, who may be waiting as long for a third one's."""

ACQUIRE_SECONDS = 10
"""How long anybody waits for a connection, whether others have them all or none can be made."""

COMMAND_SECONDS = 15
"""How long anybody waits for an answer: the database itself gives up sooner, if it is there."""

CANCEL_SECONDS = 2
"""How long the database may take to say that it broke a statement off."""

IDLE_SECONDS = 10
"""How long a transaction may do nothing and keep its locks, as that of a process that was stopped does."""

CLOSE_SECONDS = 1
"""How long the connections of a pool may take to be closed."""

POSTGRES_SETTINGS = {
    "jit": "off",
    "timezone": "UTC",
    "statement_timeout": str(STATEMENT_SECONDS * 1000),
    "lock_timeout": str(LOCK_SECONDS * 1000),
    "idle_in_transaction_session_timeout": str(IDLE_SECONDS * 1000),
}

KEEPALIVE = {"TCP_KEEPIDLE": 5, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 2, "TCP_USER_TIMEOUT": COMMAND_SECONDS * 1000}
"""When the system asks whether the other end is still there, and how long it waits for what it sent to arrive."""


class QuickConnection(asyncpg.Connection):
    """A connection that is not reset on release, for nothing here changes a session and a reset is a round trip.

    One that does not even say that it broke a statement off is ended.
    """

    def __init__(self, protocol: Any, transport: Any, *rest: Any) -> None:
        super().__init__(protocol, transport, *rest)
        keep_alive(transport.get_extra_info("socket"))

    def get_reset_query(self) -> str:
        return ""

    async def _cancel(self, waiter: Any, cancel_waiter: Any = None) -> None:
        overdue = self._loop.call_later(CANCEL_SECONDS, self._give_up)
        try:
            await super()._cancel(waiter, cancel_waiter)
        finally:
            overdue.cancel()

    def _give_up(self) -> None:
        holder = self._pool_holder() if self._pool_holder is not None else None
        if holder is not None:
            # What became of this one has become of the others.
            self._loop.create_task(holder._pool.expire_connections())
        self.terminate()


def keep_alive(connection: socket.socket) -> None:
    """Has the system notice when the other end of a TCP connection is gone, as far as it can."""
    if connection.family == getattr(socket, "AF_UNIX", None):
        return
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in KEEPALIVE.items():
        option = getattr(socket, name, None)
        if option is not None:
            with suppress(OSError):
                connection.setsockopt(socket.IPPROTO_TCP, option, value)


CONNECTING: dict[str, Any] = {
    "connection_class": QuickConnection,
    "timeout": ACQUIRE_SECONDS,
    "command_timeout": COMMAND_SECONDS,
}
"""What every connection of a server is made with, besides its settings."""


async def acquired(pool: asyncpg.Pool) -> PoolConnectionProxy:
    """A connection of a pool. Raises DatabaseAway."""
    try:
        with waiting(ACQUIRE_SECONDS) as seconds:
            # Whoever has waited long enough may still have one that is idle.
            return await pool.acquire(timeout=max(seconds, 0.1))
    except OSError as error:
        raise DatabaseAway from error


async def closed(pool: asyncpg.Pool) -> None:
    """Closes a pool, and what does not let itself be closed ends."""
    try:
        async with asyncio.timeout(CLOSE_SECONDS):
            await pool.close()
    except TimeoutError:
        pool.terminate()


async def connected(url: str, settings: dict[str, str] = POSTGRES_SETTINGS, **limits: Any) -> QuickConnection:
    """A connection outside the pools; `limits` go before those of a server. Raises DatabaseAway."""
    try:
        made = await asyncpg.connect(server_settings=settings, **{**CONNECTING, **limits}, **postgres_login(url))
    except OSError as error:
        raise DatabaseAway(str(error)) from error
    return cast(QuickConnection, made)


class DatabaseUrlError(ValueError):
    """INTEROFFICE_DATABASE_URL names no database that we know how to open."""


def postgres_login(url: str) -> dict[str, Any]:
    """Where a `postgres://user:password@host:5432/name` URL leads, and as whom."""
    parts = urlsplit(url)
    if not parts.path.strip("/"):
        raise DatabaseUrlError("The database URL names no database: postgres://user:password@host:5432/name.")
    return {
        "host": _query_of(url).get("host") or parts.hostname or "localhost",
        "port": parts.port or 5432,
        "user": unquote(parts.username) if parts.username else None,
        "password": unquote(parts.password) if parts.password else None,
        "database": unquote(parts.path.strip("/")),
    }


def pool_sizes(url: str) -> tuple[int, int]:
    """The fewest and the most connections of a pool."""
    query = _query_of(url)
    return int(query.get("minsize", 2)), int(query.get("maxsize", 10))


def _query_of(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query))
