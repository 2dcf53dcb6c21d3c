"""Tokens of an OIDC provider: checked against its published keys, issuer and audience. The token's roles decide.

The surprising rule: an account that was added here is taken over by the same e-mail address only if the provider verified it.
"""

import asyncio
import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from time import monotonic
from typing import Any

import jwt
from tortoise.exceptions import IntegrityError

from models.both_offices.accounts import Account, AccountEvent
from models.kit.base import now
from resolvers.both_offices.accounts.administration import clean_email, clean_name
from resolvers.both_offices.accounts.sessions import (
    ACCOUNT_DISABLED,
    EXPIRED,
    NOT_OURS,
    InvalidToken,
    known_departments,
    known_roles,
    viewer_for,
)
from resolvers.both_offices.accounts.settings import OidcSettings
from resolvers.both_offices.leases import is_shut_out, return_claims_of
from resolvers.events import record
from resolvers.kit.commands import Viewer
from resolvers.kit.transaction import transact

ALGORITHMS = ["RS256", "ES256"]
"""Signatures of key pairs only: with a shared secret among them, the provider's public key would be one."""

FRESH_SECONDS = 300
LONGEST_SUBJECT = 500

log = logging.getLogger("interoffice.oidc")


@dataclass(frozen=True, slots=True)
class Person:
    """What the provider's token says about somebody. `columns` are what their account has from it."""

    subject: str
    email: str
    email_verified: bool
    expires_at: datetime
    columns: dict[str, Any]


class ProviderKeys:
    """The provider's public keys. While it cannot be reached, the keys that it published last are good."""

    def __init__(self, settings: OidcSettings) -> None:
        self._refetch_seconds = settings.refetch_seconds
        self._client = jwt.PyJWKClient(settings.jwks_url, cache_jwk_set=False, timeout=settings.timeout_seconds)
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fresh_until = self._fetch_after = monotonic()
        self._fetching = asyncio.Lock()

    async def find(self, key_id: str) -> jwt.PyJWK | None:
        """The key of this name. An unknown name makes us ask the provider, but not more often than the settings allow."""
        if not self._knows(key_id):
            async with self._fetching:
                if not self._knows(key_id) and monotonic() >= self._fetch_after:
                    await self._fetch()
        return self._keys.get(key_id)

    def _knows(self, key_id: str) -> bool:
        return key_id in self._keys and monotonic() < self._fresh_until

    async def _fetch(self) -> None:
        try:
            keys = await asyncio.to_thread(self._client.get_signing_keys, refresh=True)
        except (jwt.PyJWKClientError, jwt.PyJWKSetError, ValueError, OSError) as error:
            log.warning("The identity provider's keys could not be fetched: %s", type(error).__name__)
        else:
            self._keys = {key.key_id: key for key in keys if key.key_id}
            self._fresh_until = monotonic() + FRESH_SECONDS
        self._fetch_after = monotonic() + self._refetch_seconds


class Provider:
    """Turns the provider's tokens into viewers."""

    def __init__(self, settings: OidcSettings) -> None:
        self._settings = settings
        self._keys = ProviderKeys(settings)

    async def viewer_of(self, token: str) -> Viewer:
        """The viewer of a token, whose account is added or brought up to date. Raises InvalidToken."""
        person = self._person(await self._claims(token))
        account = await _account_of(person)
        if not account.enabled:
            raise InvalidToken(ACCOUNT_DISABLED)
        return viewer_for(account, None, person.expires_at)

    async def _claims(self, token: str) -> dict[str, Any]:
        try:
            key_id = jwt.get_unverified_header(token).get("kid")
            key = await self._keys.find(key_id) if isinstance(key_id, str) else None
            if key is None:
                raise InvalidToken(NOT_OURS)
            return jwt.decode(
                token,
                key,
                algorithms=ALGORITHMS,
                issuer=self._settings.issuer,
                audience=self._settings.audience,
                leeway=self._settings.leeway_seconds,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
        except jwt.ExpiredSignatureError:
            raise InvalidToken(EXPIRED) from None
        except (jwt.InvalidTokenError, ValueError, TypeError):
            raise InvalidToken(NOT_OURS) from None

    def _person(self, claims: dict[str, Any]) -> Person:
        email = clean_email(str(claims.get("email", "")))
        if email is None:
            raise InvalidToken("The access token does not name an e-mail address.")
        subject = f"{self._settings.issuer} {claims['sub']}"
        if len(subject) > LONGEST_SUBJECT or not subject.isprintable():
            raise InvalidToken(NOT_OURS)
        departments_claim = self._settings.departments_claim
        names = self._settings.role_names
        words = _words(claims, self._settings.roles_claim)
        try:
            expires_at = datetime.fromtimestamp(int(claims["exp"]) + self._settings.leeway_seconds, UTC)
        except (ValueError, OverflowError, OSError):
            raise InvalidToken(NOT_OURS) from None
        columns: dict[str, Any] = {
            "subject": subject,
            "email": email,
            "name": clean_name(str(claims.get("name", ""))) or email.partition("@")[0],
            "password_hash": None,
            "roles": sorted(map(str, known_roles(words) | {names[word] for word in words if word in names})),
        }
        # Without such a claim an account keeps its own departments.
        if departments_claim:
            columns["departments"] = sorted(map(str, known_departments(_words(claims, departments_claim))))
        return Person(subject, email, claims.get("email_verified") is True, expires_at, columns)


def _words(claims: dict[str, Any], claim: str) -> list[str]:
    """The words of a claim: a list of them, or one string with spaces between them."""
    value: Any = claims
    # A claim may be named by a URL, whose dots are no path.
    for step in [claim] if claim in claims else claim.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    if isinstance(value, str):
        return value.split()
    return [word for word in value if isinstance(word, str)] if isinstance(value, list) else []


async def _account_of(person: Person) -> Account:
    account = await Account.get_or_none(subject=person.subject)
    if account is not None and not _bring_up_to_date(account, person):
        return account
    try:
        return await transact(partial(_write, person))
    except IntegrityError:
        # Somebody else added the same person at this moment, or the e-mail address belongs to another account.
        account = await Account.get_or_none(subject=person.subject)
        if account is None or _bring_up_to_date(account, person):
            raise InvalidToken("The e-mail address belongs to another account.") from None
        return account


async def _write(person: Person) -> Account:
    account = await Account.select_for_update().get_or_none(subject=person.subject)
    if account is None and person.email_verified:
        account = await Account.select_for_update().get_or_none(email=person.email, subject__isnull=True)
    moment = now()
    if account is None:
        account = Account(created_at=moment)
        _bring_up_to_date(account, person)
        await account.save()
        await record(AccountEvent.ADDED, account, actor=None, at=moment, account=account.id)
    elif _bring_up_to_date(account, person):
        await account.save_next_version()
        await record(AccountEvent.CHANGED, account, actor=None, at=moment, account=account.id)
        await return_claims_of(account.id, moment, is_shut_out)
    return account


def _bring_up_to_date(account: Account, person: Person) -> bool:
    """Writes what the provider says into the account, and says whether anything is new."""
    is_new = any(getattr(account, column) != value for column, value in person.columns.items())
    for column, value in person.columns.items():
        setattr(account, column, value)
    return is_new
