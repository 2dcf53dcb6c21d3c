"""Slows down guessing: ten failed tries to sign in, or to use a link, per minute for each account and each network address.

The surprising rule: a try is written down before it is judged, so a hundred at once are not a hundred free guesses.
"""

import hmac
from datetime import timedelta
from uuid import UUID

from models.both_offices.accounts import SignInAttempt
from models.kit.base import new_id, now
from resolvers.kit.problems import refuse
from resolvers.kit.transaction import transact

TRIES = 10
WINDOW = timedelta(minutes=1)


class Attempts:
    """The tries of the last minute, shared by all processes through the database. Subjects are stored as keyed hashes."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._next_cleaning = now()

    async def begin(self, email: str, address: str) -> list[UUID]:
        """Writes a try down, or refuses it. The ids are for `forgive`, which takes it back when the password was right."""
        return await self._begin([self._hash("account", email), self._hash("address", address)])

    async def begin_from(self, address: str, purpose: str) -> list[UUID]:
        """The same for what needs no account; each purpose is counted by itself."""
        return await self._begin([self._hash(f"address for {purpose}", address)])

    async def _begin(self, subjects: list[str]) -> list[UUID]:
        await self._refuse_more_than(TRIES - 1, subjects)
        ids = [new_id() for _ in subjects]

        async def write() -> None:
            moment = now()
            if moment >= self._next_cleaning:
                self._next_cleaning = moment + WINDOW
                await SignInAttempt.filter(at__lt=moment - WINDOW).delete()
            await SignInAttempt.bulk_create(
                [
                    SignInAttempt(id=id, subject_hash=subject, at=moment)
                    for id, subject in zip(ids, subjects, strict=True)
                ]
            )

        await transact(write)
        await self._refuse_more_than(TRIES, subjects)
        return ids

    async def forgive(self, ids: list[UUID]) -> None:
        """Takes a try back, within the current transaction: only failures count, so colleagues may share an address."""
        await SignInAttempt.filter(id__in=ids).delete()

    def _hash(self, kind: str, subject: str) -> str:
        text = f"sign-in attempt\0{kind}\0{subject}".encode("utf-8", "surrogatepass")
        return hmac.digest(self._secret, text, "sha256").hex()

    async def _refuse_more_than(self, tries: int, subjects: list[str]) -> None:
        since = now() - WINDOW
        for subject in subjects:
            if await SignInAttempt.filter(subject_hash=subject, at__gt=since).count() > tries:
                raise refuse("TOO_MANY_ATTEMPTS", "There were too many tries. Wait a minute, then try again.")
