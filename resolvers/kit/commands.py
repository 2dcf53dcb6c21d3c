"""Commands: what use cases are given. Each is declared once, beside its use case and without GraphQL; schema/kit/mutations.py
makes the input from it, so that a member's name, type and description stand in one place.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, dataclass_transform
from uuid import UUID

from tortoise.models import Model

from models.permissions import Permission
from resolvers.kit.problems import DryRun

M = TypeVar("M", bound=Model)
T = TypeVar("T")

Keys = Mapping[str, Any]
"""What a use case answers: the keys of the rows it touched by the name of the payload's field, a tuple where that has several."""


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
