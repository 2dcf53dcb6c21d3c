"""Refunds that somebody may not make alone: a second person approves them, as they were proposed, or rejects them."""

from datetime import datetime

from models.front_office.after_sales.returns import (
    CustomerReturn,
    ProposalStatus,
    RefundProposal,
    RefundProposalLine,
    ReturnEvent,
    took_money_sql,
)
from models.front_office.sales.orders import Order
from models.kit.base import VIEWER, now
from models.kit.events import about
from models.kit.money import amount_of
from models.kit.states import Guard, move_to
from resolvers.events.record import record
from resolvers.front_office.after_sales.returns.refunding import RefundLine, RefundOrder, make_refund, worked_out
from resolvers.kit.commands import InputErrors, Key, Keys, Update, Viewer, command, member
from resolvers.kit.loading import load_with_owner
from resolvers.kit.state_machine import Refusal, Row, StateMachine


def _is_second_person(row: Row) -> str:
    """A condition that somebody else than the viewer proposed a refund, and recorded the order's payments."""
    return f"({row.column('proposed_by_id')} <> {VIEWER} AND NOT {took_money_sql(row.column('order_id'))})"


PROPOSALS = StateMachine(
    RefundProposal,
    {Guard.SECOND_PERSON: _is_second_person},
    {
        Guard.SECOND_PERSON: Refusal(
            "SAME_PERSON", "You proposed it, or recorded a payment of the order: somebody else approves it."
        )
    },
)


@command
class RefundProposalCommand(Update):
    """Which proposed refund is meant."""

    proposal: Key[RefundProposal] = member("The proposed refund.")


async def approve_refund(viewer: Viewer, given: RefundProposalCommand) -> Keys:
    """Gives the money of a proposed refund back. Never by who proposed it, nor by who recorded a payment of the order; refused
    with CHANGED when it would come to another amount now.
    """
    errors, at = InputErrors(), now()
    order, proposal = await _proposed(viewer, given, errors)
    await PROPOSALS.check(viewer, proposal, "approveRefund", ProposalStatus.APPROVED, errors)
    errors.raise_if_any()
    lines = await RefundProposalLine.filter(proposal_id=proposal.id).order_by("position")
    again = RefundOrder(
        order=Key(order.id),
        lines=tuple(
            RefundLine(
                order_line=Key(line.order_line_id),
                quantity=line.quantity or None,
                amount=None if line.quantity else amount_of(line.amount_minor, line.currency),
            )
            for line in lines
        ),
        overpaid=amount_of(proposal.overpaid_minor, order.currency) if proposal.overpaid_minor else None,
    )
    changed = InputErrors()
    parts, overpaid = await worked_out(order, again, changed)
    if changed.count or sum(part.minor for part in parts) + overpaid != proposal.amount_minor:
        message = "The order has changed, and this cannot be given back as it was proposed: reject it and propose anew."
        errors.add("proposal", message, "CHANGED")
    errors.raise_if_any()
    made = await make_refund(
        viewer, order, parts, at, proposal.reason, overpaid, customer_return_id=proposal.customer_return_id
    )
    proposal.refund_id = made.id
    await _decide(viewer, proposal, ProposalStatus.APPROVED, at)
    return {"proposal": proposal.id, "refund": made.id, "order": order.id}


async def reject_refund(viewer: Viewer, given: RefundProposalCommand) -> Keys:
    """Says that a proposed refund is not made. Who proposed it takes it back by this."""
    errors, at = InputErrors(), now()
    order, proposal = await _proposed(viewer, given, errors)
    await PROPOSALS.check(viewer, proposal, "rejectRefund", ProposalStatus.REJECTED, errors)
    errors.raise_if_any()
    await _decide(viewer, proposal, ProposalStatus.REJECTED, at)
    await record(
        ReturnEvent.REFUND_REJECTED, order, about(CustomerReturn, proposal.customer_return_id), actor=viewer, at=at
    )
    return {"proposal": proposal.id, "order": order.id}


async def _proposed(viewer: Viewer, given: RefundProposalCommand, errors: InputErrors) -> tuple[Order, RefundProposal]:
    return await load_with_owner(
        viewer, RefundProposal, given.proposal, Order, "order_id", errors, given.expected_version
    )


async def _decide(viewer: Viewer, proposal: RefundProposal, to: ProposalStatus, at: datetime) -> None:
    move_to(proposal, to)
    proposal.decided_at, proposal.decided_by_id = at, viewer.account
    await proposal.save_next_version()
