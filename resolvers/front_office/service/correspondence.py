"""Letters to customers: composed from the template of their kind in the customer's language, and recorded as sent; the
acknowledgement of a complaint, questions and their replies. Between a question and its reply the customer's clock stands still.

`correspond` is what other use cases call; `compose` shows the same letter without keeping it. Nothing leaves the house here: who
delivers letters reads what was recorded.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from string import Template
from uuid import UUID
from zoneinfo import ZoneInfo

from models.both_offices.clocks.policies import ClockKind
from models.both_offices.clocks.running import Clock, ClockReason
from models.front_office.customers import Channel, Customer, Language
from models.front_office.service.complaints import DONE_WITH, Complaint, ComplaintEvent, ComplaintStatus
from models.front_office.service.correspondence import (
    PLACEHOLDERS,
    Correspondence,
    CorrespondenceEvent,
    CorrespondenceKind,
    Direction,
    MessageTemplate,
    by_when,
    language_of,
    wrong_in_template,
)
from models.kit.base import new_id, now
from models.kit.events import EventKind
from models.kit.states import move_to
from resolvers.both_offices import clocks
from resolvers.events import record
from resolvers.front_office.service.complaints.working import MACHINE, check_work, status_at_work
from resolvers.kit.commands import LONGEST_LINE, DryRunnable, InputErrors, Key, Keys, Update, Viewer, command, member
from resolvers.kit.loading import load


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
    if complaint.status in DONE_WITH:
        errors.add("complaint", f"The complaint is {complaint.status} already.", "ALREADY_ANSWERED")
    elif complaint.acknowledged_at is not None:
        errors.add("complaint", "The customer has an acknowledgement already.", "ALREADY_ACKNOWLEDGED")
    errors.raise_if_any()
    at = now()
    complaint.acknowledged_at = at
    await complaint.save_next_version()
    # The clock that counts from the acknowledgement, where a regulator says so, has begun anew when the letter names its day.
    reason = ClockReason.ACKNOWLEDGED
    await clocks.stop(ClockKind.ACKNOWLEDGE_COMPLAINT, complaint, reason, at=at, actor=viewer.account)
    letter = await compose(complaint, CorrespondenceKind.ACKNOWLEDGEMENT, note=words or "")
    return await _sent(viewer, complaint, letter, ComplaintEvent.ACKNOWLEDGED, at, given)


async def ask_customer(viewer: Viewer, given: AskCustomer) -> Keys:
    """Asks the customer something; the customer's clock stands still until the reply."""
    # Departments go on with what they have meanwhile.
    errors = InputErrors()
    words = errors.text("question", given.question)
    complaint = await load(viewer, Complaint, given.complaint, errors, given.expected_version)
    await check_work(viewer, complaint, "askCustomer", ComplaintStatus.AWAITING_CUSTOMER, errors)
    errors.raise_if_any()
    at = now()
    move_to(complaint, ComplaintStatus.AWAITING_CUSTOMER)
    await complaint.save_next_version()
    reason = ClockReason.CUSTOMER_ASKED
    await clocks.pause(ClockKind.ANSWER_COMPLAINT, complaint, reason, at=at, actor=viewer.account)
    letter = await compose(complaint, CorrespondenceKind.QUESTION, question=words)
    return await _sent(viewer, complaint, letter, CorrespondenceEvent.CUSTOMER_ASKED, at, given)


async def _sent(
    viewer: Viewer, complaint: Complaint, letter: Correspondence, kind: EventKind, at: datetime, given: DryRunnable
) -> Keys:
    await send(letter, at=at, by=viewer.account)
    await record(kind, complaint, actor=viewer, at=at)
    given.end_if_dry(subject=letter.subject, text=letter.text)
    return {"complaint": complaint.id, "correspondence": letter.id}


async def customer_replied(viewer: Viewer, given: CustomerReplied) -> Keys:
    """Writes down what the customer replied; work goes on where it was."""
    errors = InputErrors()
    words = errors.text("text", given.text)
    complaint = await load(viewer, Complaint, given.complaint, errors, given.expected_version)
    to = await status_at_work(complaint)
    await MACHINE.check(viewer, complaint, "customerReplied", to, errors)
    errors.raise_if_any()
    at = now()
    move_to(complaint, to)
    await complaint.save_next_version()
    reply = await Correspondence.create(
        id=new_id(),
        complaint_id=complaint.id,
        direction=Direction.RECEIVED,
        kind=CorrespondenceKind.REPLY,
        channel=given.channel,
        text=words,
        at=at,
        by_id=viewer.account,
    )
    reason = ClockReason.CUSTOMER_REPLIED
    await clocks.resume(ClockKind.ANSWER_COMPLAINT, complaint, reason, at=at, actor=viewer.account)
    await record(CorrespondenceEvent.CUSTOMER_REPLIED, complaint, actor=viewer, at=at)
    return {"complaint": complaint.id, "correspondence": reply.id}


