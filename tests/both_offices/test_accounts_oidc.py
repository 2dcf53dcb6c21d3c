"""Tokens of an OIDC provider, whose keys are served here on 127.0.0.1."""

import asyncio
import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from models.both_offices.accounts import Account, AccountEvent
from models.kit.base import now
from models.kit.database import Database
from models.permissions import Department, Role
from resolvers.both_offices.accounts.administration import administer
from resolvers.both_offices.accounts.authority import Authority
from resolvers.both_offices.accounts.settings import OidcSettings, SecuritySettings, SecuritySettingsError
from tests.both_offices.signing_in import (
    ADDRESS,
    PASSWORD,
    SECRET,
    code_of,
    colleague,
    events_of,
    reason_against,
)

pytestmark = pytest.mark.usefixtures("database")

ISSUER = "https://login.northwind.example/"
AUDIENCE = "interoffice"
NOT_VALID = "The access token is not valid."

RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())
STRANGERS_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def published(algorithm: str, key: Any, key_id: str) -> dict[str, Any]:
    """A public key as providers publish it."""
    kind = ECAlgorithm if algorithm == "ES256" else RSAAlgorithm
    return {**kind.to_jwk(key.public_key(), as_dict=True), "kid": key_id, "use": "sig", "alg": algorithm}


class KeyServer:
    """A provider's key set: what it publishes now, how often it was asked, and whether it answers at all."""

    def __init__(self) -> None:
        self.keys = [published("RS256", RSA_KEY, "rsa"), published("ES256", EC_KEY, "ec")]
        self.asked = 0
        self.broken = False
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.asked += 1
                body = json.dumps({"keys": server.keys}).encode()
                self.send_response(503 if server.broken else 200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                """Tests need no access log."""

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}/keys"


@pytest.fixture
def provider() -> Iterator[KeyServer]:
    server = KeyServer()
    thread = Thread(target=server.http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.http.shutdown()
    server.http.server_close()
    thread.join()


def authority(provider: KeyServer, **changes: Any) -> Authority:
    settings: dict[str, Any] = {"leeway_seconds": 2, "timeout_seconds": 2, "refetch_seconds": 10} | changes
    oidc = OidcSettings(jwks_url=provider.url, issuer=ISSUER, audience=AUDIENCE, **settings)
    return Authority(SecuritySettings(secret=SECRET, oidc=oidc))


def token(key: Any = RSA_KEY, key_id: str | None = "rsa", algorithm: str = "RS256", **changes: Any) -> str:
    """A token of the provider; a claim that is changed to None is left out."""
    claims: dict[str, Any] = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "janet|7",
        "exp": datetime.now(UTC) + timedelta(minutes=5),
        "email": "Janet@Northwind.example",
        "email_verified": True,
        "name": "Janet Leverling",
        "roles": ["LOGISTICS_CLERK", "something of another application"],
    } | changes
    said = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(said, key, algorithm=algorithm, headers={"kid": key_id} if key_id else {})


def signed_with_the_public_key() -> str:
    """The classic forgery, written by hand because the library refuses to: what everybody knows is taken for a secret."""
    public_key = RSA_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    head = urlsafe_b64encode(b'{"alg": "HS256", "kid": "rsa"}').rstrip(b"=")
    signed = head + b"." + token().split(".")[1].encode()
    return (signed + b"." + urlsafe_b64encode(hmac.digest(public_key, signed, "sha256")).rstrip(b"=")).decode()


@pytest.mark.parametrize(("algorithm", "key", "key_id"), [("RS256", RSA_KEY, "rsa"), ("ES256", EC_KEY, "ec")])
async def test_a_providers_token_signs_somebody_in_and_adds_their_account(
    provider: KeyServer, algorithm: str, key: Any, key_id: str
) -> None:
    office = authority(provider)
    viewer = await office.viewer_of(token(key, key_id, algorithm))
    assert (viewer.name, viewer.roles, viewer.session) == ("Janet Leverling", {Role.LOGISTICS_CLERK}, None)
    account = await Account.get(id=viewer.account)
    assert (account.email, account.password_hash) == ("janet@northwind.example", None)
    assert await events_of(account) == [AccountEvent.ADDED]
    again = await office.viewer_of(token(key, key_id, algorithm, sub="janet|7"))
    assert again.account == account.id
    assert await Account.all().count() == 1


