"""Sending purchase orders, and ending them. Somebody else than who wrote them approves them first, unless they may go alone.

The surprising rule: no step looks at what an order costs for who may not see it, so that no button and no refusal gives it away:
they are refused alike whatever it costs, and whether or not that is known.
"""

from datetime import datetime
from decimal import Decimal

from models.back_office.products.catalogue import REPLENISHED, Product
from models.back_office.purchasing import (
    AWAITED,
    LARGEST_PURCHASE_MINOR,
    PurchaseLimit,
    PurchaseOrder,
    PurchaseOrderEvent,
    PurchaseOrderLine,
    PurchaseOrderStatus,
)
from models.back_office.purchasing.approval import SENDS_ALONE, costs_known_sql, may_send_alone_sql
from models.kit.base import VIEWER, is_one_of, new_id, now
from models.kit.events import EventKind
from models.kit.money import CurrencyCode
from models.kit.sql import locking, read_rows
from models.kit.states import Guard, move_to
from models.permissions import Permission, Role
from resolvers.back_office.logistics.inventory.reordering import alert
from resolvers.back_office.purchasing.drafting import PurchaseOrderCommand, largest_total, save
from resolvers.kit.commands import InputErrors, Keys, Update, Viewer, command, member
from resolvers.kit.loading import load
from resolvers.kit.state_machine import Refusal, Row, StateMachine

S = PurchaseOrderStatus


def _is_settled(row: Row) -> str:
    approved = f"{row.column('approved_at')} IS NOT NULL"
    if Permission.READ_COST_PRICE not in row.permissions:
        return f"({approved})"
    return f"({approved} OR {may_send_alone_sql(row.column, VIEWER)})"


def _is_bought(row: Row) -> str:
    return (
        "NOT EXISTS (SELECT 1 FROM purchase_order_lines asked JOIN products bought ON bought.id = asked.product_id"
        f" WHERE asked.purchase_order_id = {row.column('id')} AND NOT {is_one_of('bought.status', REPLENISHED)})"
    )


def _comes_in_parts(row: Row) -> str:
    """A condition that a receipt can leave something to come: all but one piece, or more than was ordered of what is complete."""
    lines = f"FROM purchase_order_lines asked WHERE asked.purchase_order_id = {row.column('id')}"
    missing = (
        "CASE WHEN asked.quantity > asked.received_quantity THEN asked.quantity - asked.received_quantity ELSE 0 END"
    )
    supplier = (
        "SELECT 10000 + seller.over_receipt_basis_points FROM suppliers seller"
        f" WHERE seller.id = {row.column('supplier_id')}"
    )
    most = f"CAST(asked.quantity AS bigint) * ({supplier}) / 10000"
    more = f"asked.quantity <= asked.received_quantity AND {most} > asked.received_quantity"
    return f"((SELECT sum({missing}) {lines}) > 1 OR EXISTS (SELECT 1 {lines} AND {more}))"


def _is_anothers(row: Row) -> str:
    return " AND ".join(f"coalesce({row.column(by)} <> {VIEWER}, TRUE)" for by in ("drafted_by_id", "changed_by_id"))


_COST_UNKNOWN = Refusal(
    "COST_UNKNOWN", "Of some lines nobody knows what they cost: say so by `changePurchaseOrder` first."
)


async def _not_alone(viewer: Viewer, order: PurchaseOrder, errors: InputErrors) -> None:
    """Notes why a draft that nobody approved does not go out when the viewer sends it."""
    if not viewer.may(Permission.READ_COST_PRICE):
        why = Refusal("NOT_APPROVED", "Somebody who sees what it costs approves it first.")
    elif await PurchaseOrderLine.exists(purchase_order_id=order.id, cost_known=False):
        why = _COST_UNKNOWN
    else:
        why = Refusal(
            "NOT_APPROVED",
            "With what you sent alone to this supplier lately it costs more than you may send alone: somebody who may"
            " approves it first.",
        )
    errors.add("purchaseOrder", why.message, why.code)


