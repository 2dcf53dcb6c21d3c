"""Amendments: who changed a placed order and how, which of the customer's people asked for it, and why. An append-only list."""

from typing import Any

from tortoise import fields

from models.front_office.customers import Channel
from models.kit.base import Record, all_rows, optional_reference, reference
from models.kit.constraints import at_least


class OrderAmendment(Record):
    """One change of a placed order, in the words of who asked for it."""

    order_id = reference("Order", related_name="amendments")
    reason: Any = fields.TextField(null=True)
    asked_by = fields.CharField(max_length=200, null=True)
    asked_through: Any = fields.CharEnumField(Channel, max_length=20, null=True)
    amended_at = fields.DatetimeField()
    amended_by_id = optional_reference("Account")

    class Meta:
        table = "order_amendments"
        indexes = (("order_id", "amended_at", "id"),)
        append_only = True
        masked_again = ("reason",)


class OrderAmendmentLine(Record):
    """How many pieces of one line there were before an amendment and after it, 0 where there was no such line.

    `position` and `product_name` are the line's own, which is gone when it was taken off the order.
    """

    amendment_id = reference("OrderAmendment", related_name="changes")
    position = fields.IntField()
    product_id = reference("Product")
    product_name = fields.CharField(max_length=200)
    quantity_before = fields.IntField()
    quantity_after = fields.IntField()

    class Meta:
        table = "order_amendment_lines"
        unique_together = (("amendment_id", "position"),)
        checks = {
            "position": at_least(1, "position"),
            "quantities": at_least(0, "quantity_before", "quantity_after"),
            "changed": "quantity_before <> quantity_after",
        }
        append_only = True


OrderAmendmentLine.row_scope = all_rows
OrderAmendment.row_scope = all_rows
