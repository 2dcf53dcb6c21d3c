"""Managing accounts: by administrators through documents, and on the command line."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from models.both_offices.accounts import Account, AccountEvent, PasswordToken, RefreshToken, SignInAttempt
from models.kit.base import as_of, now
from models.kit.bookkeeping import IdempotencyKey
from models.kit.database import Database
from models.kit.events import Event
from models.permissions import Department, Role
from resolvers.both_offices.accounts.administration import add_account, administer, disable_account, reset
from resolvers.both_offices.accounts.password_tokens import letters
from resolvers.kit.commands import Viewer
from resolvers.kit.problems import Refused
from schema.both_offices.accounts import ChangePasswordInput, SetPasswordInput
from tests.both_offices.signing_in import ADDRESS, PASSWORD, authority, code_of, events_of, problem_of
from tests.office import Office, at_once, doing, hire, problems_of, viewer_of, wrong_in

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
        ("INVALID_EMAIL", ("input", "email")),
        ("INVALID_NAME", ("input", "name")),
        ("UNKNOWN_ROLE", ("input", "roles")),
        ("UNKNOWN_DEPARTMENT", ("input", "departments")),
        ("INVALID_PASSWORD", ("input", "password")),
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
    assert (await administer(twin, roles=["ACCOUNTANT"])).email == "andrew@northwind.example"


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
    changed = await administer("ANDREW@northwind.example", roles=["LEGAL_OFFICER", "ACCOUNTANT"])
    await account.refresh_from_db()
    assert account.roles == changed.roles == ["ACCOUNTANT", "LEGAL_OFFICER"]
    assert account.departments == ["FINANCE"]
    assert account.version == 2
    assert await events_of(account) == [AccountEvent.ADDED, AccountEvent.CHANGED]


@pytest.mark.parametrize(
    ("change", "kind", "problem"),
    [
        ({"enabled": False}, AccountEvent.DISABLED, "INVALID_CREDENTIALS"),
        ({"roles": ["MARKETER"]}, AccountEvent.CHANGED, None),
        ({"departments": []}, AccountEvent.CHANGED, None),
        ({"ends_sessions": True}, None, None),
    ],
)
async def test_who_loses_rights_loses_their_sessions(
    change: dict[str, Any], kind: AccountEvent | None, problem: str | None
) -> None:
    account = await andrew()
    office = authority()
    session = await office.sign_in(account.email, "northwind", ADDRESS)
    await administer(account.email, **change)
    assert await code_of(office.refresh_session(session.refresh_token)) == "INVALID_REFRESH_TOKEN"
    assert not await RefreshToken.filter(ended_at__isnull=True).exists()
    kinds = [AccountEvent.ADDED, *([kind] if kind else []), AccountEvent.SESSION_ENDED]
    assert await events_of(account) == kinds
    signing_in = office.sign_in(account.email, "northwind", ADDRESS)
    assert await (code_of(signing_in) if problem else signing_in)
    assert await administer(account.email, name="Andy") and (await RefreshToken.filter(ended_at=None).exists()) != bool(
        problem
    )


async def test_an_unknown_account_cannot_be_changed() -> None:
    assert await code_of(administer("nobody@northwind.example", enabled=False)) == "NOT_FOUND"


async def test_a_wrong_change_changes_nothing() -> None:
    account = await andrew(None)
    assert await code_of(administer(account.email, roles=["KING"], enabled=False)) == "UNKNOWN_ROLE"
    await account.refresh_from_db()
    assert account.enabled and account.version == 1


# --- By administrators -------------------------------------------------------------------------------------------------

SHOWN = "account { id name roles departments enabled version } errors { code path }"


@pytest.fixture
async def office(northwind: Database) -> Office:
    return Office.of(northwind, authority())


@pytest.fixture
async def ada(office: Office) -> Account:
    """Somebody who was invited and has set a password."""
    admin = await office.somebody("admin")
    rights = {"roles": ["ACCOUNTANT"], "departments": ["FINANCE"]}
    payload = await office.send(admin, "inviteAccount", SHOWN, email="Ada@Example.com", name="Ada", **rights)
    assert payload["errors"] == []
    account = await Account.get(email="ada@example.com")
    assert (await with_token(office, await sent_token()))["email"] == account.email
    return account


async def sent_token() -> str:
    """What the latest letter to staff brings, which whoever delivers letters reads."""
    *_, letter = await letters(authority().settings.secret, "https://house.example/#", now() - timedelta(days=1))
    return letter.text.partition("https://house.example/#")[2]


async def with_token(office: Office, token: str, password: str = PASSWORD) -> dict[str, Any]:
    return await office.send(None, "setPassword", "email errors { code path }", token=token, password=password)


async def managed(office: Office, verb: str, account: Account, **given: Any) -> list[tuple[str, str]]:
    payload = await office.send(await office.somebody("admin"), verb, SHOWN, account=f"acc_{account.id}", **given)
    assert (payload["account"] is None) == bool(payload["errors"])
    return wrong_in(payload)


async def signed_in(account: Account, password: str = PASSWORD) -> Viewer:
    return (await authority().sign_in(account.email, password, ADDRESS)).viewer


async def told(office: Office, account: Account) -> list[tuple[str, str]]:
    """An account's history as administrators read it."""
    history = await office.read(await office.somebody("admin"), account, "history { nodes { kind actor { name } } }")
    return [(one["kind"], (one["actor"] or {"name": ""})["name"]) for one in history]


