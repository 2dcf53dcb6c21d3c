"""Work: what waits for somebody, over handoffs, escalations, approvals, mentions and tasks. A view of the database.

The surprising rule: `owner` is whoever must act, as text: an account, a department, or a part of staff. A row that waits for
somebody who is absent stands there once more for whoever stands in, between `from_at` and `until_at`.
"""

from typing import Any

from tortoise import fields

from models.kit.base import NOW, VIEWER, ReadScope, Record
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
    due_at: Any = fields.DatetimeField(null=True)
    since = fields.DatetimeField()
    stage: Any = fields.IntField(null=True)
    proposed_by_id = fields.UUIDField(null=True)
    from_at: Any = fields.DatetimeField(null=True)
    until_at: Any = fields.DatetimeField(null=True)
    complaint_id = fields.UUIDField(null=True)
    handoff_id = fields.UUIDField(null=True)
    escalation_id = fields.UUIDField(null=True)
    answer_id = fields.UUIDField(null=True)
    notification_id = fields.UUIDField(null=True)
    task_id = fields.UUIDField(null=True)
    improvement_id = fields.UUIDField(null=True)

    class Meta:
        table = "work_items"
        # A view, made by a migration: Tortoise makes no table of it.
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
