"""Asking the customer something and writing down the reply; in between, the customer's clock stands still."""

from uuid import UUID

from models.back_office.handoffs import OPEN_STATUSES, Handoff, HandoffStatus
from models.base import now
from models.clock_policies import ClockKind
from models.clocks import ClockReason
from models.events import EventKind
from models.front_office.complaints import TRANSITIONS, ComplaintStatus
from models.front_office.correspondence import CorrespondenceKind
from models.front_office.customers import Channel
from models.states import move_to
from resolvers import clocks
from resolvers.events import record
from resolvers.front_office.complaints.shared import Keys, check_step, save, the_complaint
from resolvers.front_office.correspondence import compose, send, write_down_reply
from resolvers.front_office.stages import work_on
from resolvers.inputs import Checks
from resolvers.problems import Rehearsed
from resolvers.viewer import Viewer


async def ask_customer(
    viewer: Viewer, key: UUID | None, question: str, expected_version: int | None, *, dry_run: bool = False
) -> Keys:
    """Sends the customer a question. Departments go on with what they have meanwhile."""
    checks = Checks()
    words = checks.text("question", question)
    complaint = await the_complaint(viewer, key, checks, expected_version)
    await check_step(viewer, complaint, "askCustomer", ComplaintStatus.AWAITING_CUSTOMER, checks)
    await work_on(viewer, complaint, checks)
    checks.done()
    at = now()
    move_to(complaint, ComplaintStatus.AWAITING_CUSTOMER, TRANSITIONS)
    await save(complaint)
    reason = ClockReason.CUSTOMER_ASKED
    await clocks.pause(ClockKind.ANSWER_COMPLAINT, complaint, reason, at=at, actor=viewer.account)
    letter = await compose(complaint, CorrespondenceKind.QUESTION, question=words)
    sent = await send(complaint, letter, at=at, by=viewer.account)
    await record(EventKind.CUSTOMER_ASKED, actor=viewer.account, at=at, complaint_id=complaint.id)
    if dry_run:
        raise Rehearsed(subject=letter.subject, text=letter.text)
    return {"complaint": complaint.id, "correspondence": sent.id}


async def customer_replied(
    viewer: Viewer, key: UUID | None, channel: Channel, text: str, expected_version: int | None
) -> Keys:
    """Writes the customer's reply down. The complaint is again where it was: with its departments, or with none."""
    checks = Checks()
    words = checks.text("text", text)
    complaint = await the_complaint(viewer, key, checks, expected_version)
    kept = Handoff.filter(
        complaint_id=complaint.id, stage=complaint.stage, status__in=[*OPEN_STATUSES, HandoffStatus.ACCEPTED]
    )
    to = ComplaintStatus.HANDED_OFF if await kept.exists() else ComplaintStatus.RECEIVED
    await check_step(viewer, complaint, "customerReplied", to, checks)
    checks.done()
    at = now()
    move_to(complaint, to, TRANSITIONS)
    await save(complaint)
    reply = await write_down_reply(complaint, channel, words, at=at, by=viewer.account)
    reason = ClockReason.CUSTOMER_REPLIED
    await clocks.resume(ClockKind.ANSWER_COMPLAINT, complaint, reason, at=at, actor=viewer.account)
    await record(EventKind.CUSTOMER_REPLIED, actor=viewer.account, at=at, complaint_id=complaint.id)
    return {"complaint": complaint.id, "correspondence": reply.id}
