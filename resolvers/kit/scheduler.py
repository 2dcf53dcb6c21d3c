"""The scheduler does what is due with the passing of time, while nobody writes: each job again and again, in every process.

The surprising rule: a job must be safe when several processes do it at once, because they do. One that fails is told of in
one line and done again; it never ends the scheduler, and the other jobs are done all the same.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from models.kit.base import now
from resolvers.events.waking import WakefulLoop

EVERY_SECONDS = 10.0
"""How long the scheduler rests between two rounds. What falls due is noticed within this and the time that a round takes."""

Job = Callable[[datetime], Awaitable[None]]
"""What is to be done, given the present moment. It opens transactions of its own (resolvers.kit.transaction), small ones."""

logger = logging.getLogger("interoffice.scheduler")


class Scheduler:
    """Does its jobs one after the other, then rests."""

    def __init__(self, jobs: Sequence[Job], every_seconds: float = EVERY_SECONDS) -> None:
        self._jobs = tuple(jobs)
        self._loop = WakefulLoop("scheduler", self.round, every_seconds)

    def start(self) -> None:
        """Begins with a round at once: what fell due while no process ran comes first."""
        self._loop.start()

    async def stop(self) -> None:
        """Ends after the job under way."""
        await self._loop.stop()

    async def round(self, _woken: bool = True) -> None:
        """Does every job once."""
        for job in self._jobs:
            if self._loop.stopping:
                return
            try:
                await job(now())
            except Exception as error:  # noqa: BLE001
                # One line: a database that is away says it in every round.
                name = getattr(job, "__name__", type(job).__name__)
                logger.warning("The job %s failed and will be done again: %s", name, type(error).__name__)
