"""Rules at work in tests: saved as managers save them, applied as the server applies them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from models.both_offices.rules import Rule, RuleApplication, RuleField, RuleOperator
from models.front_office.service.complaints import Complaint, ComplaintEvent
from models.kit.base import new_id
from models.kit.events import EventKind
from models.kit.severity import Severity
from models.permissions import Department, Role
from resolvers.both_offices.rules.applying import apply_rules
from resolvers.both_offices.rules.definitions import (
    RuleAction,
    RuleCondition,
    RuleDefinition,
    RuleRoute,
    RuleSeverity,
)
from resolvers.both_offices.rules.saving import SaveRule, enable_rule, save_rule
from resolvers.kit.commands import Key
from resolvers.kit.transaction import before_commit, transact
from resolvers.kit.viewer import Viewer
from tests.office import do, hire

RECEIVED = ComplaintEvent.RECEIVED


@asynccontextmanager
async def rules_at_work() -> AsyncIterator[None]:
    """While it lasts, rules are applied to every change, as in the server."""
    take_back = before_commit(apply_rules)
    try:
        yield
    finally:
        take_back()


async def a_manager() -> Viewer:
    """Somebody who may write rules."""
    return await hire(f"Mia Manager {new_id()}", [Role.FRONT_OFFICE_MANAGER], [Department.CUSTOMER_SERVICE])


def when(field: RuleField, operator: RuleOperator, *values: str, days: int | None = None) -> RuleCondition:
    """One condition."""
    return RuleCondition(field=field, operator=operator, values=values, within_days=days)


def route(department: Department | None = None, *, hand_off: bool = False) -> RuleAction:
    """The action that says where a complaint goes."""
    return RuleAction(route=RuleRoute(department=department, hand_off=hand_off))


def severity(wanted: Severity, *, only_raise: bool = True) -> RuleAction:
    """The action that sets a severity."""
    return RuleAction(set_severity=RuleSeverity(severity=wanted, only_raise=only_raise))


def given_rule(
    *actions: RuleAction,
    conditions: Sequence[RuleCondition] = (),
    trigger: EventKind = RECEIVED,
    key: UUID | None = None,
    **others: Any,
) -> SaveRule:
    """A rule as somebody writes it."""
    definition = RuleDefinition(trigger=trigger, conditions=tuple(conditions), actions=actions)
    named: dict[str, Any] = {"name": "A rule", **others}
    return SaveRule(rule=Key(key) if key else None, definition=definition, **named)


async def ruled(manager: Viewer, *actions: RuleAction, **others: Any) -> Rule:
    """A rule that is saved and enabled."""
    given = given_rule(*actions, **others)
    keys = await transact(lambda: save_rule(manager, given))
    await do(enable_rule, manager, rule=keys["rule"])
    return await Rule.get(id=keys["rule"])


async def applied(complaint: Complaint) -> list[tuple[str, str | None]]:
    """What rules did to a complaint, in order: kind of action, and why it was skipped."""
    rows = await RuleApplication.filter(complaint_id=complaint.id).order_by("id").values("kind", "skipped")
    return [(str(row["kind"]), row["skipped"] and str(row["skipped"])) for row in rows]
