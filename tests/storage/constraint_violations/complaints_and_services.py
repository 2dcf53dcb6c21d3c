"""Each constraint by rows that break it, and rows that stand just inside: changes to the valid rows."""

from tests.storage.constraint_violations.order_to_delivery import (
    CHAIN_PERMITTED,
    CHAIN_VIOLATIONS,
    NOTHING_YET,
    REFUNDED,
)
from tests.storage.valid_rows import T0, Row, id_of

CLOSED: Row = {
    "closed_at": T0,
    "closed_by_id": id_of("accounts"),
    "closed_role": "ACCOUNTANT",
    "resolution": "Settled.",
}
T1 = "2026-06-01 09:00:00.000000+00:00"
# An improvement's further life, column by column. Its criterion is 2 complaints per 1,000 orders.
AGREED: Row = {"plan": "A second pair of eyes.", "criterion": "Fewer.", "max_recurrence": 200, "planned_at": T0}
MADE: Row = AGREED | {"started_at": T0, "monitoring_from": T0, "monitored_until": T1}
MEASURED: Row = {
    "judged_at": T1,
    "judged_by_id": id_of("accounts"),
    "complaints_before": 5,
    "orders_before": 900,
    "complaints_after": 2,
    "orders_after": 1000,
}
JUDGED: Row = MADE | MEASURED

# Each constraint by what breaks it.
VIOLATIONS: list[tuple[str, str, Row]] = [
    ("orders", "total", {"net_minor": -1, "total_minor": -1}),
    ("order_lines", "quantity", NOTHING_YET | {"quantity": 0}),
    ("order_lines", "prices", NOTHING_YET | {"net_minor": -1, "total_minor": -1}),
    ("complaints", "closed", {"status": "CLOSED", "closing_reason": "Twice.", "outcome": "DUPLICATE"}),
    ("complaints", "closed", {"status": "CLOSED", "closing_reason": "Twice.", "closed_at": T0}),
    ("complaints", "closed", {"status": "CLOSED", "closed_at": T0, "outcome": "DUPLICATE"}),
    ("calendar_openings", "counting", {"counting": "PLAIN"}),
    ("calendar_openings", "span", {"closes_at": T0}),
    ("clock_policies", "stage", {"stage": 4}),
    ("clocks", "owner", {"kind": "ANSWER_COMPLAINT"}),
    ("clocks", "owner", {"complaint_id": id_of("complaints")}),
    ("clocks", "owner", {"handoff_id": None}),
    ("clocks", "owner", {"department": None}),
    ("clocks", "noticed", {"warned_at": T0}),
    ("clocks", "noticed", {"breached_at": T0}),
    ("clock_segments", "number", {"number": 0, "restarts": True}),
    ("clock_segments", "first", {"restarts": False}),
    ("escalations", "closed", {"closed_at": T0, "closed_by_id": id_of("accounts"), "closed_role": "ACCOUNTANT"}),
    ("escalations", "closed_by", {**CLOSED, "requested_by_id": id_of("accounts")}),
    ("escalations", "closed_role", {**CLOSED, "closed_role": "SERVICE_AGENT"}),
    ("absences", "times", {"until_at": T0}),
    ("absences", "stand_in", {"stand_in_id": id_of("accounts")}),
    ("handoff_messages", "text", {"text": ""}),
    ("correspondence", "sent", {"direction": "RECEIVED"}),
    ("correspondence", "sent", {"kind": "REPLY"}),
    ("correspondence", "text", {"text": ""}),
    ("message_templates", "kind", {"kind": "REPLY"}),
    ("complaint_answers", "outcome", {"outcome": "WITHDRAWN"}),
    ("complaint_answers", "priced", {"amount_minor": 0}),
    ("complaint_answers", "priced", {"amount_minor": -1}),
    ("complaint_answers", "replaced", {"redress": "REPLACEMENT", "amount_minor": 0}),
    ("complaint_answers", "replaced", {"redress": "REPLACEMENT", "currency": None}),
    ("complaint_answers", "two_people", {"decided_by_id": id_of("accounts")}),
    ("complaint_links", "two_complaints", {"other_id": id_of("complaints")}),
    ("major_cases", "outcome", {"outcome": "DUPLICATE"}),
    ("major_cases", "unpriced", {"redress": "NONE", "amount_minor": 1, "currency": "USD"}),
    ("improvements", "department", {"department": "SALES"}),
    ("improvements", "predecessor", {"predecessor_id": id_of("improvements")}),
    *(("improvements", "planned", {"status": "PLANNED"} | AGREED | {name: None}) for name in AGREED),
    ("improvements", "monitored", {"status": "MONITORING"} | MADE | {"monitored_until": T0}),
    *(("improvements", "judged", {"status": "EFFECTIVE"} | JUDGED | {name: None}) for name in MEASURED),
    ("improvements", "judged", {"status": "EFFECTIVE"} | JUDGED | {"judged_at": T0}),
    ("improvements", "judged", {"status": "EFFECTIVE"} | JUDGED | {"complaints_after": 0, "orders_after": 0}),
    ("improvements", "effective", {"status": "EFFECTIVE"} | JUDGED | {"complaints_after": 3}),
    ("improvements", "not_effective", {"status": "NOT_EFFECTIVE"} | JUDGED),
    ("product_decisions", "average_rating", {"average_rating": 99}),
    ("product_decisions", "average_rating", {"average_rating": 501}),
    ("rule_conditions", "words", {"operator": "HAS_ANY_WORD", "position": 2}),
    ("rule_conditions", "words", {"looks_at": "MASKED_TEXT"}),
    ("rule_conditions", "counts", {"looks_at": "PRODUCT_COMPLAINTS", "operator": "AT_LEAST"}),
    ("rule_conditions", "counts", {"looks_at": "PRODUCT_COMPLAINTS", "within_days": 7}),
    ("rule_actions", "department", {"kind": "CREATE_TASK", "title": "Look.", "department": "CANTEEN"}),
    ("rule_actions", "routed", {"department": "SALES"}),
    ("events", "kind", {"kind": "handoff queued"}),
    ("event_subjects", "type", {"type": "Complaint"}),
    *CHAIN_VIOLATIONS,
]

