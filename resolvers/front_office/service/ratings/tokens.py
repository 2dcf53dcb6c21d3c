"""The tokens of rating links, which we sign ourselves: whoever holds one is believed to be the customer, once."""

import hmac
from base64 import urlsafe_b64encode
from datetime import datetime
from hashlib import sha256
from uuid import UUID

import jwt

from resolvers.both_offices.accounts.settings import SecuritySettings

AUDIENCE = "interoffice-rating"
"""Keeps a rating's token from being taken for another kind of token, and the other way round (RFC 7519, 4.1.3)."""
LONGEST_TOKEN = 2048


class RatingTokens:
    """Signs and reads the tokens of rating links."""

    def __init__(self, settings: SecuritySettings) -> None:
        self._settings = settings

    def jti_of(self, link: UUID) -> str:
        """What names a link in its token: nobody guesses it without our secret, and nothing of it needs to be kept."""
        name = f"{AUDIENCE}:{link}".encode()
        return urlsafe_b64encode(hmac.digest(self._settings.secret, name, sha256)).rstrip(b"=").decode()

    def sign(self, complaint: UUID, jti: str, issued_at: datetime, expires_at: datetime) -> str:
        """A token for one link."""
        claims = {
            "iss": self._settings.issuer,
            "aud": AUDIENCE,
            "complaint": str(complaint),
            "jti": jti,
            "iat": issued_at,
            "exp": expires_at,
        }
        return jwt.encode(claims, self._settings.secret, algorithm="HS256")

    def read(self, token: str) -> str | None:
        """The `jti` of a token that we signed and that has not expired; None for any other."""
        if len(token) > LONGEST_TOKEN:
            return None
        try:
            claims = jwt.decode(
                token,
                self._settings.secret,
                algorithms=["HS256"],
                audience=AUDIENCE,
                issuer=self._settings.issuer,
                options={"require": ["exp", "iss", "aud", "jti", "complaint"], "verify_iat": False},
            )
        except (jwt.InvalidTokenError, ValueError, TypeError, OverflowError):
            return None
        jti = claims["jti"]
        return jti if isinstance(jti, str) else None
