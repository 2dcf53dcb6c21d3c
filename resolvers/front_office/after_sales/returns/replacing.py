"""Replacing: the same again without paying again, as an order of its own that waits for stock like any other.

The surprising rule: its lines cost what they cost, at a discount of everything; so whoever adds to it later needs approval.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from tortoise.connection import get_connection

from models.back_office.products.catalogue import Product, ProductStatus
from models.front_office.customers import Customer
from models.front_office.sales.orders import Order, OrderEvent, OrderLine, OrderStatus
from models.kit.base import new_id, now
from resolvers.back_office.logistics.inventory.reordering import alert
from resolvers.front_office.after_sales.returns.requesting import OrderPieces
from resolvers.front_office.sales.orders.lines import MOST_LINES, lines_by_id, lines_of, of_lines
from resolvers.front_office.sales.orders.placing import stand
from resolvers.front_office.sales.orders.pricing import WHOLE, price_order
from resolvers.front_office.sales.orders.updates import ByOrderVersion, count_version, tell
from resolvers.kit.commands import Key, Keys, command, member
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.loading import load
from resolvers.kit.numbers import next_number
from resolvers.kit.problems import Refused
from resolvers.kit.viewer import Viewer

NEVER_AGAIN = (ProductStatus.PHASING_OUT, ProductStatus.WITHDRAWN)
COPIED = ("ship_name", "ship_street", "ship_city", "ship_region", "ship_postal_code", "ship_country", "asked_by")


@dataclass(frozen=True, slots=True)
class Again:
    """So many pieces of one line that are sent once more."""

    line: OrderLine
    quantity: int


@command
class ReplaceOrderLines(ByOrderVersion):
    """What is sent once more, for nothing."""

    order: Key[Order] = member("The order.")
    lines: tuple[OrderPieces, ...] = member(
        "1 to 100 lines, each once; of each at most what was shipped and neither refunded nor replaced."
    )


async def replace_order_lines(viewer: Viewer, given: ReplaceOrderLines) -> Keys:
    """Sends pieces of an order once more for nothing, as an order that replaces it. It is a discount of everything, and needs
    whoever approves those."""
    errors, at = InputErrors(), now()
    order = await load(viewer, Order, given.order, errors, given.expected_version)
    lines, left = await lines_by_id(order.id), await replaceable(order)
    if not 1 <= len(given.lines) <= MOST_LINES:
        errors.add("lines", f"Between 1 and {MOST_LINES} lines are replaced at once.")
        errors.raise_if_any()
    again: list[Again] = []
    for inner, line, piece in of_lines(errors.within("lines"), given.lines, lines):
        if piece.quantity < 1:
            inner.add("quantity", "A quantity is 1 or more.")
        elif piece.quantity > left.get(line.id, 0):
            inner.add("quantity", f"{left.get(line.id, 0)} of it can be replaced.", "TOO_MANY")
        again.append(Again(line, piece.quantity))
    errors.raise_if_any()
    made = await place_again(viewer, order, again, at, path=("input", "lines"))
    return {"order": made.id}


async def replaceable(order: Order) -> dict[UUID, int]:
    """How many pieces of each line were shipped, and neither refunded nor replaced. The order is locked."""
    rows = await get_connection("default").execute_query_dict(
        "SELECT l.product_id AS product, sum(l.quantity) AS quantity FROM order_lines l JOIN orders o ON o.id = l.order_id"
        f" WHERE o.replaces_id = '{order.id}' AND o.status <> 'CANCELLED' GROUP BY l.product_id"
    )
    replaced = {UUID(str(row["product"])): int(row["quantity"]) for row in rows}
    left: dict[UUID, int] = {}
    for line in await lines_of(order.id):
        pieces = max(line.shipped_quantity - line.refunded_quantity, 0)
        # What is replaced is known by its product only: two lines of the same one are replaced in their order.
        gone = min(pieces, replaced.get(line.product_id, 0))
        replaced[line.product_id] = replaced.get(line.product_id, 0) - gone
        left[line.id] = pieces - gone
    return left


async def place_again(
    viewer: Viewer,
    order: Order,
    again: Sequence[Again],
    at: datetime,
    *,
    complaint: UUID | None = None,
    path: tuple[str, ...],
) -> Order:
    """Places an order for nothing that replaces parts of another one, which is locked. `path` is what shortages are about."""
    made = Order(
        id=new_id(),
        number=await next_number("ORD", at),
        customer_id=order.customer_id,
        status=OrderStatus.DRAFT,
        placed_at=at,
        currency=order.currency,
        total_minor=0,
        taken_by_id=viewer.account,
        replaces_id=order.id,
        complaint_id=complaint,
        **{column: getattr(order, column) for column in COPIED},
    )
    lines = [
        OrderLine(
            id=new_id(),
            order_id=made.id,
            position=position,
            product_id=one.line.product_id,
            product_name=one.line.product_name,
            quantity=one.quantity,
            unit_price_minor=one.line.unit_price_minor,
            discount_basis_points=WHOLE,
            tax_rate_basis_points=one.line.tax_rate_basis_points,
            warranty_months=one.line.warranty_months,
            currency=order.currency,
            total_minor=0,
        )
        for position, one in enumerate(again, start=1)
    ]
    price_order(made, lines)
    await made.save(force_create=True)
    await OrderLine.bulk_create(lines)
    products = {line.product_id for line in lines}
    ending = await Product.filter(id__in=list(products), status__in=list(NEVER_AGAIN)).values_list("id", flat=True)
    try:
        await stand(
            made,
            lines,
            await Customer.get(id=order.customer_id),
            at,
            InputErrors(),
            never_again={UUID(str(key)) for key in ending},
        )
    except Refused as refusal:
        raise Refused([replace(problem, path=path) for problem in refusal.problems]) from None
    await count_version(order)
    await tell(viewer, made, OrderEvent.PLACED, at)
    await alert(products, at)
    return made
