"""Asking the customer something and writing down the reply; in between, the customer's clock stands still."""

from uuid import UUID

from models.back_office.handoffs import OPEN_STATUSES, Handoff, HandoffStatus
from models.both_offices.clocks.policies import ClockKind
from models.both_offices.clocks.running import ClockReason
from models.front_office.customers import Channel
from models.front_office.service.complaints import TRANSITIONS, ComplaintStatus
from models.front_office.service.correspondence import CorrespondenceKind
from models.kit.base import now
from models.kit.events import EventKind
from models.kit.states import move_to
from resolvers.both_offices import clocks
from resolvers.events import record
from resolvers.front_office.service.complaints.shared import Keys, check_step, save, the_complaint
from resolvers.front_office.service.correspondence import compose, send, write_down_reply
from resolvers.front_office.service.stages import work_on
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.problems import DryRun
from resolvers.kit.viewer import Viewer


async def ask_customer(
    viewer: Viewer, key: UUID | None, question: str, expected_version: int | None, *, dry_run: bool = False
) -> Keys:
    """Sends the customer a question. Departments go on with what they have meanwhile."""
    errors = InputErrors()
    words = errors.text("question", question)
    complaint = await the_complaint(viewer, key, errors, expected_version)
    await check_step(viewer, complaint, "askCustomer", ComplaintStatus.AWAITING_CUSTOMER, errors)
    await work_on(viewer, complaint, errors)
    errors.raise_if_any()
    at = now()
    move_to(complaint, ComplaintStatus.AWAITING_CUSTOMER, TRANSITIONS)
    await save(complaint)
    reason = ClockReason.CUSTOMER_ASKED
    await clocks.pause(ClockKind.ANSWER_COMPLAINT, complaint, reason, at=at, actor=viewer.account)
    letter = await compose(complaint, CorrespondenceKind.QUESTION, question=words)
    sent = await send(complaint, letter, at=at, by=viewer.account)
    await record(EventKind.CUSTOMER_ASKED, actor=viewer.account, at=at, complaint_id=complaint.id)
    if dry_run:
        raise DryRun(subject=letter.subject, text=letter.text)
    return {"complaint": complaint.id, "correspondence": sent.id}


async def customer_replied(
    viewer: Viewer, key: UUID | None, channel: Channel, text: str, expected_version: int | None
) -> Keys:
    """Writes the customer's reply down. The complaint is again where it was: with its departments, or with none."""
    errors = InputErrors()
    words = errors.text("text", text)
    complaint = await the_complaint(viewer, key, errors, expected_version)
    kept = Handoff.filter(
        complaint_id=complaint.id, stage=complaint.stage, status__in=[*OPEN_STATUSES, HandoffStatus.ACCEPTED]
    )
    to = ComplaintStatus.HANDED_OFF if await kept.exists() else ComplaintStatus.RECEIVED
    await check_step(viewer, complaint, "customerReplied", to, errors)
    errors.raise_if_any()
    at = now()
    move_to(complaint, to, TRANSITIONS)
    await save(complaint)
    reply = await write_down_reply(complaint, channel, words, at=at, by=viewer.account)
    reason = ClockReason.CUSTOMER_REPLIED
    await clocks.resume(ClockKind.ANSWER_COMPLAINT, complaint, reason, at=at, actor=viewer.account)
    await record(EventKind.CUSTOMER_REPLIED, actor=viewer.account, at=at, complaint_id=complaint.id)
    return {"complaint": complaint.id, "correspondence": reply.id}
