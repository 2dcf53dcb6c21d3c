"""JSON text in SQL: the pieces that it is glued from, and the kinds of values that columns hold, with their binds per engine."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any
from uuid import UUID

from models.kit.database import Dialect

# --- Pieces ---


@dataclass(frozen=True, slots=True)
class Literal:
    """A piece of the response that is the same whatever the rows are."""

    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """Pieces that follow one another; the fixed ones among them may merge with their neighbours outside."""

    pieces: "list[Piece]"


Piece = Literal | str | Text
"""A part of a JSON text: fixed, an SQL expression that gives text, or several of both."""


def _flat(piece: Piece) -> Iterator[Literal | str]:
    if isinstance(piece, Text):
        for part in piece.pieces:
            yield from _flat(part)
    else:
        yield piece


def glue(text: Piece) -> str:
    """One SQL text expression. Balanced, because SQLite bounds how deep an expression may be."""
    terms: list[str] = []
    fixed = ""
    for piece in _flat(text):
        if isinstance(piece, Literal):
            fixed += piece.text
        else:
            if fixed:
                terms.append(quote(fixed))
                fixed = ""
            terms.append(piece)
    if fixed or not terms:
        terms.append(quote(fixed))
    return _balanced(terms)


def _balanced(terms: list[str]) -> str:
    if len(terms) <= 64:
        return " || ".join(terms)
    middle = len(terms) // 2
    return f"({_balanced(terms[:middle])}) || ({_balanced(terms[middle:])})"


def quote(text: str) -> str:
    """An SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def as_text(value: str, dialect: Dialect) -> str:
    """A number, a key or JSON as text; on SQLite it is one already, where texts are glued."""
    return value if dialect == "sqlite" else f"{value}::text"


def array(element: str, rows: str, dialect: Dialect, order: str = "") -> str:
    """JSON text of an array: an element for each of `rows` (what follows FROM); SQLite takes them in the order they come in."""
    if dialect == "sqlite":
        joined = f"group_concat({element}, ',')"
    else:
        joined = f"string_agg({element}, ','{f' ORDER BY {order}' if order else ''})"
    return f"(SELECT '[' || coalesce({joined}, '') || ']' FROM {rows})"


# --- Kinds ---


class BadValue(ValueError):
    """A client's value that cannot stand where it stands; the message is for the client."""


@dataclass(frozen=True)
class Kind:
    """How values of one kind travel. `text` is the JSON text of a column, without the quotes where it is `quoted`.

    Only what never needs an escape is `quoted`.
    """

    name: str
    cast: str
    text: Callable[[str, Dialect], str]
    to_bind: Callable[[Any, Dialect], Any]
    collate: bool = False
    quoted: bool = False

    def json(self, column: str, dialect: Dialect) -> str:
        """The JSON text of a column that is never null."""
        text = self.text(column, dialect)
        return f"'\"' || {text} || '\"'" if self.quoted else text

    def piece(self, column: str, dialect: Dialect, *, nullable: bool = False) -> Piece:
        """The JSON text of a column, as a piece of a larger one."""
        if nullable:
            return f"coalesce({self.json(column, dialect)}, 'null')"
        text = self.text(column, dialect)
        return Text([Literal('"'), text, Literal('"')]) if self.quoted else text

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


def _text(column: str, dialect: Dialect) -> str:
    return f"json_quote({column})" if dialect == "sqlite" else f"to_json({column})::text"


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


TEXT = Kind("text", "text", _text, _text_bind, collate=True)
ENUM = Kind("enum", "text", lambda column, _: column, _text_bind, collate=True, quoted=True)
UUID_KIND = Kind("uuid", "uuid", as_text, _uuid_bind, quoted=True)
INTEGER = Kind("integer", "bigint", as_text, _integer_bind)
BOOLEAN = Kind("boolean", "boolean", _boolean, _boolean_bind)
MOMENT = Kind("moment", "timestamptz", _moment, _moment_bind)
DAY = Kind("day", "date", _day, _day_bind, quoted=True)
JSON = Kind("json", "jsonb", as_text, _text_bind)


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
