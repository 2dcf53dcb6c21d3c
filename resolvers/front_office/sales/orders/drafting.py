"""Drafting: an order is written down with its customer at today's prices, changed, and the customer is told what it costs.

The surprising rule: every change of a draft ends its quote, and whatever a second person said about its discounts.
"""

from datetime import datetime, timedelta

from models.front_office.customers import Channel, Customer
from models.front_office.sales.orders import DiscountState, Order, OrderEvent, OrderLine, OrderStatus, ShortagePolicy
from models.kit.base import new_id, now
from models.kit.money import CurrencyCode
from resolvers.front_office.identities import mask_about
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
from resolvers.front_office.sales.orders.placing import make_placed, stand
from resolvers.front_office.sales.orders.steps import (
    OfDraft,
    OrderDryRunnable,
    OrderUpdate,
    ask_for_approval,
    load_draft,
    store,
    told,
)
from resolvers.front_office.sales.orders.terms import (
    TermsByProduct,
    apply_terms,
    destination,
    price_order,
    sells_alone,
    terms_of,
)
from resolvers.kit.commands import Command, InputErrors, Key, Keys, Viewer, command, member
from resolvers.kit.loading import find, load
from resolvers.kit.numbers import next_number

MOST_LOOKED_AT = 1000
"""Lines that are looked at one by one: of more, only their number is wrong."""

QUOTE_HOLDS = timedelta(days=14)


@command
class OrderAddress:
    """Where goods go."""

    name: str = member("Who receives them, at most 200 characters.")
    street: str = member("Street and house number, at most 200 characters.")
    city: str = member("Town, at most 100 characters.")
    region: str | None = member("State, province or region, at most 100 characters.", default=None)
    postal_code: str | None = member("Postal code, at most 20 characters.", default=None)
    country: str = member("Country, by its English name; it decides which tax is added.")


@command
class DraftOrder(Command, OrderDryRunnable):
    """An order as a customer asks for it."""

    customer: Key[Customer] = member("Who orders.")
    lines: tuple[NewOrderLine, ...] = member("What, at most 100 lines.", default=())
    currency: CurrencyCode | None = member("Needed without lines only: else it is the products'.", default=None)
    discount_basis_points: int = member(
        "What comes off every line after the line's own discount, in hundredths of a percent.", default=0
    )
    shortage_policy: ShortagePolicy = member(
        "What is done when there is not enough in stock.", default=ShortagePolicy.BACKORDER
    )
    asked_by: str | None = member(
        "Who of the customer's people asks for it; left out, whom we know there.", default=None
    )
    asked_through: Channel | None = member("By which way they ask for it.", default=None)
    required_at: datetime | None = member("By when the customer wants it.", default=None)
    ship_to: OrderAddress | None = member("Where the goods go; left out, to the customer's own address.", default=None)
    place: bool = member("Whether it is placed at once, as by `placeOrder`.", default=False)


async def draft_order(viewer: Viewer, given: DraftOrder) -> Keys:
    """Begins an order for a customer. Nothing is promised until it is placed."""
    errors, at = InputErrors(), now()
    customer = await find(viewer, Customer, given.customer, errors)
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
        _write_address(errors, order, given.ship_to)
    country = order.ship_country or (customer.country if customer else "")
    asked = given.lines[:MOST_LOOKED_AT]
    terms = await terms_of((line.product.id for line in asked), country if not errors.count else "", at)
    order.currency = _currency(errors, given, terms)
    for number, line in enumerate(asked):
        check_line(errors.within("lines", str(number)), line, terms.get(line.product.id), order.currency)
    lines = [
        new_line(order, position, line, terms[line.product.id])
        for position, line in enumerate(asked, start=1)
        if line.product.id in terms
    ]
    if not errors.count:
        price_order(order, lines)
        check_sums(errors, order, lines, "lines")
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
    if not given.place:
        return await told(viewer, given, order, OrderEvent.DRAFTED, at)
    if not given.dry_run and not await sells_alone(viewer, order):
        await ask_for_approval(viewer, order, errors, "place")
        errors.raise_if_any()
    return await stand(viewer, given, order, lines, at)


def _currency(errors: InputErrors, given: DraftOrder, terms: TermsByProduct) -> str:
    """The order's currency: as given, else that of its first product."""
    if given.currency is not None:
        return given.currency
    first = next((terms[line.product.id].currency for line in given.lines if line.product.id in terms), None)
    if first is None and not given.lines:
        errors.add("currency", "An order without lines needs a currency.", "REQUIRED")
    return first or ""


