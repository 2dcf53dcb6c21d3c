"""What is used of Tortoise's knowledge of a model, which it keeps behind an underscore. Records (models/kit/base.py) and the
engines (models.engines) use more.

tests/test_library_contracts.py says what must hold of it, and fails when the version moves.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar, cast

import tortoise.models
from tortoise.backends.base.schema_generator import BaseSchemaGenerator
from tortoise.fields.relational import ForeignKeyFieldInstance
from tortoise.models import Model


def _no_comments(_model: type[Model]) -> dict[str, str]:
    """What tables and columns are for stands in docstrings."""
    return {}


# Tortoise would read the source of every model again, for comments of a form that nobody writes here: a tenth of each start.
tortoise.models._get_comments = _no_comments

M = TypeVar("M", bound=Model)


def columns_of(model: type[Model]) -> dict[str, Any]:
    """What declares a model's columns, by name."""
    return model._meta.fields_map


def table_of(model: type[Model]) -> str:
    """The table's name."""
    return str(model._meta.db_table)


def key_column(model: type[Model]) -> str:
    """The column of the primary key."""
    return model._meta.db_pk_column


def key_field(model: type[Model]) -> Any:
    """The field of the primary key."""
    return model._meta.pk


def is_view(model: type[Model]) -> bool:
    """Whether its rows are those of a view: Tortoise makes no table for an abstract model."""
    return bool(model._meta.abstract)


def field_of(model: type[Model], column: str) -> Any:
    """The field that keeps its value in a column."""
    return model._meta.fields_map[model._meta.fields_db_projection_reverse[column]]


def unique_columns(model: type[Model]) -> Sequence[tuple[str, ...]]:
    """The columns that no two rows are equal in, together; without those that are unique alone."""
    return model._meta.unique_together


def declared_columns(model: type[Model]) -> Iterator[tuple[str, Any]]:
    """Each column and the field that declares it, keys of other records too, in the order of the declaration."""
    meta = model._meta
    keys = {column_named(model, name) for name in meta.fk_fields | meta.o2o_fields}
    from_elsewhere = meta.backward_fk_fields | meta.backward_o2o_fields
    for name, field in meta.fields_map.items():
        if name not in keys | from_elsewhere:
            yield column_named(model, name), field


def declared_indexes(model: type[Model]) -> list[tuple[str, ...]]:
    """The columns of each index that `Meta` says."""
    indexes = cast(Iterable[Any], model._meta.indexes)
    return [tuple(column_named(model, part) for part in index) for index in indexes]


def column_named(model: type[Model], field: str) -> str:
    """The column of a field that is known by its name or, where it is a key, by its reference's."""
    return f"{field}_id" if isinstance(model._meta.fields_map.get(field), ForeignKeyFieldInstance) else field


def index_name(prefix: str, table: str, columns: tuple[str, ...]) -> str:
    """The name that Tortoise gives an index or a unique constraint."""
    return f"{prefix}_{table[:11]}_{columns[0][:7]}_{BaseSchemaGenerator._make_hash(table, *columns, length=6)}"


def made_of_rows(model: type[M], rows: Iterable[Mapping[str, Any]]) -> list[M]:
    """Records of what a statement found of all their columns."""
    return [model._init_from_db(**row) for row in rows]


@cache
def stored_columns(model: type[Model]) -> tuple[str, ...]:
    """The columns that a model's rows have, which are called as its attributes are."""
    names = model._meta.fields_db_projection
    assert all(name == column for name, column in names.items()), model
    return tuple(names)
