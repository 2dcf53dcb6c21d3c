"""Writes down that something happened, in the transaction of the change itself: both are kept, or neither."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import UUID

from tortoise.connection import get_connection

from models import events
from models.kit.base import Record, now
from models.kit.events import EventKind, Subject, subject_of
from models.kit.unit_of_work import present_unit
from models.permissions import Department
from resolvers.kit.commands import Viewer
from resolvers.kit.transaction import Recorded, note_event

TABLES = ("events", "event_subjects")


async def record(
    kind: EventKind,
    *subjects: Record | Subject | None,
    actor: Viewer | UUID | None,
    at: datetime | None = None,
    department: Department | None = None,
    account: UUID | None = None,
) -> None:
    """Adds one event about its subjects to the current transaction; None among them is nothing.

    `actor` did it, None when it happened by itself, at present unless `at` says otherwise. `department` and `account` are whom
    it concerns. It has no position yet: the relay gives it one after the commit.
    """
    if kind.value not in events.EVERY_KIND:
        raise TypeError(f"{kind!r} is not among the kinds of events: add its module to DECLARED in models/areas.py.")
    at = (at or now()).astimezone(UTC)
    about = tuple(dict.fromkeys(one for one in map(subject_of, subjects) if one is not None))
    entry = _Entry(kind, at, actor.account if isinstance(actor, Viewer) else actor, department, account, about)
    if unit := present_unit():
        unit.keep_last(entry, TABLES, _write)
    else:
        await _write([entry])


@dataclass(frozen=True, slots=True)
class _Entry:
    kind: EventKind
    at: datetime
    actor: UUID | None
    department: Department | None
    account: UUID | None
    subjects: tuple[Subject, ...]


async def _write(entries: Sequence[_Entry]) -> None:
    """Adds events by one statement, and their subjects by another. Plain SQL, because every change waits for it."""
    connection = get_connection("default")
    dialect = connection.capabilities.dialect
    # SQLite keeps moments and keys as texts.
    plain = dialect == "sqlite"
    told: list[Any] = []
    for one in entries:
        at = one.at.isoformat(" ") if plain else one.at
        department = one.department and one.department.value
        told += [one.kind.value, at, _key(one.actor, plain), department, _key(one.account, plain)]
    made = await connection.execute_query_dict(_events(len(entries), dialect), told)
    ids = [row["id"] for row in made]
    keys = [
        part
        for number, one in zip(ids, entries, strict=True)
        for subject in one.subjects
        for part in (number, subject.type, _key(subject.key, plain))
    ]
    if keys:
        await connection.execute_query(_subjects(len(keys) // 3, dialect), keys)
    for number, one in zip(ids, entries, strict=True):
        note_event(Recorded(number, one.kind, one.at, one.department, one.subjects))


def _key(key: UUID | None, plain: bool) -> str | UUID | None:
    return str(key) if plain and key is not None else key


@cache
def _events(count: int, dialect: str) -> str:
    """The statement that writes so many events."""
    places = (
        "(?, ?, ?, ?, ?)"
        if dialect == "sqlite"
        else f"(${n}::text, ${n + 1}::timestamptz, ${n + 2}::uuid, ${n + 3}::text, ${n + 4}::uuid)"
        for n in range(1, 5 * count, 5)
    )
    return f"INSERT INTO events (kind, at, actor_id, department, account_id) VALUES {', '.join(places)} RETURNING id"


@cache
def _subjects(count: int, dialect: str) -> str:
    """The statement that writes so many subjects of an event."""
    places = (
        "(?, ?, ?)" if dialect == "sqlite" else f"(${n}::bigint, ${n + 1}::text, ${n + 2}::uuid)"
        for n in range(1, 3 * count, 3)
    )
    return f"INSERT INTO event_subjects (event_id, type, key) VALUES {', '.join(places)}"
