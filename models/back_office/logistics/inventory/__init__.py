"""Inventory: where stock lies, batch by batch, how it came there, and what of it is promised to orders."""

from models.back_office.logistics.inventory.batches import TRANSITIONS as BATCH_TRANSITIONS
from models.back_office.logistics.inventory.batches import Batch, BatchStatus, visible_batches
from models.back_office.logistics.inventory.counts import TRANSITIONS as STOCK_COUNT_TRANSITIONS
from models.back_office.logistics.inventory.counts import (
    StockCount,
    StockCountLine,
    StockCountStatus,
    visible_stock_count_lines,
    visible_stock_counts,
)
from models.back_office.logistics.inventory.places import (
    Location,
    LocationKind,
    Warehouse,
    visible_locations,
    visible_warehouses,
)
from models.back_office.logistics.inventory.stock import (
    Allocation,
    MoveKind,
    StockBalance,
    StockMove,
    available_sql,
    can_be_promised,
    visible_allocations,
    visible_stock_balances,
    visible_stock_moves,
)

__all__ = [
    "BATCH_TRANSITIONS",
    "STOCK_COUNT_TRANSITIONS",
    "Allocation",
    "Batch",
    "BatchStatus",
    "Location",
    "LocationKind",
    "MoveKind",
    "StockBalance",
    "StockCount",
    "StockCountLine",
    "StockCountStatus",
    "StockMove",
    "Warehouse",
    "available_sql",
    "can_be_promised",
    "visible_allocations",
    "visible_batches",
    "visible_locations",
    "visible_stock_balances",
    "visible_stock_count_lines",
    "visible_stock_counts",
    "visible_stock_moves",
    "visible_warehouses",
]
