"""Plain SQL in use cases: keys written out, rows read, and what locks them."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from tortoise.connection import get_connection


def listed(keys: Iterable[object]) -> str:
    """Keys as they stand after IN, each once; empty without any."""
    return ", ".join(f"'{key}'" for key in sorted(set(map(str, keys))))


async def read_rows(sql: str) -> list[dict[str, Any]]:
    """What a statement finds; columns called `id` or `…_id` hold keys, which SQLite keeps as texts."""
    rows = await get_connection("default").execute_query_dict(sql)
    return [{name: _read(name, value) for name, value in row.items()} for row in rows]


def _read(name: str, value: Any) -> Any:
    return UUID(value) if isinstance(value, str) and (name == "id" or name.endswith("_id")) else value


def locking(rows: str = "") -> str:
    """What at the end of a statement locks the rows that it finds, or only some of them, until the transaction ends.

    Nothing on SQLite, whose write transaction is a lock on everything already.
    """
    postgres = get_connection("default").capabilities.dialect == "postgres"
    return f" FOR NO KEY UPDATE {rows}" if postgres else ""
