"""The kinds of values that columns hold: how each becomes JSON text, and how a client's value becomes a bind, per engine."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any
from uuid import UUID

from models.kit.database import Dialect
from resolvers.reading.pieces import Literal, Piece, Text


class BadValue(ValueError):
    """A client's value that cannot stand where it stands; the message is for the client."""


@dataclass(frozen=True)
class Kind:
    """How values of one kind travel. `json` makes JSON text of a column that is never null.

    `bare` is that text without its quotes, for kinds whose values never need an escape.
    """

    name: str
    json: Callable[[str, Dialect], str]
    cast: str
    to_bind: Callable[[Any, Dialect], Any]
    collate: bool = False
    bare: Callable[[str, Dialect], str] | None = None

    def piece(self, column: str, dialect: Dialect) -> Piece:
        """The JSON text of a column that is never null, as a piece of a larger one."""
        if self.bare is None:
            return self.json(column, dialect)
        return Text([Literal('"'), self.bare(column, dialect), Literal('"')])

    def json_or_null(self, column: str, dialect: Dialect) -> str:
        """JSON text of a column that may be null."""
        return f"coalesce({self.json(column, dialect)}, 'null')"

    def placeholder(self, number: int, dialect: Dialect) -> str:
        """A numbered bind of this kind."""
        return f"?{number}" if dialect == "sqlite" else f"${number}::{self.cast}"

    def list_condition(self, column: str, number: int, dialect: Dialect) -> str:
        """Whether the column is one of the values of one bind that holds a list of any length."""
        if dialect == "sqlite":
            return f"{column} IN (SELECT value FROM json_each(?{number}))"
        return f"{column} = ANY(${number}::{self.cast}[])"

    def list_bind(self, values: list[Any], dialect: Dialect) -> Any:
        """The value for `list_condition`."""
        binds = [self.to_bind(value, dialect) for value in values]
        return json.dumps(binds) if dialect == "sqlite" else binds

    def ordered(self, column: str, dialect: Dialect) -> str:
        """The column as it is sorted: by code point on both engines, whatever the database's locale."""
        return f'{column} COLLATE "C"' if self.collate and dialect == "postgres" else column


def _text_bind(value: Any, _dialect: Dialect) -> Any:
    text = str(value.value) if isinstance(value, Enum) else value
    if not isinstance(text, str) or "\0" in text or (not text.isprintable() and _has_surrogate(text)):
        raise BadValue("is no text that can be stored")
    return text


def _has_surrogate(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)


def _boolean_bind(value: Any, _dialect: Dialect) -> Any:
    if not isinstance(value, bool):
        raise BadValue("is neither true nor false")
    return value


def _quoted(column: str, dialect: Dialect) -> str:
    return f"'\"' || {column} || '\"'"


def uuid_text(column: str, dialect: Dialect) -> str:
    """A key as text, without quotes."""
    return column if dialect == "sqlite" else f"{column}::text"


def _text(column: str, dialect: Dialect) -> str:
    return f"json_quote({column})" if dialect == "sqlite" else f"to_json({column})::text"


def _number(column: str, dialect: Dialect) -> str:
    return column if dialect == "sqlite" else f"{column}::text"


def _boolean(column: str, _dialect: Dialect) -> str:
    return f"CASE WHEN {column} THEN 'true' WHEN NOT {column} THEN 'false' END"


def _moment(column: str, dialect: Dialect) -> str:
    if dialect == "sqlite":
        return f"strftime('\"%Y-%m-%dT%H:%M:%fZ\"', {column})"
    return f'to_char({column}, \'"\\""YYYY-MM-DD"T"HH24:MI:SS.MS"Z\\""\')'


def _moment_bind(value: Any, dialect: Dialect) -> Any:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        raise BadValue("is no moment in time") from None
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        raise BadValue("is no moment in time")
    moment = moment.astimezone(UTC)
    # The same text that Tortoise stores, so that SQLite compares like with like.
    return moment.isoformat(" ") if dialect == "sqlite" else moment


def _day(column: str, dialect: Dialect) -> str:
    return column if dialect == "sqlite" else f"to_char({column}, 'YYYY-MM-DD')"


def _day_bind(value: Any, dialect: Dialect) -> Any:
    try:
        day = date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        raise BadValue("is no day") from None
    if not isinstance(day, date) or isinstance(day, datetime):
        raise BadValue("is no day")
    return day.isoformat() if dialect == "sqlite" else day


def _uuid_bind(value: Any, dialect: Dialect) -> Any:
    try:
        key = value if isinstance(value, UUID) else UUID(str(value))
    except ValueError:
        raise BadValue("is no id") from None
    return str(key) if dialect == "sqlite" else key


def _integer_bind(value: Any, _dialect: Dialect) -> Any:
    if isinstance(value, bool) or not isinstance(value, int) or not -(2**63) <= value < 2**63:
        raise BadValue("is no whole number of 64 bits")
    return value


def _json(column: str, dialect: Dialect) -> str:
    return column if dialect == "sqlite" else f"{column}::text"


TEXT = Kind("text", _text, "text", _text_bind, collate=True)
ENUM = Kind("enum", _quoted, "text", _text_bind, collate=True, bare=lambda column, _: column)
UUID_KIND = Kind("uuid", lambda c, d: _quoted(uuid_text(c, d), d), "uuid", _uuid_bind, bare=uuid_text)
INTEGER = Kind("integer", _number, "bigint", _integer_bind)
BOOLEAN = Kind("boolean", _boolean, "boolean", _boolean_bind)
MOMENT = Kind("moment", _moment, "timestamptz", _moment_bind)
DAY = Kind("day", lambda c, d: _quoted(_day(c, d), d), "date", _day_bind, bare=_day)
JSON = Kind("json", _json, "jsonb", _text_bind)


def kind_of(annotation: Any) -> Kind:
    """The kind of a column from the Python type that its GraphQL field is declared with."""
    if isinstance(annotation, type):
        if issubclass(annotation, Enum):
            return ENUM
        for python_type, kind in ((bool, BOOLEAN), (int, INTEGER), (datetime, MOMENT), (date, DAY), (str, TEXT)):
            if issubclass(annotation, python_type):
                return kind
    if getattr(annotation, "__origin__", None) is list:
        return JSON
    raise TypeError(f"No column kind for {annotation!r}.")
