"""Who manages a department: the first that its escalations go to. One row per department, kept when nobody does."""

from typing import Any
from uuid import UUID

from tortoise import fields

from models.both_offices.accounts import Account
from models.kit.base import Record, all_rows
from models.permissions import Department


class DepartmentManager(Record):
    """Who manages one department. With no account, the managers of its office do."""

    department = fields.CharEnumField(Department, max_length=30, unique=True)
    account: fields.ForeignKeyNullableRelation[Account] = fields.ForeignKeyField(
        "models.Account", related_name="managed_departments", on_delete=fields.RESTRICT, null=True, db_index=True
    )
    account_id: UUID | None
    set_at = fields.DatetimeField()
    set_by: Any = fields.ForeignKeyField(
        "models.Account", related_name=False, on_delete=fields.RESTRICT, null=True, db_index=False
    )
    version = fields.IntField(default=1)

    class Meta:
        table = "department_managers"


visible_managers = all_rows

DepartmentManager.row_scope = visible_managers