def _write_address(errors: InputErrors, order: Order, given: OrderAddress) -> None:
    inner = errors.within("shipTo")
    order.ship_name = inner.text("name", given.name, 200)
    order.ship_street = inner.text("street", given.street, 200)
    order.ship_city = inner.text("city", given.city, 100)
    order.ship_region = inner.optional_text("region", given.region, 100)
    order.ship_postal_code = inner.optional_text("postalCode", given.postal_code, 20)
    order.ship_country = inner.text("country", given.country, 100)


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
    lines = await lines_of(order.id)
    sold = (await terms_of([given.product.id], await destination(order), now())).get(given.product.id)
    check_line(errors, given, sold, order.currency if lines else None)
    errors.raise_if_any()
    assert sold is not None
    if order.currency != sold.currency:
        # The database lets no line stand in another currency than its order's.
        order.currency = sold.currency
        await order.save(update_fields=["currency"])
    line = new_line(order, max([one.position for one in lines], default=0) + 1, given, sold)
    await line.save(force_create=True)
    keys = await _changed(viewer, given, order, Before([*lines, line]), "product")
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
    before = Before(lines)
    if given.quantity is not None:
        check_quantity(errors, given.quantity)
        line.quantity = given.quantity
    if given.discount_basis_points is not None:
        check_discount(errors, given.discount_basis_points)
        line.discount_basis_points = given.discount_basis_points
    errors.raise_if_any()
    return {**await _changed(viewer, given, order, before, "quantity"), "order_line": line.id}


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
    lines.remove(line)
    return await _changed(viewer, given, order, Before(lines), "orderLine")


async def _draft_with(
    viewer: Viewer, key: Key[OrderLine], errors: InputErrors, expected_version: int | None
) -> tuple[Order, list[OrderLine], OrderLine]:
    """The draft that a line stands on, all its lines, and that line."""
    found = await load(viewer, OrderLine, key, errors, lock=False)
    order = await load_draft(viewer, Key(found.order_id), errors, expected_version, "orderLine")
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
    _write_address(errors, order, given.ship_to)
    errors.raise_if_any()
    return await _changed(viewer, given, order, Before(await lines_of(order.id)), "order", is_for_others=True)


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
    return await _changed(viewer, given, order, Before(await lines_of(order.id)), "order")


@command
class QuoteOrder(OfDraft, OrderUpdate):
    """Which draft's price the customer was told."""


async def quote_order(viewer: Viewer, given: QuoteOrder) -> Keys:
    """Notes that the customer was told what a draft costs: its unit prices hold for 14 days, unless it is changed."""
    errors, at = InputErrors(), now()
    order = await load_draft(viewer, given.order, errors, given.expected_version)
    lines = await lines_of(order.id)
    if not lines:
        errors.add("order", "An order without lines has no price.", "EMPTY_ORDER")
    errors.raise_if_any()
    order.quoted_at, order.quoted_until = at, at + QUOTE_HOLDS
    return await _priced(viewer, given, order, Before(lines), "order", OrderEvent.QUOTED)


async def _changed(
    viewer: Viewer, given: OrderUpdate, order: Order, before: Before, about: str, *, is_for_others: bool = False
) -> Keys:
    """Prices a draft anew that was changed, and ends its quote and whatever was said about its discounts."""
    order.quoted_at = order.quoted_until = None
    order.discount_state = DiscountState.WITHIN_LIMIT
    order.discount_asked_at = order.discount_asked_by_id = order.discount_decided_by_id = None
    order.discount_reason = order.discount_decision_reason = None
    return await _priced(viewer, given, order, before, about, OrderEvent.CHANGED, is_for_others=is_for_others)


async def _priced(
    viewer: Viewer,
    given: OrderUpdate,
    order: Order,
    before: Before,
    about: str,
    kind: OrderEvent,
    *,
    is_for_others: bool = False,
) -> Keys:
    """Gives a draft today's terms, and stores it with its lines."""
    errors, at = InputErrors(), now()
    await apply_terms(order, before.lines, await destination(order), at)
    check_sums(errors, order, before.lines, about)
    errors.raise_if_any()
    await before.store_changes()
    await store(order, kind)
    if is_for_others:
        await mask_about(order)
    return await told(viewer, given, order, kind, at)
