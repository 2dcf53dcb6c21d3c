"""How it is said which records a verb is meant for, and what makes an input succeed more often than chance does."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Protocol

Ids = Mapping[str, Sequence[str]]
"""Global ids by their prefix."""

Rows = Mapping[str, Mapping[str, Any]]
"""All rows by their global ids."""


@dataclass(frozen=True)
class Aim:
    """Which records a verb is meant for: those of a prefix in some statuses, and the column that says who may do it."""

    prefix: str
    statuses: frozenset[str] = frozenset()
    actor: str = ""

    def meets(self, row: Mapping[str, Any]) -> bool:
        """Whether the verb may succeed on a record."""
        if "status" not in row:
            return row.get("closed_at") is None and row.get("done_at") is None and row.get("ended_at") is None
        return not self.statuses or str(row["status"]) in self.statuses


def on(prefix: str, statuses: str, actor: str = "") -> Aim:
    """The same, with the statuses in words."""
    return Aim(prefix, frozenset(statuses.split()), actor)


@dataclass(frozen=True)
class Unwritten:
    """A text that is written once all ids of its input are known."""

    member: str


class Choosing(Protocol):
    """What an input is chosen from."""

    random: Random
    ids: Ids
    """Those that the verb may be about: one of a prefix that it is meant for, all others otherwise."""
    rows: Rows


Pick = Callable[[Choosing], dict[str, Any]]
"""Members of an input that only make sense together, from what there is; nothing when there is nothing for them."""


def rows_of(inputs: Choosing, prefix: str, **columns: Any) -> dict[str, Mapping[str, Any]]:
    """The rows of a kind, by their global ids, that have these values."""
    return {
        name: row
        for name, row in inputs.rows.items()
        if name.startswith(f"{prefix}_") and all(row[column] == value for column, value in columns.items())
    }
