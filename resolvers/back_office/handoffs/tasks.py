"""Gives tasks, about a complaint or a handoff if about anything, to a colleague or to a department."""

from datetime import datetime

from models.back_office.handoffs import Handoff
from models.both_offices.accounts import Account
from models.both_offices.tasks import TaskSource
from models.front_office.identities import masked
from models.front_office.service.complaints import Complaint
from models.kit.base import now
from models.permissions import BACK_OFFICE_DEPARTMENTS, Department, Permission, Role, permissions_of
from resolvers.both_offices.tasks import open_task
from resolvers.kit.commands import LONGEST_LINE, Command, DryRunnable, InputErrors, Key, Keys, Viewer, command, member
from resolvers.kit.loading import find


@command
class CreateTask(Command, DryRunnable):
    """What somebody is to do."""

    title: str = member("What is to be done, in a line of at most 200 characters. Who the customer is gets masked.")
    complaint: Key[Complaint] | None = member(
        "The complaint that it is about. The front office must name one for a task of the back office.", default=None
    )
    handoff: Key[Handoff] | None = member("The handoff that it is about.", default=None)
    assignee: Key[Account] | None = member("Who is to do it. Either this or `department`.", default=None)
    department: Department | None = member("Whose members are to do it, whoever comes first.", default=None)
    due_at: datetime | None = member("By when.", default=None)


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
    task = await open_task(
        (await masked(viewer.permissions, title, complaint))[:LONGEST_LINE],
        complaint,
        handoff,
        assignee_id=assignee.id if assignee else None,
        department=given.department,
        due_at=given.due_at,
        source=TaskSource.STAFF,
        created_by=viewer.account,
        at=at,
    )
    given.end_if_dry(masked_text=task.title)
    return {"task": task.id}


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


def _leaves_the_front_office(given: CreateTask, assignee: Account | None) -> bool:
    if assignee is not None:
        return Permission.ENTER_BACK_OFFICE in _held(assignee)
    return given.department in BACK_OFFICE_DEPARTMENTS


def _held(account: Account) -> frozenset[Permission]:
    return permissions_of(frozenset(map(Role, account.roles)))
