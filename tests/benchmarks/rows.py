"""The floor of a change: the same rows, read and written by the driver alone, in one transaction, with nothing checked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from tortoise.connection import get_connection

from models.areas import MODELS
from models.declared import declared_tables
from models.kit.base import new_id
from models.kit.tortoise_privates import declared_columns, key_column, table_of

Row = Mapping[str, Any]
Rows = dict[tuple[str, Any], Row]

KEYS = {table_of(model): key_column(model) for model in MODELS}
MADE_UNIQUE = {
    (table_of(model), name)
    for model in MODELS
    for name, column in declared_columns(model)
    if column.unique and not column.pk and name not in ("position",) and column.field_type is str
}
SUMS = {(table.name, column) for table in declared_tables() for column in table.sums}
"""Columns that the database writes by its triggers, and lets nobody else write."""

SUMMED_UP = "stock_balances"
"""Rows that a trigger makes for a move, under the move's key; here as there."""

GENERATED = frozenset({"events", "event_subjects"})
"""Tables whose keys the database counts."""

_numbers = count()


async def all_rows() -> Rows:
    """Every row of every table, by its table and key."""
    connection, found = get_connection("default"), Rows()
    for model in MODELS:
        table, key = table_of(model), key_column(model)
        for row in await connection.execute_query_dict(f'SELECT * FROM "{table}"'):
            found[table, row[key]] = row
    return found


@dataclass
class Floor:
    """What one step wrote, to be written again under other keys: rows that are new, what changed in others, and what is gone."""

    new: list[tuple[str, dict[str, Any]]] = field(default_factory=list[tuple[str, dict[str, Any]]])
    changed: list[tuple[str, Any, dict[str, Any]]] = field(default_factory=list[tuple[str, Any, dict[str, Any]]])
    gone: list[tuple[str, Any]] = field(default_factory=list[tuple[str, Any]])

    @classmethod
    def between(cls, before: Rows, after: Rows) -> "Floor":
        """What was written between two looks at all rows."""
        found = cls()
        for (table, key), row in after.items():
            if (was := before.get((table, key))) is None:
                assert "id" in row, f"{table} has a new row: let the step be taken once before."
                if table != SUMMED_UP:
                    # Sums begin at nothing.
                    begun = {name: 0 for name in row if (table, name) in SUMS}
                    found.new.append((table, {**row, **begun}))
            elif changed := {
                name: value for name, value in row.items() if was[name] != value and (table, name) not in SUMS
            }:
                found.changed.append((table, key, changed))
        found.gone = [one for one in before if one not in after]
        # A row comes after those that it refers to: keys of the same moment rise in the order of making.
        found.new.sort(key=lambda one: (list(KEYS).index(one[0]) if one[0] in GENERATED else -1, str(one[1]["id"])))
        return found

    async def write(self, run: Any, postgres: bool, keys: dict[Any, Any]) -> None:
        """Reads and writes the rows again, in one transaction; `keys` are those that a case has instead of the first one's."""

        def place(number: int) -> str:
            return f"${number}" if postgres else "?"

        async def bound(sql: str, values: Sequence[Any]) -> Any:
            return await (run(sql, *values) if postgres else run(sql, values))

        await run("BEGIN")
        for table, key in self.gone:
            await bound(f'DELETE FROM "{table}" WHERE "{KEYS[table]}" = {place(1)}', [keys.get(key, key)])
        for table, key, columns in self.changed:
            if table == "number_series":
                await run(f"UPDATE number_series SET last_given = last_given + 1 WHERE name = '{key}'")
                continue
            mine = keys.get(key, key)
            await bound(f'SELECT * FROM "{table}" WHERE "{KEYS[table]}" = {place(1)}', [mine])
            told = ", ".join(f'"{name}" = {place(number)}' for number, name in enumerate(columns, start=1))
            where = f'"{KEYS[table]}" = {place(len(columns) + 1)}'
            values = [keys.get(value, value) for value in columns.values()]
            await bound(f'UPDATE "{table}" SET {told} WHERE {where}', [*values, mine])
        for table, row in self.new:
            if table not in GENERATED:
                keys[row["id"]] = new_id() if postgres else str(new_id())
        for table, row in self.new:
            await self._insert(table, row, bound, place, keys)
        await run("COMMIT")

    async def _insert(self, table: str, row: dict[str, Any], bound: Any, place: Any, keys: dict[Any, Any]) -> None:
        names = [name for name in row if not (table in GENERATED and name == "id")]
        values = [
            f"F{next(_numbers)}" if (table, name) in MADE_UNIQUE else keys.get(row[name], row[name]) for name in names
        ]
        told = ", ".join(f'"{name}"' for name in names)
        places = ", ".join(map(place, range(1, len(names) + 1)))
        returning = " RETURNING id" if table == "events" else ""
        made = await bound(f'INSERT INTO "{table}" ({told}) VALUES ({places}){returning}', values)
        if returning:
            keys[row["id"]] = made[0][0]
