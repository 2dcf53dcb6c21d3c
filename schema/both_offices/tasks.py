"""Tasks: something to be done, by one colleague or by whoever of a department comes first."""

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

import strawberry

from models.both_offices import tasks
from models.permissions import Department, Permission
from resolvers.both_offices import tasks as use_cases
from resolvers.reading.declare import (
    Access,
    Connection,
    EntryNode,
    EntryRows,
    Node,
    changed,
    column,
    node,
    one,
    plain,
    plain_type,
    read,
)
from schema.kit.areas import Area
from schema.kit.errors import UserError
from schema.kit.legacy_verbs import (
    ERRORS,
    MASKED,
    dry_run,
    expected_version,
    idempotency_key,
    key_of,
    member,
    optional,
    verb,
)

if TYPE_CHECKING:
    from schema.back_office.handoffs import Handoff
    from schema.both_offices.accounts import Account
    from schema.front_office.service.complaints import Complaint

READ, WRITE = Permission.READ_HANDOFFS, Permission.WRITE_MESSAGES


@node(tasks.Task, prefix="tsk", needs=READ)
class Task(Node):
    """Something to be done. It is seen by whom it is for, by whoever stands in for them, and by who gave it."""

    title: str = column("What is to be done. Both offices may read it, so the customer's identity is masked in it.")
    source: tasks.TaskSource = column("Where it came from.", filter=True)
    assignee: "Account | None" = one("Who is to do it; null when it is a department's.", "assignee_id")
    department: Department | None = column("Whose members are to do it; null when it is one person's.", filter=True)
    due_at: datetime | None = column("By when, if by some time.", filter=True)
    created_at: datetime = column("When it was given.", filter=True, sort=True)
    created_by: "Account | None" = one("Who gave it; null for rules.", "created_by_id")
    done_at: datetime | None = column("When it was done; null until then.", filter=True)
    done_by: "Account | None" = one("Who did it.", "done_by_id")
    version: int = column("Grows with every change; send it back as `expectedVersion`.")
    complaint: "Complaint | None" = one("The complaint that it is about, if any.", "complaint_id")
    handoff: "Handoff | None" = one("The handoff that it is about, if any.", "handoff_id")


@strawberry.input(description="What somebody is to do.")
class CreateTaskInput:
    """What somebody is to do."""

    title: str = member(
        "What is to be done, in a line of at most 200 characters. What the front office writes is masked."
    )
    complaint: strawberry.ID | None = optional(
        "The complaint that it is about. The front office must name one for a task of the back office."
    )
    handoff: strawberry.ID | None = optional("The handoff that it is about.")
    assignee: strawberry.ID | None = optional("Who is to do it. Either this or `department`.")
    department: Department | None = optional("Whose members are to do it, whoever comes first.")
    due_at: datetime | None = optional("By when.")
    dry_run: bool = dry_run()
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="Which task is done.")
class FinishTaskInput:
    """Which task is done."""

    task: strawberry.ID = member("The task.")
    expected_version: int | None = expected_version()
    idempotency_key: str | None = idempotency_key()


@plain_type(Access.SIGNED_IN)
class TaskPayload:
    """What became of a task."""

    ROWS: ClassVar = ("task",)
    task: "Task | None" = changed("The task as it now is; null when there are errors, and with `dryRun`.")
    masked_text: str | None = plain(MASKED, default=None)
    errors: list[UserError] = plain(ERRORS)


class Tasks:
    """Either office's way to tasks."""

    task: "Task | None" = read(EntryNode(), "One task.", needs=READ)
    tasks: "Connection[Task]" = read(
        EntryRows("-created_at"), "The viewer's tasks, those of their departments, and those they gave.", needs=READ
    )


class TaskMutations:
    """What is done with tasks."""

    create_task = verb(
        "Gives a task to a colleague, who is notified, or to a department.",
        WRITE,
        CreateTaskInput,
        TaskPayload,
        lambda viewer, given: use_cases.give_task(
            viewer,
            use_cases.NewTask(
                title=given.title,
                complaint=key_of(given.complaint, "cmp"),
                names_complaint=given.complaint is not None,
                handoff=key_of(given.handoff, "hnd"),
                names_handoff=given.handoff is not None,
                assignee=key_of(given.assignee, "acc"),
                names_assignee=given.assignee is not None,
                department=given.department,
                due_at=given.due_at,
            ),
            dry_run=given.dry_run,
        ),
    )
    finish_task = verb(
        "Says that a task is done. Its assignee may, whoever stands in for them, and anybody of its department.",
        READ,
        FinishTaskInput,
        TaskPayload,
        lambda viewer, given: use_cases.finish_task(viewer, key_of(given.task, "tsk"), given.expected_version),
    )


AREA = Area(
    front_office=(Tasks,),
    back_office=(Tasks,),
    mutations=(TaskMutations,),
)
