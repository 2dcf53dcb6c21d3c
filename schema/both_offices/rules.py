"""Rules that carry work across by themselves: what they say, what they said, what they did, and what they would have done."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from models.areas import applications_of_viewer
from models.both_offices import rules
from models.kit.events import EventKind
from models.kit.severity import Severity
from models.permissions import Department, Permission, Role
from resolvers.both_offices.rules.saving import disable_rule, enable_rule, save_rule
from resolvers.both_offices.rules.trying import Effect, TestRule, try_rule
from resolvers.kit.context import Context
from resolvers.kit.problems import Refused
from resolvers.reading.declare import column, many, node, one, plain_type, read, registry
from resolvers.reading.relay import Connection, Node
from resolvers.reading.sources import EntryNode, EntryRows
from schema.kit.areas import Area
from schema.kit.errors import UserError, show
from schema.kit.mutations import changed, changed_many, command_of, input_of, mutation, payload, plain

if TYPE_CHECKING:
    from schema.back_office.handoffs import Handoff
    from schema.both_offices.accounts import Account
    from schema.front_office.service.complaints import Complaint

READ, WRITE = Permission.READ_RULES, Permission.WRITE_RULES


@node(rules.Rule, prefix="rul", needs=READ)
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


@node(rules.RuleVersion, prefix="rve", needs=READ)
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


@node(rules.RuleCondition, prefix="", needs=READ)
class RuleCondition:
    """One thing that must hold."""

    position: int = column("Its place among the conditions, from 0.", sort=True)
    field: rules.RuleField = column("What it looks at.", "looks_at")
    operator: rules.RuleOperator = column("How it compares.")
    values: list[str] = column("With what.", "compared_with")
    within_days: int | None = column("How far PRODUCT_COMPLAINTS looks back, in days; null for other fields.")


@node(rules.RuleAction, prefix="", needs=READ)
class RuleAction:
    """One thing that a rule does. Members that its kind does not use are null, empty or false."""

    position: int = column("Its place among the actions, from 0.", sort=True)
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


@node(rules.RuleApplication, prefix="rap", rows=applications_of_viewer, needs=READ)
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


# --- Tried on the past ------------------------------------------------------------------------------------------------


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


async def _test(
    info: strawberry.Info[Context, None],
    input: Annotated[Any, strawberry.argument(description="What is tried.")],
) -> RuleTest:
    viewer = info.context.viewer
    assert viewer is not None, "Authorisation lets nobody in here who has not signed in."
    try:
        trial = await try_rule(viewer, command_of(TestRule, input))
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


_test.__annotations__["input"] = Annotated[input_of(TestRule), strawberry.argument(description="What is tried.")]


def _effect(effect: Effect) -> RuleTestEffect:
    return RuleTestEffect(
        complaint_id=strawberry.ID(registry.nodes["Complaint"].global_id(effect.complaint)),
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


@payload
class RulePayload:
    """What became of a rule."""

    rule: "Rule | None" = changed("The rule as it now is; null when there are errors, and after a dry run.")
    masked_text: str | None = plain(
        "Shown by a dry run alone: the rule's name and the titles of its tasks as they would be kept, one below the other."
        " Each task's title is masked once more for the complaint that it is about.",
        default=None,
    )


AREA = Area(
    front_office=(Rules,),
    back_office=(Rules,),
    mutations=(
        mutation(WRITE, save_rule, shows=RulePayload),
        mutation(WRITE, enable_rule, shows=RulePayload),
        mutation(WRITE, disable_rule, shows=RulePayload),
    ),
)
