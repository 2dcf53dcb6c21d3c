"""What a product costs customers, and what it costs us. Both keep their histories; orders keep the price they were placed at."""

from decimal import Decimal
from uuid import UUID

from models.back_office.products.catalogue import CostChange, ListPriceChange
from models.kit.base import new_id, now
from models.kit.events import EventKind
from resolvers.back_office.products.catalogue.shared import Keys, price_of, product_at, write
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.viewer import Viewer


async def set_list_price(
    viewer: Viewer, key: UUID | None, amount: Decimal, reason: str | None, expected_version: int | None
) -> Keys:
    """Sets what a customer pays for one unit from now on, before discount and tax, in the product's currency."""
    return await _set(viewer, key, "list_price_minor", ListPriceChange, amount, reason, expected_version)


async def set_cost(
    viewer: Viewer, key: UUID | None, amount: Decimal, reason: str | None, expected_version: int | None
) -> Keys:
    """Sets what we reckon that one unit costs us from now on, in the product's currency. Batches keep what they did cost."""
    return await _set(viewer, key, "cost_price_minor", CostChange, amount, reason, expected_version)


async def _set(
    viewer: Viewer,
    key: UUID | None,
    column: str,
    ledger: type[ListPriceChange] | type[CostChange],
    amount: Decimal,
    reason: str | None,
    expected_version: int | None,
) -> Keys:
    errors = InputErrors()
    words = errors.optional_text("reason", reason)
    product = await product_at(viewer, key, errors, expected_version)
    minor = price_of(amount, product.currency, "amount", errors)
    errors.raise_if_any()
    at = now()
    await ledger.create(
        id=new_id(),
        product_id=product.id,
        amount_minor=minor,
        currency=product.currency,
        reason=words,
        changed_at=at,
        changed_by_id=viewer.account,
    )
    setattr(product, column, minor)
    return await write(viewer, product, [column], EventKind.PRODUCT_CHANGED, at)
