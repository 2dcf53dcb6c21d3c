"""Who manages a department and who manages an office, and how the first is said."""

from typing import Any

from models.both_offices.accounts import Account
from models.both_offices.escalations.managers import DepartmentManager
from models.kit.base import new_id, now
from models.permissions import FRONT_OFFICE_DEPARTMENTS, Department, Permission, Role, permissions_of
from resolvers.kit.commands import Key, Keys, Update, command, member
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.loading import find
from resolvers.kit.viewer import Viewer

MANAGER_ROLES = frozenset({Role.FRONT_OFFICE_MANAGER, Role.BACK_OFFICE_MANAGER})


async def manager_of(department: Department) -> Account | None:
    """Who manages a department and can sign in; None when nobody was named."""
    named = await DepartmentManager.get_or_none(department=department, account__enabled=True).select_related("account")
    return named.account if named else None


async def managers_of_office(department: Department) -> list[Account]:
    """Everybody who manages the office that a department belongs to, the longest-serving first."""
    role = Role.FRONT_OFFICE_MANAGER if department in FRONT_OFFICE_DEPARTMENTS else Role.BACK_OFFICE_MANAGER
    return await holders_of(role)


async def holders_of(role: Role) -> list[Account]:
    """Everybody in a role who can sign in, the longest-serving first."""
    # The same on both engines, which ask differently what a JSON list holds.
    sql = f"""SELECT * FROM accounts WHERE enabled AND CAST(roles AS text) LIKE '%"{role.value}"%' ORDER BY created_at, id"""
    found: Any = await Account.raw(sql)
    return list(found)


@command
class SetDepartmentManager(Update):
    """Who manages a department."""

    department: Department = member("The department.")
    account: Key[Account] | None = member(
        "Its manager; left out, nobody, and the office's managers are asked.", default=None
    )


async def set_department_manager(viewer: Viewer, given: SetDepartmentManager) -> Keys:
    """Says who manages a department: an account that can sign in and sees the department's handoffs."""
    errors = InputErrors()
    chosen = await find(viewer, Account, given.account, errors)
    if chosen is not None:
        _check_manager(errors, chosen, given.department)
    # What is not there cannot be locked: of two first settings at once, one must wait for the other.
    first = DepartmentManager(id=new_id(), department=given.department, set_at=now(), version=0)
    await DepartmentManager.bulk_create([first], ignore_conflicts=True)
    manager = await DepartmentManager.select_for_update().get(department=given.department)
    errors.version(manager.version, given.expected_version)
    errors.raise_if_any()
    manager.account_id = chosen.id if chosen else None
    manager.set_at, manager.set_by_id = now(), viewer.account
    manager.version += 1
    await manager.save()
    return {"department_manager": manager.id}


def _check_manager(errors: InputErrors, account: Account, department: Department) -> None:
    held = permissions_of(frozenset(map(Role, account.roles)))
    sees = department.value in account.departments or Permission.READ_ALL_HANDOFFS in held
    if not account.enabled:
        errors.add("account", f"{account.name} cannot sign in.", "DISABLED")
    elif Permission.WRITE_ESCALATIONS not in held or not sees:
        errors.add("account", f"{account.name} would not see what is escalated in {department}.", "CANNOT_MANAGE")
