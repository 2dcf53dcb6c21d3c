"""What an account is called and what it may do, from the words that people and identity providers write."""

import re
from collections.abc import Iterable
from datetime import datetime
from unicodedata import normalize
from uuid import UUID

from models.both_offices.accounts import Account
from models.permissions import Department, Role
from resolvers.kit.viewer import Viewer

LONGEST_EMAIL = 254
LONGEST_NAME = 200

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


def clean_email(text: str) -> str | None:
    """An e-mail address as it is stored: in lower case. Null if it cannot be one."""
    email = normalize("NFC", text.strip()).lower()
    return email if len(email) <= LONGEST_EMAIL and email.isprintable() and _EMAIL.fullmatch(email) else None


def clean_name(text: str) -> str | None:
    """A name as it is stored. Null if it is empty, too long or holds what cannot be shown."""
    name = normalize("NFC", text.strip())
    return name if name and len(name) <= LONGEST_NAME and name.isprintable() else None


def known_roles(words: Iterable[str]) -> frozenset[Role]:
    """The roles among some words; a role that a later version no longer knows gives no rights."""
    return frozenset(Role[word] for word in words if word in Role.__members__)


def known_departments(words: Iterable[str]) -> frozenset[Department]:
    """The departments among some words."""
    return frozenset(Department[word] for word in words if word in Department.__members__)


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
