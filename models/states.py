"""State machines as data: which status may follow which, through which verb, and the one door that all changes use."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from models.permissions import Permission


@dataclass(frozen=True, slots=True)
class Transition:
    """One permitted step. `needs` is the permission to take it.

    `by_claimant`: only who claimed the record may. `consequence`: it follows from another change and has no verb of its own.
    `once_settled`: not while something else must come first, for instance a department's answer or an approval.
    `by_second_person`: only by somebody else than who proposed it.
    """

    to: Any
    needs: Permission
    by_claimant: bool = False
    consequence: bool = False
    once_settled: bool = False
    by_second_person: bool = False


Transitions = Mapping[Any, tuple[Transition, ...]]


class IllegalMove(Exception):
    """A record was asked to take a step that its present status does not permit."""

    def __init__(self, origin: Any, to: Any, permitted: list[Any]) -> None:
        super().__init__(f"{origin} cannot become {to}.")
        self.origin = origin
        self.to = to
        self.permitted = permitted


def move_to(record: Any, to: Any, transitions: Transitions) -> None:
    """Takes a record with a `status` one step on, or raises IllegalMove. Every change of a status goes through here."""
    permitted = list(dict.fromkeys(step.to for step in transitions[record.status]))
    if to not in permitted:
        raise IllegalMove(record.status, to, permitted)
    record.status = to
