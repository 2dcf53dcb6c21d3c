"""Where a product is in its life: put on sale, phased out, withdrawn. Decisions about products take the same steps."""

from models.back_office.products.catalogue import TRANSITIONS, Product, ProductEvent, ProductStatus
from models.kit.base import now
from models.kit.states import move_to
from resolvers.back_office.logistics.inventory.reordering import alert, propose_purchases
from resolvers.back_office.products.catalogue.products import ProductCommand, write
from resolvers.kit.commands import Keys, command
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.loading import load
from resolvers.kit.state_machine import StateMachine
from resolvers.kit.viewer import Viewer

MACHINE = StateMachine("product", "products", TRANSITIONS, {})


@command
class PutOnSale(ProductCommand):
    """What `putOnSale` takes."""


async def put_on_sale(viewer: Viewer, given: PutOnSale) -> Keys:
    """Puts a product on sale: from now on it can be ordered, bought and made."""
    return await _move(viewer, given, "putOnSale", ProductStatus.ON_SALE)


@command
class PhaseOut(ProductCommand):
    """What `phaseOut` takes."""


async def phase_out(viewer: Viewer, given: PhaseOut) -> Keys:
    """Phases a product out: what there is of it is sold, and none is bought or made again."""
    return await _move(viewer, given, "phaseOut", ProductStatus.PHASING_OUT)


@command
class WithdrawProduct(ProductCommand):
    """What `withdrawProduct` takes."""


async def withdraw_product(viewer: Viewer, given: WithdrawProduct) -> Keys:
    """Withdraws a product: nobody can order it any more. `decideProduct` does so too, with reasons and figures."""
    return await _move(viewer, given, "withdrawProduct", ProductStatus.WITHDRAWN)


async def _move(viewer: Viewer, given: ProductCommand, verb: str, to: ProductStatus) -> Keys:
    errors = InputErrors()
    product = await load(viewer, Product, given.product, errors, given.expected_version)
    await MACHINE.check(viewer, product, verb, to, errors)
    errors.raise_if_any()
    move_to(product, to, TRANSITIONS)
    at = now()
    keys = await write(viewer, product, ["status"], ProductEvent.STATUS_CHANGED, at)
    await alert([product.id], at)
    # Its reorder point may have been reached while nothing of it was bought.
    await propose_purchases([product.id], at)
    return keys
