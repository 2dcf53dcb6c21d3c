"""Passwords: argon2id, two at a time, in threads of their own. Each takes a tenth of a second and 64 MiB on purpose.

They are taken in turns, so that a crowd from one network keeps nobody else waiting, and work when nothing else has to.
"""

import asyncio
import os
import threading
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from secrets import token_urlsafe
from typing import Any, TypeVar
from unicodedata import normalize

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from models.kit.turns import Crowded, Turns
from resolvers.kit.problems import Refused, TryLater

T = TypeVar("T")

LONGEST_PASSWORD = 1000
"""Characters; enough for any sentence, and little enough to hash."""

AT_ONCE = 2
"""How many are hashed at once, one of them for anybody: what bounds the memory that sign-ins take."""

MOST_WAITING, MOST_WAITING_OF_ONE = 40, 10
"""How many wait at most, a few seconds' work, and how many of one network."""

BUSY_SECONDS = 2

NICENESS = 10
"""How much the threads stand back behind the event loop, where each has a priority of its own (Linux)."""

_hasher = PasswordHasher()


def _stand_back() -> None:
    with suppress(AttributeError, OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)


_threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="passwords", initializer=_stand_back)
_turns = Turns(AT_ONCE, 1, line=MOST_WAITING_OF_ONE, crowd=MOST_WAITING)


@cache
def _nobodys_hash() -> str:
    """What passwords of unknown accounts are compared with, so that they take as long as those of known ones."""
    return _hasher.hash(token_urlsafe())


def _bytes(password: str) -> bytes:
    # Keyboards differ in how they send an accented letter. Lone surrogates are in no stored password, yet must not break.
    return normalize("NFC", password[:LONGEST_PASSWORD]).encode("utf-8", "surrogatepass")


def _is_right(password_hash: str | None, password: str) -> bool:
    nobodys = _nobodys_hash()
    try:
        right = _hasher.verify(password_hash or nobodys, _bytes(password))
    except (VerificationError, InvalidHashError):
        return False
    return right and password_hash is not None and len(password) <= LONGEST_PASSWORD


async def _in_turn(holder: Hashable, work: Callable[..., T], *given: Any) -> T:
    try:
        await _turns.take(holder)
    except Crowded:
        message = "Too many are signing in at this moment. Try again in a few seconds."
        raise Refused([TryLater("RATE_LIMITED", message, retry_after=BUSY_SECONDS)]) from None
    working = asyncio.get_running_loop().run_in_executor(_threads, work, *given)
    # The place is free when the thread is, also when whoever asked has gone away.
    working.add_done_callback(lambda _: _turns.give_back(holder))
    return await asyncio.shield(working)


async def is_right(password_hash: str | None, password: str, holder: Hashable = "somebody") -> bool:
    """Whether a password fits a hash. Null, for an account that is unknown or has no password, takes as long and never fits.

    `holder` is among whom turns are taken: the network that it came from. Refused with RATE_LIMITED when too many wait.
    """
    return await _in_turn(holder, _is_right, password_hash, password)


async def hash_password(password: str, holder: Hashable = "somebody") -> str:
    """The argon2id hash to store for a password."""
    return await _in_turn(holder, _hasher.hash, _bytes(password))


def is_outdated(password_hash: str) -> bool:
    """Whether a hash was made with weaker parameters than today's and should be made anew."""
    return _hasher.check_needs_rehash(password_hash)
