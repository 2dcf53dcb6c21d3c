"""Orders and their lines. What a line cost, its tax, its warranty and whom it went to are copied when it is placed.

The surprising rule: the database alone writes what is allocated, shipped, returned, paid and refunded, from the ledgers.
"""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from tortoise import fields

from models.front_office.customers import Channel
from models.kit.base import Record, all_rows
from models.kit.enums import DescribedEnum
from models.kit.money import CurrencyCodeField
from models.kit.states import Guard, Transition, Transitions
from models.permissions import Permission

if TYPE_CHECKING:
    from models.back_office.products.catalogue import Product
    from models.both_offices.accounts import Account
    from models.front_office.customers import Customer
    from models.front_office.service.complaints import Complaint


class OrderStatus(DescribedEnum):
    """How far an order is."""

    DRAFT = "DRAFT", "Being written down with the customer; nothing is promised."
    PLACED = "PLACED", "Ordered, nothing has left the house."
    ON_HOLD = "ON_HOLD", "Ordered, and held back: nothing is picked or shipped."
    PARTLY_SHIPPED = "PARTLY_SHIPPED", "Some of it has left the house."
    SHIPPED = "SHIPPED", "Everything has left the house."
    DELIVERED = "DELIVERED", "Everything is with the customer."
    CANCELLED = "CANCELLED", "Will not be delivered."


_S = OrderStatus
_WRITE = Permission.WRITE_ORDERS
_SHIP = Permission.WRITE_SHIPMENTS

TRANSITIONS: Transitions = {
    _S.DRAFT: (
        Transition(_S.PLACED, _WRITE, by=("placeOrder",), guards=(Guard.PLACEABLE,)),
        Transition(_S.CANCELLED, _WRITE, by=("cancelOrder",)),
    ),
    _S.PLACED: (
        Transition(_S.ON_HOLD, _WRITE, by=("holdOrder",)),
        Transition(_S.CANCELLED, _WRITE, by=("cancelOrder",), guards=(Guard.UNSHIPPED, Guard.SETTLED)),
        Transition(_S.PARTLY_SHIPPED, _SHIP, consequence=True),
        Transition(_S.SHIPPED, _SHIP, consequence=True),
    ),
    _S.ON_HOLD: (
        Transition(_S.PLACED, _WRITE, by=("resumeOrder",), guards=(Guard.UNSHIPPED,)),
        Transition(_S.PARTLY_SHIPPED, _WRITE, by=("resumeOrder",), guards=(Guard.SHIPPED_IN_PART,)),
        Transition(_S.CANCELLED, _WRITE, by=("cancelOrder",), guards=(Guard.UNSHIPPED, Guard.SETTLED)),
        Transition(_S.SHIPPED, _WRITE, consequence=True),
        Transition(_S.DELIVERED, _WRITE, consequence=True),
    ),
    _S.PARTLY_SHIPPED: (
        Transition(_S.ON_HOLD, _WRITE, by=("holdOrder",)),
        Transition(_S.SHIPPED, _SHIP, consequence=True),
        Transition(_S.DELIVERED, _SHIP, consequence=True),
    ),
    _S.SHIPPED: (Transition(_S.DELIVERED, _SHIP, consequence=True),),
    _S.DELIVERED: (),
    _S.CANCELLED: (),
}
"""An order that was partly shipped and held goes back to PARTLY_SHIPPED when it is resumed. What is held is what has not left the
house: an order that is amended so that nothing of it is left to ship is not held any more."""

TO_SHIP = frozenset({_S.PLACED, _S.PARTLY_SHIPPED})
"""Orders whose allocations may be picked."""


class ShortagePolicy(DescribedEnum):
    """What is done when there is not enough in stock."""

    BACKORDER = "BACKORDER", "The rest is allocated as soon as it arrives."
    REFUSE = "REFUSE", "The order is not placed."


class DiscountState(DescribedEnum):
    """Whether an order's discounts may be given."""

    WITHIN_LIMIT = "WITHIN_LIMIT", "Nobody was asked: whoever places the order may give them alone, or must ask."
    ASKED = "ASKED", "They wait for a second person."
    APPROVED = "APPROVED", "A second person approved them."
    REJECTED = "REJECTED", "A second person refused them."


