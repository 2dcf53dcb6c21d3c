"""The terms on which orders are taken: tax rates and discount limits, both of them rows that managers set."""

from datetime import date
from typing import TYPE_CHECKING

from models.front_office.sales import orders
from models.permissions import Permission, Role
from resolvers.front_office.sales.orders.terms import set_discount_limit, set_tax_rate
from resolvers.reading.declare import Connection, EntryRows, Node, changed, column, node, one, read
from schema.kit.mutations import mutation, payload

if TYPE_CHECKING:
    from schema.back_office.products.catalogue import ProductCategory

PRICES = Permission.READ_ORDER_PRICES


@node(orders.TaxRate, prefix="txr", needs=PRICES)
class TaxRate(Node):
    """What tax is added to goods that go to a country, from one day to another."""

    country: str = column("Where the goods go, by the country's English name.", filter=True, sort=True)
    category: "ProductCategory | None" = one("For which kind of product; null for all others.", "category_id")
    rate_basis_points: int = column("Hundredths of a percent: 1900 is 19 %.")
    valid_from: date = column("The first day on which it is in force.", filter=True, sort=True)
    valid_until: date | None = column("The last day on which it is in force; null as long as it runs.", filter=True)
    version: int = column("Grows with every change; send it back as `expectedVersion`.")


@node(orders.DiscountLimit, prefix="dsl", needs=PRICES)
class DiscountLimit(Node):
    """Up to which discount a role sells alone, or approves. A role without one gives none."""

    role: Role = column("Whose limit.", filter=True, sort=True)
    limit_basis_points: int = column("Hundredths of a percent off the list price, all discounts taken together.")
    version: int = column("Grows with every change; send it back as `expectedVersion`.")


@payload
class TaxRatePayload:
    """What became of a tax rate."""

    tax_rate: "TaxRate | None" = changed("The rate that was added; null when there are errors.")


@payload
class DiscountLimitPayload:
    """What became of a limit."""

    discount_limit: "DiscountLimit | None" = changed("The limit as it now is; null when there are errors.")


class OrderTerms:
    """Either office's way to the terms of orders."""

    tax_rates: "Connection[TaxRate]" = read(
        EntryRows("country"), "All tax rates, those of the past too, by country.", needs=PRICES
    )
    discount_limits: "Connection[DiscountLimit]" = read(
        EntryRows("role"), "Up to which discount each role sells alone.", needs=PRICES
    )


MUTATIONS = (
    mutation(Permission.WRITE_POLICIES, set_tax_rate, shows=TaxRatePayload),
    mutation(Permission.WRITE_POLICIES, set_discount_limit, shows=DiscountLimitPayload),
)
