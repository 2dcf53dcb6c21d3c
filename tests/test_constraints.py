"""Constraints: what the database itself refuses, on both engines, whoever writes."""

from importlib import import_module
from pathlib import Path

import pytest
from tortoise.exceptions import IntegrityError
from tortoise.models import Model

from models import migrations
from models.back_office.handoffs import HandoffStatus
from models.back_office.improvements import ImprovementKind, ImprovementStatus
from models.back_office.messages import Audience, MessageKind, Office
from models.back_office.product_decisions import Decision
from models.base import new_id
from models.database import MODEL_MODULES, Database
from models.events import EventKind
from models.front_office.complaints import Category, CauseCode, ComplaintStatus, Outcome, Severity
from models.front_office.correspondence import CorrespondenceKind, Direction
from models.front_office.customers import Channel, Language
from models.front_office.orders import OrderStatus
from models.notifications import NotificationKind
from models.permissions import BACK_OFFICE_DEPARTMENTS, Department
from tests.valid_rows import ROWS, T0, Row, an_id, fill, forget_shipped, insert, prepare, run, update


def declared_constraints() -> set[tuple[str, str]]:
    """Table and name of every condition that a migration adds."""
    folder = Path(migrations.__file__ or "").parent
    found = [import_module(f"models.migrations.{file.stem}") for file in sorted(folder.glob("0*.py"))]
    tables = [vars(module).get("CONSTRAINTS", {}) for module in found]
    return {(table, name) for tables_of_one in tables for table, names in tables_of_one.items() for name in names}


CLOSED: Row = {"closed_at": T0, "closed_by_id": an_id(1), "closed_role": "ACCOUNTANT", "resolution": "Settled."}
T1 = "2026-06-01 09:00:00.000000+00:00"
# An improvement's further life, column by column. Its criterion is 2 complaints per 1,000 orders.
AGREED: Row = {"plan": "A second pair of eyes.", "criterion": "Fewer.", "max_recurrence": 200, "planned_at": T0}
MADE: Row = AGREED | {"started_at": T0, "monitoring_from": T0, "monitored_until": T1}
MEASURED: Row = {
    "judged_at": T1,
    "judged_by_id": an_id(1),
    "complaints_before": 5,
    "orders_before": 900,
    "complaints_after": 2,
    "orders_after": 1000,
}
JUDGED: Row = MADE | MEASURED

