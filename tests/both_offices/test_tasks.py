"""Tasks: given to one person or one department, masked, seen by whom they concern, and done once."""

from datetime import timedelta
from typing import Any

from models.back_office.handoffs.subject import HANDOFF
from models.both_offices.absences import Absence
from models.both_offices.notifications import Notification
from models.both_offices.tasks import Task
from models.kit.base import as_of, now
from models.permissions import Department, Role
from resolvers.back_office.handoffs.tasks import CreateTask, create_task
from resolvers.both_offices.tasks import finish_task, open_task
from resolvers.kit.commands import Key, Viewer
from resolvers.kit.transaction import transact
from tests.office import (
    Office,
    at_once,
    codes_of,
    doing,
    handed_off,
    happened,
    hire,
    history,
    problems_of,
    received,
    tried,
    wrong_with,
)

CREATE = (
    "mutation ($input: CreateTaskInput!) { createTask(input: $input) { task { id title source assignee { name } department dueAt"
    " createdBy { name } complaint { number } handoff { number } doneAt } errors { code path } } }"
)


def task(**given: Any) -> CreateTask:
    named: dict[str, Any] = {"title": "Look at the dock.", **given}
    return CreateTask(**named)


async def test_a_task_goes_to_a_colleague_who_is_notified(office: Office, agent: Viewer, clerk: Viewer) -> None:
    handoff = await handed_off(agent)
    given = {
        "title": "Ask Maria Anders' carrier for the scan.",
        "handoff": f"hnd_{handoff.id}",
        "assignee": f"acc_{clerk.account}",
        "dueAt": (now() + timedelta(hours=2)).isoformat(),
    }
    payload = await office.find(agent, CREATE, {"input": given})
    assert payload["errors"] == []
    made = payload["task"]
    assert (made["title"], made["source"]) == ("Ask [customer]' carrier for the scan.", "STAFF")
    assert (made["assignee"]["name"], made["createdBy"]["name"]) == (clerk.name, agent.name)
    assert made["handoff"]["number"] == handoff.number and made["complaint"] is not None
    [note] = await Notification.filter(account_id=clerk.account)
    assert (note.kind, f"tsk_{note.task_id}") == ("TASK_ASSIGNED", made["id"])
    assert (await history(handoff.id))[-1] == ("TASK_CREATED", agent.account, "LOGISTICS")
    document = "{ viewer { notifications { nodes { task { title } } } } }"
    [shown] = await office.find(clerk, document)
    assert shown == {"task": {"title": made["title"]}}


async def test_a_departments_task_is_done_once_by_whoever_comes_first(office: Office) -> None:
    manager, clerk = await office.somebody("back.manager"), await office.somebody("logistics")
    accountant = await office.somebody("accounting")
    keys = await transact(lambda: create_task(manager, task(department=Department.LOGISTICS)))
    key = keys["task"]
    [unseen] = await problems_of(doing(finish_task, accountant, task=key))
    assert unseen.code == "NOT_FOUND"
    outcomes = await at_once(*(problems_of(doing(finish_task, clerk, task=key)) for _ in range(2)))
    assert sorted([problem.code for problem in outcome] for outcome in outcomes) == [[], ["ALREADY_DONE"]]
    done = await Task.get(id=key)
    assert (done.done_by_id, done.version) == (clerk.account, 2)
    assert await happened(kind="TASK_FINISHED") == ["TASK_FINISHED"]


async def test_who_gave_a_task_sees_it_and_cannot_finish_it(office: Office, agent: Viewer, clerk: Viewer) -> None:
    complaint = await received(agent)
    keys = await transact(lambda: create_task(agent, task(assignee=Key(clerk.account), complaint=Key(complaint.id))))
    document = "{ frontOffice { tasks { totalCount nodes { assignee { name } } } } }"
    assert (await office.find(agent, document))["totalCount"] == 1
    [problem] = await problems_of(doing(finish_task, agent, task=keys["task"], expected_version=1))
    assert problem.code == "NOT_YOURS"
    back = document.replace("frontOffice", "backOffice")
    manager = await office.somebody("back.manager")
    assert (await office.ask(manager, back))["data"]["backOffice"]["tasks"]["totalCount"] == 0


