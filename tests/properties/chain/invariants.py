"""What must hold of orders, stock, purchases and returns whatever happened to them, and in whatever order.

Each rule is a statement that finds what breaks it, and must find nothing; it asks the ledgers, not the sums beside them.
"""

from tortoise.connection import get_connection

_MOVED = "SELECT location_id, batch_id, sum(quantity) AS moved FROM stock_moves GROUP BY location_id, batch_id"
_PROMISED = "SELECT coalesce(sum(a.quantity), 0) FROM allocations a WHERE a.balance_id = b.id"
_BALANCED = "SELECT 1 FROM stock_balances b WHERE b.location_id = m.location_id AND b.batch_id = m.batch_id"
_KEPT = "SELECT coalesce(sum(b.on_hand), 0) FROM stock_balances b WHERE b.product_id = p.id"
_PROMISED_TO = "SELECT coalesce(sum(a.quantity), 0) FROM allocations a WHERE a.order_line_id = l.id"
_SHIPPED = "SELECT coalesce(-sum(m.quantity), 0) FROM stock_moves m WHERE m.order_line_id = l.id AND m.kind = 'SHIP'"
_RETURNED = "SELECT coalesce(sum(m.quantity), 0) FROM stock_moves m WHERE m.order_line_id = l.id AND m.kind = 'RETURN'"
_PAID = "SELECT coalesce(sum(y.amount_minor), 0) FROM order_payments y WHERE y.order_id = o.id"
_REFUNDED = "SELECT coalesce(sum(r.amount_minor), 0) FROM refunds r WHERE r.order_id = o.id"
_LINES = "FROM order_lines l WHERE l.order_id = o.id"
_OPEN = f"SELECT coalesce(sum(l.quantity - l.shipped_quantity), 0) {_LINES}"
_GONE = f"SELECT coalesce(sum(l.shipped_quantity), 0) {_LINES}"
_LISTED = "SELECT coalesce(sum(l.quantity), 0) FROM shipment_lines l WHERE l.shipment_id = s.id"
_SENT = "SELECT coalesce(-sum(m.quantity), 0) FROM stock_moves m WHERE m.shipment_id = s.id AND m.kind = 'SHIP'"
_IN_HOUSE = (
    "SELECT coalesce(sum(i.quantity), 0) FROM shipment_lines i JOIN shipments s ON s.id = i.shipment_id"
    " WHERE i.order_line_id = l.id AND s.status IN ('TO_PICK', 'PICKED', 'PACKED')"
)
_TO_FETCH = (
    "SELECT coalesce(sum(i.quantity), 0) FROM shipment_lines i JOIN shipments s ON s.id = i.shipment_id"
    " WHERE i.order_line_id = a.order_line_id AND i.batch_id = b.batch_id AND i.location_id = b.location_id"
    " AND s.status = 'TO_PICK'"
)
_BACK = (
    "SELECT coalesce(sum(b.quantity), 0) FROM return_lines b JOIN returns r ON r.id = b.customer_return_id"
    " WHERE b.order_line_id = l.id AND (r.received_at IS NOT NULL OR r.status <> 'CLOSED')"
)
_GIVEN_BACK = "SELECT coalesce(sum(f.net_minor + f.tax_minor), 0) FROM refund_lines f WHERE f.order_line_id = l.id"
_PIECES_BACK = "SELECT coalesce(sum(f.quantity), 0) FROM refund_lines f WHERE f.order_line_id = l.id"
_STORED = "SELECT coalesce(sum(m.quantity), 0) FROM stock_moves m WHERE m.receipt_id = r.id AND m.kind = 'RECEIPT'"
_ARRIVED = "SELECT coalesce(sum(i.quantity), 0) FROM receipt_lines i WHERE i.receipt_id = r.id"
_MADE = "SELECT coalesce(sum(m.quantity), 0) FROM stock_moves m WHERE m.work_order_id = w.id AND m.kind = 'PRODUCE'"
_USED = "SELECT coalesce(-sum(m.quantity), 0) FROM stock_moves m WHERE m.work_order_id = w.id AND m.kind = 'CONSUME'"
_ALONE = (
    "SELECT sum(a.total_minor) FROM purchase_orders a WHERE a.sent_by_id = o.sent_by_id AND a.approved_at IS NULL"
    " AND a.supplier_id = o.supplier_id AND a.currency = o.currency AND a.status <> 'CANCELLED' AND a.sent_at <= o.sent_at"
)
_LIMIT = (
    "SELECT max(m.limit_minor) FROM purchase_limits m JOIN accounts c ON CAST(c.roles AS TEXT) LIKE '%' || m.role || '%'"
    " WHERE c.id = o.sent_by_id AND m.currency = o.currency AND m.role <> 'LOGISTICS_CLERK'"
)
_RECEIVED = "SELECT coalesce(sum(r.quantity), 0) FROM receipt_lines r WHERE r.purchase_order_line_id = l.id"

