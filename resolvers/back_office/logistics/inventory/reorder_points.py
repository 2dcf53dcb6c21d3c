"""Reorder points: from how little on a product is bought again, and how much at a time."""

from models.back_office.products.catalogue import Product, ProductEvent
from models.kit.base import now
from resolvers.back_office.logistics.inventory.alerts import alert
from resolvers.back_office.logistics.inventory.ledger import LARGEST_QUANTITY
from resolvers.events import record
from resolvers.kit.commands import Key, Keys, Update, command, member
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.loading import find
from resolvers.kit.viewer import Viewer


@command
class SetReorderPoint(Update):
    """When a product is bought again."""

    product: Key[Product] = member("The product.")
    level: int = member("At how much available and on order, less what orders wait for, it is bought again.")
    quantity: int = member("How much at a time; with 0 nothing is proposed.")


async def set_reorder_point(viewer: Viewer, given: SetReorderPoint) -> Keys:
    """Sets at which level a product is bought again, and how much at a time. One that stands at or below it goes onto the draft
    of a purchase order at once.
    """
    errors = InputErrors()
    product = await find(viewer, Product, given.product, errors, given.expected_version, lock=True)
    errors.number("level", given.level, LARGEST_QUANTITY, least=0)
    errors.number("quantity", given.quantity, LARGEST_QUANTITY, least=0)
    errors.raise_if_any()
    assert product is not None
    at = now()
    product.reorder_level, product.reorder_quantity = given.level, given.quantity
    product.version += 1
    await product.save(update_fields=["reorder_level", "reorder_quantity", "version"])
    await record(ProductEvent.CHANGED, product, actor=viewer, at=at)
    await alert([product.id], at)
    return {"product": product.id}
