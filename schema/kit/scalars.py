"""Own strict scalars: what comes in is checked the same for both databases, what goes out is exact."""

from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import strawberry
from graphql import GraphQLError
from strawberry.types.scalar import ScalarDefinition

from models.kit.money import CurrencyCode
from resolvers.reading.declare import plain_type, read
from resolvers.reading.sources import Access, Amount


def show_moment(moment: datetime) -> str:
    """A moment as clients see it: UTC, whole milliseconds, 'Z'."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def read_moment(value: Any) -> datetime:
    """A moment from a client: ISO 8601 with its offset; without one, nobody knows which moment is meant.

    What is finer than a millisecond is cut off, as in `now`: SQLite would round it up, at the end of time to nothing.
    """
    if isinstance(value, str) and 20 <= len(value) <= 35 and value.isascii() and value[10] in "Tt":
        try:
            moment = datetime.fromisoformat(value.upper())
            if moment.tzinfo is not None:
                return moment.astimezone(UTC).replace(microsecond=moment.microsecond // 1000 * 1000)
        except (ValueError, OverflowError):
            pass
    raise GraphQLError("A DateTime is ISO 8601 with its offset, for instance 2026-11-22T09:30:00Z.")


def read_day(value: Any) -> date:
    """A day from a client: ISO 8601, nothing but year, month and day. The calendar's last day means for ever to PostgreSQL."""
    if isinstance(value, str) and len(value) == 10 and value.isascii() and value[4] == "-" == value[7]:
        try:
            day = date.fromisoformat(value)
        except ValueError:
            pass
        else:
            if day < date.max:
                return day
    raise GraphQLError("A Date is ISO 8601, for instance 2026-11-22.")


def read_decimal(value: Any) -> Decimal:
    """An exact number from a client: plain ASCII digits with at most 20 before and 6 after the point, no exponent, no NaN."""
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    digits, _, decimals = text.removeprefix("-").partition(".")
    plain_digits = digits.isascii() and digits.isdigit() and len(digits) <= 20
    if plain_digits and ("." not in text or (decimals.isascii() and decimals.isdigit() and len(decimals) <= 6)):
        try:
            return Decimal(text)
        except InvalidOperation:
            pass
    raise GraphQLError('A Decimal is plain digits in a string, for instance "12.50".')


def read_currency(value: Any) -> str:
    """Three capital letters."""
    if isinstance(value, str) and len(value) == 3 and value.isascii() and value.isalpha() and value.isupper():
        return value
    raise GraphQLError("A CurrencyCode is three capital letters (ISO 4217), for instance EUR.")


def scalar(
    name: str, description: str, serialize: Any, parse_value: Any, specified_by: str | None = None
) -> ScalarDefinition:
    """One scalar of the schema."""
    return strawberry.scalar(
        name=name, description=description, serialize=serialize, parse_value=parse_value, specified_by_url=specified_by
    )


SCALARS: dict[object, ScalarDefinition] = {
    datetime: scalar(
        "DateTime",
        "A moment in time: ISO 8601, in UTC with whole milliseconds when answered, with any offset when sent; what is finer is"
        " cut off.",
        show_moment,
        read_moment,
        "https://scalars.graphql.org/andimarek/date-time",
    ),
    date: scalar(
        "Date",
        "A day of the calendar: ISO 8601, year, month and day.",
        date.isoformat,
        read_day,
        "https://scalars.graphql.org/andimarek/local-date",
    ),
    Decimal: scalar("Decimal", "An exact number as a string of plain digits, never a float.", str, read_decimal),
    CurrencyCode: scalar(
        "CurrencyCode",
        "A currency: three capital letters.",
        str,
        read_currency,
        "https://www.iso.org/iso-4217-currency-codes.html",
    ),
}


@plain_type(Access.SIGNED_IN)
class Money:
    """An exact amount in a currency."""

    amount: Decimal = read(Amount(""), "The amount, with as many decimals as the currency has.")
    currency: CurrencyCode = read(Amount(""), "The currency.")
