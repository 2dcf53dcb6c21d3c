"""The filter and sort inputs of node types, made from their columns, and the SQL of each operator.

A list of conditions in one input means all of them; each member needs what its column needs.
"""

import enum
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, Optional

import strawberry

from models.kit.database import Dialect
from models.kit.enums import DescribedEnum
from resolvers.reading.fields import shown
from resolvers.reading.kinds import BOOLEAN, DAY, INTEGER, MOMENT, TEXT, Kind
from resolvers.reading.sources import NodeType, Selectable, camel
from resolvers.reading.strawberry_privates import LateType, enum_values


@strawberry.enum(description="Which way a list runs.")
class SortDirection(enum.Enum):
    """Which way a list runs."""

    ASC = strawberry.enum_value("ASC", description="From small to large, from early to late, from A to Z.")
    DESC = strawberry.enum_value("DESC", description="The other way round.")


def operator(description: str) -> Any:
    """One operator of a filter input; left out or null, it asks for nothing."""
    return strawberry.field(description=description, default=strawberry.UNSET)


@strawberry.input(description="Conditions on a text, by code point: upper and lower case differ.")
class StringFilter:
    """Conditions on a text."""

    eq: str | None = operator("Is exactly this.")
    ne: str | None = operator("Is not this.")
    in_: list[str] | None = strawberry.field(name="in", description="Is one of these.", default=strawberry.UNSET)
    contains: str | None = operator("Has this somewhere in it.")
    starts_with: str | None = operator("Begins with this.")
    is_null: bool | None = operator("Is missing (true) or present (false).")


@strawberry.input(description="Conditions on a whole number.")
class IntFilter:
    """Conditions on a whole number."""

    eq: int | None = operator("Is exactly this.")
    ne: int | None = operator("Is not this.")
    in_: list[int] | None = strawberry.field(name="in", description="Is one of these.", default=strawberry.UNSET)
    gt: int | None = operator("Is greater than this.")
    gte: int | None = operator("Is this or greater.")
    lt: int | None = operator("Is less than this.")
    lte: int | None = operator("Is this or less.")
    is_null: bool | None = operator("Is missing (true) or present (false).")


@strawberry.input(description="Conditions on a moment in time.")
class DateTimeFilter:
    """Conditions on a moment in time."""

    eq: datetime | None = operator("Is exactly this moment.")
    ne: datetime | None = operator("Is not this moment.")
    gt: datetime | None = operator("Is after this.")
    gte: datetime | None = operator("Is at this moment or after.")
    lt: datetime | None = operator("Is before this.")
    lte: datetime | None = operator("Is at this moment or before.")
    is_null: bool | None = operator("Is missing (true) or present (false).")


@strawberry.input(description="Conditions on a day.")
class DateFilter:
    """Conditions on a day."""

    eq: date | None = operator("Is exactly this day.")
    ne: date | None = operator("Is not this day.")
    gt: date | None = operator("Is after this.")
    gte: date | None = operator("Is on this day or after.")
    lt: date | None = operator("Is before this.")
    lte: date | None = operator("Is on this day or before.")
    is_null: bool | None = operator("Is missing (true) or present (false).")


@strawberry.input(description="Conditions on a yes or no.")
class BooleanFilter:
    """Conditions on a yes or no."""

    eq: bool | None = operator("Is exactly this.")
    is_null: bool | None = operator("Is missing (true) or present (false).")


@dataclass(frozen=True)
class Member:
    """One member of an input type; optional unless `required`."""

    name: str
    annotation: Any
    description: str
    directives: tuple[object, ...] = ()
    required: bool = False
    default: Any = strawberry.UNSET


def input_type(name: str, description: str, members: list[Member]) -> Any:
    """An input type. Members keep their GraphQL names also where these are words of Python's own, like `and`."""
    body: dict[str, Any] = {"__annotations__": {}, "__doc__": description}
    for member in members:
        python_name = f"{member.name}_"
        annotation = member.annotation if member.required else Optional[member.annotation]  # noqa: UP045 - late names
        body["__annotations__"][python_name] = annotation
        options = {} if member.required and member.default is strawberry.UNSET else {"default": member.default}
        body[python_name] = strawberry.field(
            name=member.name, description=member.description, directives=member.directives, **options
        )
    return strawberry.input(type(name, (), body), description=description)


