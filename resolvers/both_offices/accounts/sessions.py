"""Sessions and their tokens: signed access tokens, which live for minutes, and random refresh tokens, each used once.

Refresh tokens that follow one another are a family. The surprising rule: a token that comes back after it was used has been
copied, by whom cannot be known, so its session ends.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from secrets import token_urlsafe
from uuid import UUID

import jwt
from tortoise.queryset import QuerySet

from models.both_offices.accounts import Account, AccountEvent, RefreshToken
from models.kit.base import new_id, now
from models.kit.events import about
from models.permissions import Department, Role
from resolvers.both_offices.accounts.settings import SecuritySettings
from resolvers.events import record
from resolvers.kit.commands import Viewer

EXPIRED = "The access token has expired."
NOT_OURS = "The access token is not valid."
SESSION_ENDED = "The session has ended."
ACCOUNT_DISABLED = "The account is disabled."


class InvalidToken(Exception):
    """A bearer token was not believed, for a reason that is a sentence for the client."""


@dataclass(frozen=True, slots=True)
class Session:
    """What somebody holds after signing in."""

    access_token: str = field(repr=False)
    expires_at: datetime
    refresh_token: str = field(repr=False)
    viewer: Viewer
    device_token: str | None = field(default=None, repr=False)


# --- Whom a token stands for ------------------------------------------------------------------------------------------


def viewer_for(account: Account, session: UUID | None, expires_at: datetime) -> Viewer:
    """An account as the one who asks."""
    return Viewer(
        account=account.id,
        name=account.name,
        roles=known_roles(account.roles),
        departments=known_departments(account.departments),
        session=session,
        expires_at=expires_at,
    )


def known_roles(words: Iterable[str]) -> frozenset[Role]:
    """The roles among some words; a role that a later version no longer knows gives no rights."""
    return frozenset(Role[word] for word in words if word in Role.__members__)


def known_departments(words: Iterable[str]) -> frozenset[Department]:
    """The departments among some words."""
    return frozenset(Department[word] for word in words if word in Department.__members__)


async def viewer_of_access_token(token: str, settings: SecuritySettings) -> Viewer:
    """Who holds a token that we signed and that has not expired, if its session and its account live. Else InvalidToken."""
    try:
        claims = jwt.decode(
            token,
            settings.secret,
            algorithms=["HS256"],
            issuer=settings.issuer,
            # Whose clock runs a second behind must not refuse what another server has just issued.
            options={"require": ["exp", "iss", "sub", "sid"], "verify_iat": False},
        )
        expires_at = datetime.fromtimestamp(claims["exp"], UTC)
        account_id, family = UUID(claims["sub"]), UUID(claims["sid"])
    except jwt.ExpiredSignatureError:
        raise InvalidToken(EXPIRED) from None
    except (jwt.InvalidTokenError, ValueError, AttributeError, TypeError, OverflowError, OSError):
        raise InvalidToken(NOT_OURS) from None
    living = RefreshToken.filter(account_id=account_id, family=family, ended_at__isnull=True)
    found = await living.first().select_related("account")
    if found is None:
        raise InvalidToken(SESSION_ENDED)
    if not found.account.enabled:
        raise InvalidToken(ACCOUNT_DISABLED)
    return viewer_for(found.account, family, expires_at)


# --- From one token to the next: all of this runs in a transaction ----------------------------------------------------


async def open_session(account: Account, settings: SecuritySettings) -> Session:
    """Begins a session of an account."""
    return await _issue(account, new_id(), settings)


async def continue_session(
    refresh_token: str, sent_at: datetime, settings: SecuritySettings
) -> tuple[Session | None, UUID | None]:
    """Takes a refresh token and goes on with its session, or else may name the family that has ended for it."""
    token = await RefreshToken.get_or_none(token_hash=_hash_of(refresh_token))
    if token is None:
        return None, None
    # The account's row is locked first, here and wherever its sessions end, so that all of that happens one after another.
    account = await Account.select_for_update().get(id=token.account_id)
    # To the microsecond: what comes back at once has come back all the same.
    moment = datetime.now(UTC)
    living = RefreshToken.filter(id=token.id, ended_at__isnull=True, expires_at__gt=moment)
    if account.enabled and await living.filter(used_at__isnull=True).update(used_at=moment) == 1:
        return await _issue(account, token.family, settings), None
    # Of two that were under way at once, the slower one is a client in a hurry and no thief.
    if await living.filter(used_at__lt=sent_at).exists():
        await end_session(account.id, token.family, actor=None)
        return None, token.family
    return None, None


async def end_session(account: UUID, family: UUID, *, actor: UUID | None) -> None:
    """Ends one session: none of its tokens is taken any more. `actor` is who wanted it; null when it ends for safety."""
    await _end(account, RefreshToken.filter(account_id=account, family=family), actor)


async def end_all_sessions(account: UUID, *, actor: UUID | None, but: UUID | None = None) -> None:
    """Ends whatever sessions an account has, but for one of them."""
    tokens = RefreshToken.filter(account_id=account)
    await _end(account, tokens if but is None else tokens.exclude(family=but), actor)


async def _end(account: UUID, tokens: QuerySet[RefreshToken], actor: UUID | None) -> None:
    moment = now()
    if await tokens.filter(ended_at__isnull=True).update(ended_at=moment):
        await record(AccountEvent.SESSION_ENDED, about(Account, account), actor=actor, at=moment, account=account)


async def _issue(account: Account, family: UUID, settings: SecuritySettings) -> Session:
    moment = now()
    # Nobody can guess it.
    refresh_token = token_urlsafe(32)
    await RefreshToken.filter(account_id=account.id, expires_at__lt=moment).delete()
    await RefreshToken.create(
        account_id=account.id,
        family=family,
        token_hash=_hash_of(refresh_token),
        issued_at=moment,
        expires_at=moment + timedelta(days=settings.refresh_token_days),
    )
    issued_at = datetime.now(UTC)
    # The token holds whole seconds, and the client is told the same.
    expires_at = (issued_at + timedelta(minutes=settings.access_token_minutes)).replace(microsecond=0)
    claims = {
        "iss": settings.issuer,
        "sub": str(account.id),
        "sid": str(family),
        "iat": issued_at,
        "exp": expires_at,
    }
    access_token = jwt.encode(claims, settings.secret, algorithm="HS256")
    return Session(access_token, expires_at, refresh_token, viewer_for(account, family, expires_at))


def _hash_of(refresh_token: str) -> str:
    """What is stored of a refresh token. It is random, so a plain fast hash keeps it."""
    return sha256(refresh_token.encode("utf-8", "surrogatepass")).hexdigest()
