"""Northwind's rows as they are in models/northwind, and the numbers, ids and moments that Interoffice gives them."""

import csv
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import models

FACTS = Path(str(models.__file__)).parent / "northwind"

FOUNDED = datetime(1996, 7, 1, tzinfo=UTC)
"""Before the first order: when everything was there that has no date of its own."""

Row = dict[str, str]


def rows(name: str) -> list[Row]:
    """The rows of one file, without blanks around their values."""
    with (FACTS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return [{column: value.strip() for column, value in row.items()} for row in csv.DictReader(file)]


def order_details() -> dict[str, list[Row]]:
    """The rows of each order's lines, by its id."""
    details: defaultdict[str, list[Row]] = defaultdict(list)
    for detail in rows("OrderDetails"):
        details[detail["OrderID"]].append(detail)
    return details


def moment(text: str) -> datetime:
    """A Northwind date; they carry no zone, so UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def order_number(order_id: str) -> str:
    """An order's number as people say it."""
    return f"ORD-{order_id}"


def fixed_id(kind: str, number: int, since: datetime = FOUNDED) -> UUID:
    """The same UUIDv7 in every database: ordered by time and then by number, like those that are made while working."""
    return _uuid7(since + timedelta(milliseconds=number), 0, f"{kind} {number} {since.isoformat()}")


def timed_id(kind: str, number: int, at: datetime) -> UUID:
    """The same UUIDv7 in every database for what happened at a moment; numbers that follow one another keep their order."""
    return _uuid7(at, number % 4096, f"{kind} {number} {at.isoformat()}")


def _uuid7(at: datetime, counter: int, seed: str) -> UUID:
    """A UUIDv7 (RFC 9562) whose random bits follow from a text; a counter of 12 bits stands in front of them (6.2, method 1)."""
    milliseconds = (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    rest = int.from_bytes(sha256(seed.encode()).digest()[:10])
    version_and_counter = (7 << 12) | (counter or rest >> 62 & 0xFFF)
    variant_and_rest = (2 << 62) | (rest & (2**62 - 1))
    return UUID(int=(milliseconds << 80) | (version_and_counter << 64) | variant_and_rest)
