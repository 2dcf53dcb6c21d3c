"""Managing accounts: who works here, what they may do, whether they can sign in. Each step is told in the account's history, and
whoever loses rights loses their sessions and subscriptions in every process at once, and what they had claimed and may not
work on any more returns to the queue.

The surprising rules: nobody changes their own rights, and the last administrator stays. On the command line nobody is the actor.
"""

import re
from collections.abc import Iterable
from datetime import datetime
from unicodedata import normalize
from uuid import UUID

from models.both_offices.accounts import Account, AccountEvent, PasswordToken, RefreshToken, holds_role
from models.kit.base import new_id, now
from models.kit.sql import read_rows
from models.permissions import Department, Role
from resolvers.both_offices.accounts import password_tokens
from resolvers.both_offices.accounts.passwords import LONGEST_PASSWORD, hash_password
from resolvers.both_offices.accounts.sessions import end_all_sessions, end_session
from resolvers.both_offices.leases import is_shut_out, return_claims_of
from resolvers.events import record
from resolvers.kit.commands import Command, InputErrors, Key, Keys, Update, Viewer, command, member
from resolvers.kit.loading import find, load
from resolvers.kit.locks import ADMINISTRATORS_LOCK, alone
from resolvers.kit.problems import refuse
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
    if len(text) > 2 * LONGEST_EMAIL:
        return None
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


def check_password(password: str, errors: InputErrors) -> None:
    """Notes a password that is too short, too long, or could not be typed again."""
    if not (SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD and _is_text(password)):
        message = f"A password has between {SHORTEST_PASSWORD} and {LONGEST_PASSWORD} characters."
        errors.add("password", message, "INVALID_PASSWORD")


def _is_text(password: str) -> bool:
    try:
        password.encode()
    except UnicodeEncodeError:
        return False
    return True


def _rights(errors: InputErrors, member: str, known: type[Role | Department], words: Iterable[str]) -> list[str]:
    """Roles or departments as they are stored; notes those that there are not."""
    found = sorted(set(map(str, words)))
    for word in found:
        if word not in known.__members__:
            errors.add(member, f"There is no {member[:-1]} {word}.", f"UNKNOWN_{member[:-1].upper()}")
    return found


def _name(errors: InputErrors, given: str) -> str:
    name = clean_name(given)
    if name is None:
        errors.add("name", f"A name has between 1 and {LONGEST_NAME} characters that can be shown.", "INVALID_NAME")
    return name or ""


# --- What is done, by whoever ------------------------------------------------------------------------------------------


async def _add(
    errors: InputErrors,
    email: str,
    name: str,
    roles: Iterable[str],
    departments: Iterable[str],
    password_hash: str | None,
    actor: UUID | None,
) -> Account:
    address, called = clean_email(email), _name(errors, name)
    if address is None:
        errors.add("email", "This is no e-mail address.", "INVALID_EMAIL")
    account = Account(
        id=new_id(),
        email=address or "",
        name=called,
        password_hash=password_hash,
        roles=_rights(errors, "roles", Role, roles),
        departments=_rights(errors, "departments", Department, departments),
        created_at=now(),
    )
    errors.raise_if_any()
    await Account.bulk_create([account], ignore_conflicts=True)
    added = await Account.get_or_none(id=account.id)
    if added is None:
        errors.add("email", "Another account has this e-mail address.", "EMAIL_TAKEN")
        raise errors.refusal()
    await record(AccountEvent.ADDED, added, actor=actor, at=added.created_at, account=added.id)
    return added


async def _change(
    account: Account,
    errors: InputErrors,
    actor: UUID | None,
    *,
    name: str | None = None,
    roles: Iterable[str] | None = None,
    departments: Iterable[str] | None = None,
    enabled: bool | None = None,
) -> None:
    """Changes what is given and leaves the rest. `ADMINISTRATORS_LOCK` is held, and the account locked."""
    at, before = now(), (account.roles, account.departments)
    kinds: list[AccountEvent] = []
    if name is not None and (called := _name(errors, name)) != account.name:
        account.name = called
        kinds.append(AccountEvent.RENAMED)
    was_one = _is_administrator(account)
    account.roles = account.roles if roles is None else _rights(errors, "roles", Role, roles)
    if departments is not None:
        account.departments = _rights(errors, "departments", Department, departments)
    if (account.roles, account.departments) != before:
        kinds.append(AccountEvent.CHANGED)
    if enabled is not None and enabled != account.enabled:
        account.enabled = enabled
        kinds.append(AccountEvent.ENABLED if enabled else AccountEvent.DISABLED)
    if was_one and not _is_administrator(account) and await _is_last_administrator(account):
        message = f"{account.name} is the last administrator: make somebody else one first."
        errors.add("account" if roles is None else "roles", message, "LAST_ADMINISTRATOR")
    errors.raise_if_any()
    if not kinds:
        return
    await account.save_next_version()
    for kind in kinds:
        await record(kind, account, actor=actor, at=at, account=account.id)
    if {AccountEvent.CHANGED, AccountEvent.DISABLED} & {*kinds}:
        await end_all_sessions(account.id, actor=actor)
        await return_claims_of(account.id, at, is_shut_out)
    if not account.enabled:
        await password_tokens.withdraw(account.id, at)


