"""What a rule says: as its managers write it, and what is wrong with it, so that it can be applied later without a question."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from models.areas import HANDOFF_TRIGGERS, RULED, TRIGGERS
from models.both_offices import rules
from models.both_offices.rules import RuleActionKind, RuleField, RuleOperator
from models.both_offices.subjects import Fact, FactSource
from models.kit.events import EventKind
from models.kit.severity import Severity
from models.kit.text import clean, is_storable
from models.kit.tortoise_privates import field_of
from models.permissions import BACK_OFFICE_DEPARTMENTS, Department, Role
from resolvers.both_offices.rules.applying import ACTIONS
from resolvers.both_offices.rules.conditions import fault_of
from resolvers.kit.commands import LONGEST_LINE, InputErrors, Viewer, command, member

_COUNTED = ", ".join(fact.field for fact in RULED.facts.all if fact.source is FactSource.COUNT)

ONCE = frozenset({RuleActionKind.ROUTE, RuleActionKind.SET_SEVERITY, RuleActionKind.ATTACH_TO_CASE})
"""What makes no sense twice in one rule."""


@command
class RuleCondition:
    """One thing that must hold."""

    field: RuleField = member("What it looks at.")
    operator: RuleOperator = member("How it compares; which operators a field permits is said when it permits not.")
    values: tuple[str, ...] = member(
        "With what: names of the enumeration, SKUs, product categories, numbers, or words of 2 to 50 characters. One for"
        " AT_LEAST and AT_MOST, else 1 to 250."
    )
    within_days: int | None = member(
        "How far PRODUCT_COMPLAINTS looks back: 1 to 365 days. For no other field.", default=None
    )


@command
class RuleRoute:
    """Where a complaint goes."""

    department: Department | None = member(
        "A department of the back office; left out, the category's own.", default=None
    )
    hand_off: bool = member(
        "Whether to hand it off at once, with the complaint's subject as the brief. Otherwise `handOffComplaint` takes this"
        " department when none is named.",
        default=False,
    )

    def checked(self, errors: InputErrors) -> dict[str, Any]:
        """What is kept of it; what is wrong is noted. The same below."""
        if self.department is not None and self.department not in BACK_OFFICE_DEPARTMENTS:
            errors.within("route").add("department", f"{self.department} is no department of the back office.")
        return {"department": self.department, "hand_off": self.hand_off}


@command
class RuleSeverity:
    """How severe a complaint is."""

    severity: Severity = member("The severity.")
    only_raise: bool = member("Whether a higher severity stays as it is.", default=True)

    def checked(self, _errors: InputErrors) -> dict[str, Any]:
        """Whatever it is, is right."""
        return {"severity": self.severity, "only_raise": self.only_raise}


@command
class RuleNotify:
    """Which colleagues should look; at least one of the members must mean somebody."""

    roles: tuple[Role, ...] = member("Accounts with one of these roles.", default=())
    departments: tuple[Department, ...] = member("Members of these departments.", default=())
    managers: bool = member(
        "Who manages the department that has the complaint; where nobody does, its office's managers.",
        default=False,
    )

    def checked(self, errors: InputErrors) -> dict[str, Any]:
        """Somebody must be meant."""
        roles, departments = sorted(set(map(str, self.roles))), sorted(set(map(str, self.departments)))
        if not (roles or departments or self.managers):
            errors.add("notify", "Nobody is meant: name roles, departments or managers.")
        return {"roles": roles, "departments": departments, "managers": self.managers}


@command
class RuleCase:
    """Which complaints become one case."""

    within_days: int = member(
        "How old the product's case, or the other complaints about it, may be: 1 to 365 days.", default=7
    )

    def checked(self, errors: InputErrors) -> dict[str, Any]:
        """The days must be as many as rules look back."""
        _check_days(errors.within("attachToCase"), self.within_days)
        return {"within_days": self.within_days}


@command
class RuleTask:
    """What a department is to do."""

    title: str = member("What is to be done, in a line of at most 200 characters. It is the same for every complaint.")
    department: Department | None = member(
        "Whose task it is; left out, the department's that has the complaint.", default=None
    )
    due_in_minutes: int | None = member(
        "When it is due, 1 to 527,040 minutes from the event; left out, it never is.", default=None
    )

    def checked(self, errors: InputErrors) -> dict[str, Any]:
        """The title must say something that fits."""
        errors, title = errors.within("createTask"), clean(self.title)
        if not title or len(title) > LONGEST_LINE or not is_storable(title):
            errors.add("title", f"A title has 1 to {LONGEST_LINE} characters that can be stored.")
            # No row takes it.
            title = ""
        if self.due_in_minutes is not None and not 1 <= self.due_in_minutes <= rules.LONGEST_DELAY:
            errors.add("dueInMinutes", f"`dueInMinutes` is between 1 and {rules.LONGEST_DELAY}.")
        return {"department": self.department, "title": title, "due_in_minutes": self.due_in_minutes}


@command
class RuleAction:
    """One thing that a rule does: exactly one member is given."""

    ONE_OF: ClassVar = True

    route: RuleRoute | None = member("Says where the complaint goes.", default=None)
    set_severity: RuleSeverity | None = member("Changes the complaint's severity.", default=None)
    attach_to_case: RuleCase | None = member(
        "Attaches the complaint to its product's case, or proposes one with all that came lately.",
        default=None,
    )
    create_task: RuleTask | None = member("Gives a department a task.", default=None)
    notify: RuleNotify | None = member("Notifies colleagues.", default=None)


@command
class RuleDefinition:
    """What a rule says."""

    trigger: EventKind = member("What sets it off: something that people or clocks do to a complaint or its handoffs.")
    conditions: tuple[RuleCondition, ...] = member("What must hold, all of it; at most 20, and none is enough.")
    actions: tuple[RuleAction, ...] = member(
        "What it does, in order: 1 to 5; only `notify` and `createTask` more than once."
    )


@dataclass(frozen=True)
class Definition:
    """What a rule says as it is kept: rows that belong to no version yet. What an action's kind does not use is left out."""

    trigger: EventKind
    conditions: list[rules.RuleCondition]
    actions: list[rules.RuleAction]


