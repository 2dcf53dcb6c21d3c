"""Returns, refunds and what is sent once more: both offices see how far a return is, and money only who reads prices."""

from datetime import datetime
from typing import TYPE_CHECKING

import strawberry

from models.events import visible_events
from models.front_office.after_sales import returns
from models.kit import events
from models.permissions import Permission
from resolvers.front_office.after_sales.returns.proposals import PROPOSALS, approve_refund, reject_refund
from resolvers.front_office.after_sales.returns.redress import replace_order_lines
from resolvers.front_office.after_sales.returns.refunding import refund_order
from resolvers.front_office.after_sales.returns.requesting import (
    MACHINE,
    authorise_return,
    close_return,
    refuse_return,
    request_return,
)
from resolvers.front_office.after_sales.returns.warehouse import inspect_return, receive_return
from resolvers.reading.declare import column, expression, history, many, money, node, one, read, subject, subject_id
from resolvers.reading.relay import Connection, Node
from resolvers.reading.sources import EntryEvents, EntryNode, EntryRows
from resolvers.reading.values import next_statuses
from schema.kit.areas import Area
from schema.kit.events import Update
from schema.kit.mutations import MASKED, changed, mutation, payload, plain
from schema.kit.scalars import Money

if TYPE_CHECKING:
    from schema.back_office.logistics.inventory import Batch, Warehouse
    from schema.both_offices.accounts import Account
    from schema.front_office.sales.orders import Order, OrderLine
    from schema.front_office.service.answers import ComplaintAnswer
    from schema.front_office.service.complaints import Complaint
    from schema.kit.events import RecordEvent

READ, PRICES = Permission.READ_RETURNS, Permission.READ_ORDER_PRICES
CUSTOMERS = Permission.READ_CUSTOMERS
WRITE, STOCK = Permission.WRITE_RETURNS, Permission.WRITE_STOCK


@node(returns.CustomerReturn, prefix="ret", needs=READ)
class Return(Node):
    """What one customer sends back of one order."""

    number: str = column("The number that people quote, for instance RET-2026-000042.", filter=True, sort=True)
    status: returns.ReturnStatus = column("How far it is.", filter=True, sort=True)
    next_statuses: list[returns.ReturnStatus] = expression(
        "What the viewer may make of it now.", next_statuses(MACHINE)
    )
    reason: returns.ReturnReason = column("Why it comes back.", filter=True, sort=True)
    reason_text: str | None = column("Why, in words. Who the customer is gets masked.")
    requested_at: datetime = column("When the customer asked for it.", filter=True, sort=True)
    requested_by: "Account | None" = one("Who wrote it down.", "requested_by_id")
    authorised_at: datetime | None = column("When we agreed to take it back.", filter=True)
    received_at: datetime | None = column("When it came.", filter=True)
    inspected_at: datetime | None = column("When somebody looked at it.", filter=True)
    closed_at: datetime | None = column("When it was done with, or refused.", filter=True)
    closing_reason: str | None = column("Why it was refused or closed. Who the customer is gets masked.")
    order: "Order | None" = one("The order that it comes from.", "order_id")
    complaint: "Complaint | None" = one(
        "The complaint that it has to do with, if any.", "complaint_id", needs=CUSTOMERS
    )
    warehouse: "Warehouse | None" = one("Where it came to; null until then.", "warehouse_id")
    lines: "list[ReturnLine]" = many("What comes back, piece by piece.", "customer_return_id", "position")
    refunds: "Connection[Refund]" = many("Money that was given back for it.", "customer_return_id", "made_at")
    history: "Connection[RecordEvent]" = history(
        "What happened to it, as far as the viewer may know, oldest first.", returns.CustomerReturn, needs=READ
    )
    version: int = column("Grows with every change; send it back as `expectedVersion`.")


@node(returns.ReturnLine, prefix="rtl", needs=READ)
class ReturnLine(Node):
    """How much of one batch of one line of the order comes back, in one condition."""

    position: int = column("The line's place on the return, from 1.", sort=True)
    quantity: int = column("How many pieces: as asked for, and once it is here as many as came.")
    condition: returns.Condition | None = column("In which state it came back; null until somebody has looked.")
    disposition: returns.Disposition | None = column("What became of it; null until somebody has looked.")
    order_line: "OrderLine | None" = one("The line of the order.", "order_line_id")
    batch: "Batch | None" = one("The batch that it is of; null until it is here.", "batch_id")
    customer_return: "Return | None" = one("The return.", "customer_return_id")


@node(returns.Refund, prefix="rfd", needs=PRICES)
class Refund(Node):
    """Money that was given back for an order. It is never changed."""

    number: str = column("The number that people quote, for instance RFD-2026-000042.", filter=True, sort=True)
    amount: Money = money("How much, tax included: the sum of its lines, and `overpaid`.", "amount_minor")
    overpaid: Money = money("What of it was paid above what the order cost, and is of no line.", "overpaid_minor")
    reason: str | None = column("Why. Who the customer is gets masked.")
    made_at: datetime = column("When.", filter=True, sort=True)
    made_by: "Account | None" = one("Who gave it back.", "made_by_id")
    order: "Order | None" = one("The order.", "order_id")
    customer_return: "Return | None" = one("What came back for it, if anything.", "customer_return_id")
    complaint: "Complaint | None" = one("The complaint whose redress it is, if any.", "complaint_id", needs=CUSTOMERS)
    answer: "ComplaintAnswer | None" = one("The answer that granted it, if one did.", "answer_id", needs=CUSTOMERS)
    lines: "list[RefundLine]" = many("Line by line.", "refund_id", "position")


