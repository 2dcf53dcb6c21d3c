"""What valid rows are made of: ids and moments that are the same in every run."""

from typing import Any
from uuid import UUID

from tortoise.fields.relational import ForeignKeyFieldInstance
from tortoise.models import Model

from models.areas import MODELS

Row = dict[str, Any]
T0 = "2026-03-01 09:00:00.000000+00:00"
DAY = T0[:10]


def an_id(number: int) -> str:
    return str(UUID(int=(7 << 76) | (2 << 62) | number))


_NUMBERS = {model._meta.db_table: number for number, model in enumerate(MODELS, start=101)}


def id_of(table: str, *, other: bool = False) -> Any:
    """The id of a table's valid row, or of another one that is like it."""
    return 1 if table in ("events", "event_subjects", "restores") else an_id(_NUMBERS[table] + 100 * other)


def led_to(declared: Any) -> type[Model] | None:
    """The model that a column's keys lead to."""
    if not isinstance(declared, ForeignKeyFieldInstance):
        return None
    # Tortoise puts the model itself in the place of its name once it has begun.
    model: Any = declared.model_name
    name = model.rpartition(".")[2] if isinstance(model, str) else model.__name__
    return next(model for model in MODELS if model.__name__ == name)


def columns_of(model: type[Model]) -> dict[str, Any]:
    """A table's columns but for its key, with the fields that declare them: a foreign key is one column."""
    found: dict[str, Any] = {}
    for name, declared in model._meta.fields_map.items():
        if isinstance(declared, ForeignKeyFieldInstance):
            found[f"{name}_id"] = declared
    for name, declared in model._meta.fields_map.items():
        is_column = declared.has_db_field and not isinstance(declared, ForeignKeyFieldInstance)
        if is_column and name != "id":
            found.setdefault(name, declared)
    return found
