"""Purchasing: suppliers, what we order from them, and what of it arrived.

Who approves purchase orders, and who sends them alone, stands in `approval`.
"""

from typing import Any

from tortoise import fields

from models.kit.base import Record, all_rows, is_one_of, optional_reference, reference
from models.kit.constraints import (
    Index,
    Refusal,
    Sum,
    at_least,
    belonging,
    different,
    one_of,
    only_with,
    percent,
    together,
    when,
)
from models.kit.enums import DescribedEnum
from models.kit.events import EventKind
from models.kit.money import CurrencyCodeField
from models.kit.states import Guard, Transition, Transitions
from models.permissions import Permission, Role


class PurchaseOrderStatus(DescribedEnum):
    """How far a purchase order is."""

    DRAFT = "DRAFT", "Being written, or waiting for approval; the supplier knows nothing of it."
    SENT = "SENT", "With the supplier."
    PARTLY_RECEIVED = "PARTLY_RECEIVED", "Some of it has arrived."
    RECEIVED = "RECEIVED", "All of it has arrived."
    CLOSED = "CLOSED", "Nothing more is expected, whatever has arrived."
    CANCELLED = "CANCELLED", "Taken back before anything arrived."


_S = PurchaseOrderStatus
_WRITE = Permission.WRITE_PURCHASING
_RECEIVE = Permission.WRITE_STOCK

TRANSITIONS: Transitions = {
    _S.DRAFT: (
        Transition(_S.SENT, _WRITE, by=("sendPurchaseOrder",), guards=(Guard.SETTLED, Guard.WANTED)),
        Transition(_S.CANCELLED, _WRITE, by=("cancelPurchaseOrder",)),
    ),
    _S.SENT: (
        Transition(_S.PARTLY_RECEIVED, _RECEIVE, by=("receivePurchaseOrder",), guards=(Guard.IN_PARTS,)),
        Transition(_S.RECEIVED, _RECEIVE, by=("receivePurchaseOrder",)),
        Transition(_S.CANCELLED, _WRITE, by=("cancelPurchaseOrder",)),
        Transition(_S.CLOSED, _WRITE, by=("closePurchaseOrder",)),
    ),
    _S.PARTLY_RECEIVED: (
        Transition(_S.PARTLY_RECEIVED, _RECEIVE, by=("receivePurchaseOrder",), guards=(Guard.IN_PARTS,)),
        Transition(_S.RECEIVED, _RECEIVE, by=("receivePurchaseOrder",)),
        Transition(_S.CLOSED, _WRITE, by=("closePurchaseOrder",)),
    ),
    _S.RECEIVED: (Transition(_S.CLOSED, _WRITE, by=("closePurchaseOrder",)),),
    _S.CLOSED: (),
    _S.CANCELLED: (),
}

AWAITED = frozenset({_S.SENT, _S.PARTLY_RECEIVED})
"""Purchase orders of which something is still to come."""

LARGEST_PURCHASE_MINOR = 10**12
"""Minor units; anything above is a slip of the keyboard."""
MOST_PIECES = 1_000_000
"""On one line; anything above is another one."""

WITH_SUPPLIER = "SENT PARTLY_RECEIVED RECEIVED CLOSED"
"""Statuses of what went out, in the words of constraints."""


class SupplierEvent(EventKind):
    """What happens to suppliers."""

    ADDED = "SUPPLIER_ADDED", "A company to buy from was added."
    CHANGED = "SUPPLIER_CHANGED", "What is known of a supplier was changed.", Permission.READ_PURCHASING


class PurchaseOrderEvent(EventKind):
    """What happens to purchase orders."""

    DRAFTED = "PURCHASE_ORDER_DRAFTED", "A purchase order was begun, or proposed by a reorder point."
    CHANGED = "PURCHASE_ORDER_CHANGED", "What a purchase order asks for, or when it is expected, was changed."
    APPROVED = "PURCHASE_ORDER_APPROVED", "A second person approved a purchase order."
    SENT = "PURCHASE_ORDER_SENT", "A purchase order went to its supplier."
    RECEIVED = "PURCHASE_ORDER_RECEIVED", "Something that we had ordered arrived."
    CLOSED = "PURCHASE_ORDER_CLOSED", "Nothing more is expected of a purchase order."
    CANCELLED = "PURCHASE_ORDER_CANCELLED", "A purchase order was taken back."


