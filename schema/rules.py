"""Rules that carry work across by themselves: what they say, what they said, what they did, and what they would have done."""

from collections.abc import Awaitable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import strawberry

from models import rules
from models.base import all_rows
from models.events import EventKind
from models.front_office.complaints import Severity
from models.permissions import Department, Permission, Role
from resolvers import rules as use_cases
from resolvers.context import Context
from resolvers.problems import Refused
from resolvers.reading.declare import (
    NODES,
    Connection,
    Door,
    EntryNode,
    EntryRows,
    Node,
    changed,
    changed_many,
    column,
    many,
    node,
    one,
    plain,
    plain_type,
    read,
)
from schema.changes import ERRORS, expected_version, idempotency_key, key_of, member, optional, verb
from schema.errors import UserError, show

if TYPE_CHECKING:
    from schema.back_office.accounts import Account
    from schema.back_office.handoffs import Handoff
    from schema.front_office.complaints import Complaint

READ, WRITE = Permission.READ_RULES, Permission.WRITE_RULES


@node(rules.Rule, prefix="rul", rows=all_rows, needs=READ)
class Rule(Node):
    """When something happens to a complaint and all conditions hold, actions follow, in the same change."""

    name: str = column("What people call it.", filter=True, sort=True)
    enabled: bool = column("Whether it is applied.", filter=True)
    position: int = column("Its place: of the rules for one event, lower positions are applied first.", sort=True)
    trigger: EventKind = column("What sets it off.")
    conditions: "list[RuleCondition]" = many(
        "What must hold, all of it; with none, the event is enough.", "rule_version_id", "position", key="current_id"
    )
    actions: "list[RuleAction]" = many("What it does, in order.", "rule_version_id", "position", key="current_id")
    shipped_as: str | None = column("Under which name it came with Interoffice; null for the company's own.")
    version: int = column("Grows with every change; send it back as `expectedVersion`.")
    versions: "Connection[RuleVersion]" = many("All that it has said, latest first.", "rule_id", "-number")
    applications: "Connection[RuleApplication]" = many(
        "What it did to the complaints that the viewer sees, latest first.", "rule_id", "-at"
    )


@node(rules.RuleVersion, prefix="rve", rows=all_rows, needs=READ)
class RuleVersion(Node):
    """What a rule said from one saving to the next."""

    number: int = column("1 for what it said first.", filter=True, sort=True)
    name: str = column("What it was called.")
    trigger: EventKind = column("What set it off.")
    conditions: "list[RuleCondition]" = many("What had to hold.", "rule_version_id", "position")
    actions: "list[RuleAction]" = many("What it did.", "rule_version_id", "position")
    saved_at: datetime = column("When it was saved.")
    saved_by: "Account | None" = one("Who saved it; null for what came with Interoffice.", "saved_by_id")
    rule: "Rule | None" = one("The rule.", "rule_id")


@node(rules.RuleCondition, prefix="", rows=all_rows, needs=READ)
class RuleCondition:
    """One thing that must hold."""

    field: rules.RuleField = column("What it looks at.", "looks_at")
    operator: rules.RuleOperator = column("How it compares.")
    values: list[str] = column("With what.", "compared_with")
    within_days: int | None = column("How far PRODUCT_COMPLAINTS looks back, in days; null for other fields.")


@node(rules.RuleAction, prefix="", rows=all_rows, needs=READ)
class RuleAction:
    """One thing that a rule does. Members that its kind does not use are null, empty or false."""

    kind: rules.RuleActionKind = column("What is done.")
    department: Department | None = column(
        "Where ROUTE takes the complaint, null for its category's department; or whose task it is, null for the"
        " department's that has the complaint."
    )
    hand_off: bool = column("Whether ROUTE hands the complaint off at once.")
    severity: Severity | None = column("The severity that SET_SEVERITY sets.")
    only_raise: bool = column("Whether SET_SEVERITY leaves a higher severity alone.")
    within_days: int | None = column("How old, in days, complaints may be that ATTACH_TO_CASE brings together.")
    roles: list[Role] = column("Whose accounts NOTIFY notifies.")
    departments: list[Department] = column("Whose members NOTIFY notifies.")
    managers: bool = column("Whether NOTIFY notifies who manages the department that has the complaint.")
    title: str | None = column("What is to be done in the task.")
    due_in_minutes: int | None = column("When the task is due, in minutes from the event; null for never.")


