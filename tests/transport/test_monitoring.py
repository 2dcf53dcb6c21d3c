"""What operators' machines are told: the truth about the database and its tables, and counts without labels without end."""

import asyncio
import re
import signal
import sqlite3

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from tortoise.connection import get_connection

from models.kit.database import Database, sqlite_path
from models.kit.migrating import known_migrations
from schema.transport import monitoring
from schema.transport.leaving import Leaving
from schema.transport.monitoring import MOST_NAMES, Metrics, Readiness, healthz
from schema.transport.settings import read_settings
from tests.transport.small_house import SmallHouse

TOKEN = "a token for Prometheus"

# --- Health -----------------------------------------------------------------------------------------------------------


def client_of(database: Database) -> httpx.AsyncClient:
    routes = [Route("/healthz", healthz), Route("/readyz", Readiness(database).endpoint)]
    return httpx.AsyncClient(transport=httpx.ASGITransport(Starlette(routes=routes)), base_url="http://house")


async def test_a_server_with_a_migrated_database_is_ready(database: Database) -> None:
    async with client_of(database) as client:
        response = await client.get("/readyz")
        assert response.status_code == 200
        assert response.json() == {"status": "ok", "checks": {"database": "ok", "migrations": "ok"}}
        assert response.headers["cache-control"] == "no-store"


async def test_a_server_whose_database_lacks_a_migration_lives_but_is_not_ready(blank_url: str) -> None:
    assert known_migrations()
    if blank_url.startswith("sqlite"):
        # A reader opens the file only if there is one.
        sqlite_path(blank_url).touch()
    database = Database(blank_url)
    await database.open()
    try:
        async with client_of(database) as client:
            response = await client.get("/readyz")
            assert response.status_code == 503
            assert response.json()["checks"] == {"database": "ok", "migrations": "failing"}
            assert (await client.get("/healthz")).json() == {"status": "ok"}
    finally:
        await database.close()


