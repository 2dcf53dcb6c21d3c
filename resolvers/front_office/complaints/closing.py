"""Closing a complaint: after its answer, or without one for a reason. Handoffs that are still open are withdrawn."""

from datetime import datetime
from uuid import UUID

from models.back_office.handoffs import TRANSITIONS as HANDOFF_TRANSITIONS
from models.back_office.handoffs import Handoff, HandoffStatus
from models.base import now
from models.clocks import ClockReason
from models.events import EventKind
from models.front_office.answers import AnswerStatus
from models.front_office.complaints import CLOSING_OUTCOMES, TRANSITIONS, ComplaintStatus, Outcome
from models.states import move_to
from resolvers import clocks
from resolvers.events import record
from resolvers.front_office.complaints.answering import withdraw_answers
from resolvers.front_office.complaints.shared import (
    Keys,
    check_step,
    open_handoffs,
    record_handoff,
    save,
    the_complaint,
)
from resolvers.front_office.stages import work_on
from resolvers.inputs import Checks
from resolvers.viewer import Viewer


async def close_complaint(
    viewer: Viewer, key: UUID | None, outcome: Outcome | None, reason: str | None, expected_version: int | None
) -> Keys:
    """Closes a complaint: after its answer, or without one, for a reason. Handoffs that are still open are withdrawn."""
    checks = Checks()
    complaint = await the_complaint(viewer, key, checks, expected_version)
    await check_step(viewer, complaint, "closeComplaint", ComplaintStatus.CLOSED, checks)
    text: str | None = None
    if complaint.status == ComplaintStatus.ANSWERED:
        if outcome is not None and outcome != complaint.outcome:
            checks.wrong("outcome", f"The complaint was answered with {complaint.outcome}; leave `outcome` out.")
        text = checks.optional_text("reason", reason)
    elif complaint.status != ComplaintStatus.CLOSED:
        if outcome not in CLOSING_OUTCOMES:
            checks.wrong("outcome", "Without an answer, a complaint closes as WITHDRAWN, NOT_A_COMPLAINT or DUPLICATE.")
        text = checks.text("reason", reason or "")
        # It decides the stage as an answer does.
        await work_on(viewer, complaint, checks)
    checks.done()
    at = now()
    for handoff in await open_handoffs(complaint):
        await _withdraw_with_complaint(viewer, handoff, at)
    await withdraw_answers(complaint, "The complaint was closed.", at, AnswerStatus.PROPOSED, AnswerStatus.TO_CONFIRM)
    move_to(complaint, ComplaintStatus.CLOSED, TRANSITIONS)
    complaint.outcome = complaint.outcome or outcome
    complaint.closing_reason, complaint.closed_at = text, at
    await save(complaint)
    await clocks.stop_all(complaint, ClockReason.CLOSED, at=at, actor=viewer.account)
    await record(EventKind.COMPLAINT_CLOSED, actor=viewer.account, at=at, complaint_id=complaint.id)
    return {"complaint": complaint.id}


async def _withdraw_with_complaint(viewer: Viewer, handoff: Handoff, at: datetime) -> None:
    move_to(handoff, HandoffStatus.WITHDRAWN, HANDOFF_TRANSITIONS)
    handoff.withdrawal_reason, handoff.ended_at = "The complaint was closed.", at
    handoff.version += 1
    await handoff.save()
    await clocks.stop_all(handoff, ClockReason.WITHDRAWN, at=at, actor=viewer.account)
    await record_handoff(EventKind.HANDOFF_WITHDRAWN, viewer, handoff, at)
