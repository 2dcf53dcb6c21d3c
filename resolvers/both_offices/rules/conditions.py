"""Conditions: what each fact of a subject is at one moment, what each operator asks of it, and how words are found in texts."""

import re
import unicodedata
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from models.areas import RULED
from models.both_offices.rules import RuleCondition, RuleOperator
from models.both_offices.subjects import Fact, FactSource
from models.kit.masking import LABELS
from models.kit.text import searchable

Count = Callable[[UUID, datetime, int], Awaitable[int]]
"""How many subjects of a group there were in the so many days up to a moment."""

READ_COLUMNS = ", ".join(f'{sql} AS "{name}"' for name, sql in RULED.facts.reads().items())
"""All that rules may look at."""

ROWS = f"SELECT {READ_COLUMNS} FROM {RULED.facts.rows}"
"""It, for the subjects that a WHERE behind it says."""


@dataclass(frozen=True)
class Condition:
    """One condition, ready to be asked."""

    fact: Fact
    operator: RuleOperator
    values: tuple[str, ...]
    within_days: int

    @classmethod
    def of(cls, row: RuleCondition) -> "Condition":
        """The condition that a row holds."""
        fact, operator = RULED.facts.fact(row.looks_at), RuleOperator(row.operator)
        return cls(fact, operator, tuple(row.compared_with), row.within_days or 0)

    @cached_property
    def listed(self) -> frozenset[str]:
        """The values to be among."""
        return frozenset(self.values)

    @cached_property
    def limit(self) -> int:
        """The one value to compare with."""
        return self.fact.rank(self.values[0])

    @cached_property
    def patterns(self) -> tuple[str, ...]:
        """The words to find."""
        return tuple(map(pattern_of, self.values))

    def holds_for(self, value: Any) -> bool:
        """Whether a value of the fact is as it should be; None is one that is not known."""
        match self.operator:
            case RuleOperator.IN:
                return value is not None and str(value) in self.listed
            case RuleOperator.NOT_IN:
                return value is None or str(value) not in self.listed
            case RuleOperator.AT_LEAST:
                return value is not None and self.fact.rank(str(value)) >= self.limit
            case RuleOperator.AT_MOST:
                return value is not None and self.fact.rank(str(value)) <= self.limit
            case RuleOperator.HAS_ANY_WORD:
                return any(pattern in value for pattern in self.patterns)


@dataclass
class Facts:
    """One subject as rules see it, at one moment. `department` is that of the piece of work that the event is about."""

    row: Mapping[str, Any]
    at: datetime
    department: str | None
    count: Count
    _counted: dict[int, int] = field(default_factory=dict[int, int])

    @property
    def subject(self) -> UUID:
        """The subject's key."""
        return UUID(str(self.row["subject_id"]))

    async def value_for(self, condition: Condition) -> Any:
        """What a condition looks at; None when it is not known."""
        match condition.fact.source:
            case FactSource.ROW:
                return self.row[condition.fact.field.value]
            case FactSource.EVENT:
                return self.department
            case FactSource.COUNT:
                return await self._count(condition.within_days)
            case FactSource.TEXT:
                return self._words

    @cached_property
    def _words(self) -> str:
        return words_of(RULED.facts.text(self.row))

    async def _count(self, within_days: int) -> int | None:
        group = self.row["counted_by"]
        if group is not None and within_days not in self._counted:
            self._counted[within_days] = await self.count(UUID(str(group)), self.at, within_days)
        return self._counted.get(within_days)


_EFFORT = {FactSource.TEXT: 1, FactSource.COUNT: 2}


def cheapest_first(rows: Iterable[RuleCondition]) -> tuple[Condition, ...]:
    """Conditions in the order in which they are best asked: texts and counts only when all else holds."""
    return tuple(sorted(map(Condition.of, rows), key=lambda condition: _EFFORT.get(condition.fact.source, 0)))


async def hold(conditions: tuple[Condition, ...], facts: Facts) -> bool:
    """Whether all the conditions hold; with none, they do."""
    for condition in conditions:
        if not condition.holds_for(await facts.value_for(condition)):
            return False
    return True


# --- Words in texts: found whatever case, accents and punctuation -------------------------------------------------------

_WORD = re.compile(r"[^\W_]+")
SHORTEST_BEGINNING = 3
"""Letters before the `*`: with fewer, a rule would find almost every text."""


def words_of(text: str) -> str:
    """A masked text as its words with one space around each. What stands for the customer is no word of it."""
    # Soft hyphens and the like are seen by nobody, and would part a word.
    seen = text if text.isascii() else "".join(one for one in text if unicodedata.category(one) != "Cf")
    pieces = LABELS.split(seen)[::2]
    return f" {' | '.join(' '.join(_WORD.findall(searchable(piece))) for piece in pieces)} "


def pattern_of(word: str) -> str:
    """What to look for in `words_of`: a word or several, with `*` at the end any word that begins like this."""
    words = " ".join(_WORD.findall(searchable(word)))
    return f" {words}" if word.rstrip().endswith("*") else f" {words} "


def fault_of(word: str) -> str | None:
    """Why a rule cannot look for this; None when it can."""
    beginning, star, rest = word.partition("*")
    letters = sum(map(len, _WORD.findall(searchable(beginning))))
    if rest or (star and not (beginning and beginning[-1].isalnum())):
        return "has a `*` elsewhere than at the end of a word"
    if star and letters < SHORTEST_BEGINNING:
        return f"has fewer than {SHORTEST_BEGINNING} letters before its `*`"
    return None if letters else "has no letter or digit"
