"""Tasks: something to be done, by one colleague or by whoever of a department comes first."""

from datetime import datetime
from typing import TYPE_CHECKING

from models.both_offices import tasks
from models.permissions import Department, Permission
from resolvers.both_offices.tasks import finish_task
from resolvers.reading.declare import column, node, one, read
from resolvers.reading.relay import Connection, Node
from resolvers.reading.sources import EntryNode, EntryRows
from schema.kit.areas import Area
from schema.kit.mutations import mutation, payload_of

if TYPE_CHECKING:
    from schema.back_office.handoffs import Handoff
    from schema.both_offices.accounts import Account
    from schema.front_office.service.complaints import Complaint

READ = Permission.READ_HANDOFFS


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


class Tasks:
    """Either office's way to tasks."""

    task: "Task | None" = read(EntryNode(), "One task.", needs=READ)
    tasks: "Connection[Task]" = read(
        EntryRows("-created_at"), "The viewer's tasks, those of their departments, and those they gave.", needs=READ
    )


TaskPayload = payload_of(Task, dry_run=True)

MUTATIONS = (mutation(READ, finish_task, shows=TaskPayload),)

AREA = Area(
    front_office=(Tasks,),
    back_office=(Tasks,),
    mutations=MUTATIONS,
)
