"""The client: several keep-alive connections in a process of its own, each asking as soon as it has its answer."""

import asyncio
import time
from dataclasses import dataclass
from itertools import cycle
from typing import cast

import uvloop


@dataclass(frozen=True)
class Round:
    """What one round of asking saw."""

    answers: int
    seconds: float
    latencies: list[float]
    failures: int


class Connection(asyncio.Protocol):
    """One connection: reads no more of an answer than its length."""

    def __init__(self, asker: "Asker") -> None:
        self._asker = asker
        self._buffer = b""
        self._missing = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._ask()

    def _ask(self) -> None:
        self._asked_at = time.perf_counter()
        self._transport.write(next(self._asker.requests))

    def data_received(self, data: bytes) -> None:
        if self._missing:
            self._missing -= len(data)
        else:
            self._buffer += data
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            head = self._buffer[:end].lower()
            length = int(head.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
            self._missing = length - (len(self._buffer) - end - 4)
            self._asker.failures += not head.startswith(b"http/1.1 200")
            self._buffer = b""
        if not self._missing:
            self._asker.latencies.append(time.perf_counter() - self._asked_at)
            if time.perf_counter() < self._asker.until:
                self._ask()
            else:
                self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._asker.open -= 1
        if not self._asker.open:
            self._asker.done.set()


class Asker:
    """All connections of one round."""

    def __init__(self, requests: list[bytes], connections: int, seconds: float) -> None:
        self.requests = cycle(requests)
        self.open = connections
        self.failures = 0
        self.latencies: list[float] = []
        self.done = asyncio.Event()
        self.until = time.perf_counter() + seconds


async def _ask(port: int, requests: list[bytes], connections: int, seconds: float) -> Round:
    asker = Asker(requests, connections, seconds)
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    for _ in range(connections):
        await loop.create_connection(lambda: Connection(asker), "127.0.0.1", port)
    async with asyncio.timeout(seconds + 30):
        await asker.done.wait()
    return Round(len(asker.latencies), time.perf_counter() - began, asker.latencies, asker.failures)


def ask(port: int, requests: list[bytes], connections: int, seconds: float) -> Round:
    """Asks for so many seconds."""
    return uvloop.run(_ask(port, requests, connections, seconds))


async def _answers(port: int, requests: list[bytes]) -> list[bytes]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    bodies: list[bytes] = []
    for request in requests:
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        bodies.append(await reader.readexactly(int(head.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])))
    writer.close()
    return bodies


def answers(port: int, requests: list[bytes]) -> list[bytes]:
    """The bodies that some requests are answered with."""
    return uvloop.run(_answers(port, requests))
