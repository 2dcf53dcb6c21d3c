"""The complaint's actions: what rules may do to it. What cannot be done now says why, and breaks nothing."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tortoise.expressions import Q, Subquery

from models.back_office.products.catalogue import Product
from models.both_offices.rules import RuleAction, RuleActionKind, RuleField, RuleSkip
from models.front_office.service.cases import OPEN_CASES, CaseEvent, CaseStatus, MajorCase
from models.front_office.service.complaints import (
    DEPARTMENT_OF,
    DONE_WITH,
    TRANSITIONS,
    UNANSWERED,
    Category,
    Complaint,
    ComplaintEvent,
)
from models.front_office.service.subject import COMPLAINT
from models.kit.base import new_id
from models.kit.events import EventSubject, subject_type
from models.kit.severity import Severity
from models.permissions import Department, Permission
from resolvers.both_offices.ruling import Action, OfferedAction, RuleContext
from resolvers.events import record
from resolvers.front_office.identities import mask_one_another
from resolvers.front_office.service.cases.gathering import MOST_AT_ONCE, attach, open_case_of
from resolvers.front_office.service.complaints.receiving import set_severity
from resolvers.front_office.service.complaints.working import open_handoff, open_handoffs
from resolvers.kit.commands import LONGEST_LINE
from resolvers.kit.numbers import next_number

PATIENCE = (0.01, 0.02, 0.04, 0.08)
"""How long, in seconds, a complaint that somebody has in hand is waited for before it is asked for again."""

Context = RuleContext[Complaint]

_BY_HARM = COMPLAINT.facts.fact(RuleField.SEVERITY).rank


def _department_of(category: str, action: RuleAction) -> Department:
    """Where ROUTE takes a complaint of a category."""
    return action.department or DEPARTMENT_OF[Category(category)]


async def _route(occasion: Context, action: RuleAction) -> Action:
    complaint = occasion.subject
    department = _department_of(complaint.category, action)
    if occasion.routed:
        return Action(RuleSkip.ALREADY_ROUTED, department)
    if complaint.status in DONE_WITH:
        return Action(RuleSkip.WRONG_STATUS, department)
    occasion.routed = True
    if action.hand_off:
        return await _hand_off(occasion, department)
    if complaint.routed_to == department:
        return Action(RuleSkip.UNCHANGED, department)
    complaint.routed_to = department
    await complaint.save_next_version()
    await record(ComplaintEvent.ROUTED, complaint, actor=None, at=occasion.at)
    return Action(department=department)


async def _hand_off(occasion: Context, department: Department) -> Action:
    complaint = occasion.subject
    if all("handOffComplaint" not in step.by for step in TRANSITIONS[complaint.status]):
        return Action(RuleSkip.WRONG_STATUS, department)
    if any(handoff.department == department for handoff in await open_handoffs(complaint)):
        return Action(RuleSkip.WITH_DEPARTMENT, department)
    if complaint.routed_to != department:
        complaint.routed_to = department
        await complaint.save_next_version()
    # What the agent wrote for both offices; what the customer said is for the agent alone to pass on.
    await open_handoff(None, complaint, department, complaint.subject, occasion.at)
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
    if complaint.status in DONE_WITH:
        return replace(deed, skipped=RuleSkip.WRONG_STATUS)
    if deed.skipped:
        return deed
    await set_severity(complaint, Severity(action.severity), occasion.at, None)
    return deed


async def _attach_to_case(occasion: Context, action: RuleAction) -> Action:
    complaint = occasion.subject
    if complaint.product_id is None:
        return Action(RuleSkip.NO_PRODUCT)
    if complaint.status in DONE_WITH:
        return Action(RuleSkip.WRONG_STATUS)
    case = await propose_case_for(complaint, occasion.at, timedelta(days=action.within_days or 0))
    return Action() if case else Action(RuleSkip.UNCHANGED)


async def propose_case_for(
    complaint: Complaint, at: datetime, within: timedelta = timedelta(days=7)
) -> MajorCase | None:
    """Attaches a locked complaint to the case of its product; None when it is about no product, or in an open case already.

    The case is one that was opened within the given time and has no answer yet; without one, a case is proposed. All other
    unanswered complaints about the product that were received within that time come with it.
    """
    product_key: UUID | None = complaint.product_id
    if product_key is None or await open_case_of(complaint):
        return None
    # Locked, so that two complaints at once do not propose two cases. Not the whole row: what was written meanwhile points at it.
    product = await Product.select_for_update(no_key=True).get(id=product_key)
    found = MajorCase.filter(
        product_id=product.id, status__in=[CaseStatus.PROPOSED, CaseStatus.OPEN], opened_at__gte=at - within
    )
    case = await found.order_by("-opened_at", "-id").select_for_update().first()
    if case is None:
        case = await MajorCase.create(
            id=new_id(),
            number=await next_number("CAS", at),
            title=f"{product.name}: several complaints in a short time"[:LONGEST_LINE],
            status=CaseStatus.PROPOSED,
            product_id=product.id,
            opened_at=at,
        )
        await record(CaseEvent.PROPOSED, complaint, actor=None, at=at)
    # Also for a case that there was: somebody may have had a complaint in hand for longer than it was waited for.
    others = await _gather_others(case, complaint, at, at - within)
    await attach(case, complaint, None, at)
    await mask_one_another([*others, complaint])
    return case


async def _gather_others(case: MajorCase, complaint: Complaint, at: datetime, since: datetime) -> list[Complaint]:
    """Attaches the other unanswered complaints about the product, except those that somebody took out of a case; says which.

    Those that somebody has in hand are asked for again a few times, never waited for in the database: whoever has them may wait
    for us. Who then wants a case for theirs finds this one; what is left out all the same comes with the next complaint.
    """
    of_product = Subquery(Complaint.filter(product_id=complaint.product_id).values("id"))
    taken_out = EventSubject.filter(
        key__in=of_product, type=subject_type(Complaint), event__kind=CaseEvent.COMPLAINT_DETACHED.value
    )
    kept_out: list[Any] = [*await taken_out.values_list("key", flat=True), complaint.id]
    gathered: list[Complaint] = []
    for pause in (*PATIENCE, None):
        wanted = (
            Complaint.filter(product_id=complaint.product_id, received_at__gte=since)
            .exclude(id__in=kept_out)
            .filter(Q(case_id=None) | Q(case__status__not_in=list(OPEN_CASES)))
            .exclude(status__in=list(DONE_WITH))
            .order_by("-received_at")
            .limit(MOST_AT_ONCE)
        )
        wanted_keys: Any = await wanted.values_list("id", flat=True)
        in_reach = Complaint.filter(id__in=list(wanted_keys)).order_by("-received_at")
        for other in await in_reach.select_for_update(skip_locked=True) if wanted_keys else []:
            kept_out.append(other.id)
            if other.status in UNANSWERED and not await open_case_of(other):
                await attach(case, other, None, at)
                gathered.append(other)
        if pause is None or set(wanted_keys) <= set(kept_out):
            break
        await asyncio.sleep(pause)
    return gathered


ACTIONS = (
    OfferedAction(
        kind=RuleActionKind.ROUTE,
        act=_route,
        would=lambda row, action: Action(department=_department_of(row[RuleField.CATEGORY.value], action)),
        copies=Permission.READ_COMPLAINTS,
    ),
    OfferedAction(
        kind=RuleActionKind.SET_SEVERITY,
        act=_set_severity,
        would=lambda row, action: _severity_of(row[RuleField.SEVERITY.value], action),
    ),
    OfferedAction(kind=RuleActionKind.ATTACH_TO_CASE, act=_attach_to_case, copies=Permission.READ_PRODUCTS),
)
