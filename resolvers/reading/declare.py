"""What the schema is written with: node types, their fields, where each comes from and who may see it, in one place.

A field without a permission of its own needs its type's. What needs none says so with `Access.PUBLIC`.
"""

import builtins
import inspect
import sys
import typing
from collections.abc import Callable, Iterable
from types import FunctionType
from typing import Any, TypeVar

import strawberry
from strawberry.types.field import StrawberryField
from strawberry.types.lazy_type import LazyType
from tortoise.models import Model

from models.kit.base import RowScope
from resolvers.reading.fields import (
    FilterOnly,
    ReadField,
    changed,
    changed_many,
    column,
    computed,
    count,
    door,
    embedded,
    expression,
    filter_only,
    give_needs,
    many,
    money,
    node_of,
    of_viewer,
    one,
    plain,
    read,
    through,
)
from resolvers.reading.kinds import kind_of
from resolvers.reading.relay import Connection, Node
from resolvers.reading.sorting import make_inputs
from resolvers.reading.sources import (
    NODES,
    Access,
    Amount,
    Column,
    Computed,
    EntryAnyNode,
    EntryEvents,
    EntryNode,
    EntryRows,
    Many,
    Needs,
    NodeType,
    One,
    Selectable,
    SqlContext,
    Through,
)

__all__ = [
    "NODES",
    "Access",
    "Amount",
    "Connection",
    "EntryAnyNode",
    "EntryEvents",
    "EntryNode",
    "EntryRows",
    "Node",
    "SqlContext",
    "changed",
    "changed_many",
    "column",
    "computed",
    "count",
    "door",
    "embedded",
    "expression",
    "filter_only",
    "many",
    "merge_types",
    "money",
    "node",
    "of_viewer",
    "one",
    "part",
    "plain",
    "plain_type",
    "read",
    "settle_relations",
    "through",
]

T = TypeVar("T")

GATHERED: dict[str, Any] = {}
"""Every gathered type by its name, so that areas can lead to what they are a part of themselves."""


class NodeReference(LazyType[Any, Any]):
    """A node type, or a gathered one, named before it is declared."""

    def resolve_type(self) -> type[Any]:
        found = GATHERED[self.type_name] if self.type_name in GATHERED else NODES[self.type_name].graphql
        return typing.cast(type[Any], found)


class _Names(dict[str, Any]):
    """The names of a module, and every other name as a node type that will be declared."""

    def __missing__(self, name: str) -> Any:
        return getattr(builtins, name) if hasattr(builtins, name) else NodeReference(name, "")


def _evaluated(cls: type) -> dict[str, Any]:
    names = _Names(vars(sys.modules[cls.__module__]))
    return {
        name: eval(annotation, {}, names) if isinstance(annotation, str) else annotation  # noqa: S307 (our own source)
        for name, annotation in inspect.get_annotations(cls).items()
    }


def sentence(declared: type | FunctionType) -> str:
    """The docstring of a class or a use case as the description that clients read."""
    text = " ".join((declared.__doc__ or "").split())
    if not text:
        raise TypeError(f"{declared.__name__} has no docstring; clients read it as its description.")
    return text


def _without_null(annotation: Any) -> tuple[Any, bool]:
    arguments = typing.get_args(annotation)
    if type(None) in arguments:
        return next(member for member in arguments if member is not type(None)), True
    return annotation, False


def node(
    model: type[Model], *, prefix: str, needs: Needs, rows: RowScope | None = None
) -> Callable[[type[T]], type[T]]:
    """Declares a node type: a table, the rows of it that a viewer sees, and the permission that its fields need by default.

    `rows` are the table's own `row_scope` unless said otherwise.
    """
    seen: RowScope | None = rows or getattr(model, "row_scope", None)
    if seen is None:
        raise TypeError(f"{model.__name__} does not say who sees which rows: set its `row_scope`.")

    def declare(cls: type[T]) -> type[T]:
        info = NodeType(cls.__name__, model, prefix, seen, needs)
        NODES[cls.__name__] = info
        cls.__annotations__ = _evaluated(cls)
        for name, value in list(vars(cls).items()):
            if isinstance(value, FilterOnly):
                delattr(cls, name)
                selectable = Selectable(value.column, kind_of(value.annotation), False, value.needs or needs)
                info.filters[name] = info.sorts[name] = selectable
            elif isinstance(value, ReadField):
                _settle(info, name, value, cls.__annotations__[name])
        info.graphql = strawberry.type(cls, description=sentence(cls))
        make_inputs(info)
        return typing.cast(type[T], info.graphql)

    return declare


