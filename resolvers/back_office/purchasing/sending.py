"""Sending purchase orders, and ending them. Somebody else than who wrote them approves them first, unless they may go alone."""

from datetime import datetime
from decimal import Decimal

from tortoise.connection import get_connection

from models.back_office.purchasing import (
    AWAITED,
    LARGEST_PURCHASE_MINOR,
    SENDS_ALONE,
    TRANSITIONS,
    PurchaseLimit,
    PurchaseOrder,
    PurchaseOrderEvent,
    PurchaseOrderLine,
    PurchaseOrderStatus,
)
from models.kit.base import new_id, now
from models.kit.events import EventKind
from models.kit.money import CurrencyCode
from models.kit.states import move_to
from models.permissions import Role
from resolvers.back_office.logistics.inventory.reordering import alert
from resolvers.back_office.purchasing.drafting import PurchaseOrderCommand, save
from resolvers.back_office.purchasing.steps import APPROVABLE, MACHINE
from resolvers.kit.commands import Keys, Update, command, member
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.loading import load
from resolvers.kit.viewer import Viewer

S = PurchaseOrderStatus


@command
class ApprovePurchaseOrder(PurchaseOrderCommand):
    """What `approvePurchaseOrder` takes."""


async def approve_purchase_order(viewer: Viewer, given: ApprovePurchaseOrder) -> Keys:
    """Approves a draft, so that it may be sent whatever it costs. Never for who drafted it or wrote its lines; refused with
    COST_UNKNOWN while it does not say what every line costs.
    """
    errors = InputErrors()
    order = await load(viewer, PurchaseOrder, given.purchase_order, errors, given.expected_version)
    if order.status is S.DRAFT:
        await MACHINE.check_guards(viewer, order, APPROVABLE, errors)
    else:
        errors.add_problem(await MACHINE.illegal(viewer, order, S.SENT))
    errors.raise_if_any()
    order.approved_at, order.approved_by_id = now(), viewer.account
    return await save(viewer, order, PurchaseOrderEvent.APPROVED, order.approved_at)


@command
class SendPurchaseOrder(PurchaseOrderCommand):
    """What `sendPurchaseOrder` takes."""

    expected_at: datetime | None = member("When it is expected to arrive; left out, as it says already.", default=None)


async def send_purchase_order(viewer: Viewer, given: SendPurchaseOrder) -> Keys:
    """Says that the supplier has the purchase order. Refused with NOT_APPROVED when nobody has approved it, unless the viewer
    sees costs and it costs, with what they sent alone to the same supplier in the last 30 days, no more than they may send
    alone.
    """
    # Interoffice records it and delivers no letters.
    errors = InputErrors()
    order = await load(viewer, PurchaseOrder, given.purchase_order, errors, given.expected_version)
    at = now()
    if order.approved_at is None:
        await _lock_sender(viewer)
    await MACHINE.check(viewer, order, "sendPurchaseOrder", S.SENT, errors)
    if given.expected_at is not None:
        order.expected_at = given.expected_at
        if given.expected_at < at:
            errors.add("expectedAt", "Nothing is expected before it is ordered.")
    errors.raise_if_any()
    move_to(order, S.SENT, TRANSITIONS)
    order.sent_at, order.sent_by_id = at, viewer.account
    return await save(viewer, order, PurchaseOrderEvent.SENT, at)


async def _lock_sender(viewer: Viewer) -> None:
    """Lets nobody send two purchase orders at once, of which each alone is within their limit. It disturbs nothing else."""
    connection = get_connection("default")
    if connection.capabilities.dialect == "postgres":
        await connection.execute_query(f"SELECT 1 FROM accounts WHERE id = '{viewer.account}' FOR NO KEY UPDATE")


@command
class ClosePurchaseOrder(PurchaseOrderCommand):
    """What `closePurchaseOrder` takes."""

    reason: str | None = member("Why nothing more is expected; needed when less came than was ordered.", default=None)


