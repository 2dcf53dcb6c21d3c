"""Inventory: where stock lies, batch by batch, how it came there, and what of it is promised to orders."""

from schema.back_office.logistics.inventory.alerts import StockAlertUpdate, StockSubscriptions
from schema.back_office.logistics.inventory.changes import InventoryMutations
from schema.back_office.logistics.inventory.counts import StockCount, StockCountLine, StockCounts
from schema.back_office.logistics.inventory.places import Location, Places, Warehouse
from schema.back_office.logistics.inventory.stock import Allocation, Batch, Batches, Stock, StockBalance, StockMove
from schema.kit.areas import Area

__all__ = [
    "Allocation",
    "Batch",
    "Batches",
    "InventoryMutations",
    "Location",
    "Places",
    "Stock",
    "StockAlertUpdate",
    "StockBalance",
    "StockCount",
    "StockCountLine",
    "StockCounts",
    "StockMove",
    "StockSubscriptions",
    "Warehouse",
]

AREA = Area(
    front_office=(Batches,),
    back_office=(
        Places,
        Batches,
        Stock,
        StockCounts,
    ),
    mutations=(InventoryMutations,),
    subscriptions=(StockSubscriptions,),
)
