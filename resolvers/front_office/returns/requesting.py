"""Requesting, authorising, refusing and closing a return: what the front office does about it, before and after the warehouse.

The surprising rule: logistics reads why something comes back, so who the customer is gets masked in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from models.base import new_id, now
from models.events import EventKind
from models.front_office.complaints import Complaint, visible_complaints
from models.front_office.orders import Order, OrderLine
from models.front_office.returns import CustomerReturn, ReturnLine, ReturnReason, ReturnStatus
from resolvers.access import access
from resolvers.events.record import record
from resolvers.front_office.orders.masking import masked
from resolvers.front_office.orders.shared import count_version, order_at
from resolvers.front_office.returns.shared import (
    MOST_LINES,
    Keys,
    lines_by_id,
    spoken_for,
    step,
    the_return,
    warranties,
)
from resolvers.inputs import Checks
from resolvers.numbers import next_number
from resolvers.problems import Rehearsed
from resolvers.viewer import Viewer


@dataclass(frozen=True, slots=True)
class GivenPieces:
    """So many pieces of one line of an order."""

    line: UUID | None
    quantity: int


@dataclass(frozen=True, slots=True)
class NewReturn:
    """What a customer wants to send back, and why. `names_complaint`: a complaint was named, be it there or not."""

    order: UUID | None
    lines: Sequence[GivenPieces]
    reason: ReturnReason
    text: str | None = None
    complaint: UUID | None = None
    names_complaint: bool = False
    dry_run: bool = False


async def request_return(viewer: Viewer, given: NewReturn, expected_version: int | None) -> Keys:
    """Writes down what a customer wants to send back: never more than was shipped, less what came back or is spoken for."""
    checks, at = Checks(), now()
    text = checks.optional_text("reasonText", given.text)
    order = await order_at(viewer, given.order, expected_version, checks)
    complaint = await access(viewer, Complaint, visible_complaints, given.complaint, lock=False)
    if given.names_complaint and complaint is None:
        checks.missing("complaint", "complaint")
    elif complaint is not None and complaint.order_id != order.id:  # type: ignore[attr-defined]
        checks.wrong("complaint", f"{complaint.number} is not about this order.", "OTHER_ORDER")
    lines = await lines_by_id(order.id)
    await _check_pieces(order, lines, given, checks)
    checks.done()
    if text:
        text = await masked(order, text)
    asked = CustomerReturn(
        id=new_id(),
        number=await next_number("RET", at),
        order_id=order.id,
        complaint_id=complaint.id if complaint else None,
        status=ReturnStatus.REQUESTED,
        reason=given.reason,
        reason_text=text,
        requested_at=at,
        requested_by_id=viewer.account,
    )
    await asked.save(force_create=True)
    await ReturnLine.bulk_create(
        [
            ReturnLine(
                id=new_id(),
                customer_return_id=asked.id,
                position=position,
                order_line_id=piece.line,
                quantity=piece.quantity,
            )
            for position, piece in enumerate(given.lines, start=1)
        ]
    )
    await count_version(order)
    if given.dry_run:
        raise Rehearsed(masked_text=text)
    await record(EventKind.RETURN_REQUESTED, actor=viewer.account, at=at, order_id=order.id, return_id=asked.id)
    return {"customer_return": asked.id, "order": order.id}


async def _check_pieces(order: Order, lines: dict[UUID, OrderLine], given: NewReturn, checks: Checks) -> None:
    if not 1 <= len(given.lines) <= MOST_LINES:
        checks.wrong("lines", f"A return has between 1 and {MOST_LINES} lines.")
        return
    asked = await spoken_for(order.id)
    covered = await warranties(lines) if given.reason is ReturnReason.WARRANTY else {}
    seen: set[UUID] = set()
    for number, piece in enumerate(given.lines):
        inner = checks.within("lines", str(number))
        line = lines.get(piece.line) if piece.line else None
        if line is None:
            inner.missing("orderLine", "line of this order")
            continue
        if line.id in seen:
            inner.wrong("orderLine", "This line is named twice.")
        seen.add(line.id)
        left = max(line.shipped_quantity - line.returned_quantity - asked.get(line.id, 0), 0)
        if piece.quantity < 1:
            inner.wrong("quantity", "A quantity is 1 or more.")
        elif piece.quantity > left:
            inner.wrong("quantity", f"{left} of it can be sent back.", "TOO_MANY")
        if given.reason is ReturnReason.WARRANTY:
            until = covered.get(line.id)
            if until is None:
                inner.wrong("orderLine", "It has no warranty, or is not delivered yet.", "NO_WARRANTY")
            elif now().date() > until:
                inner.wrong("orderLine", f"Its warranty ended on {until}.", "WARRANTY_OVER")


async def authorise_return(viewer: Viewer, key: UUID | None, expected_version: int | None) -> Keys:
    """We take it back; it is on its way."""
    checks, at = Checks(), now()
    found = await the_return(viewer, key, expected_version, "authoriseReturn", ReturnStatus.AUTHORISED, checks)
    checks.done()
    found.authorised_at = at
    return await step(viewer, found, ReturnStatus.AUTHORISED, EventKind.RETURN_AUTHORISED, at)


async def refuse_return(
    viewer: Viewer, key: UUID | None, reason: str, expected_version: int | None, *, dry_run: bool = False
) -> Keys:
    """We do not take it back, or it never came: what it spoke for is free again. Both offices read the masked reason."""
    return await _end(viewer, key, reason, expected_version, refused=True, dry_run=dry_run)


async def close_return(
    viewer: Viewer, key: UUID | None, reason: str | None, expected_version: int | None, *, dry_run: bool = False
) -> Keys:
    """Done with, once it was inspected."""
    return await _end(viewer, key, reason, expected_version, refused=False, dry_run=dry_run)


async def _end(
    viewer: Viewer, key: UUID | None, reason: str | None, expected_version: int | None, *, refused: bool, dry_run: bool
) -> Keys:
    checks, at = Checks(), now()
    text = checks.text("reason", reason or "") if refused else checks.optional_text("reason", reason)
    verb = "refuseReturn" if refused else "closeReturn"
    found = await the_return(viewer, key, expected_version, verb, ReturnStatus.CLOSED, checks)
    checks.done()
    if text:
        text = await masked(await Order.get(id=found.order_id), text)
    found.closed_at, found.closing_reason = at, text
    keys = await step(viewer, found, ReturnStatus.CLOSED, EventKind.RETURN_CLOSED, at)
    if dry_run:
        raise Rehearsed(masked_text=text)
    return keys
