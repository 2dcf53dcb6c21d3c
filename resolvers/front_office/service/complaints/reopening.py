"""Complaints that come back: challenged (the next stage, other people) or reopened (the same stage, the same people).

The surprising rule: what comes back too late to be reopened becomes a new complaint that is linked to the old one.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from models.back_office.handoffs import OPEN_STATUSES, Handoff
from models.both_offices.clocks.policies import ClockKind
from models.both_offices.clocks.running import ClockReason
from models.both_offices.notifications import NotificationKind
from models.front_office.service.answers import AnswerStatus, ComplaintAnswer
from models.front_office.service.complaints import (
    ANSWER_OUTCOMES,
    TRANSITIONS,
    Complaint,
    ComplaintEvent,
    ComplaintStatus,
)
from models.front_office.service.links import ComplaintLink, LinkKind
from models.front_office.service.stages import Reopening, ReopeningKind, StageEvent
from models.kit.base import new_id, now
from models.kit.categories import LAST_STAGE
from models.kit.states import move_to
from resolvers.both_offices import clocks
from resolvers.both_offices.clocks.policies import active_regime
from resolvers.both_offices.notifications import notify
from resolvers.events import record
from resolvers.front_office.service.complaints.steps import MACHINE, save
from resolvers.front_office.service.links import link
from resolvers.kit.commands import Key, Keys, Update, command, member
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.loading import load
from resolvers.kit.numbers import next_number
from resolvers.kit.viewer import Viewer

_EVENTS = {
    ReopeningKind.CHALLENGE: StageEvent.CHALLENGED,
    ReopeningKind.REOPENING: StageEvent.REOPENED,
    ReopeningKind.LOW_RATING: StageEvent.REOPENED,
}
_CLOCK_REASONS = {
    ReopeningKind.CHALLENGE: ClockReason.CHALLENGED,
    ReopeningKind.REOPENING: ClockReason.REOPENED,
    ReopeningKind.LOW_RATING: ClockReason.REOPENED,
}
_NOTIFICATIONS = {
    ReopeningKind.CHALLENGE: NotificationKind.COMPLAINT_CHALLENGED,
    ReopeningKind.REOPENING: NotificationKind.COMPLAINT_REOPENED,
    ReopeningKind.LOW_RATING: NotificationKind.COMPLAINT_REOPENED,
}


@command
class ChallengeComplaint(Update):
    """Which answer the customer does not accept."""

    complaint: Key[Complaint] = member("The complaint, which has been answered.")
    reason: str = member("What the customer says against the answer.")


@command
class ReopenComplaint(Update):
    """Which complaint is open again."""

    complaint: Key[Complaint] = member("The complaint, which has been answered or closed.")
    reason: str = member("What was left open or came back.")


async def challenge_complaint(viewer: Viewer, given: ChallengeComplaint) -> Keys:
    """Writes down that the customer does not accept the answer. The next stage begins, of 3 at most, and nobody who worked
    on an earlier one can work on it.
    """
    errors = InputErrors()
    text = errors.text("reason", given.reason)
    complaint = await load(viewer, Complaint, given.complaint, errors, given.expected_version)
    await MACHINE.check(viewer, complaint, "challengeComplaint", ComplaintStatus.RECEIVED, errors)
    if complaint.status == ComplaintStatus.CLOSED and complaint.outcome not in ANSWER_OUTCOMES:
        errors.add("complaint", "It was closed without an answer; reopen it instead.", "NOT_ANSWERED")
    if complaint.stage >= LAST_STAGE:
        message = f"This was stage {LAST_STAGE}, the last one: only somebody outside can look at it again."
        errors.add("complaint", message, "LAST_STAGE")
    errors.raise_if_any()
    at = now()
    complaint.stage += 1
    complaint.acknowledged_at = None
    await open_again(viewer.account, complaint, ReopeningKind.CHALLENGE, text, at)
    # A challenge is acknowledged as a complaint is (Housing Ombudsman, Complaint Handling Code 2024, 6.11).
    reason = ClockReason.CHALLENGED
    await clocks.reopen(ClockKind.ACKNOWLEDGE_COMPLAINT, complaint, reason, at=at, actor=viewer.account, anew=True)
    return {"complaint": complaint.id}


async def reopen_complaint(viewer: Viewer, given: ReopenComplaint) -> Keys:
    """Opens an answered or closed complaint again. When too many days have passed, a new complaint is made that follows it up."""
    errors = InputErrors()
    text = errors.text("reason", given.reason)
    complaint = await load(viewer, Complaint, given.complaint, errors, given.expected_version)
    await MACHINE.check(viewer, complaint, "reopenComplaint", ComplaintStatus.RECEIVED, errors)
    at = now()
    in_time = await _is_in_time(complaint, at)
    if not in_time:
        await _check_followed_up(complaint, errors)
    errors.raise_if_any()
    if in_time:
        await open_again(viewer.account, complaint, ReopeningKind.REOPENING, text, at)
        return {"complaint": complaint.id}
    follow_up = await _follow_up(viewer, complaint, text, at)
    return {"complaint": follow_up.id, "follow_up_of": complaint.id}


async def _is_in_time(complaint: Complaint, at: datetime) -> bool:
    """Whether an answered or closed complaint can still be reopened, as the active regime says."""
    ended = complaint.closed_at or complaint.answered_at
    days = (await active_regime()).reopen_within_days
    return ended is not None and at <= ended + timedelta(days=days)


async def open_again(actor: UUID | None, complaint: Complaint, kind: ReopeningKind, reason: str, at: datetime) -> None:
    """Opens a locked complaint again and tells who answered it. Its earlier answers stay among its answers."""
    move_to(complaint, ComplaintStatus.RECEIVED, TRANSITIONS)
    here = Handoff.filter(complaint_id=complaint.id, stage=complaint.stage, status__in=list(OPEN_STATUSES))
    if await here.exists():
        # A handoff that does not block the answer may still be with its department.
        move_to(complaint, ComplaintStatus.HANDED_OFF, TRANSITIONS)
    complaint.answer = complaint.answered_at = complaint.outcome = None
    complaint.closed_at = complaint.closing_reason = None
    await save(complaint)
    await Reopening.create(
        id=new_id(), complaint_id=complaint.id, kind=kind, stage=complaint.stage, reason=reason, at=at, by_id=actor
    )
    # Whether it begins anew or goes on, the policy says: some regulators give all stages together one deadline.
    await clocks.reopen(ClockKind.ANSWER_COMPLAINT, complaint, _CLOCK_REASONS[kind], at=at, actor=actor)
    await record(_EVENTS[kind], complaint, actor=actor, at=at)
    sent = ComplaintAnswer.filter(complaint_id=complaint.id, status=AnswerStatus.SENT).order_by("-sent_at", "-id")
    last = await sent.first()
    if last is not None:
        await notify(_NOTIFICATIONS[kind], [last.proposed_by_id], complaint, at=at, actor=actor)


async def _check_followed_up(complaint: Complaint, errors: InputErrors) -> None:
    """Notes when a complaint that follows this one up is being worked on: a second click makes no second one."""
    links = ComplaintLink.filter(complaint_id=complaint.id, kind=LinkKind.HAS_FOLLOW_UP)
    keys: Any = await links.values_list("other_id", flat=True)
    working = await Complaint.filter(id__in=keys).exclude(status__in=[ComplaintStatus.ANSWERED, ComplaintStatus.CLOSED])
    for follow_up in working:
        errors.add("complaint", f"{follow_up.number} follows it up already.", "ALREADY_FOLLOWED_UP")


async def _follow_up(viewer: Viewer, old: Complaint, reason: str, at: datetime) -> Complaint:
    """A new complaint in the words in which the old one came back. The subject is masked already."""
    new = await Complaint.create(
        id=new_id(),
        number=await next_number("CMP", at),
        customer_id=old.customer_id,
        order_id=old.order_id,
        product_id=old.product_id,
        channel=old.channel,
        category=old.category,
        severity=old.severity,
        subject=old.subject,
        description=reason,
        status=ComplaintStatus.RECEIVED,
        received_at=at,
        received_by_id=viewer.account,
    )
    await clocks.start(new, at, viewer.account)
    await record(ComplaintEvent.RECEIVED, new, actor=viewer, at=at)
    await link(viewer, new, old, LinkKind.FOLLOW_UP_OF, at)
    return new
