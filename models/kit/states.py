"""State machines as data: which status may follow which, through which verb, and the one door that all changes use."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from models.permissions import Permission


class Guard(Enum):
    """What must hold of a record and a viewer for a step besides the permission. Each area says in SQL what it means there."""

    CLAIMED_BY_ME = "The viewer has claimed it."
    SETTLED = "Nothing that must be settled first is open: no department's work, no answer of a case, no window."
    AT_STAGE = "The viewer has worked on the complaint at no other stage than the record's."
    AT_COMPLAINTS_STAGE = "The viewer has worked on the complaint at no other stage than its present one."
    SECOND_PERSON = "Somebody else proposed it and wrote what it now says."
    UNAPPROVED = "Nobody has approved it yet."
    COSTS_KNOWN = "It says of everything what it costs."
    IN_BOUNDS = "It costs no more than any of its kind may."
    WITHIN_LIMIT = "The viewer may grant the redress alone."
    ABOVE_LIMIT = "The viewer may not grant the redress alone."
    CONFIRMABLE = (
        "Its complaint can be answered now, its redress fits the order, and its author worked at no other stage."
    )
    GRANTABLE = "What its redress grants can be made of what the complaint's order still leaves."
    WITH_DEPARTMENTS = "A department has it at its present stage, or gave an answer that was accepted."
    WITHOUT_DEPARTMENTS = "No department has it at its present stage, nor gave an answer that was accepted."
    OUTSIDER = "The viewer has, and had, nothing to do with a complaint about it."
    HAS_LINES = "There is something on it."
    ON_SALE = "All that is on it is on sale, and in its currency."
    DISCOUNTS_ALLOWED = "Its discounts are approved, or the viewer may give them alone."
    CAN_BE_HAD = "What of it cannot wait is there."
    UNSHIPPED = "Nothing of it has left the house."
    SHIPPED_IN_PART = "Some of it has left the house."
    ORDER_GOES_ON = "Its order is neither held back nor ended."
    GOODS_THERE = "What it takes is there, may be used, and has a place to go to."
    WANTED = "All that it is for is still bought, or made."
    IN_PARTS = "Something of it can come without the rest."
    COUNTED = "Something was counted, and no less than shipments are to take."
    NOT_OF_ITSELF = "None of its components is made of its product."
    REOPENABLE = "Few enough days have passed since it ended."
    CHALLENGEABLE = "It was answered, and a further stage is left."


@dataclass(frozen=True, slots=True)
class Transition:
    """One permitted step. `by` are the verbs that take it, `needs` the permission for them, `guards` what must hold besides.

    `consequence`: it follows from another change, or from what the verb is given, and is offered to nobody.
    """

    to: Any
    needs: Permission
    by: tuple[str, ...] = ()
    guards: tuple[Guard, ...] = ()
    consequence: bool = False


Transitions = Mapping[Any, tuple[Transition, ...]]


class IllegalMove(Exception):
    """A record was asked to take a step that its present status does not permit."""

    def __init__(self, origin: Any, to: Any, permitted: list[Any]) -> None:
        super().__init__(f"{origin} cannot become {to}.")
        self.origin = origin
        self.to = to
        self.permitted = permitted


def move_to(record: Any, to: Any) -> None:
    """Takes a record one step on, as its table's `transitions` say, or raises IllegalMove. The one door to a status."""
    permitted = list(dict.fromkeys(step.to for step in record.transitions[record.status]))
    if to not in permitted:
        raise IllegalMove(record.status, to, permitted)
    record.status = to
