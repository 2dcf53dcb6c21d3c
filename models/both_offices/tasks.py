"""Tasks: something to be done, by one person or by whoever of a department comes first."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from tortoise import fields

from models.both_offices.absences import stood_in_for
from models.kit.base import VIEWER, ReadScope, Record, is_one_of
from models.kit.enums import DescribedEnum
from models.permissions import Department

if TYPE_CHECKING:
    from models.back_office.handoffs import Handoff
    from models.both_offices.accounts import Account
    from models.front_office.service.complaints import Complaint


class TaskSource(DescribedEnum):
    """Where a task came from."""

    STAFF = "STAFF", "A colleague gave it."
    RULE = "RULE", "A rule gave it."


class Task(Record):
    """Something to be done, for one account or for one department, and open until `done_at`.

    Both offices may read `title`, so what the front office writes there is masked.
    """

    title = fields.CharField(max_length=200)
    complaint: fields.ForeignKeyNullableRelation["Complaint"] = fields.ForeignKeyField(
        "models.Complaint", related_name="tasks", on_delete=fields.RESTRICT, null=True, db_index=True
    )
    complaint_id: UUID | None
    handoff: fields.ForeignKeyNullableRelation["Handoff"] = fields.ForeignKeyField(
        "models.Handoff", related_name="tasks", on_delete=fields.RESTRICT, null=True, db_index=True
    )
    handoff_id: UUID | None
    assignee: fields.ForeignKeyNullableRelation["Account"] = fields.ForeignKeyField(
        "models.Account", related_name="assigned_tasks", on_delete=fields.RESTRICT, null=True, db_index=False
    )
    assignee_id: UUID | None
    department: Any = fields.CharEnumField(Department, max_length=30, null=True)
    due_at: Any = fields.DatetimeField(null=True)
    source = fields.CharEnumField(TaskSource, max_length=20)
    created_at = fields.DatetimeField()
    created_by: fields.ForeignKeyNullableRelation["Account"] = fields.ForeignKeyField(
        "models.Account", related_name="created_tasks", on_delete=fields.RESTRICT, null=True, db_index=False
    )
    created_by_id: UUID | None
    done_at: Any = fields.DatetimeField(null=True)
    done_by: fields.ForeignKeyNullableRelation["Account"] = fields.ForeignKeyField(
        "models.Account", related_name="done_tasks", on_delete=fields.RESTRICT, null=True, db_index=False
    )
    done_by_id: UUID | None
    version = fields.IntField(default=1)

    class Meta:
        table = "tasks"
        indexes = (("created_at", "id"), ("assignee_id", "done_at"), ("department", "done_at"), ("created_by_id",))


def visible_tasks(read_scope: ReadScope, task: str) -> str | None:
    """One's own, those of whom one stands in for, those of one's departments, and those that one gave."""
    ours = is_one_of(f"{task}.department", read_scope.departments)
    standing_in = f"{task}.assignee_id IN {stood_in_for()}"
    return f"{task}.assignee_id = {VIEWER} OR {task}.created_by_id = {VIEWER} OR {ours} OR {standing_in}"


Task.row_scope = visible_tasks
