"""Actions: what a rule does to a complaint, one function for each kind. What cannot be done now says why, and breaks nothing."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from models.back_office.handoffs import Handoff
from models.both_offices.accounts import Account
from models.both_offices.notifications import NotificationKind
from models.both_offices.rules import RuleAction, RuleActionKind, RuleField, RuleSkip
from models.front_office.customers import Customer
from models.front_office.service.complaints import (
    DEPARTMENT_OF,
    TRANSITIONS,
    Category,
    Complaint,
    ComplaintEvent,
    ComplaintStatus,
    Severity,
)
from models.permissions import Department
from resolvers.both_offices.escalations.managers import manager_of, managers_of_office
from resolvers.both_offices.notifications import notify
from resolvers.both_offices.rules.conditions import rank
from resolvers.both_offices.tasks import open_task
from resolvers.events import record
from resolvers.front_office.service.cases.gathering import propose_case_for
from resolvers.front_office.service.complaints.findings import set_severity
from resolvers.front_office.service.complaints.handing_off import open_handoff
from resolvers.front_office.service.complaints.steps import open_handoffs, save
from resolvers.kit.transaction import Recorded

MOST_NOTIFIED = 500
"""As many accounts as one action notifies, those first added first: an agent waits for the change that it happens in."""

_DONE_WITH = frozenset({ComplaintStatus.ANSWERED, ComplaintStatus.CLOSED})


@dataclass
class RuleContext:
    """One event that rules are applied on. `routed` once one of them has said where the complaint goes."""

    event: Recorded
    complaint: Complaint
    at: datetime
    routed: bool = False

    @property
    def handoff(self) -> UUID | None:
        """The key of the handoff that the event is about."""
        return self.event.key_of(Handoff)


@dataclass(frozen=True, slots=True)
class Action:
    """What an action did, or why it did not."""

    skipped: RuleSkip | None = None
    department: Department | None = None
    severity_before: Severity | None = None
    severity: Severity | None = None
    notified: int | None = None


def department_of(category: str, action: RuleAction) -> Department:
    """Where ROUTE takes a complaint of a category."""
    return action.department or DEPARTMENT_OF[Category(category)]


async def _route(occasion: RuleContext, action: RuleAction) -> Action:
    complaint = occasion.complaint
    department = department_of(complaint.category, action)
    if occasion.routed:
        return Action(RuleSkip.ALREADY_ROUTED, department)
    if complaint.status in _DONE_WITH:
        return Action(RuleSkip.WRONG_STATUS, department)
    occasion.routed = True
    if action.hand_off:
        return await _hand_off(occasion, department)
    if complaint.routed_to == department:
        return Action(RuleSkip.UNCHANGED, department)
    complaint.routed_to = department
    await save(complaint)
    await record(ComplaintEvent.ROUTED, complaint, actor=None, at=occasion.at)
    return Action(department=department)


async def _hand_off(occasion: RuleContext, department: Department) -> Action:
    complaint = occasion.complaint
    if all("handOffComplaint" not in step.by for step in TRANSITIONS[complaint.status]):
        return Action(RuleSkip.WRONG_STATUS, department)
    if any(handoff.department == department for handoff in await open_handoffs(complaint)):
        return Action(RuleSkip.WITH_DEPARTMENT, department)
    customer = await Customer.get(id=complaint.customer_id)
    complaint.routed_to = department
    await open_handoff(None, complaint, customer, department, None, occasion.at)
    await save(complaint)
    return Action(department=department)


def severity_deed(present: str, action: RuleAction) -> Action:
    """What SET_SEVERITY makes of a present severity, or why it leaves it alone."""
    before, wanted = Severity(present), Severity(action.severity)
    skipped: RuleSkip | None = None
    if before == wanted:
        skipped = RuleSkip.UNCHANGED
    elif action.only_raise and rank(RuleField.SEVERITY, wanted) < rank(RuleField.SEVERITY, before):
        skipped = RuleSkip.NOT_HIGHER
    return Action(skipped, severity_before=before, severity=wanted)


async def _set_severity(occasion: RuleContext, action: RuleAction) -> Action:
    complaint = occasion.complaint
    deed = severity_deed(complaint.severity, action)
    if complaint.status in _DONE_WITH:
        return replace(deed, skipped=RuleSkip.WRONG_STATUS)
    if deed.skipped:
        return deed
    await set_severity(complaint, Severity(action.severity), occasion.at, None)
    return deed


async def _attach_to_case(occasion: RuleContext, action: RuleAction) -> Action:
    complaint = occasion.complaint
    if complaint.product_id is None:
        return Action(RuleSkip.NO_PRODUCT)
    if complaint.status in _DONE_WITH:
        return Action(RuleSkip.WRONG_STATUS)
    case = await propose_case_for(complaint, occasion.at, timedelta(days=action.within_days or 0))
    return Action() if case else Action(RuleSkip.UNCHANGED)


async def _create_task(occasion: RuleContext, action: RuleAction) -> Action:
    department = action.department or _department(occasion)
    minutes: int | None = action.due_in_minutes
    await open_task(
        str(action.title),
        department=department,
        complaint_id=occasion.complaint.id,
        handoff=await Handoff.get(id=occasion.handoff) if occasion.handoff else None,
        due_at=None if minutes is None else occasion.at + timedelta(minutes=minutes),
        at=occasion.at,
    )
    return Action(department=department)


def _department(occasion: RuleContext) -> Department:
    """The department that has the complaint, or will."""
    complaint = occasion.complaint
    return occasion.event.department or complaint.routed_to or DEPARTMENT_OF[complaint.category]


async def _managers(occasion: RuleContext) -> set[UUID]:
    """Who manages the department that has the complaint, or will; where nobody does, the managers of its office."""
    department = _department(occasion)
    manager = await manager_of(department)
    return {account.id for account in ([manager] if manager else await managers_of_office(department))}


async def _notify(occasion: RuleContext, action: RuleAction) -> Action:
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
    keys = {"complaint_id": occasion.complaint.id, "handoff_id": occasion.handoff}
    await notify(NotificationKind.RULE, receivers, at=occasion.at, **keys)
    return Action(notified=len(receivers))


Act = Callable[[RuleContext, RuleAction], Awaitable[Action]]

ACTS: dict[RuleActionKind, Act] = {
    RuleActionKind.ROUTE: _route,
    RuleActionKind.SET_SEVERITY: _set_severity,
    RuleActionKind.ATTACH_TO_CASE: _attach_to_case,
    RuleActionKind.NOTIFY: _notify,
    RuleActionKind.CREATE_TASK: _create_task,
}
