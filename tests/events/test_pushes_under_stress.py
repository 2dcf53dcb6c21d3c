"""Pushes when things go wrong: processes that die, clients that never read, thousands that change their mind."""

import asyncio
import contextlib
import random
import socket
import statistics
import time
from typing import Any

import asyncpg
import httpx
import orjson
import pytest
from websockets.exceptions import ConnectionClosed

from models.kit.database import Database
from models.kit.events import Event
from resolvers.events.outbox import POLL_SECONDS
from resolvers.kit.transaction import finish_running
from schema.transport import wire
from tests.events.pushing import LIVE, fill, happen, serving, token_for
from tests.events.screens import Client, Office, cursor_at, positions
from tests.reading.planning import opened


async def prepared(url: str) -> tuple[str, str]:
    """An account and a handoff, written before any server runs; gives a token and the handoff's id."""
    database = Database(url)
    await database.open()
    account, handoff = await fill()
    token = await token_for(account)
    await finish_running()
    await database.close()
    return token, str(handoff)


async def count_of_events(url: str) -> int:
    """How much has happened, which is the position of the last of it."""
    async with opened(url):
        return await Event.all().count()


async def post(port: int, handoff: str, **query: Any) -> None:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as http:
        (await http.post("/happen", params={"handoff": handoff, **query})).raise_for_status()


@pytest.mark.slow
async def test_a_server_killed_between_commit_and_push_delivers_after_its_restart(database_url: str) -> None:
    token, handoff = await prepared(database_url)
    async with serving(database_url) as port:
        client = await Client.watching(port, token)
        await post(port, handoff)
        [seen] = await client.cursors(1)
        with pytest.raises(httpx.HTTPError):
            await post(port, handoff, times=3, fatal=1)
        assert (await client.closed_with())[0] == 1006
    async with serving(database_url) as port:
        back = await Client.watching(port, token, after=seen)
        last = positions([seen])[0]
        assert positions(await back.cursors(3)) == [last + 1, last + 2, last + 3]
        assert await back.is_silent()


@pytest.mark.slow
async def test_a_server_killed_at_any_moment_loses_and_repeats_nothing(database_url: str) -> None:
    token, handoff = await prepared(database_url)
    chance = random.Random(11)
    seen: list[str] = []
    for _ in range(4):
        async with serving(database_url) as port:
            client = await Client.watching(port, token, **({"after": seen[-1]} if seen else {}))
            if not seen:
                await post(port, handoff)
                seen += await client.cursors(1)

            async def write(port: int = port) -> None:
                for _ in range(chance.randint(1, 25)):
                    await post(port, handoff)
                await post(port, handoff, fatal=1)

            writing = asyncio.create_task(write())
            with contextlib.suppress(ConnectionClosed, TimeoutError):
                while True:
                    seen += await client.cursors(1, 5)
            await asyncio.gather(writing, return_exceptions=True)
    async with serving(database_url) as port:
        client = await Client.watching(port, token, after=seen[-1])
        last = await count_of_events(database_url)
        seen += await client.cursors(last - positions(seen)[-1])
        assert await client.is_silent()
    first = positions(seen)[0]
    assert positions(seen) == list(range(first, last + 1))


@pytest.mark.slow
async def test_two_processes_on_one_database_serve_each_others_subscribers(database_url: str, engine: str) -> None:
    token, handoff = await prepared(database_url)
    # On PostgreSQL it is a notification that brings them, and not the poll: that would come too late for all of them.
    poll_seconds = 120 if engine == "postgres" else POLL_SECONDS
    async with serving(database_url, poll_seconds) as first, serving(database_url, poll_seconds) as second:
        there, here = await Client.watching(second, token), await Client.watching(first, token)
        for _ in range(15):
            await post(first, handoff)
            await there.cursors(1)
        await asyncio.gather(*(post(port, handoff) for port in (first, second) for _ in range(20)))
        assert positions(await there.cursors(40)) == positions((await here.cursors(55))[15:])


@pytest.mark.parametrize("engine", ["postgres"])
async def test_a_lost_bell_costs_a_poll_and_comes_back_by_itself(office: Office, database_url: str) -> None:
    client = await office.screen()
    outside = await asyncpg.connect(database_url.replace("&minsize=1", ""))
    try:
        listening = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE query LIKE 'LISTEN %'"
        listeners = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN %' AND datname = current_database()"
        async with asyncio.timeout(5):
            while await outside.fetchval(listeners) == 0:
                await asyncio.sleep(0.02)
        assert await outside.fetchval(listening + " AND datname = current_database()") == 1
        await happen(office.handoff, 3)
        assert len(await client.cursors(3, 1)) == 3
        async with asyncio.timeout(5):
            while await outside.fetchval(listeners) == 0:
                await asyncio.sleep(0.05)
        await office.reaches(client)
    finally:
        await outside.close()


