"""The filter and sort inputs of node types, made from their columns, and the SQL of each operator.

A list of conditions in one input means all of them; each member needs what its column needs.
"""

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, Optional

import strawberry

from models.kit.database import Dialect
from models.kit.enums import DescribedEnum
from resolvers.reading.fields import shown
from resolvers.reading.kinds import BOOLEAN, DAY, INTEGER, MOMENT, TEXT, Kind
from resolvers.reading.sources import NodeType, camel
from resolvers.reading.strawberry_privates import LateType, enum_values


@strawberry.enum(description="Which way a list runs.")
class SortDirection(enum.Enum):
    ASC = strawberry.enum_value("ASC", description="From small to large, from early to late, from A to Z.")
    DESC = strawberry.enum_value("DESC", description="The other way round.")


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


def filter_input(name: str, subject: str, compared: Any, operators: Mapping[str, str]) -> Any:
    """A filter input: operators with their descriptions, that compare with a value. Left out or null, they ask for nothing."""
    members = [
        Member(operator, list[compared] if operator == "in" else compared, description)
        for operator, description in operators.items()
    ]
    is_null = Member("isNull", bool, "Is missing (true) or present (false).")
    return input_type(name, f"Conditions on {subject}.", [*members, is_null])


ONE_OF = {"eq": "Is exactly this.", "ne": "Is not this.", "in": "Is one of these."}

FILTER_OF_KIND = {
    TEXT: filter_input(
        "StringFilter",
        "a text, by code point: upper and lower case differ",
        str,
        {**ONE_OF, "contains": "Has this somewhere in it.", "startsWith": "Begins with this."},
    ),
    INTEGER: filter_input(
        "IntFilter",
        "a whole number",
        int,
        {
            **ONE_OF,
            "gt": "Is greater than this.",
            "gte": "Is this or greater.",
            "lt": "Is less than this.",
            "lte": "Is this or less.",
        },
    ),
    MOMENT: filter_input(
        "DateTimeFilter",
        "a moment in time",
        datetime,
        {
            "eq": "Is exactly this moment.",
            "ne": "Is not this moment.",
            "gt": "Is after this.",
            "gte": "Is at this moment or after.",
            "lt": "Is before this.",
            "lte": "Is at this moment or before.",
        },
    ),
    DAY: filter_input(
        "DateFilter",
        "a day",
        date,
        {
            "eq": "Is exactly this day.",
            "ne": "Is not this day.",
            "gt": "Is after this.",
            "gte": "Is on this day or after.",
            "lt": "Is before this.",
            "lte": "Is on this day or before.",
        },
    ),
    BOOLEAN: filter_input("BooleanFilter", "a yes or no", bool, {"eq": "Is exactly this."}),
}


@cache
def enum_filter(members: type[DescribedEnum]) -> Any:
    """The filter input for an enumeration, made once."""
    return filter_input(f"{members.__name__}Filter", f"a {members.__name__}", members, ONE_OF)


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
        condition = FILTER_OF_KIND.get(selectable.kind) or enum_filter(selectable.annotation)
        members.append(Member(camel(name), condition, f"What `{camel(name)}` must be.", tuple(shown(selectable.needs))))
    description = f"Conditions on a list of {info.name}. All that are given hold together."
    info.filter_input = input_type(f"{info.name}Filter", description, members)
    if info.sorts:
        info.sort_input = _sort_input(info)


def _sort_input(info: NodeType) -> Any:
    members: Any = enum.Enum(f"{info.name}SortField", {name.upper(): name.upper() for name in info.sorts})  # type: ignore[misc]
    fields = strawberry.enum(members, description=f"What lists of {info.name} can be sorted by.")
    for value in enum_values(fields):
        name = value.name.lower()
        value.description, value.directives = f"By `{camel(name)}`.", tuple(shown(info.sorts[name].needs))
    steps = [
        Member("field", fields, "What to sort by.", required=True),
        Member("direction", SortDirection, "Which way.", required=True, default=SortDirection.ASC),
    ]
    return input_type(f"{info.name}Sort", f"One step in the order of a list of {info.name}.", steps)


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
