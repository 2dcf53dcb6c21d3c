"""What the models declare, as tables: the one place where declarations become what the database holds."""

from collections.abc import Iterator, Mapping
from typing import Any

from tortoise.fields.base import Field
from tortoise.fields.data import CharEnumFieldInstance
from tortoise.fields.relational import ForeignKeyFieldInstance
from tortoise.models import Model

from models.areas import MODELS
from models.kit.constraints import Index, at_least, currency_code, one_of
from models.kit.money import CurrencyCodeField
from models.kit.tables import Table
from models.kit.tortoise_privates import (
    column_named,
    declared_columns,
    declared_indexes,
    index_name,
    key_field,
    table_of,
    unique_columns,
)


def declared_tables() -> list[Table]:
    """The tables of all models."""
    tables = {f"models.{model.__name__}": model for model in MODELS}
    return [_table(model, tables) for model in MODELS]


def _table(model: Any, tables: Mapping[str, type[Model]]) -> Table:
    name, options = table_of(model), model.Meta
    by_code_point: tuple[str, ...] = getattr(options, "by_code_point", ())
    fields = dict(declared_columns(model))
    keys = [tuple(column_named(model, part) for part in key) for key in unique_columns(model)]
    checks: dict[str, str] = getattr(options, "checks", {})
    return Table(
        name,
        {column: _described(field, column in by_code_point, tables) for column, field in fields.items()},
        {index_name("uid", name, key): ", ".join(key) for key in keys},
        {**{column: rule for column, field in fields.items() if (rule := _own_check(column, field))}, **checks},
        getattr(options, "append_only", False),
        getattr(options, "filled_in_once", ()),
        getattr(options, "sums", ()),
        getattr(options, "triggers", ()),
        (*_plain_indexes(model, fields), *getattr(options, "more_indexes", ())),
        getattr(options, "masked_again", ()),
    )


def _described(field: Field[Any], by_code_point: bool, tables: Mapping[str, type[Model]]) -> str:
    """A column in PostgreSQL's words."""
    if field.pk and field.generated:
        return "BIGSERIAL NOT NULL PRIMARY KEY"
    to = tables[str(field.model_name)] if isinstance(field, ForeignKeyFieldInstance) else None
    words = [str((key_field(to) if to else field).get_for_dialect("postgres", "SQL_TYPE"))]
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
    if to and isinstance(field, ForeignKeyFieldInstance):
        words.append(f"REFERENCES {table_of(to)} (id) ON DELETE {field.on_delete.value}")
    return " ".join(words)


def _literal(value: object) -> str:
    return str(value).upper() if isinstance(value, bool | int) else f"'{value}'"


def _own_check(column: str, field: Field[Any]) -> str | None:
    """What a column obeys by its kind alone."""
    if isinstance(field, CharEnumFieldInstance):
        return one_of(column, " ".join(str(member.value) for member in field.enum_type))
    if isinstance(field, CurrencyCodeField):
        return currency_code(column)
    return at_least(1, column) if column == "version" else None


def _plain_indexes(model: type[Model], fields: Mapping[str, Field[Any]]) -> Iterator[Index]:
    alone = [(column,) for column, field in fields.items() if field.index and not field.pk and not field.unique]
    for columns in (*alone, *declared_indexes(model)):
        yield Index(index_name("idx", table_of(model), columns), ", ".join(columns))
