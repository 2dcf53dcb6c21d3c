"""Who manages a department: the first that its escalations go to. One row per department, kept when nobody does."""

from tortoise import fields

from models.both_offices.accounts import Account
from models.kit.base import Record, all_rows
from models.kit.constraints import at_least
from models.kit.references import optional_reference
from models.permissions import Department


class DepartmentManager(Record):
    """Who manages one department. With no account, the managers of its office do."""

    department = fields.CharEnumField(Department, max_length=30, unique=True)
    account_id = optional_reference("Account", related_name="managed_departments", index=True)
    account: fields.ForeignKeyNullableRelation[Account]
    set_at = fields.DatetimeField()
    set_by_id = optional_reference("Account")
    version = fields.IntField(default=1)

    class Meta:
        table = "department_managers"
        checks = {"version": at_least(0, "version")}
        by_code_point = ("department",)


visible_managers = all_rows

DepartmentManager.row_scope = visible_managers
