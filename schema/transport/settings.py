"""Settings: what the operator decides, from INTEROFFICE_* variables, checked before anything is opened.

Without INTEROFFICE_DATABASE_URL the database is a file of our own, and so is the secret that signs tokens.
"""

import difflib
import os
import re
from contextlib import suppress
from pathlib import Path
from secrets import token_urlsafe
from typing import Annotated, Any, Literal
from urllib.parse import quote

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from models.kit.database import tortoise_config
from models.permissions import Role
from resolvers.both_offices.accounts.settings import SHORTEST_SECRET, OidcSettings, SecuritySettings
from resolvers.kit.sealing import Seal
from schema.transport.guard import CONNECTIONS_PER_ADDRESS
from schema.transport.leaving import Leaving
from schema.transport.monitoring import Metrics
from schema.transport.websocket import SocketLimits

PREFIX = "INTEROFFICE_"


class SettingsError(Exception):
    """Settings that cannot be worked with: a line for each of them, without its value if that is secret."""


class Settings(BaseSettings):
    """What the environment says, each name with INTEROFFICE_ before it. Lists are separated by commas."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, hide_input_in_errors=True, frozen=True)

    database_url: str | None = None
    home: Path = Path(__file__).parents[2] / ".interoffice"
    secret: SecretStr | None = None
    former_secret: SecretStr | None = None
    host: str = "127.0.0.1"
    port: int = Field(8000, ge=0, le=65535)
    allowed_origins: Annotated[list[str], NoDecode] = []
    trusted_proxies: Annotated[list[str], NoDecode] = []
    graphiql: bool = True
    anonymous_introspection: bool = True
    leaving_seconds: float | None = Field(None, ge=0, le=300)
    metrics_token: SecretStr | None = Field(None, min_length=16)
    connections_per_address: int = Field(CONNECTIONS_PER_ADDRESS, ge=1)
    sockets_per_address: int = Field(SocketLimits().per_address, ge=1)
    sockets_per_account: int = Field(SocketLimits().per_account, ge=1)
    subscriptions_per_account: int = Field(SocketLimits().subscriptions_per_account, ge=1)
    rating_page: str | None = None
    password_page: str | None = None
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    oidc_jwks_url: str | None = None
    oidc_issuer: str | None = None
    oidc_audience: str | None = None
    oidc_roles_claim: str = "roles"
    oidc_departments_claim: str | None = None
    oidc_role_names: Annotated[dict[str, Role], NoDecode] = {}

    @field_validator("allowed_origins", "trusted_proxies", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @field_validator("oidc_role_names", mode="before")
    @classmethod
    def _pairs(cls, value: Any) -> Any:
        return dict(part.strip().split("=", 1) for part in value.split(",")) if isinstance(value, str) else value

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str | None) -> str | None:
        if value is not None:
            tortoise_config(value)
        return value

    @field_validator("secret", "former_secret")
    @classmethod
    def _long_enough(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            SecuritySettings(value.get_secret_value().encode())
        return value

    @field_validator("allowed_origins")
    @classmethod
    def _origins(cls, value: list[str]) -> list[str]:
        for origin in value:
            if origin != "*" and not re.fullmatch(r"https?://[^/\s]+", origin):
                raise ValueError(f"{origin} is no origin such as https://app.example.com.")
        return value

    @field_validator("rating_page", "password_page")
    @classmethod
    def _page(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"https://[^\s<>\"']+", value):
            raise ValueError("A page is an address that begins with https://.")
        return value

    @model_validator(mode="after")
    def _whole_oidc(self) -> "Settings":
        self.oidc()
        return self

    def oidc(self) -> OidcSettings | None:
        """The identity provider, if there is one."""
        keys, issuer, audience = self.oidc_jwks_url, self.oidc_issuer, self.oidc_audience
        if keys and issuer and audience:
            return OidcSettings(
                keys, issuer, audience, self.oidc_roles_claim, self.oidc_departments_claim, self.oidc_role_names
            )
        needed = {"JWKS_URL": keys, "ISSUER": issuer, "AUDIENCE": audience}
        missing = [f"{PREFIX}OIDC_{name}" for name, value in needed.items() if not value]
        if len(missing) < len(needed):
            raise ValueError(f"OIDC also needs {' and '.join(missing)}.")
        return None

    @property
    def embedded(self) -> bool:
        """Whether this is the demo company on this machine, with a database and a secret that it makes itself."""
        return self.database_url is None

    @property
    def graphiql_folder(self) -> Path:
        """Where `app.py graphiql` keeps GraphiQL's files."""
        return self.home / "graphiql"

    def leaving(self) -> Leaving:
        """How long the process serves on when it has been told to end: nobody asks a demo company whether it is ready."""
        by_default = 1.0 if self.embedded else 3.0
        return Leaving(by_default if self.leaving_seconds is None else self.leaving_seconds)

    def socket_limits(self) -> SocketLimits:
        """How many sockets and subscriptions there may be."""
        return SocketLimits(self.sockets_per_address, self.sockets_per_account, self.subscriptions_per_account)

    def metrics(self) -> Metrics:
        """The figures of the process: for who shows the token, or in a demo company that only this machine reaches."""
        token = self.metrics_token.get_secret_value() if self.metrics_token else None
        return Metrics(token, is_open=self.embedded and self.host in {"127.0.0.1", "::1", "localhost"})

    def url(self) -> str:
        """The database's URL."""
        if self.database_url is not None:
            return self.database_url
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        return f"sqlite:///{quote(str(self.home.absolute() / 'interoffice.db'))}"

    def security(self) -> SecuritySettings:
        """How sign-in is secured."""
        if self.secret is not None:
            return SecuritySettings(self.secret.get_secret_value().encode(), oidc=self.oidc())
        if not self.embedded:
            raise SettingsError(f"{PREFIX}SECRET: needed beside {PREFIX}DATABASE_URL, at least 32 random characters.")
        return SecuritySettings(_generated_secret(self.home / "secret"), oidc=self.oidc())

    def seal(self) -> Seal:
        """What cursors are sealed with; those from before the secret was changed are still opened."""
        former = [self.former_secret.get_secret_value().encode()] if self.former_secret else []
        return Seal(self.security().secret, *former)