@node(returns.RefundLine, prefix="rfl", needs=PRICES)
class RefundLine(Node):
    """What was given back for one line of the order."""

    position: int = column("The line's place on the refund, from 1.", sort=True)
    quantity: int = column("How many pieces; 0 for a part of their price.")
    net: Money = money("Without tax.", "net_minor")
    tax: Money = money("The tax that was given back with it.", "tax_minor")
    order_line: "OrderLine | None" = one("The line of the order.", "order_line_id")


@node(returns.RefundProposal, prefix="rfp", needs=PRICES)
class RefundProposal(Node):
    """A refund that waits, or waited, for a second person: above the limit, or proposed by who recorded the payment."""

    status: returns.ProposalStatus = column("How far it is.", filter=True, sort=True)
    next_statuses: list[returns.ProposalStatus] = expression(
        "What the viewer may make of it now.", next_statuses(PROPOSALS)
    )
    amount: Money = money("How much, tax included: the sum of its lines, and `overpaid`.", "amount_minor")
    overpaid: Money = money("What of it was paid above what the order costs, and is of no line.", "overpaid_minor")
    reason: str | None = column("Why. Who the customer is gets masked.")
    proposed_at: datetime = column("When.", filter=True, sort=True)
    proposed_by: "Account | None" = one("Who proposed it.", "proposed_by_id")
    decided_at: datetime | None = column("When it was approved or rejected; null until then.", filter=True)
    decided_by: "Account | None" = one("Who decided; null until then.", "decided_by_id")
    order: "Order | None" = one("The order.", "order_id")
    customer_return: "Return | None" = one("What came back for it, if anything.", "customer_return_id")
    refund: "Refund | None" = one("The refund that was made; null unless it is approved.", "refund_id")
    lines: "list[RefundProposalLine]" = many("Line by line.", "proposal_id", "position")
    version: int = column("Grows with every change; send it back as `expectedVersion`.")


@node(returns.RefundProposalLine, prefix="rpl", needs=PRICES)
class RefundProposalLine(Node):
    """What would be given back for one line of the order."""

    position: int = column("The line's place, from 1.", sort=True)
    quantity: int = column("How many pieces; 0 for a part of their price.")
    amount: Money = money("How much, tax included.", "amount_minor")
    order_line: "OrderLine | None" = one("The line of the order.", "order_line_id")


@payload
class ReturnPayload:
    """What became of a return."""

    customer_return: "Return | None" = changed(
        "The return as it now is; null when there are errors, and with `dryRun`."
    )
    order: "Order | None" = changed("Its order; null when there are errors, and with `dryRun`.")
    masked_text: str | None = plain(MASKED, default=None)


@payload
class RefundPayload:
    """What became of a refund."""

    refund: "Refund | None" = changed(
        "The refund; null when there are errors, with `dryRun`, and where it waits for a second person."
    )
    proposal: "RefundProposal | None" = changed(
        "The refund that waits, or waited, for a second person; null where none has to approve it."
    )
    order: "Order | None" = changed("Its order; null when there are errors, and with `dryRun`.")
    masked_text: str | None = plain(MASKED, default=None)
    amount: Money | None = plain("With `dryRun`, how much would be given back. Else null.", PRICES, default=None)
    needs_approval: bool | None = plain(
        "With `dryRun`, whether it would wait for a second person. Else null.", default=None
    )


@payload
class ReplacementPayload:
    """What is sent once more."""

    order: "Order | None" = changed("The order that replaces it; null when there are errors.")


class Returns:
    """Either office's way to returns and refunds."""

    customer_return: "Return | None" = read(EntryNode(), "One return.", needs=READ)
    returns: "Connection[Return]" = read(EntryRows("-requested_at"), "All returns, latest first.", needs=READ)
    refund: "Refund | None" = read(EntryNode(), "One refund.", needs=PRICES)
    refunds: "Connection[Refund]" = read(EntryRows("-made_at"), "All refunds, latest first.", needs=PRICES)
    refund_proposals: "Connection[RefundProposal]" = read(
        EntryRows("-proposed_at"), "All refunds that needed a second person, latest first.", needs=PRICES
    )


MUTATIONS = (
    mutation(WRITE, request_return, shows=ReturnPayload),
    mutation(WRITE, authorise_return, shows=ReturnPayload),
    mutation(WRITE, refuse_return, shows=ReturnPayload),
    mutation(STOCK, receive_return, shows=ReturnPayload),
    mutation(STOCK, inspect_return, shows=ReturnPayload),
    mutation(WRITE, close_return, shows=ReturnPayload),
    mutation(Permission.MAKE_REFUNDS, refund_order, shows=RefundPayload),
    mutation(Permission.MAKE_REFUNDS, approve_refund, shows=RefundPayload),
    mutation(Permission.MAKE_REFUNDS, reject_refund, shows=RefundPayload),
    mutation(Permission.APPROVE_DISCOUNTS, replace_order_lines, shows=ReplacementPayload),
)


@node(events.Event, prefix="", rows=visible_events, needs=READ)
class ReturnUpdate(Update):
    """Something that just happened to a return, with the return as it now is."""

    customer_return_id: strawberry.ID | None = subject_id("The return's id.", returns.CustomerReturn)
    customer_return: "Return | None" = subject("The return as it now is.", returns.CustomerReturn)


class ReturnSubscriptions:
    """What is pushed about returns."""

    return_updates: "ReturnUpdate" = read(
        EntryEvents(returns.CustomerReturn, of="customerReturn"),
        "What happens to returns, or to one of them: asked for, authorised, received, inspected.",
        needs=READ,
    )


AREA = Area(front_office=(Returns,), back_office=(Returns,), mutations=MUTATIONS, subscriptions=(ReturnSubscriptions,))
