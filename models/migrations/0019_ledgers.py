"""What must hold from order to delivery, whoever writes; and the sums of the ledgers, which the database keeps by itself.

A stock move changes its balance, an allocation what is promised of one, a receipt what a purchase order still lacks, a payment
what an order still owes: in triggers, so that no sum can differ from what it is the sum of, and none falls below zero.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from tortoise import migrations
from tortoise.migrations import operations as ops

from models.kit.base import new_id
from models.kit.migrating_constraints import (
    at_least,
    by_code_point,
    constrain,
    constrain_anew,
    given,
    one_of,
    only_append,
    when,
)

ROLES = (
    "SERVICE_AGENT SALES_REPRESENTATIVE MARKETER FRONT_OFFICE_MANAGER PRODUCT_DEVELOPER PRODUCTION_PLANNER LOGISTICS_CLERK"
    " ACCOUNTANT HR_OFFICER IT_TECHNICIAN LEGAL_OFFICER OFFICE_ADMINISTRATOR BACK_OFFICE_MANAGER ADMINISTRATOR"
)
EVENT_KINDS = (
    "COMPLAINT_RECEIVED COMPLAINT_ACKNOWLEDGED COMPLAINT_ROUTED SEVERITY_CHANGED CAUSE_DETERMINED CUSTOMER_ASKED"
    " CUSTOMER_REPLIED REDRESS_PROPOSED REDRESS_APPROVED REDRESS_REJECTED REDRESS_WITHDRAWN COMPLAINT_ANSWERED"
    " COMPLAINT_CHALLENGED COMPLAINT_REOPENED COMPLAINT_RATED COMPLAINT_LINKED COMPLAINT_UNLINKED"
    " COMPLAINT_ATTACHED COMPLAINT_DETACHED COMPLAINT_CLOSED HANDOFF_QUEUED HANDOFF_CLAIMED HANDOFF_RELEASED"
    " HANDOFF_ANSWERED HANDOFF_REFUSED HANDOFF_WITHDRAWN ANSWER_ACCEPTED ANSWER_REJECTED HANDOFF_TRANSFERRED"
    " CLAIM_RETURNED INFORMATION_REQUESTED INFORMATION_PROVIDED MESSAGE_POSTED FRONT_OFFICE_MESSAGE_POSTED"
    " BACK_OFFICE_MESSAGE_POSTED CLOCK_WARNED CLOCK_BREACHED ESCALATION_OPENED ESCALATION_CHANGED"
    " ESCALATION_CLOSED CASE_PROPOSED CASE_OPENED CASE_ANSWERED CASE_CLOSED IMPROVEMENT_PROPOSED"
    " IMPROVEMENT_REVISED IMPROVEMENT_PLANNED IMPROVEMENT_STARTED IMPROVEMENT_MONITORED IMPROVEMENT_JUDGED"
    " IMPROVEMENT_REJECTED PRODUCT_DECIDED PRODUCT_ADDED PRODUCT_CHANGED PRODUCT_STATUS_CHANGED BILL_ACTIVATED"
    " WORK_ORDER_PLANNED WORK_ORDER_RELEASED WORK_ORDER_STARTED WORK_ORDER_COMPLETED WORK_ORDER_CANCELLED"
    " BATCH_CHECKED BATCH_HELD BATCH_RELEASED BATCH_REJECTED STOCK_LOW STOCK_OUT STOCK_COUNTED ORDER_DRAFTED"
    " ORDER_CHANGED ORDER_QUOTED DISCOUNT_ASKED DISCOUNT_APPROVED DISCOUNT_REJECTED ORDER_PLACED ORDER_AMENDED"
    " ORDER_ALLOCATED ORDER_BACKORDERED ORDER_HELD ORDER_RESUMED ORDER_CANCELLED PAYMENT_RECORDED SHIPMENT_CREATED SHIPMENT_PICKED"
    " SHIPMENT_PACKED SHIPMENT_SHIPPED SHIPMENT_DELIVERED SHIPMENT_CANCELLED PURCHASE_ORDER_DRAFTED"
    " PURCHASE_ORDER_CHANGED PURCHASE_ORDER_APPROVED PURCHASE_ORDER_SENT PURCHASE_ORDER_RECEIVED"
    " PURCHASE_ORDER_CLOSED PURCHASE_ORDER_CANCELLED RETURN_REQUESTED RETURN_AUTHORISED RETURN_RECEIVED"
    " RETURN_INSPECTED RETURN_CLOSED REFUND_MADE RULE_APPLIED TASK_CREATED TASK_FINISHED NOTIFICATION_SENT"
    " ABSENCE_SET ABSENCE_ENDED ACCOUNT_ADDED ACCOUNT_CHANGED SESSION_ENDED"
)
CHANNELS = "PHONE EMAIL CHAT WEB SOCIAL IN_PERSON LETTER"


def currency_code(column: str = "currency") -> str:
    """Three capital letters (ISO 4217)."""
    capitals = " AND ".join(f"substr({{row}}{column}, {place}, 1) BETWEEN 'A' AND 'Z'" for place in (1, 2, 3))
    return f"{{row}}{column} IS NULL OR (length({{row}}{column}) = 3 AND {capitals})"


def percent(column: str) -> str:
    """Hundredths of a percent, at most all of it."""
    return f"{{row}}{column} BETWEEN 0 AND 10000"


def other_person(one: str, other: str) -> str:
    """Two columns do not name the same account."""
    return f"{{row}}{one} IS NULL OR {{row}}{other} IS NULL OR {{row}}{one} <> {{row}}{other}"


CONSTRAINTS: dict[str, dict[str, str]] = {
    "customers": {
        "credit": at_least(0, "credit_limit_minor"),
        "credit_currency": currency_code("credit_currency"),
        "credit_has_currency": "({row}credit_limit_minor IS NULL) = ({row}credit_currency IS NULL)",
    },
    "product_categories": {"version": at_least(1, "version")},
    "products": {
        "status": one_of("status", "DRAFT ON_SALE PHASING_OUT WITHDRAWN"),
        "unit": one_of("unit", "PIECE BOX GRAM KILOGRAM MILLILITRE LITRE METRE"),
        "reorder_quantity": at_least(0, "reorder_quantity"),
        "stock_alert": one_of("stock_alert", "LOW OUT"),
        "spans": at_least(0, "warranty_months", "shelf_life_days"),
        "version": at_least(1, "version"),
    },
    "list_price_changes": {"amount": at_least(0, "amount_minor"), "currency": currency_code()},
    "cost_changes": {"amount": at_least(0, "amount_minor"), "currency": currency_code()},
    "warehouses": {"version": at_least(1, "version")},
    "locations": {
        "kind": one_of("kind", "STORAGE PACKING RETURNS QUARANTINE"),
        "version": at_least(1, "version"),
    },
    "batches": {
        "status": one_of("status", "ON_HOLD RELEASED REJECTED"),
        "cost": at_least(0, "unit_cost_minor"),
        "currency": currency_code(),
        "cost_has_currency": "({row}unit_cost_minor IS NULL) = ({row}currency IS NULL)",
        "version": at_least(1, "version"),
    },
    "stock_moves": {
        "kind": one_of("kind", "RECEIPT PICK SHIP RETURN PRODUCE CONSUME ADJUST TRANSFER"),
        "quantity": "{row}quantity <> 0",
        "comes": f"NOT ({one_of('kind', 'RECEIPT RETURN PRODUCE')}) OR {{row}}quantity > 0 OR {given('reason')}",
        "goes": f"NOT ({one_of('kind', 'SHIP CONSUME')}) OR {{row}}quantity < 0 OR {given('reason')}",
        "ships": when("kind", "SHIP RETURN", given("order_line_id")),
        "between": when("kind", "PICK TRANSFER", given("transfer_id")),
        "adjusts": when("kind", "ADJUST", given("reason")),
    },
    "stock_balances": {
        "on_hand": at_least(0, "on_hand"),
        "allocated": "{row}allocated BETWEEN 0 AND {row}on_hand",
    },
    "allocations": {"quantity": at_least(1, "quantity")},
    "stock_counts": {
        "status": one_of("status", "OPEN POSTED CANCELLED"),
        "posted": when("status", "POSTED", given("posted_at")),
        "version": at_least(1, "version"),
    },
    "stock_count_lines": {"counted": at_least(0, "counted", "expected")},
    "shipments": {
        "status": one_of("status", "TO_PICK PICKED PACKED SHIPPED DELIVERED CANCELLED"),
        "picked": when("status", "PICKED PACKED SHIPPED DELIVERED", given("picked_at")),
        "packed": when("status", "PACKED SHIPPED DELIVERED", given("packed_at")),
        "shipped": when("status", "SHIPPED DELIVERED", given("shipped_at"), given("carrier")),
        "delivered": when("status", "DELIVERED", given("delivered_at")),
        "cancelled": when("status", "CANCELLED", given("cancelled_at")),
        "version": at_least(1, "version"),
    },
    "shipment_lines": {"quantity": at_least(1, "quantity", "position")},
    "suppliers": {
        "currency": currency_code(),
        "allowance": percent("over_receipt_basis_points"),
        "version": at_least(1, "version"),
    },
    "purchase_orders": {
        "status": one_of("status", "DRAFT SENT PARTLY_RECEIVED RECEIVED CLOSED CANCELLED"),
        "currency": currency_code(),
        "total": at_least(0, "total_minor"),
        "sent": when("status", "SENT PARTLY_RECEIVED RECEIVED CLOSED", given("sent_at")),
        "ended": when("status", "CLOSED CANCELLED", given("ended_at")),
        "approved": "({row}approved_at IS NULL) = ({row}approved_by_id IS NULL)",
        "second_person": other_person("approved_by_id", "drafted_by_id"),
        "other_than_changed_it": other_person("approved_by_id", "changed_by_id"),
        "version": at_least(1, "version"),
    },
    "purchase_order_lines": {
        "quantity": at_least(1, "quantity", "position"),
        "received": at_least(0, "received_quantity"),
        "cost": at_least(0, "unit_cost_minor"),
        "total": "{row}total_minor = {row}unit_cost_minor * {row}quantity",
        "currency": currency_code(),
    },
    "receipt_lines": {"quantity": at_least(1, "quantity")},
    "purchase_limits": {
        "role": one_of("role", ROLES),
        "limit": at_least(0, "limit_minor"),
        "currency": currency_code(),
        "version": at_least(1, "version"),
    },
    "bills_of_materials": {
        "status": one_of("status", "DRAFT ACTIVE RETIRED"),
        "quantity": at_least(1, "output_quantity", "revision"),
        "active": when("status", "ACTIVE RETIRED", given("activated_at")),
        "version": at_least(1, "version"),
    },
    "bill_lines": {"quantity": at_least(1, "quantity", "position")},
    "work_orders": {
        "status": one_of("status", "PLANNED RELEASED IN_PROGRESS COMPLETED CANCELLED"),
        "quantity": at_least(1, "quantity", "completed_quantity"),
        "started": when("status", "IN_PROGRESS COMPLETED", given("started_at")),
        "completed": when("status", "COMPLETED", given("completed_quantity"), given("ended_at")),
        "cancelled": when("status", "CANCELLED", given("cancellation_reason"), given("ended_at")),
        "version": at_least(1, "version"),
    },
    "orders": {
        "discount": percent("discount_basis_points"),
        "sums": "{row}total_minor = {row}net_minor + {row}tax_minor",
        "amounts": at_least(0, "net_minor", "tax_minor"),
        "paid": "{row}paid_minor >= 0 AND {row}refunded_minor BETWEEN 0 AND {row}paid_minor",
        "shortage_policy": one_of("shortage_policy", "BACKORDER REFUSE"),
        "asked_through": one_of("asked_through", CHANNELS),
        "discount_state": one_of("discount_state", "WITHIN_LIMIT ASKED APPROVED REJECTED"),
        "second_person": other_person("discount_asked_by_id", "discount_decided_by_id"),
        "decided": when("discount_state", "APPROVED REJECTED", given("discount_decided_by_id")),
        "held": when("status", "ON_HOLD", given("held_at"), given("hold_reason")),
        "cancelled": when("status", "CANCELLED", given("cancelled_at")),
        "delivered": when("status", "DELIVERED", given("delivered_at")),
        "version": at_least(1, "version"),
    },
    "order_lines": {
        "tax_rate": percent("tax_rate_basis_points"),
        "sums": "{row}total_minor = {row}net_minor + {row}tax_minor",
        "amounts": at_least(0, "net_minor", "tax_minor"),
        "fulfilled": "{row}allocated_quantity >= 0 AND {row}shipped_quantity >= 0"
        " AND {row}shipped_quantity + {row}allocated_quantity <= {row}quantity",
        "returned": "{row}returned_quantity BETWEEN 0 AND {row}shipped_quantity",
        "refunded": "{row}refunded_quantity BETWEEN 0 AND {row}shipped_quantity"
        " AND {row}refunded_minor BETWEEN 0 AND {row}total_minor",
        "version": at_least(1, "version"),
    },
    "tax_rates": {
        "rate": percent("rate_basis_points"),
        "span": "{row}valid_until IS NULL OR {row}valid_until >= {row}valid_from",
        "version": at_least(1, "version"),
    },
    "discount_limits": {
        "role": one_of("role", ROLES),
        "limit": percent("limit_basis_points"),
        "version": at_least(1, "version"),
    },
    "order_payments": {
        "amount": "{row}amount_minor <> 0",
        "reversal": "({row}amount_minor < 0) = ({row}reverses_id IS NOT NULL)",
        "currency": currency_code(),
        "method": one_of("method", "BANK_TRANSFER CARD CASH DIRECT_DEBIT OTHER"),
    },
    "returns": {
        "status": one_of("status", "REQUESTED AUTHORISED RECEIVED INSPECTED CLOSED"),
        "reason": one_of("reason", "DEFECTIVE DAMAGED WRONG_ITEM NOT_AS_DESCRIBED NO_LONGER_WANTED WARRANTY OTHER"),
        "authorised": when("status", "AUTHORISED RECEIVED INSPECTED", given("authorised_at")),
        "received": when("status", "RECEIVED INSPECTED", given("received_at"), given("warehouse_id")),
        "inspected": when("status", "INSPECTED", given("inspected_at")),
        "closed": when("status", "CLOSED", given("closed_at")),
        "version": at_least(1, "version"),
    },
    "return_lines": {
        "quantity": at_least(1, "quantity", "position"),
        "condition": one_of("condition", "UNOPENED OPENED DAMAGED DEFECTIVE"),
        "disposition": one_of("disposition", "RESTOCK SCRAP"),
        "inspected": "({row}condition IS NULL) = ({row}disposition IS NULL)",
    },
    "refunds": {"amount": at_least(1, "amount_minor"), "currency": currency_code()},
    "refund_lines": {
        "position": at_least(1, "position"),
        "quantity": at_least(0, "quantity"),
        "amounts": at_least(0, "net_minor", "tax_minor"),
        "currency": currency_code(),
    },
}

REPLACED: dict[str, dict[str, str]] = {
    "orders": {"status": one_of("status", "DRAFT PLACED ON_HOLD PARTLY_SHIPPED SHIPPED DELIVERED CANCELLED")},
    "events": {"kind": one_of("kind", EVENT_KINDS)},
}

ONLY_GROW = (
    "list_price_changes cost_changes stock_moves receipts receipt_lines quality_checks order_payments refunds refund_lines"
).split()

BY_CODE_POINT = {
    "products": "status",
    "product_categories": "name",
    "warehouses": "code name",
    "locations": "code kind",
    "batches": "number status",
    "stock_counts": "number status",
    "shipments": "number status carrier",
    "suppliers": "number name country",
    "purchase_orders": "number status",
    "receipts": "number",
    "work_orders": "number status",
    "bills_of_materials": "status",
    "tax_rates": "country",
    "discount_limits": "role",
    "purchase_limits": "role",
    "returns": "number status reason",
    "refunds": "number",
}

MOVED = "UPDATE stock_balances SET on_hand = on_hand + NEW.quantity WHERE location_id = NEW.location_id AND batch_id = NEW.batch_id"
SUMS: dict[str, tuple[str, str, str, str]] = {
    "move_balance": (
        "stock_moves",
        "INSERT",
        "1 = 1",
        "INSERT INTO stock_balances (id, product_id, location_id, batch_id, on_hand, allocated)"
        " VALUES (NEW.id, NEW.product_id, NEW.location_id, NEW.batch_id, 0, 0)"
        f" ON CONFLICT (location_id, batch_id) DO NOTHING; {MOVED};",
    ),
    "move_product": (
        "stock_moves",
        "INSERT",
        "NEW.kind NOT IN ('PICK', 'TRANSFER')",
        "UPDATE products SET units_in_stock = units_in_stock + NEW.quantity WHERE id = NEW.product_id;",
    ),
    "move_shipped": (
        "stock_moves",
        "INSERT",
        "NEW.kind = 'SHIP'",
        "UPDATE order_lines SET shipped_quantity = shipped_quantity - NEW.quantity WHERE id = NEW.order_line_id;",
    ),
    "move_returned": (
        "stock_moves",
        "INSERT",
        "NEW.kind = 'RETURN'",
        "UPDATE order_lines SET returned_quantity = returned_quantity + NEW.quantity WHERE id = NEW.order_line_id;",
    ),
    "promise_made": (
        "allocations",
        "INSERT",
        "1 = 1",
        "UPDATE stock_balances SET allocated = allocated + NEW.quantity WHERE id = NEW.balance_id;"
        " UPDATE order_lines SET allocated_quantity = allocated_quantity + NEW.quantity WHERE id = NEW.order_line_id;",
    ),
    "promise_changed": (
        "allocations",
        "UPDATE",
        "1 = 1",
        "UPDATE stock_balances SET allocated = allocated + NEW.quantity - OLD.quantity WHERE id = NEW.balance_id;"
        " UPDATE order_lines SET allocated_quantity = allocated_quantity + NEW.quantity - OLD.quantity"
        " WHERE id = NEW.order_line_id;",
    ),
    "promise_ended": (
        "allocations",
        "DELETE",
        "1 = 1",
        "UPDATE stock_balances SET allocated = allocated - OLD.quantity WHERE id = OLD.balance_id;"
        " UPDATE order_lines SET allocated_quantity = allocated_quantity - OLD.quantity WHERE id = OLD.order_line_id;",
    ),
    "receipt_sum": (
        "receipt_lines",
        "INSERT",
        "1 = 1",
        "UPDATE purchase_order_lines SET received_quantity = received_quantity + NEW.quantity"
        " WHERE id = NEW.purchase_order_line_id;",
    ),
    "payment_sum": (
        "order_payments",
        "INSERT",
        "1 = 1",
        "UPDATE orders SET paid_minor = paid_minor + NEW.amount_minor WHERE id = NEW.order_id;",
    ),
    "refund_sum": (
        "refunds",
        "INSERT",
        "1 = 1",
        "UPDATE orders SET refunded_minor = refunded_minor + NEW.amount_minor WHERE id = NEW.order_id;",
    ),
    "refund_line_sum": (
        "refund_lines",
        "INSERT",
        "1 = 1",
        "UPDATE order_lines SET refunded_quantity = refunded_quantity + NEW.quantity,"
        " refunded_minor = refunded_minor + NEW.net_minor + NEW.tax_minor WHERE id = NEW.order_line_id;",
    ),
}
"""By name: the table, the moment, on which condition, and what is done then."""

REFUSED: dict[str, tuple[str, str, str]] = {
    "move_of_its_product": (
        "stock_moves",
        "BEFORE INSERT",
        "NOT EXISTS (SELECT 1 FROM batches WHERE id = NEW.batch_id AND product_id = NEW.product_id)",
    ),
    # What is not released goes nowhere but to another place, back to its supplier or into the bin.
    "move_of_released": (
        "stock_moves",
        "BEFORE INSERT",
        "NEW.kind IN ('SHIP', 'CONSUME') AND NEW.quantity < 0"
        " AND EXISTS (SELECT 1 FROM batches WHERE id = NEW.batch_id AND status <> 'RELEASED')",
    ),
    "receipt_within_allowance": (
        "purchase_order_lines",
        "BEFORE UPDATE",
        "NEW.received_quantity > OLD.received_quantity AND NEW.received_quantity > NEW.quantity"
        " AND CAST(NEW.received_quantity AS bigint) * 10000 > CAST(NEW.quantity AS bigint) * (SELECT 10000"
        " + s.over_receipt_basis_points FROM suppliers s JOIN purchase_orders p ON p.supplier_id = s.id"
        " WHERE p.id = NEW.purchase_order_id)",
    ),
    "promise_stays": (
        "allocations",
        "BEFORE UPDATE",
        "OLD.balance_id <> NEW.balance_id OR OLD.order_line_id <> NEW.order_line_id",
    ),
    # What a row is part of, and what it points at besides, are of the same order, product and currency.
    "move_of_its_order": (
        "stock_moves",
        "AFTER INSERT",
        "NEW.kind IN ('SHIP', 'RETURN') AND NOT EXISTS"
        " (SELECT 1 FROM order_lines WHERE id = NEW.order_line_id AND product_id = NEW.product_id)",
    ),
    "promise_of_its_product": (
        "allocations",
        "AFTER INSERT",
        "NOT EXISTS (SELECT 1 FROM order_lines line JOIN stock_balances balance ON balance.product_id = line.product_id"
        " WHERE line.id = NEW.order_line_id AND balance.id = NEW.balance_id)",
    ),
    "order_line_of_its_order": (
        "order_lines",
        "AFTER INSERT",
        "NOT EXISTS (SELECT 1 FROM orders WHERE id = NEW.order_id AND currency = NEW.currency)",
    ),
    "payment_of_its_order": (
        "order_payments",
        "AFTER INSERT",
        "NOT EXISTS (SELECT 1 FROM orders WHERE id = NEW.order_id AND currency = NEW.currency)",
    ),
    "refund_of_its_order": (
        "refunds",
        "AFTER INSERT",
        "NOT EXISTS (SELECT 1 FROM orders WHERE id = NEW.order_id AND currency = NEW.currency)",
    ),
    "refund_line_of_its_order": (
        "refund_lines",
        "AFTER INSERT",
        "NOT EXISTS (SELECT 1 FROM order_lines line JOIN refunds ON refunds.order_id = line.order_id"
        " WHERE line.id = NEW.order_line_id AND refunds.id = NEW.refund_id AND refunds.currency = NEW.currency)",
    ),
    "return_line_of_its_order": (
        "return_lines",
        "AFTER INSERT",
        "NOT EXISTS (SELECT 1 FROM order_lines line JOIN returns ON returns.order_id = line.order_id"
        " WHERE line.id = NEW.order_line_id AND returns.id = NEW.customer_return_id)",
    ),
    "shipment_line_of_its_order": (
        "shipment_lines",
        "AFTER INSERT",
        "NOT EXISTS (SELECT 1 FROM order_lines line JOIN shipments ON shipments.order_id = line.order_id"
        " JOIN batches ON batches.product_id = line.product_id"
        " WHERE line.id = NEW.order_line_id AND shipments.id = NEW.shipment_id AND batches.id = NEW.batch_id)",
    ),
    "purchase_line_of_its_order": (
        "purchase_order_lines",
        "AFTER INSERT",
        "NOT EXISTS (SELECT 1 FROM purchase_orders WHERE id = NEW.purchase_order_id AND currency = NEW.currency)",
    ),
    "receipt_line_of_its_order": (
        "receipt_lines",
        "AFTER INSERT",
        "NOT EXISTS (SELECT 1 FROM purchase_order_lines line JOIN receipts"
        " ON receipts.purchase_order_id = line.purchase_order_id JOIN batches ON batches.product_id = line.product_id"
        " WHERE line.id = NEW.purchase_order_line_id AND receipts.id = NEW.receipt_id AND batches.id = NEW.batch_id)",
    ),
}
"""By name: the table, the moment, and when the row is refused, where a condition on the row alone does not do."""

EVENT_COLUMNS = (
    "id kind at actor_id complaint_id handoff_id department account_id improvement_id notification_id order_id product_id"
    " batch_id work_order_id shipment_id purchase_order_id return_id"
).split()
ONLY_NUMBERED = " AND ".join(
    (
        "OLD.position IS NULL",
        "NEW.position IS NOT NULL",
        *(f"OLD.{column} IS NOT DISTINCT FROM NEW.{column}" for column in EVENT_COLUMNS),
    )
)
SUBJECTS = "order product batch work_order shipment purchase_order return".split()

PAYMENT_STATE = (
    "CASE WHEN paid_minor > 0 AND refunded_minor = paid_minor THEN 'REFUNDED' WHEN paid_minor >= total_minor THEN 'PAID'"
    " WHEN paid_minor > 0 THEN 'PARTLY_PAID' ELSE 'UNPAID' END"
)

INDEXES = (
    "CREATE INDEX orders_by_status ON orders (status, placed_at, id)",
    f"CREATE INDEX orders_by_payment ON orders (({PAYMENT_STATE}), placed_at, id)",
    "CREATE INDEX orders_to_approve ON orders (placed_at, id) WHERE discount_state = 'ASKED'",
    *(
        f"CREATE INDEX events_of_{subject}s ON events ({subject}_id, id) WHERE {subject}_id IS NOT NULL"
        for subject in SUBJECTS
    ),
    "CREATE INDEX order_lines_waiting ON order_lines (product_id, id) WHERE shipped_quantity + allocated_quantity < quantity",
    "CREATE INDEX stock_to_promise ON stock_balances (product_id, id) WHERE allocated < on_hand",
    "CREATE INDEX stock_of_locations ON stock_balances (location_id, id)",
    "CREATE INDEX batches_to_expire ON batches (expires_on, id) WHERE expires_on IS NOT NULL",
    "CREATE UNIQUE INDEX open_count ON stock_counts (location_id) WHERE status = 'OPEN'",
    "CREATE UNIQUE INDEX active_bill ON bills_of_materials (product_id) WHERE status = 'ACTIVE'",
    *(
        f"CREATE INDEX moves_of_{source}s ON stock_moves ({source}_id, id) WHERE {source}_id IS NOT NULL"
        for source in "order_line shipment receipt work_order return stock_count".split()
    ),
)


PROGRESS = {
    "id": "uuid",
    "order_id": "uuid",
    "order_line_id": "uuid",
    "product_id": "uuid",
    "place": "integer",
    "position": "integer",
    "stage": "text",
    "quantity": "integer",
    "since": "timestamptz",
    "expected_at": "timestamptz",
    "planned_for": "date",
    "work_order_number": "text",
    "batch_number": "text",
    "shipment_id": "uuid",
    "carrier": "text",
    "tracking_number": "text",
}
FURTHEST_FIRST: Sequence[str] = "DELIVERED SHIPPED PICKED ALLOCATED IN_PRODUCTION BACKORDERED".split()

# What is made, or was made and waits for its quality check, by the day that it is planned for.
BEING_MADE = (
    "CREATE VIEW being_made AS SELECT w.id, w.product_id, w.planned_for, w.number AS work_order_number,"
    " {nothing} AS batch_number, w.quantity FROM work_orders w WHERE w.status IN ('PLANNED', 'RELEASED', 'IN_PROGRESS')"
    " UNION ALL SELECT b.id, b.product_id, w.planned_for, w.number, b.number, {lies}"
    " FROM batches b JOIN work_orders w ON w.id = b.work_order_id WHERE b.status = 'ON_HOLD'"
)
LIES = (
    "CAST(coalesce((SELECT sum(lies.on_hand - lies.allocated) FROM stock_balances lies WHERE lies.batch_id = b.id), 0)"
    " AS integer)"
)

# Lines that wait, with how much the older ones wait for, and how much of their product is being made.
WAITING = (
    "(SELECT l.id, l.order_id, l.product_id, l.position, l.quantity - l.shipped_quantity - l.allocated_quantity AS lacking,"
    " coalesce((SELECT sum(older.quantity - older.shipped_quantity - older.allocated_quantity) FROM order_lines older"
    " JOIN orders before ON before.id = older.order_id WHERE older.product_id = l.product_id"
    " AND older.shipped_quantity + older.allocated_quantity < older.quantity AND before.status IN ('PLACED', 'PARTLY_SHIPPED')"
    " AND (before.placed_at, before.id, older.position) < (o.placed_at, o.id, l.position)), 0) AS ahead,"
    " coalesce((SELECT sum(w.quantity) FROM work_orders w WHERE w.product_id = l.product_id"
    " AND w.status IN ('PLANNED', 'RELEASED', 'IN_PROGRESS')), 0) + coalesce((SELECT sum(lies.on_hand - lies.allocated)"
    " FROM batches b JOIN stock_balances lies ON lies.batch_id = b.id WHERE b.product_id = l.product_id"
    " AND b.status = 'ON_HOLD' AND b.work_order_id IS NOT NULL), 0) AS made"
    " FROM order_lines l JOIN orders o ON o.id = l.order_id"
    " WHERE l.shipped_quantity + l.allocated_quantity < l.quantity AND o.status IN ('PLACED', 'ON_HOLD', 'PARTLY_SHIPPED'))"
)
MADE_FOR_IT = (
    "CASE WHEN line.made <= line.ahead THEN 0 WHEN line.made - line.ahead < line.lacking THEN line.made - line.ahead"
    " ELSE line.lacking END"
)
MADE_LAST = (
    "SELECT last.id FROM being_made last WHERE last.product_id = line.product_id"
    " AND (SELECT sum(first.quantity) FROM being_made first WHERE first.product_id = line.product_id"
    f" AND (first.planned_for, first.id) <= (last.planned_for, last.id)) >= line.ahead + {MADE_FOR_IT}"
    " ORDER BY last.planned_for, last.id LIMIT 1"
)
# When what was ordered from suppliers covers all that is not made, for this line and those before it.
DELIVERED_LAST = (
    "SELECT min(due.expected_at) FROM purchase_orders due JOIN purchase_order_lines what ON what.purchase_order_id = due.id"
    " WHERE what.product_id = line.product_id AND due.status IN ('SENT', 'PARTLY_RECEIVED')"
    " AND (SELECT sum(part.quantity - part.received_quantity) FROM purchase_order_lines part"
    " JOIN purchase_orders early ON early.id = part.purchase_order_id WHERE part.product_id = line.product_id"
    " AND early.status IN ('SENT', 'PARTLY_RECEIVED') AND part.received_quantity < part.quantity"
    " AND early.expected_at <= due.expected_at) >= line.ahead + line.lacking - line.made"
)
IN_STOCK = (
    "FROM allocations a JOIN stock_balances b ON b.id = a.balance_id JOIN locations place ON place.id = b.location_id"
    " WHERE a.order_line_id = line.id AND place.kind <> 'PACKING'"
)
IN_SHIPMENT = (
    "SELECT sum(sl.quantity) FROM shipment_lines sl WHERE sl.shipment_id = s.id AND sl.order_line_id = line.id"
)
WITH_SHIPMENT = (
    "(SELECT coalesce(sum(sl.quantity), 0) FROM shipment_lines sl JOIN shipments s ON s.id = sl.shipment_id"
    " WHERE sl.order_line_id = line.id AND s.status IN ('SHIPPED', 'DELIVERED'))"
)


def progress_branches() -> list[tuple[dict[str, str], str]]:
    """Each stage of an order's lines: where the columns come from, and which rows. None of them adds rows up."""

    def stage(name: str, **sources: str) -> dict[str, str]:
        return {
            "id": "line.id",
            "order_id": "line.order_id",
            "order_line_id": "line.id",
            "product_id": "line.product_id",
            "position": "line.position",
            "stage": f"'{name}'",
            "place": f"line.position * 10 + {FURTHEST_FIRST.index(name)}",
            **sources,
        }

    parcel = {"id": "s.id", "quantity": f"({IN_SHIPMENT})", "shipment_id": "s.id"}
    carried = {**parcel, "carrier": "s.carrier", "tracking_number": "s.tracking_number", "expected_at": "s.expected_at"}
    parcels = (
        "order_lines line JOIN shipments s ON s.order_id = line.order_id"
        " WHERE EXISTS (SELECT 1 FROM shipment_lines any_of WHERE any_of.shipment_id = s.id AND any_of.order_line_id = line.id)"
        " AND s.status IN"
    )
    unknown = (
        "order_lines line JOIN orders o ON o.id = line.order_id"
        f" WHERE line.shipped_quantity > {WITH_SHIPMENT} AND o.status"
    )
    left_before = f"line.shipped_quantity - {WITH_SHIPMENT}"
    return [
        (stage("DELIVERED", **carried, since="s.delivered_at"), f"{parcels} ('DELIVERED')"),
        (stage("SHIPPED", **carried, since="s.shipped_at"), f"{parcels} ('SHIPPED')"),
        # What left the house before shipments were kept.
        (stage("DELIVERED", quantity=left_before, since="o.delivered_at"), f"{unknown} = 'DELIVERED'"),
        (stage("SHIPPED", quantity=left_before, since="o.shipped_at"), f"{unknown} <> 'DELIVERED'"),
        (stage("PICKED", **parcel, since="s.picked_at"), f"{parcels} ('PICKED', 'PACKED')"),
        (
            stage(
                "ALLOCATED",
                quantity=f"(SELECT sum(a.quantity) {IN_STOCK})",
                since=f"(SELECT min(a.allocated_at) {IN_STOCK})",
            ),
            f"order_lines line WHERE line.allocated_quantity > 0 AND EXISTS (SELECT 1 {IN_STOCK})",
        ),
        (
            stage(
                "IN_PRODUCTION",
                quantity=MADE_FOR_IT,
                planned_for="made.planned_for",
                work_order_number="made.work_order_number",
                batch_number="made.batch_number",
            ),
            f"{WAITING} line JOIN being_made made ON made.id = ({MADE_LAST}) WHERE {MADE_FOR_IT} > 0",
        ),
        (
            stage("BACKORDERED", quantity=f"line.lacking - {MADE_FOR_IT}", expected_at=f"({DELIVERED_LAST})"),
            f"{WAITING} line WHERE line.lacking > {MADE_FOR_IT}",
        ),
    ]


