"""After-sales: what customers send back, and the money they get back, each line by line.

The surprising rule: the database refuses to refund more than was paid, and to take back more than was shipped.
"""

from typing import Any, ClassVar

from tortoise import fields

from models.both_offices.work import WorkGroup, WorkKind, WorkSource
from models.front_office.sales.orders import Order
from models.kit.base import VIEWER, ReadScope, Record, all_rows, optional_reference, reference
from models.kit.constraints import Sum, at_least, belonging, exactly_when, together, when
from models.kit.enums import DescribedEnum
from models.kit.events import EventKind
from models.kit.money import CurrencyCodeField
from models.kit.states import Guard, Transition, Transitions
from models.permissions import Permission


class ReturnStatus(DescribedEnum):
    """How far a return is."""

    REQUESTED = "REQUESTED", "The customer wants to send something back."
    AUTHORISED = "AUTHORISED", "We take it back; it is on its way."
    RECEIVED = "RECEIVED", "It is here, and nobody has looked at it."
    INSPECTED = "INSPECTED", "Its condition is known; it was restocked or scrapped."
    CLOSED = "CLOSED", "Done with, or refused."


_S = ReturnStatus
_WRITE = Permission.WRITE_RETURNS
_STOCK = Permission.WRITE_STOCK

TRANSITIONS: Transitions = {
    _S.REQUESTED: (
        Transition(_S.AUTHORISED, _WRITE, by=("authoriseReturn",)),
        Transition(_S.CLOSED, _WRITE, by=("refuseReturn",)),
    ),
    _S.AUTHORISED: (
        Transition(_S.RECEIVED, _STOCK, by=("receiveReturn",)),
        Transition(_S.CLOSED, _WRITE, by=("refuseReturn",)),
    ),
    _S.RECEIVED: (Transition(_S.INSPECTED, _STOCK, by=("inspectReturn",)),),
    _S.INSPECTED: (Transition(_S.CLOSED, _WRITE, by=("closeReturn",)),),
    _S.CLOSED: (),
}


class ReturnReason(DescribedEnum):
    """Why a customer sends something back."""

    DEFECTIVE = "DEFECTIVE", "It does not work, or is spoilt."
    DAMAGED = "DAMAGED", "It arrived broken."
    WRONG_ITEM = "WRONG_ITEM", "It is not what was ordered."
    NOT_AS_DESCRIBED = "NOT_AS_DESCRIBED", "It is not what was promised."
    NO_LONGER_WANTED = "NO_LONGER_WANTED", "The customer changed their mind."
    WARRANTY = "WARRANTY", "It failed within its warranty."
    OTHER = "OTHER", "Something else."


class Condition(DescribedEnum):
    """In which state something came back."""

    UNOPENED = "UNOPENED", "As it left us."
    OPENED = "OPENED", "Opened, and as good as new."
    DAMAGED = "DAMAGED", "Broken."
    DEFECTIVE = "DEFECTIVE", "Not broken, and not working."


class Disposition(DescribedEnum):
    """What becomes of it."""

    RESTOCK = "RESTOCK", "Back on the shelf."
    SCRAP = "SCRAP", "Thrown away."


class ProposalStatus(DescribedEnum):
    """How far a refund is that somebody may not make alone."""

    PROPOSED = "PROPOSED", "It waits for a second person."
    APPROVED = "APPROVED", "The money was given back."
    REJECTED = "REJECTED", "It is not given back: refused, or taken back by who proposed it."


_P, _REFUNDS = ProposalStatus, Permission.MAKE_REFUNDS

PROPOSAL_TRANSITIONS: Transitions = {
    _P.PROPOSED: (
        Transition(_P.APPROVED, _REFUNDS, by=("approveRefund",), guards=(Guard.SECOND_PERSON,)),
        Transition(_P.REJECTED, _REFUNDS, by=("rejectRefund",)),
    ),
    _P.APPROVED: (),
    _P.REJECTED: (),
}


class ReturnEvent(EventKind):
    """What happens to returns."""

    REQUESTED = "RETURN_REQUESTED", "A customer wants to send something back."
    AUTHORISED = "RETURN_AUTHORISED", "We take it back."
    RECEIVED = "RETURN_RECEIVED", "It came back."
    INSPECTED = "RETURN_INSPECTED", "Somebody looked at what came back."
    CLOSED = "RETURN_CLOSED", "A return is done with."
    REFUND_PROPOSED = "REFUND_PROPOSED", "A refund waits for a second person.", Permission.READ_ORDER_PRICES
    REFUND_REJECTED = "REFUND_REJECTED", "A proposed refund is not made.", Permission.READ_ORDER_PRICES
    REFUND_MADE = "REFUND_MADE", "A customer got money back.", Permission.READ_ORDER_PRICES


