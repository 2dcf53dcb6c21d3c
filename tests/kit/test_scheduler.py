"""The scheduler's jobs cost what is due: each asks an index, and does what is due in small transactions."""

import asyncio
import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID

import orjson
import pytest
from tortoise.connection import get_connection
from tortoise.transactions import in_transaction

from app import jobs
from models.areas import MODELS
from models.back_office.handoffs import Handoff, HandoffStatus
from models.back_office.logistics.inventory import Batch
from models.both_offices.clocks.running import Clock
from models.front_office.sales.orders import OrderLine
from models.kit.base import as_of, new_id, now
from models.kit.bookkeeping import IdempotencyKey
from models.kit.database import Database
from models.kit.tortoise_privates import table_of
from resolvers.back_office.handoffs.verbs import claim_handoff
from resolvers.kit.commands import Viewer
from resolvers.kit.scheduler import Scheduler, name_of
from resolvers.kit.transaction import on_commit
from tests.back_office.logistics.stocking import a_product, ordered, put
from tests.kit.hearing import heard
from tests.office import Office, do, handed_off

SETTLED = {"regimes", "business_calendars", "clock_policies"}
"""Tables of rules that people write: they do not grow with the work, and may be read whole."""

MOST_ROWS = 300
"""How many rows one transaction of a job may name: on SQLite everybody waits for its end."""


# --- Each asks an index -----------------------------------------------------------------------------------------------


def _tables_in(sql: str) -> dict[str, str]:
    """The tables that a statement names, by what it calls them."""
    tables = {table_of(model) for model in MODELS}
    named = re.findall(r'\b(?:FROM|JOIN|UPDATE)\s+"?(\w+)"?(?:\s+(?:AS\s+)?"?(\w+)"?)?', sql)
    return {name: table for table, alias in named if table in tables for name in (table, alias) if name}


async def _read_whole_sqlite(sql: str, values: list[Any]) -> set[str]:
    """The tables that SQLite would read from one end to the other; of a partial index it only reads the part."""
    plan = await get_connection("default").execute_query_dict(f"EXPLAIN QUERY PLAN {sql}", values)
    found = await get_connection("default").execute_query_dict(
        "SELECT name FROM sqlite_master WHERE type = 'index' AND sql LIKE '% WHERE %'"
    )
    partial, tables, whole = {row["name"] for row in found}, _tables_in(sql), set[str]()
    for row in plan:
        way = re.match(
            r"(SCAN|SEARCH) (\w+)(?: USING (?:(AUTOMATIC)[ A-Z]*|(?:COVERING )?)INDEX (\w+)?)?", row["detail"]
        )
        if way and (way[3] or (way[1] == "SCAN" and way[4] not in partial)):
            whole.add(tables.get(way[2], way[2]))
    return whole & set(tables.values())


async def _read_whole_postgres(sql: str, values: list[Any]) -> set[str]:
    """The tables that PostgreSQL would read whole even where every other way is cheaper: it knows none."""
    async with in_transaction("default") as connection:
        for way in ("seqscan", "hashjoin", "mergejoin"):
            await connection.execute_query(f"SET LOCAL enable_{way} = off")
        [explained] = await connection.execute_query_dict(f"EXPLAIN (FORMAT JSON) {sql}", values)
        found = await connection.execute_query_dict(
            "SELECT relname FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid WHERE indpred IS NOT NULL"
        )
    partial = {row["relname"] for row in found}

    def whole(plan: dict[str, Any]) -> Iterator[str]:
        for inner in plan.get("Plans", ()):
            yield from whole(inner)
        is_led = "Index Cond" in plan or "Recheck Cond" in plan or plan.get("Index Name") in partial
        if "Scan" in plan["Node Type"] and "Relation Name" in plan and not is_led:
            yield plan["Relation Name"]

    told = explained["QUERY PLAN"]
    [plan] = orjson.loads(told) if isinstance(told, str) else told
    return set(whole(plan["Plan"]))


