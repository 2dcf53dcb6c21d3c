"""Requesting, authorising, refusing and closing a return: what the front office does about it, before and after the warehouse.

The surprising rule: logistics reads why something comes back, so who the customer is gets masked in it. Locks are taken in one
order, an order before its returns, so that two returns of one order never take the same piece.
"""

from datetime import date, datetime
from uuid import UUID

from tortoise.connection import get_connection

from models.front_office.after_sales.returns import (
    CustomerReturn,
    ReturnEvent,
    ReturnLine,
    ReturnReason,
    ReturnStatus,
    warranty_until_sql,
)
from models.front_office.sales.orders import Order
from models.front_office.service.complaints import Complaint
from models.kit.base import is_one_of, new_id, now
from models.kit.events import EventKind, about
from models.kit.sql import read_rows
from models.kit.states import move_to
from resolvers.events.record import record
from resolvers.front_office.sales.orders.lines import MOST_LINES, OfLine, check_pieces, lines_by_id, of_lines, sums
from resolvers.front_office.sales.orders.steps import ByOrderVersion, masked_about
from resolvers.kit.commands import DryRunnable, InputErrors, Key, Keys, Update, Viewer, command, member
from resolvers.kit.loading import find, load, load_with_owner
from resolvers.kit.numbers import next_number
from resolvers.kit.state_machine import StateMachine

MACHINE = StateMachine(CustomerReturn, {})

ON_THE_WAY = frozenset({ReturnStatus.REQUESTED, ReturnStatus.AUTHORISED})
"""Returns whose pieces are still with the customer, and spoken for."""


@command
class OrderPieces(OfLine):
    """So many pieces of a line of an order."""

    quantity: int = member("How many pieces, 1 or more.")


@command
class RequestReturn(ByOrderVersion, DryRunnable):
    """What a customer wants to send back."""

    order: Key[Order] = member("The order.")
    lines: tuple[OrderPieces, ...] = member(
        "1 to 100 lines, each once; of each at most what was shipped, has not come back and is not asked for already."
    )
    reason: ReturnReason = member("Why. WARRANTY is for lines whose `warrantyUntil` is not over.")
    reason_text: str | None = member("Why, in words. Who the customer is gets masked.", default=None)
    complaint: Key[Complaint] | None = member(
        "The complaint that it has to do with; it is about this order.", default=None
    )


