"""What migrations put into the database beside tables: conditions on rows, and tables that only grow, alike on both engines.

SQLite cannot add a CHECK to a table that exists, so there the same condition stands in a pair of triggers.
"""

from collections.abc import Mapping
from typing import Any

from tortoise.migrations import operations as ops


class Redescribed(ops.AlterField):
    """An enumeration whose members grew: Tortoise notes them in the field's description, the column stays as it is.

    Never AlterField itself, which on SQLite makes the table anew and loses its triggers and indexes.
    """

    async def database_forward(self, app_label: str, old_state: Any, new_state: Any, state_editor: Any = None) -> None:
        """Leaves the database alone."""

    async def database_backward(self, app_label: str, old_state: Any, new_state: Any, state_editor: Any = None) -> None:
        """Leaves the database alone."""


class DroppedField(ops.RemoveField):
    """A column that goes. Conditions and indexes that name it must have gone before.

    Never RemoveField itself, which on SQLite makes the table anew and loses its triggers and indexes.
    """

    async def database_forward(self, app_label: str, old_state: Any, new_state: Any, state_editor: Any = None) -> None:
        """Drops the column and nothing else."""
        model = old_state.apps.get_model(f"{app_label}.{self.model_name}")
        column = model._meta.fields_map[self.name].source_field or self.name
        await _run(state_editor, f"ALTER TABLE {model._meta.db_table} DROP COLUMN {column}")


def one_of(column: str, words: str) -> str:
    """The column holds one of these words, or nothing where nothing is allowed."""
    members = ", ".join(f"'{word}'" for word in words.split())
    return f"{{row}}{column} IN ({members})"


def given(column: str) -> str:
    """The column holds something."""
    return f"{{row}}{column} IS NOT NULL"


def when(column: str, words: str, *conditions: str) -> str:
    """With one of these words in the column, all of the conditions hold."""
    return f"NOT ({one_of(column, words)}) OR ({' AND '.join(conditions)})"


def at_least(least: int, *columns: str) -> str:
    """None of the columns holds less."""
    return " AND ".join(f"({{row}}{column} IS NULL OR {{row}}{column} >= {least})" for column in columns)


async def constrain(editor: Any, table: str, conditions: Mapping[str, str]) -> None:
    """Adds named conditions; `{row}` stands before every column."""
    for name, condition in conditions.items():
        if editor.DIALECT != "sqlite":
            check = f"CHECK ({condition.format(row='')})"
            await _run(editor, f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{name} {check}")
            continue
        for moment in ("INSERT", "UPDATE"):
            await _run(
                editor,
                f"CREATE TRIGGER ck_{table}_{name}_{moment.lower()} BEFORE {moment} ON {table}"
                f" WHEN NOT ({condition.format(row='NEW.')})"
                f" BEGIN SELECT RAISE(ABORT, 'CHECK constraint failed: ck_{table}_{name}'); END",
            )


async def constrain_anew(editor: Any, table: str, conditions: Mapping[str, str]) -> None:
    """Replaces conditions of these names, for instance because an enumeration has grown."""
    for name in conditions:
        if editor.DIALECT != "sqlite":
            await _run(editor, f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_{name}")
        else:
            for moment in ("insert", "update"):
                await _run(editor, f"DROP TRIGGER ck_{table}_{name}_{moment}")
    await constrain(editor, table, conditions)


async def only_append(editor: Any, table: str) -> None:
    """Lets rows of a table be added and never be changed or removed."""
    if editor.DIALECT == "sqlite":
        for moment in ("UPDATE", "DELETE"):
            await _run(
                editor,
                f"CREATE TRIGGER {table}_only_grow_{moment.lower()} BEFORE {moment} ON {table}"
                f" BEGIN SELECT RAISE(ABORT, '{table} are append-only'); END",
            )
        return
    await _run(
        editor,
        f"CREATE FUNCTION refuse_to_rewrite_{table}() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN RAISE EXCEPTION '{table} are append-only' USING ERRCODE = 'check_violation'; END $$",
    )
    refuse = f"EXECUTE FUNCTION refuse_to_rewrite_{table}()"
    changed = f"BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW"
    await _run(editor, f"CREATE TRIGGER {table}_only_grow {changed} {refuse}")
    emptied = f"BEFORE TRUNCATE ON {table} FOR EACH STATEMENT"
    await _run(editor, f"CREATE TRIGGER {table}_not_emptied {emptied} {refuse}")


async def by_code_point(editor: Any, table: str, *columns: str) -> None:
    """Keeps texts that lists are sorted by in code point order on PostgreSQL, as SQLite does anyway."""
    if editor.DIALECT == "sqlite":
        return
    rows = await editor.client.execute_query_dict(
        "SELECT attname, format_type(atttypid, atttypmod) AS type FROM pg_attribute WHERE attrelid = $1::regclass",
        [table],
    )
    types = {row["attname"]: row["type"] for row in rows}
    changes = [f'ALTER COLUMN {column} TYPE {types[column]} COLLATE "C"' for column in columns]
    await _run(editor, f"ALTER TABLE {table} {', '.join(changes)}")


async def _run(editor: Any, statement: str) -> None:
    # Not RunSQL: it would split a trigger at its semicolons.
    await editor.client.execute_query(statement)