async def close_purchase_order(viewer: Viewer, given: ClosePurchaseOrder) -> Keys:
    """Says that nothing more is expected of a purchase order."""
    errors = InputErrors()
    reason = errors.optional_text("reason", given.reason)
    order = await load(viewer, PurchaseOrder, given.purchase_order, errors, given.expected_version)
    if await MACHINE.check(viewer, order, "closePurchaseOrder", S.CLOSED, errors) and reason is None:
        lines = await PurchaseOrderLine.filter(purchase_order_id=order.id)
        if any(line.received_quantity < line.quantity for line in lines):
            errors.add("reason", "Less came than was ordered: say why nothing more is expected.", "REQUIRED")
    errors.raise_if_any()
    return await _end(viewer, order, S.CLOSED, reason, PurchaseOrderEvent.CLOSED)


@command
class CancelPurchaseOrder(PurchaseOrderCommand):
    """What `cancelPurchaseOrder` takes."""

    reason: str = member("Why it is taken back.")


async def cancel_purchase_order(viewer: Viewer, given: CancelPurchaseOrder) -> Keys:
    """Takes a purchase order back of which nothing has arrived."""
    errors = InputErrors()
    reason = errors.text("reason", given.reason)
    order = await load(viewer, PurchaseOrder, given.purchase_order, errors, given.expected_version)
    await MACHINE.check(viewer, order, "cancelPurchaseOrder", S.CANCELLED, errors)
    errors.raise_if_any()
    return await _end(viewer, order, S.CANCELLED, reason, PurchaseOrderEvent.CANCELLED)


async def _end(
    viewer: Viewer, order: PurchaseOrder, to: PurchaseOrderStatus, reason: str | None, kind: EventKind
) -> Keys:
    awaited = order.status in AWAITED
    move_to(order, to, TRANSITIONS)
    order.ending_reason, order.ended_at = reason, now()
    keys = await save(viewer, order, kind, order.ended_at)
    if awaited:
        # What will not come after all may have to be bought elsewhere.
        lines = await PurchaseOrderLine.filter(purchase_order_id=order.id)
        await alert([line.product_id for line in lines], order.ended_at)
    return keys


# --- Up to how much a role sends alone ---


@command
class SetPurchaseLimit(Update):
    """Up to how much a role sends purchase orders alone."""

    role: Role = member("A role that sends purchase orders and sees what they cost, and that the viewer does not hold.")
    currency: CurrencyCode = member("The currency of the limit.")
    limit: Decimal = member(
        "Up to how much, included, within 30 days at one supplier; 0 is nothing without a second person."
    )


async def set_purchase_limit(viewer: Viewer, given: SetPurchaseLimit) -> Keys:
    """Says up to how much a role sends purchase orders alone. Never for a role of one's own, nor for one that sees no costs."""
    errors, role, currency = InputErrors(), given.role, given.currency
    if role not in SENDS_ALONE:
        errors.add(
            "role", f"{role} sends no purchase orders alone: that takes who may write them and see what they cost."
        )
    elif role in viewer.roles:
        errors.add("role", f"You are {role} yourself: somebody else sets its limit.", "OWN_ROLE")
    bounds, most = "A limit is not below 0", LARGEST_PURCHASE_MINOR
    minor = errors.minor_units("limit", given.limit, currency, least=0, most=most, bounds=bounds)
    mine = PurchaseLimit(id=new_id(), role=role, currency=currency, limit_minor=minor or 0, version=1)
    if minor is not None:
        await PurchaseLimit.bulk_create([mine], ignore_conflicts=True)
    kept = await PurchaseLimit.select_for_update().get_or_none(role=role, currency=currency)
    if kept is not None:
        errors.version(kept.version, given.expected_version)
    errors.raise_if_any()
    assert minor is not None and kept is not None
    if kept.id != mine.id:
        kept.limit_minor = minor
        kept.version += 1
        await kept.save()
    return {"purchase_limit": kept.id}
