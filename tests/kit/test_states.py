"""State machines: complete, reachable, with one door, and nothing comes out of an end."""

from dataclasses import dataclass
from enum import Enum
from typing import Any

import pytest

from models.back_office import handoffs
from models.both_offices.clocks.presets import DUE_WITHIN
from models.front_office.service import complaints
from models.kit.states import IllegalMove, Transitions, move_to
from models.permissions import ROLE_PERMISSIONS
from tests.properties.verbs.declared import MACHINES as TRANSITIONS


def _statuses(transitions: Transitions) -> Any:
    return type(next(iter(transitions)))


MACHINES = [
    pytest.param(statuses, transitions, next(iter(statuses)), id=statuses.__name__)
    for transitions in TRANSITIONS.values()
    for statuses in [_statuses(transitions)]
]
"""Every machine; each begins with the first of its statuses."""


@dataclass
class Thing:
    """Something with a status."""

    status: Any
    transitions: Transitions


@pytest.mark.parametrize(("statuses", "transitions", "start"), MACHINES)
def test_every_status_is_reachable_and_says_what_may_follow(
    statuses: type[Enum], transitions: Transitions, start: Any
) -> None:
    assert set(transitions) == set(statuses)
    reached, waiting = {start}, [start]
    while waiting:
        for step in transitions[waiting.pop()]:
            if step.to not in reached:
                reached.add(step.to)
                waiting.append(step.to)
    assert reached == set(statuses)


@pytest.mark.parametrize(("statuses", "transitions", "start"), MACHINES)
def test_the_door_opens_for_every_permitted_step_and_for_no_other(
    statuses: type[Enum], transitions: Transitions, start: Any
) -> None:
    for origin in statuses:
        permitted = list(dict.fromkeys(step.to for step in transitions[origin]))
        for to in statuses:
            thing = Thing(origin, transitions)
            if to in permitted:
                move_to(thing, to)
                assert thing.status is to
                continue
            with pytest.raises(IllegalMove) as refused:
                move_to(thing, to)
            assert thing.status is origin
            assert (refused.value.origin, refused.value.to) == (origin, to)
            assert refused.value.permitted == permitted


@pytest.mark.parametrize(("statuses", "transitions", "start"), MACHINES)
def test_every_step_can_be_taken_by_some_role(statuses: type[Enum], transitions: Transitions, start: Any) -> None:
    for steps in transitions.values():
        for step in steps:
            assert any(step.needs in held for held in ROLE_PERMISSIONS.values()), step


def test_a_handoff_is_open_as_long_as_a_department_or_the_front_office_has_to_act() -> None:
    open_ones = {status for status, steps in handoffs.TRANSITIONS.items() if steps}
    assert open_ones == handoffs.OPEN_STATUSES
    assert set(DUE_WITHIN) == set(complaints.Severity)


def test_every_category_has_a_department_of_the_back_office_and_every_outcome_a_way() -> None:
    assert set(complaints.DEPARTMENT_OF) == set(complaints.Category)
    assert set(complaints.Outcome) == complaints.ANSWER_OUTCOMES | complaints.CLOSING_OUTCOMES
    assert not complaints.ANSWER_OUTCOMES & complaints.CLOSING_OUTCOMES
