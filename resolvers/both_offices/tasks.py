"""Tasks: given by colleagues or by a rule, to one person or to a department, and finished by either."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from models.areas import SUBJECTS
from models.back_office.handoffs import Handoff
from models.both_offices.accounts import Account
from models.both_offices.notifications import NotificationKind
from models.both_offices.tasks import Task, TaskEvent, TaskSource
from models.front_office.service.complaints import Complaint
from models.kit.base import new_id, now
from models.kit.events import EventKind
from models.permissions import BACK_OFFICE_DEPARTMENTS, Department, Permission, Role, permissions_of
from resolvers.both_offices.absences.stand_ins import stands_in_for, with_stand_ins
from resolvers.both_offices.notifications import notify
from resolvers.events import record
from resolvers.kit.commands import Command, DryRunnable, Key, Keys, Update, command, member
from resolvers.kit.input_errors import LONGEST_LINE, InputErrors
from resolvers.kit.loading import find, load
from resolvers.kit.problems import DryRun
from resolvers.kit.viewer import Viewer


@command
class CreateTask(Command, DryRunnable):
    """What somebody is to do."""

    title: str = member(
        "What is to be done, in a line of at most 200 characters. What the front office writes is masked."
    )
    complaint: Key[Complaint] | None = member(
        "The complaint that it is about. The front office must name one for a task of the back office.", default=None
    )
    handoff: Key[Handoff] | None = member("The handoff that it is about.", default=None)
    assignee: Key[Account] | None = member("Who is to do it. Either this or `department`.", default=None)
    department: Department | None = member("Whose members are to do it, whoever comes first.", default=None)
    due_at: datetime | None = member("By when.", default=None)


@command
class FinishTask(Update):
    """Which task is done."""

    task: Key[Task] = member("The task.")


async def create_task(viewer: Viewer, given: CreateTask) -> Keys:
    """Gives a task to a colleague, who is notified, or to a department."""
    errors = InputErrors()
    title = errors.text("title", given.title, LONGEST_LINE)
    complaint, handoff = await _subject(viewer, given, errors)
    at = now()
    if given.due_at is not None and given.due_at <= at:
        errors.add("dueAt", "That moment has passed.")
    if (given.assignee is not None) == (given.department is not None):
        errors.add("assignee", "Name either `assignee` or `department`.")
    assignee = await _assignee(viewer, given, errors)
    if viewer.may(Permission.ENTER_FRONT_OFFICE) and complaint is None and _leaves_the_front_office(given, assignee):
        errors.add("complaint", "Name the complaint or handoff, so that the customer's identity can be masked.")
    errors.raise_if_any()
    if complaint is not None and viewer.may(Permission.ENTER_FRONT_OFFICE):
        title = (await SUBJECTS.first.masked(complaint, title))[:LONGEST_LINE]
    task = await open_task(
        title,
        assignee_id=assignee.id if assignee else None,
        department=given.department,
        about={"complaint_id": complaint and complaint.id, "handoff_id": handoff and handoff.id},
        due_at=given.due_at,
        source=TaskSource.STAFF,
        created_by=viewer.account,
        at=at,
    )
    if given.dry_run:
        raise DryRun(masked_text=task.title)
    return {"task": task.id}


async def open_task(
    title: str,
    *,
    assignee_id: UUID | None = None,
    department: Department | None = None,
    about: Mapping[str, Any],
    due_at: datetime | None = None,
    source: TaskSource = TaskSource.RULE,
    created_by: UUID | None = None,
    at: datetime,
) -> Task:
    """Stores a task for one account or one department, in the current transaction, and notifies the account.

    `title` must hold nothing that the back office may not read, and at most 200 characters.
    """
    task = await Task.create(
        id=new_id(),
        title=title,
        **about,
        assignee_id=assignee_id,
        department=department,
        due_at=due_at,
        source=source,
        created_at=at,
        created_by_id=created_by,
    )
    await _record(TaskEvent.CREATED, task, created_by, at)
    receivers = await with_stand_ins([assignee_id], at) if assignee_id else []
    await notify(
        NotificationKind.TASK_ASSIGNED,
        receivers,
        *SUBJECTS.told_by(task),
        task,
        at=at,
        actor=created_by,
    )
    return task


async def finish_task(viewer: Viewer, given: FinishTask) -> Keys:
    """Says that a task is done. Its assignee may, whoever stands in for them, and anybody of its department."""
    errors = InputErrors()
    task = await load(viewer, Task, given.task, errors, given.expected_version)
    at = now()
    if task.done_at is not None:
        errors.add("task", "It is done already.", "ALREADY_DONE")
    elif not await _may_finish(viewer, task, at):
        errors.add("task", "It is somebody else's task.", "NOT_YOURS")
    errors.raise_if_any()
    task.done_at, task.done_by_id = at, viewer.account
    task.version += 1
    await task.save()
    await _record(TaskEvent.FINISHED, task, viewer.account, at)
    return {"task": task.id}


# --- Checks and steps that both share ---


async def _subject(viewer: Viewer, given: CreateTask, errors: InputErrors) -> tuple[Complaint | None, Handoff | None]:
    """What the task is about: a complaint, or a handoff and with it its complaint."""
    handoff = await find(viewer, Handoff, given.handoff, errors)
    complaint = await find(viewer, Complaint, given.complaint, errors)
    if handoff is not None and given.complaint is None:
        complaint = await Complaint.get(id=handoff.complaint_id)  # type: ignore[attr-defined]
    elif handoff is not None and complaint is not None and handoff.complaint_id != complaint.id:  # type: ignore[attr-defined]
        errors.add("handoff", "The handoff is another complaint's.")
    return complaint, handoff


async def _assignee(viewer: Viewer, given: CreateTask, errors: InputErrors) -> Account | None:
    assignee = await find(viewer, Account, given.assignee, errors, member="assignee")
    if assignee is None:
        return None
    if not assignee.enabled:
        errors.add("assignee", f"{assignee.name} cannot sign in.", "DISABLED")
    elif Permission.READ_HANDOFFS not in _held(assignee):
        errors.add("assignee", f"{assignee.name} could not read it.", "CANNOT_READ")
    return assignee


async def _may_finish(viewer: Viewer, task: Task, at: datetime) -> bool:
    if task.assignee_id is None:
        return task.department in viewer.departments
    return task.assignee_id == viewer.account or await stands_in_for(viewer.account, task.assignee_id, at)


def _leaves_the_front_office(given: CreateTask, assignee: Account | None) -> bool:
    if assignee is not None:
        return Permission.ENTER_BACK_OFFICE in _held(assignee)
    return given.department in BACK_OFFICE_DEPARTMENTS


def _held(account: Account) -> frozenset[Permission]:
    return permissions_of(frozenset(map(Role, account.roles)))


async def _record(kind: EventKind, task: Task, actor: UUID | None, at: datetime) -> None:
    handoff = await Handoff.get(id=task.handoff_id) if task.handoff_id else None
    await record(
        kind,
        *SUBJECTS.told_by(task),
        actor=actor,
        at=at,
        department=handoff.department if handoff else None,
        account=task.assignee_id,
    )
