"""Events: one row says that something happened to one record. They are the source of history and of every push.

Rows hold ids and kinds only, never field values that some reader may not see. Positions are given after commit, by one
relay (resolvers/events), so that they never skip and never fill in later.
"""

from typing import TYPE_CHECKING
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models.base import Sight, is_one_of
from models.enums import DescribedEnum
from models.permissions import Department, Permission

if TYPE_CHECKING:
    from models.back_office.accounts import Account
    from models.back_office.handoffs import Handoff
    from models.front_office.complaints import Complaint


class EventKind(DescribedEnum):
    """What happened."""

    COMPLAINT_RECEIVED = "COMPLAINT_RECEIVED", "A complaint was written down."
    COMPLAINT_ANSWERED = "COMPLAINT_ANSWERED", "The customer got an answer."
    COMPLAINT_CLOSED = "COMPLAINT_CLOSED", "A complaint was closed."
    HANDOFF_QUEUED = "HANDOFF_QUEUED", "A piece of a complaint was given to a department."
    HANDOFF_CLAIMED = "HANDOFF_CLAIMED", "Somebody of the department took it."
    HANDOFF_RELEASED = "HANDOFF_RELEASED", "Who had it put it back into the queue."
    HANDOFF_ANSWERED = "HANDOFF_ANSWERED", "The department answered."
    HANDOFF_REFUSED = "HANDOFF_REFUSED", "The department refused it."
    HANDOFF_WITHDRAWN = "HANDOFF_WITHDRAWN", "The front office took it back."
    ANSWER_ACCEPTED = "ANSWER_ACCEPTED", "The front office took the department's answer."
    ANSWER_REJECTED = "ANSWER_REJECTED", "The front office sent the answer back to work."
    ACCOUNT_ADDED = "ACCOUNT_ADDED", "An account was added."
    ACCOUNT_CHANGED = "ACCOUNT_CHANGED", "An account's roles, departments or state changed."
    SESSION_ENDED = "SESSION_ENDED", "Somebody signed out, or a session was ended for safety."


class Event(Model):
    """Something happened to one record. `position` is null until the relay has numbered the row."""

    id = fields.BigIntField(primary_key=True, generated=True)
    position = fields.BigIntField(null=True, unique=True)
    kind = fields.CharEnumField(EventKind, max_length=30)
    at = fields.DatetimeField()
    actor: fields.ForeignKeyNullableRelation["Account"] = fields.ForeignKeyField(
        "models.Account", related_name="acted_events", on_delete=fields.RESTRICT, null=True
    )
    complaint: fields.ForeignKeyNullableRelation["Complaint"] = fields.ForeignKeyField(
        "models.Complaint", related_name="events", on_delete=fields.RESTRICT, null=True, db_index=True
    )
    handoff: fields.ForeignKeyNullableRelation["Handoff"] = fields.ForeignKeyField(
        "models.Handoff", related_name="events", on_delete=fields.RESTRICT, null=True, db_index=True
    )
    department = fields.CharEnumField(Department, max_length=30, null=True)
    account: fields.ForeignKeyNullableRelation["Account"] = fields.ForeignKeyField(
        "models.Account", related_name="events", on_delete=fields.RESTRICT, null=True
    )
    account_id: UUID | None

    class Meta:
        table = "events"


def visible_events(sight: Sight, event: str) -> str | None:
    """A department sees what happened to its handoffs; whoever sees all handoffs sees what happened to any complaint."""
    about_complaints = f"{event}.complaint_id IS NOT NULL"
    if Permission.READ_ALL_HANDOFFS in sight.permissions:
        return about_complaints
    return f"{about_complaints} AND {is_one_of(f'{event}.department', sight.departments)}"
