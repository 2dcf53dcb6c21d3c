"""An alarm clock for a loop that is woken when there is work and looks by itself when nobody woke it."""

import asyncio


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
