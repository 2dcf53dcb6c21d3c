"""Passwords: argon2id, two at a time, in threads of their own. Each takes a tenth of a second and 64 MiB on purpose."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from secrets import token_urlsafe
from unicodedata import normalize

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

LONGEST_PASSWORD = 1000
"""Characters; enough for any sentence, and little enough to hash."""

_hasher = PasswordHasher()

_threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="passwords")
"""Its size is the limit: more sign-ins wait here instead of taking the machine's memory and the event loop's time."""


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


async def is_right(password_hash: str | None, password: str) -> bool:
    """Whether a password fits a hash. Null, for an account that is unknown or has no password, takes as long and never fits."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _is_right, password_hash, password)


async def hash_password(password: str) -> str:
    """The argon2id hash to store for a password."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _hasher.hash, _bytes(password))


def is_outdated(password_hash: str) -> bool:
    """Whether a hash was made with weaker parameters than today's and should be made anew."""
    return _hasher.check_needs_rehash(password_hash)
