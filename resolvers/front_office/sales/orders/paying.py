"""Payments: what came for an order, and how far the customer may owe us. A mistake is taken back by a counter-entry.

The surprising rule: accountants read references too, so who the customer is gets masked in them.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from models.front_office.customers import Customer, visible_customers
from models.front_office.sales.orders import Order, OrderPayment, OrderStatus, PaymentMethod, visible_order_payments
from models.kit.base import new_id, now
from models.kit.events import EventKind
from models.kit.money import amount_of, decimals_of, minor_of
from resolvers.events.record import record
from resolvers.front_office.sales.orders.masking import masked
from resolvers.front_office.sales.orders.pricing import LARGEST_TOTAL_MINOR
from resolvers.front_office.sales.orders.shared import Keys, count_version, order_at
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.loading import access
from resolvers.kit.viewer import Viewer

EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
CLOCKS_DIFFER = timedelta(minutes=5)
LONGEST_REFERENCE = 100


@dataclass(frozen=True, slots=True)
class NewPayment:
    """Money that came. The amount is in whole units of the order's currency; without a moment it came just now."""

    amount: Decimal
    currency: str
    method: PaymentMethod
    reference: str | None = None
    received_at: datetime | None = None


async def record_payment(viewer: Viewer, key: UUID | None, given: NewPayment, expected_version: int | None) -> Keys:
    """Writes down that money came for an order, be it more than it costs: what comes, comes."""
    errors, at = InputErrors(), now()
    order = await order_at(viewer, key, expected_version, errors)
    if order.status == OrderStatus.DRAFT:
        errors.add("order", "Nothing is owed for a draft.", "NOT_PLACED")
    if given.currency != order.currency:
        errors.add("currency", f"The order is in {order.currency}.", "OTHER_CURRENCY")
    minor = _minor(errors, "amount", given.amount, order.currency, least=1)
    received_at = given.received_at or at
    if not EARLIEST <= received_at <= at + CLOCKS_DIFFER:
        errors.add("receivedAt", "Money is recorded when it has come.")
    reference = errors.optional_text("reference", given.reference, LONGEST_REFERENCE)
    errors.raise_if_any()
    return await _enter(viewer, order, minor, given.method, reference, received_at, at)


async def reverse_payment(viewer: Viewer, key: UUID | None, reason: str) -> Keys:
    """Takes back what was recorded by mistake, by a counter-entry. What was refunded of it must have been paid."""
    errors, at = InputErrors(), now()
    payment = await access(viewer, OrderPayment, visible_order_payments, key, lock=False)
    if payment is None:
        errors.not_found("payment", "payment")
        errors.raise_if_any()
    assert payment is not None
    order = await order_at(viewer, payment.order_id, None, errors)
    if payment.reverses_id is not None:
        errors.add("payment", "This is a counter-entry itself; record the payment anew.", "COUNTER_ENTRY")
    elif await OrderPayment.filter(reverses_id=payment.id).exists():
        errors.add("payment", "This payment was taken back already.", "ALREADY_REVERSED")
    elif order.paid_minor - payment.amount_minor < order.refunded_minor:
        errors.add("payment", "The customer was refunded some of it.", "ALREADY_REFUNDED")
    told = errors.text("reason", reason, LONGEST_REFERENCE)
    errors.raise_if_any()
    return await _enter(viewer, order, -payment.amount_minor, payment.method, told, at, at, reverses=payment.id)


async def _enter(
    viewer: Viewer,
    order: Order,
    minor: int,
    method: PaymentMethod,
    reference: str | None,
    received_at: datetime,
    at: datetime,
    *,
    reverses: UUID | None = None,
) -> Keys:
    """Adds a row to the ledger; the database adds it to what is paid of the order."""
    payment = await OrderPayment.create(
        id=new_id(),
        order_id=order.id,
        amount_minor=minor,
        currency=order.currency,
        method=method,
        # A label may be longer than what it stands for.
        reference=(await masked(order, reference))[:LONGEST_REFERENCE] if reference else None,
        received_at=received_at,
        recorded_at=at,
        recorded_by_id=viewer.account,
        reverses_id=reverses,
    )
    await count_version(order)
    await record(EventKind.PAYMENT_RECORDED, actor=viewer.account, at=at, order_id=order.id)
    return {"payment": payment.id, "order": order.id}


def _minor(errors: InputErrors, member: str, amount: Decimal, currency: str, *, least: int) -> int:
    """An amount in minor units; 0 where it was noted that it is none."""
    minor = minor_of(amount, currency)
    if minor is None:
        errors.add(member, f"{currency} has {decimals_of(currency)} decimals.")
        return 0
    if not least <= minor <= LARGEST_TOTAL_MINOR:
        largest = amount_of(LARGEST_TOTAL_MINOR, currency)
        errors.add(member, f"An amount is at least {amount_of(least, currency)} and at most {largest} {currency}.")
    return minor


async def set_credit_limit(viewer: Viewer, key: UUID | None, limit: Decimal | None, currency: str | None) -> Keys:
    """Says how much a customer may owe us before orders are taken with a warning; without a limit, nobody is warned."""
    errors = InputErrors()
    customer = await access(viewer, Customer, visible_customers, key)
    if customer is None:
        errors.not_found("customer", "customer")
    if (limit is None) != (currency is None):
        errors.add("currency", "A limit and its currency are given together, or neither.")
    minor = _minor(errors, "limit", limit, currency, least=0) if limit is not None and currency is not None else None
    errors.raise_if_any()
    assert customer is not None
    customer.credit_limit_minor, customer.credit_currency = minor, currency
    await customer.save(update_fields=["credit_limit_minor", "credit_currency"])
    return {"customer": customer.id}
