"""Drafts: what the agent writes down with the customer, at today's prices, before anything is promised.

The surprising rule: every change of a draft ends its quote, and whatever a second person said about its discounts.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from models.front_office.customers import Channel, Customer, visible_customers
from models.front_office.sales.orders import Order, OrderLine, OrderStatus, ShortagePolicy
from models.kit.base import new_id, now
from models.kit.events import EventKind
from resolvers.back_office.logistics.inventory.alerts import alert
from resolvers.back_office.logistics.inventory.promising import promise
from resolvers.front_office.sales.orders.placing import check_approved, check_shortage, make_placed, phased_out
from resolvers.front_office.sales.orders.pricing import price_order
from resolvers.front_office.sales.orders.rehearsing import rehearsed
from resolvers.front_office.sales.orders.shared import (
    Before,
    GivenAddress,
    GivenLine,
    Keys,
    Terms,
    apply_terms,
    begin_anew,
    check_discount,
    check_line,
    check_quantity,
    check_sums,
    check_unused,
    draft_at,
    lines_of,
    new_line,
    store,
    tell,
    terms_of,
    write_address,
)
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.loading import access
from resolvers.kit.numbers import next_number
from resolvers.kit.viewer import Viewer

QUOTE_HOLDS = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class NewOrder:
    """An order as somebody asks for it. The currency is the products', and needed only without lines."""

    customer: UUID | None
    lines: Sequence[GivenLine] = ()
    currency: str | None = None
    discount_basis_points: int = 0
    shortage_policy: ShortagePolicy = ShortagePolicy.BACKORDER
    asked_by: str | None = None
    asked_through: Channel | None = None
    required_at: datetime | None = None
    ship_to: GivenAddress | None = None
    place: bool = False
    dry_run: bool = False


async def draft_order(viewer: Viewer, given: NewOrder) -> Keys:
    """Begins an order for a customer, with all its lines at once; with `place` it stands at once too."""
    errors, at = InputErrors(), now()
    customer = await access(viewer, Customer, visible_customers, given.customer, lock=False)
    if customer is None:
        errors.not_found("customer", "customer")
    check_discount(errors, given.discount_basis_points)
    if given.required_at is not None and given.required_at < at:
        errors.add("requiredAt", "`requiredAt` is over.")
    order = Order(
        id=new_id(),
        status=OrderStatus.DRAFT,
        placed_at=at,
        required_at=given.required_at,
        discount_basis_points=given.discount_basis_points,
        total_minor=0,
        shortage_policy=given.shortage_policy,
        taken_by_id=viewer.account,
        asked_by=errors.optional_text("askedBy", given.asked_by, 200) or (customer and customer.contact_name),
        asked_through=given.asked_through,
    )
    if given.ship_to is not None:
        write_address(errors.within("shipTo"), order, given.ship_to)
    country = order.ship_country or (customer.country if customer else "")
    asked = {line.product for line in given.lines[:1000] if line.product is not None}
    terms, limit = await terms_of(asked, country if not errors.count else "", viewer.roles, at)
    order.currency = _currency(errors, given, terms)
    for number, line in enumerate(given.lines[:1000]):
        check_line(errors.within("lines", str(number)), line, line.product and terms.get(line.product), order.currency)
    lines = [
        new_line(order, position, line, terms[line.product])
        for position, line in enumerate(given.lines[:1000], start=1)
        if line.product is not None and line.product in terms
    ]
    if not errors.count:
        price_order(order, lines)
        check_sums(errors, order, lines, "lines")
        if given.place:
            check_approved(errors, order, lines, limit, dry_run=given.dry_run, member="place")
    if given.place and not given.lines:
        errors.add("lines", "An order without lines is not placed.", "EMPTY_ORDER")
    errors.raise_if_any()
    assert customer is not None
    order.customer_id = customer.id
    order.number = await next_number("ORD", at)
    if given.place:
        make_placed(order, customer, at)
    await order.save(force_create=True)
    await OrderLine.bulk_create(lines)
    if given.place:
        await promise(lines, at)
        check_shortage(errors, order, lines, phased_out(terms))
        errors.raise_if_any()
    if given.dry_run:
        raise await rehearsed(order, lines, limit)
    await tell(viewer, order, EventKind.ORDER_PLACED if given.place else EventKind.ORDER_DRAFTED, at)
    if given.place:
        await alert({line.product_id for line in lines}, at)
    return {"order": order.id}


def _currency(errors: InputErrors, given: NewOrder, terms: dict[UUID, Terms]) -> str:
    """The order's currency: as given, else that of its first product."""
    if given.currency is not None:
        return given.currency
    first = next((terms[line.product].currency for line in given.lines if line.product and line.product in terms), None)
    if first is None and not given.lines:
        errors.add("currency", "An order without lines needs a currency.", "REQUIRED")
    return first or ""


# --- Lines ------------------------------------------------------------------------------------------------------------


async def add_order_line(
    viewer: Viewer, key: UUID | None, given: GivenLine, expected_version: int | None, *, dry_run: bool = False
) -> Keys:
    """Adds a line to a draft, after the others."""
    errors = InputErrors()
    order = await draft_at(viewer, key, expected_version, errors)
    lines, customer = await lines_of(order), await _customer_of(order)
    asked = {given.product} if given.product else set[UUID]()
    terms, _ = await terms_of(asked, order.ship_country or customer.country, viewer.roles, now())
    check_line(errors, given, given.product and terms.get(given.product), order.currency if lines else None)
    errors.raise_if_any()
    assert given.product is not None
    if not lines:
        order.currency = terms[given.product].currency
    line = new_line(order, max([one.position for one in lines], default=0) + 1, given, terms[given.product])
    await line.save(force_create=True)
    keys = await _changed(viewer, order, [*lines, line], customer, errors, "product", dry_run=dry_run)
    return {**keys, "order_line": line.id}


