"""Migrations: both engines arrive at the same tables, however old the database, without losing a row."""

import asyncio
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tortoise.context import TortoiseContext

from models.kit.database import Database, dialect_of, sqlite_path, tortoise_config
from models.kit.migrating import known_migrations, migrate, pending_migrations
from tests.storage.valid_rows import ROWS, Row, an_id, insert, run

ROOT = Path(__file__).parents[2]


SAID_IN_WORDS: dict[str, Row] = {
    "products": {"category": "Things", "supplier_name": "O'Neil", "units_on_order": 3, "discontinued": False}
}
"""What a migration makes rows of, or lets go: how much was on order, which no purchase order stood behind."""

WITHOUT_A_LEDGER: dict[str, Row] = {"products": {"units_in_stock": 5}}
"""What was a figure like any other before it became a sum."""


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[None]:
    """A connection to a database whose tables may be older than the models."""
    async with TortoiseContext() as context:
        await context.init(tortoise_config(url))
        yield


async def shape(url: str) -> set[tuple[Any, ...]]:
    """Everything that makes a database's tables what they are: columns, keys, indexes, checks, triggers."""
    if dialect_of(url) == "sqlite":
        catalog = ["SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"]
    else:
        catalog = [
            "SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns"
            " WHERE table_schema = 'public'",
            "SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public'",
            "SELECT conrelid::regclass::text AS t, conname, pg_get_constraintdef(oid) AS d FROM pg_constraint"
            " WHERE connamespace = 'public'::regnamespace",
            "SELECT tgname, pg_get_triggerdef(oid) AS d FROM pg_trigger WHERE NOT tgisinternal",
        ]
    async with connected(url):
        return {tuple(row.values()) for sql in catalog for row in await run(sql)}


async def fill_what_is_there(url: str) -> list[str]:
    """Writes the valid row of every table that the database has already, with the columns that it has already."""
    column_names = {
        "sqlite": "SELECT m.name AS t, c.name AS c FROM sqlite_master m, pragma_table_info(m.name) c",
        "postgres": "SELECT table_name AS t, column_name AS c FROM information_schema.columns",
    }
    there = {(row["t"], row["c"]) for row in await run(column_names[dialect_of(url)])}
    tables = [table for table in ROWS if any(name == table for name, _ in there)]
    for table in tables:
        row = ROWS[table] | SAID_IN_WORDS.get(table, {}) | WITHOUT_A_LEDGER.get(table, {})
        await insert(table, {column: value for column, value in row.items() if (table, column) in there})
    return tables


async def fill_in_what_has_a_past() -> None:
    """More orders and products, as they were before stock had a ledger."""
    old = {name: ROWS["orders"][name] for name in ("customer_id", "placed_at", "currency", "total_minor")}
    lines = {name: value for name, value in ROWS["order_lines"].items() if name not in ("id", "order_id", "net_minor")}
    for key, status in ((401, "SHIPPED"), (402, "CANCELLED"), (403, "PLACED")):
        await insert("orders", {"id": an_id(key), "number": f"O-{key}", "status": status} | old)
        await insert("order_lines", {"id": an_id(key), "order_id": an_id(key)} | lines)
    product = SAID_IN_WORDS["products"] | ROWS["products"]
    await insert("products", {**product, "id": an_id(404), "sku": "P-404", "discontinued": True, "units_in_stock": 0})


PAST_BECAME: dict[str, list[tuple[Any, ...]]] = {
    "products": [
        ("P-1", "Things", "O'Neil", "ON_SALE", 5, "p-1 a product"),
        ("P-404", "Things", "O'Neil", "WITHDRAWN", 0, "p-404 a product"),
    ],
    # Five pieces are there: four are promised to the order that came first, and one to the other.
    "lines": [
        ("O-1", "A product", 100, 4, 0),
        ("O-401", "A product", 100, 0, 4),
        ("O-402", "A product", 100, 0, 0),
        ("O-403", "A product", 100, 1, 0),
    ],
    "orders": [
        ("O-1", 100, 0, "A customer", "Germany", False),
        ("O-401", 100, 0, "A customer", "Germany", False),
        ("O-402", 100, 0, "A customer", "Germany", True),
        ("O-403", 100, 0, "A customer", "Germany", False),
    ],
    "moves": [("P-1", "ADJUST", 5, "Opening balance", "OPENING", "STORAGE", "RELEASED", "USD", 60)],
    "balances": [(5, 5)],
}


