"""What waits for somebody, as a view, and the indexes that find it: of the many rows that are done, none is looked at."""

from typing import Any

from tortoise import migrations
from tortoise.migrations import operations as ops

COLUMNS = {
    "id": "uuid",
    "kind": "text",
    "owner": "text",
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
CUSTOMERS_CLOCK = (
    "(SELECT clock.due_at FROM clocks clock WHERE clock.complaint_id = {complaint} AND clock.kind = 'ANSWER_COMPLAINT')"
)

HANDOFF = {
    "id": "handoff.id",
    "complaint_id": "handoff.complaint_id",
    "handoff_id": "handoff.id",
    "stage": "handoff.stage",
}
FRONT = {**HANDOFF, "due_at": CUSTOMERS_CLOCK.format(complaint="handoff.complaint_id")}
ESCALATION = {
    "id": "escalation.id",
    "kind": "'ESCALATION_TO_SETTLE'",
    "since": "escalation.opened_at",
    "due_at": "coalesce((SELECT handoff.due_at FROM handoffs handoff WHERE handoff.id = escalation.handoff_id),"
    f" {CUSTOMERS_CLOCK.format(complaint='escalation.complaint_id')})",
    "complaint_id": "escalation.complaint_id",
    "handoff_id": "escalation.handoff_id",
    "escalation_id": "escalation.id",
}
ANSWER = {
    "id": "answer.id",
    "since": "answer.made_at",
    "due_at": CUSTOMERS_CLOCK.format(complaint="answer.complaint_id"),
    "stage": "answer.stage",
    "complaint_id": "answer.complaint_id",
    "answer_id": "answer.id",
}
TASK = {
    "id": "task.id",
    "kind": "'TASK_TO_DO'",
    "since": "task.created_at",
    "due_at": "task.due_at",
    "complaint_id": "task.complaint_id",
    "handoff_id": "task.handoff_id",
    "task_id": "task.id",
}
STANDING_IN = {
    "owner": "absence.stand_in_id",
    "from_at": "absence.from_at",
    # The earlier of the two, of which either may be missing.
    "until_at": "CASE WHEN absence.ended_at < absence.until_at OR absence.until_at IS NULL THEN absence.ended_at"
    " ELSE absence.until_at END",
}


def branches() -> list[tuple[dict[str, str], str]]:
    """Each kind of work: where its columns come from, and which rows."""
    found: list[tuple[dict[str, str], str]] = [
        (
            {
                **HANDOFF,
                "kind": "'HANDOFF_TO_CLAIM'",
                "owner": "handoff.department",
                "since": "handoff.handed_off_at",
                "due_at": "handoff.due_at",
            },
            "handoffs handoff WHERE handoff.status = 'QUEUED'",
        ),
        (
            {
                **HANDOFF,
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
        work = {**FRONT, "kind": f"'{kind}'", "since": f"coalesce({since}, handoff.handed_off_at)"}
        rows = f"handoffs handoff WHERE handoff.status = '{status}'"
        nobodys = f"{rows} AND handoff.handed_off_by_id IS NULL"
        away = (
            f"absences absence JOIN handoffs handoff ON handoff.handed_off_by_id = absence.account_id"
            f" WHERE handoff.status = '{status}' AND absence.stand_in_id IS NOT NULL"
        )
        found += [
            ({**work, "owner": "handoff.handed_off_by_id"}, f"{rows} AND handoff.handed_off_by_id IS NOT NULL"),
            ({**work, "owner": "'FRONT_OFFICE'"}, nobodys),
            ({**work, **STANDING_IN}, away),
        ]
    away = (
        "absences absence JOIN escalations escalation ON escalation.assignee_id = absence.account_id"
        " WHERE escalation.closed_at IS NULL AND absence.stand_in_id IS NOT NULL"
    )
    to_confirm = (
        "complaint_answers answer JOIN complaints complaint ON complaint.id = answer.complaint_id"
        " WHERE answer.status = 'TO_CONFIRM' AND complaint.received_by_id IS"
    )
    confirming = {**ANSWER, "kind": "'CASE_ANSWER_TO_CONFIRM'"}
    successor = "SELECT 1 FROM improvements successor WHERE successor.predecessor_id = improvement.id"
    found += [
        (
            {**ESCALATION, "owner": "escalation.assignee_id"},
            "escalations escalation WHERE escalation.closed_at IS NULL",
        ),
        ({**ESCALATION, **STANDING_IN}, away),
        (
            {
                **ANSWER,
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
            {**TASK, "owner": "task.assignee_id"},
            "tasks task WHERE task.done_at IS NULL AND task.assignee_id IS NOT NULL",
        ),
        ({**TASK, "owner": "task.department"}, "tasks task WHERE task.done_at IS NULL AND task.department IS NOT NULL"),
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


def view(dialect: str) -> str:
    """The statement that makes the view. On PostgreSQL every column is cast, so that all branches agree."""

    def column(name: str, source: str) -> str:
        if dialect == "sqlite":
            return f"{source} AS {name}"
        # Departments are kept by code point; one order for all owners lets each branch use its index.
        order = ' COLLATE "C"' if COLUMNS[name] == "text" else ""
        return f"({source})::{COLUMNS[name]}{order} AS {name}"

    selects = [
        f"SELECT {', '.join(column(name, sources.get(name, 'NULL')) for name in COLUMNS)} FROM {rows}"
        for sources, rows in branches()
    ]
    return "CREATE VIEW work_items AS " + " UNION ALL ".join(selects)


OWNED = {
    "work_claimed": ("handoffs", "claimed_by_id", "status = 'CLAIMED'"),
    "work_awaiting": ("handoffs", "handed_off_by_id", "status = 'AWAITING_INFORMATION'"),
    "work_answered": ("handoffs", "handed_off_by_id", "status = 'ANSWERED'"),
    "work_escalated": ("escalations", "assignee_id", "closed_at IS NULL"),
    "work_mentioned": ("notifications", "account_id", "read_at IS NULL AND kind = 'MENTIONED'"),
    "work_assigned": ("tasks", "assignee_id", "done_at IS NULL AND assignee_id IS NOT NULL"),
    "work_improving": ("improvements", "owner_id", "status = 'NOT_EFFECTIVE'"),
    "work_standing_in": ("absences", "stand_in_id", "stand_in_id IS NOT NULL"),
}


async def make_view(_apps: Any, editor: Any) -> None:
    """Makes the view and its indexes. An owner is text, and PostgreSQL's keys are not."""
    dialect = editor.DIALECT
    await editor.client.execute_query(view("sqlite" if dialect == "sqlite" else "postgres"))
    for name, (table, owner, condition) in OWNED.items():
        key = owner if dialect == "sqlite" else f'(({owner})::text COLLATE "C")'
        await editor.client.execute_query(f"CREATE INDEX {name} ON {table} ({key}) WHERE {condition}")
    joined = "CREATE INDEX handoffs_of_{} ON handoffs (handed_off_by_id) WHERE status = '{}'"
    unbegun = "CREATE INDEX claims_without_lease ON handoffs (id) WHERE status = 'CLAIMED' AND last_activity_at IS NULL"
    statements = [unbegun]
    if dialect != "sqlite":
        statements += [joined.format("the_awaiting", "AWAITING_INFORMATION"), joined.format("the_answered", "ANSWERED")]
    for statement in statements:
        await editor.client.execute_query(statement)


class Migration(migrations.Migration):
    """After everything that work consists of."""

    dependencies = [("models", "0012_rules")]
    operations = [ops.RunPython(make_view)]
