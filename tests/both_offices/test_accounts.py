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
from resolvers.kit.problems import Refused, TryLater
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


TEN, TOO_MANY = ["INVALID_CREDENTIALS"] * 10, "TOO_MANY_ATTEMPTS"


async def guess(office: Authority, times: int, email: str = EMAIL, address: str = ADDRESS) -> list[str]:
    return [await code_of(office.sign_in(email, "wrong", address)) for _ in range(times)]


@pytest.mark.parametrize("email", [EMAIL, "nobody@northwind.example"])
async def test_the_eleventh_failed_try_in_a_minute_is_refused_where_it_comes_from_and_nowhere_else(
    office: Authority, email: str
) -> None:
    assert await guess(office, 11, email) == [*TEN, TOO_MANY]
    problem = await problem_of(authority().sign_in(email, PASSWORD, ADDRESS))
    assert isinstance(problem, TryLater) and problem.code == TOO_MANY and 50 < problem.retry_after <= 60
    # Neither is the account closed to others, nor the network to other accounts.
    assert await guess(office, 1, email, "192.0.2.8") == await guess(office, 1, f"other.{email}") == TEN[:1]


async def test_a_household_in_ipv6_is_one_network_and_its_neighbours_are_others(office: Authority) -> None:
    codes = [(await guess(office, 1, EMAIL, f"2001:db8:0:7:{host}::1"))[0] for host in range(11)]
    assert codes == [*TEN, TOO_MANY]
    assert await guess(office, 1, EMAIL, "2001:db8:0:8::1") == TEN[:1]
    assert await guess(office, 10, EMAIL, "192.0.2.9") == TEN
    assert await guess(office, 1, EMAIL, "::ffff:192.0.2.9") == [TOO_MANY]


async def test_a_device_that_is_known_is_not_slowed_down_by_others_and_guesses_no_more_than_they(
    office: Authority,
) -> None:
    device = (await signed_in(office)).device_token
    assert device is not None and await guess(office, 11) == [*TEN, TOO_MANY]
    assert (await office.sign_in(EMAIL, PASSWORD, ADDRESS, device)).viewer.name == "Nancy Davolio"
    own = [await code_of(office.sign_in(EMAIL, "wrong", ADDRESS, device)) for _ in range(11)]
    assert own == [*TEN, TOO_MANY]
    # It stands for one account, and nothing that somebody made up stands for anything.
    session = (await office.sign_in(EMAIL, PASSWORD, "192.0.2.8")).access_token
    await colleague("margaret@northwind.example")
    assert await guess(office, 10, "margaret@northwind.example") == TEN
    for token in (device, session, "", "x.y.z", "x" * 9_000):
        assert await code_of(office.sign_in("margaret@northwind.example", PASSWORD, ADDRESS, token)) == TOO_MANY
    assert await reason_against(office, device) == "The access token is not valid."


async def test_of_many_tries_at_once_no_more_than_ten_are_judged(office: Authority) -> None:
    answers = await asyncio.gather(
        *(office.sign_in(EMAIL, "wrong", ADDRESS) for _ in range(40)), return_exceptions=True
    )
    codes = [answer.problems[0].code for answer in answers if isinstance(answer, Refused)]
    assert len(codes) == 40
    assert codes.count("INVALID_CREDENTIALS") == 10


async def test_all_networks_together_guess_a_hundred_times_a_minute_and_one_network_for_all_accounts(
    office: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("resolvers.both_offices.accounts.authority.OF_ALL", ((12, timedelta(minutes=1)),))
    codes = [(await guess(office, 1, EMAIL, f"192.0.2.{100 + host}"))[0] for host in range(13)]
    assert codes == [*TEN, *TEN[:2], TOO_MANY]
    codes = [(await guess(office, 1, f"{name}@x.example"))[0] for name in range(13)]
    assert codes == [*TEN, *TEN[:2], TOO_MANY]


async def test_a_minute_later_somebody_may_try_again_thrice_an_hour_and_old_tries_are_gone(office: Authority) -> None:
    for minutes in (3, 2, 1):
        assert await guess(office, 11) == [*TEN, TOO_MANY]
        await SignInAttempt.filter(at__gt=now() - timedelta(seconds=50)).update(
            at=now() - timedelta(seconds=61 * minutes)
        )
    problem = await problem_of(authority().sign_in(EMAIL, PASSWORD, ADDRESS))
    assert isinstance(problem, TryLater) and 3_000 < problem.retry_after <= 3_600
    await SignInAttempt.all().update(at=now() - timedelta(seconds=3_601))
    assert (await authority().sign_in(EMAIL, PASSWORD, ADDRESS)).viewer.name == "Nancy Davolio"
    assert await SignInAttempt.all().count() == 0


@pytest.mark.usefixtures("strong_hashes", "nancy")
async def test_a_crowd_that_signs_in_from_one_network_keeps_nobody_else_waiting(
    office: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("resolvers.both_offices.accounts.authority.OF_ONE", ((100, timedelta(minutes=1)),))
    await signed_in(office)
    ended: list[str] = []

    async def sign_in(address: str) -> str:
        try:
            await office.sign_in(EMAIL, PASSWORD, address)
        except Refused as refused:
            [problem] = refused.problems
            assert isinstance(problem, TryLater) and problem.retry_after > 0
            return problem.code
        ended.append(address)
        return "OK"

    crowd = [asyncio.create_task(sign_in(ADDRESS)) for _ in range(20)]
    await asyncio.sleep(0.1)
    longest, begun = 0.0, perf_counter()
    other = asyncio.create_task(sign_in("192.0.2.99"))
    while not other.done():
        begun = perf_counter()
        await asyncio.sleep(0.001)
        longest = max(longest, perf_counter() - begun)
    assert await other == "OK"
    # One or two of the crowd were being looked at; the others of it wait, and more of it than ten are told to come back.
    assert len(ended) <= 4
    codes = await asyncio.gather(*crowd)
    assert set(codes) == {"OK", "RATE_LIMITED"} and codes.count("OK") <= passwords.MOST_WAITING_OF_ONE + 1
    assert longest < 0.2


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
