"""How loops are woken when there is work: inside a process, and by PostgreSQL's NOTIFY from process to process.

A wake-up carries nothing, for the table is the truth: a lost one costs a poll interval, never an event.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from time import monotonic

import asyncpg

from models.kit.database import Database
from models.kit.outages import DatabaseAway

CHANNEL = "interoffice_events"
RECONNECT_SECONDS = 1.0

HEARTBEAT_SECONDS = 5.0
RING_SECONDS = 2.0
"""How often a connection that listens is asked whether it is still there, and how long it may take to say so."""

LOST = (DatabaseAway, OSError, asyncpg.PostgresError, asyncpg.InterfaceError)

logger = logging.getLogger("interoffice.events")


class WakeEvent:
    """`wait` returns when somebody rings, or after a while all the same."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """Ends the present `wait`, or the next one."""
        self._rung.set()

    async def wait(self, seconds: float) -> bool:
        """Whether somebody rang; false when the time ran out."""
        # Not asyncio.wait_for: it makes a task of its own, and this lies on the way to every push.
        timed_out = False

        def run_out() -> None:
            nonlocal timed_out
            timed_out = not self._rung.is_set()
            self._rung.set()

        timer = asyncio.get_running_loop().call_later(seconds, run_out)
        try:
            await self._rung.wait()
        finally:
            timer.cancel()
            self._rung.clear()
        return not timed_out


class WakefulLoop:
    """Does its work again and again in a task of its own: first at once, then when somebody rings or some time has passed.

    What fails is told of in one line, because a database that is away says it every time, and is done again: nothing is lost.
    """

    def __init__(self, name: str, work: Callable[[bool], Awaitable[None]], seconds: float) -> None:
        self.stopping = False
        self._name = name
        self._work = work
        self._seconds = seconds
        self._alarm = WakeEvent()
        self._task: asyncio.Task[None] | None = None
        self._done = monotonic()

    @property
    def stuck_seconds(self) -> float:
        """How long ago the work was last done, beyond the time that it rests."""
        return max(0.0, monotonic() - self._done - self._seconds)

    def start(self) -> None:
        """Begins, as if somebody had rung."""
        self._alarm.ring()
        self._task = asyncio.create_task(self._run(), name=self._name)

    async def stop(self) -> None:
        """Ends after the work under way; it is never cancelled, because that would leave its transaction behind."""
        self.stopping = True
        self._alarm.ring()
        if self._task is not None:
            await self._task

    def ring(self) -> None:
        """There is work."""
        self._alarm.ring()

    async def _run(self) -> None:
        while not self.stopping:
            try:
                await self._work(await self._alarm.wait(self._seconds))
                self._done = monotonic()
            except Exception as error:  # noqa: BLE001
                logger.warning("The %s failed, trying again: %s", self._name, type(error).__name__)
                await asyncio.sleep(self._seconds)


async def _within(seconds: float, event: asyncio.Event) -> bool:
    """Whether something happens within so many seconds."""
    try:
        async with asyncio.timeout(seconds):
            return await event.wait()
    except TimeoutError:
        return False


class NotifyChannel:
    """Rings in every other process on the same database, and tells this one when another rang."""

    def __init__(self, database: Database, heard: Callable[[], None]) -> None:
        self._database = database
        self._heard = heard
        self._connection: asyncpg.Connection | None = None
        # One thing at a time is said on a connection.
        self._talking = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins to listen; an embedded database has one process, and no bell."""
        if self._database.dialect == "postgres":
            self._task = asyncio.create_task(self._listen(), name="event bell")

    async def stop(self) -> None:
        """Stops listening and gives the connection back."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def ring(self) -> None:
        """Wakes the others. Never inside a writing transaction: NOTIFY would make all commits wait for one another."""
        connection = self._connection
        if connection is not None:
            try:
                async with self._talking:
                    await connection.execute(f"NOTIFY {CHANNEL}", timeout=RING_SECONDS)
            except LOST as error:
                logger.warning("Other processes could not be woken, they will poll: %s", type(error).__name__)

    async def _listen(self) -> None:
        while True:
            try:
                await self._listen_until_lost()
            except LOST as error:
                logger.warning("Not listening for events, polling instead: %s", type(error).__name__)
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _listen_until_lost(self) -> None:
        connection = await self._database.lone_connection()
        lost = asyncio.Event()
        own = connection.get_server_pid()

        def heard(_connection: object, sender: int, _channel: str, _payload: object) -> None:
            if sender != own:
                self._heard()

        try:
            connection.add_termination_listener(lambda _: lost.set())
            await connection.add_listener(CHANNEL, heard)
            self._connection = connection
            # Something may have happened while nobody listened.
            self._heard()
            while not await _within(HEARTBEAT_SECONDS, lost):
                # A connection that swallows what is sent says nothing by itself.
                async with self._talking:
                    await connection.execute("SELECT 1", timeout=RING_SECONDS)
        finally:
            self._connection = None
            connection.terminate()