async def what_the_past_became() -> dict[str, list[tuple[Any, ...]]]:
    """What an older database says once it has ledgers."""
    asked = {
        "products": "SELECT sku, c.name AS category, s.name AS supplier, status, units_in_stock, search_text FROM products p"
        " JOIN product_categories c ON c.id = p.category_id JOIN suppliers s ON s.id = p.supplier_id ORDER BY sku",
        "lines": "SELECT o.number, l.product_name, l.net_minor, l.allocated_quantity, l.shipped_quantity"
        " FROM order_lines l JOIN orders o ON o.id = l.order_id ORDER BY o.number",
        "orders": "SELECT number, net_minor, tax_minor, customer_name, bill_country, cancelled_at FROM orders ORDER BY 1",
        "moves": "SELECT sku, m.kind, m.quantity, m.reason, l.code, l.kind AS place, b.status, b.currency, b.unit_cost_minor"
        " FROM stock_moves m JOIN products p ON p.id = m.product_id JOIN locations l ON l.id = m.location_id"
        " JOIN batches b ON b.id = m.batch_id",
        "balances": "SELECT on_hand, allocated FROM stock_balances",
    }
    found = {name: [tuple(row.values()) for row in await run(sql)] for name, sql in asked.items()}
    found["orders"] = [(*row, cancelled is not None) for *row, cancelled in found["orders"]]
    return found


async def test_a_populated_database_upgrades_without_losing_a_row_an_index_or_a_constraint(
    blank_url: str, database_url: str
) -> None:
    first, *rest = known_migrations()
    assert await migrate(blank_url, target=first) == [first]
    async with connected(blank_url):
        tables = await fill_what_is_there(blank_url)
        await fill_in_what_has_a_past()
        before = {table: await run(f"SELECT * FROM {table} ORDER BY 1") for table in tables}
    assert len(before) >= 12
    assert await migrate(blank_url) == rest
    for row in before["products"]:
        for column in SAID_IN_WORDS["products"]:
            del row[column]
    async with connected(blank_url):
        columns = {table: ", ".join(f'"{name}"' for name in rows[0]) for table, rows in before.items()}
        after = {table: await run(f"SELECT {columns[table]} FROM {table} ORDER BY 1") for table in tables}
        assert await what_the_past_became() == PAST_BECAME
    assert after == before
    upgraded, fresh = await shape(blank_url), await shape(database_url)
    assert upgraded == fresh
    assert len(fresh) >= 100


async def test_a_database_without_tables_lacks_every_migration_in_order(blank_url: str) -> None:
    if dialect_of(blank_url) == "sqlite":
        sqlite_path(blank_url).touch()
    database = Database(blank_url)
    await database.open()
    try:
        assert await pending_migrations(database) == known_migrations()
        first = known_migrations()[0]
        await migrate(blank_url, target=first)
        assert await pending_migrations(database) == known_migrations()[1:]
        await migrate(blank_url)
        assert await pending_migrations(database) == []
    finally:
        await database.close()


async def test_processes_that_start_together_migrate_once(blank_url: str) -> None:
    script = "import asyncio, sys; from models.kit.migrating import migrate; print(*asyncio.run(migrate(sys.argv[1])))"
    starting = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", script, blank_url, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for _ in range(3)
    ]
    answers = [await process.communicate() for process in starting]
    assert [process.returncode for process in starting] == [0, 0, 0], answers
    applied = sorted(out.decode().split() for out, _ in answers)
    assert applied == [[], [], known_migrations()]


def test_the_migrations_say_all_that_the_models_say(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "models", tmp_path / "models", ignore=shutil.ignore_patterns("__pycache__"))
    settings = (
        "from models.kit.database import tortoise_config\nTORTOISE_ORM = tortoise_config('sqlite:///unused.db')\n"
    )
    (tmp_path / "settings.py").write_text(settings)
    command = [sys.executable, "-m", "tortoise", "-c", "settings.TORTOISE_ORM", "makemigrations"]
    ran = subprocess.run(command, cwd=tmp_path, env={"PYTHONPATH": "."}, capture_output=True, text=True, check=True)
    assert "No changes detected" in ran.stdout