class CustomerReturn(Record):
    """What one customer sends back of one order. `reason_text` is their own words."""

    history_needs = Permission.READ_RETURNS
    transitions = TRANSITIONS

    label: ClassVar = "return"

    number = fields.CharField(max_length=20, unique=True)
    order_id = reference("Order", related_name="returns")
    complaint_id = optional_reference("Complaint", related_name="returns", index=True)
    warehouse_id = optional_reference("Warehouse", related_name="returns")
    status = fields.CharEnumField(ReturnStatus, max_length=20)
    reason = fields.CharEnumField(ReturnReason, max_length=20)
    reason_text: Any = fields.TextField(null=True)
    requested_at = fields.DatetimeField()
    requested_by_id = optional_reference("Account")
    authorised_at = fields.DatetimeField(null=True)
    received_at = fields.DatetimeField(null=True)
    inspected_at = fields.DatetimeField(null=True)
    closed_at = fields.DatetimeField(null=True)
    closing_reason: Any = fields.TextField(null=True)
    version = fields.IntField(default=1)

    class Meta:
        table = "returns"
        indexes = (("requested_at", "id"), ("order_id", "requested_at", "id"), ("status", "requested_at", "id"))
        checks = {
            "authorised": when("status", "AUTHORISED RECEIVED INSPECTED", "authorised_at"),
            "received": when("status", "RECEIVED INSPECTED", "received_at", "warehouse_id"),
            "inspected": when("status", "INSPECTED", "inspected_at"),
            "closed": when("status", "CLOSED", "closed_at"),
        }
        by_code_point = ("number", "status", "reason")


class ReturnLine(Record):
    """How much of one batch of one line of the order comes back. Condition and disposition are null until inspected."""

    customer_return_id = reference("CustomerReturn", related_name="lines")
    position = fields.IntField()
    order_line_id = reference("OrderLine", related_name="return_lines", index=True)
    batch_id = optional_reference("Batch", related_name="return_lines", index=True)
    quantity = fields.IntField()
    condition: Any = fields.CharEnumField(Condition, max_length=20, null=True)
    disposition: Any = fields.CharEnumField(Disposition, max_length=20, null=True)

    class Meta:
        table = "return_lines"
        unique_together = (("customer_return_id", "position"),)
        checks = {
            "quantity": at_least(1, "quantity", "position"),
            "inspected": together("condition", "disposition"),
        }
        triggers = (
            belonging(
                "return_line_of_its_order",
                "order_lines line JOIN returns ON returns.order_id = line.order_id",
                "line.id = NEW.order_line_id AND returns.id = NEW.customer_return_id",
            ),
        )


class Refund(Record):
    """Money given back for an order. `amount_minor` is the sum of its lines and `overpaid_minor`. Rows are only added."""

    number = fields.CharField(max_length=20, unique=True)
    order_id = reference("Order", related_name="refunds")
    customer_return_id = optional_reference("CustomerReturn", related_name="refunds", index=True)
    complaint_id = optional_reference("Complaint", related_name="refunds", index=True)
    answer_id = fields.UUIDField(null=True, unique=True)
    currency = CurrencyCodeField()
    amount_minor = fields.BigIntField()
    overpaid_minor = fields.BigIntField(default=0, db_default=0)
    reason: Any = fields.TextField(null=True)
    made_at = fields.DatetimeField()
    made_by_id = optional_reference("Account")

    class Meta:
        table = "refunds"
        indexes = (("order_id", "made_at", "id"), ("made_at", "id"))
        checks = {
            "amount": at_least(1, "amount_minor"),
            "overpaid": "overpaid_minor BETWEEN 0 AND amount_minor",
        }
        by_code_point = ("number",)
        append_only = True
        masked_again = ("reason",)
        triggers = (
            Sum(
                "refund_sum",
                "INSERT",
                "UPDATE orders SET refunded_minor = refunded_minor + NEW.amount_minor WHERE id = NEW.order_id",
            ),
            belonging("refund_of_its_order", "orders", "id = NEW.order_id AND currency = NEW.currency"),
        )


class RefundLine(Record):
    """What is given back for one line of the order: so many pieces, or with `quantity` 0 a part of their price."""

    refund_id = reference("Refund", related_name="lines")
    position = fields.IntField()
    order_line_id = reference("OrderLine", related_name="refund_lines", index=True)
    quantity = fields.IntField()
    net_minor = fields.BigIntField()
    tax_minor = fields.BigIntField()
    currency = CurrencyCodeField()

    class Meta:
        table = "refund_lines"
        unique_together = (("refund_id", "position"),)
        checks = {
            "position": at_least(1, "position"),
            "quantity": at_least(0, "quantity"),
            "amounts": at_least(0, "net_minor", "tax_minor"),
        }
        append_only = True
        triggers = (
            Sum(
                "refund_line_sum",
                "INSERT",
                "UPDATE order_lines SET refunded_quantity = refunded_quantity + NEW.quantity,"
                " refunded_minor = refunded_minor + NEW.net_minor + NEW.tax_minor WHERE id = NEW.order_line_id",
            ),
            belonging(
                "refund_line_of_its_order",
                "order_lines line JOIN refunds ON refunds.order_id = line.order_id",
                "line.id = NEW.order_line_id AND refunds.id = NEW.refund_id AND refunds.currency = NEW.currency",
            ),
        )


