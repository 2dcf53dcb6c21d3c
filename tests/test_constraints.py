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
from tests.broken_rows import IN_ITS_PLACE, JUDGED, PERMITTED, VIOLATIONS
from tests.valid_rows import ONLY_GROW, ROWS, T0, Row, an_id, fill, forget_shipped, insert, prepare, run, update


def declared_constraints() -> set[tuple[str, str]]:
    """Table and name of every condition that a migration adds."""
    folder = Path(migrations.__file__ or "").parent
    found = [import_module(f"models.migrations.{file.stem}") for file in sorted(folder.glob("0*.py"))]
    tables = [vars(module).get("CONSTRAINTS", {}) for module in found]
    return {(table, name) for tables_of_one in tables for table, names in tables_of_one.items() for name in names}


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
