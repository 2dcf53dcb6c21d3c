"""What a table's valid row holds that its columns do not say: figures that fit each other, and what could be left out."""

from dataclasses import dataclass
from typing import Any

from tests.storage.valid_rows.columns import Row, id_of


@dataclass(frozen=True)
class Said:
    """`there`: columns that may be left out and hold something all the same; `held`: columns that hold something certain."""

    there: tuple[str, ...]
    held: Row


def said(there: str = "", **held: Any) -> Said:
    return Said(tuple(there.split()), held)


SAID: dict[str, Said] = {
    # --- Who there is, and what is sold ---
    "accounts": said(enabled=True),
    "password_tokens": said("issued_by_id"),
    "products": said(list_price_minor=100, cost_price_minor=60, units_in_stock=0, reorder_level=0),
    "customers": said(country="Germany"),
    "product_decisions": said("improvement_id", decision="IMPROVE", complaints=2, high_complaints=0),
    "list_price_changes": said("changed_by_id", amount_minor=100),
    "cost_changes": said("changed_by_id", amount_minor=60),
    "suppliers": said(country="Germany", over_receipt_basis_points=500),
    # --- Orders ---
    "orders": said(status="PLACED", net_minor=100, total_minor=100),
    "order_lines": said(quantity=4, unit_price_minor=25, discount_basis_points=0, net_minor=100, total_minor=100),
    "order_payments": said("recorded_by_id", amount_minor=100, method="CARD"),
    "order_amendments": said("amended_by_id asked_by asked_through reason"),
    "order_amendment_lines": said(quantity_before=3, quantity_after=4),
    "tax_rates": said("category_id", country="Germany", rate_basis_points=1900),
    "returns": said("complaint_id requested_by_id"),
    "return_lines": said("batch_id"),
    "refunds": said("customer_return_id complaint_id made_by_id", amount_minor=10),
    "refund_proposals": said("customer_return_id", amount_minor=10, overpaid_minor=0, status="PROPOSED"),
    "refund_proposal_lines": said(quantity=0, amount_minor=10),
    "refund_lines": said(quantity=0, net_minor=10, tax_minor=0),
    # --- Complaints and what hangs on them ---
    "complaints": said("order_id product_id received_by_id", category="DELIVERY"),
    "major_cases": said("product_id opened_by_id", category="PRODUCT_QUALITY"),
    "complaint_answers": said(
        "attempt currency proposed_by_id proposed_at case_id", redress="REFUND", amount_minor=100, status="PROPOSED"
    ),
    "redress_limits": said(currency="GBP", limit_minor=5000),
    "reopenings": said("by_id"),
    "complaint_links": said("linked_by_id", other_id=id_of("complaints", other=True), kind="SAME_CAUSE"),
    "rating_links": said("issued_by_id"),
    "ratings": said("agent_id", score=5),
    "handoffs": said("handed_off_by_id", department="LOGISTICS", blocks=True),
    "events": said("actor_id account_id", kind="HANDOFF_QUEUED", department="LOGISTICS"),
    "event_subjects": said(type="complaint", key=id_of("complaints")),
    "restores": said(epoch="0a1b2c3d"),
    "notifications": said("complaint_id handoff_id"),
    "correspondence": said("by_id", channel="EMAIL", language="EN"),
    "improvements": said(
        "product_id", kind="PREVENTION", category="DELIVERY", cause="METHOD", department="LOGISTICS", window_days=90
    ),
    # --- What is watched, and what happens by itself ---
    "regimes": said(active=True, reopen_within_days=30, rating_window_days=14),
    "business_calendars": said(hours="[[], [], [], [], [], [], []]"),
    "calendar_openings": said(closes_at="2026-03-01 17:00:00.000000+00:00", length_ms=28_800_000, before_ms=0),
    "clock_policies": said(
        "stage calendar_id",
        kind="ANSWER_HANDOFF",
        department="LOGISTICS",
        category="DELIVERY",
        severity="LOW",
        budget_minutes=60,
    ),
    "clocks": said("handoff_id", kind="ANSWER_HANDOFF", department="LOGISTICS", remaining_ms=0),
    "clock_segments": said("actor_id", restarts=True, department="LOGISTICS"),
    "department_managers": said("account_id set_by_id", department="LOGISTICS"),
    "escalations": said("handoff_id assignee_id", source="CLOCK", requested_roles='["SERVICE_AGENT"]'),
    "tasks": said("complaint_id handoff_id", department="LOGISTICS", source="RULE"),
    "rules": said(enabled=True, current_id=id_of("rule_versions")),
    "rule_versions": said("saved_by_id"),
    "rule_conditions": said(compared_with='["DELIVERY"]'),
    "rule_actions": said(only_raise=True),
    "rule_applications": said("handoff_id", department="LOGISTICS"),
    # --- From the shelf to the parcel ---
    "discount_limits": said(limit_basis_points=500),
    "purchase_limits": said(role="BACK_OFFICE_MANAGER", limit_minor=100_000),
    "bills_of_materials": said("drafted_by_id"),
    "bill_lines": said(quantity=2),
    "work_orders": said("created_by_id", quantity=10),
    "batches": said("supplier_id work_order_id currency", status="RELEASED", unit_cost_minor=60),
    "quality_checks": said("checked_by_id", passed=True),
    "purchase_orders": said("drafted_by_id sent_at sent_by_id", status="SENT", total_minor=600),
    "purchase_order_lines": said(
        quantity=10, unit_cost_minor=60, total_minor=600, cost_known=True, received_quantity=0
    ),
    "receipts": said("received_by_id"),
    "receipt_lines": said(quantity=5),
    "stock_balances": said(on_hand=0, allocated=0),
    "stock_moves": said("actor_id receipt_id", quantity=5),
    "allocations": said(quantity=2),
    "stock_counts": said("opened_by_id"),
    "stock_count_lines": said(counted=5),
    "shipments": said("created_by_id"),
    "shipment_lines": said(quantity=2),
}
