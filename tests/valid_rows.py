"""One valid row per table, and raw SQL to write it: past the models, as a bug or a person at a console would."""

from typing import Any
from uuid import UUID

from tortoise.connection import get_connection

Row = dict[str, Any]
T0 = "2026-03-01 09:00:00.000000+00:00"


def an_id(number: int) -> str:
    return str(UUID(int=(7 << 76) | (2 << 62) | number))


# One valid row per table, parents before children.
ROWS: dict[str, Row] = {
    "accounts": {
        "id": an_id(1),
        "email": "service@example.com",
        "name": "S",
        "roles": "[]",
        "departments": "[]",
        "enabled": True,
        "created_at": T0,
        "version": 1,
    },
    "customers": {
        "id": an_id(2),
        "number": "C-1",
        "name": "A customer",
        "country": "Germany",
        "search_text": "c-1 a customer",
    },
    "products": {
        "id": an_id(3),
        "sku": "P-1",
        "name": "A product",
        "category": "Things",
        "currency": "USD",
        "list_price_minor": 100,
        "cost_price_minor": 60,
        "units_in_stock": 5,
        "units_on_order": 0,
        "reorder_level": 0,
        "discontinued": False,
    },
    "orders": {
        "id": an_id(4),
        "number": "O-1",
        "customer_id": an_id(2),
        "status": "PLACED",
        "placed_at": T0,
        "currency": "USD",
        "total_minor": 100,
    },
    "order_lines": {
        "id": an_id(5),
        "order_id": an_id(4),
        "position": 1,
        "product_id": an_id(3),
        "quantity": 1,
        "unit_price_minor": 100,
        "discount_basis_points": 0,
        "currency": "USD",
        "total_minor": 100,
    },
    "complaints": {
        "id": an_id(6),
        "number": "CMP-1",
        "customer_id": an_id(2),
        "order_id": an_id(4),
        "product_id": an_id(3),
        "channel": "PHONE",
        "category": "DELIVERY",
        "severity": "LOW",
        "subject": "Late",
        "description": "It came late.",
        "status": "RECEIVED",
        "stage": 1,
        "received_at": T0,
        "received_by_id": an_id(1),
        "version": 1,
    },
    "major_cases": {
        "id": an_id(20),
        "number": "CAS-1",
        "title": "Glass in the chutney",
        "status": "PROPOSED",
        "product_id": an_id(3),
        "category": "PRODUCT_QUALITY",
        "opened_at": T0,
        "opened_by_id": an_id(1),
        "answered_by_id": None,
        "closed_at": None,
        "version": 1,
    },
    "complaint_answers": {
        "id": an_id(21),
        "complaint_id": an_id(6),
        "stage": 1,
        "attempt": 1,
        "outcome": "UPHELD",
        "text": "Sorry.",
        "redress": "REFUND",
        "amount_minor": 100,
        "currency": "USD",
        "status": "PROPOSED",
        "made_at": T0,
        "proposed_by_id": an_id(1),
        "proposed_at": T0,
        "decided_by_id": None,
        "case_id": an_id(20),
        "version": 1,
    },
    "redress_limits": {
        "id": an_id(22),
        "role": "SERVICE_AGENT",
        "currency": "GBP",
        "limit_minor": 5000,
        "version": 1,
    },
    "stage_workers": {
        "id": an_id(23),
        "complaint_id": an_id(6),
        "stage": 1,
        "account_id": an_id(1),
        "since": T0,
    },
    "reopenings": {
        "id": an_id(24),
        "complaint_id": an_id(6),
        "kind": "CHALLENGE",
        "stage": 1,
        "reason": "Not good enough.",
        "at": T0,
        "by_id": an_id(1),
    },
    "complaint_links": {
        "id": an_id(25),
        "complaint_id": an_id(6),
        "other_id": an_id(26),
        "kind": "SAME_CAUSE",
        "linked_at": T0,
        "linked_by_id": an_id(1),
    },
    "rating_links": {
        "id": an_id(27),
        "answer_id": an_id(21),
        "jti_hash": "0" * 64,
        "issued_at": T0,
        "issued_by_id": an_id(1),
        "expires_at": T0,
    },
    "ratings": {
        "id": an_id(28),
        "complaint_id": an_id(6),
        "answer_id": an_id(21),
        "agent_id": an_id(1),
        "score": 5,
        "wants_reopening": False,
        "reopened": False,
        "rated_at": T0,
    },
    "handoffs": {
        "id": an_id(7),
        "number": "HND-1",
        "complaint_id": an_id(6),
        "department": "LOGISTICS",
        "status": "QUEUED",
        "stage": 1,
        "blocks": True,
        "brief": "Why was it late?",
        "handed_off_at": T0,
        "handed_off_by_id": an_id(1),
        "due_at": T0,
        "version": 1,
    },
    "events": {
        "id": 1,
        "kind": "HANDOFF_QUEUED",
        "at": T0,
        "actor_id": an_id(1),
        "complaint_id": an_id(6),
        "handoff_id": an_id(7),
        "department": "LOGISTICS",
        "account_id": an_id(1),
        "improvement_id": None,
        "notification_id": None,
    },
    "notifications": {
        "id": an_id(12),
        "account_id": an_id(1),
        "kind": "MENTIONED",
        "at": T0,
        "complaint_id": an_id(6),
        "handoff_id": an_id(7),
    },
    "regimes": {
        "id": an_id(20),
        "code": "OURS",
        "name": "Our own",
        "source": "Ourselves.",
        "active": True,
        "reopen_within_days": 30,
        "rating_window_days": 14,
        "version": 1,
    },
    "business_calendars": {
        "id": an_id(21),
        "name": "Office hours",
        "time_zone": "UTC",
        "hours": "[[], [], [], [], [], [], []]",
        "closed_dates": "[]",
        "version": 1,
        "created_at": T0,
    },
    "calendar_openings": {
        "id": an_id(22),
        "calendar_id": an_id(21),
        "counting": "WORKING_HOURS",
        "opens_at": T0,
        "closes_at": "2026-03-01 17:00:00.000000+00:00",
        "length_ms": 28_800_000,
        "before_ms": 0,
    },
    "clock_policies": {
        "id": an_id(23),
        "regime_id": an_id(20),
        "kind": "ANSWER_HANDOFF",
        "stage": 1,
        "department": "LOGISTICS",
        "category": "DELIVERY",
        "severity": "LOW",
        "budget_minutes": 60,
        "counting": "WORKING_HOURS",
        "calendar_id": an_id(21),
        "at_reopening": "RESTART",
        "counts_from": "START",
        "created_at": T0,
    },
    "clocks": {
        "id": an_id(24),
        "kind": "ANSWER_HANDOFF",
        "handoff_id": an_id(7),
        "department": "LOGISTICS",
        "policy_id": an_id(23),
        "state": "RUNNING",
        "started_at": T0,
        "remaining_ms": 0,
    },
    "clock_segments": {
        "id": an_id(25),
        "clock_id": an_id(24),
        "number": 1,
        "at": T0,
        "state": "RUNNING",
        "reason": "STARTED",
        "restarts": True,
        "policy_id": an_id(23),
        "department": "LOGISTICS",
        "actor_id": an_id(1),
    },
    "department_managers": {
        "id": an_id(60),
        "department": "LOGISTICS",
        "account_id": an_id(1),
        "set_at": T0,
        "set_by_id": an_id(1),
        "version": 1,
    },
    "escalations": {
        "id": an_id(61),
        "number": "ESC-1",
        "complaint_id": an_id(6),
        "handoff_id": an_id(7),
        "source": "CLOCK",
        "level": "DEPARTMENT_MANAGER",
        "trend": "STEADY",
        "reason": "It takes too long.",
        "assignee_id": an_id(1),
        "requested_roles": '["SERVICE_AGENT"]',
        "opened_at": T0,
        "version": 1,
    },
    "absences": {
        "id": an_id(62),
        "account_id": an_id(1),
        "from_at": T0,
        "set_at": T0,
        "set_by_id": an_id(1),
        "version": 1,
    },
    "tasks": {
        "id": an_id(63),
        "title": "Look at the dock.",
        "complaint_id": an_id(6),
        "handoff_id": an_id(7),
        "department": "LOGISTICS",
        "source": "RULE",
        "created_at": T0,
        "version": 1,
    },
    "rules": {
        "id": an_id(60),
        "name": "A rule",
        "enabled": True,
        "position": 10,
        "trigger": "COMPLAINT_RECEIVED",
        "current_id": an_id(61),
        "version": 1,
    },
    "rule_versions": {
        "id": an_id(61),
        "rule_id": an_id(60),
        "number": 1,
        "name": "A rule",
        "trigger": "COMPLAINT_RECEIVED",
        "saved_at": T0,
        "saved_by_id": an_id(1),
    },
    "rule_conditions": {
        "id": an_id(62),
        "rule_version_id": an_id(61),
        "position": 0,
        "looks_at": "CATEGORY",
        "operator": "IN",
        "compared_with": '["DELIVERY"]',
    },
    "rule_actions": {
        "id": an_id(63),
        "rule_version_id": an_id(61),
        "position": 0,
        "kind": "ROUTE",
        "hand_off": False,
        "only_raise": True,
        "roles": "[]",
        "departments": "[]",
        "managers": False,
    },
    "rule_applications": {
        "id": an_id(64),
        "rule_id": an_id(60),
        "rule_version_id": an_id(61),
        "action_id": an_id(63),
        "event_number": 1,
        "at": T0,
        "complaint_id": an_id(6),
        "handoff_id": an_id(7),
        "kind": "ROUTE",
        "department": "LOGISTICS",
    },
    "handoff_messages": {
        "id": an_id(14),
        "handoff_id": an_id(7),
        "author_id": an_id(1),
        "office": "FRONT_OFFICE",
        "audience": "BOTH_OFFICES",
        "kind": "MESSAGE",
        "text": "Any news?",
        "at": T0,
    },
    "message_mentions": {"id": an_id(15), "message_id": an_id(14), "account_id": an_id(1)},
    "correspondence": {
        "id": an_id(16),
        "complaint_id": an_id(6),
        "direction": "SENT",
        "kind": "ACKNOWLEDGEMENT",
        "channel": "EMAIL",
        "language": "EN",
        "text": "We have it.",
        "at": T0,
        "by_id": an_id(1),
    },
    "message_templates": {
        "id": an_id(17),
        "kind": "ACKNOWLEDGEMENT",
        "language": "EN",
        "text": "We have it.",
        "version": 1,
    },
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
    "refresh_tokens": {
        "id": an_id(8),
        "account_id": an_id(1),
        "family": an_id(9),
        "token_hash": "0" * 64,
        "issued_at": T0,
        "expires_at": T0,
    },
    "sign_in_attempts": {"id": an_id(10), "subject_hash": "0" * 64, "at": T0},
    "number_series": {"name": "CMP-2026", "last_given": 1},
    "idempotency_keys": {
        "id": an_id(11),
        "account_id": an_id(1),
        "key": "k",
        "operation": "o",
        "input_hash": "0" * 64,
        "created_at": T0,
    },
}


