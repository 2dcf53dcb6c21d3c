"""Conditions: what each fact of a subject is at one moment, and what each operator asks of it. One table each."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from models.areas import RULED
from models.both_offices.rules import RuleField, RuleOperator
from models.both_offices.subjects import FactSource
from resolvers.both_offices.rules.words import pattern_of, words_of

Count = Callable[[UUID, datetime, int], Awaitable[int]]
"""How many subjects of a group there were in the so many days up to a moment."""

_READ = RULED.facts.reads()
READ_COLUMNS = ", ".join(f'{sql} AS "{name}"' for name, sql in _READ.items())
"""All that rules may look at."""

ROWS = f"SELECT {READ_COLUMNS} FROM {RULED.facts.rows}"
"""It, for the subjects that a WHERE behind it says."""


@dataclass
class Facts:
    """One subject as rules see it, at one moment. `department` is that of the piece of work that the event is about."""

    row: Mapping[str, Any]
    at: datetime
    department: str | None
    count: Count
    counted: dict[int, int] = field(default_factory=dict[int, int])

    @property
    def subject(self) -> UUID:
        """The subject's key."""
        return UUID(str(self.row["subject_id"]))

    @cached_property
    def words(self) -> str:
        """The words of its masked text."""
        return words_of(RULED.facts.text(self.row))

    async def look(self, within_days: int) -> None:
        """Counts the subjects of its group in so many days, once."""
        group = self.row["counted_by"]
        if group is not None and within_days not in self.counted:
            self.counted[within_days] = await self.count(UUID(str(group)), self.at, within_days)


@dataclass(frozen=True)
class Condition:
    """One condition, ready to be asked."""

    field: RuleField
    operator: RuleOperator
    values: tuple[str, ...]
    within_days: int | None = None

    @cached_property
    def listed(self) -> frozenset[str]:
        """The values to be among."""
        return frozenset(self.values)

    @cached_property
    def limit(self) -> int:
        """The one value to compare with."""
        return rank(self.field, self.values[0])

    @cached_property
    def patterns(self) -> tuple[str, ...]:
        """The words to find."""
        return tuple(map(pattern_of, self.values))


def rank(of: RuleField, value: Any) -> int:
    """A value's place in its order, as the fact says."""
    return _FACT[of].rank(str(value))


_FACT = {fact.field: fact for fact in RULED.facts.all}

_VALUES: dict[FactSource, Callable[[Facts, Condition], Any]] = {
    FactSource.ROW: lambda facts, condition: facts.row[condition.field.value],
    FactSource.EVENT: lambda facts, _: facts.department,
    FactSource.COUNT: lambda facts, condition: facts.counted.get(condition.within_days or 0),
    FactSource.TEXT: lambda facts, _: facts.words,
}

_HOLDS: dict[RuleOperator, Callable[[Any, Condition], bool]] = {
    RuleOperator.IN: lambda value, condition: value is not None and str(value) in condition.listed,
    RuleOperator.NOT_IN: lambda value, condition: value is None or str(value) not in condition.listed,
    RuleOperator.AT_LEAST: lambda value, condition: (
        value is not None and rank(condition.field, value) >= condition.limit
    ),
    RuleOperator.AT_MOST: lambda value, condition: (
        value is not None and rank(condition.field, value) <= condition.limit
    ),
    RuleOperator.HAS_ANY_WORD: lambda value, condition: any(pattern in value for pattern in condition.patterns),
}

_EFFORT = {FactSource.TEXT: 1, FactSource.COUNT: 2}


def cheapest_first(conditions: tuple[Condition, ...]) -> tuple[Condition, ...]:
    """The conditions in the order in which they are best asked: texts and counts only when all else holds."""
    return tuple(sorted(conditions, key=lambda condition: _EFFORT.get(_FACT[condition.field].source, 0)))


async def hold(conditions: tuple[Condition, ...], facts: Facts) -> bool:
    """Whether all the conditions hold; with none, they do."""
    for condition in conditions:
        source = _FACT[condition.field].source
        if source is FactSource.COUNT:
            await facts.look(condition.within_days or 0)
        if not _HOLDS[condition.operator](_VALUES[source](facts, condition), condition):
            return False
    return True