async def test_tokens_that_are_not_the_providers_for_us_are_refused(provider: KeyServer) -> None:
    head, body, signature = token().split(".")
    refused = {
        "another audience": token(aud="payroll"),
        "no audience": token(aud=None),
        "another issuer": token(iss="https://evil.example/"),
        "no subject": token(sub=None),
        "an endless subject": token(sub="x" * 600),
        "no expiry": token(exp=None),
        "not valid yet": token(nbf=datetime.now(UTC) + timedelta(minutes=5)),
        "an unknown key": token(STRANGERS_KEY, "stranger"),
        "no key": token(key_id=None),
        "a stranger's key under a known name": token(STRANGERS_KEY),
        "the wrong kind of key": token(EC_KEY, "rsa", "ES256"),
        "a stronger algorithm than the key's": token(algorithm="RS512"),
        "the public key as a shared secret": signed_with_the_public_key(),
        "our own secret": token(SECRET, algorithm="HS256"),
        "no signature": f"{head}.{body}.",
        "a changed signature": f"{head}.{body}.{signature[:-8]}AAAAAAAA",
        "words": "not a token",
    }
    office = authority(provider)
    reasons = {name: await reason_against(office, bad) for name, bad in refused.items()}
    assert reasons == dict.fromkeys(refused, NOT_VALID)
    expired = token(exp=datetime.now(UTC) - timedelta(minutes=1))
    assert await reason_against(office, expired) == "The access token has expired."
    assert await reason_against(office, token(email=None)) == "The access token does not name an e-mail address."
    assert not await Account.exists()


async def test_an_unknown_key_is_asked_for_once_and_then_not_for_a_while(provider: KeyServer) -> None:
    office = authority(provider)
    await asyncio.gather(*(reason_against(office, token(STRANGERS_KEY, f"stranger {n}")) for n in range(20)))
    await office.viewer_of(token())
    assert provider.asked == 1


async def test_a_key_that_the_provider_publishes_later_is_found(provider: KeyServer) -> None:
    office = authority(provider, refetch_seconds=0.1)
    await office.viewer_of(token())
    provider.keys = [published("RS256", STRANGERS_KEY, "new")]
    await asyncio.sleep(0.15)
    assert (await office.viewer_of(token(STRANGERS_KEY, "new"))).name == "Janet Leverling"
    assert await reason_against(office, token(name="Janet again")) == NOT_VALID


async def test_known_keys_are_good_while_the_provider_is_away(provider: KeyServer) -> None:
    office = authority(provider, refetch_seconds=0)
    await office.viewer_of(token())
    provider.broken = True
    assert await reason_against(office, token(STRANGERS_KEY, "new")) == NOT_VALID
    assert (await office.viewer_of(token(name="Janet L."))).name == "Janet L."


async def test_a_provider_that_is_away_at_first_is_asked_again_later(provider: KeyServer) -> None:
    provider.broken = True
    office = authority(provider, refetch_seconds=0.1)
    assert await reason_against(office, token()) == NOT_VALID
    provider.broken = False
    await asyncio.sleep(0.15)
    assert (await office.viewer_of(token())).name == "Janet Leverling"


@pytest.mark.parametrize(
    ("settings", "claims"),
    [
        ({"roles_claim": "groups"}, {"groups": "ACCOUNTANT LEGAL_OFFICER"}),
        ({"roles_claim": "realm_access.roles"}, {"realm_access": {"roles": ["ACCOUNTANT", "LEGAL_OFFICER"]}}),
        ({"roles_claim": "https://n.example/roles"}, {"https://n.example/roles": ["ACCOUNTANT", "LEGAL_OFFICER"]}),
        ({"role_names": {"books": Role.ACCOUNTANT, "law": Role.LEGAL_OFFICER}}, {"roles": ["books", "law", "king"]}),
    ],
)
async def test_the_claim_that_names_the_roles_is_a_setting(
    provider: KeyServer, settings: dict[str, Any], claims: dict[str, Any]
) -> None:
    viewer = await authority(provider, **settings).viewer_of(token(**claims))
    assert viewer.roles == {Role.ACCOUNTANT, Role.LEGAL_OFFICER}


