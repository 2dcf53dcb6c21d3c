"""Carries a database over that was made by the 28 migrations before the baseline, with all its rows.

What rows must obey is taken away, tables and columns come and go as the baseline says, the rows are brought into line, and then
whatever rows must obey is made as the baseline says.
"""

from collections.abc import Sequence

from models.kit.constraints import View
from models.kit.database import Dialect
from models.kit.migrating import Step
from models.kit.tables import Table, held

LAST = "0028_sums_guarded"
"""The last of those migrations."""

_OURS = "relnamespace = 'public'::regnamespace"

COLUMNS_THERE: dict[Dialect, str] = {
    "sqlite": "SELECT t.name AS table_name, c.name AS name FROM sqlite_master t, pragma_table_info(t.name) c"
    " WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'",
    "postgres": f"SELECT relname AS table_name, attname AS name FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid"
    f" WHERE {_OURS} AND relkind = 'r' AND attnum > 0 AND NOT attisdropped",
}
INDEXES_THERE: dict[Dialect, str] = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL",
    # Without those that a constraint keeps for itself.
    "postgres": f"SELECT relname AS name FROM pg_class WHERE {_OURS} AND relkind = 'i'"
    " AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = pg_class.oid)",
}
LOOSENED: dict[Dialect, str] = {
    "sqlite": "SELECT 'DROP ' || type || ' ' || name AS statement FROM sqlite_master WHERE type IN ('view', 'trigger')"
    " ORDER BY type DESC",
    "postgres": "SELECT 'DROP VIEW work_items, order_progress, being_made' AS statement"
    # With its triggers.
    " UNION ALL SELECT DISTINCT format('DROP FUNCTION %s CASCADE', tgfoid::regprocedure) FROM pg_trigger"
    " WHERE NOT tgisinternal"
    " UNION ALL SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) FROM pg_constraint"
    " WHERE connamespace = 'public'::regnamespace AND contype = 'c'"
    " UNION ALL SELECT format('COMMENT ON %s IS NULL', CASE objsubid WHEN 0 THEN format('TABLE %s', objoid::regclass)"
    " ELSE format('COLUMN %s.%I', objoid::regclass, attname) END) FROM pg_description"
    f" JOIN pg_class ON pg_class.oid = objoid AND {_OURS} AND classoid = 'pg_class'::regclass"
    " LEFT JOIN pg_attribute ON attrelid = objoid AND attnum = objsubid AND objsubid > 0",
}
"""The statements that take away what refuses rows, and on PostgreSQL the comments that Tortoise made."""


SUBJECTS_OF_EVENTS = {
    "complaint_id": "complaint",
    "handoff_id": "handoff",
    "improvement_id": "improvement",
    "notification_id": "notification",
    "order_id": "order",
    "product_id": "product",
    "batch_id": "batch",
    "work_order_id": "work_order",
    "shipment_id": "shipment",
    "purchase_order_id": "purchase_order",
    "return_id": "customer_return",
    "supplier_id": "supplier",
}
"""What events were about, by the column that said so: each is a row now."""

KEPT = ("applied_migrations", "summing")
"""Tables that no model declares."""


class RevisionError(Exception):
    """A database is older than what can be carried over."""


async def found(step: Step) -> bool:
    """Whether the database is of the last revision before the baseline. RevisionError if it is of an earlier one."""
    if "tortoise_migrations" not in await _columns(step):
        return False
    applied = await step.rows("SELECT name FROM tortoise_migrations WHERE app = 'models' ORDER BY name")
    last = applied[-1]["name"] if applied else "none"
    if last != LAST or len(applied) != 28:
        raise RevisionError(
            f"The last migration of this database is {last}. Bring it to {LAST} with version 0.1.0 first, and then start again."
        )
    return True


async def carry_over(step: Step, tables: Sequence[Table], views: Sequence[View]) -> None:
    """Brings the database to what these tables and views say."""
    indexes = {index.name: (table, index) for table in tables for index in table.indexes}
    await step.run([row["statement"] for row in await step.rows(LOOSENED[step.dialect])])
    await step.run(f"DROP INDEX {name}" for name in await _indexes(step) if name not in indexes)
    await _add(step, tables)
    await bring_into_line(step)
    await _drop(step, tables)
    there = await _indexes(step)
    for name, (table, index) in indexes.items():
        if name not in there:
            await step.run(index.made(table.name, step.dialect))
    await step.run(held(tables, views, step.dialect))


async def bring_into_line(step: Step) -> None:
    """Changes rows, while nothing refuses anything.

    Tables and columns that the baseline has and revision 28 had not are there already, and are filled here; those that the
    baseline has no more are still there, and go afterwards. A new column that must hold something and has no default is made
    here, with its table, anew; on SQLite foreign keys are looked at in the end only.
    """
    await step.run(
        f"INSERT INTO event_subjects (event_id, type, key) SELECT id, '{subject}', {column} FROM events"
        f" WHERE {column} IS NOT NULL ORDER BY id"
        for column, subject in SUBJECTS_OF_EVENTS.items()
    )


async def _add(step: Step, tables: Sequence[Table]) -> None:
    """Makes the tables and columns that are missing."""
    there = await _columns(step)
    new = [table for table in tables if table.name not in there]
    await step.run(statement for table in new for statement in table.made(step.dialect))
    await step.run(statement for table in new for statement in table.referring(step.dialect))
    for table in tables:
        missing = [name for name in table.columns if table not in new and name not in there[table.name]]
        await step.run(statement for name in missing for statement in table.column_added(name, step.dialect))


async def _drop(step: Step, tables: Sequence[Table]) -> None:
    """Drops the tables and columns that nobody declares any more."""
    declared = {table.name: table for table in tables}
    for name, columns in (await _columns(step)).items():
        if name in declared:
            gone = [column for column in columns if column not in declared[name].columns]
            await step.run(f'ALTER TABLE {name} DROP COLUMN "{column}"' for column in gone)
        elif name not in KEPT:
            await step.run([f"DROP TABLE {name}"])


async def _columns(step: Step) -> dict[str, list[str]]:
    """By table: the columns that are there."""
    found: dict[str, list[str]] = {}
    for row in await step.rows(COLUMNS_THERE[step.dialect]):
        found.setdefault(row["table_name"], []).append(row["name"])
    return found


async def _indexes(step: Step) -> set[str]:
    return {row["name"] for row in await step.rows(INDEXES_THERE[step.dialect])}
