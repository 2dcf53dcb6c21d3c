"""Holding an order back, letting it go on, and cancelling it as long as nothing of it is on its way.

The surprising rule: both offices read the reasons, so who the customer is gets masked in them.
"""

from models.front_office.sales.orders import TRANSITIONS, Order, OrderEvent, OrderStatus
from models.kit.base import now
from models.kit.states import move_to
from resolvers.back_office.logistics.inventory.promising import fill_backorders, promise, release
from resolvers.back_office.logistics.inventory.reordering import alert
from resolvers.front_office.sales.orders.dry_runs import dry_run_of
from resolvers.front_office.sales.orders.lines import lines_of
from resolvers.front_office.sales.orders.masking import masked
from resolvers.front_office.sales.orders.pricing import WHOLE
from resolvers.front_office.sales.orders.steps import MACHINE
from resolvers.front_office.sales.orders.updates import OrderUpdate, store, tell
from resolvers.kit.commands import Key, Keys, Update, command, member
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.loading import load
from resolvers.kit.viewer import Viewer

S = OrderStatus


@command
class HoldOrder(OrderUpdate):
    """Which order is held back, and why."""

    order: Key[Order] = member("The order, which is PLACED or PARTLY_SHIPPED.")
    reason: str = member("Why. Who the customer is gets masked.")


async def hold_order(viewer: Viewer, given: HoldOrder) -> Keys:
    """Holds an order back: nothing of it is picked or shipped until it is resumed. What is promised to it stays."""
    errors, at = InputErrors(), now()
    order = await load(viewer, Order, given.order, errors, given.expected_version)
    await MACHINE.check(viewer, order, "holdOrder", S.ON_HOLD, errors)
    order.hold_reason = await masked(order, errors.text("reason", given.reason))
    errors.raise_if_any()
    order.held_at = at
    move_to(order, S.ON_HOLD, TRANSITIONS)
    await store(order, "status", "held_at", "hold_reason")
    if given.dry_run:
        raise await dry_run_of(order, await lines_of(order.id), WHOLE, masked_text=order.hold_reason)
    await tell(viewer, order, OrderEvent.HELD, at)
    return {"order": order.id}


@command
class ResumeOrder(Update):
    """Which order goes on."""

    order: Key[Order] = member("The order, which is ON_HOLD.")


async def resume_order(viewer: Viewer, given: ResumeOrder) -> Keys:
    """Lets an order go on that was held back."""
    # What it still lacks is promised to it, as far as there is.
    errors, at = InputErrors(), now()
    order = await load(viewer, Order, given.order, errors, given.expected_version)
    await MACHINE.check(viewer, order, "resumeOrder", S.PLACED, errors)
    errors.raise_if_any()
    lines = await lines_of(order.id)
    left_the_house = any(line.shipped_quantity for line in lines)
    move_to(order, S.PARTLY_SHIPPED if left_the_house else S.PLACED, TRANSITIONS)
    order.held_at = order.hold_reason = None
    await promise(lines, at)
    await store(order, "status", "held_at", "hold_reason")
    await tell(viewer, order, OrderEvent.RESUMED, at)
    await alert({line.product_id for line in lines}, at)
    return {"order": order.id}


@command
class CancelOrder(OrderUpdate):
    """Which order is cancelled, and why."""

    order: Key[Order] = member("The order, of which nothing was shipped or is about to be.")
    reason: str = member("Why. Who the customer is gets masked.")


async def cancel_order(viewer: Viewer, given: CancelOrder) -> Keys:
    """Cancels an order of which nothing was shipped. What was promised to it goes to those who wait."""
    errors, at = InputErrors(), now()
    order = await load(viewer, Order, given.order, errors, given.expected_version)
    await MACHINE.check(viewer, order, "cancelOrder", S.CANCELLED, errors)
    order.cancellation_reason = await masked(order, errors.text("reason", given.reason))
    errors.raise_if_any()
    order.cancelled_at = at
    move_to(order, S.CANCELLED, TRANSITIONS)
    # The order goes first: nobody gives stock to it while it is looked for who waits.
    await store(order, "status", "cancelled_at", "cancellation_reason")
    lines = await lines_of(order.id)
    freed = await release(line.id for line in lines)
    await fill_backorders({line.product_id for line in lines if freed.get(line.id)}, at, viewer.account)
    if given.dry_run:
        raise await dry_run_of(order, await lines_of(order.id), WHOLE, masked_text=order.cancellation_reason)
    await tell(viewer, order, OrderEvent.CANCELLED, at)
    await alert({line.product_id for line in lines}, at)
    return {"order": order.id}