async def never_reading(office: Office) -> socket.socket:
    """A subscriber that stops reading once it has subscribed."""
    deaf = socket.socket()
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    deaf.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(deaf, ("127.0.0.1", office.port))
    lines = (
        "GET /graphql HTTP/1.1",
        "Host: localhost",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Protocol: graphql-transport-ws",
    )
    await loop.sock_sendall(deaf, "\r\n".join((*lines, "", "")).encode())
    assert (await loop.sock_recv(deaf, 4096)).startswith(b"HTTP/1.1 101")
    for message in (
        {"type": "connection_init", "payload": {"token": office.token}},
        {"id": "1", "type": "subscribe", "payload": {"query": LIVE}},
    ):
        text = orjson.dumps(message)
        await loop.sock_sendall(deaf, b"\x81\xfe" + len(text).to_bytes(2, "big") + b"\0\0\0\0" + text)
    return deaf


async def test_a_subscriber_that_never_reads_is_closed_without_slowing_the_others(
    wordy_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "CLOSE_SECONDS", 0.3)
    office = wordy_office
    endpoint = office.app.state.endpoint
    deaf = await never_reading(office)
    async with asyncio.timeout(5):
        while endpoint.open_subscriptions < 1:
            await asyncio.sleep(0.01)
    client = await office.screen()
    delays: list[float] = []
    async with asyncio.timeout(30):
        while endpoint.open_subscriptions == 2:
            await happen(office.handoff, 5)
            started = time.perf_counter()
            await client.cursors(5)
            delays.append(time.perf_counter() - started)
    assert statistics.median(delays) < 0.5
    # Its connection goes away although it never took the close frame, and its buffers with it.
    async with asyncio.timeout(3):
        while len(office.connections()) > 1:
            await asyncio.sleep(0.05)
    await office.reaches(client)
    deaf.close()


async def test_a_slow_subscriber_is_told_to_resume_and_does_so_without_a_gap(wordy_office: Office) -> None:
    office = wordy_office
    # Its library stops taking from the kernel when its own queue is full, and goes on when we ask it for messages.
    slow = await Client.signed_in(office.port, office.token, max_queue=1)
    await slow.subscribe()
    endpoint = office.app.state.endpoint
    async with asyncio.timeout(30):
        while endpoint.open_subscriptions == 1:
            await happen(office.handoff, 5)
    seen: list[str] = []
    with contextlib.suppress(ConnectionClosed):
        while True:
            seen += await slow.cursors(1)
    assert (await slow.closed_with()) == (1013, "Too slow: resume from your cursor.")
    await office.settle()
    found = positions(seen)
    back = await office.screen(after=seen[-1])
    found += positions(await back.cursors(office.dispatcher.position - found[-1]))
    assert found == list(range(found[0], office.dispatcher.position + 1))


async def test_a_replay_waits_for_its_reader_and_holds_little_meanwhile(wordy_office: Office) -> None:
    office = wordy_office
    await happen(office.handoff)
    await office.settle()
    start = office.dispatcher.position
    await happen(office.handoff, 400)
    await office.settle()
    slow = await Client.signed_in(office.port, office.token, max_queue=1)
    payload = {"query": LIVE, "variables": {"after": cursor_at(start)}}
    await slow.send({"id": "1", "type": "subscribe", "payload": payload})
    await asyncio.sleep(1)
    # 8 MB are missing. Without waiting it would have caught up by now, or it would have been closed as too slow.
    assert office.app.state.endpoint.open_subscriptions == 1
    assert office.dispatcher.live_subscriptions == 0
    assert positions(await slow.cursors(400)) == list(range(start + 1, start + 401))


@pytest.mark.slow
async def test_three_thousand_operations_cancelled_in_flight_leave_the_server_healthy(office: Office) -> None:
    chance = random.Random(5)
    await happen(office.handoff, 50)
    await office.settle()

    async def fickle(rounds: int) -> None:
        client = await Client.signed_in(office.port, office.token)
        for number in range(rounds):
            variables = {"after": cursor_at(1)} if chance.random() < 0.5 else {}
            await client.send(
                {"id": str(number), "type": "subscribe", "payload": {"query": LIVE, "variables": variables}}
            )
            if chance.random() < 0.9:
                await client.send({"id": str(number), "type": "complete"})
        if chance.random() < 0.5:
            client.socket.transport.abort()
        else:
            await client.socket.close()

    async def write() -> None:
        for _ in range(100):
            await happen(office.handoff)
            await asyncio.sleep(0.02)

    writing = asyncio.create_task(write())
    for _ in range(5):
        await asyncio.gather(*(fickle(30) for _ in range(20)))
    await writing
    async with asyncio.timeout(5):
        while office.app.state.endpoint.open_subscriptions or len(office.connections()):
            await asyncio.sleep(0.02)
    assert office.dispatcher.live_subscriptions == 0
    assert [task.get_name() for task in asyncio.all_tasks() if task.get_name() in ("event replay", "event group")] == []
    client = await office.screen()
    await office.reaches(client, 1)
