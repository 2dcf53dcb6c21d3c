"""Letters to customers: composed from the template of their kind in the customer's language, and recorded as sent.

`correspond` is what other use cases call; `compose` shows the same letter without keeping it. Nothing leaves the house here: who
delivers letters reads what was recorded.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from string import Template
from uuid import UUID
from zoneinfo import ZoneInfo

from models.both_offices.clocks.policies import ClockKind
from models.both_offices.clocks.running import Clock
from models.front_office.customers import Channel, Customer, Language
from models.front_office.service.complaints import Complaint
from models.front_office.service.correspondence import (
    PLACEHOLDERS,
    Correspondence,
    CorrespondenceKind,
    Direction,
    MessageTemplate,
    language_of,
    wrong_in_template,
)
from models.front_office.service.spoken_dates import by_when
from models.kit.base import new_id, now
from resolvers.kit.commands import Keys, Update, command, member
from resolvers.kit.input_errors import LONGEST_LINE, InputErrors
from resolvers.kit.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Letter:
    """What a customer is sent."""

    kind: CorrespondenceKind
    language: Language
    channel: Channel
    subject: str | None
    text: str


async def compose(complaint: Complaint, kind: CorrespondenceKind, **values: str) -> Letter:
    """The letter of a kind to a complaint's customer, in their language and by the way that they prefer.

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
    return Letter(
        kind,
        template.language,
        customer.preferred_channel or complaint.channel,
        _filled(template.subject, known)[:LONGEST_LINE] if template.subject else None,
        _filled(template.text, known),
    )


async def send(complaint: Complaint, letter: Letter, *, at: datetime, by: UUID | None) -> Correspondence:
    """Records that a letter was sent."""
    return await Correspondence.create(
        id=new_id(),
        complaint_id=complaint.id,
        direction=Direction.SENT,
        kind=letter.kind,
        channel=letter.channel,
        language=letter.language,
        subject=letter.subject,
        text=letter.text,
        at=at,
        by_id=by,
    )


async def correspond(
    complaint: Complaint, kind: CorrespondenceKind, *, at: datetime, by: UUID | None, **values: str
) -> Correspondence:
    """Composes a letter to the customer and records it as sent. `by` is null when it went by itself."""
    return await send(complaint, await compose(complaint, kind, **values), at=at, by=by)


async def write_down_reply(
    complaint: Complaint, channel: Channel, text: str, *, at: datetime, by: UUID | None
) -> Correspondence:
    """Records what the customer said, and who wrote it down."""
    return await Correspondence.create(
        id=new_id(),
        complaint_id=complaint.id,
        direction=Direction.RECEIVED,
        kind=CorrespondenceKind.REPLY,
        channel=channel,
        text=text,
        at=at,
        by_id=by,
    )


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
    template.version += 1
    await template.save()
    return {"template": template.id}


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
