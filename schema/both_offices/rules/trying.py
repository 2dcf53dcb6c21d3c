"""What rules are and would have done: the ways in for the managers of both offices."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from models.both_offices import rules
from models.kit.severity import Severity
from models.permissions import Department
from resolvers.both_offices import rules as use_cases
from resolvers.kit.context import Context
from resolvers.kit.problems import Refused
from resolvers.reading.declare import Connection, EntryNode, EntryRows, changed_many, plain, plain_type, read, registry
from schema.both_offices.rules.saved import READ, Rule
from schema.kit.errors import UserError, show
from schema.kit.mutations import command_of, input_of

if TYPE_CHECKING:
    from schema.front_office.service.complaints import Complaint


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
        trial = await use_cases.try_rule(viewer, command_of(use_cases.TestRule, input))
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


_test.__annotations__["input"] = Annotated[
    input_of(use_cases.TestRule), strawberry.argument(description="What is tried.")
]


def _effect(effect: use_cases.Effect) -> RuleTestEffect:
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
