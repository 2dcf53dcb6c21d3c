"""Actions: what rules do, by kind: what areas offer to do to their subjects, and what tells people, which is the same for all."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from models.areas import RULED
from models.both_offices.accounts import Account
from models.both_offices.notifications import NotificationKind
from models.both_offices.rules import RuleAction, RuleActionKind, RuleSkip
from models.kit.events import Subject
from models.permissions import Department
from resolvers.areas import OFFERED_TO_RULES
from resolvers.both_offices.escalations.managers import manager_of, managers_of_office
from resolvers.both_offices.notifications import notify
from resolvers.both_offices.ruling import Action, OfferedAction, RuleContext
from resolvers.both_offices.tasks import open_task

MOST_NOTIFIED = 500
"""As many accounts as one action notifies, those first added first: an agent waits for the change that it happens in."""


async def _create_task(occasion: RuleContext[Any], action: RuleAction) -> Action:
    department = action.department or _department(occasion)
    minutes: int | None = action.due_in_minutes
    await open_task(
        str(action.title),
        occasion.subject,
        _handoff(occasion),
        department=department,
        due_at=None if minutes is None else occasion.at + timedelta(minutes=minutes),
        at=occasion.at,
    )
    return Action(department=department)


def _handoff(occasion: RuleContext[Any]) -> Subject | None:
    """The handoff that the event is about."""
    return Subject("handoff", occasion.handoff) if occasion.handoff else None


def _department(occasion: RuleContext[Any]) -> Department:
    """The department that has the subject, or will."""
    return occasion.event.department or RULED.goes_to(occasion.subject)


async def _managers(occasion: RuleContext[Any]) -> set[UUID]:
    """Who manages the department that has the subject, or will; where nobody does, the managers of its office."""
    department = _department(occasion)
    manager = await manager_of(department)
    return {account.id for account in ([manager] if manager else await managers_of_office(department))}


async def _notify(occasion: RuleContext[Any], action: RuleAction) -> Action:
    roles, departments = set(action.roles), set(action.departments)
    leading = await _managers(occasion) if action.managers else set()
    accounts: Any = Account.filter(enabled=True).order_by("created_at", "id").values("id", "roles", "departments")
    meant = [
        row["id"]
        for row in await accounts
        if row["id"] in leading or roles & set(row["roles"]) or departments & set(row["departments"])
    ]
    if not meant:
        return Action(RuleSkip.NOBODY)
    receivers = meant[:MOST_NOTIFIED]
    await notify(NotificationKind.RULE, receivers, occasion.subject, _handoff(occasion), at=occasion.at)
    return Action(notified=len(receivers))


ACTIONS: dict[RuleActionKind, OfferedAction[Any]] = {
    offered.kind: offered
    for offered in (
        *OFFERED_TO_RULES,
        OfferedAction(kind=RuleActionKind.NOTIFY, act=_notify),
        OfferedAction(kind=RuleActionKind.CREATE_TASK, act=_create_task),
    )
}
