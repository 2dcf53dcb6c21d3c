"""Rows of any table for the nasty company, made column by column by what the columns hold; a table says only what must fit.

A new column of a table that is made here is nasty by itself.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import cycle
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from tests.storage.valid_rows.columns import columns_of, led_to

Row = dict[str, Any]
Fitting = Callable[[int], Row]

LAST_DAY, LONG_AGO = date(9999, 12, 30), date(2001, 3, 1)


@dataclass
class Nasty:
    """Makes rows, and knows those that were made so far, for keys that lead to them."""

    text: Callable[..., str]
    maybe: Callable[[Any], Any]
    key: Callable[[int, int], UUID]
    moment: Callable[[int], datetime]
    rows: dict[type[Model], list[Row]] = field(default_factory=dict[type[Model], list[Row]])

    def __post_init__(self) -> None:
        self._currencies = cycle(["EUR", "JPY", "BHD", "USD"])
        self._minors = cycle([1234, 1, 5, 100, 2**53 + 1, 999, 2**58, 7])

    def make(self, model: type[Model], kind: int, count: int, fitting: Fitting = lambda _n: {}) -> None:
        """Makes so many rows of a table; `fitting` says what the n-th of them must hold."""
        self.rows[model] = [self._row(model, kind, n, fitting(n)) for n in range(1, count + 1)]

    def picked(self, model: type[Model], n: int) -> UUID:
        """The key of some row of a table."""
        rows = self.rows[model]
        return rows[(n * 7 + n // len(rows)) % len(rows)]["id"]

    def _row(self, model: type[Model], kind: int, n: int, fitting: Row) -> Row:
        row: Row = {"id": self.key(kind, n)}
        for name, declared in columns_of(model).items():
            row[name] = fitting[name] if name in fitting else self._value(model, name, declared, n)
        assert fitting.keys() <= row.keys(), fitting.keys() - row.keys()
        return row

    def _value(self, model: type[Model], name: str, declared: Any, n: int) -> Any:
        value = self._held(model, name, declared, n)
        return self.maybe(value) if declared.null else value

    def _held(self, model: type[Model], name: str, declared: Any, n: int) -> Any:
        if led := led_to(declared):
            return self.picked(led, n)
        if members := getattr(declared, "enum_type", None):
            return list(members)[n % len(members)]
        match declared:
            case _ if name == "number" and isinstance(declared, fields.CharField):
                return f"{model.__name__[:8]}-{n}"
            case _ if name == "version":
                return n
            case _ if type(declared).__name__ == "CurrencyCodeField":
                return next(self._currencies)
            case fields.BigIntField():
                return next(self._minors)
            case fields.BooleanField():
                return n % 2 == 0
            case fields.DatetimeField():
                return self.moment(n)
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
                raise LookupError(f"Say in `fitting` what {model.__name__}.{name} holds.")


def each(rows: Iterable[Row], n: int) -> Row:
    """The n-th of some rows, from 1, and from the beginning again when there are no more."""
    known = list(rows)
    return known[(n - 1) % len(known)]
