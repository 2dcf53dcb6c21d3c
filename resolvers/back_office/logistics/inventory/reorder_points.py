"""Reorder points: from how little on a product is bought again, and how much at a time."""

from uuid import UUID

from models.back_office.products.catalogue import Product
from models.kit.base import now
from models.kit.events import EventKind
from resolvers.back_office.logistics.inventory.alerts import alert
from resolvers.back_office.logistics.inventory.shared import Keys, check_quantity
from resolvers.events import record
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.loading import visible
from resolvers.kit.viewer import Viewer


async def set_reorder_point(
    viewer: Viewer, key: UUID | None, level: int, quantity: int, expected_version: int | None
) -> Keys:
    """Sets at which level a product is bought again, and in which quantity; with the quantity 0 nothing is proposed.

    A product that stands at or below its new level is proposed at once.
    """
    errors = InputErrors()
    product = await visible(viewer, Product, key, lock=True)
    if product is None:
        errors.not_found("product", "product")
    else:
        errors.version(product.version, expected_version)
    check_quantity("level", level, errors, least=0)
    check_quantity("quantity", quantity, errors, least=0)
    errors.raise_if_any()
    assert product is not None
    at = now()
    product.reorder_level, product.reorder_quantity = level, quantity
    product.version += 1
    await product.save(update_fields=["reorder_level", "reorder_quantity", "version"])
    await record(EventKind.PRODUCT_CHANGED, actor=viewer.account, at=at, product_id=product.id)
    await alert([product.id], at)
    return {"product": product.id}
