"""Statements: SQL with its binds, the most rows that it can answer with, and the refusals of what cannot be answered."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLError

from resolvers.kit.sealing import Seal
from resolvers.reading.arguments import Variables
from resolvers.reading.sources import Viewer

MAX_COST = 10_000
"""The most rows that one operation may ask for."""

LIGHT_COST = 60
"""A statement that costs more is a heavy one: such never hold all readers at once."""

LOOKED_AT, LOOKED_AT_OF_ALL = 5, 50
"""What each condition of a filter costs, and the list's being counted: so many rows, in a list inside a row and in one of the
whole table. What a table really holds does not count, or a refusal would give it away.
"""

SEARCH_TERMS = 5
"""As how many conditions a `search:` counts."""

MOST_TERMS = 500
"""The most conditions that an operation's filters may have, counted each time that a list is looked through for them."""

Bind = Callable[[Variables, Viewer | None], Any]


class BadArgument(GraphQLError):
    """An argument's value that cannot be answered; names the argument by its path in the response."""

    def __init__(self, coordinate: str, argument: str, reason: str) -> None:
        extensions = {"code": "BAD_REQUEST", "argument": argument}
        super().__init__(f"Argument `{argument}` of {coordinate} {reason}.", extensions=extensions)


@dataclass
class Costs:
    """How many rows a plan may touch: each site multiplies its parent's count. A site that nobody is under costs alone."""

    sites: list[tuple[int, int, Callable[[Variables], int] | None]] = field(default_factory=list)

    def add(self, parent: int, most: int, size: Callable[[Variables], int] | None = None) -> int:
        """A new site under another (0 is the root), with at most so many rows or as `size` says; its number."""
        self.sites.append((parent, most, size))
        return len(self.sites)

    def total(self, variables: Variables | None = None) -> int:
        """The most that the plan can cost: for these variables, or whatever they are."""
        counts = [1]
        for parent, most, size in self.sites:
            counts.append(counts[parent] * (size(variables) if size and variables is not None else most))
        return sum(counts) - 1


def too_many_terms() -> GraphQLError:
    """The refusal of filters that ask for too much."""
    message = (
        f"The operation's filters hold more than {MOST_TERMS} conditions (limit 'filterTerms'). Use `in` for lists."
    )
    return GraphQLError(message, extensions={"code": "LIMIT_EXCEEDED", "limit": "filterTerms", "maximum": MOST_TERMS})


def too_costly(cost: int) -> GraphQLError:
    """The refusal of an operation that could answer with too many rows."""
    message = (
        f"The operation costs up to {cost} rows, totals and conditions of filters included; {MAX_COST} are allowed."
    )
    message += " Ask for smaller pages, or for less at a time."
    return GraphQLError(
        message, extensions={"code": "LIMIT_EXCEEDED", "limit": "cost", "maximum": MAX_COST, "found": cost}
    )


@dataclass(frozen=True, slots=True)
class Statement:
    """One SELECT, its binds, and what it may cost."""

    sql: str
    binds: tuple[Bind, ...]
    costs: Costs | None
    """What it may cost, where the variables decide; null when no variables can make it cost too much."""

    checks: tuple[Bind, ...]
    """Arguments that the statement has no use for, but that must be right all the same."""

    now_bind: int = 0
    """The number of the bind that is the present moment; 0 when there is none."""

    heavy: bool = False
    """Whether it may take long."""

    seal: Seal | None = None
    """What seals some of its text; null when nothing of it is to be sealed."""

    def shown(self, text: str) -> str:
        """Its JSON text as a client may see it."""
        return self.seal.all_sealed(text) if self.seal else text

    def values(self, variables: Variables, viewer: Viewer | None) -> list[Any]:
        """The values of the binds. Raises GraphQLError for a bad argument, and when it would cost too much."""
        for check in self.checks:
            check(variables, viewer)
        values = [bind(variables, viewer) for bind in self.binds]
        if self.costs is not None and (cost := self.costs.total(variables)) > MAX_COST:
            raise too_costly(cost)
        return values

    def identity(self, variables: Variables, viewer: Viewer | None) -> tuple[Any, ...]:
        """What makes two executions the same: the values of all binds but the present moment."""
        values = self.values(variables, viewer)
        return tuple(value for number, value in enumerate(values, 1) if number != self.now_bind)
