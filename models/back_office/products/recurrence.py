"""Recurrence: how often complaints of one cause come back, per 1,000 orders. It is counted in the database, never typed in.

The surprising rule: it counts all of the company's complaints and orders, whoever looks. They are counts and nothing more;
an effect that differed by who measured it would be none.
"""

from collections.abc import Callable
from dataclasses import dataclass

from models.kit.base import days_before_sql
from models.kit.database import Dialect

NO_COMPLAINTS = "('NOT_A_COMPLAINT', 'DUPLICATE')"
"""Outcomes of what is not counted: it was no complaint, or it has been counted already."""


def per_thousand(complaints: int, orders: int) -> int | None:
    """Hundredths of a complaint per 1,000 orders, or None without orders.

    Rounded up: no effect looks better than it was, and the rounded figure meets a criterion exactly when the true one does.
    """
    return -(-complaints * 100_000 // orders) if orders else None


def per_thousand_sql(complaints: str, orders: str) -> str:
    """The same in SQL; null without orders."""
    return f"({complaints} * 100000 + {orders} - 1) / nullif({orders}, 0)"


Window = tuple[str, str]
"""Two moments in SQL, the second one not included. Nothing lies in a window one of whose ends is null."""


@dataclass(frozen=True)
class Recurrence:
    """The figures of one improvement as SQL expressions over its columns; `moment` is the present one.

    `before` is the window that ends when the work began, or now where it has not begun. `after` is equally long and begins
    when the improvement was in place; until it has passed, it ends now. What was judged keeps the figures it was judged by.
    """

    column: Callable[[str], str]
    moment: str
    dialect: Dialect

    @property
    def before(self) -> Window:
        """The window before the work began."""
        until = f"coalesce({self.column('started_at')}, {self.moment})"
        return days_before_sql(until, self.column("window_days"), self.dialect), until

    @property
    def after(self) -> Window:
        """The window after the improvement was in place."""
        until = self.column("monitored_until")
        return self.column("monitoring_from"), f"CASE WHEN {until} < {self.moment} THEN {until} ELSE {self.moment} END"

    def complaints_before(self) -> str:
        """How many complaints there were before."""
        return self._kept("complaints_before", self._complaints(self.before, f"= {self.column('cause')}"))

    def orders_before(self) -> str:
        """How many orders were placed before."""
        return self._kept("orders_before", f"(SELECT count(*) {self._placed(self.before)})")

    def complaints_after(self) -> str:
        """How many complaints there were after."""
        return self._kept("complaints_after", self._complaints(self.after, f"= {self.column('cause')}"))

    def orders_after(self) -> str:
        """How many orders were placed after."""
        return self._kept("orders_after", f"(SELECT count(*) {self._placed(self.after)})")

    def is_measurable(self) -> str:
        """Whether anything was ordered after: a condition."""
        return f"EXISTS (SELECT 1 {self._placed(self.after)})"

    def undetermined_after(self) -> str:
        """How many complaints there were after that nobody has determined the cause of, so that they are not counted."""
        return self._complaints(self.after, "IS NULL")

    def rate_before(self) -> str:
        """Hundredths of a complaint per 1,000 orders before; null without orders."""
        return self._rate(self.complaints_before(), self.orders_before())

    def rate_after(self) -> str:
        """Hundredths of a complaint per 1,000 orders after; null without orders, and before there is an after."""
        known = f"CASE WHEN {self.column('monitoring_from')} IS NOT NULL THEN {self.orders_after()} END"
        return self._rate(self.complaints_after(), known)

    def _kept(self, column: str, live: str) -> str:
        return f"coalesce({self.column(column)}, {live})"

    @staticmethod
    def _rate(complaints: str, orders: str) -> str:
        return f"(SELECT {per_thousand_sql('c', 'o')} FROM (SELECT {complaints} AS c, {orders} AS o) counted)"

    def _complaints(self, window: Window, cause: str) -> str:
        since, until = window
        same = " AND ".join(
            f"({self.column(own)} IS NULL OR counted.{own} = {self.column(own)})" for own in ("category", "product_id")
        )
        return (
            f"(SELECT count(*) FROM complaints counted WHERE counted.cause {cause}"
            f" AND counted.received_at >= {since} AND counted.received_at < {until} AND {same}"
            f" AND (counted.outcome IS NULL OR counted.outcome NOT IN {NO_COMPLAINTS}))"
        )

    def _placed(self, window: Window) -> str:
        since, until = window
        product = self.column("product_id")
        line = f"SELECT 1 FROM order_lines line WHERE line.order_id = placed.id AND line.product_id = {product}"
        return (
            f"FROM orders placed WHERE placed.status <> 'DRAFT' AND placed.placed_at >= {since}"
            f" AND placed.placed_at < {until} AND ({product} IS NULL OR EXISTS ({line}))"
        )
