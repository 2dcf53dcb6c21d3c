"""Holding an order back, letting it go on, and cancelling it as long as nothing of it is on its way.

The surprising rule: both offices read the reasons, so who the customer is gets masked in them.
"""

from datetime import datetime
from uuid import UUID

from models.back_office.logistics.shipments import IN_HOUSE, Shipment
from models.front_office.sales.orders import TRANSITIONS, Order, OrderLine, OrderStatus
from models.kit.base import now
from models.kit.events import EventKind
from models.kit.states import Guard, move_to
from resolvers.back_office.logistics.inventory.alerts import alert
from resolvers.back_office.logistics.inventory.promising import fill_backorders, promise, release
from resolvers.front_office.sales.orders.masking import masked
from resolvers.front_office.sales.orders.pricing import WHOLE
from resolvers.front_office.sales.orders.rehearsing import rehearsed
from resolvers.front_office.sales.orders.shared import Keys, lines_of, order_at, store, tell
from resolvers.front_office.sales.orders.steps import MACHINE
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.viewer import Viewer

S = OrderStatus


async def hold_order(
    viewer: Viewer, key: UUID | None, reason: str, expected_version: int | None, *, dry_run: bool = False
) -> Keys:
    """Holds an order back: nothing of it is picked or shipped, what is promised to it stays."""
    errors, at = InputErrors(), now()
    order = await order_at(viewer, key, expected_version, errors)
    await MACHINE.check_step(viewer, order, "holdOrder", S.ON_HOLD, errors)
    order.hold_reason = await masked(order, errors.text("reason", reason))
    errors.raise_if_any()
    order.held_at = at
    move_to(order, S.ON_HOLD, TRANSITIONS)
    await store(order, "status", "held_at", "hold_reason")
    if dry_run:
        raise await rehearsed(order, await lines_of(order), WHOLE, masked_text=order.hold_reason)
    await tell(viewer, order, EventKind.ORDER_HELD, at)
    return {"order": order.id}


async def resume_order(viewer: Viewer, key: UUID | None, expected_version: int | None) -> Keys:
    """Lets an order go on that was held back, and promises to it what it still lacks, as far as there is."""
    errors, at = InputErrors(), now()
    order = await order_at(viewer, key, expected_version, errors)
    await MACHINE.check_step(viewer, order, "resumeOrder", S.PLACED, errors)
    errors.raise_if_any()
    lines = await lines_of(order)
    move_to(order, S.PARTLY_SHIPPED if _left_the_house(lines) else S.PLACED, TRANSITIONS)
    order.held_at = order.hold_reason = None
    await promise(lines, at)
    await store(order, "status", "held_at", "hold_reason")
    await tell(viewer, order, EventKind.ORDER_RESUMED, at)
    await alert({line.product_id for line in lines}, at)
    return {"order": order.id}


async def cancel_order(
    viewer: Viewer, key: UUID | None, reason: str, expected_version: int | None, *, dry_run: bool = False
) -> Keys:
    """Cancels an order of which nothing was shipped; what was promised to it goes to those who wait."""
    errors, at = InputErrors(), now()
    order = await order_at(viewer, key, expected_version, errors)
    lines = await lines_of(order)
    unmet = frozenset({Guard.SETTLED}) if _left_the_house(lines) else frozenset[Guard]()
    packed = Shipment.filter(order_id=order.id, status__in=list(IN_HOUSE))
    if (
        await MACHINE.check_step(viewer, order, "cancelOrder", S.CANCELLED, errors, unmet=unmet)
        and await packed.exists()
    ):
        message = "The warehouse is about to ship it; have the shipment cancelled first."
        errors.add("order", message, "SHIPMENT_UNDER_WAY")
    order.cancellation_reason = await masked(order, errors.text("reason", reason))
    errors.raise_if_any()
    order.cancelled_at = at
    move_to(order, S.CANCELLED, TRANSITIONS)
    await _give_back(order, lines, at, viewer)
    if dry_run:
        raise await rehearsed(order, await lines_of(order), WHOLE, masked_text=order.cancellation_reason)
    await tell(viewer, order, EventKind.ORDER_CANCELLED, at)
    await alert({line.product_id for line in lines}, at)
    return {"order": order.id}


async def _give_back(order: Order, lines: list[OrderLine], at: datetime, viewer: Viewer) -> None:
    # The order goes first: nobody gives stock to it while it is looked for who waits.
    await store(order, "status", "cancelled_at", "cancellation_reason")
    freed = await release(line.id for line in lines)
    await fill_backorders({line.product_id for line in lines if freed.get(line.id)}, at, viewer.account)


def _left_the_house(lines: list[OrderLine]) -> bool:
    return any(line.shipped_quantity for line in lines)
