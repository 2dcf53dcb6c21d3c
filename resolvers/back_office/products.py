"""Products, as other use cases reach them."""

from uuid import UUID

from models.back_office.products import Product, visible_products
from resolvers.access import access
from resolvers.viewer import Viewer


async def access_product(viewer: Viewer, key: UUID | None) -> Product | None:
    """One product that the viewer sees, not locked; None when there is none."""
    return await access(viewer, Product, visible_products, key, lock=False)
