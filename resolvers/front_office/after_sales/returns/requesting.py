"""Requesting, authorising, refusing and closing a return: what the front office does about it, before and after the warehouse.

The surprising rule: logistics reads why something comes back, so who the customer is gets masked in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from models.front_office.after_sales.returns import CustomerReturn, ReturnLine, ReturnReason, ReturnStatus
from models.front_office.sales.orders import Order, OrderLine
from models.front_office.service.complaints import Complaint, visible_complaints
from models.kit.base import new_id, now
from models.kit.events import EventKind
from resolvers.events.record import record
from resolvers.front_office.after_sales.returns.shared import (
    MOST_LINES,
    Keys,
    lines_by_id,
    spoken_for,
    step,
    the_return,
    warranties,
)
from resolvers.front_office.sales.orders.masking import masked
from resolvers.front_office.sales.orders.shared import count_version, order_at
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.loading import access
from resolvers.kit.numbers import next_number
from resolvers.kit.problems import DryRun
from resolvers.kit.viewer import Viewer


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
    errors, at = InputErrors(), now()
    text = errors.optional_text("reasonText", given.text)
    order = await order_at(viewer, given.order, expected_version, errors)
    complaint = await access(viewer, Complaint, visible_complaints, given.complaint, lock=False)
    if given.names_complaint and complaint is None:
        errors.not_found("complaint", "complaint")
    elif complaint is not None and complaint.order_id != order.id:  # type: ignore[attr-defined]
        errors.add("complaint", f"{complaint.number} is not about this order.", "OTHER_ORDER")
    lines = await lines_by_id(order.id)
    await _check_pieces(order, lines, given, errors)
    errors.raise_if_any()
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
        raise DryRun(masked_text=text)
    await record(EventKind.RETURN_REQUESTED, actor=viewer.account, at=at, order_id=order.id, return_id=asked.id)
    return {"customer_return": asked.id, "order": order.id}


async def _check_pieces(order: Order, lines: dict[UUID, OrderLine], given: NewReturn, errors: InputErrors) -> None:
    if not 1 <= len(given.lines) <= MOST_LINES:
        errors.add("lines", f"A return has between 1 and {MOST_LINES} lines.")
        return
    asked = await spoken_for(order.id)
    covered = await warranties(lines) if given.reason is ReturnReason.WARRANTY else {}
    seen: set[UUID] = set()
    for number, piece in enumerate(given.lines):
        inner = errors.within("lines", str(number))
        line = lines.get(piece.line) if piece.line else None
        if line is None:
            inner.not_found("orderLine", "line of this order")
            continue
        if line.id in seen:
            inner.add("orderLine", "This line is named twice.")
        seen.add(line.id)
        left = max(line.shipped_quantity - line.returned_quantity - asked.get(line.id, 0), 0)
        if piece.quantity < 1:
            inner.add("quantity", "A quantity is 1 or more.")
        elif piece.quantity > left:
            inner.add("quantity", f"{left} of it can be sent back.", "TOO_MANY")
        if given.reason is ReturnReason.WARRANTY:
            until = covered.get(line.id)
            if until is None:
                inner.add("orderLine", "It has no warranty, or is not delivered yet.", "NO_WARRANTY")
            elif now().date() > until:
                inner.add("orderLine", f"Its warranty ended on {until}.", "WARRANTY_OVER")


async def authorise_return(viewer: Viewer, key: UUID | None, expected_version: int | None) -> Keys:
    """We take it back; it is on its way."""
    errors, at = InputErrors(), now()
    found = await the_return(viewer, key, expected_version, "authoriseReturn", ReturnStatus.AUTHORISED, errors)
    errors.raise_if_any()
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
    errors, at = InputErrors(), now()
    text = errors.text("reason", reason or "") if refused else errors.optional_text("reason", reason)
    verb = "refuseReturn" if refused else "closeReturn"
    found = await the_return(viewer, key, expected_version, verb, ReturnStatus.CLOSED, errors)
    errors.raise_if_any()
    if text:
        text = await masked(await Order.get(id=found.order_id), text)
    found.closed_at, found.closing_reason = at, text
    keys = await step(viewer, found, ReturnStatus.CLOSED, EventKind.RETURN_CLOSED, at)
    if dry_run:
        raise DryRun(masked_text=text)
    return keys
