"""Up to how much somebody gives a customer something alone: redress, refunds, what was overpaid and what is sent once more.

The surprising rules: all of an order counts, and all that the customer was given within 30 days, by whichever verb, complaint
or colleague, so that nobody stays below a limit by giving in parts; goods count as what they were sold for; and who recorded
money for an order gives nothing for it alone, nor approves that.
"""

from tortoise.connection import get_connection

from models.front_office.after_sales.returns import took_money_sql
from models.front_office.sales.orders import Order
from models.front_office.service.answers import COUNTED_TOGETHER_DAYS, AnswerStatus
from models.kit.base import days_ago, viewer_holds
from models.kit.sql import locking, read_rows
from resolvers.front_office.sales.orders.terms import WHOLE
from resolvers.kit.commands import Viewer
from resolvers.kit.loading import written_out


def given_before_sql(customer: str, order: str, complaint: str, currency: str) -> str:
    """What a customer was given in a currency that counts with what they are to be given for an order and a complaint, in SQL.

    Each is a key in SQL; of the order and the complaint either may be null. What nests comes first in it: SQLite's parser does
    not follow far, and keeps in mind what stood before.
    """
    lately = days_ago(COUNTED_TOGETHER_DAYS)
    granted = (
        "SELECT coalesce(sum(earlier.amount_minor), 0) FROM complaint_answers earlier"
        " JOIN complaints about ON about.id = earlier.complaint_id"
        f" WHERE ({lately} < earlier.sent_at AND about.customer_id = {customer}"
        f" OR about.id = {complaint} OR about.order_id = {order})"
        f" AND earlier.status = '{AnswerStatus.SENT.value}' AND earlier.currency = {currency}"
    )
    refunded = (
        "SELECT coalesce(sum(earlier.amount_minor), 0) FROM refunds earlier JOIN orders about ON about.id = earlier.order_id"
        f" WHERE ({lately} < earlier.made_at AND about.customer_id = {customer} OR about.id = {order})"
        f" AND earlier.answer_id IS NULL AND earlier.currency = {currency}"
    )
    # What redress sent once more counts as its answer. At what it was sold for: only the discount makes it cost nothing.
    sent_again = (
        "SELECT coalesce(sum(again.unit_price_minor * again.quantity), 0) FROM order_lines again"
        " JOIN orders about ON about.id = again.order_id"
        f" WHERE ({lately} < about.placed_at AND about.customer_id = {customer} OR about.replaces_id = {order})"
        " AND about.replaces_id IS NOT NULL AND about.complaint_id IS NULL AND about.status <> 'CANCELLED'"
        f" AND again.discount_basis_points = {WHOLE} AND about.currency = {currency}"
    )
    return f"({granted}) + ({refunded}) + ({sent_again})"


def allows_sql(amount: str, currency: str, customer: str, order: str, complaint: str) -> str:
    """A condition that `redress_limits allowed` lets the viewer give this alone, after all that counts with it."""
    return (
        f"{given_before_sql(customer, order, complaint, currency)} + {amount} <= allowed.limit_minor"
        f" AND {viewer_holds('allowed.role')} AND allowed.currency = {currency}"
    )


async def holds(viewer: Viewer, condition: str) -> bool:
    """Whether a condition on the viewer holds now."""
    dialect = get_connection("default").capabilities.dialect
    [row] = await read_rows(f"SELECT CASE WHEN {written_out(viewer, condition, dialect)} THEN 1 ELSE 0 END AS held")
    return bool(row["held"])


async def gives_alone(viewer: Viewer, order: Order, minor: int) -> bool:
    """Whether the viewer may give so much for an order, which is locked, without a second person: money or goods."""
    # Of two orders at once, of which each alone is within the limit, one comes second.
    await read_rows(f"SELECT id FROM customers WHERE id = '{order.customer_id}'{locking()}")
    allows = allows_sql(str(minor), f"'{order.currency}'", f"'{order.customer_id}'", f"'{order.id}'", "NULL")
    within, key = f"EXISTS (SELECT 1 FROM redress_limits allowed WHERE {allows})", f"'{order.id}'"
    return await holds(viewer, f"{within} AND NOT {took_money_sql(key)}")
