"""What every table shares: UUIDv7 keys, references, the present time, and whose eyes a row is seen with.

`order_id = reference("Order", related_name="lines")` in a model is Tortoise's foreign key `order` to models.Order; the attribute
`order_id` is its column, and a UUID to the type checker. Where code fetches the record itself, a line below says its class:
`order: fields.ForeignKeyRelation["Order"]`. What is still referred to cannot be deleted.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from functools import cache, partial
from itertools import count
from typing import Any, ClassVar, Literal, Self, cast
from uuid import UUID

import uuid_utils
from tortoise import fields
from tortoise.models import Model, ModelMeta
from uuid_utils.compat import uuid7

from models.kit.states import Transitions
from models.kit.tortoise_privates import columns_of, stored_columns
from models.kit.unit_of_work import UnitOfWork, all_values, can_be_kept, changed, present_unit, writes_at_once
from models.permissions import Department, Permission

_moment: ContextVar[datetime | None] = ContextVar("moment", default=None)
_ids: ContextVar[Iterator[UUID] | None] = ContextVar("ids", default=None)


def new_id() -> UUID:
    """A UUIDv7 (RFC 9562): unique without asking anybody, and ordered by time, which keeps indexes small."""
    ids = _ids.get()
    return uuid7() if ids is None else next(ids)


def ids_of(moment: datetime) -> Iterator[UUID] | None:
    """Keys that tell this moment instead of the present one, for `as_of`; None where it is said already which are taken."""
    nanoseconds = int(moment.timestamp()) * 10**9
    return None if _ids.get() else (UUID(int=uuid_utils.uuid7(nanoseconds=nanoseconds).int) for _ in count())


def now() -> datetime:
    """The present moment in UTC, in whole milliseconds: what both databases store and every client can hold."""
    moment = _moment.get() or datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


@contextmanager
def as_of(moment: datetime, ids: Iterator[UUID] | None = None) -> Iterator[None]:
    """Within it, `now()` is this moment, and new rows take their keys from `ids` where these are given.

    For telling a past by means of the ordinary verbs, as the demo company does, and for looking at the future in tests.
    """
    was_moment, were_ids = _moment.set(moment), _ids.set(ids if ids is not None else _ids.get())
    try:
        yield
    finally:
        _moment.reset(was_moment)
        _ids.reset(were_ids)


@dataclass(frozen=True, slots=True)
class ReadScope:
    """What decides which rows a viewer sees: permissions and departments, and nothing else about them."""

    permissions: frozenset[Permission]
    departments: frozenset[Department]


VIEWER = ":viewer"
"""Stands in a row scope for the key of the account that looks: the planner binds it, `load` writes it out."""

ROLES = ":roles"
"""Stands for the roles in which the account looks, each between commas, in what may be done: a token's roles decide."""

NOW = ":now"
"""Stands in a row scope for the present moment."""

RowScope = Callable[[ReadScope, str], str | None]
"""Says in plain SQL which rows of a table, known by the given alias, a viewer sees; None is all of them.

It is added wherever the table is entered, so it must hold for every way into it, on SQLite and PostgreSQL alike. It may
compare with VIEWER and NOW; viewers of equal sight share its text, and differ in what is bound there.
"""


def viewer_holds(role: str) -> str:
    """A condition that the viewer holds a role, which is SQL."""
    return f"{ROLES} LIKE '%,' || {role} || ',%'"


def all_rows(_read_scope: ReadScope, _alias: str) -> str | None:
    """The scope of a table whose rows everyone with the type's permission sees."""
    return None


def days_before_sql(moment: str, days: str, dialect: str) -> str:
    """The moment so many days before another one, in SQL and in the very form in which moments are stored."""
    if dialect == "postgres":
        return f"({moment} - make_interval(days => {days}))"
    # SQLite compares moments as texts.
    earlier = f"strftime('%Y-%m-%d %H:%M:%f', {moment}, '-' || {days} || ' days') || '000+00:00'"
    return f"replace({earlier}, '.000000+00:00', '+00:00')"