# Each constraint by what breaks it.
VIOLATIONS: list[tuple[str, str, Row]] = [
    ("accounts", "version", {"version": 0}),
    ("number_series", "last_given", {"last_given": -1}),
    ("products", "prices", {"list_price_minor": -1}),
    ("products", "prices", {"cost_price_minor": -1}),
    ("products", "stock", {"units_in_stock": -1}),
    ("products", "stock", {"units_on_order": -1}),
    ("products", "stock", {"reorder_level": -1}),
    ("products", "currency", {"currency": "usd"}),
    ("orders", "status", {"status": "LOST"}),
    ("orders", "total", {"total_minor": -1}),
    ("orders", "currency", {"currency": "US"}),
    ("order_lines", "position", {"position": 0}),
    ("order_lines", "quantity", {"quantity": 0}),
    ("order_lines", "prices", {"unit_price_minor": -1}),
    ("order_lines", "prices", {"total_minor": -1}),
    ("order_lines", "discount", {"discount_basis_points": 10001}),
    ("order_lines", "discount", {"discount_basis_points": -1}),
    ("order_lines", "currency", {"currency": "U$D"}),
    ("complaints", "channel", {"channel": "PIGEON"}),
    ("complaints", "category", {"category": "WEATHER"}),
    ("complaints", "severity", {"severity": "EXTREME"}),
    ("complaints", "status", {"status": "DELETED"}),
    ("complaints", "outcome", {"outcome": "SHRUGGED_OFF"}),
    ("complaints", "version", {"version": 0}),
    ("complaints", "answered", {"status": "ANSWERED", "answered_at": T0, "outcome": "UPHELD"}),
    ("complaints", "answered", {"status": "ANSWERED", "answer": "Sorry.", "outcome": "UPHELD"}),
    ("complaints", "answered", {"status": "ANSWERED", "answer": "Sorry.", "answered_at": T0}),
    ("complaints", "closed", {"status": "CLOSED", "closing_reason": "Twice.", "outcome": "DUPLICATE"}),
    ("complaints", "closed", {"status": "CLOSED", "closing_reason": "Twice.", "closed_at": T0}),
    ("complaints", "closed", {"status": "CLOSED", "closed_at": T0, "outcome": "DUPLICATE"}),
    ("handoffs", "department", {"department": "CANTEEN"}),
    ("handoffs", "status", {"status": "FORGOTTEN"}),
    ("handoffs", "version", {"version": 0}),
    ("handoffs", "claimed", {"status": "CLAIMED"}),
    ("handoffs", "answered", {"status": "ANSWERED"}),
    ("handoffs", "answered", {"status": "ACCEPTED", "ended_at": T0}),
    ("handoffs", "refused", {"status": "REFUSED", "ended_at": T0}),
    ("handoffs", "ended", {"status": "REFUSED", "refusal_reason": "Not ours."}),
    ("handoffs", "ended", {"status": "ACCEPTED", "answer": "The wrong dock."}),
    ("handoffs", "ended", {"status": "WITHDRAWN"}),
    ("complaints", "stage", {"stage": 0}),
    ("complaints", "stage", {"stage": 4}),
    ("complaints", "cause", {"cause": "WEATHER"}),
    ("complaints", "routed_to", {"routed_to": "CANTEEN"}),
    ("customers", "language", {"language": "XX"}),
    ("customers", "preferred_channel", {"preferred_channel": "PIGEON"}),
    ("handoffs", "stage", {"stage": 4}),
    ("handoffs", "claimed", {"status": "AWAITING_INFORMATION"}),
    ("notifications", "kind", {"kind": "SOMETHING"}),
    ("regimes", "days", {"reopen_within_days": -1}),
    ("regimes", "days", {"rating_window_days": -1}),
    ("regimes", "version", {"version": 0}),
    ("business_calendars", "version", {"version": 0}),
    ("calendar_openings", "counting", {"counting": "PLAIN"}),
    ("calendar_openings", "span", {"closes_at": T0}),
    ("calendar_openings", "sums", {"length_ms": 0}),
    ("calendar_openings", "sums", {"before_ms": -1}),
    ("clock_policies", "kind", {"kind": "CUCKOO"}),
    ("clock_policies", "stage", {"stage": 4}),
    ("clock_policies", "department", {"department": "CANTEEN"}),
    ("clock_policies", "category", {"category": "WEATHER"}),
    ("clock_policies", "severity", {"severity": "EXTREME"}),
    ("clock_policies", "counting", {"counting": "SHEEP"}),
    ("clock_policies", "calendar", {"counting": "PLAIN"}),
    ("clock_policies", "calendar", {"calendar_id": None}),
    ("clock_policies", "minutes", {"budget_minutes": 0}),
    ("clock_policies", "minutes", {"lease_minutes": 0}),
    ("clock_policies", "at_reopening", {"at_reopening": "SOMEHOW"}),
    ("clock_policies", "counts_from", {"counts_from": "EASTER"}),
    ("clocks", "kind", {"kind": "CUCKOO"}),
    ("clocks", "owner", {"kind": "ANSWER_COMPLAINT"}),
    ("clocks", "owner", {"complaint_id": an_id(6)}),
    ("clocks", "owner", {"handoff_id": None}),
    ("clocks", "owner", {"department": None}),
    ("clocks", "department", {"department": "CANTEEN"}),
    ("clocks", "state", {"state": "BROKEN"}),
    ("clocks", "stopped", {"state": "STOPPED"}),
    ("clocks", "stopped", {"stopped_at": T0}),
    ("clocks", "remaining", {"remaining_ms": -1}),
    ("clocks", "noticed", {"warned_at": T0}),
    ("clocks", "noticed", {"breached_at": T0}),
    ("clock_segments", "number", {"number": 0, "restarts": True}),
    ("clock_segments", "first", {"restarts": False}),
    ("clock_segments", "state", {"state": "BROKEN"}),
    ("clock_segments", "reason", {"reason": "WHIM"}),
    ("clock_segments", "department", {"department": "CANTEEN"}),
    ("department_managers", "department", {"department": "CANTEEN"}),
    ("department_managers", "version", {"version": -1}),
    ("escalations", "source", {"source": "WEATHER"}),
    ("escalations", "level", {"level": "PRESIDENT"}),
    ("escalations", "trend", {"trend": "WILD"}),
    ("escalations", "version", {"version": 0}),
    ("escalations", "asked", {"source": "STAFF"}),
    ("escalations", "closed", {"closed_at": T0}),
    ("escalations", "closed", {"closed_at": T0, "closed_by_id": an_id(1), "closed_role": "ACCOUNTANT"}),
    ("escalations", "closed", {"resolution": "Settled."}),
    ("escalations", "closed_by", {**CLOSED, "requested_by_id": an_id(1)}),
    ("escalations", "closed_role", {**CLOSED, "closed_role": "SERVICE_AGENT"}),
    ("absences", "times", {"until_at": T0}),
    ("absences", "stand_in", {"stand_in_id": an_id(1)}),
    ("absences", "version", {"version": 0}),
    ("tasks", "source", {"source": "WEATHER"}),
    ("tasks", "department", {"department": "CANTEEN"}),
    ("tasks", "whose", {"assignee_id": an_id(1)}),
    ("tasks", "whose", {"department": None}),
    ("tasks", "given", {"source": "STAFF"}),
    ("tasks", "done", {"done_at": T0}),
    ("tasks", "version", {"version": 0}),
    ("handoff_messages", "office", {"office": "CANTEEN"}),
    ("handoff_messages", "audience", {"audience": "EVERYBODY"}),
    ("handoff_messages", "kind", {"kind": "GOSSIP"}),
    ("handoff_messages", "text", {"text": ""}),
    ("correspondence", "direction", {"direction": "LOST"}),
    ("correspondence", "kind", {"kind": "GOSSIP"}),
    ("correspondence", "channel", {"channel": "PIGEON"}),
    ("correspondence", "language", {"language": "XX"}),
    ("correspondence", "sent", {"direction": "RECEIVED"}),
    ("correspondence", "sent", {"kind": "REPLY"}),
    ("correspondence", "in_a_language", {"language": None}),
    ("correspondence", "text", {"text": ""}),
    ("message_templates", "kind", {"kind": "REPLY"}),
    ("message_templates", "language", {"language": "XX"}),
    ("message_templates", "version", {"version": 0}),
    ("complaint_answers", "stage", {"stage": 0}),
    ("complaint_answers", "stage", {"stage": 4}),
    ("complaint_answers", "attempt", {"attempt": 0}),
    ("complaint_answers", "outcome", {"outcome": "WITHDRAWN"}),
    ("complaint_answers", "redress", {"redress": "CAKE"}),
    ("complaint_answers", "priced", {"amount_minor": 0}),
    ("complaint_answers", "priced", {"amount_minor": -1}),
    ("complaint_answers", "priced", {"currency": None}),
    ("complaint_answers", "unpriced", {"redress": "APOLOGY"}),
    ("complaint_answers", "currency", {"currency": "usd"}),
    ("complaint_answers", "status", {"status": "LOST"}),
    ("complaint_answers", "tried", {"attempt": None}),
    ("complaint_answers", "tried", {"proposed_at": None}),
    ("complaint_answers", "proposed", {"proposed_by_id": None}),
    ("complaint_answers", "two_people", {"decided_by_id": an_id(1)}),
    ("complaint_answers", "rejected", {"status": "REJECTED", "decided_at": T0, "decision_reason": "No."}),
    ("complaint_answers", "sent", {"status": "SENT"}),
    ("complaint_answers", "sent", {"sent_at": T0}),
    ("complaint_answers", "of_case", {"status": "TO_CONFIRM", "case_id": None}),
    ("complaint_answers", "version", {"version": 0}),
    ("redress_limits", "role", {"role": "NOBODY"}),
    ("redress_limits", "currency", {"currency": "US"}),
    ("redress_limits", "limit", {"limit_minor": -1}),
    ("redress_limits", "version", {"version": 0}),
    ("stage_workers", "stage", {"stage": 4}),
    ("reopenings", "kind", {"kind": "WHIM"}),
    ("reopenings", "stage", {"stage": 0}),
    ("complaint_links", "kind", {"kind": "COUSIN_OF"}),
    ("complaint_links", "two_complaints", {"other_id": an_id(6)}),
    ("major_cases", "status", {"status": "LOST"}),
    ("major_cases", "category", {"category": "WEATHER"}),
    ("major_cases", "outcome", {"outcome": "DUPLICATE"}),
    ("major_cases", "redress", {"redress": "CAKE"}),
    ("major_cases", "priced", {"redress": "CREDIT", "currency": "USD"}),
    ("major_cases", "unpriced", {"redress": "NONE", "amount_minor": 1, "currency": "USD"}),
    ("major_cases", "currency", {"currency": "usd"}),
    ("major_cases", "answered", {"status": "ANSWERED", "answer": "Sorry.", "outcome": "UPHELD", "redress": "NONE"}),
    ("major_cases", "closed", {"status": "CLOSED"}),
    ("major_cases", "closed", {"closed_at": T0}),
    ("major_cases", "version", {"version": 0}),
    ("ratings", "score", {"score": 0}),
    ("ratings", "score", {"score": 6}),
    ("improvements", "kind", {"kind": "MIRACLE"}),
    ("improvements", "status", {"status": "FORGOTTEN"}),
    ("improvements", "cause", {"cause": "WEATHER"}),
    ("improvements", "category", {"category": "WEATHER"}),
    ("improvements", "department", {"department": "SALES"}),
    ("improvements", "version", {"version": 0}),
    ("improvements", "counts", {"max_recurrence": -1}),
    ("improvements", "counts", {"complaints_before": -1}),
    ("improvements", "counts", {"orders_after": -1}),
    ("improvements", "window_days", {"window_days": 0}),
    ("improvements", "window_days", {"window_days": 732}),
    ("improvements", "predecessor", {"predecessor_id": an_id(70)}),
    *(("improvements", "planned", {"status": "PLANNED"} | AGREED | {name: None}) for name in AGREED),
    ("improvements", "started", {"status": "IN_PROGRESS"} | AGREED),
    ("improvements", "monitored", {"status": "MONITORING"} | MADE | {"monitoring_from": None}),
    ("improvements", "monitored", {"status": "MONITORING"} | MADE | {"monitored_until": None}),
    ("improvements", "monitored", {"status": "MONITORING"} | MADE | {"monitored_until": T0}),
    *(("improvements", "judged", {"status": "EFFECTIVE"} | JUDGED | {name: None}) for name in MEASURED),
    ("improvements", "judged", {"status": "EFFECTIVE"} | JUDGED | {"judged_at": T0}),
    ("improvements", "judged", {"status": "EFFECTIVE"} | JUDGED | {"complaints_after": 0, "orders_after": 0}),
    ("improvements", "effective", {"status": "EFFECTIVE"} | JUDGED | {"complaints_after": 3}),
    ("improvements", "not_effective", {"status": "NOT_EFFECTIVE"} | JUDGED),
    ("improvements", "rejected", {"status": "REJECTED", "rejected_at": T0}),
    ("improvements", "rejected", {"status": "REJECTED", "rejection_reason": "Too dear."}),
    ("product_decisions", "decision", {"decision": "WAIT"}),
    ("product_decisions", "figures", {"units_sold": -1}),
    ("product_decisions", "average_rating", {"average_rating": 99}),
    ("product_decisions", "average_rating", {"average_rating": 501}),
    ("rules", "version", {"version": 0}),
    ("rules", "position", {"position": -1}),
    ("rule_versions", "number", {"number": 0}),
    ("rule_conditions", "position", {"position": -1}),
    ("rule_conditions", "looks_at", {"looks_at": "CUSTOMER"}),
    ("rule_conditions", "operator", {"operator": "LIKE"}),
    ("rule_conditions", "words", {"operator": "HAS_ANY_WORD"}),
    ("rule_conditions", "words", {"looks_at": "MASKED_TEXT"}),
    ("rule_conditions", "counts", {"looks_at": "PRODUCT_COMPLAINTS", "operator": "AT_LEAST"}),
    ("rule_conditions", "counts", {"looks_at": "PRODUCT_COMPLAINTS", "within_days": 7}),
    ("rule_conditions", "within_days", {"within_days": 0}),
    ("rule_actions", "position", {"position": -1}),
    ("rule_actions", "kind", {"kind": "EXECUTE"}),
    ("rule_actions", "department", {"kind": "CREATE_TASK", "title": "Look.", "department": "CANTEEN"}),
    ("rule_actions", "severity", {"severity": "EXTREME"}),
    ("rule_actions", "routed", {"department": "SALES"}),
    ("rule_actions", "severity_set", {"kind": "SET_SEVERITY"}),
    ("rule_actions", "attached", {"kind": "ATTACH_TO_CASE"}),
    ("rule_actions", "task", {"kind": "CREATE_TASK"}),
    ("rule_actions", "amounts", {"due_in_minutes": 0}),
    ("rule_applications", "kind", {"kind": "EXECUTE"}),
    ("rule_applications", "skipped", {"skipped": "BORED"}),
    ("rule_applications", "department", {"department": "CANTEEN"}),
    ("rule_applications", "severity", {"severity": "EXTREME"}),
    ("rule_applications", "notified", {"notified": 0}),
    ("events", "kind", {"kind": "SOMETHING"}),
    ("events", "department", {"department": "CANTEEN"}),
    ("events", "position", {"position": 0}),
]

