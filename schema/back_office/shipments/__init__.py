"""Shipments as clients see them, and what the warehouse does with them."""

from schema.back_office.shipments.types import Shipments, ShipmentSubscriptions

__all__ = ["ShipmentSubscriptions", "Shipments"]
