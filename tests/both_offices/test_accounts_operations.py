"""Signing in and out as clients do it: documents through the engine, on both databases."""

from typing import Any

import orjson
import pytest

from models.both_offices.accounts import Account
from models.kit.database import Database
from models.permissions import Permission, Role, permissions_of
from resolvers.both_offices.accounts.authority import Authority
from resolvers.kit.commands import Viewer
from schema.both_offices.accounts import RefreshSessionInput, SignInInput
from schema.transport.engine import OperationRequest
from tests.both_offices.signing_in import EMAIL, PASSWORD, authority, colleague, reason_against
from tests.office import Office

SESSION = "session { accessToken expiresAt refreshToken viewer { id name roles departments permissions } }"
SHOWN = f"{SESSION} errors {{ __typename code message path }}"
SIGN_OUT = "mutation SignOut { signOut { errors { code } } }"
ACCOUNT = "name email roles departments enabled"
VIEWER = "{ viewer { id name roles departments permissions } }"


class Client:
    """Somebody who sends documents, signed in once `token` is set."""

    def __init__(self, database: Database, authority: Authority) -> None:
        self.authority = authority
        self.token: str | None = None
        self.office = Office.of(database, authority)

    async def ask(self, document: str, **variables: Any) -> dict[str, Any]:
        return await self.office.ask(await self.viewer(), document, variables)

    async def viewer(self) -> Viewer | None:
        return await self.authority.viewer_of(self.token) if self.token else None

    async def send(self, verb: str, **given: Any) -> dict[str, Any]:
        return await self.office.send(await self.viewer(), verb, SHOWN, **given)

    async def sign_in(self) -> dict[str, Any]:
        payload = await self.send("signIn", email=EMAIL, password=PASSWORD)
        assert payload["errors"] == []
        self.token = payload["session"]["accessToken"]
        session: dict[str, Any] = payload["session"]
        return session


@pytest.fixture
async def nancy(database: Database) -> Account:
    return await colleague()


@pytest.fixture
async def client(database: Database, nancy: Account) -> Client:
    return Client(database, authority())


async def test_signing_in_shows_the_session_and_what_the_viewer_may_do(client: Client) -> None:
    session = await client.sign_in()
    assert session["viewer"]["name"] == "Nancy Davolio"
    assert session["viewer"]["roles"] == ["SERVICE_AGENT"]
    assert session["viewer"]["departments"] == ["CUSTOMER_SERVICE"]
    assert set(session["viewer"]["permissions"]) == permissions_of(frozenset({Role.SERVICE_AGENT}))
    assert session["expiresAt"].endswith("Z")


async def test_who_is_asking_is_the_account_that_others_see(client: Client, nancy: Account) -> None:
    session = await client.sign_in()
    viewer = await client.viewer()
    assert viewer is not None
    assert await client.office.find(viewer, VIEWER) == session["viewer"]
    assert session["viewer"]["id"] == f"acc_{nancy.id}"
    assert await client.office.read(viewer, nancy, "name") == "Nancy Davolio"


async def test_wrong_credentials_come_back_in_errors(client: Client) -> None:
    wrong = await client.send("signIn", email=EMAIL, password="wrong")
    assert wrong == await client.send("signIn", email="nobody@northwind.example", password="wrong")
    assert wrong["session"] is None
    [error] = wrong["errors"]
    message = "The e-mail address or the password is wrong."
    assert error == {"__typename": "Rejection", "code": "INVALID_CREDENTIALS", "message": message, "path": []}


async def test_each_sign_in_of_one_document_counts_as_a_try_of_its_own(client: Client) -> None:
    wrong = 'signIn(input: {email: "nobody@x.example", password: "wrong"}) { errors { code } }'
    tries = " ".join(f"t{number}: {wrong}" for number in range(12))
    answer = await client.ask(f"mutation {{ {tries} }}")
    codes = [payload["errors"][0]["code"] for payload in answer["data"].values()]
    assert codes == ["INVALID_CREDENTIALS"] * 10 + ["TOO_MANY_ATTEMPTS"] * 2
    # Whoever tried too often is told when to come back, in the payload and for the header.
    shown = "errors { __typename ... on TryLater { retryAfter } }"
    again = f'mutation {{ signIn(input: {{email: "nobody@x.example", password: "wrong"}}) {{ {shown} }} }}'
    told = await client.office.engine.execute(OperationRequest(again), None, "")
    [error] = orjson.loads(told.body)["data"]["signIn"]["errors"]
    assert error == {"__typename": "TryLater", "retryAfter": told.retry_after} and 0 < told.retry_after <= 60


