"""The operators that a filter offers for each kind of column. A list of conditions in one input means all of them."""

import enum
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import strawberry

from models.kit.database import Dialect
from models.kit.enums import DescribedEnum
from resolvers.reading.inputs import Member, input_type
from resolvers.reading.kinds import Kind


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


_enum_filters: dict[type[DescribedEnum], Any] = {}


def enum_filter(members: type[DescribedEnum]) -> Any:
    """The filter input for an enumeration, made once."""
    if members not in _enum_filters:
        made = input_type(
            f"{members.__name__}Filter",
            f"Conditions on a {members.__name__}.",
            [
                Member("eq", members, "Is exactly this."),
                Member("ne", members, "Is not this."),
                Member("in", list[members], "Is one of these."),  # type: ignore[valid-type]
                Member("isNull", bool, "Is missing (true) or present (false)."),
            ],
        )
        _enum_filters[members] = made
    return _enum_filters[members]


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
