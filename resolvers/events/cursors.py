"""Where in the row of events a client stands. Clients keep it sealed (resolvers/kit/sealing.py)."""

from datetime import UTC, datetime, timedelta

from models.kit.database import Database
from models.kit.events import EPOCH
from resolvers.kit.problems import refuse

KEPT = timedelta(days=30)
"""How long a client may stay away and still get everything it missed."""


async def present(database: Database) -> tuple[int, str]:
    """The position of the newest numbered event, 0 before there is one, and the epoch."""
    [(position, epoch)] = await database.fetch(f"SELECT coalesce(max(position), 0), {EPOCH} FROM events", [])
    return int(position), str(epoch)


async def check_resumable(database: Database, position: int, now: datetime, epoch: str = "") -> None:
    """Refuses a position that was never given, or is of before a restore, or so old that the client should fetch afresh."""
    [(own,)] = await database.fetch(f"SELECT {EPOCH}", [])
    if epoch != own:
        message = "`after` is of before the database was restored from a backup: fetch afresh and subscribe without it."
        raise refuse("CURSOR_EXPIRED", message, "after")
    one, two = ("$1", "$2") if database.dialect == "postgres" else ("?1", "?2")
    rows = await database.fetch(
        f"SELECT position, at FROM events WHERE position IN ({one}, {two}) ORDER BY position", [position, position + 1]
    )
    if position and (not rows or rows[0][0] != position):
        raise refuse("BAD_REQUEST", "`after` lies beyond the last event.", "after")
    if not rows or rows[-1][0] == position:
        # However old it is, nothing was missed since.
        return
    at = rows[0][1]
    moment = datetime.fromisoformat(at) if isinstance(at, str) else at
    if moment.astimezone(UTC) < now - KEPT:
        raise refuse("CURSOR_EXPIRED", "`after` is older than 30 days: fetch afresh and subscribe without it.", "after")