def _is_administrator(account: Account) -> bool:
    return account.enabled and Role.ADMINISTRATOR.value in account.roles


async def _is_last_administrator(account: Account) -> bool:
    is_one = holds_role("other", "'ADMINISTRATOR'")
    others = f"other.enabled AND other.id <> '{account.id}' AND {is_one}"
    return not await read_rows(f"SELECT other.id FROM accounts other WHERE {others} LIMIT 1")


async def _reset(account: Account, actor: UUID | None) -> PasswordToken:
    """Takes an account's password away, ends its sessions, and issues the token that sets the next one."""
    at = now()
    account.password_hash = None
    await account.save_next_version()
    await record(AccountEvent.PASSWORD_RESET, account, actor=actor, at=at, account=account.id)
    await end_all_sessions(account.id, actor=actor)
    return await password_tokens.issue(account.id, at, actor)


async def set_password(account: Account, password_hash: str, at: datetime, *, but: UUID | None = None) -> None:
    """Gives an account the password that its holder chose; all its sessions end, but for one."""
    account.password_hash = password_hash
    await account.save_next_version()
    await record(AccountEvent.PASSWORD_SET, account, actor=account.id, at=at, account=account.id)
    await password_tokens.withdraw(account.id, at)
    await end_all_sessions(account.id, actor=account.id, but=but)


# --- By administrators -------------------------------------------------------------------------------------------------


@command
class InviteAccount(Command):
    """Who is to work here."""

    email: str = member("The e-mail address to sign in with, which no other account has.")
    name: str = member("The name that colleagues see.")
    roles: tuple[Role, ...] = member("What the account may do.")
    departments: tuple[Department, ...] = member("Whose work it does.")


@command
class ChangeAccount(Update):
    """What an account is called and may do from now on."""

    account: Key[Account] = member("The account.")
    name: str | None = member("Its name; left out, as it is.", default=None)
    roles: tuple[Role, ...] | None = member("What it may do; left out, as it is. Never of one's own.", default=None)
    departments: tuple[Department, ...] | None = member(
        "Whose work it does; left out, as it is. Never of one's own.", default=None
    )


@command
class AccountCommand(Update):
    """Which account is meant."""

    account: Key[Account] = member("The account, which is not one's own.")


@command
class EndSessions(Command):
    """Whose sessions end."""

    account: Key[Account] = member("The account.")
    session: Key[RefreshToken] | None = member("Only this one of its sessions; left out, all.", default=None)


async def invite_account(viewer: Viewer, given: InviteAccount) -> Keys:
    """Adds somebody who works here, and writes to them how they set their first password, once and within three days. Nobody
    here sees the token: it goes out with the letter.
    """
    account = await _add(InputErrors(), given.email, given.name, given.roles, given.departments, None, viewer.account)
    await password_tokens.issue(account.id, account.created_at, viewer.account)
    return {"account": account.id}


async def change_account(viewer: Viewer, given: ChangeAccount) -> Keys:
    """Changes an account's name, roles or departments. With other roles or departments its sessions and subscriptions end, and
    what it had claimed and may not work on any more returns to the queue.
    """
    errors = InputErrors()
    await alone(ADMINISTRATORS_LOCK)
    account = await load(viewer, Account, given.account, errors, given.expected_version)
    for name, rights in (("roles", given.roles), ("departments", given.departments)):
        if rights is not None and account.id == viewer.account:
            errors.add(name, f"Somebody else changes your {name}.", "OWN_ACCOUNT")
    if account.subject is not None:
        for name, value in (("name", given.name), ("roles", given.roles)):
            if value is not None:
                errors.add(name, f"The identity provider says the {name} of {account.name}.", "SIGNED_IN_ELSEWHERE")
    await _change(account, errors, viewer.account, name=given.name, roles=given.roles, departments=given.departments)
    return {"account": account.id}


async def disable_account(viewer: Viewer, given: AccountCommand) -> Keys:
    """Lets an account sign in no more; its sessions and subscriptions end at once, and what it had claimed returns to the queue.
    What it did stays.
    """
    return await _enable(viewer, given, enabled=False)


async def enable_account(viewer: Viewer, given: AccountCommand) -> Keys:
    """Lets a disabled account sign in again, with the password that it had."""
    return await _enable(viewer, given, enabled=True)