# What a key stands instead of, where a row has one of several.
IN_ITS_PLACE: dict[tuple[str, str], Row] = {
    ("clocks", "complaint_id"): {"kind": "ANSWER_COMPLAINT", "handoff_id": None, "department": None},
    ("escalations", "closed_by_id"): CLOSED,
    ("tasks", "assignee_id"): {"department": None},
    ("tasks", "done_by_id"): {"done_at": T0},
}

ONLY_GROW = {
    "events",
    "clock_segments",
    "handoff_messages",
    "message_mentions",
    "correspondence",
    "reopenings",
    "improvement_complaints",
    "product_decisions",
    "rule_versions",
    "rule_conditions",
    "rule_actions",
    "rule_applications",
}

# Rows that stand just inside the constraints.
PERMITTED: list[tuple[str, Row]] = [
    ("complaints", {"status": "ANSWERED", "answer": "Sorry.", "answered_at": T0, "outcome": "UPHELD"}),
    ("complaints", {"status": "CLOSED", "closed_at": T0, "answer": "Sorry.", "outcome": "UPHELD"}),
    ("complaints", {"status": "CLOSED", "closed_at": T0, "closing_reason": "Twice.", "outcome": "DUPLICATE"}),
    ("complaint_answers", {"status": "SENT", "sent_at": T0}),
    ("complaint_answers", {"redress": "REPLACEMENT", "amount_minor": None, "currency": None, "status": "WITHDRAWN"}),
    ("complaint_answers", {"status": "TO_CONFIRM", "attempt": None, "proposed_by_id": None, "proposed_at": None}),
    ("major_cases", {"status": "CLOSED", "closed_at": T0}),
    ("redress_limits", {"limit_minor": 0}),
    ("handoffs", {"status": "CLAIMED", "claimed_by_id": an_id(1)}),
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
    ("order_lines", {"discount_basis_points": 10000, "total_minor": 0}),
    ("products", {"cost_price_minor": None, "list_price_minor": 0}),
    ("clocks", {"state": "STOPPED", "stopped_at": T0, "due_at": T0, "breached_at": T0}),
    (
        "clocks",
        {"kind": "ANSWER_COMPLAINT", "complaint_id": an_id(6), "handoff_id": None, "department": None},
    ),
    ("clock_policies", {"counting": "PLAIN", "calendar_id": None}),
    ("department_managers", {"account_id": None, "version": 0}),
    ("escalations", CLOSED),
    ("escalations", {**CLOSED, "requested_roles": '["SERVICE_AGENT", "MARKETER"]'}),
    ("absences", {"until_at": "2026-03-01 09:00:00.001000+00:00"}),
    ("tasks", {"department": None, "assignee_id": an_id(1), "done_at": T0, "done_by_id": an_id(1)}),
    ("events", {"position": 1, "department": None}),
    ("correspondence", {"direction": "RECEIVED", "kind": "REPLY", "language": None}),
]