def check_rights(
    viewer: Viewer,
    errors: InputErrors,
    asked: Iterable[Fact],
    actions: Iterable[rules.RuleAction],
    member: str = "",
) -> None:
    """Notes what of a rule its author may not know: facts that it asks for, texts that it copies. Each is named by its place
    in a definition, or all of them by the one `member` that names a saved rule.
    """
    needed = [("conditions", str(place), fact.field, fact.needs) for place, fact in enumerate(asked)]
    needed += [
        ("actions", str(place), action.kind, needs)
        for place, action in enumerate(actions)
        if (needs := ACTIONS[action.kind].copies)
    ]
    for part, place, what, needs in needed:
        if not viewer.may(needs):
            # Whoever may not read it would learn it from what the rule does.
            at, named = (errors, member) if member else (errors.within(part), place)
            at.add(named, f"{what} needs the permission {needs}, which you do not hold.", "FORBIDDEN")


async def check_definition(errors: InputErrors, given: RuleDefinition, author: Viewer | None) -> Definition:
    """What is to be kept of a definition, its texts cleaned. Every wrong member is noted, and what its author may not know;
    without one, it is ours.
    """
    errors = errors.within("definition")
    if given.trigger not in TRIGGERS:
        errors.add("trigger", f"{given.trigger} sets no rule off; what people and clocks do to complaints does.")
    if len(given.conditions) > rules.MOST_CONDITIONS:
        errors.add("conditions", f"A rule has at most {rules.MOST_CONDITIONS} conditions.")
    if not 1 <= len(given.actions) <= rules.MOST_ACTIONS:
        errors.add("actions", f"A rule has 1 to {rules.MOST_ACTIONS} actions.")
    conditions = [
        await _checked_condition(errors.within("conditions", str(index)), condition, given.trigger)
        for index, condition in enumerate(given.conditions[: rules.MOST_CONDITIONS])
    ]
    actions: list[rules.RuleAction] = []
    for index, action in enumerate(given.actions[: rules.MOST_ACTIONS]):
        # GraphQL itself sees to it that exactly one member is given; they are called like the kinds.
        kind, said = next((kind, said) for kind in RuleActionKind if (said := getattr(action, kind.lower())))
        if kind in ONCE and any(earlier.kind == kind for earlier in actions):
            errors.within("actions").add(str(index), f"A rule has one {kind}.")
        members = said.checked(errors.within("actions", str(index)))
        actions.append(rules.RuleAction(kind=kind, **members))
    if author is not None:
        check_rights(author, errors, [RULED.facts.fact(one.looks_at) for one in conditions], actions)
    return Definition(given.trigger, conditions, actions)


