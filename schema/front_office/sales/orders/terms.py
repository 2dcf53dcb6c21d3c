"""The terms of orders, which managers set: tax rates, discount and credit limits; to whom invoices go, and what was paid."""

from datetime import date, datetime
from typing import TYPE_CHECKING

from models.front_office.sales import orders
from models.front_office.sales.orders import terms
from models.front_office.sales.orders.addresses import invoice_addresses
from models.permissions import Permission, Role
from resolvers.front_office.sales.orders.payments import (
    address_invoice,
    record_payment,
    reverse_payment,
    set_credit_limit,
)
from resolvers.front_office.sales.orders.terms import set_discount_limit, set_tax_rate
from resolvers.reading.declare import column, money, node, one, read
from resolvers.reading.relay import Connection, Node
from resolvers.reading.sources import EntryRows
from schema.kit.mutations import MASKED, changed, mutation, payload, payload_of, plain
from schema.kit.scalars import Money

if TYPE_CHECKING:
    from schema.back_office.products.catalogue import ProductCategory
    from schema.both_offices.accounts import Account
    from schema.front_office.customers import Customer
    from schema.front_office.sales.orders import Order

PRICES, INVOICE = Permission.READ_ORDER_PRICES, Permission.READ_INVOICE_ADDRESS


@node(terms.TaxRate, prefix="txr", needs=PRICES)
class TaxRate(Node):
    """What tax is added to goods that go to a country, from one day to another."""

    country: str = column("Where the goods go, by the country's English name.", filter=True, sort=True)
    category: "ProductCategory | None" = one("For which kind of product; null for all others.", "category_id")
    rate_basis_points: int = column("Hundredths of a percent: 1900 is 19 %.")
    valid_from: date = column("The first day on which it is in force.", filter=True, sort=True)
    valid_until: date | None = column("The last day on which it is in force; null as long as it runs.", filter=True)
    version: int = column("Grows with every change; send it back as `expectedVersion`.")


@node(terms.DiscountLimit, prefix="dsl", needs=PRICES)
class DiscountLimit(Node):
    """Up to which discount a role sells alone, or approves. A role without one gives none."""

    role: Role = column("Whose limit.", filter=True, sort=True)
    limit_basis_points: int = column("Hundredths of a percent off the list price, all discounts taken together.")
    version: int = column("Grows with every change; send it back as `expectedVersion`.")


@node(terms.OrderPayment, prefix="pay", needs=PRICES)
class OrderPayment(Node):
    """Money that came for an order, or below zero the counter-entry of what was recorded by mistake."""

    order: "Order | None" = one("What was paid for.", "order_id")
    amount: Money = money("How much; below zero for a counter-entry.", "amount_minor")
    method: terms.PaymentMethod = column("How it came.", filter=True)
    reference: str | None = column(
        "What it was marked with, or why it was taken back. The customer's identity is masked in it."
    )
    received_at: datetime = column("When it came.", filter=True, sort=True)
    recorded_at: datetime = column("When it was written down.", filter=True)
    recorded_by: "Account | None" = one("Who wrote it down.", "recorded_by_id")
    reverses: "OrderPayment | None" = one("Which payment this takes back.", "reverses_id")


@node(orders.Order, prefix="", rows=invoice_addresses, needs=INVOICE)
class InvoiceAddress:
    """Whom an order is invoiced to, and nothing else of the customer. Nothing leads here but `addressInvoice`."""

    name: str | None = column("Whom the invoice names.", "customer_name")
    street: str | None = column("Street and house number.", "bill_street")
    city: str | None = column("Town.", "bill_city")
    region: str | None = column("State, province or region.", "bill_region")
    postal_code: str | None = column("Postal code.", "bill_postal_code")
    country: str | None = column("Country, by its English name.", "bill_country")


@payload
class InvoiceAddressPayload:
    """Where an order's invoice goes."""

    address: "InvoiceAddress | None" = changed("Where; null when there are errors, and once the order is paid.")
    order: "Order | None" = changed("The order; null when there are errors.")


@payload
class TaxRatePayload:
    """What became of a tax rate."""

    tax_rate: "TaxRate | None" = changed("The rate that was added; null when there are errors.")


@payload
class OrderPaymentPayload:
    """What was added to the payments of an order."""

    payment: "OrderPayment | None" = changed("What was added; null when there are errors.")
    order: "Order | None" = changed("The order as it now is; null when there are errors.")
    masked_text: str | None = plain(MASKED, default=None)


@payload
class CreditLimitPayload:
    """How much a customer may owe us now."""

    customer: "Customer | None" = changed("The customer as they now are; null when there are errors.")


class OrderTerms:
    """Either office's way to the terms of orders."""

    tax_rates: "Connection[TaxRate]" = read(
        EntryRows("country"), "All tax rates, those of the past too, by country.", needs=PRICES
    )
    discount_limits: "Connection[DiscountLimit]" = read(
        EntryRows("role"), "Up to which discount each role sells alone.", needs=PRICES
    )


MUTATIONS = (
    mutation(INVOICE, address_invoice, shows=InvoiceAddressPayload),
    mutation(Permission.RECORD_PAYMENTS, record_payment, shows=OrderPaymentPayload),
    mutation(Permission.RECORD_PAYMENTS, reverse_payment, shows=OrderPaymentPayload),
    mutation(Permission.WRITE_POLICIES, set_credit_limit, shows=CreditLimitPayload),
    mutation(Permission.WRITE_POLICIES, set_tax_rate, shows=TaxRatePayload),
    mutation(Permission.WRITE_POLICIES, set_discount_limit, shows=payload_of(DiscountLimit, "limit")),
)
