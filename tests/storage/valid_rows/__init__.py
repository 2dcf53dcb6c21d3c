"""One valid row per table, made from what the table declares, and raw SQL to write it: past the models, as a bug or a person at
a console would.
"""

from typing import Any

from tortoise import fields
from tortoise.connection import get_connection
from tortoise.fields.base import Field

from models import areas
from models.declared import declared_tables
from models.kit.money import CurrencyCodeField
from models.kit.tables import Table
from tests.storage.valid_rows.columns import DAY, T0, Row, an_id, columns_of, id_of, led_to
from tests.storage.valid_rows.said import SAID, said

__all__ = [
    "MODELS",
    "NEEDED",
    "ONLY_GROW",
    "ROWS",
    "SUMS",
    "T0",
    "Row",
    "an_id",
    "columns_of",
    "fill",
    "forget_shipped",
    "id_of",
    "insert",
    "let_sums_be_written",
    "literal",
    "prepare",
    "run",
    "update",
    "value_of",
]

TABLES = {table.name: table for table in declared_tables()}
MODELS = {model._meta.db_table: model for model in areas.MODELS}


def value_of(column: str, declared: Field[Any], *, other: bool = False) -> Any:
    """What a column holds of which nothing is said; `other`: who is another person than whom valid rows name."""
    if model := led_to(declared):
        return id_of(model._meta.db_table, other=other and model._meta.db_table == "accounts")
    if members := getattr(declared, "enum_type", None):
        return next(iter(members)).value
    match declared:
        case CurrencyCodeField():
            return "USD"
        case fields.BooleanField():
            return False
        case fields.IntField():
            # Positions and figures begin at one; what must add up is said.
            return 1
        case fields.DatetimeField():
            return T0
        case fields.DateField():
            return DAY
        case fields.JSONField():
            return "[]"
        case fields.UUIDField():
            return an_id(9)
        case fields.CharField() | fields.TextField():
            return column
        case _:
            raise LookupError(f"Say in SAID what {column} holds.")


def _valid_row(table: Table) -> Row:
    """What every row must have, and what is said of it besides."""
    of = SAID.get(table.name, said())
    row: Row = {"id": id_of(table.name)} if "id" in table.columns else {}
    for column, declared in columns_of(MODELS[table.name]).items():
        words = table.columns[column]
        if column in of.held:
            row[column] = of.held[column]
        elif column in of.there or ("NOT NULL" in words and "DEFAULT" not in words):
            row[column] = value_of(column, declared)
    assert not (wrong := {*of.there, *of.held} - row.keys()), f"{table.name} has no {wrong}."
    return row


def _parents_first() -> dict[str, Row]:
    rows = {name: _valid_row(table) for name, table in TABLES.items()}
    ordered: dict[str, Row] = {}

    def add(table: str) -> None:
        led = (led_to(declared) for name, declared in columns_of(MODELS[table]).items() if rows[table].get(name))
        parents = [model._meta.db_table for model in led if model]
        for parent in (*parents, *AFTER.get(table, ())):
            if parent != table and parent not in ordered:
                add(parent)
        ordered[table] = rows[table]

    for table in rows:
        add(table)
    return ordered


# What must be there before, though none of its keys leads there.
AFTER = {
    "allocations": ("stock_moves",),
    "orders": ("accounts",),
    "refund_proposals": ("refunds",),
    "refunds": ("order_payments",),
    "returns": ("warehouses",),
    "stock_moves": ("stock_balances",),
}

ROWS: dict[str, Row] = _parents_first()
"""One valid row per table, parents before children."""

# What a table's row needs beside the rows above: two complaints are linked, and a second person decides.
_SECOND_PERSON = ("accounts", {**ROWS["accounts"], "id": id_of("accounts", other=True), "email": "another"})
NEEDED: dict[str, tuple[str, Row]] = {
    "complaint_answers": _SECOND_PERSON,
    "refund_proposals": _SECOND_PERSON,
    "complaint_links": (
        "complaints",
        {**ROWS["complaints"], "id": ROWS["complaint_links"]["other_id"], "number": "CMP-2"},
    ),
}


async def prepare(table: str) -> None:
    """Writes what a table's valid row needs beside the valid rows of the tables before it, if no other table needed it."""
    if table in NEEDED:
        parent, row = NEEDED[table]
        if not await run(f"SELECT 1 FROM {parent} WHERE id = {literal(row['id'])}"):
            await insert(parent, row)


def literal(value: object) -> str:
    if value is None or isinstance(value, bool | int):
        return "NULL" if value is None else str(value).upper()
    doubled = str(value).replace("'", "''")
    return f"'{doubled}'"


async def run(sql: str) -> list[Any]:
    """One raw statement, past all of the models' own care."""
    return list(await get_connection("default").execute_query_dict(sql))


async def insert(table: str, row: Row) -> None:
    columns = ", ".join(f'"{column}"' for column in row)
    await run(f"INSERT INTO {table} ({columns}) VALUES ({', '.join(literal(value) for value in row.values())})")


async def update(table: str, changes: Row) -> None:
    await run(f"UPDATE {table} SET {', '.join(f'{column} = {literal(value)}' for column, value in changes.items())}")


ONLY_GROW = {name for name, table in TABLES.items() if table.append_only}
"""Tables whose rows are neither changed nor removed."""

SUMS = {name: table.sums for name, table in TABLES.items() if table.sums}
"""By table: the columns that only the database writes."""

SHIPPED = (
    "message_templates",
    "redress_limits",
)
"""Tables that migrations write rows into."""


async def forget_shipped() -> None:
    """Takes away what migrations wrote, so that every table is empty."""
    for table in SHIPPED:
        await run(f"DELETE FROM {table}")


async def let_sums_be_written() -> None:
    """Takes the guards of the sums away: what stands behind them is seen, and figures are stored that no ledger adds up to."""
    on_table = {"sqlite": "", "postgres": " ON {table}"}[get_connection("default").capabilities.dialect]
    for table in SUMS:
        for guard in ("begin", "follow"):
            await run(f"DROP TRIGGER {table}_sums_{guard}{on_table.format(table=table)}")
    await run(f"DROP TRIGGER balance_is_not_lost{on_table.format(table='stock_balances')}")


async def fill() -> None:
    """The valid row of every table, and no other."""
    await forget_shipped()
    for table, row in ROWS.items():
        await prepare(table)
        await insert(table, row)
