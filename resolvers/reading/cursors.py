"""Keyset cursors: where a row stands in a list. A cursor holds the row's sort values and key, and the order it belongs to.

Hexadecimal, because it is the one encoding that both engines can write in SQL; opaque to clients.
"""

import json
from typing import Any

from models.kit.database import Dialect
from resolvers.reading.kinds import BadValue

MAX_CURSOR_LENGTH = 4000


def cursor_sql(order: str, values: list[str], dialect: Dialect) -> str:
    """SQL that makes the cursor's text from JSON texts of the sort values and the key. `order` names the order."""
    members = " || ',' || ".join([f"'\"{order}\"'", *values])
    array = f"'[' || {members} || ']'"
    if dialect == "sqlite":
        return f"lower(hex({array}))"
    return f"encode(convert_to({array}, 'UTF8'), 'hex')"


def cursor_values(cursor: Any, order: str, count: int) -> list[Any]:
    """The sort values and key of a cursor, or BadValue when it is no cursor of this order."""
    refusal = BadValue("is no cursor of this list in this order")
    if not isinstance(cursor, str) or len(cursor) > MAX_CURSOR_LENGTH:
        raise refusal
    try:
        members = json.loads(bytes.fromhex(cursor).decode())
    except (ValueError, RecursionError):
        raise refusal from None
    if not isinstance(members, list) or len(members) != count + 1 or members[0] != order:
        raise refusal
    if any(isinstance(member, dict | list | float) for member in members):
        raise refusal
    return members[1:]
