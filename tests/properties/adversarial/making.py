"""Awkward rows of any table, made column by column by what the columns hold; a table says only what must fit.

A new column of a table is awkward by itself: missing and equal values, every kind of character, money without and with
three decimals.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import cycle
from random import Random
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models.kit.money import CurrencyCodeField
from models.permissions import Role
from tests.storage.valid_rows.columns import columns_of, led_to
from tests.storage.valid_rows.together import is_there

Row = dict[str, Any]
Company = dict[type[Model], list[Row]]
Held = Callable[[int], Any] | list[Any] | str | bool | int | date | UUID | None
"""What a column holds: of the n-th row; or one after another, again and again; or always the same."""

NASTY_TEXTS = (
    "Blauer See",
    "O'Brien",
    'say "hi"',
    "back\\slash",
    "",
    "tab\tand\nline",
    "\x01\x1f\x7f",
    "Ünïcödé Straße",
    "e\u0301",
    "é",
    "日本語",
    "😀𝒳",
    "</script>",
    "100 %_?",
    '{"a": [1]}',
    "'; --",
    "a",
    "A",
    "\u2028\ufeff",
    "\\u0041 \ufffd",
    " ",
)

LAST_DAY, LONG_AGO = date(9999, 12, 30), date(2001, 3, 1)
START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


def key(kind: int, number: int) -> UUID:
    """A UUIDv7 that says what it is the key of."""
    return UUID(int=(kind << 96) | (7 << 76) | (2 << 62) | number)


def viewer_account(role: Role) -> UUID:
    """The account of the one person in a role."""
    return key(1, list(Role).index(role) + 1)


def moment(number: int) -> datetime:
    """One of a few moments, so that many are equal; some have milliseconds, one is far away."""
    return LAST_MOMENT if number % 11 == 10 else near(number)


def near(number: int) -> datetime:
    """The same, and never far away: for what time is added to."""
    return START + timedelta(hours=number % 5, milliseconds=(number % 3) * 7)


LAST_MOMENT = datetime(9999, 12, 31, 23, 59, 59, 999000, tzinfo=UTC)


class Nasty:
    """Makes rows, and knows those that were made so far, for keys that lead to them."""

    def __init__(self) -> None:
        self.rows: Company = {}
        self._random = Random(7)
        self._texts = cycle(NASTY_TEXTS)
        self._currencies = cycle(["EUR", "JPY", "BHD", "USD"])
        # The largest ones can be added up without leaving 64 bits.
        self._minors = cycle([1234, 1, 5, 100, 2**53 + 1, 999, 2**58, 7])

    def text(self, most: int = 200) -> str:
        """The next awkward text."""
        return next(self._texts)[:most]

    def minor(self) -> int:
        """The next amount of money."""
        return next(self._minors)

    def maybe(self, value: Any) -> Any:
        """This, or now and then nothing."""
        return value if self._random.random() < 0.65 else None

    def make(
        self,
        model: type[Model],
        kind: int,
        count: int,
        fitting: Callable[[int], Row] = lambda _n: {},
        **columns: Held,
    ) -> None:
        """Makes so many rows of a table; `fitting` says what the n-th of them must hold, and `columns` what single ones do."""
        known = columns_of(model)
        self.rows[model] = []
        for n in range(1, count + 1):
            held = {column: _chosen(value, n) for column, value in columns.items()} | fitting(n)
            assert held.keys() <= known.keys(), held.keys() - known.keys()
            self.rows[model].append({"id": key(kind, n)} | self._row(model, known, held, n))

    def _row(self, model: type[Model], known: dict[str, Any], held: Row, n: int) -> Row:
        # What others hang on comes first; what a search looks at follows from the others.
        row = {**held}
        for name, declared in known.items():
            if name not in held and not declared.null:
                row[name] = self._held(model, name, declared, n)
        for name, declared in known.items():
            if name not in row and (value := self._held(model, name, declared, n)) is not None:
                there = is_there(model._meta.db_table, name, row)
                row[name] = self.maybe(value) if there is None else value if there else None
        for column in ("search_text", "name_mark", "contact_mark", "street_mark"):
            row.pop(column, None)
        return row

    def nth(self, model: type[Model], n: int) -> Row:
        """The n-th row of a table, from 1, and from the beginning again when there are no more."""
        return self.rows[model][(n - 1) % len(self.rows[model])]

    def id_of(self, model: type[Model], n: int) -> UUID:
        """Its key."""
        return self.nth(model, n)["id"]

    def picked(self, model: type[Model], n: int) -> UUID:
        """The key of some row of a table."""
        rows = self.rows[model]
        return rows[(n * 7 + n // len(rows)) % len(rows)]["id"]

    def _held(self, model: type[Model], name: str, declared: Any, n: int) -> Any:
        if led := led_to(declared):
            return self.picked(led, n)
        if members := getattr(declared, "enum_type", None):
            return list(members)[n % len(members)]
        match declared:
            case _ if name == "number" and isinstance(declared, fields.CharField):
                return f"{model.__name__[:8]}-{n}"
            case CurrencyCodeField():
                return next(self._currencies)
            case fields.BigIntField():
                return self.minor()
            case fields.BooleanField():
                return n % 2 == 0
            case fields.DatetimeField():
                return moment(n)
            case fields.DateField():
                return [LAST_DAY, LONG_AGO][n % 2]
            case fields.IntField():
                return n
            case fields.JSONField():
                return []
            case fields.CharField():
                return self.text(declared.max_length)
            case fields.TextField():
                return self.text()
            case _:
                raise LookupError(f"Say what {model.__name__}.{name} holds.")


def _chosen(value: Held, n: int) -> Any:
    if isinstance(value, list):
        return value[n % len(value)]
    return value(n) if callable(value) else value
