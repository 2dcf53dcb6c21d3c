"""The terms on which orders are taken: the day's prices, warranties and taxes, up to which discount a role sells alone, and what
a line comes to after both discounts, with its tax. Whole minor units, rounded half up per line.

The surprising rules: an order's tax is the sum of its lines' taxes, never a rate times its sum; and tax rates are only added at
the end of a series, for what orders were taxed with is never written anew.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from tortoise.connection import get_connection

from models.back_office.products.catalogue import ProductCategory, ProductStatus
from models.front_office.customers import Customer
from models.front_office.sales.orders import Order, OrderLine
from models.front_office.sales.orders.terms import DiscountLimit, TaxRate
from models.kit.base import new_id, now, viewer_holds
from models.kit.sql import listed, read_rows
from models.permissions import ROLE_PERMISSIONS, Permission, Role
from resolvers.kit.commands import InputErrors, Key, Keys, Update, Viewer, command, member
from resolvers.kit.loading import find, written_out
from resolvers.kit.locks import TAX_RATES_LOCK, alone

WHOLE = 10_000
"""All of something, in hundredths of a percent."""

LARGEST_TOTAL_MINOR = 10**15
"""Minor units; anything above is a slip of the keyboard."""


# --- What a line comes to ---------------------------------------------------------------------------------------------


def half_up(numerator: int, denominator: int) -> int:
    """A quotient of numbers that are not below zero, rounded to the nearest whole, a half up, as on a bill."""
    return (2 * numerator + denominator) // (2 * denominator)


def price_order(order: Order, lines: Iterable[OrderLine]) -> None:
    """Works out every line, and the order's sums from them. Its discount comes off what a line's own discount leaves."""
    order.net_minor = order.tax_minor = 0
    for line in lines:
        kept = (WHOLE - line.discount_basis_points) * (WHOLE - order.discount_basis_points)
        line.net_minor = half_up(line.unit_price_minor * line.quantity * kept, WHOLE * WHOLE)
        line.tax_minor = half_up(line.net_minor * line.tax_rate_basis_points, WHOLE)
        line.total_minor = line.net_minor + line.tax_minor
        order.net_minor += line.net_minor
        order.tax_minor += line.tax_minor
    order.total_minor = order.net_minor + order.tax_minor


# --- Up to which discount ---------------------------------------------------------------------------------------------

_LIMIT = (
    "(SELECT coalesce(max(allowed.limit_basis_points), 0) FROM discount_limits allowed"
    f" WHERE {viewer_holds('allowed.role')})"
)


def is_above_limit(line: str, order_discount: str) -> str:
    """A condition that a line is sold further below its list price than the viewer may, both discounts taken together."""
    kept = f"({WHOLE} - {line}.discount_basis_points) * ({WHOLE} - {order_discount})"
    return f"{kept} < ({WHOLE} - {_LIMIT}) * {WHOLE}"


async def discount_limit_of(viewer: Viewer) -> str:
    """Up to how many percent the viewer sells or approves alone, as messages say it."""
    dialect = get_connection("default").capabilities.dialect
    [row] = await read_rows(written_out(viewer, f"SELECT {_LIMIT} AS limited", dialect))
    return f"{row['limited'] / 100:g} %"


async def sells_alone(viewer: Viewer, order: Order, only: Iterable[OrderLine] | None = None) -> bool:
    """Whether the viewer may give the discounts of all lines of an order, or of `only` these, as they stand in the database."""
    above = is_above_limit("line", str(order.discount_basis_points))
    sql = f"SELECT line.id FROM order_lines line WHERE line.order_id = '{order.id}' AND {above}"
    dialect = get_connection("default").capabilities.dialect
    found = {row["id"] for row in await read_rows(written_out(viewer, sql, dialect))}
    return not found if only is None else found.isdisjoint(line.id for line in only)


# --- The terms of the day ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Terms:
    """On which terms a product is sold today. The rate is the one in force where the goods go."""

    product: UUID
    name: str
    status: ProductStatus
    currency: str
    list_price_minor: int
    warranty_months: int | None
    tax_rate_basis_points: int


TermsByProduct = dict[UUID | None, Terms]
"""The terms of products by their keys; what leads to no product has none."""


async def terms_of(products: Iterable[UUID | None], country: str, at: datetime) -> TermsByProduct:
    """The terms of these products for goods that go to a country, by one statement.

    A rate for the product's category goes before the country's general one; where none is in force, none is added.
    """
    wanted = listed(product for product in products if product)
    if not wanted:
        return {}
    connection = get_connection("default")
    place = "$1" if connection.capabilities.dialect == "postgres" else "?1"
    today = f"'{at.date().isoformat()}'"
    rows = await connection.execute_query_dict(
        "SELECT p.id, p.name, p.status, p.currency, p.list_price_minor, p.warranty_months,"
        " (SELECT t.rate_basis_points FROM tax_rates t"
        f" WHERE lower(t.country) = lower({place}) AND t.valid_from <= {today}"
        f" AND (t.valid_until IS NULL OR t.valid_until >= {today})"
        " AND (t.category_id IS NULL OR t.category_id = p.category_id)"
        " ORDER BY (t.category_id IS NULL), t.valid_from DESC LIMIT 1) AS rate"
        f" FROM products p WHERE p.id IN ({wanted})",
        [country],
    )
    found = [
        Terms(
            UUID(str(row["id"])),
            row["name"],
            ProductStatus(row["status"]),
            row["currency"],
            row["list_price_minor"],
            row["warranty_months"],
            row["rate"] or 0,
        )
        for row in rows
    ]
    return {one.product: one for one in found}


async def destination(order: Order) -> str:
    """The country that goods go to: the customer's own unless the order says another."""
    return order.ship_country or (await Customer.get(id=order.customer_id)).country


