"""What the models declare, as tables and views: the one place where declarations become what the database holds."""

from collections.abc import Iterator
from importlib import import_module
from typing import Any, cast

from tortoise.backends.base.schema_generator import BaseSchemaGenerator
from tortoise.fields.base import Field
from tortoise.fields.data import CharEnumFieldInstance
from tortoise.fields.relational import ForeignKeyFieldInstance
from tortoise.models import Model

from models.areas import WORK_ITEMS
from models.front_office.sales.orders.progress import BEING_MADE, ORDER_PROGRESS
from models.kit.constraints import Index, Table, View, at_least, currency_code, one_of
from models.kit.database import MODEL_MODULES
from models.kit.money import CurrencyCodeField

VIEWS: tuple[View, ...] = (BEING_MADE, ORDER_PROGRESS, WORK_ITEMS)
"""Each after those that it is made of."""


def declared_models() -> list[type[Model]]:
    """All models that have a table, in the order of MODEL_MODULES and of their files."""
    return [
        value
        for name in MODEL_MODULES
        for value in vars(import_module(name)).values()
        if isinstance(value, type) and issubclass(value, Model) and f"{value.__module__}.".startswith(f"{name}.")
    ]


def declared_tables() -> list[Table]:
    """The tables of all models."""
    models = declared_models()
    tables = {f"models.{model.__name__}": model for model in models}
    return [_table(model, tables) for model in models]


def _table(model: type[Model], tables: dict[str, type[Model]]) -> Table:
    name, options = model._meta.db_table, cast(Any, model).Meta
    by_code_point: tuple[str, ...] = getattr(options, "by_code_point", ())
    fields = dict(_fields(model))
    keys = [tuple(_column(model, part) for part in key) for key in model._meta.unique_together]
    checks: dict[str, str] = getattr(options, "checks", {})
    return Table(
        name,
        {column: _described(field, column in by_code_point, tables) for column, field in fields.items()},
        {_named("uid", name, key): ", ".join(key) for key in keys},
        {**{column: rule for column, field in fields.items() if (rule := _own_check(column, field))}, **checks},
        getattr(options, "append_only", False),
        getattr(options, "filled_in_once", ()),
        getattr(options, "sums", ()),
        getattr(options, "triggers", ()),
        (*_plain_indexes(model, fields), *getattr(options, "more_indexes", ())),
    )


def _fields(model: type[Model]) -> Iterator[tuple[str, Field[Any]]]:
    """The columns and what declares them, in the order of the declaration."""
    keys = {_column(model, name) for name in model._meta.fk_fields | model._meta.o2o_fields}
    for name, field in model._meta.fields_map.items():
        if name not in keys and name not in model._meta.backward_fk_fields | model._meta.backward_o2o_fields:
            yield _column(model, name), field


def _column(model: type[Model], field: str) -> str:
    return f"{field}_id" if isinstance(model._meta.fields_map.get(field), ForeignKeyFieldInstance) else field


def _described(field: Field[Any], by_code_point: bool, tables: dict[str, type[Model]]) -> str:
    """A column in PostgreSQL's words."""
    if field.pk and field.generated:
        return "BIGSERIAL NOT NULL PRIMARY KEY"
    key = isinstance(field, ForeignKeyFieldInstance)
    to = tables[cast(str, field.model_name)] if key else None
    words = [str((to._meta.pk if to else field).get_for_dialect("postgres", "SQL_TYPE"))]
    if by_code_point:
        words.append('COLLATE "C"')
    if not field.null:
        words.append("NOT NULL")
    if field.has_db_default():
        words.append(f"DEFAULT {_literal(field.db_default)}")
    if field.pk:
        words.append("PRIMARY KEY")
    elif field.unique:
        words.append("UNIQUE")
    if key and to:
        words.append(f"REFERENCES {to._meta.db_table} (id) ON DELETE {field.on_delete.value}")
    return " ".join(words)


def _literal(value: object) -> str:
    if isinstance(value, bool | int):
        return str(value).upper()
    return f"'{value}'"


def _own_check(column: str, field: Field[Any]) -> str | None:
    """What a column obeys by its kind alone."""
    if isinstance(field, CharEnumFieldInstance):
        return one_of(column, " ".join(str(member.value) for member in field.enum_type))
    if isinstance(field, CurrencyCodeField):
        return currency_code(column)
    return at_least(1, column) if column == "version" else None


def _plain_indexes(model: type[Model], fields: dict[str, Field[Any]]) -> Iterator[Index]:
    name = model._meta.db_table
    alone = [(column,) for column, field in fields.items() if field.index and not field.pk and not field.unique]
    together = [tuple(_column(model, part) for part in cast(tuple[str, ...], one)) for one in model._meta.indexes]
    for columns in (*alone, *together):
        yield Index(_named("idx", name, columns), ", ".join(columns))


def _named(prefix: str, table: str, columns: tuple[str, ...]) -> str:
    """The name that Tortoise gives it."""
    return f"{prefix}_{table[:11]}_{columns[0][:7]}_{BaseSchemaGenerator._make_hash(table, *columns, length=6)}"
