"""What a use case is given: the viewer, who asks, and the command, what is asked for, with the checks of its members.

A command is declared once, beside its use case and without GraphQL; schema/kit/mutations.py makes the input from it, so that a
member's name, type and description stand in one place.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, Generic, TypeVar, dataclass_transform
from uuid import UUID

from tortoise.models import Model

from models.kit.base import ReadScope
from models.kit.money import amount_of, decimals_of, minor_of
from models.kit.text import clean, clean_code, is_legible, is_storable
from models.permissions import Department, Permission, Role, permissions_of
from resolvers.kit.problems import DryRun, Problem, Refused, StaleVersion

M = TypeVar("M", bound=Model)
T = TypeVar("T")

Keys = Mapping[str, Any]
"""What a use case answers: the keys of the rows it touched by the name of the payload's field, a tuple where that has several."""


@dataclass(frozen=True)
class Viewer:
    """A signed-in account. `session` is the family of its refresh tokens, or null for tokens of an OIDC provider."""

    account: UUID
    name: str
    roles: frozenset[Role]
    departments: frozenset[Department]
    session: UUID | None
    expires_at: datetime

    @cached_property
    def permissions(self) -> frozenset[Permission]:
        """All that the viewer's roles may read or do."""
        return permissions_of(self.roles)

    @cached_property
    def listed_roles(self) -> str:
        """The viewer's roles as SQL compares them: each between commas."""
        return f",{','.join(sorted(self.roles))},"

    @cached_property
    def read_scope(self) -> ReadScope:
        """What decides which rows the viewer sees. Viewers of equal sight share plans and pushes."""
        return ReadScope(self.permissions, self.departments)

    def may(self, permission: Permission) -> bool:
        """Whether the viewer holds a permission."""
        return permission in self.permissions


# --- Commands ---


@dataclass(frozen=True)
class Key(Generic[M]):
    """Which record a client means. Without an `id`, what it sent leads to no such record: malformed, or of another type.

    A member that was left out is None instead, so that nothing given and something wrong stay apart.
    """

    id: UUID | None


def member(description: str, *, default: Any = dataclasses.MISSING, needs: Permission | None = None) -> Any:
    """A member of a command. With a default it may be left out; giving it may need a permission beside the verb's own."""
    return dataclasses.field(default=default, metadata={"description": description, "needs": needs})


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(member,))
def command(cls: type[T]) -> type[T]:
    """Declares a command, or a part of one that is a list's element. Its docstring is what clients read of the input."""
    return dataclass(frozen=True, kw_only=True)(cls)


@command
class Command:
    """What every change takes."""

    idempotency_key: str | None = member(
        "1 to 200 characters of the client's choice. The same key, viewer and input get the first answer again, and nothing is"
        " done twice.",
        default=None,
    )


@command
class Update(Command):
    """What every change of a record takes that has a version."""

    expected_version: int | None = member(
        "The version that the client has read. When the record has changed since, nothing is done.", default=None
    )


@command
class DryRunnable:
    """What a change takes that people may want to see before it is made."""

    dry_run: bool = member(
        "Only show what would be written; nothing is stored, and `idempotencyKey` is not used up.", default=False
    )

    def end_if_dry(self, **shown: Any) -> None:
        """Ends a dry run, and shows these fields of the payload. It comes last, so that a dry run finds all that is wrong."""
        if self.dry_run:
            raise DryRun(**shown)


COMMON_MEMBERS = ("dry_run", "expected_version", "idempotency_key")


def members_of(given: type[Any]) -> list[dataclasses.Field[Any]]:
    """A command's members in the order in which clients see them: of each class its own ones, then what is common to all."""
    declared = {one.name: one for one in dataclasses.fields(given)}
    ordered: dict[str, None] = {}
    for cls in reversed(given.__mro__):
        held = {one.name for one in dataclasses.fields(cls)} if dataclasses.is_dataclass(cls) else set[str]()
        # A class of common members alone says them in its own words, and has no place among the others.
        if held - set(COMMON_MEMBERS):
            ordered.update(dict.fromkeys(name for name in vars(cls).get("__annotations__", {}) if name in declared))
            ordered.update(dict.fromkeys(name for name in COMMON_MEMBERS if name in held))
    ordered.update(dict.fromkeys(name for name in COMMON_MEMBERS if name in declared))
    return [declared[name] for name in ordered]


