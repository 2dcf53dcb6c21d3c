"""Where in the row of events a client stands. Clients keep it sealed (resolvers/kit/sealing.py)."""

from datetime import UTC, datetime, timedelta

from models.kit.database import Database
from resolvers.kit.problems import refuse

KEPT = timedelta(days=30)
"""How long a client may stay away and still get everything it missed."""


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
