"""Checks what somebody wants a rule to say, so that it can be applied later without a question. Every wrong member is named."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from models.areas import HANDOFF_TRIGGERS, RULED, TRIGGERS
from models.both_offices.rules import (
    LAST_POSITION,
    LONGEST_DELAY,
    LONGEST_WINDOW,
    LONGEST_WORD,
    MOST_ACTIONS,
    MOST_CONDITIONS,
    MOST_VALUES,
    SHORTEST_WORD,
    RuleActionKind,
    RuleField,
    RuleOperator,
)
from models.both_offices.subjects import Fact, FactSource
from models.kit.events import EventKind
from models.kit.severity import Severity
from models.kit.text import clean, is_storable
from models.kit.tortoise_privates import field_of
from models.permissions import BACK_OFFICE_DEPARTMENTS, Department, Role
from resolvers.both_offices.rules.words import fault_of
from resolvers.kit.input_errors import LONGEST_LINE, InputErrors
from resolvers.kit.problems import Problem

_PATH = ("input", "definition")
_COUNTED = ", ".join(fact.field for fact in RULED.facts.all if fact.source is FactSource.COUNT)


@dataclass(frozen=True, slots=True)
class GivenCondition:
    """One condition as somebody writes it."""

    field: RuleField
    operator: RuleOperator
    values: Sequence[str]
    within_days: int | None = None


@dataclass(frozen=True, slots=True)
class GivenAction:
    """One action as somebody writes it; which members count is up to the kind."""

    kind: RuleActionKind
    department: Department | None = None
    hand_off: bool = False
    severity: Severity | None = None
    only_raise: bool = True
    within_days: int | None = None
    roles: Sequence[Role] = ()
    departments: Sequence[Department] = ()
    managers: bool = False
    title: str | None = None
    due_in_minutes: int | None = None


@dataclass(frozen=True, slots=True)
class Definition:
    """What a rule says: on which event, under which conditions, it does what."""

    trigger: EventKind
    conditions: Sequence[GivenCondition]
    actions: Sequence[GivenAction]


async def check_definition(errors: InputErrors, given: Definition) -> Definition:
    """The definition with its texts cleaned; whatever is wrong with it is noted."""
    if given.trigger not in TRIGGERS:
        message = f"{given.trigger} sets no rule off; what people and clocks do to complaints does."
        errors.add_problem(Problem("INVALID", message, (*_PATH, "trigger")))
    if len(given.conditions) > MOST_CONDITIONS:
        message = f"A rule has at most {MOST_CONDITIONS} conditions."
        errors.add_problem(Problem("INVALID", message, (*_PATH, "conditions")))
    if not 1 <= len(given.actions) <= MOST_ACTIONS:
        errors.add_problem(Problem("INVALID", f"A rule has 1 to {MOST_ACTIONS} actions.", (*_PATH, "actions")))
    conditions = [
        await _checked_condition(_Named(errors, "conditions", index), condition, given.trigger)
        for index, condition in enumerate(given.conditions[:MOST_CONDITIONS])
    ]
    seen: set[RuleActionKind] = set()
    actions: list[GivenAction] = []
    for index, action in enumerate(given.actions[:MOST_ACTIONS]):
        named = _Named(errors, "actions", index)
        if action.kind in seen and action.kind in ONCE:
            named.wrong(f"A rule has one {action.kind}.")
        seen.add(action.kind)
        actions.append(_checked_action(named, action))
    return Definition(given.trigger, conditions, actions)


ONCE = frozenset({RuleActionKind.ROUTE, RuleActionKind.SET_SEVERITY, RuleActionKind.ATTACH_TO_CASE})
"""What makes no sense twice in one rule."""


class _Named:
    """Notes problems of one condition or action, with its place in the path."""

    def __init__(self, errors: InputErrors, member: str, index: int) -> None:
        self._errors = errors
        self._path = (*_PATH, member, str(index))

    def wrong(self, message: str, *members: str, code: str = "INVALID") -> None:
        self._errors.add_problem(Problem(code, message, (*self._path, *members)))

    def days(self, given: int | None, *members: str) -> None:
        if given is None or not 1 <= given <= LONGEST_WINDOW:
            self.wrong(f"`withinDays` is between 1 and {LONGEST_WINDOW} here.", *members, "withinDays")


# --- Conditions -------------------------------------------------------------------------------------------------------


async def _checked_condition(named: _Named, given: GivenCondition, trigger: EventKind) -> GivenCondition:
    values = [clean(value) for value in given.values]
    fact = RULED.facts.fact(given.field)
    permitted = fact.operators
    if given.operator not in permitted:
        words = ", ".join(sorted(permitted))
        named.wrong(f"{given.field} is compared with {words}, not with {given.operator}.", "operator")
        return given
    if fact.source is FactSource.COUNT:
        named.days(given.within_days)
    elif given.within_days is not None:
        named.wrong(f"Only {_COUNTED} looks back for days.", "withinDays")
    if fact.source is FactSource.EVENT and trigger not in HANDOFF_TRIGGERS:
        named.wrong(f"{trigger} is about no handoff, so there is no department.", "field")
    compared = given.operator in {RuleOperator.AT_LEAST, RuleOperator.AT_MOST}
    if compared and len(values) != 1:
        named.wrong(f"{given.operator} takes one value.", "values")
    elif not 1 <= len(values) <= MOST_VALUES:
        named.wrong(f"A condition has 1 to {MOST_VALUES} values.", "values")
    else:
        await _check_values(named, fact, values)
    return GivenCondition(given.field, given.operator, values, given.within_days)


async def _check_values(named: _Named, fact: Fact, values: list[str]) -> None:
    known = await _known(fact, values)
    for index, value in enumerate(values):
        if not is_storable(value):
            named.wrong("The value holds a character that cannot be stored.", "values", str(index))
        elif value in values[:index]:
            named.wrong("The value is there already.", "values", str(index))
        elif known is not None and value not in known:
            # What a client wrote comes back only as far as it fits on a line.
            named.wrong(f"{fact.field} has no value '{value[:50]}'.", "values", str(index))
        elif fault := _FAULTS.get(fact.source, _nothing)(value):
            named.wrong(fault, "values", str(index))


async def _known(fact: Fact, values: list[str]) -> frozenset[str] | None:
    """The values that a fact can have, among those given; None when they are no list."""
    if fact.held_in is None:
        return fact.values
    model, column = fact.held_in
    # What is longer than the column is no value of it, and the database need not be asked.
    longest = field_of(model, column).max_length
    asked = [value for value in values if is_storable(value) and len(value) <= longest]
    found = await model.filter(**{f"{column}__in": asked}).values_list(column, flat=True)
    return frozenset(map(str, found))


def _nothing(_value: str) -> str | None:
    return None


def _bad_count(value: str) -> str | None:
    fits = value.isascii() and value.isdigit() and len(value) <= len(str(LAST_POSITION)) and int(value) >= 1
    return None if fits else f"A count is a whole number from 1 to {10 ** len(str(LAST_POSITION)) - 1}."


def _bad_word(value: str) -> str | None:
    if not SHORTEST_WORD <= len(value) <= LONGEST_WORD:
        return f"A word has {SHORTEST_WORD} to {LONGEST_WORD} characters."
    fault = fault_of(value)
    return f"The word {fault}." if fault else None


_FAULTS: dict[FactSource, Callable[[str], str | None]] = {FactSource.COUNT: _bad_count, FactSource.TEXT: _bad_word}


# --- Actions ----------------------------------------------------------------------------------------------------------


def _checked_action(named: _Named, given: GivenAction) -> GivenAction:
    return _ACTIONS[given.kind](named, given)


def _route(named: _Named, given: GivenAction) -> GivenAction:
    if given.department is not None and given.department not in BACK_OFFICE_DEPARTMENTS:
        named.wrong(f"{given.department} is no department of the back office.", "route", "department")
    return GivenAction(given.kind, department=given.department, hand_off=given.hand_off)


def _set_severity(_named: _Named, given: GivenAction) -> GivenAction:
    return GivenAction(given.kind, severity=given.severity, only_raise=given.only_raise)


def _attach(named: _Named, given: GivenAction) -> GivenAction:
    named.days(given.within_days, "attachToCase")
    return GivenAction(given.kind, within_days=given.within_days)


def _notify(named: _Named, given: GivenAction) -> GivenAction:
    roles, departments = sorted(set(given.roles)), sorted(set(given.departments))
    if not (roles or departments or given.managers):
        named.wrong("Nobody is meant: name roles, departments or managers.", "notify")
    return GivenAction(given.kind, roles=roles, departments=departments, managers=given.managers)


def _create_task(named: _Named, given: GivenAction) -> GivenAction:
    title = clean(given.title or "")
    if not title or len(title) > LONGEST_LINE or not is_storable(title):
        named.wrong(f"A title has 1 to {LONGEST_LINE} characters that can be stored.", "createTask", "title")
    if given.due_in_minutes is not None and not 1 <= given.due_in_minutes <= LONGEST_DELAY:
        named.wrong(f"`dueInMinutes` is between 1 and {LONGEST_DELAY}.", "createTask", "dueInMinutes")
    return GivenAction(given.kind, department=given.department, title=title, due_in_minutes=given.due_in_minutes)


_ACTIONS: dict[RuleActionKind, Callable[[_Named, GivenAction], GivenAction]] = {
    RuleActionKind.ROUTE: _route,
    RuleActionKind.SET_SEVERITY: _set_severity,
    RuleActionKind.ATTACH_TO_CASE: _attach,
    RuleActionKind.NOTIFY: _notify,
    RuleActionKind.CREATE_TASK: _create_task,
}
