"""The relay gives committed events their positions: one after the other, without gaps that fill in later.

Writers cannot number their own rows: what takes a number early may be committed late, when readers have passed it. Here
the rows are visible before they get one. A second relay waits, and `position` being unique fences it off.
"""

from collections.abc import Awaitable, Callable

from tortoise.connection import get_connection
from tortoise.transactions import in_transaction

from models.engines.sqlite import by_key
from models.kit.database import Database
from resolvers.events.waking import WakefulLoop
from resolvers.kit.transaction import on_commit

POLL_SECONDS = 0.25
"""How often to look when nobody woke us: what a lost wake-up costs. An idle server uses 0.4 % of a core with it."""

BATCH = 1000

_ADVISORY_LOCK = 5_171_405_002

_NUMBER = f"""
UPDATE events SET position = numbered.position
FROM (
    SELECT id, (SELECT coalesce(max(position), 0) FROM events) + row_number() OVER (ORDER BY id) AS position
    FROM events WHERE position IS NULL ORDER BY id LIMIT {BATCH}
) AS numbered
WHERE events.id = numbered.id
""".strip()


# Said in one breath, which is one transaction, so that a process that is stopped never holds the lock. Waiting, not trying:
# whoever holds it may have looked before our rows were committed.
_WAIT_AND_NUMBER = f"SET LOCAL lock_timeout = '1s'; SELECT pg_advisory_xact_lock({_ADVISORY_LOCK}); {_NUMBER}"


async def number_events(database: Database) -> int:
    """Gives the next positions to committed events that have none, oldest first; answers how many there were."""
    if database.dialect == "postgres":
        async with get_connection("default").acquire_connection() as connection:
            return int((await connection.execute(_WAIT_AND_NUMBER)).rpartition(" ")[2])
    async with in_transaction("default") as transaction:
        # It finds by an index what has none: few, unless nobody was here for a while.
        with by_key():
            numbered, _ = await transaction.execute_query(_NUMBER)
    return numbered


class OutboxRelay:
    """Numbers events after every commit of this process, and finds those of processes that died before they could."""

    def __init__(self, database: Database, numbered: Callable[[], Awaitable[None]]) -> None:
        self._database = database
        self._numbered = numbered
        self._loop = WakefulLoop("event relay", self._number, POLL_SECONDS)
        self._forget_commits: Callable[[], None] = lambda: None

    @property
    def stuck_seconds(self) -> float:
        """How long ago it was last seen to that all is numbered."""
        return self._loop.stuck_seconds

    def start(self) -> None:
        """Begins to number; what was left by an earlier process comes first."""
        self._forget_commits = on_commit(self._loop.ring)
        self._loop.start()

    async def stop(self) -> None:
        """Ends after the transaction under way."""
        self._forget_commits()
        await self._loop.stop()

    async def _number(self, woken: bool) -> None:
        # A reading connection answers this: on SQLite an idle server then never takes the write lock.
        if woken or await self._database.fetch("SELECT 1 FROM events WHERE position IS NULL LIMIT 1", []):
            while numbered := await number_events(self._database):
                await self._numbered()
                if numbered < BATCH:
                    break
