"""Reorder points: from how little on a product is bought again, and how much at a time."""

from uuid import UUID

from models.back_office.products import Product, visible_products
from models.base import now
from models.events import EventKind
from resolvers.access import access
from resolvers.back_office.inventory.alerts import alert
from resolvers.back_office.inventory.shared import Keys, check_quantity
from resolvers.events import record
from resolvers.inputs import Checks
from resolvers.viewer import Viewer


async def set_reorder_point(
    viewer: Viewer, key: UUID | None, level: int, quantity: int, expected_version: int | None
) -> Keys:
    """Sets at which level a product is bought again, and in which quantity; with the quantity 0 nothing is proposed.

    A product that stands at or below its new level is proposed at once.
    """
    checks = Checks()
    product = await access(viewer, Product, visible_products, key)
    if product is None:
        checks.missing("product", "product")
    else:
        checks.version(product.version, expected_version)
    check_quantity("level", level, checks, least=0)
    check_quantity("quantity", quantity, checks, least=0)
    checks.done()
    assert product is not None
    at = now()
    product.reorder_level, product.reorder_quantity = level, quantity
    product.version += 1
    await product.save(update_fields=["reorder_level", "reorder_quantity", "version"])
    await record(EventKind.PRODUCT_CHANGED, actor=viewer.account, at=at, product_id=product.id)
    await alert([product.id], at)
    return {"product": product.id}
