"""Customers, as other use cases reach them."""

from uuid import UUID

from models.front_office.customers import Customer, visible_customers
from resolvers.kit.loading import access
from resolvers.kit.viewer import Viewer


async def access_customer(viewer: Viewer, key: UUID | None) -> Customer | None:
    """One customer that the viewer sees, not locked; None when there is none."""
    return await access(viewer, Customer, visible_customers, key, lock=False)
