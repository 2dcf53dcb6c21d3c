"""What breaks each constraint from order to delivery, and what stands just inside: changes to the valid rows."""

from tests.storage.valid_rows import T0, Row, id_of

# A parcel's further life, column by column.
PICKED: Row = {"picked_at": T0}
PACKED: Row = PICKED | {"packed_at": T0}
GONE: Row = PACKED | {"shipped_at": T0, "carrier": "Speedy Express"}
# A purchase order that somebody else than its drafter changed.
CHANGED: Row = {"drafted_by_id": None, "changed_by_id": id_of("accounts")}
# A return's.
AUTHORISED: Row = {"authorised_at": T0}
CAME_BACK: Row = AUTHORISED | {"received_at": T0, "warehouse_id": id_of("warehouses")}
# A proposed refund's, once somebody else than its proposer has approved it.
REFUNDED: Row = {
    "status": "APPROVED",
    "decided_at": T0,
    "decided_by_id": id_of("accounts", other=True),
    "refund_id": id_of("refunds"),
}
# A line of which nothing has happened to any piece.
NOTHING_YET: Row = dict.fromkeys(
    ("allocated_quantity", "shipped_quantity", "returned_quantity", "refunded_quantity", "refunded_minor"), 0
)

CHAIN_VIOLATIONS: list[tuple[str, str, Row]] = [
    ("customers", "credit", {"credit_limit_minor": -1, "credit_currency": "USD"}),
    ("customers", "credit_currency", {"credit_limit_minor": 1, "credit_currency": "usd"}),
    ("stock_moves", "quantity", {"quantity": 0, "reason": "Nothing."}),
    ("stock_moves", "comes", {"quantity": -1}),
    ("stock_moves", "goes", {"kind": "CONSUME"}),
    ("stock_moves", "ships", {"kind": "SHIP", "quantity": -1}),
    ("stock_balances", "on_hand", {"on_hand": -1, "allocated": 0}),
    ("stock_balances", "allocated", {"on_hand": 5, "allocated": 6}),
    ("stock_balances", "allocated", {"on_hand": 5, "allocated": -1}),
    ("stock_counts", "poster", {"posted_by_id": id_of("accounts")}),
    ("purchase_orders", "sent", {"sent_at": None, "sent_by_id": None}),
    ("purchase_orders", "second_person", {"approved_at": T0, "approved_by_id": id_of("accounts")}),
    ("purchase_orders", "other_than_changed_it", CHANGED | {"approved_at": T0, "approved_by_id": id_of("accounts")}),
    ("purchase_orders", "sender", {"status": "DRAFT", "sent_at": None}),
    ("purchase_order_lines", "quantity", {"quantity": 0, "total_minor": 0}),
    ("purchase_order_lines", "cost", {"unit_cost_minor": -1, "total_minor": -10}),
    ("purchase_order_lines", "total", {"total_minor": 1}),
    ("purchase_order_lines", "unknown", {"cost_known": False}),
    ("orders", "sums", {"total_minor": 101}),
    ("orders", "amounts", {"net_minor": -1, "tax_minor": 101}),
    ("orders", "amounts", {"net_minor": 101, "tax_minor": -1}),
    ("orders", "paid", {"paid_minor": -1, "refunded_minor": -1}),
    ("orders", "paid", {"paid_minor": 1, "refunded_minor": 2}),
    ("orders", "paid", {"refunded_minor": -1}),
    (
        "orders",
        "second_person",
        {"discount_asked_by_id": id_of("accounts"), "discount_decided_by_id": id_of("accounts")},
    ),
    ("order_lines", "sums", {"total_minor": 101}),
    ("order_lines", "amounts", {"net_minor": -1, "tax_minor": 101}),
    ("order_lines", "amounts", {"net_minor": 101, "tax_minor": -1}),
    ("order_lines", "fulfilled", NOTHING_YET | {"allocated_quantity": -1}),
    ("order_lines", "fulfilled", NOTHING_YET | {"allocated_quantity": 2, "shipped_quantity": 3}),
    ("order_lines", "returned", NOTHING_YET | {"returned_quantity": 1}),
    ("order_lines", "returned", NOTHING_YET | {"returned_quantity": -1}),
    ("order_lines", "refunded", NOTHING_YET | {"refunded_quantity": 1}),
    ("order_lines", "refunded", NOTHING_YET | {"refunded_minor": 101}),
    ("order_lines", "refunded", NOTHING_YET | {"refunded_minor": -1}),
    ("tax_rates", "span", {"valid_until": "2026-02-28"}),
    ("order_payments", "amount", {"amount_minor": 0}),
    ("order_payments", "reversal", {"amount_minor": -1}),
    ("order_payments", "reversal", {"reverses_id": id_of("order_payments")}),
    ("order_amendment_lines", "changed", {"quantity_after": 3}),
    ("return_lines", "condition", {"condition": "EATEN", "disposition": "SCRAP"}),
    ("return_lines", "disposition", {"condition": "OPENED", "disposition": "EAT"}),
    ("refunds", "overpaid", {"overpaid_minor": -1}),
    ("refunds", "overpaid", {"overpaid_minor": 10_001}),
    ("refund_proposals", "overpaid", {"overpaid_minor": -1}),
    ("refund_proposals", "overpaid", {"overpaid_minor": 11}),
    ("refund_proposals", "two_people", REFUNDED | {"decided_by_id": id_of("accounts")}),
]

CHAIN_PERMITTED: list[tuple[str, Row]] = [
    ("customers", {"credit_limit_minor": 0, "credit_currency": "EUR"}),
    ("orders", {"net_minor": 84, "tax_minor": 16, "discount_basis_points": 10_000}),
    ("orders", {"status": "ON_HOLD", "held_at": T0, "hold_reason": "Unpaid."}),
    ("order_lines", {"allocated_quantity": 1, "shipped_quantity": 3, "returned_quantity": 3, "refunded_quantity": 3}),
    ("order_lines", {"net_minor": 84, "tax_minor": 16, "refunded_minor": 100}),
    ("batches", {"unit_cost_minor": None, "currency": None, "status": "ON_HOLD", "expires_on": "2026-03-02"}),
    ("tax_rates", {"valid_until": "2026-03-01", "rate_basis_points": 0, "category_id": None}),
    ("purchase_order_lines", {"received_quantity": 11}),
    ("stock_moves", {"kind": "CONSUME", "quantity": 2, "reason": "It was not needed."}),
    ("stock_moves", {"quantity": -1, "reason": "It was another one's."}),
    ("stock_moves", {"kind": "ADJUST", "quantity": -1, "reason": "Mice."}),
    ("stock_balances", {"on_hand": 5, "allocated": 5}),
    ("shipments", {"status": "SHIPPED"} | GONE),
    ("shipments", {"status": "DELIVERED", "delivered_at": T0} | GONE),
    ("returns", {"status": "INSPECTED", "inspected_at": T0} | CAME_BACK),
    ("returns", {"status": "CLOSED", "closed_at": T0}),
    ("return_lines", {"condition": "OPENED", "disposition": "RESTOCK"}),
    ("refund_proposals", {"overpaid_minor": 10}),
    ("refund_proposals", REFUNDED),
    # Who proposed a refund may take it back.
    ("refund_proposals", {"status": "REJECTED", "decided_at": T0, "decided_by_id": id_of("accounts")}),
]