async def apply_terms(
    order: Order, lines: Sequence[OrderLine], country: str, at: datetime, *, keep_prices: bool = False
) -> None:
    """Gives the lines the names, prices, tax rates and warranties of today and works out all sums; the caller stores them.

    `keep_prices` leaves unit prices as they were quoted.
    """
    terms = await terms_of({line.product_id for line in lines}, country, at)
    for line in lines:
        today = terms[line.product_id]
        line.product_name = today.name
        line.tax_rate_basis_points = today.tax_rate_basis_points
        line.warranty_months = today.warranty_months
        if not keep_prices:
            line.unit_price_minor = today.list_price_minor
    price_order(order, lines)


# --- What managers set ------------------------------------------------------------------------------------------------


@command
class SetTaxRate(Update):
    """What tax is added from a day on."""

    country: str = member("Where the goods go, by the country's English name, as addresses have it.")
    product_category: Key[ProductCategory] | None = member(
        "For which kind of product; left out, for all without their own.", default=None
    )
    rate_basis_points: int = member("Hundredths of a percent: 1900 is 19 %.")
    valid_from: date | None = member(
        "The first day; left out, today (UTC). After the first day of the running rate.", default=None
    )


async def set_tax_rate(viewer: Viewer, given: SetTaxRate) -> Keys:
    """Says what tax is added in a country from a day on. The running rate ends the day before; orders keep theirs."""
    # The expected version is that of the running rate.
    errors = InputErrors()
    await alone(TAX_RATES_LOCK)
    place = errors.text("country", given.country, 100)
    category = await find(viewer, ProductCategory, given.product_category, errors, member="productCategory")
    if not 0 <= given.rate_basis_points <= WHOLE:
        errors.add("rateBasisPoints", f"A rate is between 0 and {WHOLE} hundredths of a percent.")
    since = given.valid_from or now().date()
    if not 1900 <= since.year <= 2200:
        errors.add("validFrom", "`validFrom` is between 1900 and 2200.")
    errors.raise_if_any()
    category_id = category.id if category else None
    last = await TaxRate.filter(country__iexact=place, category_id=category_id).order_by("-valid_from").first()
    if last is not None:
        # However it is written, it is the same country: one series of rates, which orders find.
        place = last.country
        errors.version(last.version, given.expected_version)
        if last.valid_from >= since:
            errors.add("validFrom", f"A rate was set from {last.valid_from} on; the next one begins later.")
    errors.raise_if_any()
    if last is not None and (last.valid_until is None or last.valid_until >= since):
        last.valid_until = since - timedelta(days=1)
        await last.save_next_version()
    rate = await TaxRate.create(
        id=new_id(),
        country=place,
        category_id=category_id,
        rate_basis_points=given.rate_basis_points,
        valid_from=since,
    )
    return {"tax_rate": rate.id}


@command
class SetDiscountLimit(Update):
    """Up to which discount a role sells alone."""

    role: Role = member("A role that sells or approves discounts, and that the viewer does not hold.")
    limit_basis_points: int = member("Hundredths of a percent off the list price, 0 to 10000.")


async def set_discount_limit(viewer: Viewer, given: SetDiscountLimit) -> Keys:
    """Says up to which discount a role sells alone, or approves. Never for a role of one's own."""
    errors, role, limit = InputErrors(), given.role, given.limit_basis_points
    if not {Permission.WRITE_ORDERS, Permission.APPROVE_DISCOUNTS} & ROLE_PERMISSIONS[role]:
        errors.add("role", f"{role} neither sells nor approves discounts.")
    elif role in viewer.roles:
        errors.add("role", f"You are {role} yourself: somebody else sets its limit.", "OWN_ROLE")
    if not 0 <= limit <= WHOLE:
        errors.add("limitBasisPoints", f"A limit is between 0 and {WHOLE} hundredths of a percent.")
    mine = DiscountLimit(id=new_id(), role=role, limit_basis_points=min(max(limit, 0), WHOLE), version=1)
    await DiscountLimit.bulk_create([mine], ignore_conflicts=True)
    kept = await DiscountLimit.select_for_update().get(role=role)
    errors.version(kept.version, given.expected_version)
    errors.raise_if_any()
    if kept.id != mine.id:
        kept.limit_basis_points = limit
        await kept.save_next_version()
    return {"discount_limit": kept.id}