async def change_order_line(
    viewer: Viewer,
    key: UUID | None,
    quantity: int | None,
    discount_basis_points: int | None,
    expected_version: int | None,
    *,
    dry_run: bool = False,
) -> Keys:
    """Changes how many of a product, or at which discount, stand on a draft. What is left out stays."""
    errors = InputErrors()
    order, lines, line = await _draft_with(viewer, key, expected_version, errors)
    if quantity is not None:
        check_quantity(errors, quantity)
    if discount_basis_points is not None:
        check_discount(errors, discount_basis_points)
    errors.raise_if_any()
    before = Before(lines, "quantity", "discount_basis_points")
    line.quantity = line.quantity if quantity is None else quantity
    if discount_basis_points is not None:
        line.discount_basis_points = discount_basis_points
    keys = await _changed(
        viewer, order, lines, await _customer_of(order), errors, "quantity", before=before, dry_run=dry_run
    )
    return {**keys, "order_line": line.id}


async def remove_order_line(
    viewer: Viewer, key: UUID | None, expected_version: int | None, *, dry_run: bool = False
) -> Keys:
    """Takes a line off a draft."""
    errors = InputErrors()
    order, lines, line = await _draft_with(viewer, key, expected_version, errors)
    await check_unused(errors, [line.id], "orderLine")
    errors.raise_if_any()
    await line.delete()
    rest = [one for one in lines if one.id != line.id]
    return await _changed(viewer, order, rest, await _customer_of(order), errors, "orderLine", dry_run=dry_run)


async def _draft_with(
    viewer: Viewer, key: UUID | None, expected_version: int | None, errors: InputErrors
) -> tuple[Order, list[OrderLine], OrderLine]:
    """The draft that a line stands on, all its lines, and that line."""
    found = await OrderLine.get_or_none(id=key) if key is not None else None
    if found is None:
        errors.not_found("orderLine", "line of an order")
        raise errors.refusal()
    order = await draft_at(viewer, found.order_id, expected_version, errors)
    lines = await lines_of(order)
    line = next((one for one in lines if one.id == key), None)
    if line is None:
        errors.not_found("orderLine", "line of an order")
        raise errors.refusal()
    return order, lines, line


# --- The order as a whole ---------------------------------------------------------------------------------------------


async def set_order_address(
    viewer: Viewer, key: UUID | None, given: GivenAddress, expected_version: int | None, *, dry_run: bool = False
) -> Keys:
    """Says where a draft's goods go; the country decides which tax is added."""
    return await _rewritten(
        viewer,
        key,
        expected_version,
        lambda errors, order: write_address(errors.within("shipTo"), order, given),
        dry_run,
    )


async def set_order_discount(
    viewer: Viewer, key: UUID | None, discount_basis_points: int, expected_version: int | None, *, dry_run: bool = False
) -> Keys:
    """Takes a discount off every line of a draft, after the line's own."""

    def write(errors: InputErrors, order: Order) -> None:
        check_discount(errors, discount_basis_points)
        order.discount_basis_points = discount_basis_points

    return await _rewritten(viewer, key, expected_version, write, dry_run)


async def quote_order(viewer: Viewer, key: UUID | None, expected_version: int | None, *, dry_run: bool = False) -> Keys:
    """Notes that the customer was told what a draft costs: its unit prices hold for 14 days, as long as nothing is changed."""
    errors, at = InputErrors(), now()
    order = await draft_at(viewer, key, expected_version, errors)
    lines, customer = await lines_of(order), await _customer_of(order)
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
    if dry_run:
        raise await rehearsed(order, lines, limit)
    await tell(viewer, order, EventKind.ORDER_QUOTED, at)
    return {"order": order.id}


async def _rewritten(
    viewer: Viewer,
    key: UUID | None,
    expected_version: int | None,
    write: Callable[[InputErrors, Order], None],
    dry_run: bool,
) -> Keys:
    errors = InputErrors()
    order = await draft_at(viewer, key, expected_version, errors)
    write(errors, order)
    errors.raise_if_any()
    lines = await lines_of(order)
    return await _changed(
        viewer, order, lines, await _customer_of(order), errors, "order", before=Before(lines), dry_run=dry_run
    )


async def _customer_of(order: Order) -> Customer:
    return await Customer.get(id=order.customer_id)


async def _changed(
    viewer: Viewer,
    order: Order,
    lines: Sequence[OrderLine],
    customer: Customer,
    errors: InputErrors,
    member: str,
    *,
    before: Before | None = None,
    dry_run: bool,
) -> Keys:
    """Prices a draft anew, stores it and tells it; `before` knows what its lines were before the change."""
    at = now()
    before = before or Before(lines)
    _, limit = await apply_terms(order, lines, customer, viewer, at)
    check_sums(errors, order, lines, member)
    errors.raise_if_any()
    begin_anew(order)
    await before.store_changes()
    await store(order)
    if dry_run:
        raise await rehearsed(order, lines, limit)
    await tell(viewer, order, EventKind.ORDER_CHANGED, at)
    return {"order": order.id}
