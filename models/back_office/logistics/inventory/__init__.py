"""Inventory: the places where stock lies, the batches that it consists of, and what people find when they count it.

The ledger itself, and what of it is promised to orders, stands in `stock`. The surprising rule: every piece in stock belongs
to a batch, so that a complaint leads to what was bought or made together; and a batch that is not RELEASED keeps its stock,
and none of it can be allocated, consumed or shipped.
"""

from typing import Any

from tortoise import fields

from models.both_offices.work import WorkGroup, WorkKind, WorkSource
from models.kit.base import VIEWER, ReadScope, Record, all_rows, optional_reference, reference
from models.kit.constraints import Index, at_least, only_with, together, when
from models.kit.enums import DescribedEnum
from models.kit.events import EventKind
from models.kit.money import CurrencyCodeField
from models.kit.states import Guard, Transition, Transitions
from models.permissions import Permission


class LocationKind(DescribedEnum):
    """What a location is for."""

    STORAGE = "STORAGE", "Stock that can be sold, made into something or shipped."
    PACKING = "PACKING", "What was picked for a shipment and has not left the house."
    RETURNS = "RETURNS", "What customers sent back and nobody has inspected."
    QUARANTINE = "QUARANTINE", "What must not be sold, whatever its batch says."


class Warehouse(Record):
    """A house where stock lies."""

    code = fields.CharField(max_length=20, unique=True)
    name = fields.CharField(max_length=200)
    country = fields.CharField(max_length=100)
    version = fields.IntField(default=1)

    class Meta:
        table = "warehouses"
        by_code_point = ("code", "name")


class Location(Record):
    """A place in a warehouse. Only stock in STORAGE can be allocated to orders or consumed by production."""

    warehouse_id = reference("Warehouse", related_name="locations")
    code = fields.CharField(max_length=20)
    kind = fields.CharEnumField(LocationKind, max_length=20)
    version = fields.IntField(default=1)

    class Meta:
        table = "locations"
        unique_together = (("warehouse_id", "code"),)
        by_code_point = ("code", "kind")


class BatchStatus(DescribedEnum):
    """Whether a batch may leave the house."""

    ON_HOLD = "ON_HOLD", "Waits for its quality check, or was held back again."
    RELEASED = "RELEASED", "May be sold and used."
    REJECTED = "REJECTED", "Failed its check; it is only scrapped or sent back."


_B = BatchStatus
_CHECK = Permission.CHECK_QUALITY

BATCH_TRANSITIONS: Transitions = {
    _B.ON_HOLD: (
        Transition(_B.RELEASED, _CHECK, by=("releaseBatch",), guards=(Guard.SETTLED,)),
        Transition(_B.REJECTED, _CHECK, by=("rejectBatch",)),
    ),
    _B.RELEASED: (Transition(_B.ON_HOLD, _CHECK, by=("holdBatch",)),),
    _B.REJECTED: (),
}
"""Settled is what has passed its checks since it was put on hold (see production)."""


class BatchEvent(EventKind):
    """What happens to batches."""

    CHECKED = "BATCH_CHECKED", "Somebody looked at a batch."
    HELD = "BATCH_HELD", "A batch may not be sold until it is released."
    RELEASED = "BATCH_RELEASED", "A batch may be sold."
    REJECTED = "BATCH_REJECTED", "A batch will never be sold."


class Batch(Record):
    """What was received or made of one product at one time. `expires_on` is the last day on which it may be shipped.

    `unit_cost_minor` is what one unit cost to buy, or to make, by what was consumed; null when nobody knows. `held_at` is when
    it was put on hold last, null for the hold that it began with; `status_reason` is why it was held or rejected.
    """

    history_needs = Permission.READ_BATCHES
    transitions = BATCH_TRANSITIONS

    number = fields.CharField(max_length=20, unique=True)
    product_id = reference("Product", related_name="batches")
    status = fields.CharEnumField(BatchStatus, max_length=20)
    made_at = fields.DatetimeField()
    expires_on = fields.DateField(null=True)
    supplier_id = optional_reference("Supplier", related_name="batches", index=True)
    work_order_id = optional_reference("WorkOrder", related_name="batches", index=True)
    currency: Any = CurrencyCodeField(null=True)
    unit_cost_minor = fields.BigIntField(null=True)
    held_at = fields.DatetimeField(null=True)
    status_reason: Any = fields.TextField(null=True)
    version = fields.IntField(default=1)

    class Meta:
        table = "batches"
        indexes = (("product_id", "made_at", "id"), ("made_at", "id"))
        checks = {
            "cost": at_least(0, "unit_cost_minor"),
            "cost_has_currency": together("unit_cost_minor", "currency"),
        }
        by_code_point = ("number", "status")
        more_indexes = (
            Index("batches_to_expire", "expires_on, id", where="expires_on IS NOT NULL"),
            Index("batches_held", "product_id, id", where="status = 'ON_HOLD'"),
        )


class StockCountStatus(DescribedEnum):
    """How far a stock count is."""

    OPEN = "OPEN", "Being counted."
    POSTED = "POSTED", "Its differences are in the ledger."
    CANCELLED = "CANCELLED", "Given up."


_C = StockCountStatus

STOCK_COUNT_TRANSITIONS: Transitions = {
    _C.OPEN: (
        Transition(
            _C.POSTED, Permission.POST_COUNTS, by=("postStockCount",), guards=(Guard.COUNTED, Guard.SECOND_PERSON)
        ),
        Transition(_C.CANCELLED, Permission.WRITE_STOCK, by=("cancelStockCount",)),
    ),
    _C.POSTED: (),
    _C.CANCELLED: (),
}


class StockCount(Record):
    """One count of one location."""

    transitions = STOCK_COUNT_TRANSITIONS

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
    counted_by_id = optional_reference("Account")

    class Meta:
        table = "stock_count_lines"
        unique_together = (("count_id", "batch_id"),)
        checks = {"counted": at_least(0, "counted", "expected")}


Warehouse.row_scope = Location.row_scope = Batch.row_scope = all_rows
StockCount.row_scope = StockCountLine.row_scope = all_rows


def found_less_sql(count: str, opened_by: str) -> str:
    """A condition that the viewer found something missing in a count; of old lines, whoever opened the count did."""
    who = f"coalesce(found.counted_by_id, {opened_by}) = {VIEWER}"
    less = f"found.count_id = {count} AND found.counted < found.expected AND {who}"
    return f"EXISTS (SELECT 1 FROM stock_count_lines found WHERE {less})"


def _postable(_read_scope: ReadScope, item: str) -> str:
    opened_by = f"(SELECT counting.opened_by_id FROM stock_counts counting WHERE counting.id = {item}.stock_count_id)"
    return f"({item}.stock_count_id IS NULL OR NOT {found_less_sql(f'{item}.stock_count_id', opened_by)})"


WORK = (
    WorkSource(
        kind=WorkKind.STOCK_COUNT_TO_POST,
        table="stock_counts counting",
        where="counting.status = 'OPEN' AND EXISTS (SELECT 1 FROM stock_count_lines missing"
        " WHERE missing.count_id = counting.id AND missing.counted < missing.expected)",
        owner=WorkGroup("COUNT_POSTERS", frozenset({Permission.POST_COUNTS})),
        since="counting.opened_at",
        columns={"stock_count_id": "counting.id"},
        seen=_postable,
    ),
)
