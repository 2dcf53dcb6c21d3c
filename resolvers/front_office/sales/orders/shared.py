"""What the verbs on orders share: finding an order, its terms as they are today, what is given of lines and addresses."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tortoise.connection import get_connection

from models.back_office.products.catalogue import SOLD, ProductStatus
from models.front_office.customers import Customer
from models.front_office.sales.orders import DiscountState, Order, OrderLine, OrderStatus, visible_orders
from models.kit.base import new_id
from models.kit.events import EventKind
from models.permissions import Role
from resolvers.events.record import record
from resolvers.front_office.sales.orders.pricing import LARGEST_TOTAL_MINOR, WHOLE, price_order
from resolvers.front_office.sales.orders.steps import MACHINE
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.loading import access
from resolvers.kit.viewer import Viewer

Keys = dict[str, UUID | tuple[UUID, ...]]

LARGEST_QUANTITY = 1_000_000
MOST_LINES = 100
DRAFT_COLUMNS = (
    "currency discount_basis_points net_minor tax_minor total_minor quoted_at quoted_until discount_state discount_asked_by_id"
    " discount_reason discount_decided_by_id discount_decision_reason customer_name bill_street bill_city bill_region"
    " bill_postal_code bill_country ship_name ship_street ship_city ship_region ship_postal_code ship_country version"
).split()
"""What the verbs on drafts write: never the sums that the database keeps."""

TERMS = "product_name unit_price_minor tax_rate_basis_points warranty_months net_minor tax_minor total_minor".split()
"""What a line gets from its product, the day and the order."""


@dataclass(frozen=True, slots=True)
class GivenLine:
    """A line as somebody asks for it. `discount_basis_points` is hundredths of a percent."""

    product: UUID | None
    quantity: int
    discount_basis_points: int = 0


@dataclass(frozen=True, slots=True)
class GivenAddress:
    """Where goods go. The country decides which tax is added."""

    name: str
    street: str
    city: str
    country: str
    region: str | None = None
    postal_code: str | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """On which terms a product is sold today. The rate is the one in force where the goods go."""

    product: UUID
    name: str
    status: ProductStatus
    currency: str
    list_price_minor: int
    warranty_months: int | None
    tax_rate_basis_points: int


async def access_order(viewer: Viewer, key: UUID | None) -> Order | None:
    """One order that the viewer sees, not locked; None when there is none."""
    return await access(viewer, Order, visible_orders, key, lock=False)


async def order_at(viewer: Viewer, key: UUID | None, expected_version: int | None, errors: InputErrors) -> Order:
    """One order that the viewer sees, locked; refuses the change at once when there is none."""
    order = await access(viewer, Order, visible_orders, key)
    if order is None:
        errors.not_found("order", "order")
        raise errors.refusal()
    errors.version(order.version, expected_version)
    return order


async def draft_at(viewer: Viewer, key: UUID | None, expected_version: int | None, errors: InputErrors) -> Order:
    """One draft that the viewer sees, locked; what was placed is amended, and not written anew."""
    order = await order_at(viewer, key, expected_version, errors)
    if order.status != OrderStatus.DRAFT:
        errors.add_problem(await MACHINE.illegal(viewer, order, OrderStatus.DRAFT))
        errors.raise_if_any()
    return order


async def lines_of(order: Order) -> list[OrderLine]:
    """An order's lines, in their order."""
    return await OrderLine.filter(order_id=order.id).order_by("position")


# --- Terms ------------------------------------------------------------------------------------------------------------