async def test_whoever_stands_in_sees_and_finishes_the_task_of_somebody_who_is_absent(office: Office) -> None:
    clerk, manager = await office.somebody("logistics"), await office.somebody("back.manager")
    colleague = await hire("Second Clerk", [Role.LOGISTICS_CLERK], [Department.LOGISTICS])
    third = await hire("Third Clerk", [Role.LOGISTICS_CLERK], [Department.LOGISTICS])
    key = (await transact(lambda: create_task(manager, task(assignee=Key(clerk.account)))))["task"]
    at = now()
    away: dict[str, Any] = {"from_at": at + timedelta(hours=1), "until_at": at + timedelta(hours=3), "set_at": at}
    for absent, stand_in in ((clerk, colleague), (colleague, third)):
        set_by: dict[str, Any] = {
            "set_by_id": absent.account,
            "account_id": absent.account,
            "stand_in_id": stand_in.account,
        }
        await Absence.create(**away, **set_by)
    work = "{ viewer { work { nodes { kind task { title } } } } }"

    async def answers(viewer: Viewer) -> list[str]:
        return [problem.code for problem in await tried(doing(finish_task, viewer, task=key))]

    assert [await answers(one) for one in (colleague, third)] == [["NOT_FOUND"]] * 2
    with as_of(at + timedelta(hours=2)):
        assert [await answers(one) for one in (clerk, colleague, third)] == [[]] * 3
        assert [await answers(one) for one in (await office.somebody("accounting"), manager)] == [
            ["NOT_FOUND"],
            ["NOT_YOURS"],
        ]
        waiting = await office.find(colleague, work)
        assert {"kind": "TASK_TO_DO", "task": {"title": "Look at the dock."}} in waiting
    with as_of(at + timedelta(hours=4)):
        assert [await answers(one) for one in (colleague, third)] == [["NOT_FOUND"]] * 2


async def test_everything_wrong_with_a_task_is_reported_at_once(agent: Viewer, admin: Viewer, clerk: Viewer) -> None:
    first, second = await handed_off(agent), await handed_off(agent)
    given = task(
        title=" ", complaint=Key(first.complaint_id), handoff=Key(second.id), due_at=now() - timedelta(seconds=1)
    )
    assert await wrong_with(lambda: create_task(agent, given)) == [
        ("INVALID", "title"),
        ("INVALID", "handoff"),
        ("INVALID", "dueAt"),
        ("INVALID", "assignee"),
    ]
    [unreadable] = await problems_of(lambda: create_task(clerk, task(assignee=Key(admin.account))))
    assert unreadable.code == "CANNOT_READ"
    missing = task(complaint=Key(None), handoff=Key(None), assignee=Key(None))
    codes = await codes_of(lambda: create_task(agent, missing))
    assert codes == ["NOT_FOUND", "NOT_FOUND", "NOT_FOUND"]


async def test_the_front_office_names_what_a_task_of_the_back_office_is_about(agent: Viewer, clerk: Viewer) -> None:
    for whose in ({"assignee": Key(clerk.account)}, {"department": Department.LOGISTICS}):
        [problem] = await problems_of(lambda whose=whose: create_task(agent, task(**whose)))
        assert problem.path == ("input", "complaint")
    assert not await problems_of(lambda: create_task(agent, task(department=Department.SALES)))
    assert not await problems_of(lambda: create_task(clerk, task(department=Department.SALES)))


async def test_a_rule_gives_tasks_too(office: Office) -> None:
    handoff = await handed_off(await office.somebody("service"))
    made = await transact(
        lambda: open_task("Look at it.", *HANDOFF.told_of(handoff), department=Department.LOGISTICS, at=now())
    )
    assert (made.source, made.created_by_id) == ("RULE", None)
    assert (await history(handoff.id))[-1] == ("TASK_CREATED", None, "LOGISTICS")
