"""Notifications: what somebody should know of, in their own inbox. They lead to records and hold no text of their own.

The surprising rule: a notification shows only what its receiver may see anyway; the records' own row scopes decide.
"""

from tortoise import fields

from models.both_offices.work import WorkKind, WorkSource
from models.kit.base import VIEWER, ReadScope, Record, optional_reference, reference
from models.kit.constraints import Index
from models.kit.enums import DescribedEnum
from models.kit.events import EventKind
from models.subjects import SUBJECTS


class NotificationKind(DescribedEnum):
    """Why somebody is notified."""

    MENTIONED = "MENTIONED", "Somebody mentioned you in a message."
    INFORMATION_REQUESTED = "INFORMATION_REQUESTED", "A department asks you something about a handoff."
    INFORMATION_PROVIDED = "INFORMATION_PROVIDED", "The front office answered what you had asked."
    CLAIM_RETURNED = "CLAIM_RETURNED", "A handoff that somebody had went back into the queue."
    CLOCK_WARNED = "CLOCK_WARNED", "Three quarters of a deadline's time have gone."
    CLOCK_BREACHED = "CLOCK_BREACHED", "A deadline has passed."
    ESCALATED = "ESCALATED", "A complaint was taken to you."
    ESCALATION_CLOSED = "ESCALATION_CLOSED", "What you took to a manager was closed."
    APPROVAL_NEEDED = "APPROVAL_NEEDED", "A colleague's redress waits for somebody like you to approve it."
    REDRESS_DECIDED = "REDRESS_DECIDED", "The redress that you proposed was approved or rejected."
    COMPLAINT_CHALLENGED = "COMPLAINT_CHALLENGED", "The customer did not accept an answer of yours."
    COMPLAINT_REOPENED = "COMPLAINT_REOPENED", "Work on a complaint of yours began again."
    COMPLAINT_RATED_LOW = "COMPLAINT_RATED_LOW", "A customer whom you answered is not satisfied."
    CASE_ANSWER_TO_CONFIRM = "CASE_ANSWER_TO_CONFIRM", "A major case was answered; your complaint in it waits for you."
    SUCCESSOR_NEEDED = "SUCCESSOR_NEEDED", "An improvement of yours had no effect and asks for its successor."
    IMPROVEMENT_DUE = "IMPROVEMENT_DUE", "The window in which an improvement of yours was watched has passed."
    TASK_ASSIGNED = "TASK_ASSIGNED", "You have a new task."
    RULE = "RULE", "A rule wants you to look at something."


class NotificationEvent(EventKind):
    """What happens to notifications."""

    SENT = "NOTIFICATION_SENT", "Somebody was notified."


class Notification(Record):
    """One thing that one account should know of. `read_at` is null until it has been read."""

    account_id = reference("Account", related_name="notifications")
    kind = fields.CharEnumField(NotificationKind, max_length=30)
    at = fields.DatetimeField()
    actor_id = optional_reference("Account")
    about = SUBJECTS.references("notifications")
    # Plain keys: what they lead to is shown through its own row scope, or not at all.
    improvement_id = fields.UUIDField(null=True)
    escalation_id = fields.UUIDField(null=True)
    message_id = fields.UUIDField(null=True)
    answer_id = fields.UUIDField(null=True)
    task_id = fields.UUIDField(null=True)
    read_at = fields.DatetimeField(null=True)

    class Meta:
        table = "notifications"
        indexes = (("account_id", "at", "id"), ("account_id", "read_at"))
        more_indexes = (
            Index("work_mentioned", "account_id", where="read_at IS NULL AND kind = 'MENTIONED'", as_text=True),
        )


NOTIFIED_OF = {
    **SUBJECTS.column_of,
    "improvement": "improvement_id",
    "escalation": "escalation_id",
    "handoff_message": "message_id",
    "complaint_answer": "answer_id",
    "task": "task_id",
}
"""Which column leads to a record, by what such records are called as subjects of events."""


def visible_notifications(_read_scope: ReadScope, notification: str) -> str | None:
    """One's own."""
    return f"{notification}.account_id = {VIEWER}"


Notification.row_scope = visible_notifications

WORK = (
    WorkSource(
        kind=WorkKind.MENTION_TO_READ,
        table="notifications notification",
        where="notification.read_at IS NULL AND notification.kind = 'MENTIONED'",
        owner="notification.account_id",
        since="notification.at",
        columns=SUBJECTS.in_row("notification") | {"notification_id": "notification.id"},
    ),
)