class Supplier(Record):
    """A company that we buy from. `over_receipt_basis_points` is how much more than ordered we take: 500 is 5 %."""

    history_needs = Permission.READ_SUPPLIERS

    number = fields.CharField(max_length=20, unique=True)
    name = fields.CharField(max_length=200)
    contact_name = fields.CharField(max_length=200, null=True)
    email = fields.CharField(max_length=254, null=True)
    phone = fields.CharField(max_length=50, null=True)
    street = fields.CharField(max_length=200, null=True)
    city = fields.CharField(max_length=100, null=True)
    region = fields.CharField(max_length=100, null=True)
    postal_code = fields.CharField(max_length=20, null=True)
    country = fields.CharField(max_length=100)
    currency = CurrencyCodeField()
    over_receipt_basis_points = fields.IntField(default=0)
    version = fields.IntField(default=1)

    class Meta:
        table = "suppliers"
        indexes = (("name", "id"),)
        checks = {"allowance": percent("over_receipt_basis_points")}
        by_code_point = ("number", "name", "country")


class PurchaseOrder(Record):
    """What we order from one supplier at one time. `total_minor` is the sum of its lines. `proposed` by a reorder point.

    `changed_by` is who wrote its lines as they now are, where that is somebody else's work than the draft. `sent_by` sent it
    alone where nobody approved it.
    """

    history_needs = Permission.READ_PURCHASING
    transitions = TRANSITIONS

    number = fields.CharField(max_length=20, unique=True)
    supplier_id = reference("Supplier", related_name="purchase_orders")
    warehouse_id = reference("Warehouse", related_name="purchase_orders")
    status = fields.CharEnumField(PurchaseOrderStatus, max_length=20)
    proposed = fields.BooleanField(default=False)
    currency = CurrencyCodeField()
    total_minor = fields.BigIntField()
    drafted_at = fields.DatetimeField()
    drafted_by_id = optional_reference("Account")
    changed_by_id = optional_reference("Account")
    approved_at = fields.DatetimeField(null=True)
    approved_by_id = optional_reference("Account")
    sent_at = fields.DatetimeField(null=True)
    sent_by_id = optional_reference("Account")
    expected_at = fields.DatetimeField(null=True)
    received_at = fields.DatetimeField(null=True)
    ended_at = fields.DatetimeField(null=True)
    ending_reason: Any = fields.TextField(null=True)
    version = fields.IntField(default=1)

    class Meta:
        table = "purchase_orders"
        indexes = (("drafted_at", "id"), ("supplier_id", "drafted_at", "id"), ("status", "drafted_at", "id"))
        checks = {
            "total": at_least(0, "total_minor"),
            "sent": when("status", WITH_SUPPLIER, "sent_at"),
            "ended": when("status", "CLOSED CANCELLED", "ended_at"),
            "approved": together("approved_at", "approved_by_id"),
            "second_person": different("approved_by_id", "drafted_by_id"),
            "other_than_changed_it": different("approved_by_id", "changed_by_id"),
            "sender": only_with("sent_by_id", "sent_at"),
        }
        by_code_point = ("number", "status")
        triggers = (
            Refusal(
                "purchase_at_known_cost",
                "BEFORE UPDATE",
                f"(NEW.approved_at IS NOT NULL OR {one_of('NEW.status', WITH_SUPPLIER)})"
                " AND EXISTS (SELECT 1 FROM purchase_order_lines line WHERE line.purchase_order_id = NEW.id"
                " AND NOT line.cost_known)",
            ),
        )
        more_indexes = (
            Index(
                "purchases_sent_alone",
                "sent_by_id, supplier_id, sent_at",
                where="sent_by_id IS NOT NULL AND approved_at IS NULL",
            ),
        )


_COST_MUST_BE_KNOWN = (
    "NOT NEW.cost_known AND EXISTS (SELECT 1 FROM purchase_orders bought"
    " WHERE bought.id = NEW.purchase_order_id AND (bought.approved_at IS NOT NULL"
    f" OR {one_of('bought.status', WITH_SUPPLIER)}))"
)


class PurchaseOrderLine(Record):
    """One product on a purchase order. `received_quantity` is written by the database alone, whenever a receipt is.

    Without `cost_known`, its cost is 0 until somebody who may see costs says what it is; until then the order stays a draft.
    """

    purchase_order_id = reference("PurchaseOrder", related_name="lines")
    position = fields.IntField()
    product_id = reference("Product", related_name="purchase_order_lines", index=True)
    quantity = fields.IntField()
    unit_cost_minor = fields.BigIntField()
    currency = CurrencyCodeField()
    total_minor = fields.BigIntField()
    cost_known = fields.BooleanField(default=True, db_default=True)
    received_quantity = fields.IntField(default=0)

    class Meta:
        table = "purchase_order_lines"
        unique_together = (("purchase_order_id", "position"),)
        checks = {
            "quantity": at_least(1, "quantity", "position"),
            "received": at_least(0, "received_quantity"),
            "cost": at_least(0, "unit_cost_minor"),
            "total": "total_minor = unit_cost_minor * quantity",
            "unknown": "cost_known OR unit_cost_minor = 0",
        }
        sums = ("received_quantity",)
        triggers = (
            Refusal(
                "receipt_within_allowance",
                "BEFORE UPDATE",
                "NEW.received_quantity > OLD.received_quantity AND NEW.received_quantity > NEW.quantity"
                " AND CAST(NEW.received_quantity AS bigint) * 10000 > CAST(NEW.quantity AS bigint)"
                " * (SELECT 10000 + s.over_receipt_basis_points FROM suppliers s"
                " JOIN purchase_orders p ON p.supplier_id = s.id WHERE p.id = NEW.purchase_order_id)",
            ),
            belonging(
                "purchase_line_of_its_order",
                "purchase_orders",
                "id = NEW.purchase_order_id AND currency = NEW.currency",
            ),
            Refusal("purchase_line_at_known_cost", "AFTER INSERT", _COST_MUST_BE_KNOWN),
            Refusal("purchase_line_stays_known", "AFTER UPDATE", _COST_MUST_BE_KNOWN),
        )