async def terms_of(
    products: Iterable[UUID], country: str, roles: Iterable[Role], at: datetime
) -> tuple[dict[UUID, Terms], int]:
    """The terms of these products for goods that go to a country, and up to which discount one of the roles sells alone.

    One statement. A rate for the product's category goes before the country's general one; where none is in force, none is added.
    """
    wanted = ", ".join(f"'{product}'" for product in sorted(set(products)))
    if not wanted:
        return {}, 0
    connection = get_connection("default")
    place = "$1" if connection.capabilities.dialect == "postgres" else "?1"
    held = ", ".join(f"'{role.value}'" for role in sorted(roles)) or "''"
    today = f"'{at.date().isoformat()}'"
    rows = await connection.execute_query_dict(
        "SELECT p.id, p.name, p.status, p.currency, p.list_price_minor, p.warranty_months,"
        " (SELECT t.rate_basis_points FROM tax_rates t"
        f" WHERE lower(t.country) = lower({place}) AND t.valid_from <= {today}"
        f" AND (t.valid_until IS NULL OR t.valid_until >= {today})"
        " AND (t.category_id IS NULL OR t.category_id = p.category_id)"
        " ORDER BY (t.category_id IS NULL), t.valid_from DESC LIMIT 1) AS rate,"
        f" (SELECT max(d.limit_basis_points) FROM discount_limits d WHERE d.role IN ({held})) AS discount_limit"
        f" FROM products p WHERE p.id IN ({wanted})",
        [country],
    )
    found = [
        Terms(
            UUID(str(row["id"])),
            row["name"],
            ProductStatus(row["status"]),
            row["currency"],
            row["list_price_minor"],
            row["warranty_months"],
            row["rate"] or 0,
        )
        for row in rows
    ]
    return {one.product: one for one in found}, (rows[0]["discount_limit"] or 0) if rows else 0


def destination(order: Order, customer: Customer) -> str:
    """The country that goods go to: the customer's own unless the order says another."""
    return order.ship_country or customer.country


async def apply_terms(
    order: Order,
    lines: Sequence[OrderLine],
    customer: Customer,
    viewer: Viewer,
    at: datetime,
    *,
    keep_prices: bool = False,
) -> tuple[dict[UUID, Terms], int]:
    """Gives the lines the names, prices, tax rates and warranties of today and works out all sums; the caller stores them.

    `keep_prices` leaves unit prices as they were quoted. Answers with the terms and the viewer's discount limit.
    """
    terms, limit = await terms_of({line.product_id for line in lines}, destination(order, customer), viewer.roles, at)
    for line in lines:
        today = terms[line.product_id]
        line.product_name = today.name
        line.tax_rate_basis_points = today.tax_rate_basis_points
        line.warranty_months = today.warranty_months
        if not keep_prices:
            line.unit_price_minor = today.list_price_minor
    price_order(order, lines)
    return terms, limit


# --- What is given ----------------------------------------------------------------------------------------------------


def check_line(errors: InputErrors, given: GivenLine, terms: Terms | None, currency: str | None) -> None:
    """Notes what is wrong with a line that somebody asks for."""
    if terms is None:
        errors.not_found("product", "product")
    elif terms.status not in SOLD:
        errors.add("product", f"{terms.name} is {terms.status} and cannot be ordered.", "NOT_ON_SALE")
    elif currency is not None and terms.currency != currency:
        errors.add(
            "product", f"{terms.name} is sold in {terms.currency}, the order is in {currency}.", "OTHER_CURRENCY"
        )
    check_quantity(errors, given.quantity)
    check_discount(errors, given.discount_basis_points)


def check_quantity(errors: InputErrors, quantity: int, least: int = 1) -> None:
    """Notes a quantity that nobody orders."""
    if not least <= quantity <= LARGEST_QUANTITY:
        errors.add("quantity", f"A quantity is between {least} and {LARGEST_QUANTITY:,}.")


def check_discount(errors: InputErrors, discount_basis_points: int) -> None:
    """Notes a discount that is none."""
    if not 0 <= discount_basis_points <= WHOLE:
        errors.add("discountBasisPoints", f"A discount is between 0 and {WHOLE} hundredths of a percent.")


