"""Work: what waits for somebody, over handoffs, escalations, approvals, mentions and tasks. A view of the database.

The surprising rule: `owner` is whoever must act, as text: an account, a department, or a part of staff. A row that waits for
somebody who is absent stands there once more for whoever stands in, between `from_at` and `until_at`.
"""

from tortoise import fields

from models.kit.base import NOW, VIEWER, ReadScope, Record
from models.kit.constraints import View
from models.kit.enums import DescribedEnum
from models.permissions import Permission

FRONT_OFFICE = "FRONT_OFFICE"
"""The owner of what anybody may do who works on complaints."""

APPROVERS = "APPROVERS"
"""The owner of what anybody may do who approves redress."""


class WorkKind(DescribedEnum):
    """What is to be done."""

    HANDOFF_TO_CLAIM = "HANDOFF_TO_CLAIM", "A handoff waits in the queue of one of your departments."
    HANDOFF_TO_ANSWER = "HANDOFF_TO_ANSWER", "You have claimed a handoff."
    INFORMATION_TO_PROVIDE = "INFORMATION_TO_PROVIDE", "A department asks something about what you handed off."
    ANSWER_TO_JUDGE = "ANSWER_TO_JUDGE", "A department has answered what you handed off: accept or reject it."
    ESCALATION_TO_SETTLE = "ESCALATION_TO_SETTLE", "An escalation was taken to you."
    REDRESS_TO_APPROVE = "REDRESS_TO_APPROVE", "A colleague's redress waits for a second person."
    CASE_ANSWER_TO_CONFIRM = (
        "CASE_ANSWER_TO_CONFIRM",
        "A major case was answered: confirm the answer for your complaint.",
    )
    MENTION_TO_READ = "MENTION_TO_READ", "Somebody mentioned you, and you have not read it."
    TASK_TO_DO = "TASK_TO_DO", "A task of yours, or of one of your departments."
    SUCCESSOR_TO_PROPOSE = "SUCCESSOR_TO_PROPOSE", "An improvement of yours had no effect and asks for its successor."


class WorkItem(Record):
    """Something that waits for somebody. It stands in no table, and ends by itself when what it leads to is done."""

    kind = fields.CharEnumField(WorkKind, max_length=30)
    owner = fields.CharField(max_length=40)
    due_at = fields.DatetimeField(null=True)
    since = fields.DatetimeField()
    stage = fields.IntField(null=True)
    proposed_by_id = fields.UUIDField(null=True)
    from_at = fields.DatetimeField(null=True)
    until_at = fields.DatetimeField(null=True)
    complaint_id = fields.UUIDField(null=True)
    handoff_id = fields.UUIDField(null=True)
    escalation_id = fields.UUIDField(null=True)
    answer_id = fields.UUIDField(null=True)
    notification_id = fields.UUIDField(null=True)
    task_id = fields.UUIDField(null=True)
    improvement_id = fields.UUIDField(null=True)

    class Meta:
        table = "work_items"
        # A view, WORK_ITEMS: Tortoise makes no table of it.
        abstract = True


def visible_work(read_scope: ReadScope, item: str) -> str | None:
    """What waits for oneself, for one's departments, or for everybody with one's permissions, and that one may do.

    Nobody works on a stage of a complaint who worked on an earlier one, and nobody approves what they proposed.
    """
    groups = sorted(department.value for department in read_scope.departments)
    if {Permission.READ_ALL_HANDOFFS, Permission.WRITE_COMPLAINTS} <= read_scope.permissions:
        groups.append(FRONT_OFFICE)
    if Permission.APPROVE_REDRESS in read_scope.permissions:
        groups.append(APPROVERS)
    owners = ", ".join([f"CAST({VIEWER} AS text)", *(f"'{group}'" for group in groups)])
    earlier = (
        f"SELECT 1 FROM stage_workers earlier WHERE earlier.complaint_id = {item}.complaint_id"
        f" AND earlier.account_id = {VIEWER} AND earlier.stage < {item}.stage"
    )
    conditions = [
        f"{item}.owner IN ({owners})",
        f"({item}.from_at IS NULL OR {item}.from_at <= {NOW})",
        f"({item}.until_at IS NULL OR {item}.until_at > {NOW})",
        f"({item}.proposed_by_id IS NULL OR {item}.proposed_by_id <> {VIEWER})",
        f"(coalesce({item}.stage, 1) = 1 OR NOT EXISTS ({earlier}))",
    ]
    if Permission.WRITE_HANDOFFS not in read_scope.permissions:
        conditions.append(f"{item}.kind <> '{WorkKind.HANDOFF_TO_CLAIM.value}'")
    return " AND ".join(conditions)


