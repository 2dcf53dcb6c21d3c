"""Which access tokens are believed, for how long, and how soon a lost right is noticed."""

import asyncio
import base64
import json
from datetime import UTC, datetime, timedelta
from timeit import timeit
from typing import Any
from uuid import uuid4

import jwt
import pytest

from models.both_offices.accounts import Account, RefreshToken
from models.kit.base import now
from models.kit.database import Database
from models.permissions import Role
from resolvers.both_offices.accounts.authority import MOST_VIEWERS, Authority, RememberedViewers
from resolvers.both_offices.accounts.sessions import Session
from resolvers.both_offices.accounts.settings import SecuritySettings, SecuritySettingsError
from resolvers.kit.commands import Viewer
from tests.both_offices.signing_in import ADDRESS, EMAIL, PASSWORD, SECRET, authority, colleague, reason_against

NOT_VALID = "The access token is not valid."
EXPIRED = "The access token has expired."


@pytest.fixture
async def session(database: Database) -> Session:
    await colleague()
    return await authority().sign_in(EMAIL, PASSWORD, ADDRESS)


def claims_of(session: Session) -> dict[str, Any]:
    return jwt.decode(session.access_token, options={"verify_signature": False})


def unsigned(header: dict[str, str], claims: dict[str, Any], signature: str = "") -> str:
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (header, claims)]
    return ".".join([*parts, signature])


async def test_an_expired_token_is_refused(session: Session) -> None:
    claims = claims_of(session) | {"exp": datetime.now(UTC) - timedelta(seconds=1)}
    assert await reason_against(authority(), jwt.encode(claims, SECRET)) == EXPIRED


async def test_a_remembered_token_is_refused_as_soon_as_it_expires(session: Session) -> None:
    office = authority(access_token_minutes=2 / 60)
    short = await office.sign_in(EMAIL, PASSWORD, ADDRESS)
    await office.viewer_of(short.access_token)
    assert office.cached_viewer(short.access_token) is not None
    await asyncio.sleep((short.expires_at - datetime.now(UTC)).total_seconds() + 0.01)
    assert office.cached_viewer(short.access_token) is None
    assert await reason_against(office, short.access_token) == EXPIRED


async def test_forged_tokens_are_refused(session: Session) -> None:
    claims = claims_of(session)
    head, body, signature = session.access_token.split(".")
    other_body = unsigned({}, claims | {"sub": str(uuid4())}).split(".")[1]
    forged = {
        "no signature": unsigned({"alg": "none", "typ": "JWT"}, claims),
        "no algorithm, old signature": unsigned({"alg": "none"}, claims, signature),
        "another secret": jwt.encode(claims, SECRET[::-1]),
        "another algorithm": jwt.encode(claims, SECRET + SECRET, algorithm="HS512"),
        "another account": f"{head}.{other_body}.{signature}",
        "a changed signature": f"{head}.{body}.{signature[:-8]}AAAAAAAA",
        "another issuer": jwt.encode(claims | {"iss": "somebody"}, SECRET),
        "no expiry": jwt.encode({name: claims[name] for name in ("iss", "sub", "sid")}, SECRET),
        "no session": jwt.encode({name: claims[name] for name in ("iss", "sub", "exp")}, SECRET),
        "an account that is no id": jwt.encode(claims | {"sub": "x"}, SECRET),
        "a session that is no text": jwt.encode(claims | {"sid": 7}, SECRET),
        "an expiry beyond all time": jwt.encode(claims | {"exp": 10**18}, SECRET),
        "nothing": "",
        "words": "not a token",
        "no ASCII": "ä.ö.\ud800",
        "too long": session.access_token + "A" * 10_000,
    }
    office = authority()
    reasons = {name: await reason_against(office, token) for name, token in forged.items()}
    assert reasons == dict.fromkeys(forged, NOT_VALID)
    assert (await office.viewer_of(session.access_token)).name == "Nancy Davolio"