RULES: dict[str, str] = {
    "a balance is the sum of its moves": (
        f"SELECT b.id FROM stock_balances b LEFT JOIN ({_MOVED}) m ON m.location_id = b.location_id"
        " AND m.batch_id = b.batch_id WHERE b.on_hand <> coalesce(m.moved, 0)"
    ),
    "every move has its balance": f"SELECT m.id FROM stock_moves m WHERE NOT EXISTS ({_BALANCED})",
    "no balance is below zero": "SELECT b.id FROM stock_balances b WHERE b.on_hand < 0",
    "what is promised of a balance is the sum of its allocations": (
        f"SELECT b.id FROM stock_balances b WHERE b.allocated <> ({_PROMISED})"
    ),
    "no more is promised than there is": "SELECT b.id FROM stock_balances b WHERE b.allocated > b.on_hand",
    "a product's stock is the sum of its balances": f"SELECT p.id FROM products p WHERE p.units_in_stock <> ({_KEPT})",
    "a transfer takes as much as it brings": (
        "SELECT m.transfer_id AS id FROM stock_moves m WHERE m.transfer_id IS NOT NULL GROUP BY m.transfer_id"
        " HAVING sum(m.quantity) <> 0"
    ),
    "what is promised to a line is the sum of its allocations": (
        f"SELECT l.id FROM order_lines l WHERE l.allocated_quantity <> ({_PROMISED_TO})"
    ),
    "no more is shipped and promised than was ordered": (
        "SELECT l.id FROM order_lines l WHERE l.shipped_quantity + l.allocated_quantity > l.quantity"
    ),
    "what came back of a line is the sum of its moves": (
        f"SELECT l.id FROM order_lines l WHERE l.returned_quantity <> ({_RETURNED})"
    ),
    "no more came back than was shipped": "SELECT l.id FROM order_lines l WHERE l.returned_quantity > l.shipped_quantity",
    "no more is refunded than was shipped": (
        "SELECT l.id FROM order_lines l WHERE l.refunded_quantity > l.shipped_quantity"
    ),
    "what is promised belongs to an order that waits for it": (
        "SELECT a.id FROM allocations a JOIN order_lines l ON l.id = a.order_line_id JOIN orders o ON o.id = l.order_id"
        " WHERE o.status IN ('DRAFT', 'CANCELLED', 'SHIPPED', 'DELIVERED') OR l.product_id <>"
        " (SELECT b.product_id FROM stock_balances b WHERE b.id = a.balance_id)"
    ),
    "an order's amounts are the sums of its lines": (
        "SELECT o.id FROM orders o WHERE"
        f" o.net_minor <> (SELECT coalesce(sum(l.net_minor), 0) {_LINES})"
        f" OR o.tax_minor <> (SELECT coalesce(sum(l.tax_minor), 0) {_LINES})"
        f" OR o.total_minor <> (SELECT coalesce(sum(l.total_minor), 0) {_LINES})"
    ),
    "what is paid is the sum of the payments": f"SELECT o.id FROM orders o WHERE o.paid_minor <> ({_PAID})",
    "what is refunded is the sum of the refunds": f"SELECT o.id FROM orders o WHERE o.refunded_minor <> ({_REFUNDED})",
    "no more is refunded than was paid": "SELECT o.id FROM orders o WHERE o.refunded_minor > o.paid_minor",
    "a refund is the sum of its lines and what was paid too much": (
        "SELECT r.id FROM refunds r WHERE r.amount_minor - r.overpaid_minor <>"
        " (SELECT coalesce(sum(f.net_minor + f.tax_minor), 0) FROM refund_lines f WHERE f.refund_id = r.id)"
    ),
    "what was proposed and approved was given back as it was, by somebody who had neither proposed it nor taken the money": (
        "SELECT p.id FROM refund_proposals p LEFT JOIN refunds r ON r.id = p.refund_id WHERE p.status = 'APPROVED'"
        " AND (r.id IS NULL OR r.order_id <> p.order_id OR r.amount_minor <> p.amount_minor"
        " OR r.overpaid_minor <> p.overpaid_minor OR p.decided_by_id = p.proposed_by_id OR EXISTS (SELECT 1 FROM order_payments y"
        " WHERE y.order_id = p.order_id AND y.recorded_by_id = p.decided_by_id AND y.recorded_at < p.decided_at))"
    ),
    "what was missing was posted by somebody else than who found it": (
        "SELECT c.id FROM stock_counts c JOIN stock_count_lines l ON l.count_id = c.id"
        " WHERE c.status = 'POSTED' AND l.counted < l.expected AND l.counted_by_id = c.posted_by_id"
    ),
    "a purchase order is the sum of its lines": (
        "SELECT o.id FROM purchase_orders o WHERE o.total_minor <>"
        " (SELECT coalesce(sum(l.total_minor), 0) FROM purchase_order_lines l WHERE l.purchase_order_id = o.id)"
    ),
    "what nobody approved was sent alone by who may, within their limit and all in all": (
        f"SELECT o.id FROM purchase_orders o WHERE o.sent_at IS NOT NULL AND o.approved_at IS NULL AND ({_ALONE}) >"
        f" coalesce(({_LIMIT}), -1)"
    ),
    "what was sent says what it costs": (
        "SELECT l.id FROM purchase_order_lines l JOIN purchase_orders o ON o.id = l.purchase_order_id"
        " WHERE NOT l.cost_known AND (o.approved_at IS NOT NULL OR o.status NOT IN ('DRAFT', 'CANCELLED'))"
    ),
    "what was received is the sum of the receipts": (
        f"SELECT l.id FROM purchase_order_lines l WHERE l.received_quantity <> ({_RECEIVED})"
    ),
    "an order's status says how much of it has left": (
        f"SELECT o.id FROM orders o WHERE (o.status IN ('SHIPPED', 'DELIVERED') AND ({_OPEN}) <> 0)"
        f" OR (o.status = 'PARTLY_SHIPPED' AND ({_GONE}) = 0) OR (o.status IN ('DRAFT', 'PLACED') AND ({_GONE}) <> 0)"
    ),
    "what was shipped is what the shipment's lines say": (
        f"SELECT s.id FROM shipments s WHERE ({_SENT}) <>"
        f" CASE WHEN s.status IN ('SHIPPED', 'DELIVERED') THEN ({_LISTED}) ELSE 0 END"
    ),
    "what is on a pick list is promised to its order": (
        f"SELECT l.id FROM order_lines l WHERE ({_IN_HOUSE}) > l.allocated_quantity"
    ),
    "of a batch that may not be sold nothing is promised from a shelf but what is on a pick list": (
        "SELECT a.id FROM allocations a JOIN stock_balances b ON b.id = a.balance_id JOIN batches t ON t.id = b.batch_id"
        " JOIN locations p ON p.id = b.location_id WHERE t.status <> 'RELEASED' AND p.kind = 'STORAGE'"
        f" AND a.quantity > ({_TO_FETCH})"
    ),
    "what was received went into stock": f"SELECT r.id FROM receipts r WHERE ({_ARRIVED}) <> ({_STORED})",
    "what was made went into stock": (
        f"SELECT w.id FROM work_orders w WHERE ({_MADE}) <>"
        " CASE WHEN w.status = 'COMPLETED' THEN w.completed_quantity ELSE 0 END"
    ),
    "only work that has begun consumed anything": (
        f"SELECT w.id FROM work_orders w WHERE (({_USED}) > 0) <> (w.status IN ('IN_PROGRESS', 'COMPLETED'))"
    ),
    "no more is to come back than was shipped": f"SELECT l.id FROM order_lines l WHERE ({_BACK}) > l.shipped_quantity",
    "what is refunded of a line is the sum of its refunds": (
        f"SELECT l.id FROM order_lines l WHERE l.refunded_minor <> ({_GIVEN_BACK})"
        f" OR l.refunded_quantity <> ({_PIECES_BACK}) OR l.refunded_minor > l.total_minor"
    ),
    "no product stands on two proposed drafts": (
        "SELECT l.product_id AS id FROM purchase_order_lines l JOIN purchase_orders o ON o.id = l.purchase_order_id"
        " WHERE o.status = 'DRAFT' AND o.proposed GROUP BY l.product_id HAVING count(*) > 1"
    ),
}
"""By what it says: what finds the rows that break it."""

SHIPPED = f"SELECT l.id FROM order_lines l WHERE l.shipped_quantity <> ({_SHIPPED})"
"""Lines whose shipped pieces are not the sum of their moves; what was shipped before there were moves has none."""


async def check_the_chain() -> None:
    """Holds every rule against all rows, in one statement."""
    broken = await broken_rules()
    assert not broken, broken


async def broken_rules(*, with_shipped: bool = True) -> dict[str, int]:
    """How many rows break each rule that is broken. `with_shipped` also asks the moves of all that was shipped."""
    rules = {**RULES, **({"what was shipped of a line is the sum of its moves": SHIPPED} if with_shipped else {})}
    counts = " UNION ALL ".join(
        f"SELECT '{name.replace(chr(39), chr(39) * 2)}' AS rule, count(*) AS broken FROM ({sql}) found"
        for name, sql in rules.items()
    )
    rows = await get_connection("default").execute_query_dict(counts)
    return {row["rule"]: row["broken"] for row in rows if row["broken"]}
