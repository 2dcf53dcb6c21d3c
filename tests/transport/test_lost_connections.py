"""A network that swallows what is said to PostgreSQL: nobody waits for ever, everybody is told, and all of it heals by itself."""

import asyncio
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from app import FIRST_QUERY
from models.kit import postgres
from resolvers.events import waking
from tests.events.screens import office_at
from tests.transport.proxy import Does, Proxy, proxied
from tests.transport.test_app import SECRET, serving
from tests.transport.test_outages import Outage, client_of, is_outage, sign_in, signed_in
from tests.transport.whole_house import whole_house

pytestmark = pytest.mark.parametrize("engine", ["postgres"])


@contextmanager
def hurried() -> Iterator[None]:
    """Limits that a test can wait for; what they are by themselves is looked at below."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(postgres, "ACQUIRE_SECONDS", 1)
        patched.setattr(postgres, "CANCEL_SECONDS", 0.3)
        patched.setitem(postgres.CONNECTING, "command_timeout", 1)
        patched.setitem(postgres.CONNECTING, "timeout", 1)
        patched.setattr(waking, "HEARTBEAT_SECONDS", 0.3)
        patched.setattr(waking, "RING_SECONDS", 0.5)
        yield


async def is_ready(client: httpx.AsyncClient) -> bool:
    """Whether the server says that it can work."""
    return (await client.get("/readyz")).status_code == 200


async def healed(client: httpx.AsyncClient, seconds: float) -> None:
    """Waits until it does."""
    async with asyncio.timeout(seconds):
        while not await is_ready(client):
            await asyncio.sleep(0.1)


async def test_a_network_that_swallows_everything_is_told_and_heals(northwind_url: str) -> None:
    async with proxied(northwind_url) as proxy:
        with hurried():
            await swallowed_and_healed(proxy)


async def swallowed_and_healed(proxy: Proxy) -> None:
    """Asks a server while its database is away like that."""
    async with whole_house(proxy.url) as house, client_of(house) as client:
        header = await signed_in(client)
        assert await is_ready(client)
        await proxy.does(Does.SWALLOW)
        began = time.monotonic()
        asked = client.post("/graphql", json={"query": FIRST_QUERY}, headers=header)
        answers = await asyncio.gather(asked, *(sign_in(client) for _ in range(15)))
        assert all(is_outage(answer, Outage.UNAVAILABLE) for answer in answers)
        assert time.monotonic() - began < 8
        assert not await is_ready(client)
        await proxy.does(Does.PASS)
        # Not one after the other, as long as each connection of the pools waits for its answer.
        await healed(client, 5)
        async with asyncio.timeout(3):
            assert (await sign_in(client)).json()["data"]["signIn"]["errors"] == []
        assert "incident" not in house.log()


async def test_subscribers_stay_and_hear_what_happens_after_their_server_lost_its_connections(
    database_url: str,
) -> None:
    async with proxied(database_url) as proxy:
        with hurried():
            await heard_again(proxy)


async def heard_again(proxy: Proxy) -> None:
    """Subscribes to a server whose connections are all lost for a while."""
    async with office_at(proxy.url) as office:
        client = await office.screen()
        await office.reaches(client)
        await proxy.does(Does.SWALLOW)
        # Long enough for the relay, the dispatcher and the connection that listens.
        await asyncio.sleep(2.5)
        await proxy.does(Does.PASS)
        async with asyncio.timeout(10):
            while office.dispatcher.stuck_seconds:
                await asyncio.sleep(0.05)
        await office.reaches(client, 3)
        async with asyncio.timeout(5):
            while office.dispatcher._bell._connection is None:
                await asyncio.sleep(0.05)


def test_the_limits_are_what_is_promised(engine: str) -> None:
    assert postgres.CONNECTING["command_timeout"] == 15
    assert postgres.CONNECTING["timeout"] == postgres.ACQUIRE_SECONDS == 10
    assert postgres.POSTGRES_SETTINGS["lock_timeout"] == "5000"


@pytest.mark.slow
async def test_told_to_end_a_server_ends_within_ten_seconds_also_without_its_database(
    northwind_url: str, tmp_path: Path
) -> None:
    async with proxied(northwind_url) as proxy:
        with ExitStack() as ending:
            own = serving(tmp_path, database_url=proxy.url, secret=SECRET)
            house = await asyncio.to_thread(ending.enter_context, own)
            async with httpx.AsyncClient(base_url=house.url.removesuffix("/graphql"), timeout=60) as client:
                await signed_in(client)
                await proxy.does(Does.SWALLOW)
                waiting = [asyncio.create_task(sign_in(client)) for _ in range(3)]
                await asyncio.sleep(0.5)
                began = time.monotonic()
                house.process.send_signal(signal.SIGTERM)
                for answer in await asyncio.gather(*waiting):
                    assert is_outage(answer, Outage.UNAVAILABLE)
                assert await asyncio.to_thread(house.process.wait, 20) == 0
                assert time.monotonic() - began < 10
            assert "Traceback" not in house.logged.read_text()
