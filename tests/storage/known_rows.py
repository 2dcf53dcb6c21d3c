"""Every row of a database by its global id, for tests that look at all of them again and again.

Tortoise takes far longer to make rows than a database to give them: only those that changed are made anew.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tortoise.connection import get_connection

from resolvers.reading.declare import registry
from resolvers.reading.sources import NodeType

Row = dict[str, Any]

AT_ONCE = 300
"""How many keys one statement takes at most."""


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
    raw: Sequence[Any] = ()
    """What the database gave, in its order."""
    by_key: dict[Any, Any] = field(default_factory=dict[Any, Any])
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
        for info in registry.nodes.values():
            if info.prefix and not is_view(info) and not (info.prefix in self.still and info.prefix in self._tables):
                await self._read(info, self._tables.setdefault(info.prefix, _Table()))
        return {name: row for table in self._tables.values() for name, row in table.rows.items()}

    async def _read(self, info: NodeType, table: _Table) -> None:
        meta = info.model._meta
        _, raw = await get_connection("default").execute_query(f'SELECT * FROM "{meta.db_table}"')
        if raw == table.raw:
            return
        # Several agents read at once: what was known when this reading began is what it goes on from.
        known, before = table.rows, table.by_key
        by_key = {row["id"]: row for row in raw}
        made = await _made(info, [key for key, row in by_key.items() if before.get(key) != row])
        names = {key: info.global_id(meta.pk.to_python_value(key)) for key in by_key.keys() | before.keys()}
        # What is new and not made has been deleted in between.
        there = [names[key] for key in by_key]
        rows = {name: made.get(name) or known[name] for name in there if name in made or name in known}
        self.changed |= made.keys() | (known.keys() - rows.keys())
        table.raw, table.by_key, table.rows = raw, by_key, rows


async def _made(info: NodeType, keys: Sequence[Any]) -> Mapping[str, Row]:
    """The rows with these keys, as their model says them."""
    found: list[Any] = []
    for start in range(0, len(keys), AT_ONCE):
        found += await info.model.filter(pk__in=keys[start : start + AT_ONCE]).values()
    return {info.global_id(row["id"]): row for row in found}
