"""A load balancer is told the truth about the database and its tables."""

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from models.kit.database import Database, sqlite_path
from models.kit.migrating import known_migrations
from schema.transport.monitoring import Readiness, healthz


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
