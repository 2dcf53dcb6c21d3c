"""Constraints: what the database itself refuses, on both engines, whoever writes."""

import re

import pytest
from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from models import areas
from models.declared import declared_tables
from models.events import EVERY_KIND
from models.front_office.service.complaints import ANSWER_OUTCOMES, Outcome
from models.kit.database import Database
from models.permissions import BACK_OFFICE_DEPARTMENTS, Department
from tests.storage.constraint_violations.complaints_and_services import (
    IN_ITS_PLACE,
    PERMITTED,
    TOGETHER,
    VIOLATIONS,
)
from tests.storage.constraint_violations.declared import as_declared, grown
from tests.storage.valid_rows import (
    MODELS,
    NEEDED,
    ONLY_GROW,
    ROWS,
    T0,
    Row,
    an_id,
    columns_of,
    fill,
    forget_shipped,
    id_of,
    insert,
    let_sums_be_written,
    prepare,
    run,
    update,
)

EVERY_VIOLATION = [*VIOLATIONS, *as_declared(VIOLATIONS)]


def named(table: str, name: str) -> str:
    """What the database says when a row breaks a constraint."""
    together = f"|{TOGETHER[table, name]}" if (table, name) in TOGETHER else ""
    return f"ck_{table}_({name}{together})\\b"


async def test_every_model_finds_its_table_and_columns(database: Database) -> None:
    await fill()
    models = areas.MODELS
    assert {model._meta.db_table for model in models} == set(ROWS)
    for model in models:
        assert len(await model.all()) >= 1


def test_each_constraint_is_proven() -> None:
    declared = {(table.name, name) for table in declared_tables() for name in table.checks}
    assert {(table, name) for table, name, _ in EVERY_VIOLATION} == declared


def test_conditions_name_members_of_their_enumerations() -> None:
    for model, table in zip(areas.MODELS, declared_tables(), strict=True):
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


FRONT_OFFICE = {department.value for department in set(Department) - BACK_OFFICE_DEPARTMENTS}
NO_ANSWERS = {outcome.value for outcome in set(Outcome) - ANSWER_OUTCOMES}
NEVER_STORED = {
    ("calendar_openings", "counting"): {"PLAIN"},
    ("complaint_answers", "outcome"): NO_ANSWERS,
    ("major_cases", "outcome"): NO_ANSWERS,
    ("improvements", "department"): FRONT_OFFICE,
    ("message_templates", "kind"): {"REPLY"},
}
"""The members that a column does not hold though others of the same enumeration do."""


async def is_stored(table: str, row: Row) -> bool:
    """Whether a row could be written; it is taken back."""
    try:
        async with in_transaction() as changes:
            await insert(table, row)
            await changes.rollback()
    except IntegrityError:
        return False
    return True


async def test_every_member_of_an_enumeration_is_stored(database: Database) -> None:
    await let_sums_be_written()
    await forget_shipped()
    refused: dict[tuple[str, str], set[str]] = {}
    for table, row in ROWS.items():
        await prepare(table)
        fitting: list[Row] = [{}, *(changes for of, changes in PERMITTED if of == table)]
        for column, declared in columns_of(MODELS[table]).items():
            for member in getattr(declared, "enum_type", None) or ():
                needed = grown(table, column, member.value, other=table in NEEDED)
                rows = [{**row, **changes, column: member.value} for changes in (*fitting, needed)]
                if not any([await is_stored(table, one) for one in rows]):
                    refused.setdefault((table, column), set()).add(member.value)
        await insert(table, row)
    # What leaves the house must lie there, and what comes back must have left it: now everything is there.
    assert refused.pop(("stock_moves", "kind")) == {"SHIP", "RETURN"}
    for number, (kind, quantity) in enumerate((("SHIP", -1), ("RETURN", 1)), start=400):
        of_order = {"id": an_id(number), "order_line_id": id_of("order_lines"), "kind": kind, "quantity": quantity}
        await insert("stock_moves", {**ROWS["stock_moves"], **of_order})
    assert refused == NEVER_STORED
    for number, kind in enumerate(EVERY_KIND, start=100):
        await insert("events", {**ROWS["events"], "id": number, "kind": kind})


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
    keys = {model._meta.db_table: [f"{name}_id" for name in model._meta.fk_fields] for model in areas.MODELS}
    assert sum(len(columns) for columns in keys.values()) >= 16
    for table, row in ROWS.items():
        await prepare(table)
        for column in keys[table]:
            nowhere = 999 if isinstance(row.get(column), int) else an_id(999)
            # SQLite looks at what belongs together first.
            with pytest.raises(IntegrityError, match=r"(?i)foreign key|_of_its_"):
                await insert(table, {**row, **IN_ITS_PLACE.get((table, column), {}), column: nowhere})
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
        successor = {"id": an_id(number), "number": f"IMP-{number}", "predecessor_id": id_of("improvements")}
        await insert("improvements", ROWS["improvements"] | successor | changes)
    with pytest.raises(IntegrityError, match=r"(?i)unique"):
        await insert("improvements", ROWS["improvements"] | successor | {"id": an_id(83), "number": "IMP-83"})