def progress_view(dialect: str) -> str:
    """The statement that makes the view. On PostgreSQL every column is cast, so that all branches agree."""

    def column(name: str, source: str) -> str:
        return f"{source} AS {name}" if dialect == "sqlite" else f"({source})::{PROGRESS[name]} AS {name}"

    selects = [
        f"SELECT {', '.join(column(name, sources.get(name, 'NULL')) for name in PROGRESS)} FROM {rows}"
        for sources, rows in progress_branches()
    ]
    return "CREATE VIEW order_progress AS " + " UNION ALL ".join(selects)


async def make_progress_views(_apps: Any, editor: Any) -> None:
    """Shows how far orders are."""
    dialect = "sqlite" if editor.DIALECT == "sqlite" else "postgres"
    nothing = "NULL" if dialect == "sqlite" else "NULL::text"
    await editor.client.execute_query(BEING_MADE.format(nothing=nothing, lies=LIES))
    await editor.client.execute_query(progress_view(dialect))
    await editor.client.execute_query("CREATE INDEX batches_held ON batches (product_id, id) WHERE status = 'ON_HOLD'")


async def keep_what_holds(_apps: Any, editor: Any) -> None:
    """Brings old rows into line, and then adds everything that must hold from now on."""
    run = editor.client.execute_query
    await run("UPDATE order_lines SET net_minor = total_minor")
    await run("UPDATE orders SET net_minor = total_minor")
    await run("UPDATE orders SET cancelled_at = placed_at WHERE status = 'CANCELLED'")
    await run(
        "UPDATE order_lines SET product_name = (SELECT name FROM products WHERE products.id = order_lines.product_id)"
    )
    # Who it was sold to was not written down either: the name and address of today are the best that is known.
    kept = ("name", "street", "city", "region", "postal_code", "country")
    copied = ", ".join(f"{'customer_name' if one == 'name' else f'bill_{one}'} = buyer.{one}" for one in kept)
    await run(f"UPDATE orders SET {copied} FROM customers buyer WHERE buyer.id = orders.customer_id")
    # What had left the house before there were moves had left it all the same.
    await run(
        "UPDATE order_lines SET shipped_quantity = quantity"
        " WHERE order_id IN (SELECT id FROM orders WHERE status = 'SHIPPED')"
    )
    for table, columns in BY_CODE_POINT.items():
        await by_code_point(editor, table, *columns.split())
    for table, conditions in CONSTRAINTS.items():
        await constrain(editor, table, conditions)
    for table, conditions in REPLACED.items():
        await constrain_anew(editor, table, conditions)
    for table in ONLY_GROW:
        await only_append(editor, table)
    await _let_events_be_numbered_only(editor)
    for name, (table, moment, condition, work) in SUMS.items():
        await _trigger(editor, name, f"AFTER {moment}", table, condition, work)
    for name, (table, moment, condition) in REFUSED.items():
        await _refuse(editor, name, moment, table, condition)
    for index in INDEXES:
        await run(index)