def tables_of_the_models() -> list[type[Model]]:
    """All models that have a table."""
    modules = [(name, vars(import_module(name)).values()) for name in MODEL_MODULES]
    return [
        value
        for name, values in modules
        for value in values
        if isinstance(value, type) and issubclass(value, Model) and f"{value.__module__}.".startswith(f"{name}.")
    ]


async def test_every_model_finds_its_table_and_columns(database: Database) -> None:
    await fill()
    models = tables_of_the_models()
    assert {model._meta.db_table for model in models} == set(ROWS)
    for model in models:
        assert len(await model.all()) >= 1


def test_each_constraint_is_proven() -> None:
    assert {(table, name) for table, name, _ in VIOLATIONS} == declared_constraints()


async def test_no_row_can_be_written_that_breaks_a_constraint(database: Database) -> None:
    await forget_shipped()
    for table, row in ROWS.items():
        await prepare(table)
        for of, name, changes in VIOLATIONS:
            if of == table:
                with pytest.raises(IntegrityError, match=f"ck_{table}_{name}"):
                    await insert(table, {**row, **changes})
        await insert(table, row)


async def test_no_row_can_be_changed_so_that_it_breaks_a_constraint(database: Database) -> None:
    await fill()
    for table, name, changes in VIOLATIONS:
        # What only grows cannot be changed at all; that has tests of its own.
        # Events cannot be changed at all; their positions have a test of their own.
        if table not in ONLY_GROW:
            with pytest.raises(IntegrityError, match=f"ck_{table}_{name}"):
                await update(table, changes)


