"""Closing a complaint: after its answer, or without one for a reason. Handoffs that are still open are withdrawn."""

from datetime import datetime

from models.back_office.handoffs import TRANSITIONS as HANDOFF_TRANSITIONS
from models.back_office.handoffs import Handoff, HandoffEvent, HandoffStatus
from models.both_offices.clocks.running import ClockReason
from models.front_office.service.answers import AnswerStatus
from models.front_office.service.complaints import (
    CLOSING_OUTCOMES,
    TRANSITIONS,
    Complaint,
    ComplaintEvent,
    ComplaintStatus,
    Outcome,
)
from models.kit.base import now
from models.kit.states import move_to
from resolvers.both_offices import clocks
from resolvers.events import record
from resolvers.front_office.service.complaints.answering import withdraw_answers
from resolvers.front_office.service.complaints.handing_off import record_handoff
from resolvers.front_office.service.complaints.steps import MACHINE, open_handoffs, save
from resolvers.front_office.service.stages import work_on
from resolvers.kit.commands import Key, Keys, Update, command, member
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.loading import load
from resolvers.kit.viewer import Viewer


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
        await _withdraw_with_complaint(viewer, handoff, at)
    await withdraw_answers(complaint, "The complaint was closed.", at, AnswerStatus.PROPOSED, AnswerStatus.TO_CONFIRM)
    move_to(complaint, ComplaintStatus.CLOSED, TRANSITIONS)
    complaint.outcome = complaint.outcome or given.outcome
    complaint.closing_reason, complaint.closed_at = text, at
    await save(complaint)
    await clocks.stop_all(complaint, ClockReason.CLOSED, at=at, actor=viewer.account)
    await record(ComplaintEvent.CLOSED, complaint, actor=viewer, at=at)
    return {"complaint": complaint.id}


async def _withdraw_with_complaint(viewer: Viewer, handoff: Handoff, at: datetime) -> None:
    move_to(handoff, HandoffStatus.WITHDRAWN, HANDOFF_TRANSITIONS)
    handoff.withdrawal_reason, handoff.ended_at = "The complaint was closed.", at
    handoff.version += 1
    await handoff.save()
    await clocks.stop_all(handoff, ClockReason.WITHDRAWN, at=at, actor=viewer.account)
    await record_handoff(HandoffEvent.WITHDRAWN, viewer, handoff, at)
