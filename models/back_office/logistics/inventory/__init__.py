"""Inventory: where stock lies, batch by batch, how it came there, and what of it is promised to orders."""

from models.back_office.logistics.inventory.batches import TRANSITIONS as BATCH_TRANSITIONS
from models.back_office.logistics.inventory.batches import Batch, BatchEvent, BatchStatus, visible_batches
from models.back_office.logistics.inventory.counts import TRANSITIONS as STOCK_COUNT_TRANSITIONS
from models.back_office.logistics.inventory.counts import StockCount, StockCountLine, StockCountStatus
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
    StockEvent,
    StockMove,
    available_sql,
    can_be_promised,
)

__all__ = [
    "BATCH_TRANSITIONS",
    "STOCK_COUNT_TRANSITIONS",
    "Allocation",
    "Batch",
    "BatchEvent",
    "BatchStatus",
    "Location",
    "LocationKind",
    "MoveKind",
    "StockBalance",
    "StockCount",
    "StockCountLine",
    "StockCountStatus",
    "StockEvent",
    "StockMove",
    "Warehouse",
    "available_sql",
    "can_be_promised",
    "visible_batches",
    "visible_locations",
    "visible_warehouses",
]