def days_ago(days: int) -> str:
    """Stands in a row scope for the moment so many days before the present one: `in_dialect` writes it out."""
    return f":days_ago({days})"


def in_dialect(sql: str, dialect: str) -> str:
    """A row scope in an engine's own words: the one thing that they do not say alike is `days_ago`."""
    return _DAYS_AGO.sub(lambda days: days_before_sql(NOW, days[1], dialect), sql)


_DAYS_AGO = re.compile(r":days_ago\((\d+)\)")


def is_one_of(column: str, members: Iterable[Enum]) -> str:
    """A plain SQL condition on an enumeration column; with no members it holds for no row."""
    names = ", ".join(f"'{value}'" for value in sorted(str(member.value) for member in members))
    return f"{column} IN ({names})" if names else "1 = 0"


@dataclass(frozen=True)
class _Reference:
    """What stands in a class's body until RecordMeta makes Tortoise's field of it."""

    to: str
    options: Mapping[str, Any]
    one_to_one: bool

    def field(self) -> Any:
        kind = fields.OneToOneField if self.one_to_one else fields.ForeignKeyField
        return kind(f"models.{self.to}", on_delete=fields.RESTRICT, **self.options)


def reference(
    to: str, *, related_name: str | Literal[False] = False, index: bool = False, one_to_one: bool = False
) -> UUID:
    """The key of another record. With `one_to_one`, no two records have the same one."""
    return _reference(to, related_name, index, one_to_one, null=False)


def optional_reference(
    to: str, *, related_name: str | Literal[False] = False, index: bool = False, one_to_one: bool = False
) -> UUID | None:
    """The key of another record, or nothing."""
    return _reference(to, related_name, index, one_to_one, null=True)


def _reference(to: str, related_name: str | Literal[False], index: bool, one_to_one: bool, *, null: bool) -> Any:
    options: dict[str, Any] = {"related_name": related_name, "null": null}
    return _Reference(to, options if one_to_one else {**options, "db_index": index}, one_to_one)


class References(dict[str, UUID | None]):
    """Several references of a table at once, by their columns: to whatever others have declared."""


class RecordMeta(ModelMeta):
    """Makes a foreign key `order` of a reference `order_id`, and leaves everything else to Tortoise."""

    def __new__(cls, name: str, bases: tuple[type, ...], attrs: dict[str, Any]) -> "RecordMeta":
        declared: dict[str, Any] = {}
        for key, value in attrs.items():
            several: Mapping[str, object] = value if isinstance(value, References) else {key: value}
            for column, one in several.items():
                if isinstance(one, _Reference):
                    declared[column.removesuffix("_id")] = one.field()
                else:
                    declared[column] = one
        return cast(RecordMeta, super().__new__(cls, name, bases, declared))


class Referring(Model, metaclass=RecordMeta):
    """A model that may have references."""

    class Meta:
        abstract = True


@dataclass(frozen=True, slots=True)
class _NewRow:
    """What a new record holds of which nothing is said: what is always the same, and what is made for each."""

    declared: Mapping[str, Any]
    constants: Mapping[str, Any]
    made: tuple[tuple[str, Callable[[], Any]], ...]


@cache
def _new_row(model: type[Model]) -> _NewRow:
    declared = {name: columns_of(model)[name] for name in stored_columns(model)}
    constants: dict[str, Any] = {}
    made: list[tuple[str, Callable[[], Any]]] = []
    for name, field in declared.items():
        if callable(field.default):
            made.append((name, field.default))
        elif field.default is None and field.has_db_default():
            made.append((name, field.get_db_default_value))
        elif field.default is None or isinstance(field.default, (bool, int, float, str)):
            constants[name] = field.default
        else:
            made.append((name, partial(deepcopy, field.default)))
    return _NewRow(declared, constants, tuple(made))


