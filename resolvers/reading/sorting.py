"""The filter and sort inputs of a node type, made from its columns; each member needs what its column needs."""

import enum
import typing
from typing import Any

import strawberry
from strawberry.types.lazy_type import LazyType
from tortoise.models import Model

from resolvers.reading.fields import shown
from resolvers.reading.filters import (
    BooleanFilter,
    DateFilter,
    DateTimeFilter,
    IntFilter,
    SortDirection,
    StringFilter,
    enum_filter,
)
from resolvers.reading.inputs import Member, input_type
from resolvers.reading.kinds import BOOLEAN, DAY, INTEGER, MOMENT, TEXT
from resolvers.reading.sources import ENUM_VALUE_NEEDS, INPUT_FIELD_NEEDS, NODES, NodeType, Selectable, camel

_FILTER_OF_KIND = {
    TEXT: StringFilter,
    INTEGER: IntFilter,
    MOMENT: DateTimeFilter,
    DAY: DateFilter,
    BOOLEAN: BooleanFilter,
}


def _filter_input_of(info: NodeType, name: str, selectable: Selectable) -> Any:
    if selectable.kind in _FILTER_OF_KIND:
        return _FILTER_OF_KIND[selectable.kind]
    if selectable.annotation is not None:
        return enum_filter(selectable.annotation)
    return enum_filter(info.model._meta.fields_map[_field_name(info.model, selectable.column)].enum_type)  # type: ignore[attr-defined]


def _field_name(model: type[Model], column_name: str) -> str:
    return model._meta.fields_db_projection_reverse[column_name]


class _OwnInput(LazyType[Any, Any]):
    """A filter input that holds others of its own kind."""

    def resolve_type(self) -> type[Any]:
        return typing.cast(type[Any], NODES[self.type_name].filter_input)


def make_inputs(info: NodeType) -> None:
    own = _OwnInput(info.name, "")
    members = [
        Member("and", list[own], "All of these hold."),  # type: ignore[valid-type]
        Member("or", list[own], "At least one of these holds. With an empty list, none does."),  # type: ignore[valid-type]
        Member("not", own, "This does not hold."),
    ]
    for name, selectable in info.filters.items():
        condition = _filter_input_of(info, name, selectable)
        members.append(Member(camel(name), condition, f"What `{camel(name)}` must be.", tuple(shown(selectable.needs))))
        INPUT_FIELD_NEEDS[f"{info.name}Filter", camel(name)] = selectable.needs
    description = f"Conditions on a list of {info.name}. All that are given hold together."
    info.filter_input = input_type(f"{info.name}Filter", description, members)
    if info.sorts:
        info.sort_input = _sort_input(info)


def _sort_input(info: NodeType) -> Any:
    name_of_enum = f"{info.name}SortField"
    names = {name.upper(): name.upper() for name in info.sorts}
    fields = strawberry.enum(enum.Enum(name_of_enum, names), description=f"What lists of {info.name} can be sorted by.")  # type: ignore[misc]
    for value in fields.__strawberry_definition__.values:  # type: ignore[attr-defined]
        needs = info.sorts[value.name.lower()].needs
        value.description = f"By `{camel(value.name.lower())}`."
        value.directives = tuple(shown(needs))
        ENUM_VALUE_NEEDS[name_of_enum, value.name] = needs
    members = [
        Member("field", fields, "What to sort by.", required=True),
        Member("direction", SortDirection, "Which way.", required=True, default=SortDirection.ASC),
    ]
    return input_type(f"{info.name}Sort", f"One step in the order of a list of {info.name}.", members)
