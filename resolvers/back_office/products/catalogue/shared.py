"""Products as other use cases reach them, and the steps that all verbs on products share.

The surprising rule: a product's stock figures are the database's own, so a changed product is saved column by column.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from models.back_office.products.catalogue import Product, visible_products
from models.kit.events import EventKind
from models.kit.money import amount_of, decimals_of, minor_of
from resolvers.events import record
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.loading import access
from resolvers.kit.viewer import Viewer

Keys = Mapping[str, UUID]

LARGEST_PRICE_MINOR = 10_000_000_000
"""What one unit may cost, in minor units: times the largest quantity, it still fits into a column."""


async def access_product(viewer: Viewer, key: UUID | None) -> Product | None:
    """One product that the viewer sees, not locked; None when there is none."""
    return await access(viewer, Product, visible_products, key, lock=False)


async def product_at(viewer: Viewer, key: UUID | None, errors: InputErrors, expected_version: int | None) -> Product:
    """The product that a verb is about, locked."""
    product = await access(viewer, Product, visible_products, key)
    if product is None:
        errors.not_found("product", "product")
        raise errors.refusal()
    errors.version(product.version, expected_version)
    return product


def price_of(amount: Decimal, currency: str, member: str, errors: InputErrors) -> int:
    """An amount of an input in minor units, 0 at least; notes when it is no price."""
    minor = minor_of(amount, currency)
    if minor is None:
        errors.add(member, f"{currency} has {decimals_of(currency)} decimals.")
    elif not 0 <= minor <= LARGEST_PRICE_MINOR:
        largest = amount_of(LARGEST_PRICE_MINOR, currency)
        errors.add(member, f"A price is at least 0 and at most {largest} {currency}.")
    return minor or 0


async def write(viewer: Viewer, product: Product, changed: list[str], kind: EventKind, at: datetime) -> Keys:
    """Saves the changed columns of a product and records what happened to it."""
    product.version += 1
    await product.save(update_fields=[*changed, "search_text", "version"])
    await record(kind, actor=viewer.account, at=at, product_id=product.id)
    return {"product": product.id}