async def open_the_books(_apps: Any, editor: Any) -> None:
    """Puts what products say is in stock onto a shelf, as one opening batch each, so that the ledger starts with it.

    What orders wait for is promised to them from it, first come, first served.
    """
    client = editor.client
    products = await client.execute_query_dict(
        "SELECT id, currency, cost_price_minor, units_in_stock FROM products WHERE units_in_stock > 0 ORDER BY id"
    )
    if not products:
        return
    moment = "CURRENT_TIMESTAMP" if editor.DIALECT != "sqlite" else "strftime('%Y-%m-%d %H:%M:%f000+00:00', 'now')"
    warehouse, shelf = new_id(), new_id()
    await client.execute_query(
        f"INSERT INTO warehouses (id, code, name, country, version) VALUES ('{warehouse}', 'MAIN', 'Main', 'Unknown', 1)"
    )
    await client.execute_query(
        "INSERT INTO locations (id, warehouse_id, code, kind, version)"
        f" VALUES ('{shelf}', '{warehouse}', 'OPENING', 'STORAGE', 1)"
    )
    await client.execute_query("UPDATE products SET units_in_stock = 0 WHERE units_in_stock > 0")
    balances: dict[str, UUID] = {}
    for number, product in enumerate(products, start=1):
        batch, move, cost = new_id(), new_id(), product["cost_price_minor"]
        balances[str(product["id"])] = move
        currency = "NULL" if cost is None else f"'{product['currency']}'"
        await client.execute_query(
            "INSERT INTO batches (id, number, product_id, status, made_at, currency, unit_cost_minor, version) VALUES"
            f" ('{batch}', 'OPENING-{number:06}', '{product['id']}', 'RELEASED', {moment}, {currency},"
            f" {'NULL' if cost is None else cost}, 1)"
        )
        await client.execute_query(
            "INSERT INTO stock_moves (id, product_id, location_id, batch_id, kind, quantity, reason, at) VALUES"
            f" ('{move}', '{product['id']}', '{shelf}', '{batch}', 'ADJUST', {product['units_in_stock']},"
            f" 'Opening balance', {moment})"
        )
    left = {str(product["id"]): product["units_in_stock"] for product in products}
    waiting = await client.execute_query_dict(
        "SELECT line.id, line.product_id, line.quantity FROM order_lines line JOIN orders ON orders.id = line.order_id"
        " WHERE orders.status = 'PLACED' ORDER BY orders.placed_at, orders.id, line.position"
    )
    for line in waiting:
        product = str(line["product_id"])
        if quantity := min(line["quantity"], left.get(product, 0)):
            left[product] -= quantity
            await client.execute_query(
                "INSERT INTO allocations (id, order_line_id, balance_id, quantity, allocated_at)"
                f" VALUES ('{new_id()}', '{line['id']}', '{balances[product]}', {quantity}, {moment})"
            )


