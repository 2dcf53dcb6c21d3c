"""Every row of a database by its global id, for tests that look at all of them again and again.

Tortoise takes far longer to make rows than a database to give them: only those that changed are made anew.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from json import dumps
from typing import Any

from tortoise.connection import get_connection

from resolvers.reading.declare import registry
from resolvers.reading.sources import NodeType

Row = dict[str, Any]


def is_view(info: NodeType) -> bool:
    """Whether a type's rows are those of other tables, brought together by a view."""
    return info.model._meta.default_connection is None


async def all_rows() -> dict[str, Row]:
    """Every row in the open database that has a global id, by it."""
    return await KnownRows().read()


def by_prefix(ids: Iterable[str]) -> dict[str, list[str]]:
    """Global ids by their prefix."""
    found: dict[str, list[str]] = {}
    for one in ids:
        found.setdefault(one.partition("_")[0], []).append(one)
    return found


@dataclass
class _Table:
    marks: dict[str, str] = field(default_factory=dict[str, str])
    """By their keys as texts, in the order of the database, what is other whenever the row is."""
    rows: dict[str, Row] = field(default_factory=dict[str, Row])


@dataclass
class KnownRows:
    """What was read of a database so far. The tables with the prefixes in `still` are read once only."""

    still: frozenset[str] = frozenset()
    changed: set[str] = field(default_factory=set[str])
    """The global ids that are new, other or gone since the reading before."""
    _tables: dict[str, _Table] = field(default_factory=dict[str, _Table])

    async def read(self) -> dict[str, Row]:
        """Every row in the open database that has a global id, by it, in the order of the database."""
        self.changed = set()
        wanted = {
            info.prefix: info
            for info in registry.nodes.values()
            if info.prefix and not is_view(info) and not (info.prefix in self.still and info.prefix in self._tables)
        }
        marks: dict[str, dict[str, str]] = {prefix: {} for prefix in wanted}
        for prefix, key, mark in await _marks(wanted.values()):
            marks[prefix][key] = mark
        for prefix, info in wanted.items():
            await self._learn(info, self._tables.setdefault(prefix, _Table()), marks[prefix])
        return {name: row for table in self._tables.values() for name, row in table.rows.items()}

    async def _learn(self, info: NodeType, table: _Table, marks: dict[str, str]) -> None:
        if marks == table.marks and [*marks] == [*table.marks]:
            return
        # Several agents read at once: what was known when this reading began is what it goes on from.
        known, before = table.rows, table.marks
        pk = info.model._meta.pk
        made = await _made(info, [pk.to_python_value(key) for key, mark in marks.items() if before.get(key) != mark])
        names = {key: info.global_id(pk.to_python_value(key)) for key in marks.keys() | before.keys()}
        # What is new and not made has been deleted in between.
        there = [names[key] for key in marks]
        rows = {name: made.get(name) or known[name] for name in there if name in made or name in known}
        self.changed |= made.keys() | (known.keys() - rows.keys())
        table.marks, table.rows = marks, rows


async def _marks(infos: Iterable[NodeType]) -> list[tuple[str, str, str]]:
    """Of each row the prefix, the key, and what is other whenever the row is: by one statement, as most are what they were."""
    connection = get_connection("default")
    parts: list[str] = []
    for info in infos:
        meta = info.model._meta
        columns = ", ".join(f'"{column}"' for column in meta.fields_db_projection.values())
        # On PostgreSQL a row that is changed says by which transaction.
        mark = {"postgres": "CAST(xmin AS TEXT)", "sqlite": f"json_array({columns})"}[connection.capabilities.dialect]
        parts.append(
            f"SELECT '{info.prefix}' AS prefix, CAST(id AS TEXT) AS key, {mark} AS mark FROM \"{meta.db_table}\""
        )
    _, rows = await connection.execute_query(" UNION ALL ".join(parts))
    return [(row["prefix"], row["key"], row["mark"]) for row in rows]


async def _made(info: NodeType, keys: Sequence[Any]) -> Mapping[str, Row]:
    """The rows with these keys, as their model says them."""
    if not keys:
        return {}
    meta, connection = info.model._meta, get_connection("default")
    # The same text for any keys, so that the database has it ready; Tortoise would write it anew each time.
    condition, given = {
        "postgres": ("id = ANY($1)", [*keys]),
        "sqlite": ("id IN (SELECT value FROM json_each(?))", dumps([str(key) for key in keys])),
    }[connection.capabilities.dialect]
    _, found = await connection.execute_query(f'SELECT * FROM "{meta.db_table}" WHERE {condition}', [given])
    columns = [(name, column, meta.fields_map[name]) for name, column in meta.fields_db_projection.items()]
    rows = [{name: of.to_python_value(row[column]) for name, column, of in columns} for row in found]
    return {info.global_id(row["id"]): row for row in rows}