async def test_an_invitation_lets_its_holder_set_the_first_password_once(office: Office, ada: Account) -> None:
    admin = await office.somebody("admin")
    assert (await signed_in(ada)).roles == {Role.ACCOUNTANT}
    assert await told(office, ada) == [("ACCOUNT_ADDED", admin.name), ("PASSWORD_SET", "Ada")]
    again = await office.send(
        admin, "inviteAccount", SHOWN, email="ada@example.com ", name=" ", roles=[], departments=[]
    )
    assert wrong_in(again) == [("INVALID_NAME", "name")]
    again = await office.send(
        admin, "inviteAccount", SHOWN, email="ada@example.com ", name="A", roles=[], departments=[]
    )
    assert wrong_in(again) == [("EMAIL_TAKEN", "email")]


async def test_a_token_is_used_once_in_time_and_by_nobody_who_guesses(office: Office, ada: Account) -> None:
    assert await managed(office, "resetPassword", ada) == []
    first = await sent_token()
    assert await managed(office, "resetPassword", ada) == []
    token = await sent_token()
    key, seal = token.split(".")
    forged = f"{(await PasswordToken.all().order_by('-id').first() or ada).id.hex}.{'x' * len(seal)}"
    for wrong in ("", "x", "é.é", key, f"{key}.", f"{key}.{seal[:-2]}", forged, first):
        assert wrong_in(await with_token(office, wrong)) == [("INVALID_TOKEN", "token")], wrong
    with as_of(now() + timedelta(days=4)):
        assert wrong_in(await with_token(office, token)) == [("INVALID_TOKEN", "token")]
    assert wrong_in(await with_token(office, token, "short")) == [("INVALID_PASSWORD", "password")]
    await SignInAttempt.all().delete()
    outcomes = await at_once(*(with_token(office, token, f"password {n}") for n in range(3)))
    assert sorted(len(outcome["errors"]) for outcome in outcomes) == [0, 1, 1]
    assert await letters(authority().settings.secret, "", now() - timedelta(days=1)) == []


async def test_a_reset_ends_sessions_and_the_password_and_is_nothing_that_anybody_reads(
    office: Office, ada: Account, caplog: pytest.LogCaptureFixture
) -> None:
    session = await authority().sign_in(ada.email, PASSWORD, ADDRESS)
    assert await managed(office, "resetPassword", ada) == []
    assert await code_of(authority().refresh_session(session.refresh_token)) == "INVALID_REFRESH_TOKEN"
    assert await code_of(authority().sign_in(ada.email, PASSWORD, ADDRESS)) == "INVALID_CREDENTIALS"
    token = await sent_token()
    rows = [await model.all().values() for model in (PasswordToken, Account, Event, IdempotencyKey, SignInAttempt)]
    shown = repr(rows) + caplog.text + (await office.ask(await office.somebody("admin"), EVERYTHING)).__repr__()
    assert token not in shown and token.split(".")[1] not in shown and PASSWORD not in shown
    await managed(office, "disableAccount", ada)
    # Its token would not be taken, and its letter would say so to nobody.
    assert await managed(office, "resetPassword", ada) == [("DISABLED", "account")]
    assert await code_of(reset(ada.email)) == "DISABLED"
    await managed(office, "enableAccount", ada)
    # What was sent before it was disabled does not come back with it.
    assert wrong_in(await with_token(office, token)) == [("INVALID_TOKEN", "token")]


EVERYTHING = """{ backOffice { accounts(first: 100) { nodes {
  id name email roles departments enabled version sessions { nodes { id } }
  history(first: 100) { nodes { kind at actor { name } } } } } } }"""


