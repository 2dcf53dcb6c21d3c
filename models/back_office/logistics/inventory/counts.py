"""Stock counts: what people found on the shelf; the differences are posted as moves."""

from typing import Any

from tortoise import fields

from models.kit.base import Record, all_rows
from models.kit.constraints import Index, at_least, only_with, when
from models.kit.enums import DescribedEnum
from models.kit.references import optional_reference, reference
from models.kit.states import Guard, Transition, Transitions
from models.permissions import Permission


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
    location_id = reference("Location", related_name="stock_counts", index=True)
    status = fields.CharEnumField(StockCountStatus, max_length=20)
    opened_at = fields.DatetimeField()
    opened_by_id = optional_reference("Account")
    posted_at = fields.DatetimeField(null=True)
    posted_by_id = optional_reference("Account")
    version = fields.IntField(default=1)

    class Meta:
        table = "stock_counts"
        indexes = (("opened_at", "id"),)
        checks = {
            "posted": when("status", "POSTED", "posted_at"),
            "poster": only_with("posted_by_id", "posted_at"),
        }
        by_code_point = ("number", "status")
        more_indexes = (Index("open_count", "location_id", where="status = 'OPEN'", unique=True),)


class StockCountLine(Record):
    """What was found of one batch. `expected` is what the ledger said when that was written down; null in old counts given up."""

    count_id = reference("StockCount", related_name="lines")
    batch_id = reference("Batch")
    counted = fields.IntField()
    expected: Any = fields.IntField(null=True)

    class Meta:
        table = "stock_count_lines"
        unique_together = (("count_id", "batch_id"),)
        checks = {"counted": at_least(0, "counted", "expected")}


StockCount.row_scope = StockCountLine.row_scope = all_rows
