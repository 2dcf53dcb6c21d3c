"""What the scheduler notices of clocks: each moment that passes is one event, also with several processes."""

import asyncio
import logging
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tortoise.transactions import in_transaction

from models.both_offices.clocks.running import Clock, ClockEvent, ClockReason
from models.kit.base import as_of, now
from models.kit.database import Database
from models.kit.events import Event, EventKind
from models.kit.severity import Severity
from models.subjects import SUBJECTS
from resolvers.back_office.handoffs.verbs import claim_handoff, release_handoff
from resolvers.both_offices import clocks
from resolvers.both_offices.clocks.watching import OUTDATED, ClockJob
from resolvers.kit.commands import Viewer
from resolvers.kit.scheduler import Scheduler
from tests.both_offices.ticking import ANSWER, CLAIM, MONDAY, at, clock_of, minutes, moments_of, sound
from tests.office import Office, doing, handed_off

ROOT = Path(__file__).parents[2]


async def test_a_moment_that_passes_becomes_one_event_also_after_a_long_downtime(office: Office, agent: Viewer) -> None:
    with as_of(MONDAY):
        handoff = await handed_off(agent, severity=Severity.HIGH)
    job = ClockJob(office.database)
    await job.notice_what_passed(MONDAY + timedelta(hours=3) - minutes(1))
    assert await moments_of() == []
    await job.notice_what_passed(MONDAY + timedelta(hours=3))
    assert await moments_of(handoff.id) == ["CLOCK_WARNED"]
    for _ in range(2):
        # Four days later, everything has passed.
        await ClockJob(office.database).notice_what_passed(MONDAY + timedelta(days=4))
    assert sorted(await moments_of()) == ["CLOCK_BREACHED"] * 4 + ["CLOCK_WARNED"] * 4
    [breach, *_] = await Event.filter(kind=ClockEvent.BREACHED, subjects__key=handoff.id).prefetch_related("subjects")
    assert (breach.actor_id, breach.department) == (None, "LOGISTICS")
    assert {one.key for one in breach.subjects} == {handoff.id, handoff.complaint_id}
    await sound()


async def test_a_paused_or_stopped_clock_passes_nothing(office: Office, agent: Viewer) -> None:
    with as_of(MONDAY):
        handoff = await handed_off(agent, severity=Severity.HIGH)
    await at(MONDAY + minutes(1), lambda: clocks.pause(ANSWER, handoff, ClockReason.INFORMATION_REQUESTED))
    await at(MONDAY + minutes(1), lambda: clocks.stop(CLAIM, handoff, ClockReason.CLAIMED))
    await ClockJob(office.database).notice_what_passed(MONDAY + timedelta(days=300))
    assert await moments_of(handoff.id) == []


async def test_whoever_changes_a_clock_notices_what_it_has_passed(office: Office, agent: Viewer, clerk: Viewer) -> None:
    with as_of(MONDAY):
        handoff = await handed_off(agent, severity=Severity.HIGH)
    await at(MONDAY + timedelta(hours=5), doing(claim_handoff, clerk, handoff=handoff.id))
    assert await moments_of(handoff.id) == ["CLOCK_WARNED", "CLOCK_BREACHED"]
    await ClockJob(office.database).notice_what_passed(MONDAY + timedelta(hours=6))
    assert await moments_of(handoff.id) == ["CLOCK_WARNED", "CLOCK_BREACHED"]


async def test_a_new_moment_is_noticed_again(office: Office, agent: Viewer, clerk: Viewer) -> None:
    with as_of(MONDAY):
        handoff = await handed_off(agent, severity=Severity.HIGH)
    job = ClockJob(office.database)
    await job.notice_what_passed(MONDAY + timedelta(hours=4))
    await at(MONDAY + timedelta(hours=5), doing(claim_handoff, clerk, handoff=handoff.id))
    await at(MONDAY + timedelta(hours=6), doing(release_handoff, clerk, handoff=handoff.id))
    await job.notice_what_passed(MONDAY + timedelta(hours=9))
    assert await moments_of(handoff.id) == ["CLOCK_WARNED", "CLOCK_BREACHED", "CLOCK_WARNED"]
    await job.notice_what_passed(MONDAY + timedelta(hours=10))
    assert (await moments_of(handoff.id))[3:] == ["CLOCK_BREACHED"]


@asynccontextmanager
async def followed(follow: clocks.Follow) -> AsyncIterator[None]:
    """Somebody who follows what clocks pass."""
    before = list(clocks._followers)
    clocks._followers[:] = [follow]
    try:
        yield
    finally:
        clocks._followers[:] = before


async def test_the_graver_of_two_moments_is_followed_up_once(office: Office, agent: Viewer) -> None:
    with as_of(MONDAY):
        handoff = await handed_off(agent, severity=Severity.HIGH)
    told: list[tuple[Any, Any, bool]] = []

    async def follow(subject: Any, kind: EventKind, _at: datetime) -> None:
        clocks_of: Any = Clock.filter(**{SUBJECTS.of(subject).column: subject.id})
        [department] = set(await clocks_of.values_list("department", flat=True))
        told.append((subject.id, department, kind is ClockEvent.BREACHED))

    async with followed(follow):
        await ClockJob(office.database).notice_what_passed(MONDAY + timedelta(hours=3))
        await ClockJob(office.database).notice_what_passed(MONDAY + timedelta(hours=20))
    assert told == [
        (handoff.id, "LOGISTICS", False),
        (handoff.id, "LOGISTICS", True),
        (handoff.complaint_id, None, False),
        (handoff.id, "LOGISTICS", False),
    ]