def settle_relations() -> None:
    """Gives each relation the permission of the type it leads to, where it names none; call it once all types are declared."""
    for info in NODES.values():
        for declared in info.graphql.__strawberry_definition__.fields:
            if (
                isinstance(declared, ReadField)
                and isinstance(declared.reading.source, One | Many | Through)
                and not declared.reading.needs
            ):
                target = node_of(declared.type)
                assert target is not None, f"{info.name}.{declared.name} leads to no node type"
                give_needs(declared, target.needs)


def _settle(info: NodeType, name: str, declared: ReadField, annotation: Any) -> None:
    """Gives a field its type's permission where it has none of its own, and notes what lists can be filtered by."""
    reading = declared.reading
    if isinstance(reading.source, One | Many | Through):
        return
    needs = reading.needs or info.needs
    give_needs(declared, needs)
    if isinstance(reading.source, Column) and (reading.filter or reading.sort):
        bare, nullable = _without_null(annotation)
        selectable = Selectable(reading.source.name or name, kind_of(bare), nullable, needs)
        if reading.filter:
            info.filters[name] = selectable
        if reading.sort:
            info.sorts[name] = selectable
    elif isinstance(reading.source, Computed) and reading.filter:
        bare, nullable = _without_null(annotation)
        info.filters[name] = Selectable(name, kind_of(bare), nullable, needs, reading.source.sql, bare)


def part(needs: Needs) -> Callable[[type[T]], type[T]]:
    """Declares a type that is several columns of somebody else's row, for instance an address."""

    def declare(cls: type[T]) -> type[T]:
        cls.__annotations__ = _evaluated(cls)
        for value in vars(cls).values():
            if isinstance(value, ReadField):
                give_needs(value, value.reading.needs or needs)
        return strawberry.type(cls, description=sentence(cls))

    return declare


@typing.dataclass_transform(kw_only_default=True, field_specifiers=(plain,))
def plain_type(needs: Needs, **options: Any) -> Callable[[type[T]], type[T]]:
    """Declares an ordinary type that is no table; its fields need what it needs unless they say otherwise."""

    def declare(cls: type[T]) -> type[T]:
        cls.__annotations__ = _evaluated(cls)
        made = strawberry.type(cls, description=sentence(cls), **options)
        for declared in made.__strawberry_definition__.fields:  # type: ignore[attr-defined]
            if declared.metadata.get("needs") is None:
                give_needs(declared, needs)
        return made

    return declare


def merge_types(
    name: str, description: str, needs: Needs, areas: Iterable[type | StrawberryField], **own: tuple[Any, Any]
) -> Any:
    """One type from what several areas declare, classes or single fields, and members of its own as name=(annotation, field)."""
    body: dict[str, Any] = {"__annotations__": {}, "__doc__": description}
    for area in areas:
        if isinstance(area, StrawberryField):
            if area.python_name in body:
                raise TypeError(f"{name}.{area.python_name} is declared by two areas.")
            body[area.python_name] = area
            continue
        for member, annotation in _evaluated(area).items():
            if member in body:
                raise TypeError(f"{name}.{member} is declared by two areas.")
            body["__annotations__"][member] = annotation
            body[member] = vars(area)[member]
        for member, value in vars(area).items():
            if isinstance(value, StrawberryField) and member not in body:
                body[member] = value
    for member, (annotation, value) in own.items():
        body["__annotations__"][member] = annotation
        body[member] = value
    for value in body.values():
        if isinstance(value, ReadField):
            give_needs(value, value.reading.needs or needs)
    GATHERED[name] = plain_type(needs)(type(name, (), body))
    return GATHERED[name]
