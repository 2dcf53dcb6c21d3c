"""Texts that lists are sorted by are kept by code point on PostgreSQL, whatever the locale it was set up with.

Reads sort by code point on both engines, and only an index in the same order spares them from sorting a whole table. A text
column that lists can be sorted by and that comes later needs the same step. SQLite compares by code point anyway.
"""

from typing import Any

from tortoise import migrations
from tortoise.migrations import operations as ops

SORTED_TEXTS = {
    "accounts": "name email",
    "complaints": "number channel category severity status outcome",
    "customers": "number name contact_name email country",
    "handoffs": "number department status",
    "orders": "number status",
    "products": "sku name category supplier_name",
}


async def keep_code_point_order(_apps: Any, editor: Any) -> None:
    """Gives the columns their collation; PostgreSQL builds their indexes anew and leaves the rows where they are."""
    if editor.DIALECT == "sqlite":
        return
    for table, columns in SORTED_TEXTS.items():
        rows = await editor.client.execute_query_dict(
            "SELECT attname, format_type(atttypid, atttypmod) AS type FROM pg_attribute WHERE attrelid = $1::regclass",
            [table],
        )
        types = {row["attname"]: row["type"] for row in rows}
        changes = [f'ALTER COLUMN {column} TYPE {types[column]} COLLATE "C"' for column in columns.split()]
        await editor.client.execute_query(f"ALTER TABLE {table} {', '.join(changes)}")


class Migration(migrations.Migration):
    """After the rules, the order."""

    dependencies = [("models", "0002_constraints")]
    operations = [ops.RunPython(keep_code_point_order)]
