"""Lines of orders: what is said of one, what may be wrong with it, and writing those that became something else."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar
from uuid import UUID

from models.back_office.products.catalogue import SOLD, Product
from models.front_office.sales.orders import Order, OrderLine
from models.kit.base import new_id
from models.kit.sql import listed, read_rows
from resolvers.front_office.sales.orders.terms import LARGEST_TOTAL_MINOR, WHOLE, Terms
from resolvers.kit.commands import InputErrors, Key, command, member

LARGEST_QUANTITY = 1_000_000
MOST_LINES = 100


@command
class NewOrderLine:
    """One product on an order."""

    product: Key[Product] = member("The product, which is on sale and in the order's currency.")
    quantity: int = member("How many pieces, 1 to 1,000,000.")
    discount_basis_points: int = member(
        "What comes off its list price, in hundredths of a percent: 1500 is 15 %.", default=0
    )


@command
class OfLine:
    """A part of a command that says something of a line of an order."""

    order_line: Key[OrderLine] = member("The line.")


P = TypeVar("P", bound=OfLine)


async def lines_of(order: UUID) -> list[OrderLine]:
    """An order's lines, in their order."""
    return await OrderLine.filter(order_id=order).order_by("position")


async def sums(value: str, by: str, rows: str) -> dict[UUID, int]:
    """The sums of a value over some rows in SQL, by the key that a column holds."""
    found = await read_rows(f"SELECT {by} AS key_id, sum({value}) AS summed FROM {rows} GROUP BY {by}")
    return {row["key_id"]: int(row["summed"]) for row in found}


async def lines_by_id(order: UUID) -> dict[UUID, OrderLine]:
    """An order's lines by their keys, in their order."""
    return {line.id: line for line in await lines_of(order)}


def of_lines(
    errors: InputErrors, given: Sequence[P], lines: Mapping[UUID, OrderLine]
) -> Iterator[tuple[InputErrors, OrderLine, P]]:
    """What is said of lines of an order, each with its line and the checks of its own; notes lines that are not there."""
    seen: set[UUID] = set()
    for number, one in enumerate(given):
        inner = errors.within(str(number))
        line = lines.get(one.order_line.id) if one.order_line.id else None
        if line is None:
            inner.not_found("orderLine", "line of this order")
            continue
        if line.id in seen:
            inner.add("orderLine", "This line is named twice.")
        seen.add(line.id)
        yield inner, line, one


# --- What may be wrong ------------------------------------------------------------------------------------------------


def check_line(errors: InputErrors, given: NewOrderLine, terms: Terms | None, currency: str | None) -> None:
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
    message = f"A quantity is between {least} and {LARGEST_QUANTITY:,}."
    errors.number("quantity", quantity, LARGEST_QUANTITY, least=least, message=message)


def check_discount(errors: InputErrors, discount_basis_points: int) -> None:
    """Notes a discount that is none."""
    if not 0 <= discount_basis_points <= WHOLE:
        errors.add("discountBasisPoints", f"A discount is between 0 and {WHOLE} hundredths of a percent.")


def check_pieces(errors: InputErrors, quantity: int, left: int, can: str) -> None:
    """Notes a quantity of which there is none, or that is more than is left; `can` says of what."""
    if quantity < 1:
        errors.add("quantity", "A quantity is 1 or more.")
    elif quantity > left:
        errors.add("quantity", f"{left} of it {can}.", "TOO_MANY")


TELL_OF_LINES = ("complaints", "shipment_lines", "return_lines", "refund_lines", "refund_proposal_lines")
"""The tables that keep a line of an order from going."""


async def check_unused(errors: InputErrors, removed: Sequence[UUID], about: str) -> None:
    """A line that something else tells of stays, with nothing lost: its order can be cancelled as a whole."""
    if not removed:
        return
    told = (f"SELECT 1 FROM {table} WHERE order_line_id IN ({listed(removed)})" for table in TELL_OF_LINES)
    if await read_rows(" UNION ALL ".join(told)):
        message = "A complaint, a shipment, a return or a refund, be it only proposed, is about a line that is to go."
        errors.add(about, message, "LINE_IN_USE")


def check_sums(errors: InputErrors, order: Order, lines: Sequence[OrderLine], about: str) -> None:
    """Notes an order with more lines, or for more money, than anybody means."""
    if len(lines) > MOST_LINES:
        errors.add(about, f"An order has at most {MOST_LINES} lines.")
    if order.total_minor > LARGEST_TOTAL_MINOR:
        errors.add(about, "Nobody orders for so much money.")


# --- Writing ----------------------------------------------------------------------------------------------------------


def new_line(order: Order, position: int, given: NewOrderLine, terms: Terms) -> OrderLine:
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


class Before:
    """What lines were, so that only those are written that became something else."""

    _COLUMNS = (
        "product_name quantity unit_price_minor discount_basis_points tax_rate_basis_points warranty_months"
        " net_minor tax_minor total_minor"
    ).split()

    def __init__(self, lines: Sequence[OrderLine]) -> None:
        self.lines = lines
        self._were = [self._state(line) for line in lines]

    def _state(self, line: OrderLine) -> list[object]:
        return [getattr(line, column) for column in self._COLUMNS]

    async def store_changes(self) -> None:
        """Writes those lines that became something else, in one statement."""
        changed = [line for line, was in zip(self.lines, self._were, strict=True) if self._state(line) != was]
        for line in changed:
            line.version += 1
        if changed:
            await OrderLine.bulk_update(changed, [*self._COLUMNS, "version"])