async def test_one_that_fails_keeps_nothing_from_the_others(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    agent = await office.somebody("service")
    with as_of(MONDAY):
        first, second = await handed_off(agent, severity=Severity.HIGH), await handed_off(agent, severity=Severity.HIGH)

    async def follow(subject: Any, _kind: EventKind, _at: datetime) -> None:
        if subject.id == first.id:
            raise RuntimeError("The manager is nowhere to be found.")

    async with followed(follow):
        await ClockJob(office.database).notice_what_passed(MONDAY + timedelta(hours=5))
    assert await moments_of(first.id) == []
    assert await moments_of(second.id) == ["CLOCK_WARNED", "CLOCK_BREACHED"]
    assert [record.message for record in caplog.records if record.name == "interoffice.scheduler"] == [
        "A clock could not be looked after and will be again: RuntimeError"
    ]
    await ClockJob(office.database).notice_what_passed(MONDAY + timedelta(hours=5))
    assert await moments_of(first.id) == ["CLOCK_WARNED", "CLOCK_BREACHED"]


async def test_a_breach_becomes_an_event_while_nobody_writes(office: Office, agent: Viewer) -> None:
    with as_of(now() - timedelta(hours=4) + timedelta(seconds=1)):
        handoff = await handed_off(agent, severity=Severity.HIGH)
    scheduler = Scheduler([ClockJob(office.database)], every_seconds=0.1)
    scheduler.start()
    try:
        for _ in range(100):
            if "CLOCK_BREACHED" in await moments_of(handoff.id):
                break
            await asyncio.sleep(0.05)
    finally:
        await scheduler.stop()
    assert await moments_of(handoff.id) == ["CLOCK_WARNED", "CLOCK_BREACHED"]
    clock = await clock_of(handoff, CLAIM)
    assert clock.breached_at is not None and clock.due_at is not None
    assert timedelta() <= clock.breached_at - clock.due_at < timedelta(seconds=5)


async def test_an_idle_keeper_looks_at_no_clock_that_has_stopped(office: Office) -> None:
    database, statement = office.database, OUTDATED.format(most=200)
    if database.dialect == "sqlite":
        plan = await database.fetch(f"EXPLAIN QUERY PLAN {statement}", [])
    else:
        # The planner may read a table this small as a whole; asked not to, it must know another way.
        async with in_transaction("default") as connection:
            await connection.execute_query("SET LOCAL enable_seqscan = off")
            plan = [tuple(row.values()) for row in await connection.execute_query_dict(f"EXPLAIN {statement}")]
    assert "clocks_not_stopped" in "\n".join(str(row[-1]) for row in plan)


async def test_several_that_look_at_once_record_each_moment_once(office: Office, agent: Viewer) -> None:
    with as_of(MONDAY):
        for _ in range(6):
            await handed_off(agent, severity=Severity.HIGH)
    jobs = [ClockJob(office.database) for _ in range(4)]
    while await Clock.filter(next_moment_at__lte=MONDAY + timedelta(days=4)).exists():
        await asyncio.gather(*(job.notice_what_passed(MONDAY + timedelta(days=4)) for job in jobs))
    assert sorted(await moments_of()) == ["CLOCK_BREACHED"] * 24 + ["CLOCK_WARNED"] * 24


KEEPING = """
import asyncio, sys
from models.kit.base import now
from models.kit.database import Database
from resolvers.both_offices.clocks.watching import ClockJob
from resolvers.kit.transaction import finish_running

async def keep():
    database = Database(sys.argv[1])
    await database.open()
    job = ClockJob(database)
    for _ in range(3):
        await job(now())
    await finish_running()
    await database.close()

asyncio.run(keep())
"""


async def test_two_processes_record_each_moment_once(office: Office, northwind_url: str, agent: Viewer) -> None:
    with as_of(now() - timedelta(days=40)):
        for _ in range(12):
            await handed_off(agent, severity=Severity.HIGH)
    command = [sys.executable, "-c", KEEPING, northwind_url]
    running = [
        await asyncio.create_subprocess_exec(*command, cwd=ROOT, stderr=subprocess.PIPE, env={"PYTHONPATH": "."})
        for _ in range(2)
    ]
    said = [(await process.communicate())[1] for process in running]
    assert [process.returncode for process in running] == [0, 0], said
    await ClockJob(office.database)(now())
    assert sorted(await moments_of()) == ["CLOCK_BREACHED"] * 48 + ["CLOCK_WARNED"] * 48
    await sound()


async def test_a_chore_that_fails_is_told_of_in_a_line_and_done_again(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    rounds: list[str] = []

    async def fails(_at: datetime) -> None:
        rounds.append("fails")
        raise ConnectionError("The database is away.")

    async def works(_at: datetime) -> None:
        rounds.append("works")

    scheduler = Scheduler([fails, works], every_seconds=0.01)
    with caplog.at_level(logging.WARNING):
        scheduler.start()
        while len(rounds) < 6:
            await asyncio.sleep(0.01)
        await scheduler.stop()
    assert rounds[:4] == ["fails", "works", "fails", "works"]
    assert caplog.records[0].getMessage() == "The job fails failed and will be done again: ConnectionError"
    done = len(rounds)
    await asyncio.sleep(0.05)
    assert len(rounds) == done
