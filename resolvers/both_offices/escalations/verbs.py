"""What staff do with escalations that are open, and who manages which department.

Locks are taken in one order, the whole first, so of two who escalate or close at once the second sees what the first did.
"""

from datetime import datetime

from models.both_offices.accounts import Account
from models.both_offices.escalations import DepartmentManager, Escalation, EscalationEvent, EscalationTrend
from models.both_offices.notifications import NotificationKind
from models.kit.base import new_id, now
from models.permissions import Department, Permission, Role, permissions_of
from models.subjects import SUBJECTS
from resolvers.both_offices.escalations import (
    closing_role,
    department_for,
    manager_of,
    notify_of,
    record_escalation,
)
from resolvers.both_offices.stand_ins import stands_in_for
from resolvers.kit.commands import DryRunnable, InputErrors, Key, Keys, Update, Viewer, command, member
from resolvers.kit.loading import find, load, visible

MANAGER_ROLES = frozenset({Role.FRONT_OFFICE_MANAGER, Role.BACK_OFFICE_MANAGER})


@command
class ChangeEscalationTrend(Update):
    """Which escalation becomes more or less urgent."""

    escalation: Key[Escalation] = member("The escalation.")
    trend: EscalationTrend = member("Where it is heading now.")


@command
class CloseEscalation(Update, DryRunnable):
    """Which escalation is settled, and how."""

    escalation: Key[Escalation] = member("The escalation.")
    resolution: str = member("How it was settled, at most 10,000 characters. Who the customer is gets masked.")


async def change_escalation_trend(viewer: Viewer, given: ChangeEscalationTrend) -> Keys:
    """Says that an open escalation becomes more or less urgent."""
    errors = InputErrors()
    escalation = await _open_escalation_of(viewer, given.escalation, errors, given.expected_version)
    errors.raise_if_any()
    if escalation.trend != given.trend:
        escalation.trend = given.trend
        await escalation.save_next_version()
        await record_escalation(EscalationEvent.CHANGED, escalation, viewer.account, now())
    return {"escalation": escalation.id}


async def close_escalation(viewer: Viewer, given: CloseEscalation) -> Keys:
    """Closes an escalation. A manager does, in another role than those of whoever asked for it."""
    errors = InputErrors()
    text = errors.text("resolution", given.resolution)
    escalation = await _open_escalation_of(viewer, given.escalation, errors, given.expected_version)
    at = now()
    role = closing_role(escalation.requested_by_id, escalation.requested_roles, viewer.account, viewer.roles)
    if escalation.closed_at is None:
        if role is None:
            message = "It must be closed by somebody in another role than whoever asked for it."
            errors.add("escalation", message, "SAME_ROLE")
        elif not await _may_decide(viewer, escalation, at):
            message = "Only its assignee, whoever stands in for them, and the managers may close it."
            errors.add("escalation", message, "NOT_A_MANAGER")
    errors.raise_if_any()
    escalation.closed_at, escalation.closed_by_id, escalation.closed_role = at, viewer.account, role
    escalation.resolution = await SUBJECTS.masked(viewer.permissions, text, await SUBJECTS.led_to(escalation))
    await escalation.save_next_version()
    await record_escalation(EscalationEvent.CLOSED, escalation, viewer.account, at)
    receivers = [escalation.requested_by_id, escalation.assignee_id]
    await notify_of(NotificationKind.ESCALATION_CLOSED, receivers, escalation, viewer.account, at)
    given.end_if_dry(masked_text=escalation.resolution)
    return {"escalation": escalation.id}


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
    await manager.save_next_version()
    return {"department_manager": manager.id}


# --- Steps that they share ---


async def _may_decide(viewer: Viewer, escalation: Escalation, at: datetime) -> bool:
    if viewer.roles & MANAGER_ROLES or viewer.account == escalation.assignee_id:
        return True
    if escalation.assignee_id and await stands_in_for(viewer.account, escalation.assignee_id, at):
        return True
    manager = await manager_of(department_for(await SUBJECTS.led_to(escalation)))
    return manager is not None and manager.id == viewer.account


async def _open_escalation_of(
    viewer: Viewer, key: Key[Escalation], errors: InputErrors, expected_version: int | None
) -> Escalation:
    """The escalation, locked after the whole that it is about; notes when it is closed already."""
    seen = await visible(viewer, Escalation, key.id)
    if seen is not None:
        root, whole = SUBJECTS.whole_led_to(seen)
        await root.model.filter(id=whole).select_for_update().only("id").first()
    escalation = await load(viewer, Escalation, key, errors, expected_version)
    if escalation.closed_at is not None:
        errors.add("escalation", "It is closed already.", "ALREADY_CLOSED")
    return escalation


def _check_manager(errors: InputErrors, account: Account, department: Department) -> None:
    held = permissions_of(frozenset(map(Role, account.roles)))
    sees = department.value in account.departments or Permission.READ_ALL_HANDOFFS in held
    if not account.enabled:
        errors.add("account", f"{account.name} cannot sign in.", "DISABLED")
    elif Permission.WRITE_ESCALATIONS not in held or not sees:
        errors.add("account", f"{account.name} would not see what is escalated in {department}.", "CANNOT_MANAGE")
