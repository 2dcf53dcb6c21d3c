"""Accounts: the staff who sign in, their roles and departments, and the sessions they hold. Secrets are stored hashed."""

from typing import Any

from tortoise import fields

from models.kit.base import NOW, VIEWER, ReadScope, Record, all_rows, optional_reference, reference
from models.kit.constraints import Index
from models.kit.events import EventKind
from models.permissions import Permission


class AccountEvent(EventKind):
    """What happens to accounts."""

    ADDED = "ACCOUNT_ADDED", "An account was added."
    RENAMED = "ACCOUNT_RENAMED", "An account got another name."
    CHANGED = "ACCOUNT_CHANGED", "An account's roles or departments changed."
    DISABLED = "ACCOUNT_DISABLED", "An account was disabled."
    ENABLED = "ACCOUNT_ENABLED", "An account was enabled again."
    PASSWORD_RESET = "PASSWORD_RESET", "An account's password was taken away; a token to set the next one went out."
    PASSWORD_SET = "PASSWORD_SET", "An account got a new password."
    SESSION_ENDED = "SESSION_ENDED", "Somebody signed out, or a session was ended for safety."


class Account(Record):
    """Somebody who works here. `password_hash` is argon2id, or null for those who sign in elsewhere (OIDC).

    `subject` is who they are there, the provider and its name for them, because an e-mail address may change hands.
    """

    history_needs = Permission.READ_ACCOUNTS

    email = fields.CharField(max_length=254, unique=True)
    name = fields.CharField(max_length=200)
    password_hash = fields.CharField(max_length=200, null=True)
    subject = fields.CharField(max_length=500, null=True, unique=True)
    roles: Any = fields.JSONField(default=list)
    departments: Any = fields.JSONField(default=list)
    enabled = fields.BooleanField(default=True)
    created_at = fields.DatetimeField()
    version = fields.IntField(default=1)

    class Meta:
        table = "accounts"
        indexes = (("name", "id"),)
        by_code_point = ("email", "name")
        more_indexes = (Index("accounts_disabled", "id", where="NOT enabled"),)


class RefreshToken(Record):
    """One refresh token, stored as its SHA-256. Tokens that follow one another share a `family`, which is the session.

    As a record it is its session: clients see the first token of each family that lives.
    """

    label = "session"
    member = "session"

    account_id = reference("Account", related_name="refresh_tokens", index=True)
    account: fields.ForeignKeyRelation[Account]
    family = fields.UUIDField(db_index=True)
    token_hash = fields.CharField(max_length=64, unique=True)
    issued_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    used_at = fields.DatetimeField(null=True)
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        table = "refresh_tokens"


class PasswordToken(Record):
    """A token by which somebody sets their password once, without an old one. Its key and our secret make it."""

    account_id = reference("Account", related_name="password_tokens", index=True)
    account: fields.ForeignKeyRelation[Account]
    issued_at = fields.DatetimeField()
    issued_by_id = optional_reference("Account")
    expires_at = fields.DatetimeField()
    used_at = fields.DatetimeField(null=True)

    class Meta:
        table = "password_tokens"
        indexes = (("issued_at", "id"),)


class SignInAttempt(Record):
    """One try to sign in, kept for a while to slow down guessing. Subjects are hashed: what was typed may be a password."""

    subject_hash = fields.CharField(max_length=64)
    at = fields.DatetimeField()

    class Meta:
        table = "sign_in_attempts"
        indexes = (("subject_hash", "at"),)


def holds_role(account: str, role: str) -> str:
    """The condition that an account, known by an alias, holds a role, which is an SQL value. Roles are a JSON list of names."""
    return f"CAST({account}.roles AS TEXT) LIKE '%\"' || {role} || '\"%'"


def sessions(read_scope: ReadScope, token: str) -> str | None:
    """The first token of each family that goes on: everybody's own, and all for who manages accounts."""
    family = f"other.family = {token}.family"
    lives = f"{family} AND other.used_at IS NULL AND other.ended_at IS NULL AND other.expires_at > {NOW}"
    own = "" if Permission.WRITE_ACCOUNTS in read_scope.permissions else f"{token}.account_id = {VIEWER} AND "
    return (
        f"{own}EXISTS (SELECT 1 FROM refresh_tokens other WHERE {lives})"
        f" AND NOT EXISTS (SELECT 1 FROM refresh_tokens other WHERE {family} AND other.id < {token}.id)"
    )


Account.row_scope = all_rows
RefreshToken.row_scope = sessions
