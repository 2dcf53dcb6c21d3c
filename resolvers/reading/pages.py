"""Pages of lists: the order, the keyset condition and the cursors, for one connection field.

A cursor says where a row stands in a list: it holds the row's sort values and key, and the order it belongs to. It is
hexadecimal, because that is the one encoding which both engines can write in SQL; opaque to clients. One that would hold what its
reader may not read, as the number of an event, is sealed.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from models.kit.database import Dialect
from models.kit.tortoise_privates import key_column, unique_columns
from resolvers.reading.arguments import Leaf, Variables
from resolvers.reading.kinds import INTEGER, UUID_KIND, BadValue, Kind, glue
from resolvers.reading.sources import Many, Needs, NodeType, Through

DEFAULT_PAGE = 20
MAX_PAGE = 100
MAX_CURSOR_LENGTH = 4000

AddBind = Callable[[Callable[[Variables], Any]], int]
Opened = Callable[[str], str]
"""What a cursor says; ValueError when it is none."""


@dataclass(frozen=True)
class SortKey:
    """One step of an order."""

    name: str
    column: str
    kind: Kind
    nullable: bool
    descending: bool
    needs: Needs | None
    """Who may read its values; None is nobody, as of the numbers of events."""


def sort_keys(target: NodeType, steps: list[tuple[str, bool]]) -> list[SortKey]:
    """The whole order: the steps asked for, then the key, so that no two rows are equal."""
    found = [(name, target.sorts[name], descending) for name, descending in steps]
    keys = [SortKey(name, by.column, by.kind, by.nullable, descending, by.needs) for name, by, descending in found]
    own = key_column(target.model)
    descending = keys[-1].descending if keys else False
    if own == "id" and target.prefix:
        return [*keys, SortKey("", own, UUID_KIND, False, descending, target.needs)]
    return [*keys, SortKey("", own, INTEGER, False, descending, None)]


def list_keys(target: NodeType, source: Many | Through) -> list[SortKey]:
    """The whole order of a plain list, which has no cursors: without the key where no two of its rows can be equal."""
    keys = sort_keys(target, usual_order(target, source.sort))
    columns = {*source.settles(), *(key.column for key in keys[:-1])}
    is_settled = any(columns.issuperset(unique) for unique in unique_columns(target.model))
    return keys[:-1] if is_settled else keys


def usual_order(target: NodeType, order: str) -> list[tuple[str, bool]]:
    """An order written in a declaration: `-placed_at` is the latest first."""
    return [(name.lstrip("-"), name.startswith("-")) for name in order.split(",") if name]


def order_name(keys: list[SortKey]) -> str:
    """Names an order, so that a cursor of another one is noticed."""
    return ",".join(f"{'-' if key.descending else ''}{key.name or 'id'}" for key in keys)


def order_by(keys: list[SortKey], alias: str, dialect: Dialect, *, backward: bool) -> str:
    """The ORDER BY list. Missing values come last going up and first going down, on both engines."""
    parts: list[str] = []
    for key in keys:
        way = "DESC" if key.descending != backward else "ASC"
        column = f'{alias}."{key.column}"'
        if key.nullable:
            parts.append(f"(CASE WHEN {column} IS NULL THEN 1 ELSE 0 END) {way}")
        parts.append(f"{key.kind.ordered(column, dialect)} {way}")
    return ", ".join(parts)


def from_hex(cursor: str) -> str:
    """What a cursor says that is not sealed."""
    return bytes.fromhex(cursor).decode()


def cursor_values(cursor: Any, opened: Opened, order: str, count: int) -> list[Any]:
    """The sort values and key of a cursor, or BadValue when it is no cursor of this order."""
    refusal = BadValue("is no cursor of this list in this order")
    if not isinstance(cursor, str) or len(cursor) > MAX_CURSOR_LENGTH:
        raise refusal
    try:
        members = json.loads(opened(cursor))
    except (ValueError, RecursionError):
        raise refusal from None
    if not isinstance(members, list) or len(members) != count + 1 or members[0] != order:
        raise refusal
    if any(isinstance(member, dict | list | float) for member in members):
        raise refusal
    return members[1:]


def cursor_of(keys: list[SortKey], alias: str, dialect: Dialect) -> str:
    """SQL of what a row's cursor says: a JSON text."""
    columns = [(key.kind, f'{alias}."{key.column}"', key.nullable) for key in keys]
    values = [glue(kind.piece(column, dialect, nullable=nullable)) for kind, column, nullable in columns]
    members = " || ',' || ".join([f"'\"{order_name(keys)}\"'", *values])
    return f"'[' || {members} || ']'"


