"""Amendments: who changed a placed order and how, which of the customer's people asked for it, and why. An append-only list."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from tortoise import fields

from models.front_office.customers import Channel
from models.kit.base import Record, all_rows

if TYPE_CHECKING:
    from models.back_office.products.catalogue import Product
    from models.both_offices.accounts import Account
    from models.front_office.sales.orders.placed import Order


class OrderAmendment(Record):
    """One change of a placed order, in the words of who asked for it."""

    order: fields.ForeignKeyRelation["Order"] = fields.ForeignKeyField(
        "models.Order", related_name="amendments", on_delete=fields.RESTRICT, db_index=False
    )
    order_id: UUID
    reason: Any = fields.TextField(null=True)
    asked_by: Any = fields.CharField(max_length=200, null=True)
    asked_through: Any = fields.CharEnumField(Channel, max_length=20, null=True)
    amended_at = fields.DatetimeField()
    amended_by: fields.ForeignKeyNullableRelation["Account"] = fields.ForeignKeyField(
        "models.Account", related_name=False, on_delete=fields.RESTRICT, null=True, db_index=False
    )
    amended_by_id: UUID | None

    class Meta:
        table = "order_amendments"
        indexes = (("order_id", "amended_at", "id"),)


class OrderAmendmentLine(Record):
    """How many pieces of one line there were before an amendment and after it, 0 where there was no such line.

    `position` and `product_name` are the line's own, which is gone when it was taken off the order.
    """

    amendment: fields.ForeignKeyRelation[OrderAmendment] = fields.ForeignKeyField(
        "models.OrderAmendment", related_name="changes", on_delete=fields.RESTRICT, db_index=False
    )
    amendment_id: UUID
    position = fields.IntField()
    product: fields.ForeignKeyRelation["Product"] = fields.ForeignKeyField(
        "models.Product", related_name=False, on_delete=fields.RESTRICT, db_index=False
    )
    product_id: UUID
    product_name = fields.CharField(max_length=200)
    quantity_before = fields.IntField()
    quantity_after = fields.IntField()

    class Meta:
        table = "order_amendment_lines"
        unique_together = (("amendment_id", "position"),)


OrderAmendmentLine.row_scope = all_rows
OrderAmendment.row_scope = all_rows
