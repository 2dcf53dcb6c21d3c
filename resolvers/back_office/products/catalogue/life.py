"""Where a product is in its life: put on sale, phased out, withdrawn. Decisions about products take the same steps."""

from uuid import UUID

from models.back_office.products.catalogue import TRANSITIONS, ProductStatus
from models.kit.base import now
from models.kit.events import EventKind
from models.kit.states import move_to
from resolvers.back_office.logistics.inventory.alerts import alert
from resolvers.back_office.logistics.inventory.reordering import propose_purchases
from resolvers.back_office.products.catalogue.shared import Keys, product_at, write
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.state_machine import StateMachine
from resolvers.kit.viewer import Viewer

MACHINE = StateMachine("product", "products", TRANSITIONS, {})


async def put_on_sale(viewer: Viewer, key: UUID | None, expected_version: int | None) -> Keys:
    """From now on the product can be ordered, bought and made."""
    return await _move(viewer, key, "putOnSale", ProductStatus.ON_SALE, expected_version)


async def phase_out(viewer: Viewer, key: UUID | None, expected_version: int | None) -> Keys:
    """From now on only what there is of it is sold; none is bought or made again."""
    return await _move(viewer, key, "phaseOut", ProductStatus.PHASING_OUT, expected_version)


async def withdraw_product(viewer: Viewer, key: UUID | None, expected_version: int | None) -> Keys:
    """From now on nobody can order it. Orders that were placed stay as they are."""
    return await _move(viewer, key, "withdrawProduct", ProductStatus.WITHDRAWN, expected_version)


async def _move(viewer: Viewer, key: UUID | None, verb: str, to: ProductStatus, expected_version: int | None) -> Keys:
    errors = InputErrors()
    product = await product_at(viewer, key, errors, expected_version)
    await MACHINE.check_step(viewer, product, verb, to, errors)
    errors.raise_if_any()
    move_to(product, to, TRANSITIONS)
    at = now()
    keys = await write(viewer, product, ["status"], EventKind.PRODUCT_STATUS_CHANGED, at)
    await alert([product.id], at)
    # Its reorder point may have been reached while nothing of it was bought.
    await propose_purchases([product.id], at)
    return keys
