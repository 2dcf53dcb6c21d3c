"""Adding and changing accounts. Whoever loses rights loses them in every process as soon as the event arrives there."""

import re
from collections.abc import Iterable
from unicodedata import normalize
from uuid import UUID

from tortoise.exceptions import IntegrityError

from models.both_offices.accounts import Account, AccountEvent
from models.kit.base import now
from models.permissions import Department, Role
from resolvers.both_offices.accounts.passwords import LONGEST_PASSWORD, hash_password
from resolvers.both_offices.accounts.sessions import end_all_sessions
from resolvers.events import record
from resolvers.kit.problems import Problem, Refused, refuse
from resolvers.kit.transaction import transact

LONGEST_EMAIL = 254
LONGEST_NAME = 200
SHORTEST_PASSWORD = 8
"""Characters (NIST SP 800-63B); nothing is asked of them but their number."""

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_LETTERS_OF_THEIR_OWN = "æðøþđłœ"
"""Latin letters that are no other letter with a mark, and look like none."""


def clean_email(text: str) -> str | None:
    """An e-mail address as it is stored, whatever its case and width (NFKC). Null if it cannot be one.

    Letters are Latin ones, so that no two addresses look alike: whoever reads one writes the same.
    """
    email = normalize("NFC", normalize("NFKC", text.strip()).casefold())
    if len(email) > LONGEST_EMAIL or not email.isprintable() or not _EMAIL.fullmatch(email):
        return None
    return email if all(_is_latin(character) for character in email) else None


def _is_latin(character: str) -> bool:
    return normalize("NFD", character)[0].isascii() or character in _LETTERS_OF_THEIR_OWN


def clean_name(text: str) -> str | None:
    """A name as it is stored. Null if it is empty, too long or holds what cannot be shown."""
    name = normalize("NFC", text.strip())
    return name if name and len(name) <= LONGEST_NAME and name.isprintable() else None


async def add_account(
    email: str,
    name: str,
    roles: Iterable[str],
    departments: Iterable[str],
    password: str | None,
    *,
    actor: UUID | None = None,
) -> Account:
    """Adds somebody who works here. Without a password they can only sign in at an identity provider."""
    address, called = clean_email(email), clean_name(name)
    roles, departments = sorted(set(map(str, roles))), sorted(set(map(str, departments)))
    problems = [*_unknown_rights(roles, departments), *_bad_password(password)]
    if address is None:
        problems.append(Problem("INVALID_EMAIL", "This is no e-mail address.", ("email",)))
    if called is None:
        problems.append(
            Problem("INVALID_NAME", "A name has between 1 and 200 characters that can be shown.", ("name",))
        )
    if problems or address is None or called is None:
        raise Refused(problems)
    password_hash = await hash_password(password) if password is not None else None

    async def write() -> Account:
        moment = now()
        account = await Account.create(
            email=address,
            name=called,
            password_hash=password_hash,
            roles=roles,
            departments=departments,
            created_at=moment,
        )
        await record(AccountEvent.ADDED, actor=actor, at=moment, account=account.id)
        return account

    try:
        return await transact(write)
    except IntegrityError:
        raise refuse("EMAIL_TAKEN", "Another account has this e-mail address.", "email") from None


async def change_account(
    email: str,
    *,
    roles: Iterable[str] | None = None,
    departments: Iterable[str] | None = None,
    enabled: bool | None = None,
    password: str | None = None,
    actor: UUID | None = None,
) -> Account:
    """Changes what is given and leaves the rest. Disabling an account or giving it a new password ends its sessions."""
    new_roles = None if roles is None else sorted(set(map(str, roles)))
    new_departments = None if departments is None else sorted(set(map(str, departments)))
    problems = [*_unknown_rights(new_roles or [], new_departments or []), *_bad_password(password)]
    if problems:
        raise Refused(problems)
    password_hash = await hash_password(password) if password is not None else None

    async def write() -> Account:
        account = await Account.select_for_update().get_or_none(email=clean_email(email) or "")
        if account is None:
            raise refuse("NOT_FOUND", "No account has this e-mail address.", "email")
        account.roles = account.roles if new_roles is None else new_roles
        account.departments = account.departments if new_departments is None else new_departments
        account.enabled = account.enabled if enabled is None else enabled
        account.password_hash = password_hash or account.password_hash
        await account.save_next_version()
        moment = now()
        await record(AccountEvent.CHANGED, actor=actor, at=moment, account=account.id)
        if not account.enabled or password_hash is not None:
            await end_all_sessions(account.id, actor=actor)
        return account

    return await transact(write)


def _unknown_rights(roles: Iterable[str], departments: Iterable[str]) -> list[Problem]:
    return [
        Problem(f"UNKNOWN_{what.upper()}", f"There is no {what} {word}.", (f"{what}s",))
        for what, known, words in (("role", Role, roles), ("department", Department, departments))
        for word in words
        if word not in known.__members__
    ]


def _bad_password(password: str | None) -> list[Problem]:
    if password is None or (SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD and _is_text(password)):
        return []
    message = f"A password has between {SHORTEST_PASSWORD} and {LONGEST_PASSWORD} characters."
    return [Problem("INVALID_PASSWORD", message, ("password",))]


def _is_text(password: str) -> bool:
    try:
        password.encode()
    except UnicodeEncodeError:
        return False
    return True
