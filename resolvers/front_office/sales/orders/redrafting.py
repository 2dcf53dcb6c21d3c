"""Redrafting: lines, address and discount of a draft are changed, and the customer is told what it costs.

The surprising rule: every change of a draft ends its quote, and whatever a second person said about its discounts.
"""

from collections.abc import Sequence
from datetime import timedelta

from models.front_office.customers import Customer
from models.front_office.sales.orders import Order, OrderEvent, OrderLine
from models.kit.base import now
from resolvers.front_office.sales.orders.drafting import OrderAddress, write_address
from resolvers.front_office.sales.orders.dry_runs import dry_run_of
from resolvers.front_office.sales.orders.lines import (
    Before,
    NewOrderLine,
    check_discount,
    check_line,
    check_quantity,
    check_sums,
    check_unused,
    lines_of,
    new_line,
)
from resolvers.front_office.sales.orders.terms import apply_terms, destination, terms_of
from resolvers.front_office.sales.orders.updates import OfDraft, OrderUpdate, begin_anew, load_draft, store, tell
from resolvers.kit.commands import Key, Keys, command, member
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.loading import load
from resolvers.kit.viewer import Viewer

QUOTE_HOLDS = timedelta(days=14)


# --- Lines ------------------------------------------------------------------------------------------------------------


@command
class DraftLineUpdate(OrderUpdate):
    """What a change of a line of a draft takes."""

    expected_version: int | None = member("The version of the order that the client has read.", default=None)


@command
class AddOrderLine(NewOrderLine, OfDraft, OrderUpdate):
    """A line that is added to a draft."""


async def add_order_line(viewer: Viewer, given: AddOrderLine) -> Keys:
    """Adds a line to a draft. Its quote ends, and its discounts must be asked for anew, as with every change."""
    errors = InputErrors()
    order = await load_draft(viewer, given.order, errors, given.expected_version)
    lines, customer = await lines_of(order.id), await _customer_of(order)
    asked = {given.product.id} if given.product.id else set()
    terms, _ = await terms_of(asked, destination(order, customer), viewer.roles, now())
    sold = terms.get(given.product.id)
    check_line(errors, given, sold, order.currency if lines else None)
    errors.raise_if_any()
    assert sold is not None
    if not lines:
        order.currency = sold.currency
    line = new_line(order, max([one.position for one in lines], default=0) + 1, given, sold)
    await line.save(force_create=True)
    keys = await _changed(viewer, order, [*lines, line], customer, given, errors, "product")
    return {**keys, "order_line": line.id}


@command
class ChangeOrderLine(DraftLineUpdate):
    """How a line of a draft is to be."""

    order_line: Key[OrderLine] = member("The line.")
    quantity: int | None = member("How many pieces; left out, as many as before.", default=None)
    discount_basis_points: int | None = member(
        "Its own discount in hundredths of a percent; left out, as before.", default=None
    )


async def change_order_line(viewer: Viewer, given: ChangeOrderLine) -> Keys:
    """Changes the quantity or the discount of a line of a draft."""
    errors = InputErrors()
    order, lines, line = await _draft_with(viewer, given.order_line, errors, given.expected_version)
    before = Before(lines, "quantity", "discount_basis_points")
    if given.quantity is not None:
        check_quantity(errors, given.quantity)
        line.quantity = given.quantity
    if given.discount_basis_points is not None:
        check_discount(errors, given.discount_basis_points)
        line.discount_basis_points = given.discount_basis_points
    errors.raise_if_any()
    keys = await _changed(viewer, order, lines, await _customer_of(order), given, errors, "quantity", before=before)
    return {**keys, "order_line": line.id}


@command
class RemoveOrderLine(DraftLineUpdate):
    """Which line is taken off a draft."""

    order_line: Key[OrderLine] = member("The line.")


async def remove_order_line(viewer: Viewer, given: RemoveOrderLine) -> Keys:
    """Takes a line off a draft."""
    errors = InputErrors()
    order, lines, line = await _draft_with(viewer, given.order_line, errors, given.expected_version)
    await check_unused(errors, [line.id], "orderLine")
    errors.raise_if_any()
    await line.delete()
    rest = [one for one in lines if one.id != line.id]
    return await _changed(viewer, order, rest, await _customer_of(order), given, errors, "orderLine")


