"""What must hold from order to delivery and back, whatever happened and in whatever order: each as what would break it."""

from tortoise.connection import get_connection

WRONG: dict[str, str] = {
    "a balance is the sum of its moves, and never below zero": """
        SELECT b.id, b.on_hand FROM stock_balances b LEFT JOIN (
            SELECT location_id, batch_id, sum(quantity) AS moved FROM stock_moves GROUP BY location_id, batch_id) m
            ON m.location_id = b.location_id AND m.batch_id = b.batch_id
        WHERE b.on_hand <> coalesce(m.moved, 0) OR b.on_hand < 0""",
    "every move has a balance": """
        SELECT m.id FROM stock_moves m LEFT JOIN stock_balances b
            ON b.location_id = m.location_id AND b.batch_id = m.batch_id AND b.product_id = m.product_id
        WHERE b.id IS NULL""",
    "what is promised of a balance is the sum of its allocations, and is there": """
        SELECT b.id, b.allocated FROM stock_balances b LEFT JOIN (
            SELECT balance_id, sum(quantity) AS promised FROM allocations GROUP BY balance_id) a ON a.balance_id = b.id
        WHERE b.allocated <> coalesce(a.promised, 0) OR b.allocated > b.on_hand""",
    "a product's stock is the sum of its balances": """
        SELECT p.sku, p.units_in_stock FROM products p LEFT JOIN (
            SELECT product_id, sum(on_hand) AS there FROM stock_balances GROUP BY product_id) b ON b.product_id = p.id
        WHERE p.units_in_stock <> coalesce(b.there, 0)""",
    "what goes from one place comes to another": """
        SELECT transfer_id FROM stock_moves WHERE transfer_id IS NOT NULL
        GROUP BY transfer_id, batch_id HAVING sum(quantity) <> 0""",
    "of a line no more is promised and shipped than ordered": """
        SELECT l.id FROM order_lines l LEFT JOIN (
            SELECT order_line_id, sum(quantity) AS promised FROM allocations GROUP BY order_line_id) a
            ON a.order_line_id = l.id
        WHERE l.allocated_quantity <> coalesce(a.promised, 0) OR l.allocated_quantity + l.shipped_quantity > l.quantity""",
    "a line's shipped and returned pieces are the sums of its moves": """
        SELECT l.id, l.shipped_quantity, l.returned_quantity FROM order_lines l LEFT JOIN (
            SELECT order_line_id, -sum(CASE WHEN kind = 'SHIP' THEN quantity ELSE 0 END) AS gone,
                sum(CASE WHEN kind = 'RETURN' THEN quantity ELSE 0 END) AS back
            FROM stock_moves WHERE kind IN ('SHIP', 'RETURN') GROUP BY order_line_id) m ON m.order_line_id = l.id
        WHERE l.shipped_quantity <> coalesce(m.gone, 0) OR l.returned_quantity <> coalesce(m.back, 0)
            OR l.returned_quantity > l.shipped_quantity""",
    "an order costs what its lines cost": """
        SELECT o.number, o.net_minor, o.tax_minor, o.total_minor FROM orders o LEFT JOIN (
            SELECT order_id, sum(net_minor) AS net, sum(tax_minor) AS tax FROM order_lines GROUP BY order_id) l
            ON l.order_id = o.id
        WHERE o.net_minor <> coalesce(l.net, 0) OR o.tax_minor <> coalesce(l.tax, 0)
            OR o.total_minor <> o.net_minor + o.tax_minor""",
    "an order is paid by the sum of its payments": """
        SELECT o.number, o.paid_minor FROM orders o LEFT JOIN (
            SELECT order_id, sum(amount_minor) AS paid FROM order_payments GROUP BY order_id) p ON p.order_id = o.id
        WHERE o.paid_minor <> coalesce(p.paid, 0)""",
    "no more is given back than was paid, and refunds are the sums of their lines": """
        SELECT o.number, o.refunded_minor FROM orders o LEFT JOIN (
            SELECT r.order_id, sum(r.amount_minor) AS refunded FROM refunds r GROUP BY r.order_id) r ON r.order_id = o.id
        WHERE o.refunded_minor <> coalesce(r.refunded, 0) OR o.refunded_minor > o.paid_minor
        UNION ALL
        SELECT r.number, r.amount_minor FROM refunds r LEFT JOIN (
            SELECT refund_id, sum(net_minor + tax_minor) AS refunded FROM refund_lines GROUP BY refund_id) l
            ON l.refund_id = r.id WHERE r.amount_minor <> coalesce(l.refunded, 0)""",
    "of a line no more is given back than it cost, and no more pieces than were shipped": """
        SELECT l.id FROM order_lines l LEFT JOIN (
            SELECT order_line_id, sum(quantity) AS pieces, sum(net_minor + tax_minor) AS refunded FROM refund_lines
            GROUP BY order_line_id) r ON r.order_line_id = l.id
        WHERE l.refunded_quantity <> coalesce(r.pieces, 0) OR l.refunded_minor <> coalesce(r.refunded, 0)
            OR l.refunded_minor > l.total_minor OR l.refunded_quantity > l.shipped_quantity""",
    "drafts and cancelled orders are promised nothing": """
        SELECT o.number, o.status FROM orders o JOIN order_lines l ON l.order_id = o.id
        WHERE o.status IN ('DRAFT', 'CANCELLED') AND l.allocated_quantity > 0""",
    "an order's status says how much of it has left": """
        SELECT o.number, o.status, l.open, l.gone FROM orders o JOIN (
            SELECT order_id, sum(quantity - shipped_quantity) AS open, sum(shipped_quantity) AS gone FROM order_lines
            GROUP BY order_id) l ON l.order_id = o.id
        WHERE (o.status IN ('SHIPPED', 'DELIVERED') AND l.open <> 0) OR (o.status = 'PARTLY_SHIPPED' AND l.gone = 0)
            OR (o.status IN ('DRAFT', 'PLACED') AND l.gone <> 0)""",
    "what was shipped is what the shipment's lines say": """
        SELECT s.number, s.status FROM shipments s JOIN (
            SELECT shipment_id, sum(quantity) AS listed FROM shipment_lines GROUP BY shipment_id) l ON l.shipment_id = s.id
        LEFT JOIN (SELECT shipment_id, -sum(quantity) AS gone FROM stock_moves WHERE kind = 'SHIP' GROUP BY shipment_id) m
            ON m.shipment_id = s.id
        WHERE coalesce(m.gone, 0) <> CASE WHEN s.status IN ('SHIPPED', 'DELIVERED') THEN l.listed ELSE 0 END""",
    "what is on a pick list is promised to its order": """
        SELECT l.id FROM order_lines l JOIN (
            SELECT sl.order_line_id, sum(sl.quantity) AS listed FROM shipment_lines sl
            JOIN shipments s ON s.id = sl.shipment_id WHERE s.status IN ('TO_PICK', 'PICKED', 'PACKED')
            GROUP BY sl.order_line_id) p ON p.order_line_id = l.id WHERE p.listed > l.allocated_quantity""",
    "nothing of a batch is promised from a shelf unless it may be sold": """
        SELECT a.id FROM allocations a JOIN stock_balances b ON b.id = a.balance_id JOIN batches t ON t.id = b.batch_id
        JOIN locations p ON p.id = b.location_id WHERE t.status <> 'RELEASED' AND p.kind = 'STORAGE'""",
    "a purchase order costs what its lines cost": """
        SELECT o.number, o.total_minor FROM purchase_orders o LEFT JOIN (
            SELECT purchase_order_id, sum(total_minor) AS total FROM purchase_order_lines GROUP BY purchase_order_id) l
            ON l.purchase_order_id = o.id WHERE o.total_minor <> coalesce(l.total, 0)""",
    "what arrived is the sum of its receipts": """
        SELECT l.id, l.received_quantity FROM purchase_order_lines l LEFT JOIN (
            SELECT purchase_order_line_id, sum(quantity) AS arrived FROM receipt_lines GROUP BY purchase_order_line_id) r
            ON r.purchase_order_line_id = l.id WHERE l.received_quantity <> coalesce(r.arrived, 0)""",
    "what arrived went into stock": """
        SELECT r.receipt_id FROM (SELECT receipt_id, sum(quantity) AS arrived FROM receipt_lines GROUP BY receipt_id) r
        LEFT JOIN (SELECT receipt_id, sum(quantity) AS stored FROM stock_moves WHERE kind = 'RECEIPT' GROUP BY receipt_id) m
            ON m.receipt_id = r.receipt_id WHERE r.arrived <> coalesce(m.stored, 0)""",
    "what was made went into stock": """
        SELECT w.number, w.status FROM work_orders w LEFT JOIN (
            SELECT work_order_id, sum(quantity) AS made FROM stock_moves WHERE kind = 'PRODUCE' GROUP BY work_order_id) m
            ON m.work_order_id = w.id
        WHERE coalesce(m.made, 0) <> CASE WHEN w.status = 'COMPLETED' THEN w.completed_quantity ELSE 0 END""",
    "work that was given up consumed nothing, work that was done something": """
        SELECT w.number, w.status FROM work_orders w LEFT JOIN (
            SELECT work_order_id, -sum(quantity) AS used FROM stock_moves WHERE kind = 'CONSUME' GROUP BY work_order_id) m
            ON m.work_order_id = w.id
        WHERE (w.status IN ('PLANNED', 'RELEASED', 'CANCELLED') AND coalesce(m.used, 0) <> 0)
            OR (w.status IN ('IN_PROGRESS', 'COMPLETED') AND coalesce(m.used, 0) <= 0)""",
    "of a line no more comes back than was shipped": """
        SELECT l.id FROM order_lines l JOIN (
            SELECT rl.order_line_id, sum(rl.quantity) AS back FROM return_lines rl
            JOIN returns r ON r.id = rl.customer_return_id WHERE r.received_at IS NOT NULL OR r.status <> 'CLOSED'
            GROUP BY rl.order_line_id) r ON r.order_line_id = l.id WHERE r.back > l.shipped_quantity""",
}
"""Rows that must not be there, by what they would break."""


async def check_chain() -> None:
    """Looks at everything from order to delivery in the open database. AssertionError with the first rows that are wrong."""
    for rule, sql in WRONG.items():
        found = await get_connection("default").execute_query_dict(f"{sql} LIMIT 3")
        assert not found, f"Not so: {rule}. {[dict(row) for row in found]}"