# What a table's row needs beside the rows above: two complaints are linked.
NEEDED: dict[str, tuple[str, Row]] = {
    "complaint_links": ("complaints", {**ROWS["complaints"], "id": an_id(26), "number": "CMP-2"}),
}


async def prepare(table: str) -> None:
    """Writes what a table's valid row needs beside the valid rows of the tables before it."""
    if table in NEEDED:
        await insert(*NEEDED[table])


def literal(value: object) -> str:
    if value is None or isinstance(value, bool | int):
        return "NULL" if value is None else str(value).upper()
    return f"'{value}'"


async def run(sql: str) -> list[Any]:
    """One raw statement, past all of the models' own care."""
    return list(await get_connection("default").execute_query_dict(sql))


async def insert(table: str, row: Row) -> None:
    columns = ", ".join(f'"{column}"' for column in row)
    await run(f"INSERT INTO {table} ({columns}) VALUES ({', '.join(literal(value) for value in row.values())})")


async def update(table: str, changes: Row) -> None:
    await run(f"UPDATE {table} SET {', '.join(f'{column} = {literal(value)}' for column, value in changes.items())}")


SHIPPED = (
    "message_templates",
    "redress_limits",
)
"""Tables that migrations write rows into."""


async def forget_shipped() -> None:
    """Takes away what migrations wrote, so that every table is empty."""
    for table in SHIPPED:
        await run(f"DELETE FROM {table}")


async def fill() -> None:
    """The valid row of every table, and no other."""
    await forget_shipped()
    for table, row in ROWS.items():
        await prepare(table)
        await insert(table, row)
