"""What is used of Tortoise's knowledge of a model, which it keeps behind an underscore. The engines use more (models.engines).

tests/test_library_contracts.py says what must hold of it, and fails when the version moves.
"""

from collections.abc import Sequence
from typing import Any

from tortoise.models import Model


def columns_of(model: type[Model]) -> dict[str, Any]:
    """What declares a model's columns, by name."""
    return model._meta.fields_map


def table_of(model: type[Model]) -> str:
    """The table's name."""
    return str(model._meta.db_table)


def key_column(model: type[Model]) -> str:
    """The column of the primary key."""
    return model._meta.db_pk_column


def is_view(model: type[Model]) -> bool:
    """Whether its rows are those of a view: Tortoise makes no table for an abstract model."""
    return bool(model._meta.abstract)


def field_of(model: type[Model], column: str) -> Any:
    """The field that keeps its value in a column."""
    return model._meta.fields_map[model._meta.fields_db_projection_reverse[column]]


def unique_columns(model: type[Model]) -> Sequence[tuple[str, ...]]:
    """The columns that no two rows are equal in, together; without those that are unique alone."""
    return model._meta.unique_together