async def check_unused(errors: InputErrors, removed: Sequence[UUID], member: str) -> None:
    """A line that something else tells of stays, with nothing lost: its order can be cancelled as a whole."""
    if not removed:
        return
    keys = ", ".join(f"'{key}'" for key in sorted(removed))
    rows = await get_connection("default").execute_query_dict(
        f"SELECT 1 AS one WHERE EXISTS (SELECT 1 FROM complaints WHERE order_line_id IN ({keys}))"
        f" OR EXISTS (SELECT 1 FROM shipment_lines WHERE order_line_id IN ({keys}))"
        f" OR EXISTS (SELECT 1 FROM refund_lines WHERE order_line_id IN ({keys}))"
    )
    if rows:
        errors.add(member, "A complaint, a shipment or a refund is about a line that is to go.", "LINE_IN_USE")


def check_sums(errors: InputErrors, order: Order, lines: Sequence[OrderLine], member: str) -> None:
    """Notes an order with more lines, or for more money, than anybody means."""
    if len(lines) > MOST_LINES:
        errors.add(member, f"An order has at most {MOST_LINES} lines.")
    if order.total_minor > LARGEST_TOTAL_MINOR:
        errors.add(member, "Nobody orders for so much money.")


def write_address(errors: InputErrors, order: Order, given: GivenAddress) -> None:
    """Puts where the goods go on the order."""
    order.ship_name = errors.text("name", given.name, 200)
    order.ship_street = errors.text("street", given.street, 200)
    order.ship_city = errors.text("city", given.city, 100)
    order.ship_region = errors.optional_text("region", given.region, 100)
    order.ship_postal_code = errors.optional_text("postalCode", given.postal_code, 20)
    order.ship_country = errors.text("country", given.country, 100)


def new_line(order: Order, position: int, given: GivenLine, terms: Terms) -> OrderLine:
    """A line that is not stored yet."""
    return OrderLine(
        id=new_id(),
        order_id=order.id,
        position=position,
        product_id=terms.product,
        product_name=terms.name,
        quantity=given.quantity,
        unit_price_minor=terms.list_price_minor,
        discount_basis_points=given.discount_basis_points,
        currency=order.currency,
        tax_rate_basis_points=terms.tax_rate_basis_points,
        warranty_months=terms.warranty_months,
        total_minor=0,
    )


# --- Storing ----------------------------------------------------------------------------------------------------------


class Before:
    """What lines were, so that only those are written that became something else."""

    def __init__(self, lines: Sequence[OrderLine], *columns: str) -> None:
        self._columns = (*TERMS, *columns)
        self._lines = lines
        self._were = {line.id: self._state(line) for line in lines}

    def _state(self, line: OrderLine) -> tuple[object, ...]:
        return tuple(getattr(line, column) for column in self._columns)

    async def store_changes(self) -> None:
        """Writes those lines that became something else, in one statement."""
        changed = [line for line in self._lines if self._state(line) != self._were[line.id]]
        for line in changed:
            line.version += 1
        if changed:
            await OrderLine.bulk_update(changed, [*self._columns, "version"])


def begin_anew(order: Order) -> None:
    """What follows from a change of a draft: its quote ends, and its discounts must be asked for anew."""
    order.quoted_at = order.quoted_until = None
    order.discount_state = DiscountState.WITHIN_LIMIT
    order.discount_asked_by_id = order.discount_decided_by_id = None
    order.discount_reason = order.discount_decision_reason = None


async def store(order: Order, *columns: str) -> None:
    """Writes an order, one version later."""
    order.version += 1
    await order.save(update_fields=[*DRAFT_COLUMNS, *columns])


async def count_version(order: Order) -> None:
    """Lets an order be at its next version although none of its own columns changed, but a list or a ledger of it did.

    Whoever read it before knows too little to go on with `expectedVersion`: the second click does nothing.
    """
    order.version += 1
    await order.save(update_fields=["version"])


async def tell(viewer: Viewer, order: Order, kind: EventKind, at: datetime) -> None:
    """Records what happened to an order."""
    await record(kind, actor=viewer.account, at=at, order_id=order.id)
