"""Sending purchase orders, and ending them. Somebody else than who wrote them approves them first, unless they may go alone.

The surprising rule: who may not see costs is refused alike whatever an order costs, and whether or not that is known.
"""

from datetime import datetime
from uuid import UUID

from tortoise.connection import get_connection

from models.back_office.purchasing import (
    AWAITED,
    LARGEST_PURCHASE_MINOR,
    TRANSITIONS,
    PurchaseOrder,
    PurchaseOrderStatus,
)
from models.kit.base import now
from models.kit.events import EventKind
from models.kit.money import amount_of
from models.kit.states import Guard, move_to
from models.permissions import Permission
from resolvers.back_office.logistics.inventory.alerts import alert
from resolvers.back_office.purchasing.ordering import check_products
from resolvers.back_office.purchasing.shared import Keys, lines_of, purchase_order_at, write
from resolvers.back_office.purchasing.steps import MACHINE
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.viewer import Viewer

S = PurchaseOrderStatus

NOBODY_KNOWS = "Of some lines nobody knows what they cost: say so by `changePurchaseOrder` first."


def may_approve(viewer: Viewer, order: PurchaseOrder) -> bool:
    """Whether the viewer is a second person; schema/back_office/purchasing says the same in SQL."""
    return viewer.account not in (order.drafted_by_id, order.changed_by_id)


async def approve_purchase_order(viewer: Viewer, key: UUID | None, expected_version: int | None) -> Keys:
    """Approves a draft, so that whoever may send purchase orders may send it, whatever it costs."""
    errors = InputErrors()
    order = await purchase_order_at(viewer, key, errors, expected_version)
    if order.status is not S.DRAFT:
        errors.add_problem(await MACHINE.illegal(viewer, order, S.SENT))
    elif order.approved_at is not None:
        errors.add("purchaseOrder", "It is approved already.", "ALREADY_APPROVED")
    elif not may_approve(viewer, order):
        errors.add("purchaseOrder", "You wrote it yourself: somebody else approves it.", "SECOND_PERSON_NEEDED")
    elif not all(line.cost_known for line in await lines_of(order)):
        errors.add("purchaseOrder", NOBODY_KNOWS, "COST_UNKNOWN")
    elif order.total_minor > LARGEST_PURCHASE_MINOR:
        largest = amount_of(LARGEST_PURCHASE_MINOR, order.currency)
        errors.add("purchaseOrder", f"A purchase order is for at most {largest} {order.currency}.")
    errors.raise_if_any()
    order.approved_at, order.approved_by_id = now(), viewer.account
    return await write(viewer, order, EventKind.PURCHASE_ORDER_APPROVED, order.approved_at)


async def send_purchase_order(
    viewer: Viewer, key: UUID | None, expected_at: datetime | None, expected_version: int | None
) -> Keys:
    """Says that the supplier has the purchase order. Interoffice records it and delivers no letters."""
    errors = InputErrors()
    order = await purchase_order_at(viewer, key, errors, expected_version)
    at = now()
    needs_no_second = order.status is not S.DRAFT or order.approved_at is not None
    if (needs_no_second or await _check_alone(viewer, order, errors)) and await MACHINE.check_step(
        viewer, order, "sendPurchaseOrder", S.SENT, errors
    ):
        await check_products(await lines_of(order), errors)
    if expected_at is not None:
        order.expected_at = expected_at
        if expected_at < at:
            errors.add("expectedAt", "Nothing is expected before it is ordered.")
    errors.raise_if_any()
    move_to(order, S.SENT, TRANSITIONS)
    order.sent_at, order.sent_by_id = at, viewer.account
    return await write(viewer, order, EventKind.PURCHASE_ORDER_SENT, at)


async def _check_alone(viewer: Viewer, order: PurchaseOrder, errors: InputErrors) -> bool:
    """Whether a draft that nobody approved goes out when the viewer sends it; notes why not."""
    if not viewer.may(Permission.READ_COST_PRICE):
        errors.add("purchaseOrder", "Somebody who sees what it costs approves it first.", "NOT_APPROVED")
        return False
    await _lock_sender(viewer)
    if await MACHINE.holds(viewer, order.id, Guard.SETTLED):
        return True
    if not all(line.cost_known for line in await lines_of(order)):
        errors.add("purchaseOrder", NOBODY_KNOWS, "COST_UNKNOWN")
    else:
        message = (
            "With what you sent alone to this supplier lately it costs more than you may send alone: somebody who may"
            " approves it first."
        )
        errors.add("purchaseOrder", message, "NOT_APPROVED")
    return False


async def _lock_sender(viewer: Viewer) -> None:
    """Lets nobody send two purchase orders at once, of which each alone is within their limit. It disturbs nothing else."""
    connection = get_connection("default")
    if connection.capabilities.dialect == "postgres":
        await connection.execute_query(f"SELECT 1 FROM accounts WHERE id = '{viewer.account}' FOR NO KEY UPDATE")


async def close_purchase_order(
    viewer: Viewer, key: UUID | None, reason: str | None, expected_version: int | None
) -> Keys:
    """Says that nothing more is expected of a purchase order; when less came than was ordered, why."""
    errors = InputErrors()
    text = errors.optional_text("reason", reason)
    order = await purchase_order_at(viewer, key, errors, expected_version)
    if await MACHINE.check_step(viewer, order, "closePurchaseOrder", S.CLOSED, errors) and text is None:
        short = [line for line in await lines_of(order) if line.received_quantity < line.quantity]
        if short:
            errors.add("reason", "Less came than was ordered: say why nothing more is expected.", "REQUIRED")
    errors.raise_if_any()
    return await _end(viewer, order, S.CLOSED, text, EventKind.PURCHASE_ORDER_CLOSED)


async def cancel_purchase_order(viewer: Viewer, key: UUID | None, reason: str, expected_version: int | None) -> Keys:
    """Takes a purchase order back of which nothing has arrived."""
    errors = InputErrors()
    text = errors.text("reason", reason)
    order = await purchase_order_at(viewer, key, errors, expected_version)
    await MACHINE.check_step(viewer, order, "cancelPurchaseOrder", S.CANCELLED, errors)
    errors.raise_if_any()
    return await _end(viewer, order, S.CANCELLED, text, EventKind.PURCHASE_ORDER_CANCELLED)


async def _end(
    viewer: Viewer, order: PurchaseOrder, to: PurchaseOrderStatus, reason: str | None, kind: EventKind
) -> Keys:
    awaited = order.status in AWAITED
    move_to(order, to, TRANSITIONS)
    order.ending_reason, order.ended_at = reason, now()
    keys = await write(viewer, order, kind, order.ended_at)
    if awaited:
        # What will not come after all may have to be bought elsewhere.
        await alert([line.product_id for line in await lines_of(order)], order.ended_at)
    return keys
