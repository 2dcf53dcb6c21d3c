"""Stock counts: what people found on the shelf; the differences are posted as moves."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from tortoise import fields

from models.kit.base import Record, all_rows
from models.kit.enums import DescribedEnum
from models.kit.states import Guard, Transition, Transitions
from models.permissions import Permission

if TYPE_CHECKING:
    from models.back_office.logistics.inventory.batches import Batch
    from models.back_office.logistics.inventory.places import Location
    from models.both_offices.accounts import Account


class StockCountStatus(DescribedEnum):
    """How far a stock count is."""

    OPEN = "OPEN", "Being counted."
    POSTED = "POSTED", "Its differences are in the ledger."
    CANCELLED = "CANCELLED", "Given up."


_S = StockCountStatus

TRANSITIONS: Transitions = {
    _S.OPEN: (
        Transition(_S.POSTED, Permission.WRITE_STOCK, by=("postStockCount",), guards=(Guard.COUNTED,)),
        Transition(_S.CANCELLED, Permission.WRITE_STOCK, by=("cancelStockCount",)),
    ),
    _S.POSTED: (),
    _S.CANCELLED: (),
}


class StockCount(Record):
    """One count of one location."""

    number = fields.CharField(max_length=20, unique=True)
    location: fields.ForeignKeyRelation["Location"] = fields.ForeignKeyField(
        "models.Location", related_name="stock_counts", on_delete=fields.RESTRICT, db_index=True
    )
    location_id: UUID
    status = fields.CharEnumField(StockCountStatus, max_length=20)
    opened_at = fields.DatetimeField()
    opened_by: fields.ForeignKeyNullableRelation["Account"] = fields.ForeignKeyField(
        "models.Account", related_name=False, on_delete=fields.RESTRICT, null=True, db_index=False
    )
    opened_by_id: UUID | None
    posted_at: Any = fields.DatetimeField(null=True)
    posted_by: fields.ForeignKeyNullableRelation["Account"] = fields.ForeignKeyField(
        "models.Account", related_name=False, on_delete=fields.RESTRICT, null=True, db_index=False
    )
    posted_by_id: UUID | None
    version = fields.IntField(default=1)

    class Meta:
        table = "stock_counts"
        indexes = (("opened_at", "id"),)


class StockCountLine(Record):
    """What was found of one batch. `expected` is what the ledger said when that was written down; null in old counts given up."""

    count: fields.ForeignKeyRelation[StockCount] = fields.ForeignKeyField(
        "models.StockCount", related_name="lines", on_delete=fields.RESTRICT, db_index=False
    )
    count_id: UUID
    batch: fields.ForeignKeyRelation["Batch"] = fields.ForeignKeyField(
        "models.Batch", related_name=False, on_delete=fields.RESTRICT, db_index=False
    )
    batch_id: UUID
    counted = fields.IntField()
    expected: Any = fields.IntField(null=True)

    class Meta:
        table = "stock_count_lines"
        unique_together = (("count_id", "batch_id"),)


StockCount.row_scope = StockCountLine.row_scope = all_rows
