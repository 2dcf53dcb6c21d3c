"""Tasks: something to be done, by one person or by whoever of a department comes first."""

from typing import Any

from tortoise import fields

from models.both_offices.absences import stood_in_for
from models.both_offices.work import WorkKind, WorkSource
from models.kit.base import VIEWER, ReadScope, Record, is_one_of, optional_reference
from models.kit.constraints import Index, together, when
from models.kit.enums import DescribedEnum
from models.kit.events import EventKind
from models.permissions import Department
from models.subjects import SUBJECTS


class TaskSource(DescribedEnum):
    """Where a task came from."""

    STAFF = "STAFF", "A colleague gave it."
    RULE = "RULE", "A rule gave it."


class TaskEvent(EventKind):
    """What happens to tasks."""

    CREATED = "TASK_CREATED", "Somebody got a task."
    FINISHED = "TASK_FINISHED", "A task was done."


class Task(Record):
    """Something to be done, for one account or for one department, and open until `done_at`.

    Both offices may read `title`, so what the front office writes there is masked.
    """

    title = fields.CharField(max_length=200)
    about = SUBJECTS.references("tasks", index=True)
    assignee_id = optional_reference("Account", related_name="assigned_tasks")
    department: Any = fields.CharEnumField(Department, max_length=30, null=True)
    due_at = fields.DatetimeField(null=True)
    source = fields.CharEnumField(TaskSource, max_length=20)
    created_at = fields.DatetimeField()
    created_by_id = optional_reference("Account", related_name="created_tasks")
    done_at = fields.DatetimeField(null=True)
    done_by_id = optional_reference("Account", related_name="done_tasks")
    version = fields.IntField(default=1)

    class Meta:
        table = "tasks"
        indexes = (("created_at", "id"), ("assignee_id", "done_at"), ("department", "done_at"), ("created_by_id",))
        checks = {
            "whose": "(assignee_id IS NULL) <> (department IS NULL)",
            "given": when("source", "STAFF", "created_by_id"),
            "done": together("done_at", "done_by_id"),
        }
        more_indexes = (
            Index("work_assigned", "assignee_id", where="done_at IS NULL AND assignee_id IS NOT NULL", as_text=True),
        )


def visible_tasks(read_scope: ReadScope, task: str) -> str | None:
    """One's own, those of whom one stands in for, those of one's departments, and those that one gave."""
    ours = is_one_of(f"{task}.department", read_scope.departments)
    standing_in = f"{task}.assignee_id IN {stood_in_for()}"
    return f"{task}.assignee_id = {VIEWER} OR {task}.created_by_id = {VIEWER} OR {ours} OR {standing_in}"


Task.row_scope = visible_tasks


def _task(owner: str) -> WorkSource:
    return WorkSource(
        kind=WorkKind.TASK_TO_DO,
        table="tasks task",
        where="task.done_at IS NULL",
        owner=owner,
        since="task.created_at",
        due="task.due_at",
        columns=SUBJECTS.in_row("task") | {"task_id": "task.id"},
        stood_in_for=owner == "task.assignee_id",
    )


WORK = (_task("task.assignee_id"), _task("task.department"))
