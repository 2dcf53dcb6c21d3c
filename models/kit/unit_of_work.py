"""What one transaction changes, kept until somebody must see it: each row is then written once, and of one that was there only
what changed.

The surprising rule: nothing is seen late. Before a statement that may look at what is kept, or that changes anything itself,
all of it is written, in the order in which it came. Tables with triggers write at once, because their sums show in others.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import groupby
from typing import Any, TypeVar

from tortoise import fields
from tortoise.connection import get_connection
from tortoise.expressions import Expression
from tortoise.fields.base import DatabaseDefault
from tortoise.models import Model

from models.kit.constraints import VIEW_NAMES
from models.kit.tortoise_privates import columns_of, stored_columns, table_of

STATEMENTS_KEPT = 500

NUMBERS = "number_series"
"""The table that gives numbers: nothing that is kept is looked at there."""

T = TypeVar("T")
Writer = Callable[[Sequence[Any]], Awaitable[None]]


@dataclass(slots=True)
class _Kept:
    """A row to be written: all of it, or what of it changed."""

    record: Model
    is_new: bool
    values: dict[str, Any]


@dataclass(slots=True)
class UnitOfWork:
    """What a transaction has changed and not written yet."""

    sign: object = field(default_factory=object)
    """Stands as long as what was written stands: another one after a savepoint was rolled back."""

    _known: dict[tuple[str, ...], Any] = field(default_factory=dict[tuple[str, ...], Any])
    _rows: dict[tuple[type[Model], Any], _Kept] = field(default_factory=dict[tuple[type[Model], Any], _Kept])
    _tables: set[str] = field(default_factory=set[str])
    _last: list[Any] = field(default_factory=list[Any])
    _write_last: Writer | None = None
    _is_writing: bool = False

    async def keep(self, record: Model, values: Mapping[str, Any], *, is_new: bool) -> None:
        """Keeps what is to be written of a row; of one that is kept already, instead of what it was."""
        model = type(record)
        kept = self._rows.get((model, record.pk))
        if kept is None:
            self._rows[model, record.pk] = _Kept(record, is_new, dict(values))
            self._tables.add(table_of(model))
        elif values.keys() & _references(model):
            # What it refers to now may have come after it.
            await self.write()
            await self.keep(record, values, is_new=False)
        else:
            kept.values.update(values)

    def keep_last(self, entry: Any, tables: Iterable[str], write: Writer) -> None:
        """Keeps what is written after all rows, together: `write` does it, and these are the tables where it shows."""
        self._last.append(entry)
        self._tables.update(tables)
        self._write_last = write

    async def once(self, tables: tuple[str, ...], ask: Callable[[], Awaitable[T]]) -> T:
        """What follows from tables that hardly ever change: asked once, until this transaction writes one of them."""
        if tables not in self._known:
            self._known[tables] = await ask()
        return self._known[tables]

    def roll_back(self) -> None:
        """Forgets what is kept, and that what was written is there: a savepoint is rolled back."""
        self._forget()
        self._known = {}
        self.sign = object()

    async def settle(self, statement: str) -> None:
        """Writes what is kept where a statement that is about to run must find it."""
        if self._known and not _only_reads(statement):
            self._known = {of: known for of, known in self._known.items() if not any(one in statement for one in of)}
        if self._tables and not self._is_writing and self._concerns(statement):
            await self.write()

    async def write(self) -> None:
        """Writes what is kept."""
        if not self._tables:
            return
        rows, last = [*self._rows.values()], self._last
        self._forget()
        self._is_writing = True
        try:
            await _write(rows)
            if last and self._write_last:
                await self._write_last(last)
        finally:
            self._is_writing = False

    def _forget(self) -> None:
        self._rows, self._last = {}, []
        self._tables.clear()

    def _concerns(self, statement: str) -> bool:
        if not _only_reads(statement):
            return NUMBERS not in statement
        return any(name in statement for name in (*self._tables, *VIEW_NAMES))


def _only_reads(statement: str) -> bool:
    # Only this module puts changes into a WITH.
    return statement.lstrip().startswith(("SELECT", "WITH"))


_present: ContextVar[UnitOfWork | None] = ContextVar("unit_of_work", default=None)


@contextmanager
def unit_of_work() -> Iterator[UnitOfWork]:
    """Within it, records keep their changes; whoever opens it writes them before its transaction ends."""
    unit = UnitOfWork()
    before = _present.set(unit)
    try:
        yield unit
    finally:
        _present.reset(before)


def present_unit() -> UnitOfWork | None:
    """That of the present transaction; None outside of one."""
    return _present.get()


async def settle(statement: str) -> None:
    """Lets a statement of the present transaction find what was changed before it."""
    if unit := _present.get():
        await unit.settle(statement)


@cache
def writes_at_once(model: type[Model]) -> bool:
    """Whether triggers of a table's own show at once what a row changes elsewhere."""
    return bool(getattr(model.Meta, "triggers", ()))