class Record(Referring):
    """A table row with a UUIDv7 primary key."""

    id = fields.UUIDField(primary_key=True, default=new_id)

    row_scope: ClassVar[RowScope | None] = None
    """Which rows a viewer sees: what `load` and the schema go by. Set beside the table, where its predicates stand."""

    transitions: ClassVar[Transitions] = {}
    """Which of its statuses may follow which, where it has a status."""

    history_needs: ClassVar[Permission | None] = None
    """Who may know that something happened to such a record; None is nobody."""

    history_for_department: ClassVar[bool] = False
    """Whether the department that an event concerns may know of it without."""

    hidden_changes: ClassVar[tuple[Enum, ...]] = ()
    """Kinds of events that tell of changes which not every reader may know of: they do not count in `version`, but as events
    for those who may (models/events.py).
    """

    class Meta:
        abstract = True

    def __init__(self, **given: Any) -> None:
        new = _new_row(type(self))
        if not given.keys() <= new.declared.keys():
            super().__init__(**given)
            return
        # As Tortoise does it, of which a change of twenty rows takes a tenth of its time.
        row = vars(self)
        row.update(_partial=False, _saved_in_db=False, _custom_generated_pk=False, _await_when_save={})
        row.update(new.constants)
        for name, make in new.made:
            if name not in given:
                row[name] = make()
        for name, value in given.items():
            if value is None and not new.declared[name].null:
                raise ValueError(f"{name} is non nullable field, but null was passed")
            row[name] = value if value is None else new.declared[name].to_python_value(value)

    _was: tuple[object, Mapping[str, Any]] | None = None
    """What the row held when it was loaded or kept last, and as long as which sign of a unit of work stands."""

    @classmethod
    def _init_from_db(cls, **kwargs: Any) -> Self:
        record = super()._init_from_db(**kwargs)
        unit = present_unit()
        if unit is not None and not record._partial:
            record._note(unit, all_values(record))
        return record

    async def refresh_from_db(self, fields: Iterable[str] | None = None, using_db: Any = None) -> None:
        """Loads what the row holds now."""
        await super().refresh_from_db(fields, using_db)
        object.__setattr__(self, "_was", None)

    async def save(
        self,
        using_db: Any = None,
        update_fields: Iterable[str] | None = None,
        force_create: bool = False,
        force_update: bool = False,
    ) -> None:
        """Stores the record: of one that was there what changed of it, or these of its columns.

        In a unit of work it is written with everything else, before somebody looks (models/kit/unit_of_work.py).
        """
        unit = present_unit()
        if unit is None:
            await super().save(using_db, update_fields, force_create, force_update)
            return
        sign, was = self._was or (None, {})
        known = was if sign is unit.sign else None
        is_new = force_create or not (self._saved_in_db or update_fields)
        values = self._to_store(update_fields, None if is_new else known)
        if is_new or values:
            if writes_at_once(type(self)) or not can_be_kept(values):
                await super().save(using_db, None if is_new else list(values), force_create, force_update)
            else:
                await unit.keep(self, values, is_new=is_new)
                self._saved_in_db = True
            if is_new or known is not None:
                self._note(unit, {**(known or {}), **values})

    @classmethod
    async def add_all(cls, records: Iterable[Self]) -> None:
        """Stores new records together."""
        records = list(records)
        if present_unit() is None or writes_at_once(cls):
            await cls.bulk_create(records)
        else:
            for record in records:
                await record.save(force_create=True)

    def _to_store(self, columns: Iterable[str] | None, was: Mapping[str, Any] | None) -> dict[str, Any]:
        if columns is not None:
            return {name: getattr(self, name) for name in columns}
        return all_values(self) if was is None else changed(self, was)

    def _note(self, unit: UnitOfWork, values: Mapping[str, Any]) -> None:
        object.__setattr__(self, "_was", (unit.sign, values))

    async def save_next_version(self, *columns: str) -> None:
        """Stores a change under a new version, for tables that have one; of these columns only where they are named."""
        self.version += 1  # type: ignore[attr-defined]
        await self.save(update_fields=[*columns, "version"] if columns else None)
