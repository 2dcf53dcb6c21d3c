"""What a rule says, as its managers write it: typed conditions and actions, which rules/checking.py looks at one by one."""

from typing import ClassVar

from models.both_offices.rules import RuleActionKind, RuleField, RuleOperator
from models.kit.events import EventKind
from models.kit.severity import Severity
from models.permissions import Department, Role
from resolvers.both_offices.rules.checking import Definition, GivenAction, GivenCondition
from resolvers.kit.commands import command, member


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
        "Whether to hand it off at once. Otherwise `handOffComplaint` takes this department when none is named.",
        default=False,
    )


@command
class RuleSeverity:
    """How severe a complaint is."""

    severity: Severity = member("The severity.")
    only_raise: bool = member("Whether a higher severity stays as it is.", default=True)


@command
class RuleNotify:
    """Which colleagues should look; at least one of the members must mean somebody."""

    roles: tuple[Role, ...] = member("Accounts with one of these roles.", default=())
    departments: tuple[Department, ...] = member("Members of these departments.", default=())
    managers: bool = member(
        "Who manages the department that has the complaint; where nobody does, its office's managers.",
        default=False,
    )


@command
class RuleCase:
    """Which complaints become one case."""

    within_days: int = member(
        "How old the product's case, or the other complaints about it, may be: 1 to 365 days.", default=7
    )


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


def definition_of(given: RuleDefinition) -> Definition:
    """What is checked and written down: each action flat, whatever it does."""
    conditions = [GivenCondition(one.field, one.operator, one.values, one.within_days) for one in given.conditions]
    return Definition(given.trigger, conditions, [*map(_action, given.actions)])


def _action(given: RuleAction) -> GivenAction:
    kinds = RuleActionKind
    if given.route:
        return GivenAction(kinds.ROUTE, department=given.route.department, hand_off=given.route.hand_off)
    if given.set_severity:
        wanted = given.set_severity
        return GivenAction(kinds.SET_SEVERITY, severity=wanted.severity, only_raise=wanted.only_raise)
    if given.attach_to_case:
        return GivenAction(kinds.ATTACH_TO_CASE, within_days=given.attach_to_case.within_days)
    if given.create_task:
        task = given.create_task
        return GivenAction(
            kinds.CREATE_TASK, department=task.department, title=task.title, due_in_minutes=task.due_in_minutes
        )
    assert given.notify, "GraphQL itself sees to it that exactly one member is given."
    told = given.notify
    return GivenAction(kinds.NOTIFY, roles=told.roles, departments=told.departments, managers=told.managers)
