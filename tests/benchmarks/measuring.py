"""Measures server processes: the product as `app.py serve` starts it, and the floor, turn about because machines are moody."""

import asyncio
import multiprocessing
import os
import statistics
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import orjson
import psutil

from models.both_offices.accounts import Account
from models.kit.base import now
from models.kit.database import Database
from models.permissions import Department, Role
from resolvers.both_offices.accounts.sessions import open_session
from resolvers.both_offices.accounts.settings import SecuritySettings
from resolvers.kit.transaction import finish_running, transact
from tests.benchmarks.load import answers, ask
from tests.benchmarks.scenarios import Scenario, scenarios
from tests.events.pushing import answering, free_port

SECRET = "the benchmark's secret, long enough for HS256"
ROOT = Path(__file__).parents[2]
EVERYBODY = "everybody@northwind.example"
"""An account that holds every role."""


@dataclass(frozen=True)
class Figures:
    """The medians of one server's rounds on one scenario."""

    per_second: float
    p50_ms: float
    p99_ms: float
    server_ms: float
    database_ms: float

    @property
    def cpu_ms(self) -> float:
        """What a request costs altogether."""
        return self.server_ms + self.database_ms


@dataclass(frozen=True)
class Pace:
    """How long and how hard it is measured."""

    rounds: int
    seconds: float
    connections: int


class Target:
    """A running server, and the processes whose time its requests cost."""

    def __init__(self, port: int, server: psutil.Process, url: str) -> None:
        self.port = port
        self._server = server
        self._postmaster = postmaster_of(url)

    def spent(self) -> tuple[float, float]:
        """CPU seconds of the server and of the database so far."""
        return _cpu(self._server), sum(map(_cpu, self._database())) if self._postmaster else 0.0

    def _database(self) -> Iterator[psutil.Process]:
        assert self._postmaster is not None
        yield self._postmaster
        yield from self._postmaster.children(recursive=True)


def _cpu(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return times.user + times.system


def postmaster_of(url: str) -> psutil.Process | None:
    """PostgreSQL's first process; none for an embedded database."""
    if url.startswith("sqlite"):
        return None
    [folder] = parse_qs(urlsplit(url).query)["host"]
    return psutil.Process(int((Path(folder) / "postmaster.pid").read_text().split()[0]))


@asynccontextmanager
async def running(command: list[str], url: str, port: int) -> AsyncIterator[Target]:
    """A server process that answers."""
    environment = {**os.environ, "INTEROFFICE_DATABASE_URL": url, "INTEROFFICE_SECRET": SECRET}
    process = subprocess.Popen(
        [sys.executable, *command], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        await answering(port)
        yield Target(port, psutil.Process(process.pid), url)
    finally:
        process.terminate()
        process.wait()


def product(url: str) -> Any:
    """The product's server."""
    port = free_port()
    return running(["app.py", "serve", "--port", str(port)], url, port)


def floor(url: str) -> Any:
    """The floor's server."""
    port = free_port()
    return running(["-m", "tests.benchmarks.floors", url, str(port)], url, port)


@asynccontextmanager
async def prepared(url: str) -> AsyncIterator[tuple[list[Scenario], dict[str, str]]]:
    """The scenarios of a filled database, and an access token for each account by the name in its address."""
    database = Database(url)
    await database.open()
    try:
        if not await Account.exists(email=EVERYBODY):
            roles, departments = [str(role) for role in Role], [str(department) for department in Department]
            await Account.create(
                email=EVERYBODY, name="Every Body", roles=roles, departments=departments, created_at=now()
            )
        keys: dict[str, UUID] = {}
        tokens: dict[str, str] = {}
        settings = SecuritySettings(SECRET.encode(), access_token_minutes=600)
        for account in await Account.all():
            name = account.email.split("@")[0]
            keys[name] = account.id
            tokens[name] = (await transact(partial(open_session, account, settings))).access_token
        yield await scenarios(database, keys), tokens
        await finish_running()
    finally:
        await database.close()


@contextmanager
def client() -> Iterator[ProcessPoolExecutor]:
    """A process that asks, so that asking costs the servers nothing."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        yield pool


async def compare(
    pool: ProcessPoolExecutor, pace: Pace, first: tuple[Target, list[bytes]], second: tuple[Target, list[bytes]]
) -> tuple[Figures, Figures]:
    """The figures of two servers that are asked turn about."""
    loop = asyncio.get_running_loop()
    seen: tuple[list[Figures], list[Figures]] = ([], [])
    for number in range(pace.rounds + 1):
        for (target, requests), figures in zip((first, second), seen, strict=True):
            before = target.spent()
            done = await loop.run_in_executor(pool, ask, target.port, requests, pace.connections, pace.seconds)
            after = target.spent()
            if done.failures:
                raise RuntimeError(f"{done.failures} of {done.answers} requests failed.")
            # The first round only warms up.
            if number:
                ordered = sorted(done.latencies)
                figures.append(
                    Figures(
                        done.answers / done.seconds,
                        statistics.median(ordered) * 1000,
                        ordered[int(len(ordered) * 0.99)] * 1000,
                        (after[0] - before[0]) / done.answers * 1000,
                        (after[1] - before[1]) / done.answers * 1000,
                    )
                )
    return _median(seen[0]), _median(seen[1])


def _median(rounds: list[Figures]) -> Figures:
    columns = zip(*(asdict(figures).values() for figures in rounds), strict=True)
    return Figures(*(statistics.median(column) for column in columns))


async def check_equal(
    pool: ProcessPoolExecutor, first: tuple[Target, list[bytes]], second: tuple[Target, list[bytes]]
) -> None:
    """Both servers must answer alike, cursors included, and with something."""
    loop = asyncio.get_running_loop()
    sides = [
        await loop.run_in_executor(pool, answers, target.port, requests[:50]) for target, requests in (first, second)
    ]
    for one, other in zip(*sides, strict=True):
        if orjson.loads(one) != orjson.loads(other) or b"errors" in one:
            raise RuntimeError(f"The answers differ:\n{one.decode()[:2000]}\n{other.decode()[:2000]}")
