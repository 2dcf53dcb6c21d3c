"""What the tests of accounts share: a colleague with a password, and an authority that signs them in."""

from collections.abc import Awaitable
from functools import cache
from uuid import UUID

import pytest

from models.both_offices.accounts import Account
from models.kit.base import now
from models.kit.events import Event, EventKind
from models.permissions import Department, Role
from resolvers.both_offices.accounts import passwords
from resolvers.both_offices.accounts.authority import Authority
from resolvers.both_offices.accounts.sessions import InvalidToken
from resolvers.both_offices.accounts.settings import SecuritySettings
from resolvers.kit.problems import Problem, Refused

SECRET = b"a secret for tests, long enough for HS256"
PASSWORD = "correct horse battery"
ADDRESS = "192.0.2.7"
EMAIL = "nancy@northwind.example"


@cache
def password_hash() -> str:
    """Made once."""
    return passwords._hasher.hash(PASSWORD)


def authority(
    access_token_minutes: float = 10, refresh_token_days: float = 14, remember_seconds: float = 30
) -> Authority:
    """An authority of its own, as another server process would have it."""
    settings = SecuritySettings(
        secret=SECRET,
        access_token_minutes=access_token_minutes,
        refresh_token_days=refresh_token_days,
        remember_seconds=remember_seconds,
    )
    return Authority(settings)


async def colleague(email: str = EMAIL, *, enabled: bool = True, with_password: bool = True) -> Account:
    """A service agent."""
    return await Account.create(
        email=email,
        name="Nancy Davolio",
        password_hash=password_hash() if with_password else None,
        roles=[str(Role.SERVICE_AGENT)],
        departments=[str(Department.CUSTOMER_SERVICE)],
        enabled=enabled,
        created_at=now(),
    )


async def problem_of(change: Awaitable[object]) -> Problem:
    """The one problem that a change is refused for."""
    with pytest.raises(Refused) as refused:
        await change
    [problem] = refused.value.problems
    return problem


async def code_of(change: Awaitable[object]) -> str:
    """The code of the one problem that a change is refused for."""
    return (await problem_of(change)).code


async def reason_against(authority: Authority, token: str) -> str:
    """Why a bearer token is not believed."""
    with pytest.raises(InvalidToken) as invalid:
        await authority.viewer_of(token)
    return str(invalid.value)


async def events_of(account: Account) -> list[str]:
    """What was recorded about an account, in order."""
    return [event.kind for event in await Event.filter(account_id=account.id).order_by("id")]


async def actors_of(account: Account, kind: EventKind) -> list[UUID | None]:
    """Who did it, each time that something of this kind happened to an account."""
    rows = await Event.filter(account_id=account.id, kind=kind).order_by("id").values("actor_id")
    return [row["actor_id"] for row in rows]
