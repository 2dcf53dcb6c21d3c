"""Who approves purchase orders, and who sends them alone.

The surprising rule: whoever may not see what a purchase order costs never sends it alone, whatever it costs; a second person
who sees that approves it first. For who does see it, that holds above a limit. Whoever changes the lines needs it anew.
"""

from collections.abc import Callable

from models.back_office.purchasing import LARGEST_PURCHASE_MINOR, PurchaseOrderStatus
from models.both_offices.accounts import holds_role
from models.both_offices.work import WorkGroup, WorkKind, WorkSource
from models.kit.base import ReadScope, days_ago, is_one_of
from models.permissions import ROLE_PERMISSIONS, Permission

SENDS_ALONE = frozenset(
    role for role, held in ROLE_PERMISSIONS.items() if {Permission.WRITE_PURCHASING, Permission.READ_COST_PRICE} <= held
)
"""Roles that may have a limit: a limit for who sees no costs would tell them, quantity by quantity, what something costs."""
COUNTED_TOGETHER_DAYS = 30
"""What the same person sent alone to the same supplier within so many days counts together against the limit, so that
nobody stays below it by writing two purchase orders instead of one."""


def costs_known_sql(column: Callable[[str], str]) -> str:
    """A condition that a purchase order says of every line what it costs."""
    unknown = f"unpriced.purchase_order_id = {column('id')} AND NOT unpriced.cost_known"
    return f"NOT EXISTS (SELECT 1 FROM purchase_order_lines unpriced WHERE {unknown})"


def may_send_alone_sql(column: Callable[[str], str], account: str) -> str:
    """A condition that an account may send a purchase order that nobody approved.

    Its role has a limit in the currency, or 0 without one, and what it sent alone to the supplier lately counts towards it.
    """
    roles = " OR ".join(holds_role("sender", f"'{role.value}'") for role in sorted(SENDS_ALONE))
    limit = (
        "SELECT max(allowed.limit_minor) FROM purchase_limits allowed"
        f" WHERE allowed.currency = {column('currency')} AND {is_one_of('allowed.role', SENDS_ALONE)}"
        f" AND {holds_role('sender', 'allowed.role')}"
    )
    sent_alone = (
        f"(SELECT coalesce(sum(small.total_minor), 0) FROM purchase_orders small WHERE small.sent_by_id = {account}"
        f" AND small.supplier_id = {column('supplier_id')} AND small.currency = {column('currency')}"
        f" AND small.approved_at IS NULL AND small.status <> '{PurchaseOrderStatus.CANCELLED}'"
        f" AND small.sent_at > {days_ago(COUNTED_TOGETHER_DAYS)})"
    )
    sender = f"SELECT 1 FROM accounts sender WHERE sender.id = {account} AND ({roles})"
    within = f"{column('total_minor')} + {sent_alone} <= coalesce(({limit}), 0)"
    return f"({costs_known_sql(column)} AND EXISTS ({sender} AND {within}))"


def writer_sql(column: Callable[[str], str]) -> str:
    """Who wrote what a purchase order now asks for, as an SQL value; null when nobody did."""
    return f"coalesce({column('changed_by_id')}, {column('drafted_by_id')})"


APPROVERS = WorkGroup(
    "PURCHASE_APPROVERS",
    frozenset({Permission.READ_PURCHASING, Permission.READ_COST_PRICE, Permission.APPROVE_PURCHASES}),
)
"""Who sees what purchase orders cost, and approves them."""


def approvable(read_scope: ReadScope, item: str) -> str | None:
    """A purchase order is to be approved when it can be, and its writer may not send it alone.

    The view knows no costs, and this does not look at them for who may not see them.
    """
    if not read_scope.permissions >= APPROVERS.permissions:
        return None

    def column(name: str) -> str:
        return f"bought.{name}"

    conditions = (
        costs_known_sql(column),
        f"bought.total_minor <= {LARGEST_PURCHASE_MINOR}",
        f"NOT {may_send_alone_sql(column, writer_sql(column))}",
    )
    found = f"SELECT 1 FROM purchase_orders bought WHERE bought.id = {item}.purchase_order_id AND {' AND '.join(conditions)}"
    return f"({item}.purchase_order_id IS NULL OR EXISTS ({found}))"


WORK = (
    WorkSource(
        kind=WorkKind.PURCHASE_TO_APPROVE,
        table="purchase_orders bought",
        where="bought.status = 'DRAFT' AND bought.approved_at IS NULL",
        owner=APPROVERS,
        since="bought.drafted_at",
        columns={
            "purchase_order_id": "bought.id",
            "proposed_by_id": "bought.changed_by_id",
            "begun_by_id": "bought.drafted_by_id",
        },
        seen=approvable,
    ),
)
