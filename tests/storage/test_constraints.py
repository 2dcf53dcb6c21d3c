"""Constraints: what the database itself refuses, on both engines, whoever writes."""

import re

import pytest
from tortoise.exceptions import IntegrityError

from models.back_office.handoffs import HandoffStatus
from models.back_office.handoffs.messages import Audience, MessageKind, Office
from models.back_office.logistics.inventory import BatchStatus, LocationKind, MoveKind, StockCountStatus
from models.back_office.logistics.shipments import ShipmentStatus
from models.back_office.production import BillStatus, WorkOrderStatus
from models.back_office.products.catalogue import ProductStatus, StockAlert, Unit
from models.back_office.products.decisions import Decision
from models.back_office.products.improvements import ImprovementKind, ImprovementStatus
from models.back_office.purchasing import PurchaseOrderStatus
from models.both_offices.notifications import NotificationKind
from models.declared import declared_models, declared_tables
from models.events import EVERY_KIND
from models.front_office.after_sales.returns import Condition, Disposition, ReturnReason, ReturnStatus
from models.front_office.customers import Channel, Language
from models.front_office.sales.orders import DiscountState, OrderStatus, PaymentMethod, ShortagePolicy
from models.front_office.service.complaints import Category, CauseCode, ComplaintStatus, Outcome
from models.front_office.service.correspondence import CorrespondenceKind, Direction
from models.kit.base import new_id
from models.kit.database import Database
from models.kit.severity import Severity
from models.permissions import BACK_OFFICE_DEPARTMENTS, Department, Role
from tests.storage.constraint_violations.complaints_and_services import (
    IN_ITS_PLACE,
    JUDGED,
    PERMITTED,
    TOGETHER,
    VIOLATIONS,
)
from tests.storage.constraint_violations.order_to_delivery import CAME_BACK, GONE
from tests.storage.valid_rows import (
    ONLY_GROW,
    ROWS,
    T0,
    Row,
    an_id,
    fill,
    forget_shipped,
    insert,
    let_sums_be_written,
    prepare,
    run,
    update,
)


def of_their_kind() -> list[tuple[str, str, Row]]:
    """What breaks the checks that columns have by their kind alone, where no row of its own is needed to show it."""
    shown = {(table, name) for table, name, _ in VIOLATIONS}
    return [
        (table.name, name, {name: 0 if name == "version" else "XX"})
        for table in declared_tables()
        for name in table.checks
        if name in table.columns and (table.name, name) not in shown
    ]


EVERY_VIOLATION = VIOLATIONS + of_their_kind()


def named(table: str, name: str) -> str:
    """What the database says when a row breaks a constraint."""
    together = f"|{TOGETHER[table, name]}" if (table, name) in TOGETHER else ""
    return f"ck_{table}_({name}{together})\\b"


async def test_every_model_finds_its_table_and_columns(database: Database) -> None:
    await fill()
    models = declared_models()
    assert {model._meta.db_table for model in models} == set(ROWS)
    for model in models:
        assert len(await model.all()) >= 1


def test_each_constraint_is_proven() -> None:
    declared = {(table.name, name) for table in declared_tables() for name in table.checks}
    assert {(table, name) for table, name, _ in EVERY_VIOLATION} == declared


def test_conditions_name_members_of_their_enumerations() -> None:
    for model, table in zip(declared_models(), declared_tables(), strict=True):
        for name, condition in table.checks.items():
            for column, words in re.findall(r"(\w+) IN \(([^)]*)\)", condition):
                enumeration = model._meta.fields_map[column].enum_type
                assert set(words.replace("'", "").split(", ")) <= {member.value for member in enumeration}, (
                    table,
                    name,
                )


async def test_no_row_can_be_written_that_breaks_a_constraint(database: Database) -> None:
    await let_sums_be_written()
    await forget_shipped()
    for table, row in ROWS.items():
        await prepare(table)
        for of, name, changes in EVERY_VIOLATION:
            if of == table:
                with pytest.raises(IntegrityError, match=named(table, name)):
                    await insert(table, {**row, **changes})
        await insert(table, row)


async def test_no_row_can_be_changed_so_that_it_breaks_a_constraint(database: Database) -> None:
    await let_sums_be_written()
    await fill()
    for table, name, changes in EVERY_VIOLATION:
        # What only grows cannot be changed at all; that has tests of its own.
        # Events cannot be changed at all; their positions have a test of their own.
        if table not in ONLY_GROW:
            with pytest.raises(IntegrityError, match=named(table, name)):
                await update(table, changes)


async def test_rows_just_inside_the_constraints_are_stored(database: Database) -> None:
    await let_sums_be_written()
    await forget_shipped()
    for table, row in ROWS.items():
        await prepare(table)
        for number, (of, changes) in enumerate(PERMITTED):
            if of == table in ONLY_GROW:
                key = 100 + number if table.startswith("event") else an_id(100 + number)
                await insert(table, {**row, "id": key, **changes})
            elif of == table:
                await insert(table, {**row, **changes})
                await run(f"DELETE FROM {table}")
        await insert(table, row)


