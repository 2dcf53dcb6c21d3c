"""Rows that several objects of one answer lead to, read together: a list of twenty costs one statement, and not twenty.

The surprising rule: whoever asks waits for one turn of the event loop, in which all the others ask.
"""

import asyncio
from collections.abc import Iterable
from typing import Any, Protocol
from uuid import UUID

Texts = dict[UUID, str]
"""JSON text by key; without the keys of rows that the viewer does not see."""


class ReadRows(Protocol):
    """Reads the rows of some keys."""

    async def __call__(self, keys: list[UUID]) -> Texts: ...


class Batches:
    """The batches of one operation; those who ask for the same thing share one."""

    def __init__(self) -> None:
        self._open: dict[Any, tuple[dict[UUID, None], asyncio.Future[Texts]]] = {}
        self._reading: set[asyncio.Task[None]] = set()

    async def rows(self, what: Any, keys: Iterable[UUID], read: ReadRows) -> Texts:
        """The rows of these keys, and those of others who asked for `what` in the same turn; `read` is asked once."""
        if what not in self._open:
            loop = asyncio.get_running_loop()
            self._open[what] = ({}, loop.create_future())
            loop.call_soon(self._close, what, read)
        asked, answer = self._open[what]
        asked.update(dict.fromkeys(keys))
        return await answer

    def _close(self, what: Any, read: ReadRows) -> None:
        asked, answer = self._open.pop(what)

        async def fill() -> None:
            try:
                texts = await read(list(asked))
            except Exception as error:  # noqa: BLE001 - whatever it is, it becomes the error of everybody who asked
                if not answer.done():
                    answer.set_exception(error)
            else:
                if not answer.done():
                    answer.set_result(texts)

        task = asyncio.create_task(fill())
        self._reading.add(task)
        task.add_done_callback(self._reading.discard)