# --- What is wrong with it ---

LONGEST_LINE = 200
LONGEST_TEXT = 10_000


class InputErrors:
    """Collects what is wrong with an input; `raise_if_any` refuses the change when anything is."""

    def __init__(self) -> None:
        self._problems: list[Problem] = []
        self.path: tuple[str, ...] = ("input",)

    def within(self, *path: str) -> "InputErrors":
        """Checks of an input inside the input, for instance of `parts`, `0`; they are done when these are."""
        inner = InputErrors()
        inner._problems, inner.path = self._problems, (*self.path, *path)
        return inner

    @property
    def count(self) -> int:
        """How many problems were noted so far."""
        return len(self._problems)

    def add(self, member: str, message: str, code: str = "INVALID") -> None:
        """Notes that a member of the input is wrong."""
        self._problems.append(Problem(code, message, (*self.path, member)))

    def add_problem(self, problem: Problem) -> None:
        """Notes a problem of a kind of its own."""
        self._problems.append(problem)

    def text(self, member: str, given: str, longest: int = LONGEST_TEXT) -> str:
        """A text that says something, cleaned."""
        cleaned = clean(given)
        if not cleaned:
            self.add(member, f"`{member}` says nothing.")
        elif len(cleaned) > longest:
            self.add(member, f"`{member}` has {len(cleaned)} characters; at most {longest} are kept.")
        elif not is_storable(cleaned):
            self.add(member, f"`{member}` holds a character that cannot be stored.")
        return cleaned

    def code(self, member: str, given: str, longest: int) -> str:
        """What a thing is known by: no two may look alike, so all of it shows, and widths and spaces make no difference."""
        code, before = clean_code(given), self.count
        self.text(member, code, longest)
        if self.count == before and not is_legible(code):
            self.add(member, f"`{member}` holds a character that cannot be seen.")
        return code

    def optional_text(self, member: str, given: str | None, longest: int = LONGEST_TEXT) -> str | None:
        """A text that may be left out; empty is left out too."""
        if given is None or (not given.strip() and is_storable(given)):
            return None
        return self.text(member, given, longest)

    def number(self, member: str, given: int, most: int, *, least: int = 1, message: str = "") -> None:
        """Notes a number that is too small or too large, with these words where its bounds alone do not say enough."""
        if not least <= given <= most:
            self.add(member, message or f"`{member}` is {least} to {most}.")

    def minor_units(
        self, member: str, given: Decimal, currency: str, *, least: int | None = None, most: int = 0, bounds: str = ""
    ) -> int | None:
        """An exact amount in minor units; None, which is noted, when it has too many decimals or is out of bounds.

        `bounds` says from where on it is an amount, for instance "A limit is not below 0". Without `least` any amount is.
        """
        minor = minor_of(given, currency)
        if minor is None:
            self.add(member, f"{currency} has {decimals_of(currency)} decimals.")
        elif least is not None and not least <= minor <= most:
            self.add(member, f"{bounds} and at most {amount_of(most, currency)} {currency}.")
            return None
        return minor

    def not_found(self, member: str, what: str) -> None:
        """Notes that what a member points to is not there, or not for this viewer."""
        self.add(member, f"There is no such {what}.", "NOT_FOUND")

    def version(self, present: int, expected: int | None) -> None:
        """Notes that the record changed since the client read it."""
        if expected is not None and expected != present:
            message = f"The record is at version {present} now."
            path = ("input", "expectedVersion")
            self._problems.append(StaleVersion("STALE_VERSION", message, path, current_version=present))

    def refusal(self) -> Refused:
        """The refusal of the change for all that was noted, to be raised where nothing more can be looked at."""
        return Refused(self._problems)

    def raise_if_any(self) -> None:
        """Refuses the change when anything was noted."""
        if self._problems:
            raise self.refusal()
