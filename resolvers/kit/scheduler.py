"""The scheduler does what is due with the passing of time, while nobody writes: each job again and again, in every process.

The surprising rule: a job must be safe when several processes do it at once, because they do. One that fails is told of in
one line and done again; it never ends the scheduler, and the other jobs are done all the same. What is much is done in
parts (`do_part`), between which the scheduler rests, so that whoever waits for an answer comes first.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextvars import ContextVar
from datetime import datetime
from functools import partial
from time import perf_counter
from typing import TypeVar

from models.kit.base import now
from resolvers.events.waking import WakefulLoop
from resolvers.kit.transaction import transact

EVERY_SECONDS = 10.0
"""How long the scheduler rests between two rounds. What falls due is noticed within this and the time that a round takes."""

Job = Callable[[datetime], Awaitable[None]]
"""What is to be done, given the present moment. It opens transactions of its own (resolvers.kit.transaction), small ones."""

logger = logging.getLogger("interoffice.scheduler")

T = TypeVar("T")

_present: ContextVar["Scheduler | None"] = ContextVar("scheduler", default=None)
"""The scheduler whose job is being done; None where somebody else does it."""


async def do_part(work: Callable[[], Awaitable[T]]) -> T:
    """Does a part of a job in one transaction, after which the scheduler rests as long as that took."""
    began = perf_counter()
    answer = await transact(work)
    scheduler = _present.get()
    if scheduler is not None and not scheduler.is_ending:
        await asyncio.sleep(perf_counter() - began)
    return answer


def is_ending() -> bool:
    """Whether the scheduler ends: a job that has more parts leaves them to the next start."""
    scheduler = _present.get()
    return scheduler is not None and scheduler.is_ending


class Scheduler:
    """Does its jobs one after the other, then rests."""

    def __init__(self, jobs: Sequence[Job], every_seconds: float = EVERY_SECONDS) -> None:
        self._jobs = tuple(jobs)
        self._loop = WakefulLoop("scheduler", self.round, every_seconds)

    @property
    def is_ending(self) -> bool:
        """Whether it was told to end."""
        return self._loop.stopping

    def start(self) -> None:
        """Begins with a round at once: what fell due while no process ran comes first."""
        self._loop.start()

    async def stop(self) -> None:
        """Ends after the part of a job that is under way."""
        await self._loop.stop()

    async def round(self, _woken: bool = True) -> None:
        """Does every job once."""
        before = _present.set(self)
        try:
            for job in self._jobs:
                if self.is_ending:
                    return
                try:
                    await job(now())
                except Exception as error:  # noqa: BLE001
                    # One line: a database that is away says it in every round.
                    logger.warning("The job %s failed and will be done again: %s", name_of(job), type(error).__name__)
        finally:
            _present.reset(before)


def name_of(job: Job) -> str:
    """What a job is called."""
    told = job.func if isinstance(job, partial) else job
    return getattr(told, "__name__", type(told).__name__)
