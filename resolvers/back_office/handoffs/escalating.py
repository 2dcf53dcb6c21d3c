"""Takes a complaint, or one handoff of it, to a manager. What becomes of it there, resolvers.both_offices.escalations decides."""

from models.back_office.handoffs import Handoff
from models.both_offices.escalations import EscalationLevel, EscalationSource, EscalationTrend
from models.front_office.identities import masked
from models.front_office.service.complaints import Complaint, ComplaintStatus
from models.kit.base import now
from models.permissions import Permission
from resolvers.both_offices.escalations import open_escalation, open_one_of
from resolvers.kit.commands import Command, DryRunnable, InputErrors, Key, Keys, Viewer, command, member
from resolvers.kit.loading import load, visible


@command
class EscalateComplaint(Command, DryRunnable):
    """What is taken to a manager, and why."""

    complaint: Key[Complaint] = member("The complaint.")
    handoff: Key[Handoff] | None = member(
        "The handoff of it that it is about. Who sees the handoffs of some departments only must name one.",
        default=None,
    )
    reason: str = member("Why, at most 10,000 characters. Who the customer is gets masked.")
    source: EscalationSource = member("Whose wish it is: CUSTOMER or STAFF.", default=EscalationSource.STAFF)
    level: EscalationLevel = member("How high up it is taken.", default=EscalationLevel.DEPARTMENT_MANAGER)
    trend: EscalationTrend = member("Where it is heading.", default=EscalationTrend.STEADY)


async def escalate_complaint(viewer: Viewer, given: EscalateComplaint) -> Keys:
    """Takes a complaint, or one handoff of it, to a manager, who is notified."""
    # One that is open already is not opened a second time.
    errors = InputErrors()
    reason = errors.text("reason", given.reason)
    if given.source not in (EscalationSource.CUSTOMER, EscalationSource.STAFF):
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
        reason=await masked(viewer.permissions, reason, complaint),
        source=given.source,
        level=given.level,
        trend=given.trend,
        requested_by=viewer,
        at=at,
    )
    given.end_if_dry(masked_text=escalation.reason)
    return {"escalation": escalation.id}
