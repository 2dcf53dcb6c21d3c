"""What a transaction changes is written once, as late as may be, and never seen late."""

import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from tortoise.exceptions import IntegrityError

from models.both_offices.tasks import Task, TaskSource
from models.front_office.service.cases import CaseEvent, CaseStatus, MajorCase
from models.front_office.service.complaints import Complaint
from models.kit.base import new_id, now
from models.kit.events import Event
from models.kit.sql import read_rows
from models.permissions import Department
from resolvers.events import record
from resolvers.kit.commands import Viewer
from resolvers.kit.problems import DryRun
from resolvers.kit.transaction import savepoint, transact
from tests.office import Office, received


@pytest.fixture
def written(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """What statements changed rows since the last look."""
    caplog.set_level(logging.DEBUG, logger="tortoise.db_client")

    def look() -> list[str]:
        said = [line.getMessage() for line in caplog.records if line.name == "tortoise.db_client"]
        caplog.clear()
        return [one.replace('"', "") for one in said if one.startswith(("INSERT", "UPDATE", "DELETE", "WITH row0"))]

    return look


def a_task(**said: Any) -> Task:
    given: dict[str, Any] = {"title": "Count", "department": Department.LOGISTICS, "source": TaskSource.RULE}
    return Task(id=new_id(), created_at=now(), **given | said)


async def stored(task: Task, **said: Any) -> Task:
    """A new task as it is read again."""
    await transact(task.save)
    return await Task.get(id=task.id)


async def test_a_row_that_is_new_and_changed_is_written_once_and_rows_of_a_table_together(
    office: Office, written: Any
) -> None:
    tasks = [a_task() for _ in range(3)]

    async def work() -> None:
        for task in tasks:
            await task.save(force_create=True)
        for task in tasks:
            task.title = "Count anew"
            await task.save_next_version()
        assert written() == []

    await transact(work)
    [statement] = written()
    assert "INSERT INTO tasks" in statement
    found = await Task.filter(id__in=[one.id for one in tasks])
    assert [(one.title, one.version) for one in found] == [("Count anew", 2)] * 3


async def test_of_a_row_that_was_there_only_what_changed_is_written_and_nothing_where_nothing_did(
    office: Office, written: Any
) -> None:
    task = await stored(a_task())
    written()

    async def work() -> None:
        found = await Task.select_for_update().get(id=task.id)
        written()
        await found.save()
        # Somebody else's change of another column stands.
        await Task.filter(id=task.id).update(title="Count all")
        [theirs] = written()
        assert "title" in theirs
        found.due_at = now() + timedelta(days=1)
        await found.save()

    await transact(work)
    [statement] = written()
    assert statement.startswith("UPDATE tasks SET due_at=") and "title" not in statement
    left = await Task.get(id=task.id)
    assert (left.title, left.due_at is not None) == ("Count all", True)


async def test_whoever_looks_finds_what_was_changed_before(office: Office, agent: Viewer, written: Any) -> None:
    complaint = await received(agent)

    async def work() -> None:
        written()
        task = a_task(complaint_id=complaint.id)
        await task.save(force_create=True)
        assert await read_rows(f"SELECT id FROM accounts WHERE id = '{agent.account}'")
        assert written() == []
        assert [row["id"] for row in await read_rows(f"SELECT id FROM work_items WHERE task_id = '{task.id}'")] == [
            task.id
        ]
        [statement] = written()
        assert statement.startswith("INSERT INTO tasks")
        task.title = "Count again"
        await task.save()
        assert (await Task.get(id=task.id)).title == "Count again"
        task.title = "Count once more"
        await task.save()
        # What changes anything itself comes after it, too.
        await Task.filter(id=task.id, title="Count once more").update(title="Counted")
        assert (await Task.get(id=task.id)).title == "Counted"

    await transact(work)


async def test_a_row_may_refer_to_one_that_came_after_it(office: Office, agent: Viewer) -> None:
    complaint = await received(agent)

    async def work() -> MajorCase:
        found = await Complaint.select_for_update().get(id=complaint.id)
        found.subject = "Crates"
        await found.save_next_version()
        case = await MajorCase.create(
            id=new_id(),
            number="CAS-1",
            title="Crates",
            status=CaseStatus.OPEN,
            opened_at=now(),
            opened_by_id=agent.account,
        )
        found.case_id = case.id
        await found.save_next_version()
        return case

    case = await transact(work)
    left = await Complaint.get(id=complaint.id)
    assert (left.case_id, left.subject, left.version) == (case.id, "Crates", complaint.version + 2)


async def test_what_a_savepoint_took_back_is_gone_and_can_be_done_again(office: Office) -> None:
    task = await stored(a_task())

    async def work() -> None:
        found = await Task.select_for_update().get(id=task.id)
        found.title = "Before"
        await found.save()
        for attempt in (1, 2):
            with suppress(LookupError):
                async with savepoint():
                    found.title = f"Attempt {attempt}"
                    await found.save_next_version()
                    await a_task(title="Never").save(force_create=True)
                    raise LookupError
        assert (await Task.get(id=task.id)).title == "Before"
        async with savepoint():
            # The same words as in what was taken back are a change all the same.
            found.title = "Attempt 2"
            await found.save()
        assert (await Task.get(id=task.id)).title == "Attempt 2"

    await transact(work)
    assert (await Task.get(id=task.id)).title == "Attempt 2"
    assert not await Task.filter(title="Never").exists()


async def test_events_are_written_together_in_their_order(office: Office, agent: Viewer, written: Any) -> None:
    complaint = await received(agent)
    last = (await Event.all().order_by("-id"))[0].id
    kinds = [CaseEvent.LINKED, CaseEvent.UNLINKED, CaseEvent.LINKED]

    async def work() -> None:
        for kind in kinds:
            await record(kind, complaint, actor=agent)

    written()
    await transact(work)
    assert [one.split()[2] for one in written()] == ["events", "event_subjects"]
    assert [one.kind for one in await Event.filter(id__gt=last).order_by("id")] == [kind.value for kind in kinds]


async def test_what_the_database_refuses_undoes_the_change_and_a_dry_run_meets_it(office: Office) -> None:
    async def work() -> None:
        await a_task(title="For nobody", department=None).save(force_create=True)

    async def rehearsed() -> None:
        await work()
        raise DryRun

    for change in (work, rehearsed):
        with pytest.raises(IntegrityError):
            await transact(change)
    assert not await Task.filter(title="For nobody").exists()
