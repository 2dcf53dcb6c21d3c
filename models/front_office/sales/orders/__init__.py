"""Orders and their lines. What a line cost, its tax, its warranty and whom it went to are copied when it is placed.

The surprising rule: the database alone writes what is allocated, shipped, returned, paid and refunded, from the ledgers.
"""

from typing import Any

from tortoise import fields

from models.both_offices.work import WorkGroup, WorkKind, WorkSource
from models.front_office.customers import Channel, noted_formerly
from models.kit.base import Record, all_rows, optional_reference, reference
from models.kit.constraints import Index, Refusal, at_least, belonging, different, percent, when
from models.kit.enums import DescribedEnum
from models.kit.events import EventKind
from models.kit.money import CurrencyCodeField
from models.kit.states import Guard, Transition, Transitions
from models.permissions import Permission


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
_PRICES = Permission.READ_ORDER_PRICES
_PLACEABLE = (Guard.HAS_LINES, Guard.ON_SALE, Guard.DISCOUNTS_ALLOWED, Guard.CAN_BE_HAD)

TRANSITIONS: Transitions = {
    _S.DRAFT: (
        Transition(_S.PLACED, _WRITE, by=("placeOrder",), guards=_PLACEABLE),
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


class OrderEvent(EventKind):
    """What happens to orders."""

    DRAFTED = "ORDER_DRAFTED", "An order was begun."
    CHANGED = "ORDER_CHANGED", "A draft was changed."
    QUOTED = "ORDER_QUOTED", "The customer was told what it would cost.", _PRICES
    DISCOUNT_ASKED = "DISCOUNT_ASKED", "An order's discounts wait for a second person.", _PRICES
    DISCOUNT_APPROVED = "DISCOUNT_APPROVED", "A second person approved an order's discounts.", _PRICES
    DISCOUNT_REJECTED = "DISCOUNT_REJECTED", "A second person refused an order's discounts.", _PRICES
    PLACED = "ORDER_PLACED", "The customer ordered."
    AMENDED = "ORDER_AMENDED", "An order was changed after it had been placed."
    ALLOCATED = "ORDER_ALLOCATED", "Stock that an order waited for is there."
    BACKORDERED = "ORDER_BACKORDERED", "Stock that was promised to an order is not there; it waits again."
    HELD = "ORDER_HELD", "An order is held back."
    RESUMED = "ORDER_RESUMED", "An order goes on."
    CANCELLED = "ORDER_CANCELLED", "An order was cancelled."
    REPLACED = "ORDER_REPLACED", "Something of an order is sent once more, for nothing.", Permission.READ_CUSTOMERS
    PAYMENT_RECORDED = "PAYMENT_RECORDED", "Money came for an order, or a record of it was taken back.", _PRICES


SOLD_TO = ("customer_name", "asked_by", None, None, "bill_street", "bill_city", "bill_region", "bill_postal_code")
SHIPPED_TO = ("ship_name", None, None, None, "ship_street", "ship_city", "ship_region", "ship_postal_code")
"""What an order says of what is `IDENTIFYING` of a customer."""


OWED = "status NOT IN ('DRAFT', 'CANCELLED') AND paid_minor < total_minor"
"""The condition that money is owed for an order."""


class Order(Record):
    """What one customer ordered at one time. Amounts are in minor units of `currency`, and sums of the lines'.

    `placed_at` of a draft is when it was begun. `formerly` is who was named in it before.
    `discount_basis_points` comes off every line, after the line's own discount.
    """

    history_needs = Permission.READ_ORDERS
    transitions = TRANSITIONS

    number = fields.CharField(max_length=20, unique=True)
    customer_id = reference("Customer", related_name="orders")
    status = fields.CharEnumField(OrderStatus, max_length=20)
    placed_at = fields.DatetimeField()
    required_at = fields.DatetimeField(null=True)
    shipped_at = fields.DatetimeField(null=True)
    delivered_at = fields.DatetimeField(null=True)
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
    taken_by_id = optional_reference("Account", related_name="taken_orders")
    asked_by = fields.CharField(max_length=200, null=True)
    asked_through: Any = fields.CharEnumField(Channel, max_length=20, null=True)
    quoted_at = fields.DatetimeField(null=True)
    quoted_until = fields.DatetimeField(null=True)
    discount_state = fields.CharEnumField(
        DiscountState, max_length=20, default=DiscountState.WITHIN_LIMIT, db_default="WITHIN_LIMIT"
    )
    discount_asked_at = fields.DatetimeField(null=True)
    discount_asked_by_id = optional_reference("Account")
    discount_decided_by_id = optional_reference("Account")
    discount_reason: Any = fields.TextField(null=True)
    discount_decision_reason: Any = fields.TextField(null=True)
    held_at = fields.DatetimeField(null=True)
    hold_reason: Any = fields.TextField(null=True)
    cancelled_at = fields.DatetimeField(null=True)
    cancellation_reason: Any = fields.TextField(null=True)
    replaces_id = optional_reference("Order", related_name="replacements", index=True)
    complaint_id = optional_reference("Complaint", related_name="replacement_orders", index=True)
    customer_name = fields.CharField(max_length=200, null=True)
    bill_street = fields.CharField(max_length=200, null=True)
    bill_city = fields.CharField(max_length=100, null=True)
    bill_region = fields.CharField(max_length=100, null=True)
    bill_postal_code = fields.CharField(max_length=20, null=True)
    bill_country = fields.CharField(max_length=100, null=True)
    ship_name = fields.CharField(max_length=200, null=True)
    ship_street = fields.CharField(max_length=200, null=True)
    ship_city = fields.CharField(max_length=100, null=True)
    ship_region = fields.CharField(max_length=100, null=True)
    ship_postal_code = fields.CharField(max_length=20, null=True)
    ship_country = fields.CharField(max_length=100, null=True)
    formerly: Any = fields.TextField(null=True)
    version = fields.IntField(default=1, db_default=1)

    class Meta:
        table = "orders"
        indexes = (("customer_id", "placed_at", "id"), ("placed_at", "id"))
        checks = {
            "total": at_least(0, "total_minor"),
            "discount": percent("discount_basis_points"),
            "sums": "total_minor = net_minor + tax_minor",
            "amounts": at_least(0, "net_minor", "tax_minor"),
            "paid": "paid_minor >= 0 AND refunded_minor BETWEEN 0 AND paid_minor",
            "second_person": different("discount_asked_by_id", "discount_decided_by_id"),
            "decided": when("discount_state", "APPROVED REJECTED", "discount_decided_by_id"),
            "held": when("status", "ON_HOLD", "held_at", "hold_reason"),
            "cancelled": when("status", "CANCELLED", "cancelled_at"),
            "delivered": when("status", "DELIVERED", "delivered_at"),
        }
        by_code_point = ("number", "status")
        sums = ("paid_minor", "refunded_minor")
        triggers = (noted_formerly("orders", SOLD_TO, SHIPPED_TO),)
        more_indexes = (
            Index("orders_by_status", "status, placed_at, id"),
            Index(
                "orders_by_payment",
                "(CASE WHEN paid_minor > 0 AND refunded_minor = paid_minor THEN 'REFUNDED' WHEN paid_minor >= total_minor"
                " THEN 'PAID' WHEN paid_minor > 0 THEN 'PARTLY_PAID' ELSE 'UNPAID' END), placed_at, id",
            ),
            Index("orders_to_approve", "placed_at, id", where="discount_state = 'ASKED'"),
            Index("orders_owed", "placed_at, id", where=OWED),
        )


class OrderLine(Record):
    """One product on an order. `discount_basis_points` is hundredths of a percent off `unit_price_minor` x `quantity`.

    `net_minor` is what is left after both discounts, the base of its tax; `total_minor` is `net_minor` and `tax_minor`.
    """

    order_id = reference("Order", related_name="lines")
    position = fields.IntField()
    product_id = reference("Product", related_name="order_lines", index=True)
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
    warranty_months = fields.IntField(null=True)
    refunded_quantity = fields.IntField(default=0, db_default=0)
    refunded_minor = fields.BigIntField(default=0, db_default=0)
    version = fields.IntField(default=1, db_default=1)

    class Meta:
        table = "order_lines"
        unique_together = (("order_id", "position"),)
        checks = {
            "position": at_least(1, "position"),
            "quantity": at_least(1, "quantity"),
            "prices": at_least(0, "unit_price_minor", "total_minor"),
            "discount": percent("discount_basis_points"),
            "tax_rate": percent("tax_rate_basis_points"),
            "sums": "total_minor = net_minor + tax_minor",
            "amounts": at_least(0, "net_minor", "tax_minor"),
            "fulfilled": "allocated_quantity >= 0 AND shipped_quantity >= 0"
            " AND shipped_quantity + allocated_quantity <= quantity",
            "returned": "returned_quantity BETWEEN 0 AND shipped_quantity",
            "refunded": "refunded_quantity BETWEEN 0 AND shipped_quantity AND refunded_minor BETWEEN 0 AND total_minor",
            "warranty": at_least(0, "warranty_months"),
        }
        sums = ("allocated_quantity", "shipped_quantity", "returned_quantity", "refunded_quantity", "refunded_minor")
        triggers = (
            belonging("order_line_of_its_order", "orders", "id = NEW.order_id AND currency = NEW.currency"),
            # SQLite's INSERT OR REPLACE removes a promise without telling the triggers that count it.
            Refusal(
                "promises_add_up",
                "AFTER UPDATE OF allocated_quantity",
                "NEW.allocated_quantity <> (SELECT coalesce(sum(promised.quantity), 0) FROM allocations promised"
                " WHERE promised.order_line_id = NEW.id)",
                only_on="sqlite",
            ),
        )
        more_indexes = (
            Index("order_lines_waiting", "product_id, id", where="shipped_quantity + allocated_quantity < quantity"),
        )


Order.row_scope = all_rows
Order.hidden_changes = tuple(kind for kind in OrderEvent if kind.needs)
OrderLine.row_scope = all_rows

WORK = (
    WorkSource(
        kind=WorkKind.DISCOUNT_TO_APPROVE,
        table="orders ordered",
        where="ordered.discount_state = 'ASKED' AND ordered.status = 'DRAFT'",
        owner=WorkGroup("DISCOUNT_APPROVERS", frozenset({Permission.APPROVE_DISCOUNTS})),
        # A draft whose discounts were asked for before that moment was kept waits since it was begun.
        since="coalesce(ordered.discount_asked_at, ordered.placed_at)",
        columns={
            "order_id": "ordered.id",
            "proposed_by_id": "ordered.discount_asked_by_id",
            "begun_by_id": "ordered.taken_by_id",
        },
    ),
)
