"""References: keys of other records, which Tortoise, the database and the type checker all take from one line.

`order_id = reference("Order", related_name="lines")` in a model is Tortoise's foreign key `order` to models.Order; the attribute
`order_id` is its column, and a UUID to the type checker. Where code fetches the record itself, a line below says its class:
`order: fields.ForeignKeyRelation["Order"]`. What is still referred to cannot be deleted.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast
from uuid import UUID

from tortoise import fields
from tortoise.models import Model, ModelMeta


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