# What no row can break alone: the database names one or another of them.
TOGETHER: dict[tuple[str, str], str] = {
    ("orders", "total"): "amounts",
    ("order_lines", "prices"): "amounts|refunded",
    ("stock_balances", "on_hand"): "allocated",
}

# What a key stands instead of, where a row has one of several.
IN_ITS_PLACE: dict[tuple[str, str], Row] = {
    ("clocks", "complaint_id"): {"kind": "ANSWER_COMPLAINT", "handoff_id": None, "department": None},
    ("escalations", "closed_by_id"): CLOSED,
    ("purchase_orders", "approved_by_id"): {"approved_at": T0},
    ("refund_proposals", "decided_by_id"): {"status": "REJECTED", "decided_at": T0},
    ("refund_proposals", "refund_id"): REFUNDED,
    ("stock_counts", "posted_by_id"): {"posted_at": T0},
    ("tasks", "assignee_id"): {"department": None},
    ("tasks", "done_by_id"): {"done_at": T0},
}

# Rows that stand just inside the constraints.
PERMITTED: list[tuple[str, Row]] = [
    ("complaints", {"status": "ANSWERED", "answer": "Sorry.", "answered_at": T0, "outcome": "UPHELD"}),
    ("complaints", {"status": "CLOSED", "closed_at": T0, "answer": "Sorry.", "outcome": "UPHELD"}),
    ("complaints", {"status": "CLOSED", "closed_at": T0, "closing_reason": "Twice.", "outcome": "DUPLICATE"}),
    ("complaint_answers", {"status": "SENT", "sent_at": T0}),
    ("complaint_answers", {"redress": "REPLACEMENT"}),
    ("complaint_answers", {"redress": "REPLACEMENT", "amount_minor": None, "currency": None, "status": "WITHDRAWN"}),
    ("complaint_answers", {"status": "TO_CONFIRM", "attempt": None, "proposed_by_id": None, "proposed_at": None}),
    ("major_cases", {"status": "CLOSED", "closed_at": T0}),
    ("redress_limits", {"limit_minor": 0}),
    ("handoffs", {"status": "CLAIMED", "claimed_by_id": id_of("accounts")}),
    ("handoffs", {"status": "ANSWERED", "answer": "The wrong dock."}),
    ("handoffs", {"status": "ACCEPTED", "answer": "The wrong dock.", "ended_at": T0}),
    ("handoffs", {"status": "REFUSED", "refusal_reason": "Not ours.", "ended_at": T0}),
    ("handoffs", {"status": "WITHDRAWN", "ended_at": T0}),
    ("improvements", {"status": "PLANNED", "category": None, "product_id": None} | AGREED),
    ("improvements", {"status": "IN_PROGRESS", "started_at": T0} | AGREED),
    ("improvements", {"status": "MONITORING"} | MADE),
    ("improvements", {"status": "EFFECTIVE"} | JUDGED),
    ("improvements", {"status": "NOT_EFFECTIVE"} | JUDGED | {"complaints_after": 3}),
    ("improvements", {"status": "REJECTED", "rejection_reason": "Too dear.", "rejected_at": T0}),
    ("order_lines", {"discount_basis_points": 10000, "net_minor": 0, "total_minor": 0}),
    ("products", {"cost_price_minor": None, "list_price_minor": 0}),
    ("clocks", {"state": "STOPPED", "stopped_at": T0, "due_at": T0, "breached_at": T0}),
    (
        "clocks",
        {"kind": "ANSWER_COMPLAINT", "complaint_id": id_of("complaints"), "handoff_id": None, "department": None},
    ),
    ("clock_policies", {"counting": "PLAIN", "calendar_id": None}),
    ("department_managers", {"account_id": None, "version": 0}),
    ("escalations", CLOSED),
    ("escalations", {**CLOSED, "requested_roles": '["SERVICE_AGENT", "MARKETER"]'}),
    ("absences", {"until_at": "2026-03-01 09:00:00.001000+00:00"}),
    ("tasks", {"department": None, "assignee_id": id_of("accounts"), "done_at": T0, "done_by_id": id_of("accounts")}),
    ("events", {"position": 1, "department": None}),
    ("correspondence", {"direction": "RECEIVED", "kind": "REPLY", "language": None}),
    ("escalations", {"requested_by_id": id_of("accounts"), "requested_roles": "[]"}),
    ("escalations", {**CLOSED, "requested_roles": "[]"}),
    ("rule_conditions", {"looks_at": "MASKED_TEXT", "operator": "HAS_ANY_WORD", "position": 2}),
    ("rule_conditions", {"looks_at": "PRODUCT_COMPLAINTS", "operator": "AT_LEAST", "within_days": 7, "position": 3}),
    ("rule_actions", {"kind": "CREATE_TASK", "title": "Look.", "severity": "LOW", "within_days": 7, "position": 2}),
    *CHAIN_PERMITTED,
]
