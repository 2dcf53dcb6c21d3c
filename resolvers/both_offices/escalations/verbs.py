"""What staff do with escalations: take a complaint there, say where it is heading, settle it.

Locks are taken in one order, the complaint first, so of two who escalate or close at once the second sees what the first did.
"""

from datetime import datetime

from models.back_office.handoffs import Handoff
from models.both_offices.escalations import (
    Escalation,
    EscalationEvent,
    EscalationLevel,
    EscalationSource,
    EscalationTrend,
)
from models.both_offices.notifications import NotificationKind
from models.front_office.service.complaints import Complaint, ComplaintStatus
from models.kit.base import now
from models.permissions import Permission
from resolvers.both_offices.absences.stand_ins import stands_in_for
from resolvers.both_offices.escalations.managers import MANAGER_ROLES, manager_of
from resolvers.both_offices.escalations.opening import closing_role, open_escalation, open_one_of
from resolvers.both_offices.escalations.telling import department_of, masked, notify_of, record_escalation
from resolvers.kit.commands import Command, DryRunnable, Key, Keys, Update, command, member
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.loading import load, visible
from resolvers.kit.problems import DryRun
from resolvers.kit.viewer import Viewer

ASKED_BY_STAFF = frozenset({EscalationSource.CUSTOMER, EscalationSource.STAFF})


@command
class EscalateComplaint(Command, DryRunnable):
    """What is taken to a manager, and why."""

    complaint: Key[Complaint] = member("The complaint.")
    handoff: Key[Handoff] | None = member(
        "The handoff of it that it is about. Who sees the handoffs of some departments only must name one.",
        default=None,
    )
    reason: str = member("Why, at most 10,000 characters. What the front office writes is masked.")
    source: EscalationSource = member("Whose wish it is: CUSTOMER or STAFF.", default=EscalationSource.STAFF)
    level: EscalationLevel = member("How high up it is taken.", default=EscalationLevel.DEPARTMENT_MANAGER)
    trend: EscalationTrend = member("Where it is heading.", default=EscalationTrend.STEADY)


@command
class ChangeEscalationTrend(Update):
    """Which escalation becomes more or less urgent."""

    escalation: Key[Escalation] = member("The escalation.")
    trend: EscalationTrend = member("Where it is heading now.")


@command
class CloseEscalation(Update, DryRunnable):
    """Which escalation is settled, and how."""

    escalation: Key[Escalation] = member("The escalation.")
    resolution: str = member("How it was settled, at most 10,000 characters. What the front office writes is masked.")


async def escalate_complaint(viewer: Viewer, given: EscalateComplaint) -> Keys:
    """Takes a complaint, or one handoff of it, to a manager, who is notified."""
    # One that is open already is not opened a second time.
    errors = InputErrors()
    reason = errors.text("reason", given.reason)
    if given.source not in ASKED_BY_STAFF:
        errors.add("source", "Clocks and rules escalate by themselves: name CUSTOMER or STAFF.")
    complaint = await load(viewer, Complaint, given.complaint, errors)
    handoff = await visible(viewer, Handoff, given.handoff.id, lock=True) if given.handoff else None
    if given.handoff is not None and (handoff is None or handoff.complaint_id != complaint.id):  # type: ignore[attr-defined]
        errors.not_found("handoff", "handoff of this complaint")
    elif handoff is None and not viewer.may(Permission.READ_ALL_HANDOFFS):
        errors.add("handoff", "Name the handoff of your department that it is about.")
    if complaint.status == ComplaintStatus.CLOSED:
        errors.add("complaint", "The complaint is closed.", "COMPLAINT_CLOSED")
    open_one = await open_one_of(handoff or complaint, given.level, by_clock=False)
    if open_one is not None:
        errors.add("complaint", f"It was taken there already: {open_one.number}.", "ALREADY_ESCALATED")
    errors.raise_if_any()
    at = now()
    escalation = await open_escalation(
        handoff or complaint,
        reason=await masked(viewer, complaint, reason),
        source=given.source,
        level=given.level,
        trend=given.trend,
        requested_by=viewer,
        at=at,
    )
    if given.dry_run:
        raise DryRun(masked_text=escalation.reason)
    return {"escalation": escalation.id}


async def change_escalation_trend(viewer: Viewer, given: ChangeEscalationTrend) -> Keys:
    """Says that an open escalation becomes more or less urgent."""
    errors = InputErrors()
    escalation = await _open_escalation_of(viewer, given.escalation, errors, given.expected_version)
    errors.raise_if_any()
    if escalation.trend != given.trend:
        escalation.trend = given.trend
        await _save(escalation)
        await record_escalation(EscalationEvent.CHANGED, escalation, viewer.account, now())
    return {"escalation": escalation.id}


async def close_escalation(viewer: Viewer, given: CloseEscalation) -> Keys:
    """Closes an escalation. A manager does, in another role than those of whoever asked for it."""
    errors = InputErrors()
    text = errors.text("resolution", given.resolution)
    escalation = await _open_escalation_of(viewer, given.escalation, errors, given.expected_version)
    at = now()
    role = closing_role(escalation.requested_by_id, escalation.requested_roles, viewer.account, viewer.roles)
    if escalation.closed_at is None:
        if role is None:
            message = "It must be closed by somebody in another role than whoever asked for it."
            errors.add("escalation", message, "SAME_ROLE")
        elif not await _may_decide(viewer, escalation, at):
            message = "Only its assignee, whoever stands in for them, and the managers may close it."
            errors.add("escalation", message, "NOT_A_MANAGER")
    errors.raise_if_any()
    escalation.closed_at, escalation.closed_by_id, escalation.closed_role = at, viewer.account, role
    escalation.resolution = await masked(viewer, await Complaint.get(id=escalation.complaint_id), text)
    await _save(escalation)
    await record_escalation(EscalationEvent.CLOSED, escalation, viewer.account, at)
    receivers = [escalation.requested_by_id, escalation.assignee_id]
    await notify_of(NotificationKind.ESCALATION_CLOSED, receivers, escalation, viewer.account, at)
    if given.dry_run:
        raise DryRun(masked_text=escalation.resolution)
    return {"escalation": escalation.id}


# --- Steps that they share ---


async def _may_decide(viewer: Viewer, escalation: Escalation, at: datetime) -> bool:
    if viewer.roles & MANAGER_ROLES or viewer.account == escalation.assignee_id:
        return True
    if escalation.assignee_id and await stands_in_for(viewer.account, escalation.assignee_id, at):
        return True
    manager = await manager_of(await department_of(escalation))
    return manager is not None and manager.id == viewer.account


async def _open_escalation_of(
    viewer: Viewer, key: Key[Escalation], errors: InputErrors, expected_version: int | None
) -> Escalation:
    """The escalation, locked after its complaint; notes when it is closed already."""
    seen = await visible(viewer, Escalation, key.id)
    if seen is not None:
        await Complaint.filter(id=seen.complaint_id).select_for_update().only("id").first()
    escalation = await load(viewer, Escalation, key, errors, expected_version)
    if escalation.closed_at is not None:
        errors.add("escalation", "It is closed already.", "ALREADY_CLOSED")
    return escalation


async def _save(escalation: Escalation) -> None:
    escalation.version += 1
    await escalation.save()
