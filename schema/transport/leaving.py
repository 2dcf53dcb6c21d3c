"""How a server leaves: it says so to who asks whether it is ready, serves on until nobody is sent here any more, and ends.

The surprising rule: it ends in time whatever holds it, a database that answers nothing included.
"""

import asyncio
import logging
import os
import signal
import threading
from collections.abc import Awaitable, Callable
from time import monotonic

logger = logging.getLogger("interoffice")

ENDING_SECONDS = 6.5
"""How long all takes that comes after: requests that are under way, deliveries, the database."""

REQUESTS_SECONDS = 4
"""How long of that requests may take that are under way."""

CLOSING_SECONDS = 2.0
"""How long of that everything else may take."""


async def within(seconds: float, work: Callable[[], Awaitable[None]]) -> None:
    """Does what it takes to end, for so long."""
    try:
        async with asyncio.timeout(seconds):
            await work()
    except TimeoutError:
        logger.warning("Something did not end in time and is left behind: %s", getattr(work, "__qualname__", "work"))


def _end() -> None:
    logger.warning("The server did not end in time, and ends now.")
    os._exit(0)


class Leaving:
    """Whether this process has been told to end, and how far that is."""

    def __init__(self, seconds: float = 0.0) -> None:
        self._seconds = seconds
        self._began: float | None = None
        self._last: threading.Timer | None = None
        self.ends = False
        """Nobody is waited for any more."""

    @property
    def begun(self) -> bool:
        """Whether new work should go elsewhere."""
        return self._began is not None

    @property
    def over(self) -> bool:
        """Whether it has served on for long enough."""
        return self._began is not None and monotonic() - self._began >= self._seconds

    def begin(self, number: int) -> None:
        """Begins to leave, for a signal; whoever says it again, or from a keyboard, waits for nothing."""
        if self._began is None:
            self._began = monotonic() if number == signal.SIGTERM else -self._seconds
            self._last = threading.Timer(self._seconds + ENDING_SECONDS, _end)
            self._last.daemon = True
            self._last.start()
        else:
            self._began = -self._seconds

    def stay(self) -> None:
        """Takes it back: all has ended by itself, or nobody is to end."""
        self._began = None
        if self._last is not None:
            self._last.cancel()
