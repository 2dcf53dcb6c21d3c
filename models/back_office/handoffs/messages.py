"""Messages on a handoff: what the two offices say to each other about it, and whom a message mentions. They are never changed,
but for names that give way to masks when a complaint turns out to concern one more customer.

The surprising rule: what the front office writes for the back office's eyes is stored masked; nobody has the words unmasked.
"""

from tortoise import fields

from models.back_office.handoffs import visible_handoffs
from models.kit.base import VIEWER, ReadScope, Record, is_one_of, reference
from models.kit.enums import DescribedEnum
from models.kit.events import EventKind
from models.permissions import Permission


class Office(DescribedEnum):
    """One half of the company."""

    FRONT_OFFICE = "FRONT_OFFICE", "It deals with customers."
    BACK_OFFICE = "BACK_OFFICE", "It never meets one."


class Audience(DescribedEnum):
    """Who reads a message."""

    BOTH_OFFICES = "BOTH_OFFICES", "The front office and the department."
    BACK_OFFICE = "BACK_OFFICE", "The department only."
    FRONT_OFFICE = "FRONT_OFFICE", "The front office only."


class MessageKind(DescribedEnum):
    """What a message is for."""

    MESSAGE = "MESSAGE", "Something that colleagues should know."
    INFORMATION_REQUEST = "INFORMATION_REQUEST", "What the department needs to know, and waits for."
    INFORMATION = "INFORMATION", "What the front office says to that."
    TRANSFER = "TRANSFER", "Why the handoff went on to another department."


READERS: dict[Audience, frozenset[Office]] = {
    Audience.BOTH_OFFICES: frozenset(Office),
    Audience.BACK_OFFICE: frozenset({Office.BACK_OFFICE}),
    Audience.FRONT_OFFICE: frozenset({Office.FRONT_OFFICE}),
}
"""Which office reads what is written for an audience."""

DOORS: dict[Office, Permission] = {
    Office.FRONT_OFFICE: Permission.ENTER_FRONT_OFFICE,
    Office.BACK_OFFICE: Permission.ENTER_BACK_OFFICE,
}
"""What somebody of an office holds."""


class MessageEvent(EventKind):
    """What happens to messages on handoffs; within one office, only that one learns of it."""

    POSTED = "MESSAGE_POSTED", "Somebody wrote a message on a handoff, for both offices."
    FRONT_OFFICE_POSTED = (
        "FRONT_OFFICE_MESSAGE_POSTED",
        "Somebody wrote one for the front office only.",
        Permission.ENTER_FRONT_OFFICE,
    )
    BACK_OFFICE_POSTED = (
        "BACK_OFFICE_MESSAGE_POSTED",
        "Somebody wrote one for the department only.",
        Permission.ENTER_BACK_OFFICE,
    )


class HandoffMessage(Record):
    """One message. `office` is the office as whose member the author wrote: who is in both wrote for the front office."""

    handoff_id = reference("Handoff", related_name="messages")
    author_id = reference("Account", related_name="written_messages")
    office = fields.CharEnumField(Office, max_length=20)
    audience = fields.CharEnumField(Audience, max_length=20)
    kind = fields.CharEnumField(MessageKind, max_length=20)
    text = fields.TextField()
    at = fields.DatetimeField()

    class Meta:
        table = "handoff_messages"
        indexes = (("handoff_id", "at", "id"),)
        checks = {"text": "text <> ''"}
        append_only = True
        masked_again = ("text",)


class MessageMention(Record):
    """Somebody whom a message mentions, and who can read it."""

    message_id = reference("HandoffMessage", related_name="mentions")
    account_id = reference("Account", related_name="mentions", index=True)

    class Meta:
        table = "message_mentions"
        unique_together = (("message_id", "account_id"),)
        append_only = True


def offices_of(permissions: frozenset[Permission]) -> frozenset[Office]:
    """The offices that somebody with these permissions is in."""
    return frozenset(office for office, door in DOORS.items() if door in permissions)


def visible_messages(read_scope: ReadScope, message: str) -> str | None:
    """What is written for one's office about handoffs that one sees, and what one wrote oneself as a member of that office."""
    offices = offices_of(read_scope.permissions)
    audiences = [audience for audience, readers in READERS.items() if readers & offices]
    meant = is_one_of(f"{message}.audience", audiences)
    if scope := visible_handoffs(read_scope, "handoff_of_it"):
        about = f"handoff_of_it.id = {message}.handoff_id"
        meant = f"{meant} AND EXISTS (SELECT 1 FROM handoffs handoff_of_it WHERE {about} AND ({scope}))"
    # Who moves from the front office to the back office leaves the customers' names behind.
    own = f"{message}.author_id = {VIEWER} AND {is_one_of(f'{message}.office', offices)}"
    return f"({meant}) OR ({own})"


HandoffMessage.row_scope = visible_messages
