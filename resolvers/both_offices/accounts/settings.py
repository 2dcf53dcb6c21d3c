"""How sign-in is secured: the secret that signs tokens, how long they live, and the identity provider if there is one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from models.permissions import Role

SHORTEST_SECRET = 32
"""Bytes: as many as the hash that signs with it (RFC 7518, 3.2)."""

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class SecuritySettingsError(ValueError):
    """The settings would not be safe; the message says what to change and never holds a secret."""


@dataclass(frozen=True, slots=True)
class OidcSettings:
    """Whose tokens are taken instead of our own, and where in them the roles stand.

    `roles_claim` is the claim's name, or a path such as `realm_access.roles`; its words are roles by their own names or by
    `role_names`, and other words mean nothing here. Without a `departments_claim` an account keeps its own departments.
    """

    jwks_url: str
    issuer: str
    audience: str
    roles_claim: str = "roles"
    departments_claim: str | None = None
    role_names: Mapping[str, Role] = field(default_factory=dict[str, Role])
    leeway_seconds: float = 30
    timeout_seconds: float = 5
    refetch_seconds: float = 10
    """A token that names an unknown key makes us ask the provider again, but no more often than this."""

    def __post_init__(self) -> None:
        parts = urlsplit(self.jwks_url)
        if not (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)):
            raise SecuritySettingsError("The address of the identity provider's keys (JWKS) must begin with https://.")
        if not self.issuer or not self.audience or not self.roles_claim:
            raise SecuritySettingsError("OIDC needs an issuer, an audience and the name of the claim with the roles.")


@dataclass(frozen=True, slots=True)
class SecuritySettings:
    """What an `Authority` works with. With `oidc`, only the provider's tokens are taken and nobody signs in here."""

    secret: bytes = field(repr=False)
    access_token_minutes: float = 10
    refresh_token_days: float = 14
    issuer: str = "interoffice"
    remember_seconds: float = 30
    """How long a verified token is believed without looking at its account again."""
    oidc: OidcSettings | None = None

    def __post_init__(self) -> None:
        if len(self.secret) < SHORTEST_SECRET:
            raise SecuritySettingsError(f"The secret that signs tokens needs at least {SHORTEST_SECRET} bytes.")
        if self.access_token_minutes <= 0 or self.refresh_token_days <= 0:
            raise SecuritySettingsError("Tokens must live longer than no time at all.")
