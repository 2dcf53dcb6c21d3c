"""Accounts: who works here, how they sign in, and whom a bearer token stands for."""

from resolvers.back_office.accounts.administration import add_account, change_account
from resolvers.back_office.accounts.authority import Authority
from resolvers.back_office.accounts.passwords import hash_password
from resolvers.back_office.accounts.settings import OidcSettings, SecuritySettings, SecuritySettingsError
from resolvers.back_office.accounts.tokens import InvalidToken, Session

__all__ = [
    "Authority",
    "InvalidToken",
    "OidcSettings",
    "SecuritySettings",
    "SecuritySettingsError",
    "Session",
    "add_account",
    "change_account",
    "hash_password",
]
