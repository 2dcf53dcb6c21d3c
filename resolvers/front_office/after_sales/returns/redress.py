"""What is sent once more, and what a complaint's redress makes when its answer goes out: a refund, or an order that replaces.

The surprising rules: what is sent once more costs what it cost, at a discount of everything, and waits for stock like any order,
so that whoever adds to it later needs approval; and a refund of a complaint about no order makes nothing here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models.front_office.customers import Customer
from models.front_office.sales.orders import Order, OrderEvent, OrderLine, OrderStatus
from models.front_office.service.answers import AnswerStatus, ComplaintAnswer, Redress
from models.front_office.service.complaints import Complaint
from models.kit.base import as_of, ids_of, is_one_of, new_id, now
from models.kit.sql import read_rows
from resolvers.events import record
from resolvers.front_office.after_sales.returns.limits import gives_alone
from resolvers.front_office.after_sales.returns.refunding import above_paid, make_refund, spread
from resolvers.front_office.after_sales.returns.requesting import OrderPieces
from resolvers.front_office.sales.orders.lines import MOST_LINES, check_pieces, lines_of, of_lines, sums
from resolvers.front_office.sales.orders.placing import make_placed, stand
from resolvers.front_office.sales.orders.steps import ByOrderVersion, OrderDryRunnable
from resolvers.front_office.sales.orders.terms import WHOLE, price_order
from resolvers.kit.commands import InputErrors, Key, Keys, Viewer, command, member
from resolvers.kit.loading import load
from resolvers.kit.numbers import next_number

COPIED = ("ship_name", "ship_street", "ship_city", "ship_region", "ship_postal_code", "ship_country", "asked_by")
COPIED_OF_LINE = "product_id product_name unit_price_minor tax_rate_basis_points warranty_months currency".split()


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
    whoever approves those. At what the pieces were sold for it counts with refunds and redress: above the viewer's limit, and by
    who recorded a payment of the order, a second person approves it as the redress of a complaint. Errors: SECOND_PERSON_NEEDED.
    """
    errors, at = InputErrors(), now()
    order = await load(viewer, Order, given.order, errors, given.expected_version)
    left = {one.line.id: one for one in await _replaceable(order)}
    if not 1 <= len(given.lines) <= MOST_LINES:
        errors.add("lines", f"Between 1 and {MOST_LINES} lines are replaced at once.")
        errors.raise_if_any()
    again: list[Again] = []
    lines = {key: one.line for key, one in left.items()}
    for inner, line, piece in of_lines(errors.within("lines"), given.lines, lines):
        check_pieces(inner, piece.quantity, left[line.id].quantity, "can be replaced")
        again.append(Again(line, piece.quantity))
    errors.raise_if_any()
    worth = sum(one.line.unit_price_minor * one.quantity for one in again)
    if worth and not await gives_alone(viewer, order, worth):
        message = (
            "You may not give so much alone: grant it as the redress of a complaint, which somebody else approves."
        )
        errors.add("lines", message, "SECOND_PERSON_NEEDED")
    errors.raise_if_any()
    made = await _place_again(viewer, order, again, at, path=("input", "lines"))
    return {"order": made.id}


async def _replaceable(order: Order) -> list[Again]:
    """How many pieces of each line were shipped, and neither refunded nor replaced. The order is locked."""
    replaced = await sums(
        "l.quantity",
        "l.product_id",
        "order_lines l JOIN orders o ON o.id = l.order_id"
        f" WHERE o.replaces_id = '{order.id}' AND o.status <> 'CANCELLED'",
    )
    left: list[Again] = []
    for line in await lines_of(order.id):
        pieces = max(line.shipped_quantity - line.refunded_quantity, 0)
        # What is replaced is known by its product only: two lines of the same one are replaced in their order.
        gone = min(pieces, replaced.get(line.product_id, 0))
        replaced[line.product_id] = replaced.get(line.product_id, 0) - gone
        left.append(Again(line, pieces - gone))
    return left


async def _place_again(
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
            quantity=one.quantity,
            discount_basis_points=WHOLE,
            total_minor=0,
            **{column: getattr(one.line, column) for column in COPIED_OF_LINE},
        )
        for position, one in enumerate(again, start=1)
    ]
    price_order(made, lines)
    make_placed(made, await Customer.get(id=order.customer_id), at)
    await made.save(force_create=True)
    await OrderLine.bulk_create(lines)
    await record(OrderEvent.REPLACED, order, actor=viewer, at=at)
    await stand(viewer, OrderDryRunnable(), made, lines, at, path)
    return made


# --- Of a complaint ---------------------------------------------------------------------------------------------------


async def the_order_of(complaint: Complaint) -> Order | None:
    """The order that a complaint is about, locked: two complaints about one order must not both get what is left of it."""
    key = complaint.order_id
    return await Order.select_for_update(no_key=True).get(id=key) if key is not None else None


async def check_refund(order: Order, minor: int, errors: InputErrors, member: str, *, but: UUID | None = None) -> None:
    """Notes a refund above what was paid, and neither refunded nor granted already, by another answer than `but`."""
    left_of_it = left_to_refund_sql("bought", but=f"'{but}'" if but else None)
    [row] = await read_rows(f"SELECT {left_of_it} AS minor FROM orders bought WHERE bought.id = '{order.id}'")
    left = int(row["minor"])
    if minor > left:
        errors.add(member, above_paid(left, order.currency), "ABOVE_PAID")