async def test_rows_just_inside_the_constraints_are_stored(database: Database) -> None:
    await forget_shipped()
    for table, row in ROWS.items():
        await prepare(table)
        for number, (of, changes) in enumerate(PERMITTED):
            if of == table in ONLY_GROW:
                key = 100 + number if table == "events" else an_id(100 + number)
                await insert(table, {**row, "id": key, **changes})
            elif of == table:
                await insert(table, {**row, **changes})
                await run(f"DELETE FROM {table}")
        await insert(table, row)


async def test_every_member_of_an_enumeration_is_stored(database: Database) -> None:
    await fill()
    whole = {"answer": "Sorry.", "answered_at": T0, "closed_at": T0, "outcome": "UPHELD"}
    await update("complaints", whole)
    await update("handoffs", {"answer": "So.", "claimed_by_id": an_id(1), "ended_at": T0, "refusal_reason": "No."})
    for table, column, members in (
        ("orders", "status", OrderStatus),
        ("complaints", "channel", Channel),
        ("complaints", "category", Category),
        ("complaints", "severity", Severity),
        ("complaints", "status", ComplaintStatus),
        ("complaints", "outcome", Outcome),
        ("complaints", "cause", CauseCode),
        ("complaints", "routed_to", Department),
        ("customers", "language", Language),
        ("customers", "preferred_channel", Channel),
        ("notifications", "kind", NotificationKind),
        ("handoffs", "department", Department),
        ("handoffs", "status", HandoffStatus),
        ("improvements", "kind", ImprovementKind),
        ("improvements", "cause", CauseCode),
        ("improvements", "category", Category),
    ):
        for member in members:
            await update(table, {column: member})
    await update("improvements", JUDGED | {"rejection_reason": "No.", "rejected_at": T0})
    for status in ImprovementStatus:
        await update(
            "improvements",
            {"status": status, "complaints_after": 3 if status is ImprovementStatus.NOT_EFFECTIVE else 2},
        )
    for department in BACK_OFFICE_DEPARTMENTS:
        await update("improvements", {"department": department})
    for number, decision in enumerate(Decision, start=100):
        await insert("product_decisions", {**ROWS["product_decisions"], "id": an_id(number), "decision": decision})
    for number, kind in enumerate(EventKind, start=100):
        await insert("events", {**ROWS["events"], "id": number, "kind": kind})
    for audience in Audience:
        for office in Office:
            for kind in MessageKind:
                words = {"id": str(new_id()), "audience": audience, "office": office, "kind": kind}
                await insert("handoff_messages", {**ROWS["handoff_messages"], **words})
    for kind in CorrespondenceKind:
        way = Direction.RECEIVED if kind is CorrespondenceKind.REPLY else Direction.SENT
        words = {"id": str(new_id()), "kind": kind, "direction": way, "channel": Channel.LETTER}
        await insert("correspondence", {**ROWS["correspondence"], **words})
    for number, department in enumerate(Department, start=200):
        await insert("events", {**ROWS["events"], "id": number, "department": department})


