"""Answering the customer, once no department works on the complaint any more."""

from uuid import UUID

from models.base import now
from models.clocks import ClockReason
from models.events import EventKind
from models.front_office.complaints import ANSWER_OUTCOMES, TRANSITIONS, ComplaintStatus, Outcome
from models.states import move_to
from resolvers import clocks
from resolvers.events import record
from resolvers.front_office.complaints.shared import Keys, check_step, save, the_complaint
from resolvers.inputs import Checks
from resolvers.viewer import Viewer


async def answer_complaint(
    viewer: Viewer, key: UUID | None, outcome: Outcome, answer: str, expected_version: int | None
) -> Keys:
    """Brings the answer to the customer, once no department works on the complaint any more."""
    checks = Checks()
    text = checks.text("answer", answer)
    if outcome not in ANSWER_OUTCOMES:
        checks.wrong("outcome", "An answered complaint is UPHELD, PARTLY_UPHELD or NOT_UPHELD.")
    complaint = await the_complaint(viewer, key, checks, expected_version)
    await check_step(viewer, complaint, ComplaintStatus.ANSWERED, checks)
    checks.done()
    at = now()
    move_to(complaint, ComplaintStatus.ANSWERED, TRANSITIONS)
    complaint.answer, complaint.answered_at, complaint.outcome = text, at, outcome
    await save(complaint)
    await clocks.stop_all(complaint, ClockReason.ANSWERED, at=at, actor=viewer.account)
    await record(EventKind.COMPLAINT_ANSWERED, actor=viewer.account, at=at, complaint_id=complaint.id)
    return {"complaint": complaint.id}
