"""A screen that listens to a subscription without a socket."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import orjson


@dataclass
class Screen:
    """What came."""

    messages: list[Any] = field(default_factory=list[Any])
    openings: list[Any] = field(default_factory=list[Any])
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    def begin(self, opening: bytes) -> None:
        assert not self.messages
        self.openings.append(orjson.loads(opening)["data"])

    def deliver(self, message: bytes) -> None:
        self.messages.append(orjson.loads(message)["data"])
        self.arrived.set()

    async def drained(self) -> None:
        """Always."""

    def fail(self, incident: str) -> None:
        raise AssertionError(incident)

    def lose(self) -> None:
        raise AssertionError("The database is away.")

    async def next(self) -> Any:
        while not self.messages:
            self.arrived.clear()
            await asyncio.wait_for(self.arrived.wait(), 10)
        return self.messages.pop(0)
