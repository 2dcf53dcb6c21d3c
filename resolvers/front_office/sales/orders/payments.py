"""Payments: what came for an order, and how far the customer may owe us. A mistake is taken back by a counter-entry.

The surprising rule: accountants read references too, so who the customer is gets masked in them.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from tortoise.connection import get_connection

from models.front_office.customers import Customer
from models.front_office.sales.orders import Order, OrderEvent, OrderStatus
from models.front_office.sales.orders.addresses import INVOICED_LATE_DAYS, AddressEvent, to_invoice
from models.front_office.sales.orders.terms import OrderPayment, PaymentMethod
from models.kit.base import new_id, now
from models.kit.money import CurrencyCode, amount_of
from models.kit.sql import read_rows
from resolvers.events.record import record
from resolvers.front_office.sales.orders.steps import check_outsider, masked_about
from resolvers.front_office.sales.orders.terms import LARGEST_TOTAL_MINOR
from resolvers.kit.commands import Command, DryRunnable, InputErrors, Key, Keys, Update, Viewer, command, member
from resolvers.kit.loading import find, load, written_out

EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
CLOCKS_DIFFER = timedelta(minutes=5)
LONGEST_REFERENCE = 100


@command
class RecordPayment(Update, DryRunnable):
    """Money that came for an order."""

    order: Key[Order] = member("The order; no draft.")
    amount: Decimal = member("How much, in whole units of the currency. More than the order costs is taken down too.")
    currency: CurrencyCode = member("The order's currency.")
    method: PaymentMethod = member("How it came.")
    reference: str | None = member(
        "What it was marked with, at most 100 characters. Who the customer is gets masked.", default=None
    )
    received_at: datetime | None = member("When it came; left out, now. Not in the future.", default=None)


async def record_payment(viewer: Viewer, given: RecordPayment) -> Keys:
    """Writes down that money came for an order; how far it is paid follows."""
    # Be it more than it costs: what comes, comes.
    errors, at = InputErrors(), now()
    order = await load(viewer, Order, given.order, errors, given.expected_version)
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
    return await _enter(viewer, given, order, minor, given.method, reference, received_at, at)


@command
class ReversePayment(Command, DryRunnable):
    """Which payment was recorded by mistake."""

    payment: Key[OrderPayment] = member("The payment; no counter-entry, and not taken back before.")
    reason: str = member("Why, at most 100 characters. Who the customer is gets masked.")


async def reverse_payment(viewer: Viewer, given: ReversePayment) -> Keys:
    """Takes back what was recorded by mistake, by a counter-entry; both stay. Never by who recorded it: cash that came and was
    written off again would be theirs. Error: SAME_PERSON.
    """
    errors, at = InputErrors(), now()
    payment = await load(viewer, OrderPayment, given.payment, errors, lock=False)
    order = await load(viewer, Order, Key(payment.order_id), errors)
    if payment.reverses_id is not None:
        errors.add("payment", "This is a counter-entry itself; record the payment anew.", "COUNTER_ENTRY")
    elif await OrderPayment.filter(reverses_id=payment.id).exists():
        errors.add("payment", "This payment was taken back already.", "ALREADY_REVERSED")
    elif order.paid_minor - payment.amount_minor < order.refunded_minor:
        errors.add("payment", "The customer was refunded some of it.", "ALREADY_REFUNDED")
    if payment.recorded_by_id == viewer.account:
        errors.add("payment", "You recorded it: somebody else takes it back.", "SAME_PERSON")
    told = errors.text("reason", given.reason, LONGEST_REFERENCE)
    errors.raise_if_any()
    return await _enter(viewer, given, order, -payment.amount_minor, payment.method, told, at, at, reverses=payment.id)


async def _enter(
    viewer: Viewer,
    given: DryRunnable,
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
        reference=(await masked_about(viewer, given, order, reference))[:LONGEST_REFERENCE] if reference else None,
        received_at=received_at,
        recorded_at=at,
        recorded_by_id=viewer.account,
        reverses_id=reverses,
    )
    await record(OrderEvent.PAYMENT_RECORDED, order, actor=viewer, at=at)
    given.end_if_dry(masked_text=payment.reference)
    return {"payment": payment.id, "order": order.id}


def _minor(errors: InputErrors, about: str, amount: Decimal, currency: str, *, least: int) -> int:
    """An amount in minor units; 0 where it was noted that it is none."""
    bounds = f"An amount is at least {amount_of(least, currency)}"
    return errors.minor_units(about, amount, currency, least=least, most=LARGEST_TOTAL_MINOR, bounds=bounds) or 0


@command
class AddressInvoice(Command):
    """Which order is invoiced."""

    order: Key[Order] = member("The order: placed, not cancelled, and not paid since it was invoiced.")


async def address_invoice(viewer: Viewer, given: AddressInvoice) -> Keys:
    """Tells whom an order is invoiced to, until it is paid, and within 30 days where it was paid before anybody was told; that
    somebody was told is kept in its history. Errors: NOT_TO_INVOICE, FOR_A_COLLEAGUE.
    """
    errors = InputErrors()
    order = await load(viewer, Order, given.order, errors)
    if not await _is_to_invoice(viewer, order):
        message = (
            "An order is invoiced from being placed until it is paid, and where it was paid first within"
            f" {INVOICED_LATE_DAYS} days."
        )
        errors.add("order", message, "NOT_TO_INVOICE")
    else:
        await check_outsider(viewer, order, errors, "order")
    errors.raise_if_any()
    await record(AddressEvent.INVOICE_ADDRESSED, order, actor=viewer)
    return {"address": order.id, "order": order.id}


async def _is_to_invoice(viewer: Viewer, order: Order) -> bool:
    dialect = get_connection("default").capabilities.dialect
    condition = written_out(viewer, to_invoice("bought"), dialect)
    return bool(await read_rows(f"SELECT 1 AS held FROM orders bought WHERE bought.id = '{order.id}' AND {condition}"))


@command
class SetCreditLimit(Command):
    """How much a customer may owe us."""

    customer: Key[Customer] = member("The customer.")
    limit: Decimal | None = member(
        "Above how much orders are taken with a warning; left out, nobody is warned.", default=None
    )
    currency: CurrencyCode | None = member("The limit's currency; orders in another one do not count.", default=None)


async def set_credit_limit(viewer: Viewer, given: SetCreditLimit) -> Keys:
    """Says above how much unpaid orders of a customer are taken with a warning."""
    errors, minor = InputErrors(), None
    customer = await find(viewer, Customer, given.customer, errors, lock=True)
    if (given.limit is None) != (given.currency is None):
        errors.add("currency", "A limit and its currency are given together, or neither.")
    if given.limit is not None and given.currency is not None:
        minor = _minor(errors, "limit", given.limit, given.currency, least=0)
    errors.raise_if_any()
    assert customer is not None
    customer.credit_limit_minor, customer.credit_currency = minor, given.currency
    await customer.save(update_fields=["credit_limit_minor", "credit_currency"])
    return {"customer": customer.id}