class RefundProposal(Record):
    """A refund that who proposed it may not make alone. It is worked out when it is approved, and must come to the same then."""

    label: ClassVar = "proposal"
    member: ClassVar = "proposal"
    transitions = PROPOSAL_TRANSITIONS

    order_id = reference("Order", related_name="refund_proposals", index=True)
    customer_return_id = optional_reference("CustomerReturn", related_name="refund_proposals")
    status = fields.CharEnumField(ProposalStatus, max_length=20)
    currency = CurrencyCodeField()
    amount_minor = fields.BigIntField()
    overpaid_minor = fields.BigIntField()
    reason: Any = fields.TextField(null=True)
    proposed_at = fields.DatetimeField()
    proposed_by_id = reference("Account")
    decided_at: Any = fields.DatetimeField(null=True)
    decided_by_id = optional_reference("Account")
    refund_id = optional_reference("Refund", related_name="proposal", one_to_one=True)
    version = fields.IntField(default=1)

    class Meta:
        table = "refund_proposals"
        indexes = (("proposed_at", "id"), ("status", "proposed_at", "id"))
        checks = {
            "amount": at_least(1, "amount_minor"),
            "overpaid": "overpaid_minor BETWEEN 0 AND amount_minor",
            "decided": exactly_when("status", "APPROVED REJECTED", "decided_at"),
            "decider": together("decided_at", "decided_by_id"),
            "made": exactly_when("status", "APPROVED", "refund_id"),
            "two_people": "status <> 'APPROVED' OR decided_by_id <> proposed_by_id",
        }
        by_code_point = ("status",)


class RefundProposalLine(Record):
    """What would be given back for one line of the order: so many pieces, or with `quantity` 0 a part of their price."""

    proposal_id = reference("RefundProposal", related_name="lines")
    position = fields.IntField()
    order_line_id = reference("OrderLine")
    quantity = fields.IntField()
    amount_minor = fields.BigIntField()
    currency = CurrencyCodeField()

    class Meta:
        table = "refund_proposal_lines"
        unique_together = (("proposal_id", "position"),)
        checks = {
            "position": at_least(1, "position"),
            "quantity": at_least(0, "quantity"),
            "amount": at_least(0, "amount_minor"),
        }
        append_only = True


def warranty_until_sql(line: str, order: str, months: str, dialect: str) -> str:
    """The last day of a line's warranty, as an SQL date; null without a warranty, or before the line is delivered.

    It runs from the day when the last of the line arrived (UTC), in calendar months: from 31 January one month ends on the
    last day of February. `line` and `order` are columns with the keys, `months` is the one with what it was sold with.
    """
    arrived = (
        "coalesce((SELECT max(w.delivered_at) FROM shipment_lines p JOIN shipments w ON w.id = p.shipment_id"
        f" WHERE p.order_line_id = {line}), (SELECT o.delivered_at FROM orders o WHERE o.id = {order}))"
    )
    if dialect == "sqlite":
        # What is added to 31 January there is a day in March.
        last = (
            f"min(date(since.arrived, '+' || {months} || ' months'), date(since.arrived, 'start of month',"
            f" '+' || ({months} + 1) || ' months', '-1 day'))"
        )
    else:
        last = f"CAST((since.arrived AT TIME ZONE 'UTC') + make_interval(months => {months}) AS date)"
    return f"(SELECT {last} FROM (SELECT {arrived} AS arrived) since WHERE {months} > 0)"


CustomerReturn.row_scope = all_rows
Order.hidden_changes += (ReturnEvent.REQUESTED, ReturnEvent.REFUND_MADE)
ReturnLine.row_scope = all_rows
Refund.row_scope = all_rows
RefundLine.row_scope = all_rows
RefundProposal.row_scope = all_rows
RefundProposalLine.row_scope = all_rows


def took_money_sql(order: str, account: str = VIEWER) -> str:
    """A condition that somebody, the viewer, recorded money for an order: they give none of it back alone."""
    taken = f"took.order_id = {order} AND took.recorded_by_id = {account}"
    return f"EXISTS (SELECT 1 FROM order_payments took WHERE {taken})"


def _approvable(_read_scope: ReadScope, item: str) -> str:
    return f"({item}.kind <> '{WorkKind.REFUND_TO_APPROVE}' OR NOT {took_money_sql(f'{item}.order_id')})"


WORK = (
    WorkSource(
        kind=WorkKind.REFUND_TO_APPROVE,
        table="refund_proposals offered",
        where="offered.status = 'PROPOSED'",
        owner=WorkGroup("REFUND_APPROVERS", frozenset({Permission.MAKE_REFUNDS})),
        since="offered.proposed_at",
        columns={
            "order_id": "offered.order_id",
            "refund_proposal_id": "offered.id",
            "proposed_by_id": "offered.proposed_by_id",
        },
        seen=_approvable,
    ),
)
