"""What inputs are chosen from, and how it is said which records a verb is meant for and what it then makes sense to send."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from tests.storage.known_rows import by_prefix

Row = Mapping[str, Any]
Rows = Mapping[str, Row]
"""All rows by their global ids."""


@dataclass(frozen=True)
class Unwritten:
    """A text that is written once all ids of its input are known."""

    member: str


class Choosing:
    """All that there is, and the chance by which something of it is chosen."""

    def __init__(self, random: Random, rows: Rows, seen: Mapping[str, Sequence[str]] | None = None) -> None:
        self.random = random
        self.rows = rows
        self._names = by_prefix(rows)
        self.ids = self._names if seen is None else seen
        """Global ids by their prefix, of what members name that nothing is said about."""

    def those(self, prefix: str, fits: Callable[[Row], bool] = lambda _: True, **columns: Any) -> list[str]:
        """The records of a kind that fit and have these values."""
        return [
            name
            for name in self._names.get(prefix, ())
            if all(self.rows[name][column] == value for column, value in columns.items()) and fits(self.rows[name])
        ]

    def one(self, prefix: str, fits: Callable[[Row], bool] = lambda _: True, **columns: Any) -> str | None:
        """One of them."""
        found = self.those(prefix, fits, **columns)
        return self.random.choice(found) if found else None

    def row(self, prefix: str, fits: Callable[[Row], bool] = lambda _: True, **columns: Any) -> Row | None:
        """The row of one of them."""
        found = self.one(prefix, fits, **columns)
        return self.rows[found] if found else None


@dataclass(frozen=True)
class Aim:
    """The records that a verb may succeed for, and the members of its input that only make sense together, for one of them.

    `actor`: the column that says who may do it.
    """

    statuses: frozenset[str] = frozenset()
    fits: Callable[[Any, Row], bool] = lambda _choosing, _row: True
    given: Callable[[Any, Row], dict[str, Any]] = lambda _choosing, _row: {}
    actor: str = ""

    def meets(self, choosing: Choosing, row: Row) -> bool:
        """Whether the verb may succeed for a record."""
        if self.statuses and "status" in row:
            return str(row["status"]) in self.statuses and self.fits(choosing, row)
        has_ended = any(row.get(end) is not None for end in ("closed_at", "done_at", "ended_at") if "status" not in row)
        return not has_ended and self.fits(choosing, row)


def aim(
    statuses: str = "",
    *,
    fits: Callable[[Choosing, Row], bool] = lambda _choosing, _row: True,
    given: Callable[[Choosing, Row], dict[str, Any]] = lambda _choosing, _row: {},
    actor: str = "",
) -> Aim:
    """An aim; statuses that are left out are those from which the verb leads on."""
    return Aim(frozenset(statuses.split()), fits, given, actor)