def _check_days(errors: InputErrors, given: int | None) -> None:
    if given is None or not 1 <= given <= rules.LONGEST_WINDOW:
        errors.add("withinDays", f"`withinDays` is between 1 and {rules.LONGEST_WINDOW} here.")


# --- Conditions -------------------------------------------------------------------------------------------------------


async def _checked_condition(errors: InputErrors, given: RuleCondition, trigger: EventKind) -> rules.RuleCondition:
    values = [clean(value) for value in given.values]
    fact = RULED.facts.fact(given.field)
    if given.operator not in fact.operators:
        words = ", ".join(sorted(fact.operators))
        errors.add("operator", f"{given.field} is compared with {words}, not with {given.operator}.")
    else:
        if fact.source is FactSource.COUNT:
            _check_days(errors, given.within_days)
        elif given.within_days is not None:
            errors.add("withinDays", f"Only {_COUNTED} looks back for days.")
        if fact.source is FactSource.EVENT and trigger not in HANDOFF_TRIGGERS:
            errors.add("field", f"{trigger} is about no handoff, so there is no department.")
        if given.operator in {RuleOperator.AT_LEAST, RuleOperator.AT_MOST} and len(values) != 1:
            errors.add("values", f"{given.operator} takes one value.")
        elif not 1 <= len(values) <= rules.MOST_VALUES:
            errors.add("values", f"A condition has 1 to {rules.MOST_VALUES} values.")
        else:
            await _check_values(errors.within("values"), fact, values)
    return rules.RuleCondition(
        looks_at=given.field, operator=given.operator, compared_with=values, within_days=given.within_days
    )


async def _check_values(errors: InputErrors, fact: Fact, values: list[str]) -> None:
    known = await _known(fact, values)
    for index, value in enumerate(values):
        if not is_storable(value):
            errors.add(str(index), "The value holds a character that cannot be stored.")
        elif value in values[:index]:
            errors.add(str(index), "The value is there already.")
        elif known is not None and value not in known:
            # What a client wrote comes back only as far as it fits on a line.
            errors.add(str(index), f"{fact.field} has no value '{value[:50]}'.")
        elif fact.source is FactSource.COUNT and not _is_count(value):
            errors.add(str(index), f"A count is a whole number from 1 to {10 ** len(str(rules.LAST_POSITION)) - 1}.")
        elif fact.source is FactSource.TEXT and not rules.SHORTEST_WORD <= len(value) <= rules.LONGEST_WORD:
            errors.add(str(index), f"A word has {rules.SHORTEST_WORD} to {rules.LONGEST_WORD} characters.")
        elif fact.source is FactSource.TEXT and (fault := fault_of(value)):
            errors.add(str(index), f"The word {fault}.")


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


def _is_count(value: str) -> bool:
    return value.isascii() and value.isdigit() and len(value) <= len(str(rules.LAST_POSITION)) and int(value) >= 1