@cache
def enum_filter(members: type[DescribedEnum]) -> Any:
    """The filter input for an enumeration, made once."""
    return input_type(
        f"{members.__name__}Filter",
        f"Conditions on a {members.__name__}.",
        [
            Member("eq", members, "Is exactly this."),
            Member("ne", members, "Is not this."),
            Member("in", list[members], "Is one of these."),  # type: ignore[valid-type]
            Member("isNull", bool, "Is missing (true) or present (false)."),
        ],
    )


_FILTER_OF_KIND = {
    TEXT: StringFilter,
    INTEGER: IntFilter,
    MOMENT: DateTimeFilter,
    DAY: DateFilter,
    BOOLEAN: BooleanFilter,
}


def _filter_input_of(selectable: Selectable) -> Any:
    if selectable.kind in _FILTER_OF_KIND:
        return _FILTER_OF_KIND[selectable.kind]
    return enum_filter(selectable.annotation)


def make_inputs(info: NodeType) -> None:
    """Makes the filter and sort inputs of a node type."""
    # A filter holds others of its own kind.
    own = LateType(info.name, "", find=lambda _: info.filter_input)
    members = [
        Member("and", list[own], "All of these hold."),  # type: ignore[valid-type]
        Member("or", list[own], "At least one of these holds. With an empty list, none does."),  # type: ignore[valid-type]
        Member("not", own, "This does not hold."),
    ]
    for name, selectable in info.filters.items():
        condition = _filter_input_of(selectable)
        members.append(Member(camel(name), condition, f"What `{camel(name)}` must be.", tuple(shown(selectable.needs))))
    description = f"Conditions on a list of {info.name}. All that are given hold together."
    info.filter_input = input_type(f"{info.name}Filter", description, members)
    if info.sorts:
        info.sort_input = _sort_input(info)


def _sort_input(info: NodeType) -> Any:
    name_of_enum = f"{info.name}SortField"
    names = {name.upper(): name.upper() for name in info.sorts}
    fields = strawberry.enum(enum.Enum(name_of_enum, names), description=f"What lists of {info.name} can be sorted by.")  # type: ignore[misc]
    for value in enum_values(fields):
        needs = info.sorts[value.name.lower()].needs
        value.description = f"By `{camel(value.name.lower())}`."
        value.directives = tuple(shown(needs))
    members = [
        Member("field", fields, "What to sort by.", required=True),
        Member("direction", SortDirection, "Which way.", required=True, default=SortDirection.ASC),
    ]
    return input_type(f"{info.name}Sort", f"One step in the order of a list of {info.name}.", members)


def _compares(sign: str) -> Callable[[Kind, str, int, Dialect], str]:
    def condition(kind: Kind, column: str, number: int, dialect: Dialect) -> str:
        return f"{column} {sign} {kind.placeholder(number, dialect)}"

    return condition


def _differs(kind: Kind, column: str, number: int, dialect: Dialect) -> str:
    """A missing value differs from every value, which plain `<>` would not say."""
    sign = "IS NOT" if dialect == "sqlite" else "IS DISTINCT FROM"
    return f"{column} {sign} {kind.placeholder(number, dialect)}"


def _contains(_kind: Kind, column: str, number: int, dialect: Dialect) -> str:
    return f"instr({column}, ?{number}) > 0" if dialect == "sqlite" else f"strpos({column}, ${number}::text) > 0"


def _starts_with(_kind: Kind, column: str, number: int, dialect: Dialect) -> str:
    if dialect == "sqlite":
        return f"substr({column}, 1, length(?{number})) = ?{number}"
    return f"starts_with({column}, ${number}::text)"


CONDITIONS: dict[str, Callable[[Kind, str, int, Dialect], str]] = {
    "eq": _compares("="),
    "ne": _differs,
    "gt": _compares(">"),
    "gte": _compares(">="),
    "lt": _compares("<"),
    "lte": _compares("<="),
    "contains": _contains,
    "startsWith": _starts_with,
}
"""SQL of the operators that take one value. `in` and `isNull` are the compiler's own: a list, and no bind at all."""