async def _let_events_be_numbered_only(editor: Any) -> None:
    run = editor.client.execute_query
    if editor.DIALECT == "sqlite":
        numbered = ONLY_NUMBERED.replace("IS NOT DISTINCT FROM", "IS")
        await run("DROP TRIGGER events_unchanged")
        await run(
            f"CREATE TRIGGER events_unchanged BEFORE UPDATE ON events WHEN NOT ({numbered})"
            " BEGIN SELECT RAISE(ABORT, 'events are append-only'); END"
        )
        return
    await run("DROP TRIGGER events_unchanged ON events")
    await run(
        f"CREATE TRIGGER events_unchanged BEFORE UPDATE ON events FOR EACH ROW WHEN (NOT ({ONLY_NUMBERED}))"
        " EXECUTE FUNCTION refuse_to_rewrite_events()"
    )


async def _trigger(editor: Any, name: str, moment: str, table: str, condition: str, work: str) -> None:
    """Work that the database does after each row."""
    run = editor.client.execute_query
    if editor.DIALECT == "sqlite":
        await run(f"CREATE TRIGGER {name} {moment} ON {table} WHEN {condition} BEGIN {work} END")
        return
    await run(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {work} RETURN NULL; END $$",
    )
    await run(f"CREATE TRIGGER {name} {moment} ON {table} FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION {name}()")


async def _refuse(editor: Any, name: str, moment: str, table: str, condition: str) -> None:
    """Refuses rows by what other rows say."""
    run = editor.client.execute_query
    if editor.DIALECT == "sqlite":
        await run(
            f"CREATE TRIGGER {name} {moment} ON {table} WHEN {condition}"
            f" BEGIN SELECT RAISE(ABORT, 'CHECK constraint failed: {name}'); END"
        )
        return
    await run(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {condition} THEN"
        f" RAISE EXCEPTION 'CHECK constraint failed: {name}' USING ERRCODE = 'check_violation'; END IF;"
        " RETURN NEW; END $$"
    )
    await run(f"CREATE TRIGGER {name} {moment} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")


class Migration(migrations.Migration):
    dependencies = [("models", "0018_order_to_delivery")]

    initial = False

    operations = [
        ops.RunPython(keep_what_holds),
        ops.RunPython(open_the_books),
        ops.RunPython(make_progress_views),
    ]
