"""One valid row per table, and raw SQL to write it: past the models, as a bug or a person at a console would."""

from typing import Any

from tortoise.connection import get_connection

from models.declared import declared_tables
from tests.storage.valid_rows.bookkeeping import BOOKKEEPING
from tests.storage.valid_rows.chain import CHAIN
from tests.storage.valid_rows.columns import T0, Row, an_id
from tests.storage.valid_rows.complaints import COMPLAINTS
from tests.storage.valid_rows.improvements import IMPROVEMENTS
from tests.storage.valid_rows.watching import WATCHING

__all__ = [
    "NEEDED",
    "ONLY_GROW",
    "ROWS",
    "SHIPPED",
    "SUMS",
    "T0",
    "Row",
    "an_id",
    "fill",
    "forget_shipped",
    "insert",
    "let_sums_be_written",
    "literal",
    "prepare",
    "run",
    "update",
]

ROWS: dict[str, Row] = {**COMPLAINTS, **WATCHING, **IMPROVEMENTS, **BOOKKEEPING, **CHAIN}
"""One valid row per table, parents before children."""

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


ONLY_GROW = {table.name for table in declared_tables() if table.append_only}
"""Tables whose rows are neither changed nor removed."""

SUMS = {table.name: table.sums for table in declared_tables() if table.sums}
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
