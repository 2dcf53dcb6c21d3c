"""What a rule says, as clients write it: typed conditions and actions, which the use cases check member by member."""

import strawberry

from models.both_offices import rules
from models.front_office.service.complaints import Severity
from models.kit.events import EventKind
from models.permissions import Department, Role
from resolvers.both_offices import rules as use_cases
from schema.kit.legacy_verbs import member, optional


@strawberry.input(description="One thing that must hold.")
class RuleConditionInput:
    """One thing that must hold."""

    field: rules.RuleField = member("What it looks at.")
    operator: rules.RuleOperator = member(
        "How it compares; which operators a field permits is said when it permits not."
    )
    values: list[str] = member(
        "With what: names of the enumeration, SKUs, product categories, numbers, or words of 2 to 50 characters. One for"
        " AT_LEAST and AT_MOST, else 1 to 250."
    )
    within_days: int | None = optional("How far PRODUCT_COMPLAINTS looks back: 1 to 365 days. For no other field.")


@strawberry.input(description="Where a complaint goes.")
class RuleRouteInput:
    """Where a complaint goes."""

    department: Department | None = optional("A department of the back office; left out, the category's own.")
    hand_off: bool = strawberry.field(
        description="Whether to hand it off at once. Otherwise `handOffComplaint` takes this department when none is named.",
        default=False,
    )


@strawberry.input(description="How severe a complaint is.")
class RuleSeverityInput:
    """How severe a complaint is."""

    severity: Severity = member("The severity.")
    only_raise: bool = strawberry.field(description="Whether a higher severity stays as it is.", default=True)


@strawberry.input(description="Which colleagues should look; at least one of the members must mean somebody.")
class RuleNotifyInput:
    """Which colleagues should look; at least one of the members must mean somebody."""

    roles: list[Role] = strawberry.field(description="Accounts with one of these roles.", default_factory=list)
    departments: list[Department] = strawberry.field(description="Members of these departments.", default_factory=list)
    managers: bool = strawberry.field(
        description="Who manages the department that has the complaint; where nobody does, its office's managers.",
        default=False,
    )


@strawberry.input(description="Which complaints become one case.")
class RuleCaseInput:
    """Which complaints become one case."""

    within_days: int = strawberry.field(
        description="How old the product's case, or the other complaints about it, may be: 1 to 365 days.", default=7
    )


@strawberry.input(description="What a department is to do.")
class RuleTaskInput:
    """What a department is to do."""

    title: str = member("What is to be done, in a line of at most 200 characters. It is the same for every complaint.")
    department: Department | None = optional("Whose task it is; left out, the department's that has the complaint.")
    due_in_minutes: int | None = optional("When it is due, 1 to 527,040 minutes from the event; left out, it never is.")


@strawberry.input(one_of=True, description="One thing that a rule does: exactly one member is given.")
class RuleActionInput:
    """One thing that a rule does: exactly one member is given."""

    route: RuleRouteInput | None = strawberry.field(
        description="Says where the complaint goes.", default=strawberry.UNSET
    )
    set_severity: RuleSeverityInput | None = strawberry.field(
        description="Changes the complaint's severity.", default=strawberry.UNSET
    )
    attach_to_case: RuleCaseInput | None = strawberry.field(
        description="Attaches the complaint to its product's case, or proposes one with all that came lately.",
        default=strawberry.UNSET,
    )
    create_task: RuleTaskInput | None = strawberry.field(
        description="Gives a department a task.", default=strawberry.UNSET
    )
    notify: RuleNotifyInput | None = strawberry.field(description="Notifies colleagues.", default=strawberry.UNSET)


@strawberry.input(description="What a rule says.")
class RuleDefinitionInput:
    """What a rule says."""

    trigger: EventKind = member("What sets it off: something that people or clocks do to a complaint or its handoffs.")
    conditions: list[RuleConditionInput] = member("What must hold, all of it; at most 20, and none is enough.")
    actions: list[RuleActionInput] = member(
        "What it does, in order: 1 to 5; only `notify` and `createTask` more than once."
    )


def _condition(given: RuleConditionInput) -> use_cases.GivenCondition:
    return use_cases.GivenCondition(given.field, given.operator, given.values, given.within_days)


def _action(given: RuleActionInput) -> use_cases.GivenAction:
    kinds = rules.RuleActionKind
    if given.route:
        return use_cases.GivenAction(kinds.ROUTE, department=given.route.department, hand_off=given.route.hand_off)
    if given.set_severity:
        wanted = given.set_severity
        return use_cases.GivenAction(kinds.SET_SEVERITY, severity=wanted.severity, only_raise=wanted.only_raise)
    if given.attach_to_case:
        return use_cases.GivenAction(kinds.ATTACH_TO_CASE, within_days=given.attach_to_case.within_days)
    if given.create_task:
        task = given.create_task
        return use_cases.GivenAction(
            kinds.CREATE_TASK, department=task.department, title=task.title, due_in_minutes=task.due_in_minutes
        )
    assert given.notify, "GraphQL itself sees to it that exactly one member is given."
    told = given.notify
    return use_cases.GivenAction(kinds.NOTIFY, roles=told.roles, departments=told.departments, managers=told.managers)


def definition_of(given: RuleDefinitionInput) -> use_cases.Definition:
    """What the use cases take."""
    return use_cases.Definition(given.trigger, [*map(_condition, given.conditions)], [*map(_action, given.actions)])
