"""The terms of orders: tax rates, and what discount a role may give, all of them rows; and what customers paid.

Payments are an append-only ledger; a mistake is corrected by a counter-entry.
"""

from collections.abc import Callable
from typing import ClassVar

from tortoise import fields

from models.kit.base import Record, all_rows, optional_reference, reference
from models.kit.constraints import Index, Sum, belonging, percent
from models.kit.enums import DescribedEnum
from models.kit.money import CurrencyCodeField
from models.permissions import Role


class TaxRate(Record):
    """What tax is added in a country, from one day to another: 1900 basis points are 19 %.

    A rate that names a category goes before the country's general one. Where no rate is in force none is added: we only
    charge tax where we are registered, and the rest is export.
    """

    country = fields.CharField(max_length=100)
    category_id = optional_reference("ProductCategory", related_name="tax_rates")
    rate_basis_points = fields.IntField()
    valid_from = fields.DateField()
    valid_until = fields.DateField(null=True)
    version = fields.IntField(default=1)

    class Meta:
        table = "tax_rates"
        indexes = (("country", "valid_from", "id"),)
        checks = {
            "rate": percent("rate_basis_points"),
            "span": "valid_until IS NULL OR valid_until >= valid_from",
        }
        by_code_point = ("country",)
        more_indexes = (Index("tax_rates_in_force", "lower(country), valid_from, id"),)


class DiscountLimit(Record):
    """Up to which discount a role sells alone, in hundredths of a percent off the list price. Without a row it is 0."""

    role = fields.CharEnumField(Role, max_length=30, unique=True)
    limit_basis_points = fields.IntField()
    version = fields.IntField(default=1)

    class Meta:
        table = "discount_limits"
        checks = {"limit": percent("limit_basis_points")}
        by_code_point = ("role",)


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

    order_id = reference("Order", related_name="payments")
    amount_minor = fields.BigIntField()
    currency = CurrencyCodeField()
    method = fields.CharEnumField(PaymentMethod, max_length=20)
    reference = fields.CharField(max_length=100, null=True)
    received_at = fields.DatetimeField()
    recorded_at = fields.DatetimeField()
    recorded_by_id = optional_reference("Account")
    reverses_id = optional_reference("OrderPayment", related_name="reversal", one_to_one=True)

    class Meta:
        table = "order_payments"
        indexes = (("order_id", "received_at", "id"),)
        checks = {
            "amount": "amount_minor <> 0",
            "reversal": "(amount_minor < 0) = (reverses_id IS NOT NULL)",
        }
        append_only = True
        masked_again = ("reference",)
        triggers = (
            Sum(
                "payment_sum",
                "INSERT",
                "UPDATE orders SET paid_minor = paid_minor + NEW.amount_minor WHERE id = NEW.order_id",
            ),
            belonging("payment_of_its_order", "orders", "id = NEW.order_id AND currency = NEW.currency"),
        )


TaxRate.row_scope = all_rows
DiscountLimit.row_scope = all_rows
OrderPayment.row_scope = all_rows