@pytest.mark.parametrize("days", [0, 8])
async def test_every_job_asks_an_index(visited: Database, days: int) -> None:
    asked: dict[str, dict[str, list[Any]]] = {}
    for job in jobs(visited):
        statements: dict[str, list[Any]] = {}
        with heard(statements.setdefault):
            await job(now() + timedelta(days=days))
        asked[name_of(job)] = statements
    read_whole = _read_whole_sqlite if visited.dialect == "sqlite" else _read_whole_postgres
    found = [
        (job, sql, sorted(tables))
        for job, statements in asked.items()
        for sql, values in statements.items()
        if sql.startswith(("SELECT", "UPDATE", "DELETE", "WITH"))
        and (tables := await read_whole(sql, values) - SETTLED)
    ]
    assert found == []
    assert all(any(sql.startswith("SELECT") for sql in statements) for statements in asked.values())


# --- In small transactions --------------------------------------------------------------------------------------------

KEY = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Sizes:
    """How many rows each transaction named, in its statements or in their values."""

    def __init__(self) -> None:
        self.ended: list[int] = []
        self._present = 0

    def hear(self, sql: str, values: list[Any]) -> None:
        """Adds a statement's."""
        self._present += len(KEY.findall(sql)) + len(KEY.findall(str(values)))

    def end(self) -> None:
        """Ends a transaction."""
        self.ended.append(self._present)
        self._present = 0


async def _missed_backorders(lines: int) -> None:
    product = await a_product()
    for _ in range(lines):
        await ordered(product, 1)
    await put(product, lines)


async def _expired_promises(lines: int) -> None:
    product = await a_product()
    balance = await put(product, lines)
    for _ in range(lines):
        await ordered(product, 1)
    await Batch.filter(id=balance.batch_id).update(expires_on=now().date() - timedelta(days=1))
    await put(product, lines)


async def _old_answers(account: UUID, keys: int) -> None:
    long_ago = now() - timedelta(days=30)
    await IdempotencyKey.bulk_create(
        IdempotencyKey(
            id=new_id(), account_id=account, key=f"{n}", operation="X", input_hash="", answer=None, created_at=long_ago
        )
        for n in range(keys)
    )


async def test_what_is_due_is_done_in_small_transactions(office: Office, agent: Viewer, clerk: Viewer) -> None:
    with as_of(now() - timedelta(days=30)):
        for _ in range(12):
            handoff = await handed_off(agent)
            await do(claim_handoff, clerk, handoff=handoff.id)
    await _missed_backorders(90)
    await _expired_promises(90)
    await _old_answers(agent.account, 450)
    sizes = Sizes()
    stop = on_commit(sizes.end)
    try:
        for job in jobs(office.database):
            with heard(sizes.hear):
                await job(now())
    finally:
        stop()
    assert not await IdempotencyKey.filter(account_id=agent.account).exists()
    assert not await Clock.filter(next_moment_at__lte=now()).exists()
    assert not await Handoff.filter(status=HandoffStatus.CLAIMED).exists()
    assert {line.allocated_quantity for line in await OrderLine.filter(order__number__startswith="X-")} == {1}
    assert max(sizes.ended) <= MOST_ROWS, sizes.ended


async def test_a_scheduler_that_ends_leaves_what_is_still_due_to_the_next_start(office: Office, agent: Viewer) -> None:
    with as_of(now() - timedelta(days=30)):
        for _ in range(6):
            await handed_off(agent)
    due = Clock.filter(next_moment_at__lte=now())
    scheduler, before = Scheduler(jobs(office.database)), await due.count()
    commits = count(1)
    half_way = asyncio.Event()
    forget = on_commit(lambda: half_way.set() if next(commits) == before // 2 else None)
    scheduler.start()
    try:
        await half_way.wait()
        await scheduler.stop()
    finally:
        forget()
    assert before > await due.count() > before // 4
    await Scheduler(jobs(office.database)).round()
    assert await due.count() == 0
