"""Rules at work in tests: saved as managers save them, applied as the server applies them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from models.both_offices.rules import Rule, RuleActionKind, RuleApplication, RuleField, RuleOperator
from models.front_office.service.complaints import Complaint
from models.kit.base import new_id
from models.kit.events import EventKind
from models.permissions import Department, Role
from resolvers.both_offices.rules import (
    Definition,
    GivenAction,
    GivenCondition,
    GivenRule,
    apply_rules,
    save_rule,
    switch_rule,
)
from resolvers.kit.transaction import before_commit, transact
from resolvers.kit.viewer import Viewer
from tests.office import hire

RECEIVED = EventKind.COMPLAINT_RECEIVED


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


def when(field: RuleField, operator: RuleOperator, *values: str, days: int | None = None) -> GivenCondition:
    """One condition."""
    return GivenCondition(field, operator, values, days)


def route(department: Department | None = None, **others: Any) -> GivenAction:
    """The action that says where a complaint goes."""
    return GivenAction(RuleActionKind.ROUTE, department=department, **others)


def severity(wanted: Any, **others: Any) -> GivenAction:
    """The action that sets a severity."""
    return GivenAction(RuleActionKind.SET_SEVERITY, severity=wanted, **others)


def given_rule(
    *actions: GivenAction,
    conditions: Sequence[GivenCondition] = (),
    trigger: EventKind = RECEIVED,
    key: UUID | None = None,
    **others: Any,
) -> GivenRule:
    """A rule as somebody writes it."""
    definition = Definition(trigger, conditions, actions)
    members: dict[str, Any] = {"name": "A rule", "position": None, "expected_version": None, "dry_run": False}
    return GivenRule(key=key, names=key is not None, definition=definition, **members | others)


async def ruled(manager: Viewer, *actions: GivenAction, **others: Any) -> Rule:
    """A rule that is saved and enabled."""
    given = given_rule(*actions, **others)
    keys = await transact(lambda: save_rule(manager, given))
    await transact(lambda: switch_rule(manager, keys["rule"], True, None))
    return await Rule.get(id=keys["rule"])


async def applied(complaint: Complaint) -> list[tuple[str, str | None]]:
    """What rules did to a complaint, in order: kind of action, and why it was skipped."""
    rows = await RuleApplication.filter(complaint_id=complaint.id).order_by("id").values("kind", "skipped")
    return [(str(row["kind"]), row["skipped"] and str(row["skipped"])) for row in rows]