@pytest.mark.parametrize("roles", [None, 7, {"LOGISTICS_CLERK": 1}, [["LOGISTICS_CLERK"]], "logistics_clerk"])
async def test_a_token_without_roles_that_we_know_gives_no_rights(provider: KeyServer, roles: Any) -> None:
    assert (await authority(provider).viewer_of(token(roles=roles))).permissions == frozenset()


async def test_departments_come_from_the_token_if_a_claim_is_set_and_else_from_the_account(provider: KeyServer) -> None:
    theirs = authority(provider, departments_claim="departments")
    assert (await theirs.viewer_of(token(departments=["LOGISTICS", "COURT"]))).departments == {Department.LOGISTICS}
    await administer("janet@northwind.example", departments=["LEGAL"])
    assert (await authority(provider).viewer_of(token())).departments == {Department.LEGAL}


async def test_what_changes_at_the_provider_changes_the_same_account(provider: KeyServer) -> None:
    office = authority(provider)
    viewer = await office.viewer_of(token())
    changed = await office.viewer_of(token(email="janet.king@northwind.example", roles=["ACCOUNTANT"]))
    assert changed.account == viewer.account
    account = await Account.get(id=viewer.account)
    assert (account.email, account.roles, account.version) == ("janet.king@northwind.example", ["ACCOUNTANT"], 2)
    assert await events_of(account) == [AccountEvent.ADDED, AccountEvent.CHANGED]


async def test_an_account_that_was_added_here_is_taken_over_only_with_a_verified_email_address(
    provider: KeyServer,
) -> None:
    janet = await colleague("janet@northwind.example")
    office = authority(provider)
    taken = "The e-mail address belongs to another account."
    assert await reason_against(office, token(email_verified=False)) == taken
    assert await reason_against(office, token(email_verified="true")) == taken
    assert (await office.viewer_of(token())).account == janet.id
    await janet.refresh_from_db()
    assert janet.password_hash is None
    assert await reason_against(office, token(sub="somebody else")) == taken


async def test_a_person_who_comes_in_twice_at_once_is_added_once(provider: KeyServer) -> None:
    viewers = await asyncio.gather(*(authority(provider).viewer_of(token()) for _ in range(8)))
    assert len({viewer.account for viewer in viewers}) == 1
    assert await Account.all().count() == 1


async def test_an_account_that_is_disabled_here_is_refused(provider: KeyServer) -> None:
    office = authority(provider)
    viewer = await office.viewer_of(token())
    await administer("janet@northwind.example", enabled=False)
    office.forget_account(viewer.account)
    assert await reason_against(office, token()) == "The account is disabled."


async def test_with_a_provider_nobody_signs_in_or_out_here(provider: KeyServer) -> None:
    await colleague("nancy@northwind.example")
    session = await Authority(SecuritySettings(secret=SECRET)).sign_in("nancy@northwind.example", PASSWORD, ADDRESS)
    office = authority(provider)
    viewer = await office.viewer_of(token())
    changes = [
        office.sign_in("nancy@northwind.example", PASSWORD, ADDRESS),
        office.refresh_session(session.refresh_token),
        office.sign_out(viewer),
    ]
    assert {await code_of(change) for change in changes} == {"SIGNED_IN_ELSEWHERE"}
    assert await reason_against(office, session.access_token) == NOT_VALID


async def test_a_providers_token_is_remembered_until_it_expires(provider: KeyServer, database: Database) -> None:
    office = authority(provider, leeway_seconds=0)
    short = token(exp=datetime.now(UTC) + timedelta(seconds=2))
    viewer = await office.viewer_of(short)
    assert office.cached_viewer(short) is viewer
    await asyncio.sleep((viewer.expires_at - now()).total_seconds() + 0.02)
    assert office.cached_viewer(short) is None


@pytest.mark.parametrize("url", ["http://login.example/keys", "file:///etc/passwd", "keys.json", ""])
def test_keys_are_never_fetched_over_an_unprotected_connection(url: str) -> None:
    with pytest.raises(SecuritySettingsError):
        OidcSettings(jwks_url=url, issuer=ISSUER, audience=AUDIENCE)
