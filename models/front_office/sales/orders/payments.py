"""Payments: what customers paid for orders. An append-only ledger; a mistake is corrected by a counter-entry."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from tortoise import fields

from models.kit.base import Record, all_rows
from models.kit.enums import DescribedEnum
from models.kit.money import CurrencyCodeField

if TYPE_CHECKING:
    from models.both_offices.accounts import Account
    from models.front_office.sales.orders.placed import Order


class PaymentMethod(DescribedEnum):
    """How money came."""

    BANK_TRANSFER = "BANK_TRANSFER", "By bank transfer."
    CARD = "CARD", "By card."
    CASH = "CASH", "In cash."
    DIRECT_DEBIT = "DIRECT_DEBIT", "By direct debit."
    OTHER = "OTHER", "In another way."


class PaymentState(DescribedEnum):
    """How far an order is paid. Derived from its payments and refunds, never set."""

    UNPAID = "UNPAID", "Nothing was paid."
    PARTLY_PAID = "PARTLY_PAID", "Less was paid than it costs."
    PAID = "PAID", "All of it was paid."
    REFUNDED = "REFUNDED", "All that was paid was given back."


def payment_state_sql(order: Callable[[str], str]) -> str:
    """How far an order is paid, as an SQL value; `order` gives its columns. What costs nothing is paid.

    `orders_by_payment` is an index on this very expression: whoever changes the one changes the other.
    """
    paid, refunded, total = (order(name) for name in ("paid_minor", "refunded_minor", "total_minor"))
    return (
        f"CASE WHEN {paid} > 0 AND {refunded} = {paid} THEN 'REFUNDED' WHEN {paid} >= {total} THEN 'PAID'"
        f" WHEN {paid} > 0 THEN 'PARTLY_PAID' ELSE 'UNPAID' END"
    )


class OrderPayment(Record):
    """Money that came for an order, or below zero the counter-entry of a payment that was recorded by mistake."""

    label: ClassVar = "payment"
    member: ClassVar = "payment"

    order: fields.ForeignKeyRelation["Order"] = fields.ForeignKeyField(
        "models.Order", related_name="payments", on_delete=fields.RESTRICT, db_index=False
    )
    order_id: UUID
    amount_minor = fields.BigIntField()
    currency = CurrencyCodeField()
    method = fields.CharEnumField(PaymentMethod, max_length=20)
    reference: Any = fields.CharField(max_length=100, null=True)
    received_at = fields.DatetimeField()
    recorded_at = fields.DatetimeField()
    recorded_by: fields.ForeignKeyNullableRelation["Account"] = fields.ForeignKeyField(
        "models.Account", related_name=False, on_delete=fields.RESTRICT, null=True, db_index=False
    )
    recorded_by_id: UUID | None
    reverses: Any = fields.OneToOneField(
        "models.OrderPayment", related_name="reversal", on_delete=fields.RESTRICT, null=True
    )
    reverses_id: UUID | None

    class Meta:
        table = "order_payments"
        indexes = (("order_id", "received_at", "id"),)


OrderPayment.row_scope = all_rows
