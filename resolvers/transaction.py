"""The one place where transactions begin. A client that goes away cannot leave one half open.

The surprising rule: the work runs in a task of its own, so cancelling the caller lets it finish instead of breaking it off.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from tortoise.transactions import in_transaction

T = TypeVar("T")

_running: set[asyncio.Task[Any]] = set()
_after_commit: list[Callable[[], None]] = []


def on_commit(wake: Callable[[], None]) -> Callable[[], None]:
    """Calls `wake` after every commit; it must not block. Returns what takes the wish back."""
    _after_commit.append(wake)
    return lambda: _after_commit.remove(wake)


async def transact(work: Callable[[], Awaitable[T]]) -> T:
    """Runs `work` in one transaction: all of it happens or, when it raises, nothing. Nothing leaves before the commit."""

    async def whole() -> T:
        async with in_transaction("default"):
            answer = await work()
        for wake in tuple(_after_commit):
            wake()
        return answer

    task = asyncio.create_task(whole())
    _running.add(task)
    task.add_done_callback(_running.discard)
    return await asyncio.shield(task)


async def finish_running() -> None:
    """Waits for the transactions that are under way; the database may be closed afterwards."""
    while _running:
        await asyncio.gather(*_running, return_exceptions=True)
