"""What waits for somebody, anew: a task waits for a stand-in too, and an escalation whose cause is gone is never due."""

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
# A clock that still goes on, and that was warned of or breached.
PRESSING = (
    "EXISTS (SELECT 1 FROM clocks pressing WHERE pressing.{of}_id = escalation.{of}_id AND pressing.state <> 'STOPPED'"
    " AND (pressing.warned_at IS NOT NULL OR pressing.breached_at IS NOT NULL))"
)
ESCALATION = {
    "id": "escalation.id",
    "kind": "'ESCALATION_TO_SETTLE'",
    "since": "escalation.opened_at",
    # What a clock escalated is due as long as the clock goes on; then somebody only has to say how it ended.
    "due_at": f"CASE WHEN escalation.source <> 'CLOCK' OR {PRESSING.format(of='handoff')}"
    f" OR (escalation.handoff_id IS NULL AND {PRESSING.format(of='complaint')})"
    " THEN coalesce((SELECT handoff.due_at FROM handoffs handoff WHERE handoff.id = escalation.handoff_id),"
    f" {CUSTOMERS_CLOCK.format(complaint='escalation.complaint_id')}) END",
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
    successor = (
        "SELECT 1 FROM improvements successor WHERE successor.predecessor_id = improvement.id"
        " AND successor.status <> 'REJECTED'"
    )
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
        (
            {**TASK, **STANDING_IN},
            "absences absence JOIN tasks task ON task.assignee_id = absence.account_id"
            " WHERE task.done_at IS NULL AND absence.stand_in_id IS NOT NULL",
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


async def make_view(_apps: Any, editor: Any) -> None:
    """Replaces the view. Its indexes stay, for they are the tables'."""
    await editor.client.execute_query("DROP VIEW work_items")
    await editor.client.execute_query(view("sqlite" if editor.DIALECT == "sqlite" else "postgres"))


class Migration(migrations.Migration):
    """The view as 0013_work made it, with three branches put right."""

    dependencies = [("models", "0016_waiting_clocks")]
    operations = [ops.RunPython(make_view)]
