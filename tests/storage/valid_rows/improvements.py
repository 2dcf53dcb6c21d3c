"""Improvements and decisions about products."""

from tests.storage.valid_rows.columns import T0, Row, an_id

IMPROVEMENTS: dict[str, Row] = {
    "improvements": {
        "id": an_id(70),
        "number": "IMP-1",
        "title": "Check labels twice",
        "kind": "PREVENTION",
        "status": "PROPOSED",
        "cause": "METHOD",
        "category": "DELIVERY",
        "product_id": an_id(3),
        "department": "LOGISTICS",
        "owner_id": an_id(1),
        "window_days": 90,
        "proposed_at": T0,
        "proposed_by_id": an_id(1),
        "version": 1,
    },
    "improvement_complaints": {
        "id": an_id(71),
        "improvement_id": an_id(70),
        "complaint_id": an_id(6),
        "added_at": T0,
        "added_by_id": an_id(1),
    },
    "product_decisions": {
        "id": an_id(72),
        "product_id": an_id(3),
        "decision": "IMPROVE",
        "reasons": "It sells, but it breaks.",
        "improvement_id": an_id(70),
        "decided_at": T0,
        "decided_by_id": an_id(1),
        "complaints": 2,
        "open_complaints": 1,
        "high_complaints": 0,
        "critical_complaints": 0,
        "orders": 1,
        "units_sold": 1,
    },
}