async def _draft_with(
    viewer: Viewer, key: Key[OrderLine], errors: InputErrors, expected_version: int | None
) -> tuple[Order, list[OrderLine], OrderLine]:
    """The draft that a line stands on, all its lines, and that line."""
    found = await load(viewer, OrderLine, key, errors, lock=False)
    order = await load_draft(viewer, Key(found.order_id), errors, expected_version)
    lines = await lines_of(order.id)
    line = next((one for one in lines if one.id == key.id), None)
    if line is None:
        # Somebody took it off meanwhile.
        errors.not_found("orderLine", "order line")
        raise errors.refusal()
    return order, lines, line


# --- The order as a whole ---------------------------------------------------------------------------------------------


@command
class SetOrderAddress(OfDraft, OrderUpdate):
    """Where a draft's goods go."""

    ship_to: OrderAddress = member("Where the goods go.")


async def set_order_address(viewer: Viewer, given: SetOrderAddress) -> Keys:
    """Says where a draft's goods go."""
    errors = InputErrors()
    order = await load_draft(viewer, given.order, errors, given.expected_version)
    write_address(errors.within("shipTo"), order, given.ship_to)
    errors.raise_if_any()
    lines = await lines_of(order.id)
    return await _changed(viewer, order, lines, await _customer_of(order), given, errors, "order")


@command
class SetOrderDiscount(OfDraft, OrderUpdate):
    """What comes off every line of a draft."""

    discount_basis_points: int = member("Hundredths of a percent, after the line's own discount: 500 is 5 %.")


async def set_order_discount(viewer: Viewer, given: SetOrderDiscount) -> Keys:
    """Takes a discount off every line of a draft."""
    errors = InputErrors()
    order = await load_draft(viewer, given.order, errors, given.expected_version)
    check_discount(errors, given.discount_basis_points)
    errors.raise_if_any()
    order.discount_basis_points = given.discount_basis_points
    lines = await lines_of(order.id)
    return await _changed(viewer, order, lines, await _customer_of(order), given, errors, "order")


@command
class QuoteOrder(OfDraft, OrderUpdate):
    """Which draft's price the customer was told."""


async def quote_order(viewer: Viewer, given: QuoteOrder) -> Keys:
    """Notes that the customer was told what a draft costs: its unit prices hold for 14 days, unless it is changed."""
    errors, at = InputErrors(), now()
    order = await load_draft(viewer, given.order, errors, given.expected_version)
    lines, customer = await lines_of(order.id), await _customer_of(order)
    if not lines:
        errors.add("order", "An order without lines has no price.", "EMPTY_ORDER")
    errors.raise_if_any()
    before = Before(lines)
    _, limit = await apply_terms(order, lines, customer, viewer, at)
    check_sums(errors, order, lines, "order")
    errors.raise_if_any()
    order.quoted_at, order.quoted_until = at, at + QUOTE_HOLDS
    await before.store_changes()
    await store(order)
    if given.dry_run:
        raise await dry_run_of(order, lines, limit)
    await tell(viewer, order, OrderEvent.QUOTED, at)
    return {"order": order.id}


async def _customer_of(order: Order) -> Customer:
    return await Customer.get(id=order.customer_id)


async def _changed(
    viewer: Viewer,
    order: Order,
    lines: Sequence[OrderLine],
    customer: Customer,
    given: OrderUpdate,
    errors: InputErrors,
    about: str,
    *,
    before: Before | None = None,
) -> Keys:
    """Prices a draft anew, stores it and tells it; `before` knows what its lines were before the change."""
    at = now()
    before = before or Before(lines)
    _, limit = await apply_terms(order, lines, customer, viewer, at)
    check_sums(errors, order, lines, about)
    errors.raise_if_any()
    begin_anew(order)
    await before.store_changes()
    await store(order)
    if given.dry_run:
        raise await dry_run_of(order, lines, limit)
    await tell(viewer, order, OrderEvent.CHANGED, at)
    return {"order": order.id}