async def test_no_row_lacks_what_it_must_have(database: Database) -> None:
    await let_sums_be_written()
    await forget_shipped()
    tables = {table.name: table for table in declared_tables()}
    for table, row in ROWS.items():
        await prepare(table)
        for column, words in tables[table].columns.items():
            # SQLite looks at conditions first, and PostgreSQL at what it gives itself.
            if "NOT NULL" in words and "BIGSERIAL" not in words:
                with pytest.raises(IntegrityError, match=r"(?i)not.null|CHECK constraint failed"):
                    await insert(table, {**row, column: None})
        await insert(table, row)


async def test_every_member_of_an_enumeration_is_stored(database: Database) -> None:
    await fill()
    await update("orders", {"held_at": T0, "hold_reason": "Unpaid.", "cancelled_at": T0, "delivered_at": T0})
    await update("shipments", {**GONE, "delivered_at": T0, "cancelled_at": T0})
    await update("purchase_orders", {"ended_at": T0})
    ended = {"started_at": T0, "completed_quantity": 1, "ended_at": T0, "cancellation_reason": "No malt."}
    await update("work_orders", ended)
    await update("bills_of_materials", {"activated_at": T0})
    await update("stock_counts", {"posted_at": T0})
    await update("returns", {**CAME_BACK, "inspected_at": T0, "closed_at": T0})
    await update("return_lines", {"condition": "OPENED", "disposition": "SCRAP"})
    await update("orders", {"discount_decided_by_id": an_id(1)})
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
        ("orders", "shortage_policy", ShortagePolicy),
        ("orders", "asked_through", Channel),
        ("orders", "discount_state", DiscountState),
        ("products", "status", ProductStatus),
        ("products", "unit", Unit),
        ("products", "stock_alert", StockAlert),
        ("locations", "kind", LocationKind),
        ("batches", "status", BatchStatus),
        ("stock_counts", "status", StockCountStatus),
        ("shipments", "status", ShipmentStatus),
        ("purchase_orders", "status", PurchaseOrderStatus),
        ("purchase_limits", "role", Role),
        ("discount_limits", "role", Role),
        ("bills_of_materials", "status", BillStatus),
        ("work_orders", "status", WorkOrderStatus),
        ("returns", "status", ReturnStatus),
        ("returns", "reason", ReturnReason),
        ("return_lines", "condition", Condition),
        ("return_lines", "disposition", Disposition),
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
    for number, kind in enumerate(EVERY_KIND, start=100):
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
    await update("batches", {"status": "RELEASED"})
    for number, kind in enumerate(MoveKind, start=400):
        goes = kind in (MoveKind.SHIP, MoveKind.CONSUME)
        why = {"order_line_id": an_id(5), "transfer_id": an_id(number), "reason": "Counted."}
        row = {"id": an_id(number), "kind": kind, "quantity": -1 if goes else 1, **why}
        await insert("stock_moves", {**ROWS["stock_moves"], **row})
    for number, method in enumerate(PaymentMethod, start=400):
        await insert("order_payments", {**ROWS["order_payments"], "id": an_id(number), "method": method})
    for number, department in enumerate(Department, start=1000):
        await insert("events", {**ROWS["events"], "id": number, "department": department})


async def test_one_regime_is_active_and_each_case_has_one_policy_and_one_clock(database: Database) -> None:
    await fill()
    for table, changes in (
        ("regimes", {"code": "THEIRS"}),
        ("clock_policies", {"budget_minutes": 5}),
        ("clocks", {"state": "PAUSED"}),
        ("calendar_openings", {"length_ms": 1}),
        ("clock_segments", {}),
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


async def test_no_row_points_at_nothing(database: Database) -> None:
    await forget_shipped()
    keys = {model._meta.db_table: [f"{name}_id" for name in model._meta.fk_fields] for model in declared_models()}
    assert sum(len(columns) for columns in keys.values()) >= 16
    for table, row in ROWS.items():
        await prepare(table)
        for column in keys[table]:
            # SQLite looks at what belongs together first.
            with pytest.raises(IntegrityError, match=r"(?i)foreign key|_of_its_"):
                await insert(table, {**row, **IN_ITS_PLACE.get((table, column), {}), column: an_id(999)})
        await insert(table, row)


async def test_what_others_point_at_cannot_be_deleted(database: Database) -> None:
    await fill()
    chain = ("suppliers", "batches", "order_lines", "stock_balances", "shipments", "purchase_orders", "returns")
    for table in ("accounts", "customers", "products", "orders", "complaints", "handoffs", *chain):
        with pytest.raises(IntegrityError, match=r"(?i)foreign key|balance_is_not_lost"):
            await run(f"DELETE FROM {table}")


async def test_an_improvement_has_one_successor_that_is_not_rejected(database: Database) -> None:
    await fill()
    rejected: Row = {"status": "REJECTED", "rejection_reason": "Too dear.", "rejected_at": T0}
    for number, changes in ((80, {}), (81, rejected), (82, rejected)):
        successor = {"id": an_id(number), "number": f"IMP-{number}", "predecessor_id": an_id(70)}
        await insert("improvements", ROWS["improvements"] | successor | changes)
    with pytest.raises(IntegrityError, match=r"(?i)unique"):
        await insert("improvements", ROWS["improvements"] | successor | {"id": an_id(83), "number": "IMP-83"})
