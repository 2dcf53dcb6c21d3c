"""Writes down that something happened, in the transaction of the change itself: both are kept, or neither."""

from datetime import UTC, datetime
from functools import cache
from uuid import UUID

from tortoise.connection import get_connection

from models import events
from models.kit.base import Record, now
from models.kit.events import EventKind, Subject, subject_of
from models.permissions import Department
from resolvers.kit.commands import Viewer
from resolvers.kit.transaction import Recorded, note_event


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
    connection = get_connection("default")
    dialect = connection.capabilities.dialect
    # Plain SQL, because every change waits for it. SQLite keeps moments and keys as texts.
    who = actor.account if isinstance(actor, Viewer) else actor
    plain = dialect == "sqlite"
    values = [
        kind.value,
        at.isoformat(" ") if plain else at,
        _key(who, plain),
        department and department.value,
        _key(account, plain),
    ]
    [event] = await connection.execute_query_dict(_EVENT[dialect], values)
    if about:
        keys = [part for one in about for part in (event["id"], one.type, _key(one.key, plain))]
        await connection.execute_query(_subjects(len(about), dialect), keys)
    note_event(Recorded(event["id"], kind, at, department, about))


def _key(key: UUID | None, plain: bool) -> str | UUID | None:
    return str(key) if plain and key is not None else key


_EVENT = {
    dialect: f"INSERT INTO events (kind, at, actor_id, department, account_id) VALUES ({places}) RETURNING id"
    for dialect, places in (("sqlite", "?, ?, ?, ?, ?"), ("postgres", "$1, $2, $3, $4, $5"))
}


@cache
def _subjects(count: int, dialect: str) -> str:
    """The statement that writes so many subjects of an event."""
    places = (
        "(?, ?, ?)" if dialect == "sqlite" else f"(${n}::bigint, ${n + 1}::text, ${n + 2}::uuid)"
        for n in range(1, 3 * count, 3)
    )
    return f"INSERT INTO event_subjects (event_id, type, key) VALUES {', '.join(places)}"
