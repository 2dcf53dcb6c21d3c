"""Cursors say where in the row of events a client stands. Clients do not look into them.

The surprising rule: the read planner makes them in SQL, so their two forms stand here side by side.
"""

import re
from datetime import UTC, datetime, timedelta

from models.kit.database import Database, Dialect
from resolvers.kit.problems import refuse

KEPT = timedelta(days=30)
"""How long a client may stay away and still get everything it missed."""

_FORM = re.compile(r"e1([1-9a-f][0-9a-f]{0,15})", re.ASCII)
_LAST_POSSIBLE = 2**63 - 1


def encode_cursor(position: int) -> str:
    """The cursor of the event at a position: `e`, the form's version, the position in hexadecimal."""
    return f"e1{position:x}"


def event_cursor_sql(position: str, dialect: Dialect) -> str:
    """The same as `encode_cursor`, as a SQL expression over the expression of a position."""
    if dialect == "postgres":
        return f"('e1' || to_hex(CAST({position} AS bigint)))"
    return f"('e1' || printf('%x', {position}))"


def decode_cursor(cursor: str) -> int:
    """The position that a cursor stands for. Raises ValueError."""
    form = _FORM.fullmatch(cursor)
    position = int(form[1], 16) if form else 0
    if not 0 < position <= _LAST_POSSIBLE:
        raise ValueError("not a cursor")
    return position


async def last_position(database: Database) -> int:
    """The position of the newest numbered event; 0 before there is one."""
    rows = await database.fetch("SELECT coalesce(max(position), 0) FROM events", [])
    return int(rows[0][0])


async def check_resumable(database: Database, position: int, now: datetime) -> None:
    """Refuses a position that was never given, or that is so old that the client should fetch afresh."""
    placeholder = "$1" if database.dialect == "postgres" else "?1"
    rows = await database.fetch(f"SELECT at FROM events WHERE position = {placeholder}", [position])
    if not rows:
        raise refuse("BAD_REQUEST", "`after` lies beyond the last event.", "after")
    at = rows[0][0]
    moment = datetime.fromisoformat(at) if isinstance(at, str) else at
    if moment.astimezone(UTC) < now - KEPT:
        raise refuse("CURSOR_EXPIRED", "`after` is older than 30 days: fetch afresh and subscribe without it.", "after")
