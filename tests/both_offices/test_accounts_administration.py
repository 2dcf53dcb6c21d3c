"""Adding and changing accounts."""

import asyncio

import pytest

from models.both_offices.accounts import Account, AccountEvent, RefreshToken
from models.permissions import Department, Role
from resolvers.both_offices.accounts.administration import add_account, change_account
from resolvers.kit.problems import Refused
from tests.both_offices.signing_in import ADDRESS, authority, code_of, events_of, problem_of

pytestmark = pytest.mark.usefixtures("database")


async def andrew(password: str | None = "northwind") -> Account:
    return await add_account("Andrew@Northwind.example ", " Andrew Fuller", [Role.ACCOUNTANT], ["FINANCE"], password)


async def test_an_added_account_can_sign_in() -> None:
    account = await andrew()
    assert account.email == "andrew@northwind.example"
    viewer = (await authority().sign_in("andrew@northwind.example", "northwind", ADDRESS)).viewer
    assert (viewer.name, viewer.roles, viewer.departments) == ("Andrew Fuller", {Role.ACCOUNTANT}, {Department.FINANCE})
    assert await events_of(account) == [AccountEvent.ADDED]


async def test_an_account_without_a_password_cannot_sign_in_here() -> None:
    await andrew(password=None)
    refused = await problem_of(authority().sign_in("andrew@northwind.example", "", ADDRESS))
    assert refused.code == "INVALID_CREDENTIALS"


async def test_every_wrong_member_is_reported_at_once() -> None:
    with pytest.raises(Refused) as refused:
        await add_account("no address", "\0", ["KING"], ["COURT"], "short")
    assert {(problem.code, problem.path) for problem in refused.value.problems} == {
        ("INVALID_EMAIL", ("email",)),
        ("INVALID_NAME", ("name",)),
        ("UNKNOWN_ROLE", ("roles",)),
        ("UNKNOWN_DEPARTMENT", ("departments",)),
        ("INVALID_PASSWORD", ("password",)),
    }
    assert not await Account.exists()


@pytest.mark.parametrize(
    "email", ["", "@", "a@", "a b@c.example", "a@b@c", "a\0@c.example", "\ud800@c", "x" * 260 + "@c"]
)
async def test_what_is_no_email_address_is_refused(email: str) -> None:
    assert await code_of(add_account(email, "Andrew", [], [], None)) == "INVALID_EMAIL"


@pytest.mark.parametrize("password", ["seven77", "x" * 1001, "lone \ud800 surrogate"])
async def test_a_password_that_could_not_be_typed_again_is_refused(password: str) -> None:
    assert await code_of(add_account("a@b.example", "Andrew", [], [], password)) == "INVALID_PASSWORD"


async def test_of_two_accounts_with_one_email_address_only_one_is_added() -> None:
    answers = await asyncio.gather(andrew(None), andrew(None), return_exceptions=True)
    [refused] = [answer for answer in answers if isinstance(answer, Refused)]
    assert refused.problems[0].code == "EMAIL_TAKEN"
    assert await Account.all().count() == 1


@pytest.mark.parametrize(
    "twin", ["ＡＮＤＲＥＷ@northwind.example", "Andrew@Northwind．example", " ᴬndrew@ⓝorthwind.example"]
)
async def test_an_email_address_is_one_whatever_its_case_and_width(twin: str) -> None:
    await andrew()
    assert await code_of(add_account(twin, "Andrew", [], [], None)) == "EMAIL_TAKEN"
    assert (await change_account(twin, roles=["ACCOUNTANT"])).email == "andrew@northwind.example"


@pytest.mark.parametrize(
    "twin",
    [
        *(
            "аndrew@northwind.example",
            "andrew@nоrthwind.example",
            "αndrew@northwind.example",
            "ɑndrew@northwind.example",
        ),
        *(
            "andrеw@northwind.example",
            "andrew@northwınd.example",
            "андрей@пример.example",
            "an\u200bdrew@northwind.example",
        ),
    ],
)
async def test_an_email_address_in_letters_that_look_like_others_is_refused(twin: str) -> None:
    assert await code_of(add_account(twin, "Andrew", [], [], None)) == "INVALID_EMAIL"


async def test_a_latin_letter_with_a_mark_is_a_letter_of_its_own() -> None:
    for email in ("josé@northwind.example", "jose@northwind.example", "søren@münchen.example"):
        assert (await add_account(email, "José", [], [], None)).email == email


async def test_a_change_leaves_what_is_not_given_and_raises_the_version() -> None:
    account = await andrew()
    changed = await change_account("ANDREW@northwind.example", roles=["LEGAL_OFFICER", "ACCOUNTANT"])
    await account.refresh_from_db()
    assert account.roles == changed.roles == ["ACCOUNTANT", "LEGAL_OFFICER"]
    assert account.departments == ["FINANCE"]
    assert account.version == 2
    assert await events_of(account) == [AccountEvent.ADDED, AccountEvent.CHANGED]


@pytest.mark.parametrize("change", [{"enabled": False}, {"password": "another password"}])
async def test_disabling_or_a_new_password_ends_the_accounts_sessions(change: dict[str, bool | str]) -> None:
    account = await andrew()
    office = authority()
    session = await office.sign_in(account.email, "northwind", ADDRESS)
    await change_account(account.email, **change)  # type: ignore[arg-type]
    assert await code_of(office.refresh_session(session.refresh_token)) == "INVALID_REFRESH_TOKEN"
    assert not await RefreshToken.filter(ended_at__isnull=True).exists()
    assert await code_of(office.sign_in(account.email, "northwind", ADDRESS)) == "INVALID_CREDENTIALS"
    kinds = [AccountEvent.ADDED, AccountEvent.CHANGED, AccountEvent.SESSION_ENDED]
    assert await events_of(account) == kinds


async def test_an_unknown_account_cannot_be_changed() -> None:
    assert await code_of(change_account("nobody@northwind.example", enabled=False)) == "NOT_FOUND"


async def test_a_wrong_change_changes_nothing() -> None:
    account = await andrew(None)
    assert await code_of(change_account(account.email, roles=["KING"], enabled=False)) == "UNKNOWN_ROLE"
    await account.refresh_from_db()
    assert account.enabled and account.version == 1