# --- Letters ---


async def compose(complaint: Complaint, kind: CorrespondenceKind, **values: str) -> Correspondence:
    """The letter of a kind to a complaint's customer, in their language and by the way that they prefer; nothing is stored.

    `values` fill the kind's own placeholders, for instance `answer`; all letters know `name` and `number`, and an
    acknowledgement `answer_by` besides. What a template does not use is left out.
    """
    customer = await Customer.get(id=complaint.customer_id)
    language = language_of(customer.language, customer.country)
    template = await MessageTemplate.get_or_none(kind=kind, language=language)
    template = template or await MessageTemplate.get(kind=kind, language=Language.EN)
    known = dict.fromkeys(PLACEHOLDERS[kind], "") | values
    known |= {"name": customer.contact_name or customer.name, "number": complaint.number}
    if "answer_by" in known:
        known["answer_by"] = await _answer_by(complaint, template.language)
    return Correspondence(
        id=new_id(),
        complaint_id=complaint.id,
        direction=Direction.SENT,
        kind=kind,
        channel=customer.preferred_channel or complaint.channel,
        language=template.language,
        subject=_filled(template.subject, known)[:LONGEST_LINE] if template.subject else None,
        text=_filled(template.text, known),
    )


async def send(letter: Correspondence, *, at: datetime, by: UUID | None) -> Correspondence:
    """Records that a letter was sent. `by` is null when it went by itself."""
    letter.at, letter.by_id = at, by
    await letter.save()
    return letter


async def correspond(
    complaint: Complaint, kind: CorrespondenceKind, *, at: datetime, by: UUID | None, **values: str
) -> Correspondence:
    """Composes a letter to the customer and records it as sent."""
    return await send(await compose(complaint, kind, **values), at=at, by=by)


def _filled(template: str, values: Mapping[str, str]) -> str:
    # A value that is empty leaves no gap where its paragraph would be; no text holds a NUL.
    marked = {name: value or "\0" for name, value in values.items()}
    return Template(template).substitute(marked).replace("\n\n\0\n\n", "\n\n").replace("\0", "").strip()


async def _answer_by(complaint: Complaint, language: Language) -> str:
    """By when the customer gets the answer, as the clock says now: its last day, where the clock's calendar is kept."""
    clock = await Clock.filter(complaint_id=complaint.id, kind=ClockKind.ANSWER_COMPLAINT).first()
    if clock is None or clock.due_at is None or clock.due_at <= now():
        return by_when(None, language)
    await clock.fetch_related("policy__calendar")
    calendar = clock.policy.calendar
    # What may take whole days ends at the midnight after the last of them, which is not the next day's.
    last = (clock.due_at - timedelta(microseconds=1)).astimezone(ZoneInfo(calendar.time_zone if calendar else "UTC"))
    return by_when(last.date(), language)


# --- Templates ---


@command
class SaveMessageTemplate(Update):
    """What a letter begins as from now on."""

    kind: CorrespondenceKind = member("What it is for. A customer's REPLY has no template.")
    language: Language = member("The language it is written in.")
    subject: str | None = member("The letter's subject, at most 200 characters; left out, it has none.", default=None)
    text: str = member(
        "The letter, at most 10,000 characters. It may hold $name and $number; ACKNOWLEDGEMENT also $answer_by and must hold"
        " $number and $note; QUESTION must hold $question, ANSWER $answer, RATING_REQUEST $link. $$ is a dollar sign."
    )


async def save_message_template(viewer: Viewer, given: SaveMessageTemplate) -> Keys:
    """Lets letters of a kind in a language begin in another way. What was sent stays as it was."""
    errors, kind = InputErrors(), given.kind
    subject = errors.optional_text("subject", given.subject, LONGEST_LINE)
    text = errors.text("text", given.text)
    if kind not in PLACEHOLDERS:
        errors.add("kind", f"{kind} is what customers write; it has no template.")
        errors.raise_if_any()
    if wrong := wrong_in_template(kind, text):
        errors.add("text", wrong)
    # A subject need not hold what the letter must.
    if subject and (wrong := wrong_in_template(kind, subject, complete=False)):
        errors.add("subject", wrong)
    template = await MessageTemplate.select_for_update().get(kind=kind, language=given.language)
    errors.version(template.version, given.expected_version)
    errors.raise_if_any()
    template.subject, template.text = subject, text
    await template.save_next_version()
    return {"template": template.id}
