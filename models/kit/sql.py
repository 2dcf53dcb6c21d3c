"""Plain SQL where a change waits for it: keys written out, rows read, and what locks them.

A value that is bound, as `?1`, leaves the statement's text what it was, and then the database need not understand it anew. What
is bound are keys, or what an index finds as quickly: such statements are not waited for (models/engines/sqlite.py).
"""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from json import dumps
from typing import Any, TypeVar
from uuid import UUID

from tortoise.connection import get_connection
from tortoise.models import Model

from models.engines.sqlite import by_key
from models.kit.database import Dialect
from models.kit.tortoise_privates import made_of_rows

M = TypeVar("M", bound=Model)

STATEMENTS_KEPT = 2_000
"""As many texts are kept in PostgreSQL's words, those used last."""


def listed(keys: Iterable[object]) -> str:
    """Keys as they stand after IN, each once; empty without any."""
    return ", ".join(f"'{key}'" for key in sorted(set(map(str, keys))))


def is_among(column: str, place: int) -> str:
    """The condition that a key is one of a bound list of keys. See `as_list`."""
    return (
        f"{column} = ANY(?{place}::uuid[])"
        if _is_postgres()
        else f"{column} IN (SELECT value FROM json_each(?{place}))"
    )


def each_of(place: int) -> str:
    """Selects the texts of a bound list, a row each. See `as_list`."""
    return f"SELECT unnest(?{place}::text[])" if _is_postgres() else f"SELECT value FROM json_each(?{place})"


def as_list(values: Sequence[str]) -> Any:
    """A list of texts, or of keys as texts, as it is bound for `is_among` and `each_of`."""
    return list(values) if _is_postgres() else dumps(values)


async def read_rows(sql: str, *values: Any) -> list[dict[str, Any]]:
    """What a statement finds; columns called `id` or `…_id` hold keys, which SQLite keeps as texts."""
    return [{name: _read(name, value) for name, value in row.items()} for row in await _rows(sql, values)]


async def read_records(model: type[M], sql: str, *values: Any) -> list[M]:
    """What a statement finds of all columns of a table, as its records."""
    return made_of_rows(model, await _rows(sql, values))


async def _rows(sql: str, values: tuple[Any, ...]) -> list[dict[str, Any]]:
    connection = get_connection("default")
    if not values:
        return await connection.execute_query_dict(sql)
    if _is_postgres():
        return await connection.execute_query_dict(_numbered(sql), list(values))
    with by_key():
        return await connection.execute_query_dict(sql, [_as_text(value) for value in values])


@lru_cache(STATEMENTS_KEPT)
def _numbered(sql: str) -> str:
    return re.sub(r"\?(\d+)", r"$\1", sql)


def _as_text(value: Any) -> Any:
    """What SQLite keeps as a text, as Tortoise writes it."""
    if isinstance(value, UUID):
        return str(value)
    return value.isoformat(" ") if isinstance(value, datetime) else value


def _read(name: str, value: Any) -> Any:
    return UUID(value) if isinstance(value, str) and (name == "id" or name.endswith("_id")) else value


def locking(rows: str = "") -> str:
    """What at the end of a statement locks the rows that it finds, or only some of them, until the transaction ends.

    Nothing on SQLite, whose write transaction is a lock on everything already.
    """
    return f" FOR NO KEY UPDATE {rows}" if _is_postgres() else ""


def this_dialect() -> Dialect:
    """Which engine the open database is."""
    return "postgres" if _is_postgres() else "sqlite"


def _is_postgres() -> bool:
    return get_connection("default").capabilities.dialect == "postgres"
