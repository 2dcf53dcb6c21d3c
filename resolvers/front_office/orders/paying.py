"""Payments: what came for an order, and how far the customer may owe us. A mistake is taken back by a counter-entry.

The surprising rule: accountants read references too, so who the customer is gets masked in them.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from models.base import new_id, now
from models.events import EventKind
from models.front_office.customers import Customer, visible_customers
from models.front_office.orders import Order, OrderPayment, OrderStatus, PaymentMethod, visible_order_payments
from models.money import amount_of, decimals_of, minor_of
from resolvers.access import access
from resolvers.events.record import record
from resolvers.front_office.orders.masking import masked
from resolvers.front_office.orders.pricing import LARGEST_TOTAL_MINOR
from resolvers.front_office.orders.shared import Keys, count_version, order_at
from resolvers.inputs import Checks
from resolvers.viewer import Viewer

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
    checks, at = Checks(), now()
    order = await order_at(viewer, key, expected_version, checks)
    if order.status == OrderStatus.DRAFT:
        checks.wrong("order", "Nothing is owed for a draft.", "NOT_PLACED")
    if given.currency != order.currency:
        checks.wrong("currency", f"The order is in {order.currency}.", "OTHER_CURRENCY")
    minor = _minor(checks, "amount", given.amount, order.currency, least=1)
    received_at = given.received_at or at
    if not EARLIEST <= received_at <= at + CLOCKS_DIFFER:
        checks.wrong("receivedAt", "Money is recorded when it has come.")
    reference = checks.optional_text("reference", given.reference, LONGEST_REFERENCE)
    checks.done()
    return await _enter(viewer, order, minor, given.method, reference, received_at, at)


async def reverse_payment(viewer: Viewer, key: UUID | None, reason: str) -> Keys:
    """Takes back what was recorded by mistake, by a counter-entry. What was refunded of it must have been paid."""
    checks, at = Checks(), now()
    payment = await access(viewer, OrderPayment, visible_order_payments, key, lock=False)
    if payment is None:
        checks.missing("payment", "payment")
        checks.done()
    assert payment is not None
    order = await order_at(viewer, payment.order_id, None, checks)
    if payment.reverses_id is not None:
        checks.wrong("payment", "This is a counter-entry itself; record the payment anew.", "COUNTER_ENTRY")
    elif await OrderPayment.filter(reverses_id=payment.id).exists():
        checks.wrong("payment", "This payment was taken back already.", "ALREADY_REVERSED")
    elif order.paid_minor - payment.amount_minor < order.refunded_minor:
        checks.wrong("payment", "The customer was refunded some of it.", "ALREADY_REFUNDED")
    told = checks.text("reason", reason, LONGEST_REFERENCE)
    checks.done()
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


def _minor(checks: Checks, member: str, amount: Decimal, currency: str, *, least: int) -> int:
    """An amount in minor units; 0 where it was noted that it is none."""
    minor = minor_of(amount, currency)
    if minor is None:
        checks.wrong(member, f"{currency} has {decimals_of(currency)} decimals.")
        return 0
    if not least <= minor <= LARGEST_TOTAL_MINOR:
        largest = amount_of(LARGEST_TOTAL_MINOR, currency)
        checks.wrong(member, f"An amount is at least {amount_of(least, currency)} and at most {largest} {currency}.")
    return minor


async def set_credit_limit(viewer: Viewer, key: UUID | None, limit: Decimal | None, currency: str | None) -> Keys:
    """Says how much a customer may owe us before orders are taken with a warning; without a limit, nobody is warned."""
    checks = Checks()
    customer = await access(viewer, Customer, visible_customers, key)
    if customer is None:
        checks.missing("customer", "customer")
    if (limit is None) != (currency is None):
        checks.wrong("currency", "A limit and its currency are given together, or neither.")
    minor = _minor(checks, "limit", limit, currency, least=0) if limit is not None and currency is not None else None
    checks.done()
    assert customer is not None
    customer.credit_limit_minor, customer.credit_currency = minor, currency
    await customer.save(update_fields=["credit_limit_minor", "credit_currency"])
    return {"customer": customer.id}
