"""What picks of orders and goods have in common: records that fit, products that anybody buys, and places to put them."""

from collections.abc import Callable, Mapping
from typing import Any

from tests.properties.verbs.choosing import Choosing, rows_of

Row = Mapping[str, Any]


def some(inputs: Choosing, prefix: str, fits: Callable[[Row], bool]) -> str | None:
    """One of the rows of a kind that fit, by its global id."""
    found = [name for name, row in rows_of(inputs, prefix).items() if fits(row)]
    return inputs.random.choice(found) if found else None


def is_in(row: Row, statuses: str) -> bool:
    """Whether a record is in one of these statuses."""
    return str(row["status"]) in statuses.split()


def on_sale(inputs: Choosing) -> list[str]:
    """The products that anybody buys: nasty ones cost too much, and are left to chance."""
    return [
        name
        for name, row in rows_of(inputs, "prd", currency="EUR").items()
        if is_in(row, "ON_SALE") and 0 < row["list_price_minor"] < 10_000
    ]


def wanted(inputs: Choosing) -> list[dict[str, Any]]:
    """A line or two of an order or a purchase order."""
    products = on_sale(inputs)
    chosen = inputs.random.sample(products, min(len(products), inputs.random.choice([1, 2])))
    return [{"product": product, "quantity": inputs.random.choice([1, 2, 3])} for product in chosen]


def place_in(inputs: Choosing, warehouse: Any, kind: str = "STORAGE") -> str | None:
    """A place of a kind in a warehouse."""
    return some(inputs, "loc", lambda row: row["warehouse_id"] == warehouse and str(row["kind"]) == kind)


def meant(inputs: Choosing, prefix: str) -> tuple[str, Row] | None:
    """One of the records that the verb is meant for."""
    known = [name for name in inputs.ids.get(prefix, ()) if name in inputs.rows]
    return (chosen := inputs.random.choice(known), inputs.rows[chosen]) if known else None
