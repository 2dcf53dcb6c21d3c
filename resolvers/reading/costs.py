"""What an operation may cost: the most rows that it can answer with."""

from collections.abc import Callable
from dataclasses import dataclass, field

from graphql import GraphQLError

from resolvers.reading.arguments import Variables

MAX_COST = 10_000
"""The most rows that one operation may ask for."""


@dataclass
class Costs:
    """How many rows a plan may touch: each site multiplies its parent's count."""

    sites: list[tuple[int, int, Callable[[Variables], int] | None]] = field(default_factory=list)

    def add(self, parent: int, most: int, size: Callable[[Variables], int] | None = None) -> int:
        """A new site under another (0 is the root), with at most so many rows or as `size` says; its number."""
        self.sites.append((parent, most, size))
        return len(self.sites)

    def bound(self) -> int:
        """The most rows that the plan can answer with, whatever the variables are."""
        counts = [1]
        for parent, most, _ in self.sites:
            counts.append(counts[parent] * most)
        return sum(counts) - 1

    def total(self, variables: Variables) -> int:
        """The most rows that the plan can answer with for these variables."""
        counts = [1]
        for parent, most, size in self.sites:
            counts.append(counts[parent] * (size(variables) if size else most))
        return sum(counts) - 1


def too_costly(cost: int) -> GraphQLError:
    """The refusal of an operation that could answer with too many rows."""
    message = f"The operation asks for up to {cost} rows; at most {MAX_COST} are answered. Ask for smaller pages."
    return GraphQLError(
        message, extensions={"code": "LIMIT_EXCEEDED", "limit": "cost", "maximum": MAX_COST, "found": cost}
    )