async def test_a_device_is_known_by_what_signing_in_from_it_gave(client: Client) -> None:
    shown = "session { deviceToken refreshToken } errors { code }"
    first = await client.office.send(None, "signIn", shown, email=EMAIL, password=PASSWORD)
    device = first["session"]["deviceToken"]
    for _ in range(10):
        await client.office.send(None, "signIn", shown, email=EMAIL, password="wrong")
    refused = await client.office.send(None, "signIn", shown, email=EMAIL, password=PASSWORD)
    assert [error["code"] for error in refused["errors"]] == ["TOO_MANY_ATTEMPTS"]
    again = await client.office.send(None, "signIn", shown, email=EMAIL, password=PASSWORD, deviceToken=device)
    assert again["errors"] == [] and again["session"]["deviceToken"] != device
    refreshed = await client.office.send(None, "refreshSession", shown, refreshToken=again["session"]["refreshToken"])
    assert refreshed["session"]["deviceToken"] is None


async def test_a_session_is_refreshed_without_an_access_token(client: Client, nancy: Account) -> None:
    session = await client.sign_in()
    client.token = None
    payload = await client.send("refreshSession", refreshToken=session["refreshToken"])
    assert payload["errors"] == []
    assert payload["session"]["viewer"]["id"] == f"acc_{nancy.id}"
    again = await client.send("refreshSession", refreshToken=session["refreshToken"])
    assert again["session"] is None
    assert [(one["__typename"], one["code"]) for one in again["errors"]] == [("Rejection", "INVALID_REFRESH_TOKEN")]


async def test_an_idempotency_key_does_not_bring_tokens_back(client: Client) -> None:
    given = {"email": EMAIL, "password": PASSWORD, "idempotencyKey": "once"}
    first, second = [(await client.send("signIn", **given))["session"] for _ in range(2)]
    assert first["refreshToken"] != second["refreshToken"]


async def test_signing_out_ends_the_session(client: Client) -> None:
    await client.sign_in()
    assert (await client.ask(SIGN_OUT)) == {"data": {"signOut": {"errors": []}}}
    assert client.token is not None
    assert await reason_against(client.authority, client.token) == "The session has ended."


@pytest.mark.parametrize("document", [VIEWER, SIGN_OUT])
async def test_who_has_not_signed_in_is_told_so(client: Client, document: str) -> None:
    answer = await client.ask(document)
    assert "data" not in answer
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["UNAUTHENTICATED"]


async def test_colleagues_see_names_and_those_who_manage_accounts_see_the_rest(client: Client, nancy: Account) -> None:
    await client.sign_in()
    document = f"query ($id: ID!) {{ node(id: $id) {{ ... on Account {{ {ACCOUNT} }} }} }}"
    refused = await client.ask(document, id=f"acc_{nancy.id}")
    coordinates = {error["extensions"]["coordinate"] for error in refused["errors"]}
    assert coordinates == {"Account.email", "Account.roles", "Account.departments", "Account.enabled"}
    await Account.filter(id=nancy.id).update(roles=[str(Role.HR_OFFICER)])
    client.authority.forget_account(nancy.id)
    assert (await client.ask(document, id=f"acc_{nancy.id}"))["data"]["node"] == {
        "name": "Nancy Davolio",
        "email": EMAIL,
        "roles": ["HR_OFFICER"],
        "departments": ["CUSTOMER_SERVICE"],
        "enabled": True,
    }
    listed = await client.ask("{ backOffice { accounts { totalCount nodes { email } } } }")
    assert listed["data"]["backOffice"]["accounts"] == {"totalCount": 1, "nodes": [{"email": EMAIL}]}


def test_passwords_and_tokens_are_not_printed_with_the_inputs() -> None:
    assert "hunter2" not in repr(SignInInput(email="hunter2", password="hunter2"))
    assert "hunter2" not in repr(RefreshSessionInput(refresh_token="hunter2"))


def test_every_role_can_read_its_colleagues_names() -> None:
    assert all(Permission.READ_STAFF in permissions_of(frozenset({role})) for role in Role)
