"""How a server leaves: seen by who asks whether it is ready, by who is served meanwhile, and by who listens."""

import asyncio
import signal
import time
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from tests.conftest import Engine
from tests.events.screens import Client
from tests.transport.test_app import SECRET, serving

pytestmark = pytest.mark.slow


async def test_told_to_end_a_server_says_so_serves_on_for_a_while_and_ends_well(
    northwind_url: str, tmp_path: Path
) -> None:
    with ExitStack() as ending:
        own = serving(tmp_path, database_url=northwind_url, secret=SECRET)
        house = await asyncio.to_thread(ending.enter_context, own)
        address = house.url.removesuffix("/graphql")
        token = house.sign_in("logistics@northwind.example")["session"]["accessToken"]
        screen = await Client.watching(int(address.rpartition(":")[2]), token)
        async with httpx.AsyncClient(base_url=address, timeout=10) as client:
            assert (await client.get("/readyz")).status_code == 200
            began = time.monotonic()
            house.process.send_signal(signal.SIGTERM)
            while (answer := await client.get("/readyz")).status_code == 200:
                assert time.monotonic() - began < 1
            assert answer.json()["checks"] == {
                "database": "ok",
                "migrations": "ok",
                "pushes": "ok",
                "staying": "failing",
            }
            served = 0
            while time.monotonic() - began < 2:
                # Also whoever comes anew.
                asked = httpx.post(
                    house.url, json={"query": "{ viewer { name } }"}, headers={"authorization": f"Bearer {token}"}
                )
                assert asked.status_code == 200
                assert await screen.is_silent(0.05)
                served += 1
            assert served
        assert await screen.closed_with() == (1012, "The server stops: connect again and resume from your cursor.")
        assert await asyncio.to_thread(house.process.wait, 20) == 0
        assert time.monotonic() - began < 10
        for line in house.logged.read_text().splitlines():
            assert '"level":"INFO"' in line, line


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize("signals", [[signal.SIGINT], [signal.SIGTERM, signal.SIGTERM]])
async def test_from_a_keyboard_or_told_twice_it_ends_at_once(
    northwind_url: str, tmp_path: Path, engine: Engine, signals: list[signal.Signals]
) -> None:
    with ExitStack() as ending:
        own = serving(tmp_path, database_url=northwind_url, secret=SECRET, leaving_seconds="60")
        house = await asyncio.to_thread(ending.enter_context, own)
        began = time.monotonic()
        for number in signals:
            house.process.send_signal(number)
            await asyncio.sleep(0.3)
        code = await asyncio.to_thread(house.process.wait, 20)
        assert (code, time.monotonic() - began < 3) == (130 if signals == [signal.SIGINT] else 0, True)
