"""How far an order is: a view of the database over its lines, their promises, their shipments and what is to come.

The surprising rule: what a line waits for is reckoned with those before it in the queue: the oldest order is served first.
"""

from typing import Any

from tortoise import fields

from models.kit.base import Record, all_rows
from models.kit.enums import DescribedEnum


class ProgressStage(DescribedEnum):
    """Where pieces of an order are."""

    BACKORDERED = "BACKORDERED", "Not there; they are promised when they come in."
    IN_PRODUCTION = "IN_PRODUCTION", "Being made, or planned to be, or waiting for the quality check."
    ALLOCATED = "ALLOCATED", "In stock and promised to the order."
    PICKED = "PICKED", "Taken from the shelf, and being packed."
    SHIPPED = "SHIPPED", "On the way."
    DELIVERED = "DELIVERED", "With the customer."


class OrderProgress(Record):
    """How many pieces of a line are at one stage; with the shipment that they go with, from picking on.

    `place` orders the rows of an order: by line, and within it what has come furthest first.
    """

    order_id = fields.UUIDField()
    order_line_id = fields.UUIDField()
    product_id = fields.UUIDField()
    place = fields.IntField()
    position = fields.IntField()
    stage = fields.CharEnumField(ProgressStage, max_length=20)
    quantity = fields.IntField()
    since: Any = fields.DatetimeField(null=True)
    expected_at: Any = fields.DatetimeField(null=True)
    planned_for: Any = fields.DateField(null=True)
    work_order_number: Any = fields.CharField(max_length=20, null=True)
    batch_number: Any = fields.CharField(max_length=20, null=True)
    shipment_id: Any = fields.UUIDField(null=True)
    carrier: Any = fields.CharField(max_length=100, null=True)
    tracking_number: Any = fields.CharField(max_length=100, null=True)

    class Meta:
        table = "order_progress"
        # A view, made by a migration: Tortoise makes no table of it.
        abstract = True


OrderProgress.row_scope = all_rows
