"""What a change answers when business rules stop it: problems with a code, a message and the input member they are about."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Problem:
    """One reason why a change was not made. `path` leads to the input member, for instance ("input", "order")."""

    code: str
    message: str
    path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class IllegalTransition(Problem):
    """The record's present status does not permit the step."""

    origin: str = ""
    next_statuses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StaleVersion(Problem):
    """Somebody changed the record since the client read it."""

    current_version: int = 0


@dataclass(frozen=True, slots=True)
class AlreadyClaimed(Problem):
    """Somebody else has claimed the handoff. `by` is the colleague's name."""

    by: str = ""


@dataclass(frozen=True, slots=True)
class OutOfStock(Problem):
    """There is not as much as was asked for. `available` is how much there is, in the product's unit."""

    available: int = 0


@dataclass(frozen=True, slots=True)
class TryLater(Problem):
    """There was too much of it for now. `retry_after` is in how many seconds it is worth trying again."""

    retry_after: int = 0


class Refused(Exception):
    """Ends a change: its transaction is rolled back and the problems become the payload's `errors`."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(problem.message for problem in problems))
        self.problems = tuple(problems)


class DryRun(Exception):
    """Ends a dry run: the change was made in full, is rolled back, and what it would have shown becomes the payload's.

    `shown` are the payload's fields by name.
    """

    def __init__(self, **shown: Any) -> None:
        super().__init__("Nothing was changed: it was a dry run.")
        self.shown = shown


def refuse(code: str, message: str, *path: str) -> Refused:
    """A refusal for one plain reason."""
    return Refused([Problem(code, message, path)])
