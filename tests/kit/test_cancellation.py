"""A client that goes away at any moment leaves everything or nothing behind, and a server that goes on."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from importlib import import_module
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from tortoise.connection import get_connection
from tortoise.exceptions import BaseORMException, OperationalError
from tortoise.transactions import in_transaction

from models.back_office.handoffs import Handoff, HandoffStatus
from models.front_office.service.complaints import Complaint
from models.kit.bookkeeping import IdempotencyKey
from models.kit.database import Database, sqlite_path
from models.kit.events import Event
from models.permissions import Department
from resolvers.kit.commands import Viewer
from resolvers.kit.transaction import Recorded, finish_running, note_event, transact
from tests.office import VARIABLES, Office, alfreds, at_once, handed_off, received
from tests.properties.invariants import check_everything

TURNS = range(10)
PARTS = range(1, 20)


async def cancelled(work: Awaitable[Any], turns: int = 0, seconds: float = 0) -> bool:
    """Starts something, and after some turns of the event loop or some time goes away. Whether that was before its end."""
    task = asyncio.ensure_future(work)
    until = asyncio.get_running_loop().time() + seconds
    while turns > 0 or (seconds and asyncio.get_running_loop().time() < until):
        await asyncio.sleep(0)
        turns -= 1
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        return True
    return False


async def at_every_moment(make: Callable[[int], Awaitable[Any]]) -> AsyncIterator[tuple[int, bool]]:
    """Does something again and again, each time with a client that stays a little longer; says whether it was cut off."""
    before = asyncio.get_running_loop().time()
    await make(0)
    whole = asyncio.get_running_loop().time() - before
    yield 0, False
    for number, turns in enumerate(TURNS, start=1):
        yield number, await cancelled(make(number), turns=turns)
    for number, part in enumerate(PARTS, start=1 + len(TURNS)):
        yield number, await cancelled(make(number), seconds=whole * part / len(PARTS))


async def the_server_goes_on(office: Office, agent: Viewer) -> None:
    """Writes and reads, more of them at once than there are connections."""
    async with asyncio.timeout(20):
        customers = "{ frontOffice { customers(first: 1) { totalCount } } }"
        answers = await at_once(*(office.ask(agent, customers) for _ in range(25)))
        assert all(answer == answers[0] and "data" in answer for answer in answers)
        await at_once(*(received(agent) for _ in range(12)))


@pytest.mark.slow
async def test_a_complaint_whose_client_goes_away_is_received_whole_or_not_and_its_key_tells_which(
    office: Office, agent: Viewer
) -> None:
    customer = await alfreds()
    given = {**VARIABLES["ReceiveComplaint"]["input"], "customer": f"cus_{customer.id}", "order": None, "product": None}

    def receive(number: int) -> Awaitable[dict[str, Any]]:
        return office.change(agent, "ReceiveComplaint", **given | {"idempotencyKey": f"call {number}"})

    gone, before = 0, await Complaint.all().count()
    async for number, cut_off in at_every_moment(receive):
        gone += cut_off
        await finish_running()
        written = await Complaint.all().count() - before - number
        assert written == await IdempotencyKey.filter(key=f"call {number}").count()
        first = await receive(number)
        assert first["errors"] == []
        assert await Complaint.all().count() == before + number + 1
        assert await receive(number) == first
    assert gone >= len(TURNS)
    await check_everything()
    await the_server_goes_on(office, agent)


@pytest.mark.slow
async def test_a_refusal_whose_client_goes_away_leaves_nothing_half_done(office: Office, agent: Viewer) -> None:
    handoff = await handed_off(agent)

    def accept(number: int) -> Awaitable[dict[str, Any]]:
        return office.change(agent, "AcceptAnswer", handoff=f"hnd_{handoff.id}", idempotencyKey=f"call {number}")

    async for number, _ in at_every_moment(accept):
        await finish_running()
        [error] = (await accept(number))["errors"]
        assert error["code"] == "ILLEGAL_TRANSITION"
    assert (await Handoff.get(id=handoff.id)).version == 1
    await the_server_goes_on(office, agent)


@pytest.mark.slow
async def test_a_closing_whose_client_goes_away_takes_all_handoffs_back_or_none(office: Office, agent: Viewer) -> None:
    complaints = [await received(agent, hand_off_to=Department.LOGISTICS) for _ in range(1 + len(TURNS) + len(PARTS))]
    for complaint in complaints:
        await office.change(agent, "HandOffComplaint", complaint=f"cmp_{complaint.id}", department="FINANCE")

    def close(number: int) -> Awaitable[dict[str, Any]]:
        key = f"cmp_{complaints[number].id}"
        return office.change(agent, "CloseComplaint", complaint=key, outcome="WITHDRAWN", reason="Found.")

    async for number, _ in at_every_moment(close):
        await finish_running()
        complaint = await Complaint.get(id=complaints[number].id)
        left = HandoffStatus.WITHDRAWN if complaint.closed_at else HandoffStatus.QUEUED
        assert await Handoff.filter(complaint_id=complaint.id).values_list("status", flat=True) == [left, left]
    await check_everything()
    await the_server_goes_on(office, agent)


@pytest.mark.slow
async def test_many_clients_that_go_away_at_once_leave_no_connection_behind(office: Office, agent: Viewer) -> None:
    handoffs = [await handed_off(agent) for _ in range(3)]
    clerk = await office.somebody("logistics")
    for turns in (0, 1, 2, 3, 5, 8, 13, 40):
        works = [office.change(clerk, "ClaimHandoff", handoff=f"hnd_{handoff.id}") for handoff in 10 * handoffs]
        await at_once(*(cancelled(work, turns) for work in works))
        reads = [office.operation(clerk, "HandoffQueue", {}) for _ in range(20)]
        await at_once(*(cancelled(read, turns) for read in reads))
    await finish_running()
    await check_everything()
    await the_server_goes_on(office, agent)


# --- Failures ---------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("which", [1, 2, 3])
async def test_a_failure_in_the_middle_of_a_change_leaves_nothing_and_tells_nothing(
    office: Office, agent: Viewer, which: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    complaint = await received(agent)
    key = f"cmp_{complaint.id}"
    for department in ("LOGISTICS", "FINANCE"):
        await office.change(agent, "HandOffComplaint", complaint=key, department=department)
    events, recorded = await Event.all().count(), 0

    def failing(event: Recorded) -> None:
        nonlocal recorded
        recorded += 1
        note_event(event)
        if recorded == which:
            raise OSError("the secret reason")

    # Every event comes by here, whichever area recorded it.
    monkeypatch.setattr(import_module("resolvers.events.record"), "note_event", failing)
    given = {"complaint": key, "outcome": "WITHDRAWN", "reason": "Found.", "idempotencyKey": "k"}
    answer = await office.operation(agent, "CloseComplaint", {"input": given})
    [error] = answer["errors"]
    assert error["extensions"]["code"] == "INTERNAL"
    assert "secret" not in str(answer)
    assert await Event.all().count() == events
    await check_everything()
    monkeypatch.undo()
    assert (await office.change(agent, "CloseComplaint", **given))["errors"] == []
    await check_everything()


async def nothing() -> dict[str, UUID]:
    return {}


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["sqlite"])
async def test_a_database_that_somebody_else_keeps_locked_fails_changes_only_meanwhile(
    office: Office, agent: Viewer, northwind: Database
) -> None:
    await get_connection("default").execute_query("PRAGMA busy_timeout=50")
    other = sqlite3.connect(sqlite_path(northwind.url), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    for _ in range(3):
        async with asyncio.timeout(5):
            with pytest.raises(OperationalError):
                await transact(nothing)
    other.execute("ROLLBACK")
    other.close()
    await the_server_goes_on(office, agent)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["sqlite"])
async def test_a_transaction_that_cannot_be_committed_is_undone_and_the_next_one_begins(
    office: Office, agent: Viewer
) -> None:
    async def break_a_rule() -> None:
        # Looked at by the commit, which fails like one whose disk is full.
        await get_connection("default").execute_query("PRAGMA defer_foreign_keys=ON")
        await get_connection("default").execute_query("UPDATE complaints SET customer_id = 'nobody'")

    await received(agent)
    with pytest.raises(OperationalError):
        await transact(break_a_rule)
    await check_everything()
    await the_server_goes_on(office, agent)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["postgres"])
async def test_connections_that_break_as_a_transaction_begins_are_replaced(office: Office, agent: Viewer) -> None:
    await the_server_goes_on(office, agent)
    pool, failed = get_connection("default")._pool, 0
    for _ in range(12):
        # Torn, but nobody has noticed yet.
        for holder in pool._holders:
            if holder._con is not None:
                holder._con._transport.abort()
        try:
            async with in_transaction("default"):
                pass
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, BaseORMException):
            failed += 1
    assert failed
    # What the relay is reading with at this moment comes back by itself.
    async with asyncio.timeout(5):
        while pool._queue.qsize() < pool.get_max_size():
            await asyncio.sleep(0.01)
    assert pool.get_idle_size() <= pool._queue.qsize() == pool.get_max_size()
    await the_server_goes_on(office, agent)