WorkItem.row_scope = visible_work


# --- The view ---------------------------------------------------------------------------------------------------------

# Departments are kept by code point; one order for all owners lets each branch use its index.
_COLUMNS = {
    "id": "uuid",
    "kind": 'text COLLATE "C"',
    "owner": 'text COLLATE "C"',
    "due_at": "timestamptz",
    "since": "timestamptz",
    "stage": "integer",
    "proposed_by_id": "uuid",
    "from_at": "timestamptz",
    "until_at": "timestamptz",
    "complaint_id": "uuid",
    "handoff_id": "uuid",
    "escalation_id": "uuid",
    "answer_id": "uuid",
    "notification_id": "uuid",
    "task_id": "uuid",
    "improvement_id": "uuid",
}

# By when the customer must have an answer: the front office's own deadline in whatever it does for a complaint.
_CUSTOMERS_CLOCK = (
    "(SELECT clock.due_at FROM clocks clock WHERE clock.complaint_id = {complaint} AND clock.kind = 'ANSWER_COMPLAINT')"
)

_HANDOFF = {
    "id": "handoff.id",
    "complaint_id": "handoff.complaint_id",
    "handoff_id": "handoff.id",
    "stage": "handoff.stage",
}
_FRONT = {**_HANDOFF, "due_at": _CUSTOMERS_CLOCK.format(complaint="handoff.complaint_id")}
# A clock that still goes on, and that was warned of or breached.
_PRESSING = (
    "EXISTS (SELECT 1 FROM clocks pressing WHERE pressing.{of}_id = escalation.{of}_id AND pressing.state <> 'STOPPED'"
    " AND (pressing.warned_at IS NOT NULL OR pressing.breached_at IS NOT NULL))"
)
_ESCALATION = {
    "id": "escalation.id",
    "kind": "'ESCALATION_TO_SETTLE'",
    "since": "escalation.opened_at",
    # What a clock escalated is due as long as the clock goes on; then somebody only has to say how it ended.
    "due_at": f"CASE WHEN escalation.source <> 'CLOCK' OR {_PRESSING.format(of='handoff')}"
    f" OR (escalation.handoff_id IS NULL AND {_PRESSING.format(of='complaint')})"
    " THEN coalesce((SELECT handoff.due_at FROM handoffs handoff WHERE handoff.id = escalation.handoff_id),"
    f" {_CUSTOMERS_CLOCK.format(complaint='escalation.complaint_id')}) END",
    "complaint_id": "escalation.complaint_id",
    "handoff_id": "escalation.handoff_id",
    "escalation_id": "escalation.id",
}
_ANSWER = {
    "id": "answer.id",
    "since": "answer.made_at",
    "due_at": _CUSTOMERS_CLOCK.format(complaint="answer.complaint_id"),
    "stage": "answer.stage",
    "complaint_id": "answer.complaint_id",
    "answer_id": "answer.id",
}
_TASK = {
    "id": "task.id",
    "kind": "'TASK_TO_DO'",
    "since": "task.created_at",
    "due_at": "task.due_at",
    "complaint_id": "task.complaint_id",
    "handoff_id": "task.handoff_id",
    "task_id": "task.id",
}
_STANDING_IN = {
    "owner": "absence.stand_in_id",
    "from_at": "absence.from_at",
    # The earlier of the two, of which either may be missing.
    "until_at": "CASE WHEN absence.ended_at < absence.until_at OR absence.until_at IS NULL THEN absence.ended_at"
    " ELSE absence.until_at END",
}


