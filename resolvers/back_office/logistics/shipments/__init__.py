"""Shipments: made from what is promised to an order, picked, packed, shipped and delivered, or given up before they leave.

Locks are taken in one order: the order, the shipment, batches, and what lies of them, each in the order of their keys.
"""

from resolvers.back_office.logistics.shipments.carrying import (
    cancel_shipment,
    deliver_shipment,
    pack_shipment,
    pick_shipment,
    ship_shipment,
)
from resolvers.back_office.logistics.shipments.creating import create_shipment

__all__ = [
    "cancel_shipment",
    "create_shipment",
    "deliver_shipment",
    "pack_shipment",
    "pick_shipment",
    "ship_shipment",
]