async def test_what_was_said_is_never_changed_and_never_removed(database: Database) -> None:
    await fill()
    for table in sorted(ONLY_GROW):
        column = next(name for name in ROWS[table] if name != "id")
        for sql in (f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}"):
            with pytest.raises(IntegrityError, match="append-only"):
                await run(sql)
        if database.dialect == "postgres":
            with pytest.raises(IntegrityError, match="append-only"):
                await run(f"TRUNCATE {table} CASCADE")


async def test_an_event_is_numbered_once_and_then_never_changes(database: Database) -> None:
    await fill()
    with pytest.raises(IntegrityError, match="ck_events_position"):
        await update("events", {"position": 0})
    other = {
        "id": 2,
        "kind": "HANDOFF_CLAIMED",
        "at": "2026-03-02 09:00:00.000000+00:00",
        **dict.fromkeys(("actor_id", "complaint_id", "handoff_id", "department", "account_id")),
        "improvement_id": an_id(13),
        "notification_id": an_id(12),
    }
    assert other.keys() == ROWS["events"].keys()
    for column, value in other.items():
        for changes in ({column: value}, {column: value, "position": 1}):
            with pytest.raises(IntegrityError, match="append-only"):
                await update("events", changes)
    await update("events", {"position": 1})
    for changes in ({"position": 2}, {"position": None}, {"kind": "HANDOFF_CLAIMED"}, {"position": 1}):
        with pytest.raises(IntegrityError, match="append-only"):
            await update("events", changes)
    with pytest.raises(IntegrityError, match="append-only"):
        await run("DELETE FROM events")
    if database.dialect == "postgres":
        with pytest.raises(IntegrityError, match="append-only"):
            await run("TRUNCATE events")
    assert [row["position"] for row in await run("SELECT position FROM events")] == [1]
    with pytest.raises(IntegrityError, match=r"(?i)unique"):
        await insert("events", {**ROWS["events"], "id": 2, "position": 1})