@node(rules.RuleApplication, prefix="rap", rows=rules.visible_applications, needs=READ)
class RuleApplication(Node):
    """What one action of a rule did to one complaint, or why it did not although the conditions held."""

    at: datetime = column("When.", filter=True, sort=True)
    kind: rules.RuleActionKind = column("What was to be done.", filter=True)
    skipped: rules.RuleSkip | None = column("Why it was not done; null when it was.", filter=True)
    department: Department | None = column("Where the complaint was routed, or whose task was made.")
    severity_before: Severity | None = column("The severity before SET_SEVERITY.")
    severity: Severity | None = column("The severity that SET_SEVERITY meant.")
    notified: int | None = column("How many accounts were notified.")
    rule: "Rule | None" = one("The rule.", "rule_id")
    rule_version: "RuleVersion | None" = one("What the rule said at the time.", "rule_version_id")
    complaint: "Complaint | None" = one("The complaint.", "complaint_id")
    handoff: "Handoff | None" = one("The handoff that the event was about, if any.", "handoff_id")


# --- Inputs -----------------------------------------------------------------------------------------------------------


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


@strawberry.input(description="A rule as it is to be from now on.")
class SaveRuleInput:
    """A rule as it is to be from now on."""

    rule: strawberry.ID | None = optional("Which rule says something else now; left out, a new one is made, disabled.")
    name: str = member("What people call it, at most 200 characters.")
    position: int | None = optional(
        "Its place, 0 to 1,000,000; lower ones are applied first. Left out, it stays, or comes before what was shipped."
    )
    definition: RuleDefinitionInput = member("What it says.")
    dry_run: bool = strawberry.field(
        description="Checks everything and saves nothing. What the rule would have done, `testRule` tells.",
        default=False,
    )
    expected_version: int | None = expected_version()
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="Which rule is applied from now on.")
class EnableRuleInput:
    """Which rule is applied from now on."""

    rule: strawberry.ID = member("The rule.")
    expected_version: int | None = expected_version()
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="Which rule is no longer applied.")
class DisableRuleInput:
    """Which rule is no longer applied."""

    rule: strawberry.ID = member("The rule.")
    expected_version: int | None = expected_version()
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="What is tried on the past: a rule or a definition.")
class TestRuleInput:
    """What is tried on the past: a rule or a definition."""

    rule: strawberry.ID | None = optional("A saved rule, enabled or not.")
    definition: RuleDefinitionInput | None = optional("What a rule might say. Either this or `rule` is given.")
    since: datetime | None = optional("From when on; left out, the 30 days up to `until`.")
    until: datetime | None = optional("Until when; left out, now.")
    first: int = strawberry.field(description="How many effects are shown, 0 to 100, latest first.", default=20)


# --- Payloads ---------------------------------------------------------------------------------------------------------


@plain_type(Door.SIGNED_IN)
class RulePayload:
    """What became of a rule."""

    ROWS: ClassVar = ("rule",)
    rule: "Rule | None" = changed("The rule as it now is; null when there are errors, and after a dry run.")
    errors: list[UserError] = plain(ERRORS)


@plain_type(READ)
class RuleTestAction:
    """What one action would have done."""

    kind: rules.RuleActionKind = plain("What would have been done.")
    skipped: rules.RuleSkip | None = plain("Why it would not have been; null when it would.")
    department: Department | None = plain("Where ROUTE would have taken the complaint.")
    severity_before: Severity | None = plain("The severity that SET_SEVERITY would have found.")
    severity: Severity | None = plain("The severity that it meant.")


@plain_type(READ)
class RuleTestEffect:
    """What the rule would have done on one occasion."""

    complaint_id: strawberry.ID = plain("The complaint, which is among the `complaints` of the answer.")
    at: datetime = plain("When.")
    actions: list[RuleTestAction] = plain("What each of its actions would have done.")


