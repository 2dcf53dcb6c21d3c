"""Refunding: money back for lines of an order, each with its tax, so that all pieces together give exactly the line.

The surprising rules: net and tax are worked out from all that was refunded of a line so far, so that roundings never add up; and
what somebody may not give back alone becomes a proposal, which a second person approves (`proposals`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from models.front_office.after_sales import returns
from models.front_office.after_sales.returns import (
    CustomerReturn,
    ProposalStatus,
    Refund,
    RefundProposal,
    RefundProposalLine,
    ReturnEvent,
)
from models.front_office.sales.orders import Order, OrderLine, OrderStatus
from models.kit.base import new_id, now
from models.kit.events import about
from models.kit.money import amount_of, money_of
from resolvers.events.record import record
from resolvers.front_office.after_sales.returns.limits import gives_alone
from resolvers.front_office.sales.orders.lines import (
    MOST_LINES,
    OfLine,
    check_pieces,
    lines_by_id,
    lines_of,
    of_lines,
    sums,
)
from resolvers.front_office.sales.orders.steps import ByOrderVersion, masked_about
from resolvers.front_office.sales.orders.terms import half_up
from resolvers.kit.commands import DryRunnable, InputErrors, Key, Keys, Viewer, command, member
from resolvers.kit.loading import find, load
from resolvers.kit.numbers import next_number


@dataclass(frozen=True, slots=True)
class Part:
    """What is given back of one line, tax included, in minor units. `quantity` 0 is a part of the price."""

    line: OrderLine
    quantity: int
    minor: int


@command
class RefundLine(OfLine):
    """What is given back for a line of an order: pieces, or an amount."""

    quantity: int | None = member(
        "How many pieces, at what they cost with their tax; at most those delivered.", default=None
    )
    amount: Decimal | None = member("Or how much of their price, tax included, in the order's currency.", default=None)


@command
class RefundOrder(ByOrderVersion, DryRunnable):
    """Money that a customer gets back."""

    order: Key[Order] = member("The order.")
    lines: tuple[RefundLine, ...] = member(
        "At most 100 lines, each once, and at least one unless `overpaid` is given; together at most what was paid.",
        default=(),
    )
    overpaid: Decimal | None = member(
        "How much of what was paid above what the order costs now, without tax and of no line; of a cancelled order, all of it.",
        default=None,
    )
    reason: str | None = member("Why. Who the customer is gets masked.", default=None)
    customer_return: Key[CustomerReturn] | None = member("The return of this order that it is for.", default=None)


async def refund_order(viewer: Viewer, given: RefundOrder) -> Keys:
    """Gives money back for lines of an order, with their tax: never more than was paid, nor more pieces than were delivered.
    Above the viewer's limit, and from who recorded a payment of the order, it is a proposal that waits for a second person.
    """
    errors, at = InputErrors(), now()
    text = errors.optional_text("reason", given.reason)
    order = await load(viewer, Order, given.order, errors, given.expected_version)
    back = await find(viewer, CustomerReturn, given.customer_return, errors)
    if back is not None and back.order_id != order.id:
        errors.not_found("customerReturn", "return of this order")
    parts, overpaid = await worked_out(order, given, errors)
    errors.raise_if_any()
    if text:
        text = await masked_about(viewer, given, order, text)
    back_id = back.id if back else None
    amount = sum(part.minor for part in parts) + overpaid
    if await gives_alone(viewer, order, amount):
        made = await make_refund(viewer, order, parts, at, text, overpaid, customer_return_id=back_id)
        keys = {"refund": made.id, "order": order.id}
    else:
        proposed = await _propose(viewer, order, parts, at, text, overpaid, back_id)
        keys = {"proposal": proposed.id, "order": order.id}
    given.end_if_dry(masked_text=text, amount=money_of(amount, order.currency), needs_approval="proposal" in keys)
    return keys


async def worked_out(order: Order, given: RefundOrder, errors: InputErrors) -> tuple[list[Part], int]:
    """What is given back for lines, and of what was overpaid; notes what is wrong with it, about an order that is locked."""
    parts = await _parts(order, given, errors)
    overpaid = await _overpaid_of(order, given.overpaid, errors)
    left = order.paid_minor - order.refunded_minor - overpaid
    if not errors.count and sum(part.minor for part in parts) > left:
        errors.add("lines", above_paid(left, order.currency), "ABOVE_PAID")
    if not errors.count and not overpaid and not sum(part.minor for part in parts):
        errors.add("lines", "Nothing was paid for these pieces, or it was given back.", "NOTHING_TO_REFUND")
    return parts, overpaid


async def _propose(
    viewer: Viewer,
    order: Order,
    parts: Sequence[Part],
    at: datetime,
    reason: str | None,
    overpaid: int,
    back: UUID | None,
) -> RefundProposal:
    proposal = await RefundProposal.create(
        id=new_id(),
        order_id=order.id,
        customer_return_id=back,
        status=ProposalStatus.PROPOSED,
        currency=order.currency,
        amount_minor=sum(part.minor for part in parts) + overpaid,
        overpaid_minor=overpaid,
        reason=reason,
        proposed_at=at,
        proposed_by_id=viewer.account,
    )
    await RefundProposalLine.bulk_create(
        [
            RefundProposalLine(
                id=new_id(),
                proposal_id=proposal.id,
                position=position,
                order_line_id=part.line.id,
                quantity=part.quantity,
                amount_minor=part.minor,
                currency=order.currency,
            )
            for position, part in enumerate(parts, start=1)
        ]
    )
    await record(ReturnEvent.REFUND_PROPOSED, order, about(CustomerReturn, back), actor=viewer, at=at)
    return proposal


# --- What it comes to -------------------------------------------------------------------------------------------------


async def lines_refunded(order: UUID) -> int:
    """What was given back for the lines of an order, in minor units: without what was paid above what it costs."""
    return sum([line.refunded_minor for line in await lines_of(order)])


async def _overpaid_of(order: Order, given: Decimal | None, errors: InputErrors) -> int:
    """How much is given back of what was paid above what the order costs, less what was given back for its lines."""
    if given is None:
        return 0
    due = 0 if order.status == OrderStatus.CANCELLED else order.total_minor - await lines_refunded(order.id)
    left = max(order.paid_minor - order.refunded_minor - due, 0)
    above = f"{amount_of(left, order.currency)} {order.currency} more was paid than the order costs."
    return _minor_of(errors, "overpaid", given, order.currency, left, above, "ABOVE_OVERPAID")


async def _parts(order: Order, given: RefundOrder, errors: InputErrors) -> list[Part]:
    if not (0 if given.overpaid is not None else 1) <= len(given.lines) <= MOST_LINES:
        errors.add("lines", f"A refund has between 1 and {MOST_LINES} lines.")
        return []
    lines = await lines_by_id(order.id)
    on_the_way = await sums(
        "l.quantity",
        "l.order_line_id",
        "shipment_lines l JOIN shipments s ON s.id = l.shipment_id"
        f" WHERE s.order_id = '{order.id}' AND s.status = 'SHIPPED'",
    )
    parts: list[Part] = []
    for inner, line, one in of_lines(errors.within("lines"), given.lines, lines):
        if (one.quantity is None) == (one.amount is None):
            inner.add("quantity", "Either pieces or an amount is given back.")
        elif one.quantity is not None:
            left = max(line.shipped_quantity - on_the_way.get(line.id, 0) - line.refunded_quantity, 0)
            check_pieces(inner, one.quantity, left, "were delivered and not refunded")
            parts.append(Part(line, one.quantity, price_of_pieces(line, one.quantity)))
        elif one.amount is not None:
            left = line.total_minor - line.refunded_minor
            above = f"Of the line, {amount_of(left, line.currency)} {line.currency} can be refunded."
            minor = _minor_of(inner, "amount", one.amount, line.currency, left, above, "ABOVE_LINE_TOTAL")
            parts.append(Part(line, 0, minor))
    return parts


def _minor_of(
    errors: InputErrors, about: str, amount: Decimal, currency: str, left: int, above: str, code_above: str
) -> int:
    """An amount that is given back in minor units, `left` at most; notes what is wrong with it, and then it is of no use."""
    minor = errors.minor_units(about, amount, currency)
    if minor is not None and minor < 1:
        errors.add(about, "An amount is more than nothing.")
    elif minor is not None and minor > left:
        errors.add(about, above, code_above)
    return minor or 0


def above_paid(left: int, currency: str) -> str:
    """Says how much can be given back, in minor units."""
    return f"Of what was paid for the order, {amount_of(max(left, 0), currency)} {currency} can be refunded."


# --- What a piece, and a part, comes to -------------------------------------------------------------------------------


def price_of_pieces(line: OrderLine, quantity: int) -> int:
    """What the next so many pieces of a line cost with their tax: all together what the line cost, less what was given back."""
    before, after = line.refunded_quantity, line.refunded_quantity + quantity
    price = half_up(line.total_minor * after, line.quantity) - half_up(line.total_minor * before, line.quantity)
    return min(price, line.total_minor - line.refunded_minor)


def net_of(line: OrderLine, refunded_net: int, minor: int) -> int:
    """How much of an amount is net: the line's own proportion, of all that was refunded of it. The rest is tax."""
    if not line.total_minor:
        return 0
    net = half_up(line.net_minor * (line.refunded_minor + minor), line.total_minor) - refunded_net
    # An order that was amended in between may have had another rate.
    return min(max(net, 0), minor)


