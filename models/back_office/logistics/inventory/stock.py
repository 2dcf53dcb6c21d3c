"""Stock: an append-only ledger of moves, what lies where because of it, and what of that is promised to orders.

The surprising rule: balances are written by the database alone, in triggers on moves and allocations, so that they always
equal the sums; it refuses a balance below zero, and more promised than there is.
"""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from tortoise import fields

from models.kit.base import Record, all_rows
from models.kit.enums import DescribedEnum

if TYPE_CHECKING:
    from models.back_office.logistics.inventory.batches import Batch
    from models.back_office.logistics.inventory.places import Location
    from models.back_office.products.catalogue import Product
    from models.both_offices.accounts import Account
    from models.front_office.sales.orders import OrderLine


class MoveKind(DescribedEnum):
    """Why stock moved."""

    RECEIPT = "RECEIPT", "Came from a supplier."
    PICK = "PICK", "Was taken from its shelf to be packed, or put back."
    SHIP = "SHIP", "Left the house for a customer."
    RETURN = "RETURN", "Came back from a customer."
    PRODUCE = "PRODUCE", "Was made."
    CONSUME = "CONSUME", "Was used up in making something."
    ADJUST = "ADJUST", "A count or an inspection found more or less."
    TRANSFER = "TRANSFER", "Went from one place to another."


class StockMove(Record):
    """One change of what lies in one place of one batch. `quantity` is what came, or below zero what went.

    Two moves with the same `transfer_id` are one way from place to place. What it is about stands in one of the last five.
    """

    product: fields.ForeignKeyRelation["Product"] = fields.ForeignKeyField(
        "models.Product", related_name="stock_moves", on_delete=fields.RESTRICT, db_index=False
    )
    product_id: UUID
    location: fields.ForeignKeyRelation["Location"] = fields.ForeignKeyField(
        "models.Location", related_name="stock_moves", on_delete=fields.RESTRICT, db_index=False
    )
    location_id: UUID
    batch: fields.ForeignKeyRelation["Batch"] = fields.ForeignKeyField(
        "models.Batch", related_name="stock_moves", on_delete=fields.RESTRICT, db_index=False
    )
    batch_id: UUID
    kind = fields.CharEnumField(MoveKind, max_length=20)
    quantity = fields.IntField()
    reason: Any = fields.TextField(null=True)
    at = fields.DatetimeField()
    actor: fields.ForeignKeyNullableRelation["Account"] = fields.ForeignKeyField(
        "models.Account", related_name=False, on_delete=fields.RESTRICT, null=True, db_index=False
    )
    actor_id: UUID | None
    transfer_id: Any = fields.UUIDField(null=True)
    # Plain keys: most moves have one of them, and a ledger outlives what it tells of.
    order_line_id: Any = fields.UUIDField(null=True)
    shipment_id: Any = fields.UUIDField(null=True)
    receipt_id: Any = fields.UUIDField(null=True)
    work_order_id: Any = fields.UUIDField(null=True)
    return_id: Any = fields.UUIDField(null=True)
    stock_count_id: Any = fields.UUIDField(null=True)

    class Meta:
        table = "stock_moves"
        indexes = (
            ("at", "id"),
            ("product_id", "at", "id"),
            ("batch_id", "at", "id"),
            ("location_id", "at", "id"),
        )


class StockBalance(Record):
    """What lies in one place of one batch: `on_hand`, and how much of that is `allocated` to orders."""

    product: fields.ForeignKeyRelation["Product"] = fields.ForeignKeyField(
        "models.Product", related_name="stock_balances", on_delete=fields.RESTRICT, db_index=False
    )
    product_id: UUID
    location: fields.ForeignKeyRelation["Location"] = fields.ForeignKeyField(
        "models.Location", related_name="stock_balances", on_delete=fields.RESTRICT, db_index=False
    )
    location_id: UUID
    batch: fields.ForeignKeyRelation["Batch"] = fields.ForeignKeyField(
        "models.Batch", related_name="stock_balances", on_delete=fields.RESTRICT, db_index=False
    )
    batch_id: UUID
    on_hand = fields.IntField(default=0)
    allocated = fields.IntField(default=0)

    class Meta:
        table = "stock_balances"
        unique_together = (("location_id", "batch_id"),)
        indexes = (("product_id", "id"), ("batch_id", "id"))


class Allocation(Record):
    """Stock that is promised to one line of an order, until it is shipped or given up."""

    order_line: fields.ForeignKeyRelation["OrderLine"] = fields.ForeignKeyField(
        "models.OrderLine", related_name="allocations", on_delete=fields.RESTRICT, db_index=False
    )
    order_line_id: UUID
    balance: fields.ForeignKeyRelation[StockBalance] = fields.ForeignKeyField(
        "models.StockBalance", related_name="allocations", on_delete=fields.RESTRICT, db_index=True
    )
    balance_id: UUID
    quantity = fields.IntField()
    allocated_at = fields.DatetimeField()

    class Meta:
        table = "allocations"
        unique_together = (("order_line_id", "balance_id"),)


def can_be_promised(balance: str) -> str:
    """The condition that what a balance has free may be promised: it lies in storage, of a released batch that is still good.

    The day after which a batch is no longer good is that of Coordinated Universal Time.
    """
    # Values and not EXISTS: a planner without statistics would turn that into a join that begins with all batches.
    return (
        f"(SELECT shelf.kind FROM locations shelf WHERE shelf.id = {balance}.location_id) = 'STORAGE'"
        " AND (SELECT good.status = 'RELEASED' AND (good.expires_on IS NULL OR good.expires_on >= CURRENT_DATE)"
        f" FROM batches good WHERE good.id = {balance}.batch_id)"
    )


def available_sql(product: str) -> str:
    """How much of a product can be promised, as an SQL value; never null."""
    return (
        "(SELECT CAST(coalesce(sum(free.on_hand - free.allocated), 0) AS integer) FROM stock_balances free"
        f" WHERE free.product_id = {product} AND free.allocated < free.on_hand AND {can_be_promised('free')})"
    )


StockBalance.row_scope = StockMove.row_scope = Allocation.row_scope = all_rows
