"""Sign-in, sessions and sign-out, on both engines and without GraphQL."""

import asyncio
import subprocess
import sys
from datetime import timedelta
from functools import cache
from time import perf_counter

import pytest
from argon2 import PasswordHasher

from models.both_offices.accounts import Account, AccountEvent, RefreshToken, SignInAttempt
from models.kit.base import now
from models.kit.database import Database
from models.permissions import Department, Permission, Role
from resolvers.both_offices.accounts import passwords
from resolvers.both_offices.accounts.administration import administer
from resolvers.both_offices.accounts.authority import Authority
from resolvers.both_offices.accounts.sessions import Session
from resolvers.kit.problems import Refused
from tests.both_offices import signing_in
from tests.both_offices.signing_in import (
    ADDRESS,
    EMAIL,
    PASSWORD,
    actors_of,
    authority,
    code_of,
    colleague,
    events_of,
    password_hash,
    problem_of,
    reason_against,
)


@pytest.fixture
async def nancy(database: Database) -> Account:
    return await colleague()


@pytest.fixture
async def office(nancy: Account) -> Authority:
    return authority()


async def signed_in(office: Authority) -> Session:
    return await office.sign_in(EMAIL, PASSWORD, ADDRESS)


@pytest.fixture
def strong_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The hashes that the server really makes, which take their time."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher())
    monkeypatch.setattr(signing_in, "password_hash", cache(lambda: PasswordHasher().hash(PASSWORD)))


async def test_the_right_password_opens_a_session_with_the_accounts_rights(nancy: Account, office: Authority) -> None:
    session = await signed_in(office)
    viewer = await office.viewer_of(session.access_token)
    assert viewer == session.viewer
    assert viewer.account == nancy.id
    assert viewer.name == "Nancy Davolio"
    assert viewer.roles == {Role.SERVICE_AGENT}
    assert viewer.departments == {Department.CUSTOMER_SERVICE}
    assert viewer.may(Permission.WRITE_COMPLAINTS) and not viewer.may(Permission.READ_COST_PRICE)
    assert timedelta(minutes=9) < viewer.expires_at - now() <= timedelta(minutes=10)


async def test_an_email_address_is_known_in_any_case(office: Authority) -> None:
    session = await office.sign_in(" Nancy@Northwind.Example ", PASSWORD, ADDRESS)
    assert session.viewer.name == "Nancy Davolio"


async def test_whatever_was_wrong_the_answer_is_the_same(office: Authority) -> None:
    await colleague("disabled@northwind.example", enabled=False)
    await colleague("elsewhere@northwind.example", with_password=False)
    tries = [
        (EMAIL, "wrong password"),
        (EMAIL, ""),
        (EMAIL, PASSWORD + "\ud800"),
        (EMAIL, PASSWORD * 100),
        ("nobody@northwind.example", PASSWORD),
        ("disabled@northwind.example", PASSWORD),
        ("elsewhere@northwind.example", PASSWORD),
        ("no address\0\ud800", PASSWORD),
    ]
    problems = {await problem_of(office.sign_in(email, password, ADDRESS)) for email, password in tries}
    assert [problem.code for problem in problems] == ["INVALID_CREDENTIALS"]


async def test_an_unknown_account_takes_as_long_as_a_known_one(office: Authority) -> None:
    async def seconds(email: str) -> float:
        begun = perf_counter()
        await problem_of(office.sign_in(email, "wrong password", ADDRESS))
        return perf_counter() - begun

    await seconds("first@northwind.example")
    unknown = min([await seconds("nobody@northwind.example") for _ in range(3)])
    known = min([await seconds(EMAIL) for _ in range(3)])
    # Without a hash to compare with, an unknown account would take a hundredth of the time.
    assert 0.4 < unknown / known < 2.5


@pytest.mark.parametrize("email", [EMAIL, "nobody@northwind.example"])
async def test_the_eleventh_failed_try_for_an_account_in_a_minute_is_refused_from_any_address(
    office: Authority, email: str
) -> None:
    codes = [await code_of(office.sign_in(email, "wrong", f"192.0.2.{host}")) for host in range(11)]
    assert codes == ["INVALID_CREDENTIALS"] * 10 + ["TOO_MANY_ATTEMPTS"]
    assert await code_of(authority().sign_in(email, PASSWORD, ADDRESS)) == "TOO_MANY_ATTEMPTS"


