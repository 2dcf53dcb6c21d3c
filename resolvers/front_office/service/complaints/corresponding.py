"""What is written to a complaint's customer, and what comes back: the acknowledgement, questions and replies.

An acknowledgement says, in the customer's language, that we have it and by when we answer. Between a question and its reply the
customer's clock stands still.
"""

from models.both_offices.clocks.policies import ClockKind
from models.both_offices.clocks.running import ClockReason
from models.front_office.customers import Channel
from models.front_office.service.complaints import TRANSITIONS, Complaint, ComplaintEvent, ComplaintStatus
from models.front_office.service.correspondence import CorrespondenceEvent, CorrespondenceKind
from models.kit.base import now
from models.kit.states import move_to
from resolvers.both_offices import clocks
from resolvers.events import record
from resolvers.front_office.service.complaints.steps import MACHINE, save, status_at_work
from resolvers.front_office.service.correspondence import compose, send, write_down_reply
from resolvers.front_office.service.stages import work_on
from resolvers.kit.commands import DryRunnable, Key, Keys, Update, command, member
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.loading import load
from resolvers.kit.problems import DryRun
from resolvers.kit.viewer import Viewer


@command
class AcknowledgeComplaint(Update, DryRunnable):
    """Which complaint is acknowledged."""

    complaint: Key[Complaint] = member("The complaint.")
    note: str | None = member(
        "Something to say besides, in the customer's language, at most 10,000 characters.", default=None
    )


@command
class AskCustomer(Update, DryRunnable):
    """What a customer is asked."""

    complaint: Key[Complaint] = member("The complaint.")
    question: str = member("What we must know, in the customer's language, at most 10,000 characters.")


@command
class CustomerReplied(Update):
    """What a customer replied."""

    complaint: Key[Complaint] = member("The complaint.")
    channel: Channel = member("By which way the reply came.")
    text: str = member("What the customer said, at most 10,000 characters. Only the front office reads it.")


async def acknowledge_complaint(viewer: Viewer, given: AcknowledgeComplaint) -> Keys:
    """Tells the customer, once in each stage, that we have the complaint and by when we answer it."""
    errors = InputErrors()
    words = errors.optional_text("note", given.note)
    complaint = await load(viewer, Complaint, given.complaint, errors, given.expected_version)
    if complaint.status in (ComplaintStatus.ANSWERED, ComplaintStatus.CLOSED):
        errors.add("complaint", f"The complaint is {complaint.status} already.", "ALREADY_ANSWERED")
    elif complaint.acknowledged_at is not None:
        errors.add("complaint", "The customer has an acknowledgement already.", "ALREADY_ACKNOWLEDGED")
    errors.raise_if_any()
    at = now()
    complaint.acknowledged_at = at
    await save(complaint)
    # The clock that counts from the acknowledgement, where a regulator says so, has begun anew when the letter names its day.
    reason = ClockReason.ACKNOWLEDGED
    await clocks.stop(ClockKind.ACKNOWLEDGE_COMPLAINT, complaint, reason, at=at, actor=viewer.account)
    letter = await compose(complaint, CorrespondenceKind.ACKNOWLEDGEMENT, note=words or "")
    sent = await send(complaint, letter, at=at, by=viewer.account)
    await record(ComplaintEvent.ACKNOWLEDGED, complaint, actor=viewer, at=at)
    if given.dry_run:
        raise DryRun(subject=letter.subject, text=letter.text)
    return {"complaint": complaint.id, "correspondence": sent.id}


async def ask_customer(viewer: Viewer, given: AskCustomer) -> Keys:
    """Asks the customer something; the customer's clock stands still until the reply."""
    # Departments go on with what they have meanwhile.
    errors = InputErrors()
    words = errors.text("question", given.question)
    complaint = await load(viewer, Complaint, given.complaint, errors, given.expected_version)
    await MACHINE.check(viewer, complaint, "askCustomer", ComplaintStatus.AWAITING_CUSTOMER, errors)
    await work_on(viewer, complaint, errors)
    errors.raise_if_any()
    at = now()
    move_to(complaint, ComplaintStatus.AWAITING_CUSTOMER, TRANSITIONS)
    await save(complaint)
    reason = ClockReason.CUSTOMER_ASKED
    await clocks.pause(ClockKind.ANSWER_COMPLAINT, complaint, reason, at=at, actor=viewer.account)
    letter = await compose(complaint, CorrespondenceKind.QUESTION, question=words)
    sent = await send(complaint, letter, at=at, by=viewer.account)
    await record(CorrespondenceEvent.CUSTOMER_ASKED, complaint, actor=viewer, at=at)
    if given.dry_run:
        raise DryRun(subject=letter.subject, text=letter.text)
    return {"complaint": complaint.id, "correspondence": sent.id}


async def customer_replied(viewer: Viewer, given: CustomerReplied) -> Keys:
    """Writes down what the customer replied; work goes on where it was."""
    errors = InputErrors()
    words = errors.text("text", given.text)
    complaint = await load(viewer, Complaint, given.complaint, errors, given.expected_version)
    to = await status_at_work(viewer, complaint)
    await MACHINE.check(viewer, complaint, "customerReplied", to, errors)
    errors.raise_if_any()
    at = now()
    move_to(complaint, to, TRANSITIONS)
    await save(complaint)
    reply = await write_down_reply(complaint, given.channel, words, at=at, by=viewer.account)
    reason = ClockReason.CUSTOMER_REPLIED
    await clocks.resume(ClockKind.ANSWER_COMPLAINT, complaint, reason, at=at, actor=viewer.account)
    await record(CorrespondenceEvent.CUSTOMER_REPLIED, complaint, actor=viewer, at=at)
    return {"complaint": complaint.id, "correspondence": reply.id}
