"""What a complaint's redress makes when its answer goes out: a refund of the order, or an order that replaces it.

The surprising rule: a refund of a complaint about no order makes nothing here: there is nothing that it could be a part of.
"""

from datetime import datetime
from uuid import UUID

from tortoise.connection import get_connection

from models.front_office.sales.orders import Order
from models.front_office.service.answers import AnswerStatus, ComplaintAnswer, Redress
from models.front_office.service.complaints import Complaint
from resolvers.front_office.after_sales.returns.refunding import Origin, above_paid, lines_refunded, make_refund, spread
from resolvers.front_office.after_sales.returns.replacing import Again, place_again, replaceable
from resolvers.front_office.sales.orders.lines import lines_of
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.problems import refuse
from resolvers.kit.viewer import Viewer

PATH = ("input", "complaint")
"""What a shortage is about: answering and confirming a case's answer both name the complaint."""


async def the_order_of(complaint: Complaint) -> Order | None:
    """The order that a complaint is about, locked: two complaints about one order must not both get what is left of it."""
    key = complaint.order_id
    return await Order.select_for_update(no_key=True).get(id=key) if key is not None else None


async def check_refund(order: Order, minor: int, errors: InputErrors, member: str, *, but: UUID | None = None) -> None:
    """Notes a refund above what was paid, and neither refunded nor granted already, by another answer than `but`."""
    # What was paid above the lines' sum was never owed: it is given back without a complaint.
    of_lines = order.total_minor - await lines_refunded(order.id)
    left = min(order.paid_minor - order.refunded_minor, of_lines) - await _granted(order, but)
    if minor > left:
        errors.add(member, above_paid(left, order.currency), "ABOVE_PAID")


async def _granted(order: Order, but: UUID | None) -> int:
    """What answers have granted of an order, and no refund has come of yet: they wait, or were sent before refunds were kept."""
    other = f" AND a.id <> '{but}'" if but else ""
    [row] = await get_connection("default").execute_query_dict(
        "SELECT coalesce(sum(a.amount_minor), 0) AS granted FROM complaint_answers a"
        f" JOIN complaints c ON c.id = a.complaint_id AND c.order_id = '{order.id}'"
        f" WHERE a.redress = '{Redress.REFUND}' AND a.status IN ('{AnswerStatus.PROPOSED}', '{AnswerStatus.SENT}')"
        f" AND NOT EXISTS (SELECT 1 FROM refunds r WHERE r.answer_id = a.id){other}"
    )
    return int(row["granted"])


async def check_replacement(complaint: Complaint, errors: InputErrors, member: str) -> None:
    """Notes when nothing can be replaced: the complaint is about no order, or nothing of it was shipped. Locks the order."""
    order = await the_order_of(complaint)
    if order is None:
        errors.add(member, "There is no order to replace anything of.", "NEEDS_ORDER")
    elif not await _to_replace(complaint, order):
        errors.add(member, "Nothing was shipped that is neither refunded nor replaced.", "NOTHING_TO_REPLACE")


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
    """What a complaint is about: its line of the order, else its product's, else all of it."""
    product = complaint.product_id
    left = await replaceable(order)
    return [
        Again(line, left[line.id])
        for line in await lines_of(order.id)
        if left[line.id]
        and (
            line.id == complaint.order_line_id
            if complaint.order_line_id is not None
            else product is None or line.product_id == product
        )
    ]


async def put_right(viewer: Viewer, complaint: Complaint, answer: ComplaintAnswer, at: datetime) -> None:
    """Makes what an answer that goes out grants: the refund, or the order, which know the complaint and lead back to it."""
    if answer.redress not in (Redress.REFUND, Redress.REPLACEMENT):
        return
    order = await the_order_of(complaint)
    if order is None:
        return
    if answer.redress is Redress.REPLACEMENT:
        again = await _to_replace(complaint, order)
        if not again:
            raise refuse("NOTHING_TO_REPLACE", "Nothing of it is left to be replaced.", *PATH)
        await place_again(viewer, order, again, at, complaint=complaint.id, path=PATH)
        return
    lines = await lines_of(order.id)
    parts = spread(lines, answer.amount_minor, _about(complaint, [(line.id, line.product_id) for line in lines]))
    origin = Origin(answer.reasons, complaint=complaint.id, answer=answer.id)
    await make_refund(order, parts, viewer.account, at, origin)


def _about(complaint: Complaint, lines: list[tuple[UUID, UUID]]) -> UUID | None:
    """The line that a complaint is about, by itself or by its product."""
    product = complaint.product_id
    return complaint.order_line_id or next((line for line, of in lines if of == product), None)
