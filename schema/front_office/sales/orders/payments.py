"""Payments of orders, taken down by agents and accountants, and how far a customer may owe us."""

from datetime import datetime
from typing import TYPE_CHECKING

from models.front_office.sales import orders
from models.permissions import Permission
from resolvers.front_office.sales.orders.payments import record_payment, reverse_payment, set_credit_limit
from resolvers.reading.declare import Node, changed, column, money, node, one
from schema.kit.mutations import mutation, payload
from schema.kit.scalars import Money

if TYPE_CHECKING:
    from schema.both_offices.accounts import Account
    from schema.front_office.customers import Customer
    from schema.front_office.sales.orders.placed import Order


@node(orders.OrderPayment, prefix="pay", needs=Permission.READ_ORDER_PRICES)
class OrderPayment(Node):
    """Money that came for an order, or below zero the counter-entry of what was recorded by mistake."""

    order: "Order | None" = one("What was paid for.", "order_id")
    amount: Money = money("How much; below zero for a counter-entry.", "amount_minor")
    method: orders.PaymentMethod = column("How it came.", filter=True)
    reference: str | None = column(
        "What it was marked with, or why it was taken back. The customer's identity is masked in it."
    )
    received_at: datetime = column("When it came.", filter=True, sort=True)
    recorded_at: datetime = column("When it was written down.", filter=True)
    recorded_by: "Account | None" = one("Who wrote it down.", "recorded_by_id")
    reverses: "OrderPayment | None" = one("Which payment this takes back.", "reverses_id")


@payload
class OrderPaymentPayload:
    """What was added to the payments of an order."""

    payment: "OrderPayment | None" = changed("What was added; null when there are errors.")
    order: "Order | None" = changed("The order as it now is; null when there are errors.")


@payload
class CreditLimitPayload:
    """How much a customer may owe us now."""

    customer: "Customer | None" = changed("The customer as they now are; null when there are errors.")


MUTATIONS = (
    mutation(Permission.RECORD_PAYMENTS, record_payment, shows=OrderPaymentPayload),
    mutation(Permission.RECORD_PAYMENTS, reverse_payment, shows=OrderPaymentPayload),
    mutation(Permission.WRITE_POLICIES, set_credit_limit, shows=CreditLimitPayload),
)