def _generated_secret(path: Path) -> bytes:
    """The secret in a file, made if there is none yet: it is there whole or not at all, also after a power cut."""
    if not path.exists():
        whole = path.with_name(f"{path.name}-{os.getpid()}")
        with open(os.open(whole, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w") as file:
            file.write(token_urlsafe(48))
            file.flush()
            os.fsync(file.fileno())
        # Of two first starts at once one makes the secret of both.
        with suppress(FileExistsError):
            os.link(whole, path)
        whole.unlink()
        folder = os.open(path.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)
    secret = path.read_bytes()
    if len(secret) < SHORTEST_SECRET:
        raise SettingsError(f"{path} holds no whole secret. Remove it; everybody signs in anew then.")
    return secret


def read_settings(**given: Any) -> Settings:
    """The settings, or SettingsError with a line for each wrong one. What is `given` goes before the environment."""
    known = [f"{PREFIX}{name.upper()}" for name in Settings.model_fields]
    wrong: list[str] = []
    for name in sorted(os.environ):
        if name.upper().startswith(PREFIX) and name.upper() not in known:
            meant = difflib.get_close_matches(name.upper(), known, 1)
            wrong.append(f"{name}: there is no such setting{f'; do you mean {meant[0]}?' if meant else '.'}")
    try:
        settings = Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        for detail in error.errors(include_input=False, include_url=False):
            name = f"{PREFIX}{str(detail['loc'][0]).upper()}: " if detail["loc"] else ""
            wrong.append(name + detail["msg"].removeprefix("Value error, "))
        raise SettingsError("\n".join(wrong)) from None
    if wrong:
        raise SettingsError("\n".join(wrong))
    return settings
