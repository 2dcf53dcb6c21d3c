"""Accounts: who works here, how they sign in, and whom a bearer token stands for."""

from resolvers.both_offices.accounts.administration import add_account, change_account
from resolvers.both_offices.accounts.authority import Authority
from resolvers.both_offices.accounts.passwords import hash_password
from resolvers.both_offices.accounts.settings import OidcSettings, SecuritySettings, SecuritySettingsError
from resolvers.both_offices.accounts.tokens import InvalidToken, Session

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
