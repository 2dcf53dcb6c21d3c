"""Drafting: an order is written down with its customer, with all its lines at today's prices, and placed at once if so wished."""

from datetime import datetime

from models.front_office.customers import Channel, Customer
from models.front_office.sales.orders import Order, OrderEvent, OrderLine, OrderStatus, ShortagePolicy
from models.kit.base import new_id, now
from models.kit.money import CurrencyCode
from resolvers.back_office.logistics.inventory.promising import promise
from resolvers.back_office.logistics.inventory.reordering import alert
from resolvers.front_office.sales.orders.dry_runs import dry_run_of
from resolvers.front_office.sales.orders.lines import NewOrderLine, check_discount, check_line, check_sums, new_line
from resolvers.front_office.sales.orders.placing import check_approved, check_shortage, make_placed, phased_out
from resolvers.front_office.sales.orders.pricing import price_order
from resolvers.front_office.sales.orders.terms import TermsByProduct, terms_of
from resolvers.front_office.sales.orders.updates import OrderDryRunnable, tell
from resolvers.kit.commands import Command, Key, Keys, command, member
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.loading import find
from resolvers.kit.numbers import next_number
from resolvers.kit.viewer import Viewer

MOST_LOOKED_AT = 1000
"""Lines that are looked at one by one: of more, only their number is wrong."""


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
        write_address(errors.within("shipTo"), order, given.ship_to)
    country = order.ship_country or (customer.country if customer else "")
    asked = given.lines[:MOST_LOOKED_AT]
    products = {line.product.id for line in asked if line.product.id}
    terms, limit = await terms_of(products, country if not errors.count else "", viewer.roles, at)
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
        if given.place:
            check_approved(errors, order, lines, limit, dry_run=given.dry_run, about="place")
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
        raise await dry_run_of(order, lines, limit)
    await tell(viewer, order, OrderEvent.PLACED if given.place else OrderEvent.DRAFTED, at)
    if given.place:
        await alert({line.product_id for line in lines}, at)
    return {"order": order.id}


def _currency(errors: InputErrors, given: DraftOrder, terms: TermsByProduct) -> str:
    """The order's currency: as given, else that of its first product."""
    if given.currency is not None:
        return given.currency
    first = next((terms[line.product.id].currency for line in given.lines if line.product.id in terms), None)
    if first is None and not given.lines:
        errors.add("currency", "An order without lines needs a currency.", "REQUIRED")
    return first or ""


def write_address(errors: InputErrors, order: Order, given: OrderAddress) -> None:
    """Puts where the goods go on the order."""
    order.ship_name = errors.text("name", given.name, 200)
    order.ship_street = errors.text("street", given.street, 200)
    order.ship_city = errors.text("city", given.city, 100)
    order.ship_region = errors.optional_text("region", given.region, 100)
    order.ship_postal_code = errors.optional_text("postalCode", given.postal_code, 20)
    order.ship_country = errors.text("country", given.country, 100)