async def test_rights_are_changed_and_every_step_is_told(office: Office, ada: Account) -> None:
    viewer, admin = await signed_in(ada), await office.somebody("admin")
    rights = {"roles": ["ACCOUNTANT", "LEGAL_OFFICER"], "departments": ["FINANCE", "LEGAL"]}
    assert await managed(office, "changeAccount", ada, expectedVersion=2, name="Ada L.", **rights) == []
    assert await managed(office, "changeAccount", ada, expectedVersion=2) == [("STALE_VERSION", "expectedVersion")]
    assert not await RefreshToken.filter(account_id=viewer.account, ended_at__isnull=True).exists()
    assert (await signed_in(ada)).roles == {Role.ACCOUNTANT, Role.LEGAL_OFFICER}
    assert await managed(office, "disableAccount", ada) == []
    assert await managed(office, "disableAccount", ada) == [("NOTHING_TO_DO", "account")]
    assert await code_of(authority().sign_in(ada.email, PASSWORD, ADDRESS)) == "INVALID_CREDENTIALS"
    assert await managed(office, "enableAccount", ada) == []
    sessions = [await authority().sign_in(ada.email, PASSWORD, ADDRESS) for _ in range(2)]
    shown = await office.read(admin, ada, "sessions { nodes { id issuedAt refreshedAt expiresAt account { name } } }")
    assert [one["account"]["name"] for one in shown] == ["Ada L.", "Ada L."]
    await authority().refresh_session(sessions[0].refresh_token)
    again = await office.read(admin, ada, "sessions { nodes { id } }")
    assert [one["id"] for one in again] == [one["id"] for one in shown]
    assert await managed(office, "endSessions", ada, session=shown[0]["id"]) == []
    assert await managed(office, "endSessions", ada, session=shown[0]["id"]) == [("NOT_FOUND", "session")]
    assert len(await office.read(admin, ada, "sessions { nodes { id } }")) == 1
    boss = await office.somebody("back.manager")
    own = viewer_of(await Account.get(id=ada.id))
    seen = [await office.read(one, ada, "sessions { nodes { id } }") for one in (own, boss)]
    assert seen == [[{"id": shown[1]["id"]}], []]
    stranger = await Account.get(id=boss.account)
    assert await managed(office, "endSessions", stranger, session=shown[1]["id"]) == [("NOT_FOUND", "session")]
    assert await managed(office, "endSessions", ada) == []
    by = admin.name
    assert await told(office, ada) == [
        ("ACCOUNT_ADDED", by),
        ("PASSWORD_SET", "Ada L."),
        ("ACCOUNT_RENAMED", by),
        ("ACCOUNT_CHANGED", by),
        *[("SESSION_ENDED", by)],
        ("ACCOUNT_DISABLED", by),
        ("SESSION_ENDED", by),
        ("ACCOUNT_ENABLED", by),
        *[("SESSION_ENDED", by)] * 2,
    ]


async def test_nobody_changes_their_own_rights_and_the_last_administrator_stays(office: Office, ada: Account) -> None:
    admin = await office.somebody("admin")
    own = await Account.get(id=admin.account)
    for verb in ("disableAccount", "enableAccount", "resetPassword"):
        assert ("OWN_ACCOUNT", "account") in await managed(office, verb, own), verb
    rights = {"roles": ["ADMINISTRATOR", "ACCOUNTANT"], "departments": ["FINANCE"]}
    assert await managed(office, "changeAccount", own, **rights) == [
        ("OWN_ACCOUNT", "roles"),
        ("OWN_ACCOUNT", "departments"),
    ]
    assert await managed(office, "changeAccount", own, name="Admin") == []
    for change in ({"enabled": False}, {"roles": []}):
        assert await code_of(administer(own.email, **change)) == "LAST_ADMINISTRATOR"  # type: ignore[arg-type]
    await administer(ada.email, roles=["ADMINISTRATOR"])
    # Of two who disable each other at once, one stays.
    viewers = (admin, viewer_of(await Account.get(id=ada.id)))
    outcomes = await at_once(
        *(
            problems_of(doing(disable_account, one, account=other.account))
            for one, other in zip(viewers, viewers[::-1], strict=True)
        )
    )
    assert sorted([problem.code for problem in outcome] for outcome in outcomes) == [[], ["LAST_ADMINISTRATOR"]]
    for role in set(Role) - {Role.ADMINISTRATOR}:
        someone = await hire(role, [role], [])
        refused = await office.ask(someone, DISABLE, {"id": f"acc_{ada.id}"})
        assert refused["errors"][0]["extensions"]["permission"] == "WRITE_ACCOUNTS"


DISABLE = "mutation ($id: ID!) { disableAccount(input: {account: $id}) { errors { code } } }"


async def test_ones_own_password_is_changed_by_who_knows_it(office: Office, ada: Account) -> None:
    viewer, other = await signed_in(ada), await authority().sign_in(ada.email, PASSWORD, ADDRESS)

    async def changed(current: str, password: str) -> list[tuple[str, str]]:
        given = {"currentPassword": current, "password": password}
        return wrong_in(await office.send(viewer, "changePassword", "errors { code path }", **given))

    assert await changed("wrong", "another password") == [("WRONG_PASSWORD", "currentPassword")]
    assert await changed(PASSWORD, "short") == [("INVALID_PASSWORD", "password")]
    assert await changed(PASSWORD, "another password") == []
    assert await code_of(authority().refresh_session(other.refresh_token)) == "INVALID_REFRESH_TOKEN"
    assert await RefreshToken.filter(family=viewer.session, ended_at__isnull=True).exists()
    assert (await signed_in(ada, "another password")).account == ada.id
    assert await code_of(authority().sign_in(ada.email, PASSWORD, ADDRESS)) == "INVALID_CREDENTIALS"
    codes = [(await changed("guess", "another password"))[0][0] for _ in range(12)]
    assert set(codes) == {"WRONG_PASSWORD", "TOO_MANY_ATTEMPTS"}
    repeated = repr(
        [SetPasswordInput(token="s", password="s"), ChangePasswordInput(current_password="s", password="s")]
    )
    assert "='s'" not in repeated
