"""Work: what waits for somebody, in whatever area. A view of the database, made of what the areas declare beside their tables.

The surprising rule: `owner` is whoever must act, as text: an account, a department, or a part of staff. A row that waits for
somebody who is absent stands there once more for whoever stands in, between `from_at` and `until_at`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from tortoise import fields

from models.kit.base import NOW, VIEWER, ReadScope, Record, RowScope
from models.kit.constraints import View
from models.kit.enums import DescribedEnum
from models.kit.tortoise_privates import columns_of
from models.permissions import Permission


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
    DISCOUNT_TO_APPROVE = "DISCOUNT_TO_APPROVE", "The discounts of a colleague's order wait for a second person."
    PURCHASE_TO_APPROVE = (
        "PURCHASE_TO_APPROVE",
        "A colleague's purchase order waits for approval, and you may approve it.",
    )
    REFUND_TO_APPROVE = "REFUND_TO_APPROVE", "A colleague's refund waits for a second person."
    STOCK_COUNT_TO_POST = (
        "STOCK_COUNT_TO_POST",
        "A colleague found less than there should be, and may not post it alone.",
    )
    LABEL_TO_WRITE = (
        "LABEL_TO_WRITE",
        "Nobody who ships, and is there, may be told where a parcel of an order goes: write its label, until it has left.",
    )
    INVOICE_TO_WRITE = (
        "INVOICE_TO_WRITE",
        "Nobody who invoices, and is there, may be told whom an order is invoiced to: write its invoice, until it is paid.",
    )


@dataclass(frozen=True, slots=True)
class WorkGroup:
    """A part of staff as the owner of work: everybody with these permissions."""

    name: str
    permissions: frozenset[Permission]


FRONT_OFFICE = WorkGroup("FRONT_OFFICE", frozenset({Permission.READ_ALL_HANDOFFS, Permission.WRITE_COMPLAINTS}))
"""The owner of what anybody may do who works on complaints."""

MANAGERS = WorkGroup("MANAGERS", frozenset({Permission.WRITE_POLICIES}))
"""The owner of what any manager may decide."""


@dataclass(frozen=True, kw_only=True)
class WorkSource:
    """Rows of a table that wait for somebody, in SQL. What they lead to, and who proposed them, are columns of WorkItem.

    The first alias of `table` is the row's own. `seen` narrows what of it waits for whom, and must hold for all other rows.
    What waits for an account that is disabled is `left_to` others, where it says to whom, and to no stand-in besides.
    """

    kind: WorkKind
    table: str
    where: str
    owner: str | WorkGroup
    since: str
    due: str = "NULL"
    columns: Mapping[str, str] = field(default_factory=dict[str, str])
    stood_in_for: bool = False
    left_to: WorkGroup | None = None
    seen: RowScope | None = None

    def branches(self) -> Iterator[tuple[dict[str, str], str]]:
        """Where the view's columns come from, and which rows: its owner's, and those of others while it is away or gone."""
        columns = {
            "id": f"{self.table.split()[1]}.id",
            "kind": f"'{self.kind.value}'",
            "since": self.since,
            "due_at": self.due,
            **self.columns,
        }
        if isinstance(self.owner, WorkGroup):
            yield {**columns, "owner": f"'{self.owner.name}'"}, f"{self.table} WHERE {self.where}"
            return
        yield {**columns, "owner": self.owner}, f"{self.table} WHERE {self.where} AND {self.owner} IS NOT NULL"
        if self.stood_in_for:
            away = f"absences absence JOIN {self.table} ON {self.owner} = absence.account_id"
            works = f" AND EXISTS (SELECT 1 FROM accounts away WHERE away.id = {self.owner} AND away.enabled)"
            standing_in = f"{self.where} AND absence.stand_in_id IS NOT NULL{works if self.left_to else ''}"
            yield {**columns, **_STANDING_IN}, f"{away} WHERE {standing_in}"
        if self.left_to:
            gone = f"{self.table} JOIN accounts gone ON gone.id = {self.owner}"
            yield {**columns, "owner": f"'{self.left_to.name}'"}, f"{gone} WHERE {self.where} AND NOT gone.enabled"


_STANDING_IN = {
    "owner": "absence.stand_in_id",
    "from_at": "absence.from_at",
    # The earlier of the two, of which either may be missing.
    "until_at": "CASE WHEN absence.ended_at < absence.until_at OR absence.until_at IS NULL THEN absence.ended_at"
    " ELSE absence.until_at END",
}


class WorkItem(Record):
    """Something that waits for somebody. It stands in no table, and ends by itself when what it leads to is done.

    It is no work of whoever proposed it or began it: a second person's.
    """

    kind = fields.CharEnumField(WorkKind, max_length=30)
    owner = fields.CharField(max_length=40)
    due_at = fields.DatetimeField(null=True)
    since = fields.DatetimeField()
    stage = fields.IntField(null=True)
    proposed_by_id = fields.UUIDField(null=True)
    begun_by_id = fields.UUIDField(null=True)
    from_at = fields.DatetimeField(null=True)
    until_at = fields.DatetimeField(null=True)
    complaint_id = fields.UUIDField(null=True)
    handoff_id = fields.UUIDField(null=True)
    escalation_id = fields.UUIDField(null=True)
    answer_id = fields.UUIDField(null=True)
    notification_id = fields.UUIDField(null=True)
    task_id = fields.UUIDField(null=True)
    improvement_id = fields.UUIDField(null=True)
    order_id = fields.UUIDField(null=True)
    purchase_order_id = fields.UUIDField(null=True)
    stock_count_id = fields.UUIDField(null=True)
    refund_proposal_id = fields.UUIDField(null=True)

    class Meta:
        table = "work_items"
        # A view, by `work_view`: Tortoise makes no table of it.
        abstract = True


# Departments are kept by code point; one order for all owners lets each branch use its index.
_CASTS: dict[type[object], str] = {
    fields.UUIDField: "uuid",
    fields.DatetimeField: "timestamptz",
    fields.IntField: "integer",
}


def work_view(sources: Iterable[WorkSource]) -> View:
    """The view over all that waits for somebody."""
    columns = {name: _CASTS.get(type(field), 'text COLLATE "C"') for name, field in columns_of(WorkItem).items()}
    return View("work_items", columns, tuple(branch for source in sources for branch in source.branches()))


def visible_work(sources: Iterable[WorkSource]) -> RowScope:
    """What waits for oneself, for one's departments, or for everybody with one's permissions, and that one may do."""
    declared = tuple(sources)
    owners_of_all = (owner for source in declared for owner in (source.owner, source.left_to))
    groups = {owner for owner in owners_of_all if isinstance(owner, WorkGroup)}
    narrowed = dict.fromkeys(source.seen for source in declared if source.seen)

    def rows(read_scope: ReadScope, item: str) -> str:
        of_groups = sorted(group.name for group in groups if group.permissions <= read_scope.permissions)
        of_departments = sorted(department.value for department in read_scope.departments)
        owners = ", ".join([f"CAST({VIEWER} AS text)", *(f"'{name}'" for name in [*of_departments, *of_groups])])
        conditions = [
            f"{item}.owner IN ({owners})",
            f"({item}.from_at IS NULL OR {item}.from_at <= {NOW})",
            f"({item}.until_at IS NULL OR {item}.until_at > {NOW})",
            *(f"({item}.{by} IS NULL OR {item}.{by} <> {VIEWER})" for by in ("proposed_by_id", "begun_by_id")),
            *(condition for seen in narrowed if (condition := seen(read_scope, item))),
        ]
        return " AND ".join(conditions)

    return rows
