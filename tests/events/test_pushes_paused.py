"""Processes and readers that are stopped, and what the others notice of it."""

import asyncio
import random
import signal
import time

import psutil
import pytest

from tests.events.pushing import serving
from tests.events.screens import Client, Office, positions
from tests.events.test_pushes_under_stress import never_reading, post, prepared

pytestmark = pytest.mark.slow


def process_at(port: int) -> psutil.Process:
    """The process that serves there."""
    return next(one for one in psutil.Process().children() if str(port) in one.cmdline())


@pytest.mark.parametrize("engine", ["postgres"])
async def test_a_process_that_is_stopped_at_any_moment_holds_up_nobody_elses_pushes(database_url: str) -> None:
    token, handoff = await prepared(database_url)
    chance = random.Random(7)
    async with serving(database_url) as first, serving(database_url) as second:
        stopped, screen = process_at(first), await Client.watching(second, token)
        seen: list[str] = []
        for _ in range(12):
            busy = [asyncio.create_task(post(first, handoff)) for _ in range(6)]
            await asyncio.sleep(chance.uniform(0, 0.15))
            stopped.send_signal(signal.SIGSTOP)
            # A change of the stopped one may be half done, and keep what it changed; what follows is about pushes.
            before, took = len(seen), float("inf")
            began = time.monotonic()
            other = asyncio.create_task(post(second, handoff))
            while not (other.done() and len(seen) > before and await screen.is_silent(0.1)):
                if time.monotonic() - began > 11.5:
                    break
                try:
                    seen += await screen.cursors(1, 0.2)
                    took = time.monotonic() - began
                except TimeoutError:
                    continue
            stopped.send_signal(signal.SIGCONT)
            await asyncio.gather(other, *busy)
            assert took < 2
        seen += await screen.cursors(12 * 7 - len(seen))
        assert positions(seen) == list(range(positions(seen)[0], positions(seen)[0] + 12 * 7))


async def test_who_takes_nothing_goes_after_ten_seconds(office: Office) -> None:
    screen = await office.screen()
    deaf = await never_reading(office)
    endpoint = office.app.state.endpoint
    async with asyncio.timeout(5):
        while endpoint.open_subscriptions < 2:
            await asyncio.sleep(0.01)
    began = time.monotonic()
    async with asyncio.timeout(11):
        while endpoint.open_subscriptions == 2:
            # Whoever takes what comes answers pings by itself.
            assert await screen.is_silent(0.1)
    assert time.monotonic() - began > 4
    await office.reaches(screen)
    deaf.close()
