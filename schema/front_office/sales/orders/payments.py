"""Payments of orders, taken down by agents and accountants, and how far a customer may owe us."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

import strawberry

from models.front_office.sales import orders
from models.permissions import Permission
from resolvers.front_office.sales import orders as use_cases
from resolvers.reading.declare import Access, Node, changed, column, money, node, one, plain, plain_type
from schema.kit.errors import UserError
from schema.kit.legacy_verbs import ERRORS, expected_version, idempotency_key, key_of, member, optional, verb
from schema.kit.scalars import CurrencyCode, Money

if TYPE_CHECKING:
    from schema.both_offices.accounts import Account
    from schema.front_office.customers import Customer
    from schema.front_office.sales.orders.types import Order


@node(
    orders.OrderPayment,
    prefix="pay",
    rows=orders.visible_order_payments,
    needs=Permission.READ_ORDER_PRICES,
)
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


@strawberry.input(description="Money that came for an order.")
class RecordPaymentInput:
    """Money that came for an order."""

    order: strawberry.ID = member("The order; no draft.")
    amount: Decimal = member("How much, in whole units of the currency. More than the order costs is taken down too.")
    currency: CurrencyCode = member("The order's currency.")
    method: orders.PaymentMethod = member("How it came.")
    reference: str | None = optional(
        "What it was marked with, at most 100 characters. Who the customer is gets masked."
    )
    received_at: datetime | None = optional("When it came; left out, now. Not in the future.")
    expected_version: int | None = expected_version()
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="Which payment was recorded by mistake.")
class ReversePaymentInput:
    """Which payment was recorded by mistake."""

    payment: strawberry.ID = member("The payment; no counter-entry, and not taken back before.")
    reason: str = member("Why, at most 100 characters. Who the customer is gets masked.")
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="How much a customer may owe us.")
class SetCreditLimitInput:
    """How much a customer may owe us."""

    customer: strawberry.ID = member("The customer.")
    limit: Decimal | None = optional("Above how much orders are taken with a warning; left out, nobody is warned.")
    currency: CurrencyCode | None = optional("The limit's currency; orders in another one do not count.")
    idempotency_key: str | None = idempotency_key()


@plain_type(Access.SIGNED_IN)
class OrderPaymentPayload:
    """What was added to the payments of an order."""

    ROWS: ClassVar = ("payment", "order")
    payment: "OrderPayment | None" = changed("What was added; null when there are errors.")
    order: "Order | None" = changed("The order as it now is; null when there are errors.")
    errors: list[UserError] = plain(ERRORS)


@plain_type(Access.SIGNED_IN)
class CreditLimitPayload:
    """How much a customer may owe us now."""

    ROWS: ClassVar = ("customer",)
    customer: "Customer | None" = changed("The customer as they now are; null when there are errors.")
    errors: list[UserError] = plain(ERRORS)


class PaymentMutations:
    """What is done with money that came for orders."""

    record_payment = verb(
        "Writes down that money came for an order; how far it is paid follows.",
        Permission.RECORD_PAYMENTS,
        RecordPaymentInput,
        OrderPaymentPayload,
        lambda viewer, given: use_cases.record_payment(
            viewer,
            key_of(given.order, "ord"),
            use_cases.NewPayment(given.amount, given.currency, given.method, given.reference, given.received_at),
            given.expected_version,
        ),
    )
    reverse_payment = verb(
        "Takes back what was recorded by mistake, by a counter-entry; both stay.",
        Permission.RECORD_PAYMENTS,
        ReversePaymentInput,
        OrderPaymentPayload,
        lambda viewer, given: use_cases.reverse_payment(viewer, key_of(given.payment, "pay"), given.reason),
    )
    set_credit_limit = verb(
        "Says above how much unpaid orders of a customer are taken with a warning.",
        Permission.WRITE_POLICIES,
        SetCreditLimitInput,
        CreditLimitPayload,
        lambda viewer, given: use_cases.set_credit_limit(
            viewer, key_of(given.customer, "cus"), given.limit, given.currency
        ),
    )