class Receipt(Record):
    """One delivery of a supplier against a purchase order."""

    number = fields.CharField(max_length=20, unique=True)
    purchase_order_id = reference("PurchaseOrder", related_name="receipts")
    delivery_note = fields.CharField(max_length=100, null=True)
    received_at = fields.DatetimeField()
    received_by_id = optional_reference("Account")

    class Meta:
        table = "receipts"
        indexes = (("purchase_order_id", "received_at", "id"), ("received_at", "id"))
        by_code_point = ("number",)
        append_only = True


class ReceiptLine(Record):
    """What of a line of the purchase order came with a receipt, as which batch, and where it was put."""

    receipt_id = reference("Receipt", related_name="lines")
    purchase_order_line_id = reference("PurchaseOrderLine", related_name="receipt_lines", index=True)
    batch_id = reference("Batch", related_name="receipt_lines", index=True)
    location_id = reference("Location")
    quantity = fields.IntField()

    class Meta:
        table = "receipt_lines"
        indexes = (("receipt_id", "id"),)
        checks = {"quantity": at_least(1, "quantity")}
        append_only = True
        triggers = (
            Sum(
                "receipt_sum",
                "INSERT",
                "UPDATE purchase_order_lines SET received_quantity = received_quantity + NEW.quantity"
                " WHERE id = NEW.purchase_order_line_id",
            ),
            belonging(
                "receipt_line_of_its_order",
                "purchase_order_lines line JOIN receipts ON receipts.purchase_order_id = line.purchase_order_id"
                " JOIN batches ON batches.product_id = line.product_id",
                "line.id = NEW.purchase_order_line_id AND receipts.id = NEW.receipt_id AND batches.id = NEW.batch_id",
            ),
        )


class PurchaseLimit(Record):
    """Up to how much a role sends purchase orders alone, in one currency. A currency without a row has the limit 0."""

    role = fields.CharEnumField(Role, max_length=30)
    currency = CurrencyCodeField()
    limit_minor = fields.BigIntField()
    version = fields.IntField(default=1)

    class Meta:
        table = "purchase_limits"
        unique_together = (("role", "currency"),)
        checks = {"limit": at_least(0, "limit_minor")}
        by_code_point = ("role",)


def on_order_sql(product: str) -> str:
    """How much of a product is still to come from suppliers, as an SQL value; never null."""
    return (
        "(SELECT CAST(coalesce(sum(awaited.quantity - awaited.received_quantity), 0) AS integer)"
        " FROM purchase_order_lines awaited JOIN purchase_orders sent ON sent.id = awaited.purchase_order_id"
        f" WHERE awaited.product_id = {product} AND awaited.received_quantity < awaited.quantity"
        f" AND {is_one_of('sent.status', AWAITED)})"
    )


def known_cost_sql(product: str, supplier: str, currency: str) -> str:
    """What one unit of a product costs at a supplier as far as we know, in minor units, as an SQL value; null when we do not.

    It is what was agreed with the supplier last, else what we reckon that the product costs us; never in another currency.
    """
    agreed = (
        "SELECT agreed.unit_cost_minor FROM purchase_order_lines agreed JOIN purchase_orders gone"
        f" ON gone.id = agreed.purchase_order_id WHERE agreed.product_id = {product} AND gone.supplier_id = {supplier}"
        f" AND gone.sent_at IS NOT NULL AND agreed.currency = {currency} ORDER BY gone.sent_at DESC, gone.id DESC LIMIT 1"
    )
    reckoned = (
        f"SELECT reckoned.cost_price_minor FROM products reckoned"
        f" WHERE reckoned.id = {product} AND reckoned.currency = {currency}"
    )
    return f"coalesce(({agreed}), ({reckoned}))"


Supplier.hidden_changes = (SupplierEvent.CHANGED,)
Supplier.row_scope = PurchaseOrder.row_scope = PurchaseOrderLine.row_scope = all_rows
Receipt.row_scope = ReceiptLine.row_scope = PurchaseLimit.row_scope = all_rows