class Order(Record):
    """What one customer ordered at one time. Amounts are in minor units of `currency`, and sums of the lines'.

    `placed_at` of a draft is when it was begun. `discount_basis_points` comes off every line, after the line's own discount.
    """

    number = fields.CharField(max_length=20, unique=True)
    customer: fields.ForeignKeyRelation["Customer"] = fields.ForeignKeyField(
        "models.Customer", related_name="orders", on_delete=fields.RESTRICT, db_index=False
    )
    customer_id: UUID
    status = fields.CharEnumField(OrderStatus, max_length=20)
    placed_at = fields.DatetimeField()
    required_at: Any = fields.DatetimeField(null=True)
    shipped_at: Any = fields.DatetimeField(null=True)
    delivered_at: Any = fields.DatetimeField(null=True)
    currency = CurrencyCodeField()
    discount_basis_points = fields.IntField(default=0, db_default=0)
    net_minor = fields.BigIntField(default=0, db_default=0)
    tax_minor = fields.BigIntField(default=0, db_default=0)
    total_minor = fields.BigIntField()
    paid_minor = fields.BigIntField(default=0, db_default=0)
    refunded_minor = fields.BigIntField(default=0, db_default=0)
    shortage_policy = fields.CharEnumField(
        ShortagePolicy, max_length=20, default=ShortagePolicy.BACKORDER, db_default="BACKORDER"
    )
    taken_by: fields.ForeignKeyNullableRelation["Account"] = fields.ForeignKeyField(
        "models.Account", related_name="taken_orders", on_delete=fields.RESTRICT, null=True, db_index=False
    )
    taken_by_id: UUID | None
    asked_by: Any = fields.CharField(max_length=200, null=True)
    asked_through: Any = fields.CharEnumField(Channel, max_length=20, null=True)
    quoted_at: Any = fields.DatetimeField(null=True)
    quoted_until: Any = fields.DatetimeField(null=True)
    discount_state = fields.CharEnumField(
        DiscountState, max_length=20, default=DiscountState.WITHIN_LIMIT, db_default="WITHIN_LIMIT"
    )
    discount_asked_by: fields.ForeignKeyNullableRelation["Account"] = fields.ForeignKeyField(
        "models.Account", related_name=False, on_delete=fields.RESTRICT, null=True, db_index=False
    )
    discount_asked_by_id: UUID | None
    discount_decided_by: fields.ForeignKeyNullableRelation["Account"] = fields.ForeignKeyField(
        "models.Account", related_name=False, on_delete=fields.RESTRICT, null=True, db_index=False
    )
    discount_decided_by_id: UUID | None
    discount_reason: Any = fields.TextField(null=True)
    discount_decision_reason: Any = fields.TextField(null=True)
    held_at: Any = fields.DatetimeField(null=True)
    hold_reason: Any = fields.TextField(null=True)
    cancelled_at: Any = fields.DatetimeField(null=True)
    cancellation_reason: Any = fields.TextField(null=True)
    replaces: fields.ForeignKeyNullableRelation["Order"] = fields.ForeignKeyField(
        "models.Order", related_name="replacements", on_delete=fields.RESTRICT, null=True, db_index=True
    )
    replaces_id: UUID | None
    complaint: fields.ForeignKeyNullableRelation["Complaint"] = fields.ForeignKeyField(
        "models.Complaint", related_name="replacement_orders", on_delete=fields.RESTRICT, null=True, db_index=True
    )
    complaint_id: UUID | None
    customer_name: Any = fields.CharField(max_length=200, null=True)
    bill_street: Any = fields.CharField(max_length=200, null=True)
    bill_city: Any = fields.CharField(max_length=100, null=True)
    bill_region: Any = fields.CharField(max_length=100, null=True)
    bill_postal_code: Any = fields.CharField(max_length=20, null=True)
    bill_country: Any = fields.CharField(max_length=100, null=True)
    ship_name: Any = fields.CharField(max_length=200, null=True)
    ship_street: Any = fields.CharField(max_length=200, null=True)
    ship_city: Any = fields.CharField(max_length=100, null=True)
    ship_region: Any = fields.CharField(max_length=100, null=True)
    ship_postal_code: Any = fields.CharField(max_length=20, null=True)
    ship_country: Any = fields.CharField(max_length=100, null=True)
    version = fields.IntField(default=1, db_default=1)

    class Meta:
        table = "orders"
        indexes = (("customer_id", "placed_at", "id"), ("placed_at", "id"))


class OrderLine(Record):
    """One product on an order. `discount_basis_points` is hundredths of a percent off `unit_price_minor` x `quantity`.

    `net_minor` is what is left after both discounts, the base of its tax; `total_minor` is `net_minor` and `tax_minor`.
    """

    order: fields.ForeignKeyRelation[Order] = fields.ForeignKeyField(
        "models.Order", related_name="lines", on_delete=fields.RESTRICT, db_index=False
    )
    order_id: UUID
    position = fields.IntField()
    product: fields.ForeignKeyRelation["Product"] = fields.ForeignKeyField(
        "models.Product", related_name="order_lines", on_delete=fields.RESTRICT, db_index=True
    )
    product_id: UUID
    product_name: Any = fields.CharField(max_length=200, null=True)
    quantity = fields.IntField()
    unit_price_minor = fields.BigIntField()
    discount_basis_points = fields.IntField(default=0)
    currency = CurrencyCodeField()
    tax_rate_basis_points = fields.IntField(default=0, db_default=0)
    net_minor = fields.BigIntField(default=0, db_default=0)
    tax_minor = fields.BigIntField(default=0, db_default=0)
    total_minor = fields.BigIntField()
    allocated_quantity = fields.IntField(default=0, db_default=0)
    shipped_quantity = fields.IntField(default=0, db_default=0)
    returned_quantity = fields.IntField(default=0, db_default=0)
    warranty_months: Any = fields.IntField(null=True)
    refunded_quantity = fields.IntField(default=0, db_default=0)
    refunded_minor = fields.BigIntField(default=0, db_default=0)
    version = fields.IntField(default=1, db_default=1)

    class Meta:
        table = "order_lines"
        unique_together = (("order_id", "position"),)


OrderLine.row_scope = all_rows
Order.row_scope = all_rows
