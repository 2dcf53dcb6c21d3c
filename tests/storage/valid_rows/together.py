"""What the checks of a table say of its columns: which of them are there or missing because of what others hold."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from models.declared import declared_tables

WHEN = re.compile(r"NOT \((\w+) IN \(([^)]*)\)\) OR \(((?:[^()]|\([^()]*\))*)\)")
EXACTLY_WHEN = re.compile(r"\((\w+) IN \(([^)]*)\)\) = \((\w+) IS (NOT )?NULL\)")
AS = re.compile(r"\((\w+) IS (NOT )?NULL\) (=|<>) \((\w+) IS (NOT )?NULL\)")
FIGURE = re.compile(r"\((\w+) IS NULL OR \1 >= \d+\)")
THERE_OR_NOT = re.compile(r"(\w+) IS (NOT )?NULL")


@dataclass(frozen=True)
class When:
    """A column holds one of these members: then these columns are there, and those are missing."""

    check: str
    column: str
    members: frozenset[str]
    there: tuple[str, ...]
    missing: tuple[str, ...] = ()
    only_then: bool = False
    """Whether it is the other way round for all other members."""


@dataclass(frozen=True)
class As:
    """A column is there just as another one is there, or is missing."""

    check: str
    column: str
    other: str
    alike: bool


def _members(words: str) -> frozenset[str]:
    return frozenset(words.replace("'", "").split(", "))


@cache
def rules(table: str) -> tuple[tuple[When, ...], tuple[As, ...]]:
    """What the checks of a table say."""
    [declared] = (one for one in declared_tables() if one.name == table)
    whens: list[When] = []
    pairs: list[As] = []
    for name, condition in declared.checks.items():
        for column, members, then in WHEN.findall(condition):
            there = tuple(one for one, is_there in THERE_OR_NOT.findall(then) if is_there)
            missing = tuple(one for one, is_there in THERE_OR_NOT.findall(then) if not is_there)
            if not set(there) & set(missing):
                whens.append(When(name, column, _members(members), there, missing))
        for column, members, other, is_there in EXACTLY_WHEN.findall(condition):
            ends = ((other,), ()) if is_there else ((), (other,))
            whens.append(When(name, column, _members(members), *ends, only_then=True))
        for column, is_there, sign, other, other_there in AS.findall(condition):
            pairs.append(As(name, column, other, (is_there == other_there) == (sign == "=")))
    return tuple(whens), tuple(pairs)


def is_there(table: str, column: str, row: Mapping[str, Any]) -> bool | None:
    """Whether a column must be there, or must be missing, because of what a row holds; None where it is free."""
    whens, pairs = rules(table)
    for when in whens:
        holds = str(row.get(when.column)) in when.members
        for columns, wanted in ((when.there, True), (when.missing, False)):
            if column in columns and (holds or when.only_then):
                return wanted == holds
    for pair in pairs:
        for one, other in ((pair.column, pair.other), (pair.other, pair.column)):
            if column == one and other in row:
                return (row[other] is not None) == pair.alike
    return None


@cache
def spoken_of(table: str) -> frozenset[str]:
    """The columns whose absence a check speaks of, besides figures that may be missing."""
    [declared] = (one for one in declared_tables() if one.name == table)
    return frozenset(
        column
        for condition in declared.checks.values()
        for column, _ in THERE_OR_NOT.findall(re.sub(FIGURE, "", condition))
    )
