"""What clients are told while the database is away, is kept by somebody else, or has no room: to come back, and when."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import Any

import asyncpg
import httpx
import pytest
from tortoise.connection import get_connection

from app import FIRST_QUERY, SIGN_IN
from models.back_office.handoffs import Handoff, HandoffEvent
from models.engines import sqlite
from models.kit.database import dialect_of, sqlite_path
from models.kit.events import about
from models.kit.outages import Outage, outage_of
from models.kit.postgres import POSTGRES_SETTINGS
from models.permissions import Department
from resolvers.events import record, streams
from resolvers.kit.transaction import transact
from tests.events.pushing import LIVE
from tests.events.screens import cursor_at, office_at, positions
from tests.transport.proxy import Does, proxied
from tests.transport.whole_house import WholeHouse, whole_house

JSON = "application/json"
MODERN = "application/graphql-response+json"


def client_of(house: WholeHouse) -> httpx.AsyncClient:
    """Somebody with patience."""
    return httpx.AsyncClient(base_url=f"http://{house.host}", timeout=60)


async def sign_in(client: httpx.AsyncClient, accept: str = MODERN) -> httpx.Response:
    """A change, as everybody may make one."""
    return await client.post("/graphql", json={"query": SIGN_IN}, headers={"accept": accept})


async def signed_in(client: httpx.AsyncClient) -> dict[str, str]:
    """The header of somebody whom the server has seen a moment ago."""
    session = (await sign_in(client)).json()["data"]["signIn"]["session"]
    header = {"authorization": f"Bearer {session['accessToken']}"}
    assert (await client.post("/graphql", json={"query": FIRST_QUERY}, headers=header)).status_code == 200
    return header


def is_outage(answer: httpx.Response, outage: Outage) -> bool:
    """Whether an answer says no more than that, and when to come back."""
    assert answer.headers["content-type"].partition(";")[0] in (JSON, MODERN), answer.text
    [error] = answer.json()["errors"]
    assert "data" not in answer.json()
    told = (answer.status_code, error["extensions"]["code"], answer.headers["retry-after"])
    assert told == (503, outage.value, str(outage.retry_after)), answer.text
    return True


# --- What drivers say -------------------------------------------------------------------------------------------------


@asynccontextmanager
async def outside(url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection of somebody else to PostgreSQL."""
    connection = await asyncpg.connect(url.replace("&minsize=1", ""))
    try:
        yield connection
    finally:
        await connection.close()


@pytest.mark.parametrize("engine", ["postgres"])
@pytest.mark.parametrize(
    ("code", "outage"),
    [
        *(
            (code, Outage.UNAVAILABLE)
            for code in ("57P01", "57P03", "53300", "55P03", "08006", "25006", "40P01", "58030")
        ),
        ("53100", Outage.STORAGE_FULL),
        *((code, None) for code in ("23505", "42601", "54001", "22012", "P0001", "53400")),
    ],
)
async def test_what_postgresql_says_is_an_outage_or_a_mistake(
    database_url: str, code: str, outage: Outage | None
) -> None:
    async with outside(database_url) as connection:
        with pytest.raises(asyncpg.PostgresError) as raised:
            await connection.execute(f"DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{code}'; END $$")
    assert outage_of(raised.value) is outage


def test_what_else_goes_wrong_is_a_mistake_or_an_outage() -> None:
    assert outage_of(ConnectionRefusedError()) is Outage.UNAVAILABLE
    assert outage_of(OSError(28, "No space left on device")) is Outage.STORAGE_FULL
    assert outage_of(asyncpg.InterfaceError("connection is closed")) is Outage.UNAVAILABLE
    assert outage_of(asyncpg.InterfaceError("cannot perform operation: another operation is in progress")) is None
    assert outage_of(OSError(2, "No such file or directory")) is None
    assert outage_of(RuntimeError("mistake")) is None
    with pytest.raises(sqlite3.OperationalError) as raised:
        sqlite3.connect(":memory:").execute("SELECT nothing")
    assert outage_of(raised.value) is None


# --- Each outage, on the way that clients take ------------------------------------------------------------------------


