"""Warnings: what an agent should know before going on with an order, said in SQL so that reading an order tells it."""

from collections.abc import Callable

from models.kit.enums import DescribedEnum


class OrderWarning(DescribedEnum):
    """What an agent should know before going on with an order. It stops nothing."""

    CREDIT_LIMIT_EXCEEDED = (
        "CREDIT_LIMIT_EXCEEDED",
        "What the customer owes us, this order included, is above the customer's credit limit.",
    )
    OPEN_SEVERE_COMPLAINT = "OPEN_SEVERE_COMPLAINT", "The customer has a HIGH or CRITICAL complaint that is not closed."
    PAID_TOO_MUCH = (
        "PAID_TOO_MUCH",
        "More was paid than the order costs now, less what was given back for its lines; it is to be given back as `overpaid`.",
    )


def warnings_sql(order: Callable[[str], str]) -> str:
    """JSON text of the warnings about an order, whose columns `order` gives; a list, never null.

    Owed is what is not paid of orders that are placed and not cancelled, in the currency of the limit. A draft is counted as
    if it were placed. Orders that are with their customers are only looked at for money that is to be given back.
    """
    owed = (
        "coalesce((SELECT sum(owing.total_minor - owing.paid_minor) FROM orders owing"
        f" WHERE owing.customer_id = {order('customer_id')} AND owing.currency = buyer.credit_currency"
        " AND owing.status NOT IN ('DRAFT', 'CANCELLED') AND owing.total_minor > owing.paid_minor), 0)"
    )
    draft = (
        f"CASE WHEN {order('status')} = 'DRAFT' AND {order('currency')} = buyer.credit_currency"
        f" THEN {order('total_minor')} ELSE 0 END"
    )
    credit = (
        f"EXISTS (SELECT 1 FROM customers buyer WHERE buyer.id = {order('customer_id')}"
        f" AND buyer.credit_limit_minor IS NOT NULL AND {owed} + {draft} > buyer.credit_limit_minor)"
    )
    severe = (
        f"EXISTS (SELECT 1 FROM complaints severe WHERE severe.customer_id = {order('customer_id')}"
        " AND severe.severity IN ('HIGH', 'CRITICAL') AND severe.status <> 'CLOSED')"
    )
    given_back = (
        f"coalesce((SELECT sum(part.refunded_minor) FROM order_lines part WHERE part.order_id = {order('id')}), 0)"
    )
    due = f"CASE WHEN {order('status')} = 'CANCELLED' THEN 0 ELSE {order('total_minor')} - {given_back} END"
    running = f"{order('status')} NOT IN ('SHIPPED', 'DELIVERED', 'CANCELLED')"
    told = " || ".join(
        f"CASE WHEN {condition} THEN ',\"{warning.value}\"' ELSE '' END"
        for warning, condition in (
            (OrderWarning.CREDIT_LIMIT_EXCEEDED, f"{running} AND {credit}"),
            (OrderWarning.OPEN_SEVERE_COMPLAINT, f"{running} AND {severe}"),
            (OrderWarning.PAID_TOO_MUCH, f"{order('paid_minor')} - {order('refunded_minor')} > {due}"),
        )
    )
    return f"'[' || substr({told}, 2) || ']'"
