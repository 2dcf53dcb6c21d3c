"""Escalations: opened by staff, rules and clocks, closed by a manager who has another role than whoever asked.

Locks are taken in one order, the complaint first, so of two who escalate or close at once the second sees what the first did.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models.back_office.accounts import Account
from models.back_office.handoffs import Handoff, visible_handoffs
from models.base import new_id, now
from models.clocks import Clock
from models.escalations import (
    Escalation,
    EscalationLevel,
    EscalationSource,
    EscalationTrend,
    visible_escalations,
)
from models.events import EventKind
from models.front_office.complaints import Complaint, ComplaintStatus
from models.front_office.customers import Customer
from models.masking import mask
from models.notifications import NotificationKind
from models.permissions import FRONT_OFFICE_DEPARTMENTS, Department, Permission, Role
from resolvers.access import access
from resolvers.events import record
from resolvers.front_office.complaints import Keys
from resolvers.front_office.complaints.shared import the_complaint
from resolvers.inputs import Checks
from resolvers.managers import MANAGER_ROLES, manager_of, managers_of_office
from resolvers.notifications import notify
from resolvers.numbers import next_number
from resolvers.stand_ins import absent_among, stands_in_for, with_stand_ins
from resolvers.viewer import Viewer

ASKED_BY_STAFF = frozenset({EscalationSource.CUSTOMER, EscalationSource.STAFF})

NEAR_REASON = "Three quarters of the time for it have gone."
BREACHED_REASON = "The time for it has run out."

# --- The verbs ---


@dataclass(frozen=True, slots=True)
class NewEscalation:
    """What somebody takes to a manager, and why. A department names its handoff."""

    complaint: UUID | None
    handoff: UUID | None
    names_handoff: bool
    reason: str
    source: EscalationSource
    level: EscalationLevel
    trend: EscalationTrend


async def escalate_complaint(viewer: Viewer, given: NewEscalation) -> Keys:
    """Takes a complaint, or one handoff of it, to a manager. One that is open already is not opened a second time."""
    checks = Checks()
    reason = checks.text("reason", given.reason)
    if given.source not in ASKED_BY_STAFF:
        checks.wrong("source", "Clocks and rules escalate by themselves: name CUSTOMER or STAFF.")
    complaint = await the_complaint(viewer, given.complaint, checks, None)
    handoff = await access(viewer, Handoff, visible_handoffs, given.handoff)
    if given.names_handoff and (handoff is None or handoff.complaint_id != complaint.id):  # type: ignore[attr-defined]
        checks.missing("handoff", "handoff of this complaint")
    elif handoff is None and not viewer.may(Permission.READ_ALL_HANDOFFS):
        checks.wrong("handoff", "Name the handoff of your department that it is about.")
    if complaint.status == ComplaintStatus.CLOSED:
        checks.wrong("complaint", "The complaint is closed.", "COMPLAINT_CLOSED")
    open_one = await _open_one(complaint.id, handoff, given.level, by_clock=False)
    if open_one is not None:
        checks.wrong("complaint", f"It was taken there already: {open_one.number}.", "ALREADY_ESCALATED")
    checks.done()
    at = now()
    escalation = await open_escalation(
        complaint,
        handoff,
        reason=await _masked(viewer, complaint.id, reason),
        source=given.source,
        level=given.level,
        trend=given.trend,
        requested_by=viewer,
        at=at,
    )
    return {"escalation": escalation.id}


async def change_escalation_trend(
    viewer: Viewer, key: UUID | None, trend: EscalationTrend, expected_version: int | None
) -> Keys:
    """Says that an open escalation becomes more or less urgent."""
    checks = Checks()
    escalation = await _open_escalation_of(viewer, key, checks, expected_version)
    checks.done()
    if escalation.trend != trend:
        escalation.trend = trend
        await _save(escalation)
        await _record(EventKind.ESCALATION_CHANGED, escalation, viewer.account, now())
    return {"escalation": escalation.id}


async def close_escalation(viewer: Viewer, key: UUID | None, resolution: str, expected_version: int | None) -> Keys:
    """Closes an escalation: a manager does, never who asked for it nor anybody whose roles the asker has all."""
    checks = Checks()
    text = checks.text("resolution", resolution)
    escalation = await _open_escalation_of(viewer, key, checks, expected_version)
    at = now()
    role = closing_role(escalation.requested_by_id, escalation.requested_roles, viewer.account, viewer.roles)
    if escalation.closed_at is None:
        if role is None:
            message = "It must be closed by somebody in another role than whoever asked for it."
            checks.wrong("escalation", message, "SAME_ROLE")
        elif not await _may_decide(viewer, escalation, at):
            message = "Only its assignee, whoever stands in for them, and the managers may close it."
            checks.wrong("escalation", message, "NOT_A_MANAGER")
    checks.done()
    escalation.closed_at, escalation.closed_by_id, escalation.closed_role = at, viewer.account, role
    escalation.resolution = await _masked(viewer, escalation.complaint_id, text)
    await _save(escalation)
    await _record(EventKind.ESCALATION_CLOSED, escalation, viewer.account, at)
    receivers = [escalation.requested_by_id, escalation.assignee_id]
    await _notify(NotificationKind.ESCALATION_CLOSED, receivers, escalation, viewer.account, at)
    return {"escalation": escalation.id}


# --- What clocks and rules do ---


async def follow_clock(clock: Clock, subject: Complaint | Handoff, kind: EventKind, at: datetime) -> None:
    """Escalates what a running clock was just warned of or breached. For resolvers.clocks.on_moment."""
    handoff = subject if isinstance(subject, Handoff) else None
    await escalate_by_clock(
        complaint_id=None if handoff else subject.id,
        handoff_id=handoff.id if handoff else None,
        department=clock.department,
        breached=kind is EventKind.CLOCK_BREACHED,
        at=at,
    )


async def escalate_by_clock(
    *, complaint_id: UUID | None, handoff_id: UUID | None, department: Department | None, breached: bool, at: datetime
) -> None:
    """Tells the managers that a deadline is near or has passed, and opens what is not open yet. Call it once per moment.

    Near it, the department's manager is told; when it has passed, that one and the office's managers. A complaint's own clock
    is CUSTOMER_SERVICE's. Runs in the caller's transaction.
    """
    handoff = await Handoff.get(id=handoff_id) if handoff_id else None
    key: UUID = complaint_id or handoff.complaint_id  # type: ignore[union-attr]
    complaint = await Complaint.select_for_update().get(id=key)
    kind = NotificationKind.CLOCK_BREACHED if breached else NotificationKind.CLOCK_WARNED
    levels = list(EscalationLevel) if breached else [EscalationLevel.DEPARTMENT_MANAGER]
    for level in levels:
        await open_escalation(
            complaint,
            handoff,
            reason=BREACHED_REASON if breached else NEAR_REASON,
            source=EscalationSource.CLOCK,
            level=level,
            trend=EscalationTrend.RISING,
            requested_by=None,
            at=at,
            kind=kind,
            department=department,
        )


async def open_escalation(
    complaint: Complaint,
    handoff: Handoff | None,
    *,
    reason: str,
    source: EscalationSource,
    level: EscalationLevel,
    trend: EscalationTrend,
    requested_by: Viewer | None,
    at: datetime,
    kind: NotificationKind = NotificationKind.ESCALATED,
    department: Department | None = None,
) -> Escalation:
    """Opens an escalation, unless one of its sort is open already, and notifies whom it goes to. The complaint must be locked.

    `reason` must hold nothing that the back office may not read.
    """
    whose = department or (handoff.department if handoff else Department.CUSTOMER_SERVICE)
    escalation = await _open_one(complaint.id, handoff, level, by_clock=source == EscalationSource.CLOCK)
    named = await _named(level, whose)
    if escalation is None:
        asker = requested_by.account if requested_by else None
        roles = requested_by.roles if requested_by else frozenset[Role]()
        assignee = await _assignee(named, whose, asker, roles, at)
        escalation = await Escalation.create(
            id=new_id(),
            number=await next_number("ESC", at),
            complaint_id=complaint.id,
            handoff_id=handoff.id if handoff else None,
            source=source,
            level=level,
            trend=trend,
            reason=reason,
            assignee_id=assignee.id if assignee else None,
            requested_by_id=asker,
            requested_roles=[role.value for role in Role if role in roles],
            opened_at=at,
        )
        await _record(EventKind.ESCALATION_OPENED, escalation, asker, at)
    receivers = [escalation.assignee_id, *(account.id for account in named)]
    await _notify(kind, receivers, escalation, requested_by.account if requested_by else None, at)
    return escalation


# --- Who ---


def closing_role(
    asker: UUID | None, asker_roles: Iterable[str], closer: UUID, closer_roles: Iterable[Role]
) -> Role | None:
    """The role with which somebody may close what another one asked for; None when there is none."""
    others = set(closer_roles) - {Role(role) for role in asker_roles}
    return None if asker == closer else next((role for role in Role if role in others), None)


async def _named(level: EscalationLevel, department: Department) -> list[Account]:
    """Whom an escalation is for: the department's manager; where none is named, and higher up, the office's managers."""
    manager = await manager_of(department) if level == EscalationLevel.DEPARTMENT_MANAGER else None
    return [manager] if manager else await managers_of_office(department)


async def _assignee(
    named: list[Account], department: Department, asker: UUID | None, asker_roles: frozenset[Role], at: datetime
) -> Account | None:
    """The one of them who is responsible: somebody who can close it, rather somebody who is here."""
    office = await managers_of_office(department)
    front, back = Department.CUSTOMER_SERVICE, Department.ADMINISTRATION
    other_office = await managers_of_office(back if department in FRONT_OFFICE_DEPARTMENTS else front)
    # The manager who was named stays responsible while absent: somebody stands in.
    able = [
        account
        for account in [*named, *office, *other_office]
        if closing_role(asker, map(str, asker_roles), account.id, map(Role, account.roles))
    ]
    away = await absent_among([account.id for account in able], at)
    is_named = len(named) == 1 and able[:1] == named
    return next((account for account in able if is_named or account.id not in away), able[0] if able else None)


async def _may_decide(viewer: Viewer, escalation: Escalation, at: datetime) -> bool:
    if viewer.roles & MANAGER_ROLES or viewer.account == escalation.assignee_id:
        return True
    if escalation.assignee_id and await stands_in_for(viewer.account, escalation.assignee_id, at):
        return True
    manager = await manager_of(await _department_of(escalation))
    return manager is not None and manager.id == viewer.account


async def _department_of(escalation: Escalation) -> Department:
    if escalation.handoff_id is None:
        return Department.CUSTOMER_SERVICE
    return (await Handoff.get(id=escalation.handoff_id)).department


# --- Steps that several share ---


async def _open_one(
    complaint: UUID, handoff: Handoff | None, level: EscalationLevel, *, by_clock: bool
) -> Escalation | None:
    """The open escalation of the same subject, level and sort, of which there is one at most (an index holds that)."""
    same = Escalation.filter(
        complaint_id=complaint, handoff_id=handoff.id if handoff else None, level=level, closed_at=None
    )
    clock = EscalationSource.CLOCK
    return await (same.filter(source=clock) if by_clock else same.exclude(source=clock)).first()


async def _open_escalation_of(
    viewer: Viewer, key: UUID | None, checks: Checks, expected_version: int | None
) -> Escalation:
    """The escalation, locked after its complaint; notes when it is closed already."""
    seen = await access(viewer, Escalation, visible_escalations, key, lock=False)
    if seen is not None:
        await Complaint.filter(id=seen.complaint_id).select_for_update().only("id").first()
    escalation = await access(viewer, Escalation, visible_escalations, key)
    if escalation is None:
        checks.missing("escalation", "escalation")
        checks.done()
        raise AssertionError("unreachable: a missing escalation refuses the change")
    checks.version(escalation.version, expected_version)
    if escalation.closed_at is not None:
        checks.wrong("escalation", "It is closed already.", "ALREADY_CLOSED")
    return escalation


async def _save(escalation: Escalation) -> None:
    escalation.version += 1
    await escalation.save()


async def _masked(viewer: Viewer, complaint: UUID, text: str) -> str:
    """What somebody writes who meets customers, without who the customer is: both offices read it."""
    if not viewer.may(Permission.ENTER_FRONT_OFFICE):
        return text
    customer = await Customer.get(complaints__id=complaint)
    return mask(text, customer)


async def _record(kind: EventKind, escalation: Escalation, actor: UUID | None, at: datetime) -> None:
    department = await _department_of(escalation) if escalation.handoff_id else None
    await record(
        kind,
        actor=actor,
        at=at,
        complaint_id=escalation.complaint_id,
        handoff_id=escalation.handoff_id,
        department=department,
    )


async def _notify(
    kind: NotificationKind, accounts: Iterable[UUID | None], escalation: Escalation, actor: UUID | None, at: datetime
) -> None:
    receivers = await with_stand_ins([account for account in accounts if account is not None], at)
    await notify(
        kind,
        receivers,
        at=at,
        actor=actor,
        complaint_id=escalation.complaint_id,
        handoff_id=escalation.handoff_id,
        escalation_id=escalation.id,
    )
