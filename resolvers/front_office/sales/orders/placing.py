"""Placing: from here on the order stands, with its names, prices, taxes and addresses copied, and its stock promised.

The surprising rule: what is phased out is never backordered, whatever the order says: none of it will come again.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from models.back_office.products.catalogue import SOLD, ProductStatus
from models.front_office.customers import Customer
from models.front_office.sales.orders import (
    TRANSITIONS,
    DiscountState,
    Order,
    OrderEvent,
    OrderLine,
    OrderStatus,
    ShortagePolicy,
)
from models.kit.base import now
from models.kit.money import amount_of, minor_of
from models.kit.states import move_to
from resolvers.back_office.logistics.inventory.promising import promise
from resolvers.back_office.logistics.inventory.reordering import alert
from resolvers.front_office.sales.orders.dry_runs import dry_run_of
from resolvers.front_office.sales.orders.lines import Before, check_sums, lines_of
from resolvers.front_office.sales.orders.pricing import is_above
from resolvers.front_office.sales.orders.terms import TermsByProduct, apply_terms
from resolvers.front_office.sales.orders.updates import OfDraft, OrderUpdate, load_draft, store, tell
from resolvers.kit.commands import Keys, command, member
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.problems import OutOfStock
from resolvers.kit.viewer import Viewer

PATH = ("input", "order")
PLACE = ("street", "city", "region", "postal_code", "country")


@command
class PlaceOrder(OfDraft, OrderUpdate):
    """Which draft is placed."""

    expected_total: Decimal | None = member(
        "What the customer was told, tax included: when it comes to something else by now, nothing is placed.",
        default=None,
    )


async def place_order(viewer: Viewer, given: PlaceOrder) -> Keys:
    """Places a draft: copies names, prices, taxes and addresses, and promises stock; the rest is backordered, or refused."""
    errors, at = InputErrors(), now()
    order = await load_draft(viewer, given.order, errors, given.expected_version)
    lines, customer = await lines_of(order.id), await Customer.get(id=order.customer_id)
    if not lines:
        errors.add("order", "An order without lines is not placed.", "EMPTY_ORDER")
        errors.raise_if_any()
    quoted = order.quoted_until is not None and order.quoted_until >= at
    before = Before(lines)
    terms, limit = await apply_terms(order, lines, customer, viewer, at, keep_prices=quoted)
    check_sums(errors, order, lines, "order")
    _check_sold(errors, order, lines, terms)
    check_approved(errors, order, lines, limit, dry_run=given.dry_run)
    if given.expected_total is not None and minor_of(given.expected_total, order.currency) != order.total_minor:
        message = f"It comes to {amount_of(order.total_minor, order.currency)} {order.currency} now."
        errors.add("expectedTotal", message, "PRICE_CHANGED")
    errors.raise_if_any()
    await before.store_changes()
    await stand(order, lines, customer, at, errors, never_again=phased_out(terms))
    if given.dry_run:
        raise await dry_run_of(order, lines, limit)
    await tell(viewer, order, OrderEvent.PLACED, at)
    await alert({line.product_id for line in lines}, at)
    return {"order": order.id}


async def stand(
    order: Order,
    lines: Sequence[OrderLine],
    customer: Customer,
    at: datetime,
    errors: InputErrors,
    *,
    never_again: set[UUID] | None = None,
) -> None:
    """Lets a stored draft stand, as it is priced: copies whom it is for, promises its stock, and stores it.

    Refused with an OutOfStock for each line that cannot wait. Whoever calls it records what happened, and calls `alert`.
    """
    make_placed(order, customer, at)
    await promise(lines, at)
    check_shortage(errors, order, lines, never_again or set())
    errors.raise_if_any()
    await store(order, "status", "placed_at")


def make_placed(order: Order, customer: Customer, at: datetime) -> None:
    """Takes a draft on to PLACED and copies whom it is for; the caller stores it."""
    order.customer_name = customer.name
    for name in PLACE:
        setattr(order, f"bill_{name}", getattr(customer, name))
    if order.ship_country is None:
        order.ship_name = customer.name
        for name in PLACE:
            setattr(order, f"ship_{name}", getattr(customer, name))
    order.placed_at = at
    move_to(order, OrderStatus.PLACED, TRANSITIONS)


def phased_out(terms: TermsByProduct) -> set[UUID]:
    """The products of which none will come again."""
    return {one.product for one in terms.values() if one.status == ProductStatus.PHASING_OUT}


def check_shortage(errors: InputErrors, order: Order, lines: Sequence[OrderLine], never_again: set[UUID]) -> None:
    """Notes each line that is not wholly there and cannot wait."""
    for line in lines:
        there = line.shipped_quantity + line.allocated_quantity
        waits = order.shortage_policy == ShortagePolicy.BACKORDER and line.product_id not in never_again
        if there < line.quantity and not waits:
            message = f"Line {line.position}: {there} of {line.quantity} {line.product_name} can be had."
            errors.add_problem(OutOfStock("OUT_OF_STOCK", message, PATH, available=there))


def _check_sold(errors: InputErrors, order: Order, lines: Sequence[OrderLine], terms: TermsByProduct) -> None:
    for line in lines:
        today = terms[line.product_id]
        if today.status not in SOLD:
            message = f"Line {line.position}: {today.name} is {today.status} and cannot be ordered."
            errors.add("order", message, "NOT_ON_SALE")
        elif today.currency != order.currency:
            message = f"Line {line.position}: {today.name} is sold in {today.currency} now."
            errors.add("order", message, "OTHER_CURRENCY")


def check_approved(
    errors: InputErrors, order: Order, lines: Sequence[OrderLine], limit: int, *, dry_run: bool, about: str = "order"
) -> None:
    """Notes discounts above the limit that nobody approved. A dry run says it in its outcome instead."""
    if not dry_run and order.discount_state != DiscountState.APPROVED and is_above(order, lines, limit):
        message = f"You sell alone up to {limit / 100:g} % below the list price; ask for the discount."
        errors.add(about, message, "DISCOUNT_NOT_APPROVED")
