"""Shipments as clients see them, and what the warehouse does with them."""

from schema.back_office.logistics.shipments.changes import ShipmentMutations
from schema.back_office.logistics.shipments.types import Shipments, ShipmentSubscriptions, ShipmentWork
from schema.kit.areas import Area

__all__ = ["ShipmentMutations", "ShipmentSubscriptions", "ShipmentWork", "Shipments"]

AREA = Area(
    front_office=(Shipments,),
    back_office=(
        Shipments,
        ShipmentWork,
    ),
    mutations=(ShipmentMutations,),
    subscriptions=(ShipmentSubscriptions,),
)