def _branches() -> list[tuple[dict[str, str], str]]:
    """Each kind of work: where its columns come from, and which rows."""
    found: list[tuple[dict[str, str], str]] = [
        (
            {
                **_HANDOFF,
                "kind": "'HANDOFF_TO_CLAIM'",
                "owner": "handoff.department",
                "since": "handoff.handed_off_at",
                "due_at": "handoff.due_at",
            },
            "handoffs handoff WHERE handoff.status = 'QUEUED'",
        ),
        (
            {
                **_HANDOFF,
                "stage": "NULL",
                "kind": "'HANDOFF_TO_ANSWER'",
                "owner": "handoff.claimed_by_id",
                "since": "handoff.claimed_at",
                "due_at": "handoff.due_at",
            },
            "handoffs handoff WHERE handoff.status = 'CLAIMED'",
        ),
    ]
    for kind, status, since in (
        ("INFORMATION_TO_PROVIDE", "AWAITING_INFORMATION", "handoff.last_activity_at"),
        ("ANSWER_TO_JUDGE", "ANSWERED", "handoff.answered_at"),
    ):
        work = {**_FRONT, "kind": f"'{kind}'", "since": f"coalesce({since}, handoff.handed_off_at)"}
        rows = f"handoffs handoff WHERE handoff.status = '{status}'"
        nobodys = f"{rows} AND handoff.handed_off_by_id IS NULL"
        away = (
            f"absences absence JOIN handoffs handoff ON handoff.handed_off_by_id = absence.account_id"
            f" WHERE handoff.status = '{status}' AND absence.stand_in_id IS NOT NULL"
        )
        found += [
            ({**work, "owner": "handoff.handed_off_by_id"}, f"{rows} AND handoff.handed_off_by_id IS NOT NULL"),
            ({**work, "owner": "'FRONT_OFFICE'"}, nobodys),
            ({**work, **_STANDING_IN}, away),
        ]
    away = (
        "absences absence JOIN escalations escalation ON escalation.assignee_id = absence.account_id"
        " WHERE escalation.closed_at IS NULL AND absence.stand_in_id IS NOT NULL"
    )
    to_confirm = (
        "complaint_answers answer JOIN complaints complaint ON complaint.id = answer.complaint_id"
        " WHERE answer.status = 'TO_CONFIRM' AND complaint.received_by_id IS"
    )
    confirming = {**_ANSWER, "kind": "'CASE_ANSWER_TO_CONFIRM'"}
    successor = (
        "SELECT 1 FROM improvements successor WHERE successor.predecessor_id = improvement.id"
        " AND successor.status <> 'REJECTED'"
    )
    found += [
        (
            {**_ESCALATION, "owner": "escalation.assignee_id"},
            "escalations escalation WHERE escalation.closed_at IS NULL",
        ),
        ({**_ESCALATION, **_STANDING_IN}, away),
        (
            {
                **_ANSWER,
                "kind": "'REDRESS_TO_APPROVE'",
                "owner": "'APPROVERS'",
                "proposed_by_id": "answer.proposed_by_id",
            },
            "complaint_answers answer WHERE answer.status = 'PROPOSED'",
        ),
        ({**confirming, "owner": "complaint.received_by_id"}, f"{to_confirm} NOT NULL"),
        ({**confirming, "owner": "'FRONT_OFFICE'"}, f"{to_confirm} NULL"),
        (
            {
                "id": "notification.id",
                "kind": "'MENTION_TO_READ'",
                "owner": "notification.account_id",
                "since": "notification.at",
                "complaint_id": "notification.complaint_id",
                "handoff_id": "notification.handoff_id",
                "notification_id": "notification.id",
            },
            "notifications notification WHERE notification.read_at IS NULL AND notification.kind = 'MENTIONED'",
        ),
        (
            {**_TASK, "owner": "task.assignee_id"},
            "tasks task WHERE task.done_at IS NULL AND task.assignee_id IS NOT NULL",
        ),
        (
            {**_TASK, **_STANDING_IN},
            "absences absence JOIN tasks task ON task.assignee_id = absence.account_id"
            " WHERE task.done_at IS NULL AND absence.stand_in_id IS NOT NULL",
        ),
        (
            {**_TASK, "owner": "task.department"},
            "tasks task WHERE task.done_at IS NULL AND task.department IS NOT NULL",
        ),
        (
            {
                "id": "improvement.id",
                "kind": "'SUCCESSOR_TO_PROPOSE'",
                "owner": "improvement.owner_id",
                "since": "improvement.judged_at",
                "improvement_id": "improvement.id",
            },
            f"improvements improvement WHERE improvement.status = 'NOT_EFFECTIVE' AND NOT EXISTS ({successor})",
        ),
    ]
    return found


WORK_ITEMS = View("work_items", _COLUMNS, tuple(_branches()))
