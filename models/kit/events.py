"""Events: one row says that something happened, and others what it happened to. They are the source of history and of every push.

Rows hold ids and kinds only, never field values that some reader may not see. Positions are given after commit, by one
relay (resolvers/events), so that they never skip and never fill in later. Each area has its own kinds beside its tables, and
says of its records who may know that something happened to them; models/events.py puts them together.
"""

import re
from functools import cache
from typing import NamedTuple
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models.kit.base import VIEWER, ReadScope, Referring, optional_reference
from models.kit.constraints import Index, at_least
from models.kit.enums import DescribedEnum
from models.permissions import Department, Permission


class EventKind(DescribedEnum):
    """What happened."""

    needs: Permission | None
    """Who may know of it, where it says more than that something happened to its subjects."""

    def __new__(cls, value: str, description: str, needs: Permission | None = None) -> "EventKind":
        member = str.__new__(cls, value)
        member._value_ = value
        member.description = description
        member.needs = needs
        return member


class Event(Referring):
    """Something happened. `position` is null until the relay has numbered the row.

    `department` and `account_id` say whom it concerns; what it happened to, its subjects say. The database takes any
    well-formed kind: which there are is said in code.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    position = fields.BigIntField(null=True, unique=True)
    kind = fields.CharField(max_length=30)
    at = fields.DatetimeField()
    actor_id = optional_reference("Account", related_name="acted_events")
    department = fields.CharEnumField(Department, max_length=30, null=True)
    account_id = optional_reference("Account", related_name="events")

    class Meta:
        table = "events"
        checks = {
            "position": at_least(1, "position"),
            "kind": "kind <> '' AND rtrim(kind, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ_') = ''",
        }
        append_only = True
        filled_in_once = ("position",)
        more_indexes = (Index("events_unnumbered", "id", where="position IS NULL"),)


class EventSubject(Referring):
    """A record that an event happened to: its table and its key. No foreign key, because history outlives what it tells of."""

    id = fields.BigIntField(primary_key=True, generated=True)
    event: fields.ForeignKeyRelation[Event] = fields.ForeignKeyField(
        "models.Event", related_name="subjects", on_delete=fields.RESTRICT
    )
    type = fields.CharField(max_length=30)
    key = fields.UUIDField()

    class Meta:
        table = "event_subjects"
        unique_together = (("event", "type", "key"),)
        indexes = (("key", "type", "event"),)
        checks = {"type": "type <> '' AND rtrim(type, 'abcdefghijklmnopqrstuvwxyz_') = ''"}
        append_only = True


class Restore(Referring):
    """The database was put back to what it was. What was told after that moment did not happen, and positions are given anew.

    `epoch` is drawn by lot, and stands in the cursors of all that is told from then on.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    epoch = fields.CharField(max_length=8, unique=True)
    at = fields.DatetimeField()

    class Meta:
        table = "restores"
        checks = {"epoch": "epoch <> '' AND rtrim(epoch, '0123456789abcdef') = ''"}
        append_only = True


EPOCH = "coalesce((SELECT epoch FROM restores ORDER BY id DESC LIMIT 1), '')"
"""In which epoch the database is, in SQL: none before it was restored for the first time."""


class Subject(NamedTuple):
    """What an event is about, by the name of its table's class and its key."""

    type: str
    key: UUID


@cache
def subject_type(model: type[Model]) -> str:
    """What records of a table are called as subjects: its class's name in small letters, as in `purchase_order`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", model.__name__).lower()


def about(model: type[Model], key: UUID | None) -> Subject | None:
    """A record as a subject where only its key is at hand; None where there is none."""
    return None if key is None else Subject(subject_type(model), key)


def subject_of(one: Model | Subject | None) -> Subject | None:
    """A record, or what stands for it, as a subject; None stays nothing."""
    return one if one is None or isinstance(one, Subject) else about(type(one), one.pk)


def is_about(event: str, *types: str) -> str:
    """The condition that an event, known by the alias, is about a record of one of these types."""
    names = ", ".join(f"'{one}'" for one in types)
    return f"EXISTS (SELECT 1 FROM event_subjects about WHERE about.event_id = {event}.id AND about.type IN ({names}))"


def own_events(_read_scope: ReadScope, event: str) -> str | None:
    """What happened to one's own account."""
    return f"{event}.account_id = {VIEWER}"
