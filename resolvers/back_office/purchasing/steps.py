"""Which steps a viewer may take with a purchase order: what the conditions of its transitions mean in SQL."""

from models.back_office.purchasing import TRANSITIONS
from models.base import VIEWER
from models.states import When
from resolvers.steps import Machine, Row


def is_above_limit(row: Row, account: str) -> str:
    """A condition that a purchase order costs more than an account may send alone."""
    limit = (
        "SELECT 1 FROM purchase_limits allowed JOIN accounts sender"
        " ON CAST(sender.roles AS TEXT) LIKE '%\"' || allowed.role || '\"%'"
        f" WHERE sender.id = {account} AND allowed.currency = {row.column('currency')}"
        f" AND allowed.limit_minor >= {row.column('total_minor')}"
    )
    return f"({row.column('total_minor')} > 0 AND NOT EXISTS ({limit}))"


def _is_settled(row: Row) -> str:
    return f"({row.column('approved_at')} IS NOT NULL OR NOT {is_above_limit(row, VIEWER)})"


MACHINE = Machine("purchase order", "purchase_orders", TRANSITIONS, {When.SETTLED: _is_settled})
