"""The terms on which orders are taken: tax rates and discount limits, both of them rows that managers set."""

from datetime import date
from typing import TYPE_CHECKING, ClassVar

import strawberry

from models.front_office.sales import orders
from models.permissions import Permission, Role
from resolvers.front_office.sales import orders as use_cases
from resolvers.reading.declare import (
    Access,
    Connection,
    EntryRows,
    Node,
    changed,
    column,
    node,
    one,
    plain,
    plain_type,
    read,
)
from schema.kit.errors import UserError
from schema.kit.legacy_verbs import ERRORS, expected_version, idempotency_key, key_of, member, optional, verb

if TYPE_CHECKING:
    from schema.back_office.products.catalogue import ProductCategory

PRICES, WRITE = Permission.READ_ORDER_PRICES, Permission.WRITE_POLICIES


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


@strawberry.input(description="What tax is added from a day on.")
class SetTaxRateInput:
    """What tax is added from a day on."""

    country: str = member("Where the goods go, by the country's English name, as addresses have it.")
    product_category: strawberry.ID | None = optional("For which kind of product; left out, for all without their own.")
    rate_basis_points: int = member("Hundredths of a percent: 1900 is 19 %.")
    valid_from: date | None = optional("The first day; left out, today (UTC). After the first day of the running rate.")
    expected_version: int | None = expected_version()
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="Up to which discount a role sells alone.")
class SetDiscountLimitInput:
    """Up to which discount a role sells alone."""

    role: Role = member("A role that sells or approves discounts, and that the viewer does not hold.")
    limit_basis_points: int = member("Hundredths of a percent off the list price, 0 to 10000.")
    expected_version: int | None = expected_version()
    idempotency_key: str | None = idempotency_key()


@plain_type(Access.SIGNED_IN)
class TaxRatePayload:
    """What became of a tax rate."""

    ROWS: ClassVar = ("tax_rate",)
    tax_rate: "TaxRate | None" = changed("The rate that was added; null when there are errors.")
    errors: list[UserError] = plain(ERRORS)


@plain_type(Access.SIGNED_IN)
class DiscountLimitPayload:
    """What became of a limit."""

    ROWS: ClassVar = ("discount_limit",)
    discount_limit: "DiscountLimit | None" = changed("The limit as it now is; null when there are errors.")
    errors: list[UserError] = plain(ERRORS)


class OrderTerms:
    """Either office's way to the terms of orders."""

    tax_rates: "Connection[TaxRate]" = read(
        EntryRows("country"), "All tax rates, those of the past too, by country.", needs=PRICES
    )
    discount_limits: "Connection[DiscountLimit]" = read(
        EntryRows("role"), "Up to which discount each role sells alone.", needs=PRICES
    )


class TermsMutations:
    """What managers say about the terms of orders."""

    set_tax_rate = verb(
        "Says what tax is added in a country from a day on. The running rate ends the day before; orders keep theirs.",
        WRITE,
        SetTaxRateInput,
        TaxRatePayload,
        lambda viewer, given: use_cases.set_tax_rate(
            viewer,
            given.country,
            key_of(given.product_category, "pct"),
            given.product_category is not None,
            given.rate_basis_points,
            given.valid_from,
            given.expected_version,
        ),
    )
    set_discount_limit = verb(
        "Says up to which discount a role sells alone, or approves. Never for a role of one's own.",
        WRITE,
        SetDiscountLimitInput,
        DiscountLimitPayload,
        lambda viewer, given: use_cases.set_discount_limit(
            viewer, given.role, given.limit_basis_points, given.expected_version
        ),
    )