async def _no_longer_bought(_viewer: Viewer, order: PurchaseOrder, errors: InputErrors) -> None:
    asked = Product.filter(purchase_order_lines__purchase_order_id=order.id).exclude(status__in=[*REPLENISHED])
    for product in await asked.order_by("sku"):
        errors.add("purchaseOrder", f"{product.sku} is {product.status}: it is no longer bought.", "NOT_BOUGHT")


async def _too_dear(_viewer: Viewer, order: PurchaseOrder, errors: InputErrors) -> None:
    errors.add("purchaseOrder", largest_total(order.currency))


MACHINE = StateMachine(
    PurchaseOrder,
    {
        Guard.SETTLED: _is_settled,
        Guard.WANTED: _is_bought,
        Guard.IN_PARTS: _comes_in_parts,
        Guard.UNAPPROVED: lambda row: f"{row.column('approved_at')} IS NULL",
        Guard.SECOND_PERSON: _is_anothers,
        Guard.COSTS_KNOWN: lambda row: costs_known_sql(row.column),
        Guard.IN_BOUNDS: lambda row: f"{row.column('total_minor')} <= {LARGEST_PURCHASE_MINOR}",
    },
    {
        Guard.SETTLED: _not_alone,
        Guard.WANTED: _no_longer_bought,
        Guard.UNAPPROVED: Refusal("ALREADY_APPROVED", "It is approved already."),
        Guard.SECOND_PERSON: Refusal("SECOND_PERSON_NEEDED", "You wrote it yourself: somebody else approves it."),
        Guard.COSTS_KNOWN: _COST_UNKNOWN,
        Guard.IN_BOUNDS: _too_dear,
    },
)

APPROVABLE = (Guard.UNAPPROVED, Guard.SECOND_PERSON, Guard.COSTS_KNOWN, Guard.IN_BOUNDS)
"""What must hold of a draft that is approved."""


def is_undecided(row: Row) -> str:
    """A condition that a purchase order is a draft that nobody has approved."""
    return f"{row.column('status')} = '{S.DRAFT}' AND {row.column('approved_at')} IS NULL"


def may_approve(row: Row) -> str:
    """A condition that the viewer may approve a purchase order now, by what `approvePurchaseOrder` asks for."""
    if Permission.APPROVE_PURCHASES not in row.permissions:
        return "FALSE"
    return f"({is_undecided(row)} AND {' AND '.join(MACHINE.conditions[guard](row) for guard in APPROVABLE)})"


async def approve_purchase_order(viewer: Viewer, given: PurchaseOrderCommand) -> Keys:
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
    if order.approved_at is None and (lock := locking()):
        # Nobody sends two at once, of which each alone is within their limit.
        await read_rows(f"SELECT id FROM accounts WHERE id = '{viewer.account}'{lock}")
    await MACHINE.check(viewer, order, "sendPurchaseOrder", S.SENT, errors)
    if given.expected_at is not None:
        order.expected_at = given.expected_at
        if given.expected_at < at:
            errors.add("expectedAt", "Nothing is expected before it is ordered.")
    errors.raise_if_any()
    move_to(order, S.SENT)
    order.sent_at, order.sent_by_id = at, viewer.account
    return await save(viewer, order, PurchaseOrderEvent.SENT, at)


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
    move_to(order, to)
    order.ending_reason, order.ended_at = reason, now()
    keys = await save(viewer, order, kind, order.ended_at)
    if awaited:
        # What will not come after all may have to be bought elsewhere.
        lines = await PurchaseOrderLine.filter(purchase_order_id=order.id)
        await alert([line.product_id for line in lines], order.ended_at)
    return keys


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
    await PurchaseLimit.bulk_create([mine], ignore_conflicts=True)
    kept = await PurchaseLimit.select_for_update().get(role=role, currency=currency)
    errors.version(kept.version, given.expected_version)
    errors.raise_if_any()
    assert minor is not None
    if kept.id != mine.id:
        kept.limit_minor = minor
        await kept.save_next_version()
    return {"purchase_limit": kept.id}