@asynccontextmanager
async def kept_by_somebody_else(url: str) -> AsyncIterator[None]:
    """Nobody may write meanwhile."""
    if dialect_of(url) == "sqlite":
        other = sqlite3.connect(sqlite_path(url), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        yield
        other.close()
    else:
        async with outside(url) as connection, connection.transaction():
            await connection.execute("LOCK TABLE sign_in_attempts IN ACCESS EXCLUSIVE MODE")
            yield


@asynccontextmanager
async def full(url: str) -> AsyncIterator[None]:
    """There is no room for more meanwhile, once what is free within SQLite's pages is used up."""
    if dialect_of(url) == "sqlite":
        writer = get_connection("default")
        [[pages]] = (await writer.execute_query("PRAGMA page_count"))[1]
        await writer.execute_query(f"PRAGMA max_page_count={pages}")
        yield
        await writer.execute_query("PRAGMA max_page_count=1073741823")
    else:
        says = "BEGIN RAISE EXCEPTION $$could not extend file$$ USING ERRCODE = $$53100$$; END"
        async with outside(url) as connection:
            await connection.execute(f"CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS '{says}'")
            await connection.execute(
                "CREATE TRIGGER no_room BEFORE INSERT ON sign_in_attempts EXECUTE FUNCTION no_room()"
            )
            yield
            await connection.execute("DROP TRIGGER no_room ON sign_in_attempts")


@contextmanager
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nobody waits for the writer for seconds."""
    with monkeypatch.context() as patched:
        patched.setattr(sqlite, "TURN_SECONDS", 0.2)
        patched.setitem(POSTGRES_SETTINGS, "lock_timeout", "200")
        yield


async def test_a_database_that_somebody_else_keeps_is_unavailable_to_changes_and_read_meanwhile(
    northwind_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with impatient(monkeypatch):
        async with whole_house(northwind_url) as house, client_of(house) as client:
            header = await signed_in(client)
            if dialect_of(northwind_url) == "sqlite":
                await get_connection("default").execute_query("PRAGMA busy_timeout=200")
            async with kept_by_somebody_else(northwind_url):
                for accept in (JSON, MODERN):
                    assert is_outage(await sign_in(client, accept), Outage.UNAVAILABLE)
                # Those who wait behind one another do not add their waiting up.
                for answer in await asyncio.gather(*(sign_in(client) for _ in range(8))):
                    assert is_outage(answer, Outage.UNAVAILABLE)
                read = await client.post("/graphql", json={"query": FIRST_QUERY}, headers=header)
                assert "errors" not in read.json()
            assert (await sign_in(client)).json()["data"]["signIn"]["errors"] == []
            assert "incident" not in house.log()
            lines = [line for line in house.lines() if line.get("outcome") == "UNAVAILABLE"]
            assert len(lines) == 10


async def test_a_database_that_is_full_says_so_and_is_read_meanwhile(northwind_url: str) -> None:
    async with whole_house(northwind_url) as house, client_of(house) as client:
        header = await signed_in(client)
        async with full(northwind_url):
            for _ in range(200):
                if (await sign_in(client)).status_code == 503:
                    break
            for accept in (JSON, MODERN):
                assert is_outage(await sign_in(client, accept), Outage.STORAGE_FULL)
            read = await client.post("/graphql", json={"query": FIRST_QUERY}, headers=header)
            assert "errors" not in read.json()
        assert (await sign_in(client)).json()["data"]["signIn"]["errors"] == []
        assert "incident" not in house.log()


@pytest.mark.parametrize("engine", ["postgres"])
async def test_while_the_database_is_away_everything_is_unavailable_and_back_when_it_is(northwind_url: str) -> None:
    async with proxied(northwind_url) as proxy, whole_house(proxy.url) as house, client_of(house) as client:
        header = await signed_in(client)
        await proxy.does(Does.REFUSE)
        for accept in (JSON, MODERN):
            assert is_outage(await sign_in(client, accept), Outage.UNAVAILABLE)
        asked = partial(client.post, "/graphql", json={"query": FIRST_QUERY})
        assert is_outage(await asked(headers=header), Outage.UNAVAILABLE)
        # Of somebody whom the server has not seen yet it cannot even say who that is.
        stranger = {"authorization": header["authorization"] + "x"}
        assert (await asked(headers=stranger)).status_code == 401
        await proxy.does(Does.PASS)
        assert "errors" not in (await asked(headers=header)).json()
        assert (await sign_in(client)).json()["data"]["signIn"]["errors"] == []
        assert "incident" not in house.log()


# --- Subscriptions ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ["postgres"])
async def test_who_subscribes_while_the_database_is_away_is_told_to_come_back(database_url: str) -> None:
    async with proxied(database_url) as proxy, office_at(proxy.url) as office:
        client = await office.screen()
        await office.reaches(client)
        await proxy.does(Does.REFUSE)
        # Whoever listens already goes on listening; a socket that wants to know more now has to come back.
        await client.send({"id": "2", "type": "subscribe", "payload": {"query": LIVE}})
        code, reason = await client.closed_with()
        assert (code, reason.partition(":")[0]) == (1013, "UNAVAILABLE")
        await proxy.does(Does.PASS)
        back = await office.screen()
        await office.reaches(back)


@pytest.mark.parametrize("engine", ["postgres"])
async def test_a_subscription_whose_messages_cannot_be_fetched_ends_with_its_socket_and_resumes(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(POSTGRES_SETTINGS, "lock_timeout", "100")
    monkeypatch.setattr(streams, "PATIENCE_SECONDS", 0.5)
    async with office_at(database_url) as office:
        client = await office.screen()
        handoff = await Handoff.get(id=office.handoff)
        await office.reaches(client)
        last = office.dispatcher.position

        async def happens() -> Any:
            whom = about(Handoff, handoff.id)
            await record(HandoffEvent.RELEASED, whom, actor=None, department=Department.LOGISTICS)

        async with outside(database_url) as connection, connection.transaction():
            await connection.execute("LOCK TABLE handoffs IN ACCESS EXCLUSIVE MODE")
            await transact(happens)
            code, reason = await client.closed_with()
            assert (code, reason.partition(":")[0]) == (1013, "UNAVAILABLE")
        back = await office.screen(after=cursor_at(last))
        assert positions(await back.cursors(1)) == [last + 1]


# --- How long anybody waits -------------------------------------------------------------------------------------------


@pytest.mark.slow
async def test_the_writer_is_waited_for_ten_seconds_and_no_longer_however_many_wait(northwind_url: str) -> None:
    async with whole_house(northwind_url) as house, client_of(house) as client:
        await signed_in(client)
        async with kept_by_somebody_else(northwind_url):

            async def timed(after: float) -> float:
                await asyncio.sleep(after)
                began = time.monotonic()
                assert is_outage(await sign_in(client), Outage.UNAVAILABLE)
                return time.monotonic() - began

            took = await asyncio.gather(*(timed(after) for after in (0, 0, 0, 1, 3, 4.5)))
        assert max(took) < 11
        assert (await sign_in(client)).json()["data"]["signIn"]["errors"] == []
