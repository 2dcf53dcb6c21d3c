"""Tasks: given by colleagues or by a rule, to one person or to a department, and finished by either."""

from datetime import datetime
from uuid import UUID

from models.both_offices.notifications import NotificationKind
from models.both_offices.tasks import Task, TaskEvent, TaskSource
from models.kit.base import Record, new_id, now
from models.kit.events import EventKind, Subject
from models.permissions import Department
from models.subjects import SUBJECTS
from resolvers.both_offices.notifications import notify
from resolvers.both_offices.stand_ins import stands_in_for, with_stand_ins
from resolvers.events import record
from resolvers.kit.commands import InputErrors, Key, Keys, Update, Viewer, command, member
from resolvers.kit.loading import load


@command
class FinishTask(Update):
    """Which task is done."""

    task: Key[Task] = member("The task.")


async def open_task(
    title: str,
    *about: Record | Subject | None,
    assignee_id: UUID | None = None,
    department: Department | None = None,
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
        **SUBJECTS.leading_to(*about),
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
    await task.save_next_version()
    await _record(TaskEvent.FINISHED, task, viewer.account, at)
    return {"task": task.id}


async def _may_finish(viewer: Viewer, task: Task, at: datetime) -> bool:
    if task.assignee_id is None:
        return task.department in viewer.departments
    return task.assignee_id == viewer.account or await stands_in_for(viewer.account, task.assignee_id, at)


async def _record(kind: EventKind, task: Task, actor: UUID | None, at: datetime) -> None:
    subject = await SUBJECTS.led_to(task)
    await record(
        kind,
        *SUBJECTS.told_by(task),
        actor=actor,
        at=at,
        department=SUBJECTS.of(subject).department_of(subject) if subject else None,
        account=task.assignee_id,
    )