async def test_a_clocks_segments_are_never_changed_and_never_go(database: Database) -> None:
    await fill()
    for statement in ("UPDATE clock_segments SET number = 2", "DELETE FROM clock_segments"):
        with pytest.raises(IntegrityError, match="append-only"):
            await run(statement)
    if database.dialect == "postgres":
        with pytest.raises(IntegrityError, match="append-only"):
            await run("TRUNCATE clock_segments")
    with pytest.raises(IntegrityError, match=r"(?i)unique"):
        await insert("clock_segments", {**ROWS["clock_segments"], "id": an_id(99)})


async def test_one_regime_is_active_and_each_case_has_one_policy_and_one_clock(database: Database) -> None:
    await fill()
    for table, changes in (
        ("regimes", {"code": "THEIRS"}),
        ("clock_policies", {"budget_minutes": 5}),
        ("clocks", {"state": "PAUSED"}),
        ("calendar_openings", {"length_ms": 1}),
    ):
        with pytest.raises(IntegrityError, match=r"(?i)unique"):
            await insert(table, {**ROWS[table], "id": an_id(99), **changes})
    await insert("regimes", {**ROWS["regimes"], "id": an_id(98), "code": "THEIRS", "active": False})
    await insert("clock_policies", {**ROWS["clock_policies"], "id": an_id(98), "retired_at": T0})
    anything: Row = dict.fromkeys(("stage", "department", "category", "severity"))
    await insert("clock_policies", {**ROWS["clock_policies"], **anything, "id": an_id(97)})
    with pytest.raises(IntegrityError, match=r"(?i)unique"):
        await insert("clock_policies", {**ROWS["clock_policies"], **anything, "id": an_id(96)})