@plain_type(READ)
class RuleTest:
    """What a rule would have done in the past, if complaints had been as they now are and still open. Nothing was changed."""

    tried: int = plain("On how many occasions it was tried: at most 500, the latest.")
    met: int = plain("On how many of them all conditions held.")
    more: bool = plain("Whether there were more occasions than were tried.")
    effects: list[RuleTestEffect] = plain("What it would have done, latest first, as many as were asked for.")
    complaints: "list[Complaint]" = changed_many("The complaints of the effects, each once.")
    errors: list[UserError] = plain("Why nothing was tried; empty when it was.")


# --- Roots ------------------------------------------------------------------------------------------------------------


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


def _definition(given: RuleDefinitionInput) -> use_cases.Definition:
    return use_cases.Definition(given.trigger, [*map(_condition, given.conditions)], [*map(_action, given.actions)])


def _save(viewer: Any, given: SaveRuleInput) -> Awaitable[use_cases.Keys]:
    return use_cases.save_rule(
        viewer,
        use_cases.GivenRule(
            key=key_of(given.rule, "rul"),
            names=given.rule is not None,
            name=given.name,
            position=given.position,
            definition=_definition(given.definition),
            expected_version=given.expected_version,
            dry_run=given.dry_run,
        ),
    )


class RuleMutations:
    """What managers do with rules."""

    save_rule = verb(
        "Saves what a rule says from now on; what it said before is kept.", WRITE, SaveRuleInput, RulePayload, _save
    )
    enable_rule = verb(
        "Has a rule applied from now on.",
        WRITE,
        EnableRuleInput,
        RulePayload,
        lambda viewer, given: use_cases.switch_rule(viewer, key_of(given.rule, "rul"), True, given.expected_version),
    )
    disable_rule = verb(
        "Has a rule applied no longer; what it did stays.",
        WRITE,
        DisableRuleInput,
        RulePayload,
        lambda viewer, given: use_cases.switch_rule(viewer, key_of(given.rule, "rul"), False, given.expected_version),
    )


async def _test(
    info: strawberry.Info[Context, None],
    input: Annotated[TestRuleInput, strawberry.argument(description="What is tried.")],
) -> RuleTest:
    viewer = info.context.viewer
    assert viewer is not None, "Authorisation lets nobody in here who has not signed in."
    given = use_cases.GivenTrial(
        key=key_of(input.rule, "rul"),
        names=input.rule is not None,
        definition=_definition(input.definition) if input.definition else None,
        since=input.since,
        until=input.until,
        first=input.first,
    )
    try:
        trial = await use_cases.try_rule(viewer, given)
    except Refused as refusal:
        problems = [show(problem) for problem in refusal.problems]
        return RuleTest(tried=0, met=0, more=False, effects=[], complaints=[], errors=problems)
    keys: Any = tuple(dict.fromkeys(effect.complaint for effect in trial.effects))
    return RuleTest(
        tried=trial.tried,
        met=trial.met,
        more=trial.more,
        effects=[_effect(effect) for effect in trial.effects],
        complaints=keys,
        errors=[],
    )


def _effect(effect: use_cases.Effect) -> RuleTestEffect:
    return RuleTestEffect(
        complaint_id=strawberry.ID(NODES["Complaint"].global_id(effect.complaint)),
        at=effect.at,
        actions=[
            RuleTestAction(
                kind=kind,
                skipped=deed.skipped,
                department=deed.department,
                severity_before=deed.severity_before,
                severity=deed.severity,
            )
            for kind, deed in effect.deeds
        ],
    )


class Rules:
    """Either office's managers read the rules."""

    rule: "Rule | None" = read(EntryNode(), "One rule.", needs=READ)
    rules: "Connection[Rule]" = read(EntryRows("position"), "All rules, in the order in which they apply.", needs=READ)
    test_rule: RuleTest = plain(
        "What a rule would have done to past complaints that the viewer sees. Nothing is changed.", READ, resolver=_test
    )
