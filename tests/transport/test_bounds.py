"""What one client may hold: connections that say nothing or half of it, answers that it does not take, memory for its documents.

Sockets and subscriptions are bounded in tests/events/test_pushes_protocol.py.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from time import perf_counter
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from models.kit.database import Database
from schema.transport import execution
from schema.transport.execution import Engine
from schema.transport.guard import GuardedHttp, guarded
from schema.transport.monitoring import MOST_NAMES, Metrics
from schema.transport.request_middleware import LONGEST_NAME
from tests.reading.reference import BUILT
from tests.transport.small_house import SmallHouse, served

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]

LARGE = b"x" * 30_000_000


async def large(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers every request with more than any buffer of the kernel takes."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(LARGE))]})
    await send({"type": "http.response.body", "body": LARGE})


def impatient(per_address: int = 100) -> type[GuardedHttp]:
    made = guarded(per_address)
    made.request_seconds = made.taking_seconds = 0.5
    return made


@asynccontextmanager
async def listening(http: type[GuardedHttp], app: Any = None) -> AsyncIterator[Callable[[], Any]]:
    """A server with that protocol; gives what opens a connection to it."""
    async with served(app or SmallHouse().app, ws="none", http=http, timeout_keep_alive=1) as address:
        port = int(address.rsplit(":", 1)[1])
        yield lambda: asyncio.open_connection("127.0.0.1", port)


async def seconds_until_cut_off(connection: Connection) -> float:
    began = perf_counter()
    async with asyncio.timeout(15):
        try:
            while await connection[0].read(65_536):
                pass
        except ConnectionError:
            pass
    return perf_counter() - began


HALVES = {
    "nothing": b"",
    "half a request line": b"POST /gra",
    "half the headers": b"POST /graphql HTTP/1.1\r\nhost: house\r\ncontent-le",
    "half a body": b"POST /graphql HTTP/1.1\r\nhost: house\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{",
    "half of chunks": b"POST /graphql HTTP/1.1\r\nhost: house\r\ncontent-type: application/json\r\n"
    b"transfer-encoding: chunked\r\n\r\n2\r\n{ \r\n",
}


@pytest.mark.parametrize("half", HALVES.values(), ids=HALVES.keys())
async def test_who_does_not_send_a_whole_request_in_time_is_cut_off(half: bytes) -> None:
    http = impatient()
    async with listening(http) as connect:
        connection = await connect()
        connection[1].write(half)
        assert 0.3 < await seconds_until_cut_off(connection) < 5
        assert not http.open_from


async def test_bytes_that_drip_do_not_make_a_request_last_longer() -> None:
    async with listening(impatient()) as connect:
        reader, writer = await connect()
        writer.write(b"GET /healthz HTTP/1.1\r\n")

        async def drip() -> None:
            for number in range(100):
                writer.write(b"x-%d: 1\r\n" % number)
                await asyncio.sleep(0.05)

        dripping = asyncio.create_task(drip())
        assert await seconds_until_cut_off((reader, writer)) < 5
        dripping.cancel()


async def test_who_does_not_take_the_answer_is_cut_off() -> None:
    http = impatient()
    async with listening(http, large) as connect:
        reader, writer = await connect()
        reader._transport.pause_reading()  # type: ignore[attr-defined]
        writer.write(b"GET / HTTP/1.1\r\nhost: house\r\n\r\n")
        async with asyncio.timeout(15):
            while not http.open_from:
                await asyncio.sleep(0.01)
            while http.open_from:
                await asyncio.sleep(0.01)
        writer.transport.abort()


async def test_an_idle_connection_after_whole_requests_is_served_and_then_closed() -> None:
    async with listening(impatient()) as connect:
        reader, writer = await connect()
        for pause in (0, 0.7):
            await asyncio.sleep(pause)
            writer.write(b"GET /healthz HTTP/1.1\r\nhost: house\r\n\r\n")
            assert (await reader.readuntil(b'{"status":"ok"}')).startswith(b"HTTP/1.1 200")
        assert await seconds_until_cut_off((reader, writer)) < 5


async def test_one_address_holds_so_many_connections_and_each_that_ends_makes_room() -> None:
    http = guarded(3)
    async with listening(http) as connect:
        held = [await connect() for _ in range(3)]
        await asyncio.sleep(0.05)
        assert await seconds_until_cut_off(await connect()) < 1
        held[0][1].close()
        await asyncio.sleep(0.05)
        reader, writer = await connect()
        writer.write(b"GET /healthz HTTP/1.1\r\nhost: house\r\nconnection: close\r\n\r\n")
        assert (await reader.read()).startswith(b"HTTP/1.1 200")
        for _, other in (*held, (None, writer)):
            other.close()


# --- What is kept of what clients send --------------------------------------------------------------------------------


async def test_documents_and_their_plans_are_kept_within_a_number_of_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execution, "KEPT_BYTES", 1_000_000)
    engine = Engine(BUILT[1], Database("sqlite:///nowhere.db"), None)
    padding = "# " + "x" * 2_000
    for number in range(200):
        document = engine.prepare(f"query Q{number} {{ viewer {{ name }} }} {padding}", None)
        for key in range(3):
            engine._weigh(document, 100 * key)
    held = sum(kept.bytes for kept in engine._documents.values())
    assert 0 < engine._bytes == held <= 1_000_000 + 300
    assert 5 < len(engine._documents) < 200
    # The latest are kept; what is weighed after it went counts no more.
    gone = engine.prepare(f"query Q0 {{ viewer {{ name }} }} {padding}", None)
    del engine._documents[gone.key]
    engine._bytes -= gone.bytes
    before = engine._bytes
    engine._weigh(gone, 5_000)
    assert engine._bytes == before


async def test_labels_are_short_and_few_whatever_operations_are_called() -> None:
    metrics = Metrics()
    for number in range(MOST_NAMES * 2):
        metrics.operation(f"{'x' * 14_000}{number}", "query", "OK", 0.001)
        metrics.operation(f"N{number}{'y' * 14_000}", "query", "OK", 0.001)
    samples = [sample for metric in metrics.registry.collect() for sample in metric.samples]
    labels = {sample.labels.get("name", "") for sample in samples}
    assert max(map(len, labels)) == LONGEST_NAME
    assert len(labels) <= MOST_NAMES + 3
    assert len(metrics._counted) <= MOST_NAMES + 1