async def test_a_token_of_another_accounts_session_is_refused(session: Session) -> None:
    other = await colleague("other@northwind.example")
    token = jwt.encode(claims_of(session) | {"sub": str(other.id)}, SECRET)
    assert await reason_against(authority(), token) == "The session has ended."


async def test_a_disabled_account_is_refused_also_when_its_session_was_not_ended(session: Session) -> None:
    await Account.filter(email=EMAIL).update(enabled=False)
    assert await reason_against(authority(), session.access_token) == "The account is disabled."


async def test_a_changed_account_has_its_new_rights_once_it_is_forgotten(session: Session) -> None:
    office = authority()
    before = await office.viewer_of(session.access_token)
    changed = await Account.get(email=EMAIL)
    await Account.filter(id=changed.id).update(roles=[Role.MARKETER.value])
    assert office.cached_viewer(session.access_token) is before
    office.forget_account(uuid4())
    assert office.cached_viewer(session.access_token) is before
    office.forget_account(changed.id)
    assert office.cached_viewer(session.access_token) is None
    assert (await office.viewer_of(session.access_token)).roles == {Role.MARKETER}


async def test_another_process_stops_believing_a_session_once_it_is_forgotten(session: Session) -> None:
    here, there = authority(), authority()
    viewer = await there.viewer_of(session.access_token)
    await here.sign_out(viewer)
    assert viewer.session is not None
    there.forget_session(viewer.session)
    assert await reason_against(there, session.access_token) == "The session has ended."


async def test_a_missed_event_does_not_keep_rights_alive_for_long(session: Session) -> None:
    office = authority(remember_seconds=0.2)
    await office.viewer_of(session.access_token)
    await RefreshToken.all().update(ended_at=now())
    await asyncio.sleep(0.25)
    assert office.cached_viewer(session.access_token) is None
    assert await reason_against(office, session.access_token) == "The session has ended."


async def test_what_was_forgotten_while_it_was_looked_up_is_not_remembered(session: Session) -> None:
    office = authority()
    looking_up = asyncio.create_task(office.viewer_of(session.access_token))
    await asyncio.sleep(0)
    office.forget_account(session.viewer.account)
    assert (await looking_up).account == session.viewer.account
    assert office.cached_viewer(session.access_token) is None


async def test_a_role_that_is_not_known_any_more_gives_no_rights(session: Session) -> None:
    await Account.filter(email=EMAIL).update(roles=["KING", "MARKETER"], departments=["COURT"])
    viewer = await authority().viewer_of(session.access_token)
    assert viewer.roles == {Role.MARKETER}
    assert viewer.departments == frozenset()


def some_viewer() -> Viewer:
    return Viewer(uuid4(), "Nancy", frozenset(), frozenset(), uuid4(), now() + timedelta(minutes=10))


def test_remembered_viewers_take_bounded_memory_and_the_oldest_leaves_first() -> None:
    viewers = RememberedViewers(seconds=30)
    viewer = some_viewer()
    for number in range(MOST_VIEWERS + 5):
        viewers.put(f"token {number}", viewer)
    assert len(viewers) == MOST_VIEWERS
    assert viewers.get("token 4") is None
    assert viewers.get("token 5") is viewer


def test_a_remembered_viewer_costs_next_to_nothing() -> None:
    office = Authority(SecuritySettings(secret=SECRET))
    office._viewers.put("token", some_viewer())  # pyright: ignore[reportPrivateUsage]
    rounds = 20_000
    assert min(timeit(lambda: office.cached_viewer("token"), number=rounds) for _ in range(5)) / rounds < 5e-6


@pytest.mark.parametrize("settings", [{"secret": b"short"}, {"secret": SECRET, "access_token_minutes": 0}])
def test_unsafe_settings_are_refused_without_showing_the_secret(settings: dict[str, Any]) -> None:
    with pytest.raises(SecuritySettingsError) as refused:
        SecuritySettings(**settings)
    assert "short" not in str(refused.value)