async def test_the_eleventh_failed_try_from_an_address_in_a_minute_is_refused_for_any_account(
    office: Authority,
) -> None:
    codes = [await code_of(office.sign_in(f"{name}@x.example", "wrong", ADDRESS)) for name in range(11)]
    assert codes == ["INVALID_CREDENTIALS"] * 10 + ["TOO_MANY_ATTEMPTS"]
    assert await code_of(office.sign_in(EMAIL, PASSWORD, ADDRESS)) == "TOO_MANY_ATTEMPTS"
    assert (await office.sign_in(EMAIL, PASSWORD, "192.0.2.8")).viewer.name == "Nancy Davolio"


async def test_of_many_tries_at_once_no_more_than_ten_are_judged(office: Authority) -> None:
    tries = [office.sign_in(EMAIL, "wrong", f"192.0.2.{host}") for host in range(40)]
    answers = await asyncio.gather(*tries, return_exceptions=True)
    codes = [answer.problems[0].code for answer in answers if isinstance(answer, Refused)]
    assert len(codes) == 40
    assert codes.count("INVALID_CREDENTIALS") <= 10


async def test_a_minute_later_somebody_may_try_again_and_old_tries_are_gone(office: Authority) -> None:
    for _ in range(10):
        await problem_of(office.sign_in(EMAIL, "wrong", ADDRESS))
    assert await code_of(office.sign_in(EMAIL, PASSWORD, ADDRESS)) == "TOO_MANY_ATTEMPTS"
    await SignInAttempt.all().update(at=now() - timedelta(seconds=61))
    assert (await authority().sign_in(EMAIL, PASSWORD, ADDRESS)).viewer.name == "Nancy Davolio"
    assert await SignInAttempt.all().count() == 0


async def test_successful_sign_ins_do_not_count_as_guesses(office: Authority) -> None:
    for _ in range(12):
        await signed_in(office)


async def test_what_was_tried_is_not_stored_in_readable_form(office: Authority) -> None:
    await problem_of(office.sign_in("my-password-by-mistake@x", "secret words", ADDRESS))
    rows = str(await SignInAttempt.all().values())
    assert "subject_hash" in rows
    assert "mistake" not in rows and "secret" not in rows and ADDRESS not in rows


@pytest.mark.usefixtures("strong_hashes")
async def test_a_hash_of_weaker_parameters_is_made_anew_at_sign_in(nancy: Account, office: Authority) -> None:
    nancy.password_hash = PasswordHasher(time_cost=1, memory_cost=1024).hash(PASSWORD)
    await nancy.save()
    await signed_in(office)
    await nancy.refresh_from_db()
    assert nancy.password_hash is not None and "m=65536" in nancy.password_hash
    await signed_in(office)


async def test_tokens_and_passwords_are_stored_hashed_and_never_printed(nancy: Account, office: Authority) -> None:
    session = await signed_in(office)
    assert session.refresh_token not in str(await RefreshToken.all().values())
    assert session.refresh_token not in repr(session) and session.access_token not in repr(session)
    assert "a secret for tests" not in repr(office.settings)
    assert PASSWORD not in password_hash()


async def test_a_refresh_token_is_exchanged_for_a_new_pair_of_the_same_session(office: Authority) -> None:
    first = await signed_in(office)
    second = await office.refresh_session(first.refresh_token)
    assert second.refresh_token != first.refresh_token
    assert second.viewer.session == first.viewer.session
    third = await office.refresh_session(second.refresh_token)
    assert (await office.viewer_of(third.access_token)).account == first.viewer.account


