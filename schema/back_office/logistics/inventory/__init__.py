"""Inventory: where stock lies, batch by batch, how it came there, and what of it is promised to orders."""

from schema.back_office.logistics.inventory import alerts, counts, places, stock
from schema.back_office.logistics.inventory.places import Location, Warehouse
from schema.back_office.logistics.inventory.stock import Batch, StockBalance, StockMove
from schema.kit.areas import Area

__all__ = ["Batch", "Location", "StockBalance", "StockMove", "Warehouse"]

AREA = Area(
    front_office=(stock.Batches,),
    back_office=(places.Places, stock.Batches, stock.Stock, counts.StockCounts),
    mutations=(*places.MUTATIONS, *stock.MUTATIONS, *counts.MUTATIONS, *alerts.MUTATIONS),
    subscriptions=(alerts.StockSubscriptions,),
)
