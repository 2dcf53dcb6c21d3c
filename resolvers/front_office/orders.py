"""Orders, as other use cases reach them."""

from uuid import UUID

from models.front_office.orders import Order, visible_orders
from resolvers.access import access
from resolvers.viewer import Viewer


async def access_order(viewer: Viewer, key: UUID | None) -> Order | None:
    """One order that the viewer sees, not locked; None when there is none."""
    return await access(viewer, Order, visible_orders, key, lock=False)