def all_values(record: Model) -> dict[str, Any]:
    """What a record holds, by its columns."""
    return {name: getattr(record, name) for name in stored_columns(type(record))}


def can_be_kept(values: Mapping[str, Any]) -> bool:
    """Whether these are values, and nothing that the database must say first."""
    return not any(isinstance(value, (Expression, DatabaseDefault)) for value in values.values())


def changed(record: Model, was: Mapping[str, Any]) -> dict[str, Any]:
    """What of a record is not what it was when it was loaded or kept last. A JSON value may have changed within."""
    said, declared = record.__dict__, columns_of(type(record))
    return {
        name: said[name]
        for name in stored_columns(type(record))
        if (said[name] is not was[name] and said[name] != was[name]) or isinstance(declared[name], fields.JSONField)
    }


# --- Statements -------------------------------------------------------------------------------------------------------

MOST_TOGETHER = 40
"""As many rows PostgreSQL writes by one statement, whose text is kept for changes of the same form."""

Form = tuple[type[Model], bool, tuple[str, ...]]
"""Of which table a row is, whether it is new, and which columns are written."""


async def _write(rows: Sequence[_Kept]) -> None:
    connection = get_connection("default")
    if connection.capabilities.dialect == "postgres" and len(rows) > 1:
        # Each statement is a way there and back.
        for part in _parts(rows):
            bound = [value for kept in part for value in _bound(kept)]
            await connection.execute_query(_together(tuple(map(_form, part))), bound)
        return
    for form, group in groupby(rows, _form):
        bound = [_bound(kept) for kept in group]
        statement = _statement(form, connection.capabilities.dialect)
        await (
            connection.execute_many(statement, bound)
            if len(bound) > 1
            else connection.execute_query(statement, bound[0])
        )


def _parts(rows: Sequence[_Kept]) -> Iterator[list[_Kept]]:
    """The rows in parts that one statement may write, in no order: keys of other tables are checked at its end.

    What is unique is not. So a row that was there, which may make room for another one of its table, is alone among them.
    """
    part: list[_Kept] = []
    tables: dict[type[Model], bool] = {}
    for kept in rows:
        model = type(kept.record)
        if len(part) == MOST_TOGETHER or (model in tables and not (kept.is_new and tables[model])):
            yield part
            part, tables = [], {}
        part.append(kept)
        tables[model] = kept.is_new
    yield part


def _form(kept: _Kept) -> Form:
    return type(kept.record), kept.is_new, tuple(kept.values)


def _bound(kept: _Kept) -> list[Any]:
    """What a row's statement is given, as the database keeps it."""
    record, declared = kept.record, columns_of(type(kept.record))
    bound = [declared[name].to_db_value(value, record) for name, value in kept.values.items()]
    return bound if kept.is_new else [*bound, declared["id"].to_db_value(record.pk, record)]


@cache
def _statement(form: Form, dialect: str, after: int = 0) -> str:
    model, is_new, columns = form
    numbers = range(after + 1, after + len(columns) + 2)
    places = [f"${number}" if dialect == "postgres" else "?" for number in numbers]
    if is_new:
        named = ", ".join(f'"{name}"' for name in columns)
        return f'INSERT INTO "{table_of(model)}" ({named}) VALUES ({", ".join(places[:-1])})'
    told = ",".join(f'"{name}"={place}' for name, place in zip(columns, places, strict=False))
    return f'UPDATE "{table_of(model)}" SET {told} WHERE "id"={places[-1]}'


@lru_cache(STATEMENTS_KEPT)
def _together(forms: tuple[Form, ...]) -> str:
    after, parts = 0, list[str]()
    for number, form in enumerate(forms):
        parts.append(f"row{number} AS ({_statement(form, 'postgres', after)})")
        after += len(form[2]) + (not form[1])
    return f"WITH {', '.join(parts)} SELECT 1"


@cache
def _references(model: type[Model]) -> frozenset[str]:
    return frozenset(name for name in stored_columns(model) if columns_of(model)[name].reference)
