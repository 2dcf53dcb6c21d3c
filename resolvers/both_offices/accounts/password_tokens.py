"""Tokens by which somebody sets a password without an old one: after an invitation, and when it was reset.

The surprising rule: nobody who manages accounts sees them, or they could sign in as anybody. A token is put into its letter by
who delivers that (`letters`), or printed on the command line; it is kept nowhere: its row's key and our secret make it.
"""

import hmac
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from models.both_offices.accounts import Account, PasswordToken
from models.kit.base import new_id, now
from resolvers.kit.letters import Letter

LIFETIME = timedelta(days=3)


async def issue(account: UUID, at: datetime, by: UUID | None) -> PasswordToken:
    """A new token, after which earlier ones of the account are not taken any more."""
    await withdraw(account, at)
    return await PasswordToken.create(
        id=new_id(), account_id=account, issued_at=at, issued_by_id=by, expires_at=at + LIFETIME
    )


async def withdraw(account: UUID, at: datetime) -> None:
    """Takes no token of an account any more."""
    await PasswordToken.filter(account_id=account, expires_at__gt=at).update(expires_at=at)


async def take(token: str, secret: bytes, at: datetime) -> Account | None:
    """The account, locked, of a token that is used now and never again; None where it is not ours, was used, or is too late."""
    key = _key_of(token, secret)
    account = await Account.select_for_update().get_or_none(password_tokens__id=key, enabled=True) if key else None
    # Locked: of two that bring it at once only one is the first.
    living = PasswordToken.filter(id=key, used_at__isnull=True, expires_at__gt=at)
    return account if account and await living.update(used_at=at) else None


def written(token: PasswordToken, secret: bytes) -> str:
    """The token itself, as it goes into a link."""
    return f"{token.id.hex}.{_sealed(token.id, secret)}"


async def letters(secret: bytes, page: str, since: datetime) -> list[Letter]:
    """The letters with tokens issued since a moment that can still be used, each token behind the address of a page."""
    issued = PasswordToken.filter(issued_at__gte=since, expires_at__gt=now(), used_at__isnull=True)
    return [
        Letter(
            id=f"pwt_{token.id}",
            at=token.issued_at,
            channel="EMAIL",
            language="EN",
            name=token.account.name,
            email=token.account.email,
            subject="Your password",
            text=f"Dear {token.account.name},\n\nplease set your password, until {token.expires_at:%d %B %Y %H:%M} (UTC):\n\n"
            f"{page}{written(token, secret)}",
        )
        for token in await issued.order_by("issued_at", "id").select_related("account")
    ]


def _sealed(key: UUID, secret: bytes) -> str:
    seal = hmac.digest(secret, b"password token\0" + key.bytes, sha256)
    return urlsafe_b64encode(seal).rstrip(b"=").decode()


def _key_of(token: str, secret: bytes) -> UUID | None:
    name, _, seal = token.partition(".")
    try:
        key = UUID(hex=name)
    except ValueError:
        return None
    return key if hmac.compare_digest(_sealed(key, secret).encode(), seal.encode("utf-8", "surrogatepass")) else None