async def test_a_server_that_lost_its_database_is_not_ready_and_says_no_more(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    await database.close()
    async with client_of(database) as client:
        response = await client.get("/readyz")
    assert response.status_code == 503
    assert response.json() == {"status": "failing", "checks": {"database": "failing", "migrations": "failing"}}
    assert {record.getMessage() for record in caplog.records if record.name == "interoffice.health"} == {
        "A readiness check failed."
    }


class Stuck:
    """Pushes of which nothing has come for so long."""

    def __init__(self, seconds: float) -> None:
        self.stuck_seconds = seconds


async def checks_of(readiness: Readiness) -> tuple[int, dict[str, str]]:
    """The status and what is said of each check."""
    app = Starlette(routes=[Route("/readyz", readiness.endpoint)])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://house") as client:
        response = await client.get("/readyz")
    return response.status_code, response.json()["checks"]


async def test_a_server_whose_pushes_come_to_nothing_or_that_was_told_to_end_is_not_ready(database: Database) -> None:
    well = {"database": "ok", "migrations": "ok"}
    assert await checks_of(Readiness(database, Stuck(0.3))) == (200, {**well, "pushes": "ok"})
    assert await checks_of(Readiness(database, Stuck(5.1))) == (503, {**well, "pushes": "failing"})
    leaving = Leaving(60)
    readiness = Readiness(database, leaving=leaving)
    assert await checks_of(readiness) == (200, well)
    leaving.begin(signal.SIGTERM)
    assert await checks_of(readiness) == (503, {**well, "staying": "failing"})
    leaving.stay()
    assert await checks_of(readiness) == (200, well)


async def test_a_server_that_cannot_write_is_not_ready_until_it_can(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(monitoring, "PATIENCE_SECONDS", 0.3)
    readiness = Readiness(database)
    if database.dialect == "sqlite":
        other = sqlite3.connect(sqlite_path(database.url), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        assert await checks_of(readiness) == (503, {"database": "failing", "migrations": "ok"})
        other.close()
    else:
        pool = get_connection("default")._pool
        held = [await pool.acquire() for _ in range(pool.get_max_size())]
        assert await checks_of(readiness) == (503, {"database": "failing", "migrations": "ok"})
        for connection in held:
            await pool.release(connection)
    async with asyncio.timeout(10):
        while (await checks_of(readiness))[0] != 200:
            await asyncio.sleep(0.05)


# --- Metrics ----------------------------------------------------------------------------------------------------------


def value_of(text: str, metric: str, **labels: str) -> float:
    """The value of one series; 0 if there is none."""
    named = "{" + ",".join(f'{name}="{value}"' for name, value in sorted(labels.items())) + "}" if labels else ""
    found = re.search(rf"^{re.escape(metric + named)} (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else 0


async def scraped(client: httpx.AsyncClient) -> str:
    response = await client.get("/metrics")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/plain; version=")
    return response.text


async def test_operations_are_counted_by_name_type_and_outcome(house: SmallHouse, client: httpx.AsyncClient) -> None:
    house.engine.codes = {"Hidden": "FORBIDDEN"}
    for query in (
        "query Where { address }",
        "query Where { address }",
        "mutation Ring { ring }",
        "{ address }",
        "query Hidden { address }",
        "query Broken { nothing }",
        "query Much { " + "address " * 201 + "}",
        "query Bang { address } # explode",
    ):
        await client.post("/graphql", json={"query": query})
    text = await scraped(client)
    for name, kind, outcome, times in (
        ("Where", "query", "ok", 2),
        ("Ring", "mutation", "ok", 1),
        ("none", "query", "ok", 1),
        *(("none", "none", refused, 1) for refused in ("forbidden", "bad_request", "limit_exceeded", "internal")),
    ):
        assert value_of(text, "interoffice_operations_total", name=name, type=kind, outcome=outcome) == times
    assert value_of(text, "interoffice_operation_duration_seconds_count", type="query") == 3


@pytest.mark.parametrize(
    ("metrics", "shown", "status"),
    [
        (Metrics(TOKEN), f"Bearer {TOKEN}", 200),
        (Metrics(TOKEN), None, 401),
        (Metrics(TOKEN), "Bearer somebody", 401),
        (Metrics(TOKEN), f"Basic {TOKEN}", 401),
        (Metrics(TOKEN), "Bearer", 401),
        (Metrics(is_open=False), None, 401),
        (Metrics(is_open=False), "Bearer None", 401),
        (Metrics(), None, 200),
    ],
)
async def test_figures_are_for_who_shows_the_token(metrics: Metrics, shown: str | None, status: int) -> None:
    app = Starlette(routes=[Route("/metrics", metrics.endpoint)])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://house") as client:
        response = await client.get("/metrics", headers={"authorization": shown} if shown else {})
    assert response.status_code == status
    assert ("interoffice_operations_total" in response.text or "# HELP" in response.text) == (status == 200)


@pytest.mark.parametrize(
    ("given", "is_open"),
    [
        ({}, True),
        ({"host": "0.0.0.0"}, False),
        ({"metrics_token": TOKEN}, False),
        ({"database_url": "sqlite:///x.db", "secret": "s" * 32}, False),
    ],
)
def test_without_a_token_only_a_demo_company_on_loopback_shows_its_figures(
    given: dict[str, str], is_open: bool
) -> None:
    assert read_settings(**given).metrics()._open is is_open


async def test_names_of_documents_that_are_not_valid_do_not_become_labels(client: httpx.AsyncClient) -> None:
    await client.post("/graphql", json={"query": "query NancyDavolio { nothing }"})
    await client.post("/graphql", json={"query": "query NancyDavolio { "})
    assert "NancyDavolio" not in await scraped(client)


async def test_names_beyond_the_first_hundreds_are_counted_together(
    house: SmallHouse, client: httpx.AsyncClient
) -> None:
    for number in range(MOST_NAMES + 50):
        house.metrics.operation(f"Name{number}", "query", "OK", 0.001)
    house.metrics.operation("Name0", "query", "OK", 0.001)
    text = await scraped(client)
    total = "interoffice_operations_total"
    assert value_of(text, total, name="other", type="query", outcome="ok") == 50
    assert value_of(text, total, name="Name0", type="query", outcome="ok") == 2
    assert text.count(total + "{") == MOST_NAMES + 1


async def test_codes_that_nobody_knows_become_one_outcome(house: SmallHouse, client: httpx.AsyncClient) -> None:
    for number in range(5):
        house.metrics.operation("Name", "query", f"CODE_{number}", 0.001)
    text = await scraped(client)
    assert value_of(text, "interoffice_operations_total", name="Name", type="query", outcome="error") == 5


async def test_figures_about_pushes_are_read_when_prometheus_asks(house: SmallHouse, client: httpx.AsyncClient) -> None:
    figures = {"open": 3.0, "lag": 0.0}
    house.metrics.watch_pushes(open_subscriptions=lambda: figures["open"], dispatcher_lag=lambda: figures["lag"])
    assert value_of(await scraped(client), "interoffice_open_subscriptions") == 3
    figures |= {"open": 5.0, "lag": 7.0}
    text = await scraped(client)
    assert value_of(text, "interoffice_open_subscriptions") == 5
    assert value_of(text, "interoffice_dispatcher_lag_events") == 7


async def test_two_servers_in_one_process_count_for_themselves(house: SmallHouse) -> None:
    other = SmallHouse()
    other.metrics.operation("Elsewhere", "query", "OK", 0.001)
    async with house.client() as ours, other.client() as theirs:
        assert "Elsewhere" in await scraped(theirs)
        assert "Elsewhere" not in await scraped(ours)
