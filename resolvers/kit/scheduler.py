"""The scheduler does what is due with the passing of time, while nobody writes: each job again and again, in every process.

The surprising rule: a job must be safe when several processes do it at once, because they do. One that fails is told of in
one line and done again; it never ends the scheduler, and the other jobs are done all the same.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from models.kit.base import now
from resolvers.events.waking import WakeEvent

EVERY_SECONDS = 10.0
"""How long the scheduler rests between two rounds. What falls due is noticed within this and the time that a round takes."""

Job = Callable[[datetime], Awaitable[None]]
"""What is to be done, given the present moment. It opens transactions of its own (resolvers.kit.transaction), small ones."""

logger = logging.getLogger("interoffice.scheduler")


class Scheduler:
    """Does its jobs one after the other, then rests."""

    def __init__(self, jobs: Sequence[Job], every_seconds: float = EVERY_SECONDS) -> None:
        self._jobs = tuple(jobs)
        self._every_seconds = every_seconds
        self._alarm = WakeEvent()
        self._stopping = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins with a round at once: what fell due while no process ran comes first."""
        self._task = asyncio.create_task(self._run(), name="scheduler")

    async def stop(self) -> None:
        """Ends after the job under way; it is never cancelled, because that would leave its transaction behind."""
        self._stopping = True
        self._alarm.ring()
        if self._task is not None:
            await self._task

    async def round(self) -> None:
        """Does every job once."""
        for job in self._jobs:
            if self._stopping:
                return
            try:
                await job(now())
            except Exception as error:  # noqa: BLE001
                # One line: a database that is away says it in every round.
                name = getattr(job, "__name__", type(job).__name__)
                logger.warning("The job %s failed and will be done again: %s", name, type(error).__name__)

    async def _run(self) -> None:
        while not self._stopping:
            await self.round()
            await self._alarm.wait(self._every_seconds)
