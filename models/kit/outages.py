"""What it looks like when the database is away, is kept by somebody else, or has no room: the errors of its drivers in two words.

Whoever meets one may try again later. Everything else that goes wrong is a mistake of ours, and trying again does not help.
"""

import errno
import socket
import sqlite3
from enum import StrEnum

import asyncpg
from tortoise.exceptions import BaseORMException


class Outage(StrEnum):
    """Why the database does not serve us, by the code that clients get."""

    UNAVAILABLE = "UNAVAILABLE"
    STORAGE_FULL = "STORAGE_FULL"

    @property
    def retry_after(self) -> int:
        """In how many seconds it is worth trying again: what is full is emptied by people."""
        return 2 if self is Outage.UNAVAILABLE else 30


class DatabaseAway(Exception):
    """The database could not be reached, or not within the time that anybody waits for it."""


FULL = frozenset({errno.ENOSPC, errno.EDQUOT})

SQLITE_AWAY = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
    }
)
SQLITE_FULL = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE})

POSTGRES_FULL = "53100"
POSTGRES_AWAY = (
    "08",
    "28",
    "3D",
    "40",
    "58",
    "57P",
    "25P03",
    "25P04",
    "25006",
    "53000",
    "53200",
    "53300",
    "55P03",
    "57014",
)
"""How codes begin that say: no connection, no login, no such database any more, broken off, a broken disk, stopping or starting,
idle for too long, a standby, no memory or connections left, locked, waited for too long.
"""

LOST_CONNECTION = ("closed", "closing", "cancelling", "released back")
"""What asyncpg says of connections that are lost; its other complaints are about how we use it."""

MOST_CAUSES = 4


def outage_of(error: BaseException | None) -> Outage | None:
    """Why the database did not do what was asked, when that is what an error, or what it was raised from, says."""
    for _ in range(MOST_CAUSES):
        if error is None:
            return None
        if found := _said_by(error):
            return found
        # Tortoise says what an error was by its first word, and raises it from nothing.
        wrapped = error.args[0] if isinstance(error, BaseORMException) and error.args else None
        error = error.__cause__ or (wrapped if isinstance(wrapped, BaseException) else None)
    return None


def _said_by(error: BaseException) -> Outage | None:
    match error:
        case DatabaseAway() | ConnectionError() | TimeoutError() | socket.gaierror():
            return Outage.UNAVAILABLE
        case asyncpg.PostgresError(sqlstate=str(code)):
            if code == POSTGRES_FULL:
                return Outage.STORAGE_FULL
            return Outage.UNAVAILABLE if code.startswith(POSTGRES_AWAY) else None
        case asyncpg.InterfaceError():
            return Outage.UNAVAILABLE if any(word in str(error) for word in LOST_CONNECTION) else None
        case sqlite3.Error():
            code = getattr(error, "sqlite_errorcode", 0)
            if code in SQLITE_FULL:
                return Outage.STORAGE_FULL
            # The rest of a code says how it came about.
            return Outage.UNAVAILABLE if code & 0xFF in SQLITE_AWAY else None
        case OSError(errno=number) if number in FULL:
            return Outage.STORAGE_FULL
        case _:
            return None