async def test_a_refresh_token_that_comes_back_ends_its_session_everywhere(nancy: Account, office: Authority) -> None:
    first = await signed_in(office)
    second = await office.refresh_session(first.refresh_token)
    await office.viewer_of(second.access_token)
    other = await signed_in(office)
    assert await code_of(office.refresh_session(first.refresh_token)) == "INVALID_REFRESH_TOKEN"
    assert await code_of(office.refresh_session(second.refresh_token)) == "INVALID_REFRESH_TOKEN"
    assert office.cached_viewer(second.access_token) is None
    assert await reason_against(office, second.access_token) == "The session has ended."
    assert await events_of(nancy) == [AccountEvent.SESSION_ENDED]
    assert await actors_of(nancy, AccountEvent.SESSION_ENDED) == [None]
    assert (await office.refresh_session(other.refresh_token)).viewer.account == nancy.id


async def test_of_many_refreshes_at_once_with_one_token_exactly_one_wins_and_goes_on(
    nancy: Account, office: Authority
) -> None:
    session = await signed_in(office)
    answers = await asyncio.gather(
        *(office.refresh_session(session.refresh_token) for _ in range(10)), return_exceptions=True
    )
    won = [answer for answer in answers if isinstance(answer, Session)]
    lost = [answer.problems[0].code for answer in answers if isinstance(answer, Refused)]
    assert len(won) == 1
    assert lost == ["INVALID_REFRESH_TOKEN"] * 9
    assert (await office.refresh_session(won[0].refresh_token)).viewer.account == nancy.id


async def test_unknown_and_expired_refresh_tokens_get_the_same_answer(nancy: Account) -> None:
    short = authority(refresh_token_days=0.5 / 86400)
    session = await signed_in(short)
    await asyncio.sleep(0.6)
    expired = await problem_of(short.refresh_session(session.refresh_token))
    unknown = await problem_of(short.refresh_session("no such token \ud800\0"))
    assert expired == unknown
    assert expired.code == "INVALID_REFRESH_TOKEN"
    assert await events_of(nancy) == []


async def test_expired_refresh_tokens_are_removed(office: Authority) -> None:
    session = await signed_in(office)
    await RefreshToken.all().update(expires_at=now() - timedelta(seconds=1))
    await signed_in(office)
    assert await RefreshToken.filter(family=session.viewer.session).count() == 0


async def test_signing_out_ends_the_session_and_no_other(nancy: Account, office: Authority) -> None:
    session, other = await signed_in(office), await signed_in(office)
    viewer = await office.viewer_of(session.access_token)
    await office.sign_out(viewer)
    assert await reason_against(office, session.access_token) == "The session has ended."
    assert await code_of(office.refresh_session(session.refresh_token)) == "INVALID_REFRESH_TOKEN"
    assert await events_of(nancy) == [AccountEvent.SESSION_ENDED]
    assert (await office.viewer_of(other.access_token)).account == nancy.id
    await office.sign_out(viewer)
    assert await actors_of(nancy, AccountEvent.SESSION_ENDED) == [nancy.id]


@pytest.mark.usefixtures("strong_hashes")
async def test_a_password_changed_meanwhile_opens_no_session(nancy: Account, office: Authority) -> None:
    signing_in = asyncio.create_task(office.sign_in(EMAIL, PASSWORD, ADDRESS))
    while not await SignInAttempt.exists():
        await asyncio.sleep(0)
    # Now the old hash has been read and is being compared.
    await asyncio.sleep(0.02)
    await Account.filter(id=nancy.id).update(password_hash=PasswordHasher(1, 8, 1).hash("another one"))
    assert await code_of(signing_in) == "INVALID_CREDENTIALS"
    assert not await RefreshToken.exists()


async def test_a_disabled_account_cannot_go_on_with_its_session(nancy: Account, office: Authority) -> None:
    session = await signed_in(office)
    await administer(EMAIL, enabled=False)
    assert await code_of(office.refresh_session(session.refresh_token)) == "INVALID_REFRESH_TOKEN"
    assert await reason_against(authority(), session.access_token) == "The session has ended."
    await administer(EMAIL, enabled=True)
    assert await reason_against(authority(), session.access_token) == "The session has ended."


def test_the_server_hashes_as_strongly_as_argon2s_authors_advise() -> None:
    program = (
        "from argon2 import PasswordHasher, extract_parameters, profiles;"
        "from resolvers.both_offices.accounts import passwords;"
        "used = extract_parameters(passwords._hasher.hash('x'));"
        "assert used == profiles.RFC_9106_LOW_MEMORY, used"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
