"""The complaint's actions: what rules may do to it. What cannot be done now says why, and breaks nothing."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from models.both_offices.rules import RuleAction, RuleActionKind, RuleField, RuleSkip
from models.front_office.customers import Customer
from models.front_office.service.complaints import (
    DEPARTMENT_OF,
    TRANSITIONS,
    Category,
    Complaint,
    ComplaintEvent,
    ComplaintStatus,
)
from models.front_office.service.subject import COMPLAINT
from models.kit.severity import Severity
from models.permissions import Department
from resolvers.both_offices.ruling import Action, OfferedAction, RuleContext
from resolvers.events import record
from resolvers.front_office.service.cases.gathering import propose_case_for
from resolvers.front_office.service.complaints.findings import set_severity
from resolvers.front_office.service.complaints.handing_off import open_handoff
from resolvers.front_office.service.complaints.steps import open_handoffs, save

Context = RuleContext[Complaint]

_DONE_WITH = frozenset({ComplaintStatus.ANSWERED, ComplaintStatus.CLOSED})
_BY_HARM = COMPLAINT.facts.fact(RuleField.SEVERITY).rank


def _department_of(category: str, action: RuleAction) -> Department:
    """Where ROUTE takes a complaint of a category."""
    return action.department or DEPARTMENT_OF[Category(category)]


async def _route(occasion: Context, action: RuleAction) -> Action:
    complaint = occasion.subject
    department = _department_of(complaint.category, action)
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


async def _hand_off(occasion: Context, department: Department) -> Action:
    complaint = occasion.subject
    if all("handOffComplaint" not in step.by for step in TRANSITIONS[complaint.status]):
        return Action(RuleSkip.WRONG_STATUS, department)
    if any(handoff.department == department for handoff in await open_handoffs(complaint)):
        return Action(RuleSkip.WITH_DEPARTMENT, department)
    customer = await Customer.get(id=complaint.customer_id)
    complaint.routed_to = department
    await open_handoff(None, complaint, customer, department, None, occasion.at)
    await save(complaint)
    return Action(department=department)


def _severity_of(present: str, action: RuleAction) -> Action:
    """What SET_SEVERITY makes of a present severity, or why it leaves it alone."""
    before, wanted = Severity(present), Severity(action.severity)
    skipped: RuleSkip | None = None
    if before == wanted:
        skipped = RuleSkip.UNCHANGED
    elif action.only_raise and _BY_HARM(wanted) < _BY_HARM(before):
        skipped = RuleSkip.NOT_HIGHER
    return Action(skipped, severity_before=before, severity=wanted)


async def _set_severity(occasion: Context, action: RuleAction) -> Action:
    complaint = occasion.subject
    deed = _severity_of(complaint.severity, action)
    if complaint.status in _DONE_WITH:
        return replace(deed, skipped=RuleSkip.WRONG_STATUS)
    if deed.skipped:
        return deed
    await set_severity(complaint, Severity(action.severity), occasion.at, None)
    return deed


async def _attach_to_case(occasion: Context, action: RuleAction) -> Action:
    complaint = occasion.subject
    if complaint.product_id is None:
        return Action(RuleSkip.NO_PRODUCT)
    if complaint.status in _DONE_WITH:
        return Action(RuleSkip.WRONG_STATUS)
    case = await propose_case_for(complaint, occasion.at, timedelta(days=action.within_days or 0))
    return Action() if case else Action(RuleSkip.UNCHANGED)


def _would_route(row: Mapping[str, Any], action: RuleAction) -> Action:
    return Action(department=_department_of(row[RuleField.CATEGORY.value], action))


def _would_set_severity(row: Mapping[str, Any], action: RuleAction) -> Action:
    return _severity_of(row[RuleField.SEVERITY.value], action)


ACTIONS = (
    OfferedAction(kind=RuleActionKind.ROUTE, act=_route, would=_would_route),
    OfferedAction(kind=RuleActionKind.SET_SEVERITY, act=_set_severity, would=_would_set_severity),
    OfferedAction(kind=RuleActionKind.ATTACH_TO_CASE, act=_attach_to_case),
)