async def test_the_events_that_wait_for_a_number_are_found_through_an_index(database: Database) -> None:
    definition = {
        "sqlite": "SELECT sql AS definition FROM sqlite_master WHERE name = 'events_unnumbered'",
        "postgres": "SELECT indexdef AS definition FROM pg_indexes WHERE indexname = 'events_unnumbered'",
    }
    [row] = await run(definition[database.dialect])
    assert "position IS NULL" in row["definition"].replace('"', "")


async def test_what_only_grows_is_neither_changed_nor_removed(database: Database) -> None:
    await fill()
    for table in sorted(ONLY_GROW - {"events"}):
        for statement in (f"UPDATE {table} SET id = id", f"DELETE FROM {table}"):
            with pytest.raises(IntegrityError, match="append-only"):
                await run(statement)


async def test_no_row_points_at_nothing(database: Database) -> None:
    await forget_shipped()
    keys = {model._meta.db_table: [f"{name}_id" for name in model._meta.fk_fields] for model in tables_of_the_models()}
    assert sum(len(columns) for columns in keys.values()) >= 16
    for table, row in ROWS.items():
        await prepare(table)
        for column in keys[table]:
            with pytest.raises(IntegrityError, match=r"(?i)foreign key"):
                await insert(table, {**row, **IN_ITS_PLACE.get((table, column), {}), column: an_id(999)})
        await insert(table, row)


async def test_what_others_point_at_cannot_be_deleted(database: Database) -> None:
    await fill()
    for table in ("accounts", "customers", "products", "orders", "complaints", "handoffs"):
        with pytest.raises(IntegrityError, match=r"(?i)foreign key"):
            await run(f"DELETE FROM {table}")


async def test_an_improvement_has_one_successor_that_is_not_rejected(database: Database) -> None:
    await fill()
    rejected: Row = {"status": "REJECTED", "rejection_reason": "Too dear.", "rejected_at": T0}
    for number, changes in ((80, {}), (81, rejected), (82, rejected)):
        successor = {"id": an_id(number), "number": f"IMP-{number}", "predecessor_id": an_id(70)}
        await insert("improvements", ROWS["improvements"] | successor | changes)
    with pytest.raises(IntegrityError, match=r"(?i)unique"):
        await insert("improvements", ROWS["improvements"] | successor | {"id": an_id(83), "number": "IMP-83"})
