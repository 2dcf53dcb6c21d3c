"""Complaints that end, and that come back: closed, challenged (the next stage, other people) or reopened (the same ones).

The surprising rule: what comes back too late to be reopened becomes a new complaint that is linked to the old one.
"""

from datetime import datetime
from uuid import UUID

from models.back_office.handoffs import HandoffEvent, HandoffStatus
from models.both_offices.clocks.policies import ClockKind
from models.both_offices.clocks.running import ClockReason
from models.both_offices.notifications import NotificationKind
from models.front_office.service.answers import AnswerEvent, AnswerStatus, ComplaintAnswer, Reopening, ReopeningKind
from models.front_office.service.cases import ComplaintLink, LinkKind
from models.front_office.service.complaints import (
    CLOSING_OUTCOMES,
    DONE_WITH,
    Complaint,
    ComplaintEvent,
    ComplaintStatus,
    Outcome,
)
from models.kit.base import new_id, now
from models.kit.states import Guard, move_to
from resolvers.both_offices import clocks
from resolvers.both_offices.notifications import notify
from resolvers.events import record
from resolvers.front_office.service.cases.linking import link
from resolvers.front_office.service.complaints.answering import withdraw_answers
from resolvers.front_office.service.complaints.receiving import write_down
from resolvers.front_office.service.complaints.working import (
    MACHINE,
    open_handoffs,
    record_handoff,
    status_at_work,
    work_on,
)
from resolvers.kit.commands import InputErrors, Key, Keys, Update, Viewer, command, member
from resolvers.kit.loading import load

_COMES_BACK = {
    ReopeningKind.CHALLENGE: (AnswerEvent.CHALLENGED, ClockReason.CHALLENGED, NotificationKind.COMPLAINT_CHALLENGED),
    ReopeningKind.REOPENING: (AnswerEvent.REOPENED, ClockReason.REOPENED, NotificationKind.COMPLAINT_REOPENED),
    ReopeningKind.LOW_RATING: (AnswerEvent.REOPENED, ClockReason.REOPENED, NotificationKind.COMPLAINT_REOPENED),
}
"""What is recorded when a complaint comes back, why its clock goes on, and of what whoever answered it is told."""


@command
class CloseComplaint(Update):
    """Which complaint is done with."""

    complaint: Key[Complaint] = member("The complaint.")
    outcome: Outcome | None = member("Only without an answer: WITHDRAWN, NOT_A_COMPLAINT or DUPLICATE.", default=None)
    reason: str | None = member("Why it is closed; needed without an answer.", default=None)


async def close_complaint(viewer: Viewer, given: CloseComplaint) -> Keys:
    """Closes a complaint: after its answer, or without one for a reason. Handoffs that are still open are withdrawn."""
    errors = InputErrors()
    complaint = await load(viewer, Complaint, given.complaint, errors, given.expected_version)
    await MACHINE.check(viewer, complaint, "closeComplaint", ComplaintStatus.CLOSED, errors)
    text: str | None = None
    if complaint.status == ComplaintStatus.ANSWERED:
        if given.outcome not in (None, complaint.outcome):
            errors.add("outcome", f"The complaint was answered with {complaint.outcome}; leave `outcome` out.")
        text = errors.optional_text("reason", given.reason)
    elif complaint.status != ComplaintStatus.CLOSED:
        if given.outcome not in CLOSING_OUTCOMES:
            errors.add("outcome", "Without an answer, a complaint closes as WITHDRAWN, NOT_A_COMPLAINT or DUPLICATE.")
        text = errors.text("reason", given.reason or "")
        # It decides the stage as an answer does.
        await work_on(viewer, complaint, errors)
    errors.raise_if_any()
    at = now()
    for handoff in await open_handoffs(complaint):
        move_to(handoff, HandoffStatus.WITHDRAWN)
        handoff.withdrawal_reason, handoff.ended_at = "The complaint was closed.", at
        await handoff.save_next_version()
        await clocks.stop_all(handoff, ClockReason.WITHDRAWN, at=at, actor=viewer.account)
        await record_handoff(HandoffEvent.WITHDRAWN, viewer, handoff, at)
    await withdraw_answers(complaint, "The complaint was closed.", at, AnswerStatus.PROPOSED, AnswerStatus.TO_CONFIRM)
    move_to(complaint, ComplaintStatus.CLOSED)
    complaint.outcome = complaint.outcome or given.outcome
    complaint.closing_reason, complaint.closed_at = text, at
    await complaint.save_next_version()
    await clocks.stop_all(complaint, ClockReason.CLOSED, at=at, actor=viewer.account)
    await record(ComplaintEvent.CLOSED, complaint, actor=viewer, at=at)
    return {"complaint": complaint.id}


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
    in_time = await MACHINE.holds(viewer, complaint.id, Guard.REOPENABLE)
    if not in_time:
        await _check_followed_up(complaint, errors)
    errors.raise_if_any()
    if in_time:
        await open_again(viewer.account, complaint, ReopeningKind.REOPENING, text, at)
        return {"complaint": complaint.id}
    # In the words in which it came back. The subject is masked already.
    taken_over = ("customer_id", "order_id", "product_id", "channel", "category", "severity", "subject")
    said = {column: getattr(complaint, column) for column in taken_over}
    follow_up = await write_down(viewer, at, **said, description=text)
    await link(viewer, follow_up, complaint, LinkKind.FOLLOW_UP_OF, at)
    return {"complaint": follow_up.id, "follow_up_of": complaint.id}


async def open_again(actor: UUID | None, complaint: Complaint, kind: ReopeningKind, reason: str, at: datetime) -> None:
    """Opens a locked complaint again and tells who answered it. Its earlier answers stay among its answers."""
    event, clock_reason, notification = _COMES_BACK[kind]
    move_to(complaint, ComplaintStatus.RECEIVED)
    if await status_at_work(complaint) is ComplaintStatus.HANDED_OFF:
        # What departments said at this stage still serves, and what did not block the answer may still be with them.
        move_to(complaint, ComplaintStatus.HANDED_OFF)
    complaint.answer = complaint.answered_at = complaint.outcome = None
    complaint.closed_at = complaint.closing_reason = None
    await complaint.save_next_version()
    await Reopening.create(
        id=new_id(), complaint_id=complaint.id, kind=kind, stage=complaint.stage, reason=reason, at=at, by_id=actor
    )
    # Whether it begins anew or goes on, the policy says: some regulators give all stages together one deadline.
    await clocks.reopen(ClockKind.ANSWER_COMPLAINT, complaint, clock_reason, at=at, actor=actor)
    await record(event, complaint, actor=actor, at=at)
    sent = ComplaintAnswer.filter(complaint_id=complaint.id, status=AnswerStatus.SENT).order_by("-sent_at", "-id")
    last = await sent.first()
    if last is not None:
        await notify(notification, [last.proposed_by_id], complaint, at=at, actor=actor)


async def _check_followed_up(complaint: Complaint, errors: InputErrors) -> None:
    """Notes when a complaint that follows this one up is being worked on: a second click makes no second one."""
    links = ComplaintLink.filter(complaint_id=complaint.id, kind=LinkKind.HAS_FOLLOW_UP)
    keys = await links.values_list("other_id", flat=True)
    for follow_up in await Complaint.filter(id__in=keys).exclude(status__in=list(DONE_WITH)):
        errors.add("complaint", f"{follow_up.number} follows it up already.", "ALREADY_FOLLOWED_UP")
