"""Orders as clients see them: read by both offices, taken by the front office, and pushed to it as they go on."""

from schema.front_office.orders.progress import OrderSubscriptions
from schema.front_office.orders.types import FrontOfficeOrders

__all__ = ["FrontOfficeOrders", "OrderSubscriptions"]