async def request_return(viewer: Viewer, given: RequestReturn) -> Keys:
    """Writes down what a customer wants to send back."""
    errors, at = InputErrors(), now()
    text = errors.optional_text("reasonText", given.reason_text)
    order = await load(viewer, Order, given.order, errors, given.expected_version)
    complaint = await find(viewer, Complaint, given.complaint, errors)
    if complaint is not None and complaint.order_id != order.id:  # type: ignore[attr-defined]
        errors.add("complaint", f"{complaint.number} is not about this order.", "OTHER_ORDER")
    pieces = await _pieces(order, given, errors)
    errors.raise_if_any()
    if text:
        text = await masked_about(viewer, given, order, text)
    asked = await CustomerReturn.create(
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
    await ReturnLine.bulk_create(
        [
            ReturnLine(
                id=new_id(), customer_return_id=asked.id, position=position, order_line_id=line, quantity=quantity
            )
            for position, (line, quantity) in enumerate(pieces, start=1)
        ]
    )
    given.end_if_dry(masked_text=text)
    await record(ReturnEvent.REQUESTED, order, asked, actor=viewer, at=at)
    return {"customer_return": asked.id, "order": order.id}


async def _pieces(order: Order, given: RequestReturn, errors: InputErrors) -> list[tuple[UUID, int]]:
    """How much of which lines: never more than was shipped, less what came back or is spoken for."""
    if not 1 <= len(given.lines) <= MOST_LINES:
        errors.add("lines", f"A return has between 1 and {MOST_LINES} lines.")
        return []
    lines = await lines_by_id(order.id)
    asked = await sums(
        "l.quantity",
        "l.order_line_id",
        "return_lines l JOIN returns r ON r.id = l.customer_return_id"
        f" WHERE r.order_id = '{order.id}' AND {is_one_of('r.status', ON_THE_WAY)}",
    )
    covered = await _warranties(order) if given.reason is ReturnReason.WARRANTY else {}
    pieces: list[tuple[UUID, int]] = []
    for inner, line, piece in of_lines(errors.within("lines"), given.lines, lines):
        left = max(line.shipped_quantity - line.returned_quantity - asked.get(line.id, 0), 0)
        check_pieces(inner, piece.quantity, left, "can be sent back")
        if given.reason is ReturnReason.WARRANTY:
            until = covered.get(line.id)
            if until is None:
                inner.add("orderLine", "It has no warranty, or is not delivered yet.", "NO_WARRANTY")
            elif now().date() > until:
                inner.add("orderLine", f"Its warranty ended on {until}.", "WARRANTY_OVER")
        pieces.append((line.id, piece.quantity))
    return pieces


async def _warranties(order: Order) -> dict[UUID, date]:
    """The last day of each line's warranty; without those that have none, or are not delivered."""
    dialect = get_connection("default").capabilities.dialect
    until = warranty_until_sql("line.id", "line.order_id", "line.warranty_months", dialect)
    rows = await read_rows(f"SELECT line.id, {until} AS until FROM order_lines line WHERE line.order_id = '{order.id}'")
    return {row["id"]: date.fromisoformat(str(row["until"])) for row in rows if row["until"] is not None}


# --- Steps ------------------------------------------------------------------------------------------------------------


async def load_return(
    viewer: Viewer,
    key: Key[CustomerReturn],
    errors: InputErrors,
    expected_version: int | None,
    verb: str,
    to: ReturnStatus,
) -> tuple[Order, CustomerReturn]:
    """The return that a verb is about, locked after its order; refuses at once when it cannot be taken there."""
    order, found = await load_with_owner(viewer, CustomerReturn, key, Order, "order_id", errors, expected_version)
    if not await MACHINE.check(viewer, found, verb, to, errors):
        # What else might be wrong is about a return that can take the step.
        errors.raise_if_any()
    return order, found


async def step(viewer: Viewer, found: CustomerReturn, to: ReturnStatus, kind: EventKind, at: datetime) -> Keys:
    """Takes a return one step on, stores it under a new version and records what happened."""
    move_to(found, to)
    await found.save_next_version()
    await record(kind, about(Order, found.order_id), found, actor=viewer, at=at)
    return {"customer_return": found.id, "order": found.order_id}


@command
class AuthoriseReturn(Update):
    """Which return is taken back."""

    customer_return: Key[CustomerReturn] = member("The return, which is REQUESTED.")


async def authorise_return(viewer: Viewer, given: AuthoriseReturn) -> Keys:
    """Agrees to take something back."""
    errors, at, to = InputErrors(), now(), ReturnStatus.AUTHORISED
    _, found = await load_return(viewer, given.customer_return, errors, given.expected_version, "authoriseReturn", to)
    errors.raise_if_any()
    found.authorised_at = at
    return await step(viewer, found, to, ReturnEvent.AUTHORISED, at)


@command
class RefuseReturn(Update, DryRunnable):
    """Which return is not taken back, or never came."""

    customer_return: Key[CustomerReturn] = member("The return, which is REQUESTED or AUTHORISED.")
    reason: str = member("Why. Who the customer is gets masked.")


async def refuse_return(viewer: Viewer, given: RefuseReturn) -> Keys:
    """Refuses a return, or gives up waiting for it: it is CLOSED, and its pieces can be asked for again."""
    errors = InputErrors()
    return await _end(viewer, given, "refuseReturn", errors.text("reason", given.reason), errors)


@command
class CloseReturn(Update, DryRunnable):
    """Which return is done with."""

    customer_return: Key[CustomerReturn] = member("The return, which is INSPECTED.")
    reason: str | None = member("What there is to say. Who the customer is gets masked.", default=None)


async def close_return(viewer: Viewer, given: CloseReturn) -> Keys:
    """Ends a return that was inspected."""
    errors = InputErrors()
    return await _end(viewer, given, "closeReturn", errors.optional_text("reason", given.reason), errors)


async def _end(
    viewer: Viewer, given: RefuseReturn | CloseReturn, verb: str, text: str | None, errors: InputErrors
) -> Keys:
    at, to = now(), ReturnStatus.CLOSED
    order, found = await load_return(viewer, given.customer_return, errors, given.expected_version, verb, to)
    errors.raise_if_any()
    if text:
        text = await masked_about(viewer, given, order, text)
    found.closed_at, found.closing_reason = at, text
    keys = await step(viewer, found, to, ReturnEvent.CLOSED, at)
    given.end_if_dry(masked_text=text)
    return keys
