"""The tokens that clients hold: signed access tokens, which live for minutes, and random refresh tokens, used once."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from secrets import token_urlsafe
from uuid import UUID

import jwt

from resolvers.both_offices.accounts.settings import SecuritySettings
from resolvers.kit.viewer import Viewer

LONGEST_TOKEN = 8192
"""Characters; a longer one is not looked at."""


class InvalidToken(Exception):
    """A bearer token was not believed. `reason` is a sentence for the client."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


EXPIRED = "The access token has expired."
NOT_OURS = "The access token is not valid."
SESSION_ENDED = "The session has ended."
ACCOUNT_DISABLED = "The account is disabled."


@dataclass(frozen=True, slots=True)
class Session:
    """What somebody holds after signing in."""

    access_token: str = field(repr=False)
    expires_at: datetime
    refresh_token: str = field(repr=False)
    viewer: Viewer


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """What an access token says: whose it is, of which session, and until when."""

    account: UUID
    family: UUID
    expires_at: datetime


def new_refresh_token() -> str:
    """A refresh token that nobody can guess."""
    return token_urlsafe(32)


def hash_of(refresh_token: str) -> str:
    """What is stored of a refresh token. It is random, so a plain fast hash keeps it."""
    return sha256(refresh_token.encode("utf-8", "surrogatepass")).hexdigest()


class AccessTokens:
    """Signs and reads access tokens."""

    def __init__(self, settings: SecuritySettings) -> None:
        self._settings = settings

    def issue(self, account: UUID, family: UUID) -> tuple[str, AccessClaims]:
        """A token for a session, and what it says."""
        issued_at = datetime.now(UTC)
        # The token holds whole seconds, and the client is told the same.
        expires_at = (issued_at + timedelta(minutes=self._settings.access_token_minutes)).replace(microsecond=0)
        claims = {
            "iss": self._settings.issuer,
            "sub": str(account),
            "sid": str(family),
            "iat": issued_at,
            "exp": expires_at,
        }
        token = jwt.encode(claims, self._settings.secret, algorithm="HS256")
        return token, AccessClaims(account, family, expires_at)

    def read(self, token: str) -> AccessClaims:
        """What a token says, if we signed it and it has not expired."""
        try:
            claims = jwt.decode(
                token,
                self._settings.secret,
                algorithms=["HS256"],
                issuer=self._settings.issuer,
                # Whose clock runs a second behind must not refuse what another server has just issued.
                options={"require": ["exp", "iss", "sub", "sid"], "verify_iat": False},
            )
            expires_at = datetime.fromtimestamp(claims["exp"], UTC)
            return AccessClaims(UUID(claims["sub"]), UUID(claims["sid"]), expires_at)
        except jwt.ExpiredSignatureError:
            raise InvalidToken(EXPIRED) from None
        except (jwt.InvalidTokenError, ValueError, AttributeError, TypeError, OverflowError, OSError):
            raise InvalidToken(NOT_OURS) from None