def left_to_refund_sql(order: str, *, but: str | None) -> str:
    """How much of an order, known by its alias, answers can still give back, in minor units, as an SQL value.

    `but` is the key of an answer, in SQL, that does not count as granted.
    """
    # What was paid above the lines' sum was never owed: it is given back without a complaint.
    paid = f"{order}.paid_minor - {order}.refunded_minor"
    of_lines = f"SELECT coalesce(sum(l.refunded_minor), 0) FROM order_lines l WHERE l.order_id = {order}.id"
    owed = f"{order}.total_minor - ({of_lines})"
    # Of these answers no refund has come yet: they wait, or were sent before refunds were kept.
    granted = (
        "SELECT coalesce(sum(a.amount_minor), 0) FROM complaint_answers a JOIN complaints c ON c.id = a.complaint_id"
        " WHERE NOT EXISTS (SELECT 1 FROM refunds r WHERE r.answer_id = a.id)"
        f" AND c.order_id = {order}.id AND a.redress = '{Redress.REFUND}'"
        f" AND {is_one_of('a.status', (AnswerStatus.PROPOSED, AnswerStatus.SENT))}"
    )
    other = f" AND a.id <> {but}" if but else ""
    return f"(CASE WHEN {paid} < {owed} THEN {paid} ELSE {owed} END - ({granted}{other}))"


async def check_replacement(complaint: Complaint, errors: InputErrors, member: str) -> None:
    """Notes when nothing can be replaced: the complaint is about no order, or nothing of it was shipped. Locks the order."""
    order = await the_order_of(complaint)
    if order is None:
        errors.add(member, "There is no order to replace anything of.", "NEEDS_ORDER")
    elif not await _to_replace(complaint, order):
        errors.add(member, "Nothing was shipped that is neither refunded nor replaced.", "NOTHING_TO_REPLACE")


def can_be_replaced_sql(complaint: str) -> str:
    """A condition that something can be replaced of what a complaint, known by its alias, is about; `_replaceable` says what."""
    # Of several lines of one product the first ones are replaced first.
    so_far = (
        "SELECT sum(l.shipped_quantity - l.refunded_quantity) FROM order_lines l WHERE l.order_id = sent.order_id"
        " AND l.product_id = sent.product_id AND l.position <= sent.position AND l.shipped_quantity > l.refunded_quantity"
    )
    replaced = (
        "SELECT coalesce(sum(l.quantity), 0) FROM order_lines l JOIN orders o ON o.id = l.order_id"
        " WHERE o.replaces_id = sent.order_id AND o.status <> 'CANCELLED' AND l.product_id = sent.product_id"
    )
    about = (
        f"CASE WHEN {complaint}.order_line_id IS NOT NULL THEN sent.id = {complaint}.order_line_id"
        f" ELSE {complaint}.product_id IS NULL OR sent.product_id = {complaint}.product_id END"
    )
    return (
        f"EXISTS (SELECT 1 FROM order_lines sent WHERE ({so_far}) > ({replaced}) AND ({about})"
        f" AND sent.order_id = {complaint}.order_id AND sent.shipped_quantity > sent.refunded_quantity)"
    )


async def worth_of_replacement(complaint: Complaint) -> tuple[int, str] | None:
    """What a replacement is worth, in minor units, and their currency; None where nothing that has a price can be replaced.

    Its unit prices when it was sold, before discount: what was sent for nothing once is not worth less the second time.
    """
    order = await Order.get_or_none(id=complaint.order_id)
    if order is None:
        return None
    worth = sum(one.line.unit_price_minor * one.quantity for one in await _to_replace(complaint, order))
    return (worth, order.currency) if worth else None


async def _to_replace(complaint: Complaint, order: Order) -> list[Again]:
    return [one for one in await _replaceable(order) if one.quantity and _is_about(complaint, one.line)]


def _is_about(complaint: Complaint, line: OrderLine) -> bool:
    """Whether a complaint is about a line of its order: its own line, else its product's, else all of them."""
    if complaint.order_line_id is not None:
        return line.id == complaint.order_line_id
    return complaint.product_id in (None, line.product_id)


async def put_right(viewer: Viewer, complaint: Complaint, answer: ComplaintAnswer, at: datetime, member: str) -> None:
    """Makes what an answer that goes out grants: the refund, or the order, which know the complaint and lead back to it.

    That there is something to replace has been checked. `member` of the input is what a shortage is about. Of the moment
    it keeps the day alone: whoever reads when complaints are answered and when refunds are made finds no two that are alike.
    """
    if answer.redress not in (Redress.REFUND, Redress.REPLACEMENT):
        return
    order = await the_order_of(complaint)
    if order is None:
        return
    day = at.replace(hour=0, minute=0, second=0, microsecond=0)
    with as_of(day, ids_of(day)):
        await _put_right(viewer, complaint, answer, order, day, member)


async def _put_right(
    viewer: Viewer, complaint: Complaint, answer: ComplaintAnswer, order: Order, at: datetime, member: str
) -> None:
    if answer.redress is Redress.REPLACEMENT:
        again = await _to_replace(complaint, order)
        assert again, "Something is left to be replaced of it."
        await _place_again(viewer, order, again, at, complaint=complaint.id, path=("input", member))
        return
    lines, named = await lines_of(order.id), complaint.order_line_id or complaint.product_id
    first = next((line.id for line in lines if named and _is_about(complaint, line)), None)
    parts = spread(lines, answer.amount_minor, first)
    # Its reasons stand with the answer: as the refund's too, they would lead from the complaint to the order.
    await make_refund(viewer, order, parts, at, None, complaint_id=complaint.id, answer_id=answer.id)
