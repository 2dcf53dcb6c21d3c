"""After-sales: what customers send back, and the money they get back, each line by line.

The surprising rule: the database refuses to refund more than was paid, and to take back more than was shipped.
"""

from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from tortoise import fields

from models.kit.base import Record, all_rows
from models.kit.enums import DescribedEnum
from models.kit.money import CurrencyCodeField
from models.kit.states import Transition, Transitions
from models.permissions import Permission

if TYPE_CHECKING:
    from models.back_office.logistics.inventory import Batch, Warehouse
    from models.both_offices.accounts import Account
    from models.front_office.sales.orders import Order, OrderLine
    from models.front_office.service.complaints import Complaint


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


class CustomerReturn(Record):
    """What one customer sends back of one order. `reason_text` is their own words."""

    label: ClassVar = "return"

    number = fields.CharField(max_length=20, unique=True)
    order: fields.ForeignKeyRelation["Order"] = fields.ForeignKeyField(
        "models.Order", related_name="returns", on_delete=fields.RESTRICT, db_index=False
    )
    order_id: UUID
    complaint: fields.ForeignKeyNullableRelation["Complaint"] = fields.ForeignKeyField(
        "models.Complaint", related_name="returns", on_delete=fields.RESTRICT, null=True, db_index=True
    )
    complaint_id: UUID | None
    warehouse: fields.ForeignKeyNullableRelation["Warehouse"] = fields.ForeignKeyField(
        "models.Warehouse", related_name="returns", on_delete=fields.RESTRICT, null=True, db_index=False
    )
    warehouse_id: UUID | None
    status = fields.CharEnumField(ReturnStatus, max_length=20)
    reason = fields.CharEnumField(ReturnReason, max_length=20)
    reason_text: Any = fields.TextField(null=True)
    requested_at = fields.DatetimeField()
    requested_by: fields.ForeignKeyNullableRelation["Account"] = fields.ForeignKeyField(
        "models.Account", related_name=False, on_delete=fields.RESTRICT, null=True, db_index=False
    )
    requested_by_id: UUID | None
    authorised_at: Any = fields.DatetimeField(null=True)
    received_at: Any = fields.DatetimeField(null=True)
    inspected_at: Any = fields.DatetimeField(null=True)
    closed_at: Any = fields.DatetimeField(null=True)
    closing_reason: Any = fields.TextField(null=True)
    version = fields.IntField(default=1)

    class Meta:
        table = "returns"
        indexes = (("requested_at", "id"), ("order_id", "requested_at", "id"), ("status", "requested_at", "id"))


class ReturnLine(Record):
    """How much of one batch of one line of the order comes back. Condition and disposition are null until inspected."""

    customer_return: fields.ForeignKeyRelation[CustomerReturn] = fields.ForeignKeyField(
        "models.CustomerReturn", related_name="lines", on_delete=fields.RESTRICT, db_index=False
    )
    customer_return_id: UUID
    position = fields.IntField()
    order_line: fields.ForeignKeyRelation["OrderLine"] = fields.ForeignKeyField(
        "models.OrderLine", related_name="return_lines", on_delete=fields.RESTRICT, db_index=True
    )
    order_line_id: UUID
    batch: fields.ForeignKeyNullableRelation["Batch"] = fields.ForeignKeyField(
        "models.Batch", related_name="return_lines", on_delete=fields.RESTRICT, null=True, db_index=True
    )
    batch_id: UUID | None
    quantity = fields.IntField()
    condition: Any = fields.CharEnumField(Condition, max_length=20, null=True)
    disposition: Any = fields.CharEnumField(Disposition, max_length=20, null=True)

    class Meta:
        table = "return_lines"
        unique_together = (("customer_return_id", "position"),)


class Refund(Record):
    """Money given back for an order. `amount_minor` is the sum of its lines and `overpaid_minor`. Rows are only added."""

    number = fields.CharField(max_length=20, unique=True)
    order: fields.ForeignKeyRelation["Order"] = fields.ForeignKeyField(
        "models.Order", related_name="refunds", on_delete=fields.RESTRICT, db_index=False
    )
    order_id: UUID
    customer_return: fields.ForeignKeyNullableRelation[CustomerReturn] = fields.ForeignKeyField(
        "models.CustomerReturn", related_name="refunds", on_delete=fields.RESTRICT, null=True, db_index=True
    )
    customer_return_id: UUID | None
    complaint: fields.ForeignKeyNullableRelation["Complaint"] = fields.ForeignKeyField(
        "models.Complaint", related_name="refunds", on_delete=fields.RESTRICT, null=True, db_index=True
    )
    complaint_id: UUID | None
    answer_id: Any = fields.UUIDField(null=True, unique=True)
    currency = CurrencyCodeField()
    amount_minor = fields.BigIntField()
    overpaid_minor = fields.BigIntField(default=0, db_default=0)
    reason: Any = fields.TextField(null=True)
    made_at = fields.DatetimeField()
    made_by: fields.ForeignKeyNullableRelation["Account"] = fields.ForeignKeyField(
        "models.Account", related_name=False, on_delete=fields.RESTRICT, null=True, db_index=False
    )
    made_by_id: UUID | None

    class Meta:
        table = "refunds"
        indexes = (("order_id", "made_at", "id"), ("made_at", "id"))


class RefundLine(Record):
    """What is given back for one line of the order: so many pieces, or with `quantity` 0 a part of their price."""

    refund: fields.ForeignKeyRelation[Refund] = fields.ForeignKeyField(
        "models.Refund", related_name="lines", on_delete=fields.RESTRICT, db_index=False
    )
    refund_id: UUID
    position = fields.IntField()
    order_line: fields.ForeignKeyRelation["OrderLine"] = fields.ForeignKeyField(
        "models.OrderLine", related_name="refund_lines", on_delete=fields.RESTRICT, db_index=True
    )
    order_line_id: UUID
    quantity = fields.IntField()
    net_minor = fields.BigIntField()
    tax_minor = fields.BigIntField()
    currency = CurrencyCodeField()

    class Meta:
        table = "refund_lines"
        unique_together = (("refund_id", "position"),)


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
ReturnLine.row_scope = all_rows
Refund.row_scope = all_rows
RefundLine.row_scope = all_rows