def to_hex(text: str, dialect: Dialect) -> str:
    """SQL of a cursor that need not be sealed."""
    return f"lower(hex({text}))" if dialect == "sqlite" else f"encode(convert_to({text}, 'UTF8'), 'hex')"


def cursor_binds(
    keys: list[SortKey], cursor: Leaf, opened: Opened, dialect: Dialect
) -> list[Callable[[Variables], Any]]:
    """The cursor's values, one for each key. BadValue when it is no cursor of this order."""
    order, count = order_name(keys), len(keys)

    def value_at(index: int) -> Callable[[Variables], Any]:
        key = keys[index]

        def get(variables: Variables) -> Any:
            value = cursor_values(cursor.get(variables), opened, order, count)[index]
            if value is None:
                if not key.nullable:
                    raise BadValue("is no cursor of this list in this order")
                return None
            return key.kind.to_bind(value, dialect)

        return get

    return [value_at(index) for index in range(count)]


def beyond(
    keys: list[SortKey],
    alias: str,
    cursor: Leaf,
    opened: Opened,
    dialect: Dialect,
    bind: AddBind,
    *,
    backward: bool,
    inclusive: bool = False,
) -> str:
    """The condition that a row comes after the cursor's row (before it, when `backward`)."""
    values, count = cursor_binds(keys, cursor, opened, dialect), len(keys)

    def placeholder(index: int) -> str:
        return keys[index].kind.placeholder(bind(values[index]), dialect)

    signs = ["<" if key.descending != backward else ">" for key in keys]
    columns = [keys[i].kind.ordered(f'{alias}."{keys[i].column}"', dialect) for i in range(count)]
    last = "=" if inclusive else ""
    if not any(key.nullable for key in keys) and len(set(signs)) == 1:
        # A row comparison is what both engines can answer from an index.
        if count == 1:
            return f"{columns[0]} {signs[0]}{last} {placeholder(0)}"
        return f"({', '.join(columns)}) {signs[0]}{last} ({', '.join(placeholder(i) for i in range(count))})"
    condition = f"{columns[-1]} {signs[-1]}{last} {placeholder(count - 1)}"
    for index in range(count - 2, -1, -1):
        condition = _step(keys[index], alias, columns[index], signs[index], placeholder(index), condition)
    return condition


def _step(key: SortKey, alias: str, column: str, sign: str, value: str, rest: str) -> str:
    if not key.nullable:
        return f"({column} {sign} {value} OR ({column} = {value} AND {rest}))"
    row_missing = f'(CASE WHEN {alias}."{key.column}" IS NULL THEN 1 ELSE 0 END)'
    cursor_missing = f"(CASE WHEN {value} IS NULL THEN 1 ELSE 0 END)"
    equal = f"(({column} = {value}) OR ({row_missing} = 1 AND {cursor_missing} = 1))"
    return (
        f"({row_missing} {sign} {cursor_missing} OR "
        f"({row_missing} = {cursor_missing} AND {column} {sign} {value}) OR ({equal} AND {rest}))"
    )


def page_size(first: Leaf | None, last: Leaf | None) -> tuple[Callable[[Variables], int], int, bool]:
    """How many rows a page has, the most it can have, and whether it is counted from the end.

    BadValue when both ends are asked for.
    """
    if first and last:
        raise BadValue("cannot be combined: give `first` or `last`")
    chosen = last or first
    name = "last" if last else "first"

    def size(variables: Variables) -> int:
        value = chosen.get(variables) if chosen else None
        if value is None:
            return DEFAULT_PAGE
        if not 0 <= value <= MAX_PAGE:
            raise BadValue(f"must be from 0 to {MAX_PAGE}", name)
        return int(value)

    return size, MAX_PAGE if chosen else DEFAULT_PAGE, last is not None