async def _enable(viewer: Viewer, given: AccountCommand, *, enabled: bool) -> Keys:
    errors = InputErrors()
    await alone(ADMINISTRATORS_LOCK)
    account = await _others(viewer, given, errors)
    if account.enabled == enabled:
        errors.add("account", f"{account.name} is {'enabled' if enabled else 'disabled'} already.", "NOTHING_TO_DO")
    await _change(account, errors, viewer.account, enabled=enabled)
    return {"account": account.id}


async def reset_password(viewer: Viewer, given: AccountCommand) -> Keys:
    """Takes an account's password away and ends its sessions; a letter says how its holder sets the next one, once and within
    three days. Nobody here sees the token.
    """
    errors = InputErrors()
    account = await _others(viewer, given, errors)
    if account.subject is not None:
        errors.add("account", f"{account.name} signs in at the identity provider.", "SIGNED_IN_ELSEWHERE")
    _check_enabled(account, errors)
    errors.raise_if_any()
    await _reset(account, viewer.account)
    return {"account": account.id}


def _check_enabled(account: Account, errors: InputErrors) -> None:
    """Notes that an account is disabled: the token that sets its next password would not be taken."""
    if not account.enabled:
        errors.add("account", f"{account.name} is disabled: enable the account first.", "DISABLED")


async def end_sessions(viewer: Viewer, given: EndSessions) -> Keys:
    """Ends an account's sessions, or one of them: its tokens and subscriptions end at once. Its holder may sign in again."""
    errors = InputErrors()
    account = await load(viewer, Account, given.account, errors)
    session = await find(viewer, RefreshToken, given.session, errors)
    if session is not None and session.account_id != account.id:
        errors.not_found("session", "session")
    errors.raise_if_any()
    if session is not None:
        await end_session(account.id, session.family, actor=viewer.account)
    else:
        await end_all_sessions(account.id, actor=viewer.account)
    return {"account": account.id}


async def _others(viewer: Viewer, given: AccountCommand, errors: InputErrors) -> Account:
    account = await load(viewer, Account, given.account, errors, given.expected_version)
    if account.id == viewer.account:
        errors.add("account", "It is your own account: somebody else does that.", "OWN_ACCOUNT")
    return account


# --- On the command line -----------------------------------------------------------------------------------------------


async def add_account(
    email: str, name: str, roles: Iterable[str], departments: Iterable[str], password: str | None
) -> Account:
    """Adds somebody who works here. Without a password they can only sign in at an identity provider."""
    errors = InputErrors()
    if password is not None:
        check_password(password, errors)
    password_hash = None if password is None or errors.count else await hash_password(password)
    return await transact(lambda: _add(errors, email, name, roles, departments, password_hash, None))


async def invite(
    email: str, name: str, roles: Iterable[str], departments: Iterable[str]
) -> tuple[Account, PasswordToken]:
    """Adds somebody, with the token that sets their first password."""

    async def write() -> tuple[Account, PasswordToken]:
        account = await _add(InputErrors(), email, name, roles, departments, None, None)
        return account, await password_tokens.issue(account.id, account.created_at, None)

    return await transact(write)


async def administer(
    email: str,
    *,
    name: str | None = None,
    roles: Iterable[str] | None = None,
    departments: Iterable[str] | None = None,
    enabled: bool | None = None,
    ends_sessions: bool = False,
) -> Account:
    """Changes what is given of the account with an e-mail address and leaves the rest."""

    async def write() -> Account:
        await alone(ADMINISTRATORS_LOCK)
        account = await _of_email(email)
        await _change(account, InputErrors(), None, name=name, roles=roles, departments=departments, enabled=enabled)
        if ends_sessions:
            await end_all_sessions(account.id, actor=None)
        return account

    return await transact(write)


async def reset(email: str) -> PasswordToken:
    """Takes the password of the account with an e-mail address away; the token sets the next one."""

    async def write() -> PasswordToken:
        account, errors = await _of_email(email), InputErrors()
        _check_enabled(account, errors)
        errors.raise_if_any()
        return await _reset(account, None)

    return await transact(write)


async def listed_accounts() -> list[str]:
    """All accounts with their rights, a line each, and below each a line for each of its sessions."""
    living = RefreshToken.filter(used_at__isnull=True, ended_at__isnull=True, expires_at__gt=now())
    sessions = await living.order_by("issued_at")
    lines: list[str] = []
    for account in await Account.all().order_by("email"):
        state = "enabled" if account.enabled else "disabled"
        lines.append(" ".join([account.email, f"({account.name})", state, *account.roles, *account.departments]))
        lines += [
            f"  signed in, refreshed at {one.issued_at:%Y-%m-%d %H:%M} (UTC)"
            for one in sessions
            if one.account_id == account.id
        ]
    return lines


async def _of_email(email: str) -> Account:
    account = await Account.select_for_update().get_or_none(email=clean_email(email) or "")
    if account is None:
        raise refuse("NOT_FOUND", "No account has this e-mail address.", "input", "email")
    return account
