"""Rules at work in tests: saved as managers save them, applied as the server applies them."""

from collections.abc import Sequence
from typing import Any

from models.both_offices.accounts import Account
from models.both_offices.rules import Rule, RuleApplication, RuleField, RuleOperator
from models.front_office.service.complaints import Complaint, ComplaintEvent
from models.kit.events import EventKind
from models.kit.severity import Severity
from models.permissions import Department
from resolvers.both_offices.rules.definitions import (
    RuleAction,
    RuleCondition,
    RuleDefinition,
    RuleRoute,
    RuleSeverity,
)
from resolvers.both_offices.rules.saving import enable_rule, save_rule
from tests.office import do, viewer_of

RECEIVED = ComplaintEvent.RECEIVED


def when(field: RuleField, operator: RuleOperator, *values: str, days: int | None = None) -> RuleCondition:
    """One condition."""
    return RuleCondition(field=field, operator=operator, values=values, within_days=days)


def route(department: Department | None = None, *, hand_off: bool = False) -> RuleAction:
    """The action that says where a complaint goes."""
    return RuleAction(route=RuleRoute(department=department, hand_off=hand_off))


def severity(wanted: Severity, *, only_raise: bool = True) -> RuleAction:
    """The action that sets a severity."""
    return RuleAction(set_severity=RuleSeverity(severity=wanted, only_raise=only_raise))


async def ruled(
    *actions: RuleAction,
    conditions: Sequence[RuleCondition] = (),
    trigger: EventKind = RECEIVED,
    **others: Any,
) -> Rule:
    """A rule that a manager has saved and enabled."""
    manager = viewer_of(await Account.get(email="front.manager@northwind.example"))
    definition = RuleDefinition(trigger=trigger, conditions=tuple(conditions), actions=actions)
    keys = await do(save_rule, manager, **{"name": "A rule", "definition": definition, **others})
    await do(enable_rule, manager, rule=keys["rule"])
    return await Rule.get(id=keys["rule"])


async def applied(complaint: Complaint) -> list[tuple[str, str | None]]:
    """What rules did to a complaint, in order: kind of action, and why it was skipped."""
    rows = await RuleApplication.filter(complaint_id=complaint.id).order_by("id").values("kind", "skipped")
    return [(str(row["kind"]), row["skipped"] and str(row["skipped"])) for row in rows]