def spread(lines: Sequence[OrderLine], minor: int, first: UUID | None = None) -> list[Part]:
    """An amount over the lines of an order: first what one of them cost, then the others in proportion to what is left.

    The amount is at most what is left of all of them.
    """
    left = {line.id: line.total_minor - line.refunded_minor for line in lines}
    named = min(left.get(first, 0), minor) if first else 0
    others = [line for line in lines if line.id != first]
    rest, sum_left = minor - named, sum(left[line.id] for line in others)
    parts = [Part(line, 0, named) for line in lines if line.id == first and named]
    upto = given = 0
    for line in others:
        upto += left[line.id]
        share = half_up(rest * upto, sum_left) - given if sum_left else 0
        given += share
        if share:
            parts.append(Part(line, 0, share))
    return parts


# --- Writing it down --------------------------------------------------------------------------------------------------


async def make_refund(
    viewer: Viewer,
    order: Order,
    parts: Sequence[Part],
    at: datetime,
    reason: str | None,
    overpaid: int = 0,
    **origin: Any,
) -> Refund:
    """Adds a refund that was checked, of an order that is locked; the database adds it to what was refunded of the order.

    `origin` is the return, complaint or answer that it comes from, by the names of their columns.
    """
    rows_of_order = "refund_lines r JOIN order_lines l ON l.id = r.order_line_id"
    nets = await sums("r.net_minor", "r.order_line_id", f"{rows_of_order} WHERE l.order_id = '{order.id}'")
    shares = [(part, net_of(part.line, nets.get(part.line.id, 0), part.minor)) for part in parts]
    refund = await Refund.create(
        id=new_id(),
        number=await next_number("RFD", at),
        order_id=order.id,
        currency=order.currency,
        amount_minor=sum(part.minor for part in parts) + overpaid,
        overpaid_minor=overpaid,
        reason=reason,
        made_at=at,
        made_by_id=viewer.account,
        **origin,
    )
    rows = [
        returns.RefundLine(
            id=new_id(),
            refund_id=refund.id,
            position=position,
            order_line_id=part.line.id,
            quantity=part.quantity,
            net_minor=net,
            tax_minor=part.minor - net,
            currency=order.currency,
        )
        for position, (part, net) in enumerate(shares, start=1)
    ]
    await returns.RefundLine.bulk_create(rows)
    await record(ReturnEvent.REFUND_MADE, order, about(CustomerReturn, refund.customer_return_id), actor=viewer, at=at)
    return refund
