"""Discounts above what somebody sells at alone: asked for, and decided by another person whose own limit is high enough.

The surprising rule: accountants read the reasons too, so who the customer is gets masked in them.
"""

from collections.abc import Sequence
from uuid import UUID

from models.front_office.sales.orders import DiscountLimit, DiscountState, Order, OrderLine
from models.kit.base import new_id, now
from models.kit.events import EventKind
from models.permissions import ROLE_PERMISSIONS, Permission, Role
from resolvers.front_office.sales.orders.masking import masked
from resolvers.front_office.sales.orders.pricing import WHOLE, is_above
from resolvers.front_office.sales.orders.rehearsing import rehearsed
from resolvers.front_office.sales.orders.shared import Keys, draft_at, lines_of, store, tell
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.viewer import Viewer


async def discount_limit_of(viewer: Viewer) -> int:
    """Up to which discount the viewer sells or approves alone, in hundredths of a percent; 0 without a row."""
    limits = await DiscountLimit.filter(role__in=list(viewer.roles))
    return max([limit.limit_basis_points for limit in limits], default=0)


async def ask_for_discount(
    viewer: Viewer, key: UUID | None, reason: str, expected_version: int | None, *, dry_run: bool = False
) -> Keys:
    """Asks a second person for the discounts of a draft, and says why. What is within one's own limit needs nobody."""
    errors = InputErrors()
    text = errors.text("reason", reason)
    order = await draft_at(viewer, key, expected_version, errors)
    if order.discount_state in (DiscountState.ASKED, DiscountState.APPROVED):
        errors.add("order", f"Its discounts are {order.discount_state}.", "ALREADY_ASKED")
    elif not is_above(order, await lines_of(order), await discount_limit_of(viewer)):
        errors.add("order", "You sell at these discounts alone.", "WITHIN_LIMIT")
    errors.raise_if_any()
    order.discount_state = DiscountState.ASKED
    order.discount_asked_by_id, order.discount_decided_by_id = viewer.account, None
    order.discount_reason, order.discount_decision_reason = await masked(order, text), None
    return await _stored(viewer, order, EventKind.DISCOUNT_ASKED, order.discount_reason, dry_run=dry_run)


async def approve_discount(
    viewer: Viewer, key: UUID | None, reason: str | None, expected_version: int | None, *, dry_run: bool = False
) -> Keys:
    """Approves the discounts of a draft, as they are. Never for who asked."""
    errors = InputErrors()
    text = errors.optional_text("reason", reason)
    order, lines = await _asked(viewer, key, expected_version, errors)
    limit = await discount_limit_of(viewer)
    if is_above(order, lines, limit):
        errors.add("order", f"You approve up to {limit / 100:g} % below the list price.", "ABOVE_LIMIT")
    errors.raise_if_any()
    return await _decided(viewer, order, DiscountState.APPROVED, text, EventKind.DISCOUNT_APPROVED, dry_run=dry_run)


async def reject_discount(
    viewer: Viewer, key: UUID | None, reason: str | None, expected_version: int | None, *, dry_run: bool = False
) -> Keys:
    """Refuses the discounts of a draft; they can be asked for anew. Never for who asked."""
    errors = InputErrors()
    text = errors.optional_text("reason", reason)
    order, _ = await _asked(viewer, key, expected_version, errors)
    errors.raise_if_any()
    return await _decided(viewer, order, DiscountState.REJECTED, text, EventKind.DISCOUNT_REJECTED, dry_run=dry_run)


async def _asked(
    viewer: Viewer, key: UUID | None, expected_version: int | None, errors: InputErrors
) -> tuple[Order, Sequence[OrderLine]]:
    """A draft whose discounts wait for a second person, who the viewer is."""
    order = await draft_at(viewer, key, expected_version, errors)
    if order.discount_state != DiscountState.ASKED:
        errors.add("order", "Nobody asked for its discounts.", "NOT_ASKED")
    elif viewer.account in (order.discount_asked_by_id, order.taken_by_id):
        errors.add("order", "You took the order, or asked yourself: somebody else decides.", "SECOND_PERSON_NEEDED")
    return order, await lines_of(order)


async def _decided(
    viewer: Viewer, order: Order, state: DiscountState, text: str | None, kind: EventKind, *, dry_run: bool
) -> Keys:
    order.discount_state, order.discount_decided_by_id = state, viewer.account
    order.discount_decision_reason = await masked(order, text) if text else None
    return await _stored(viewer, order, kind, order.discount_decision_reason, dry_run=dry_run)


async def _stored(viewer: Viewer, order: Order, kind: EventKind, text: str | None, *, dry_run: bool) -> Keys:
    await store(order)
    if dry_run:
        raise await rehearsed(order, await lines_of(order), await discount_limit_of(viewer), masked_text=text)
    await tell(viewer, order, kind, now())
    return {"order": order.id}


async def set_discount_limit(viewer: Viewer, role: Role, limit_basis_points: int, expected_version: int | None) -> Keys:
    """Says up to which discount a role sells alone, or approves; 0 is none without a second person."""
    errors = InputErrors()
    if not {Permission.WRITE_ORDERS, Permission.APPROVE_DISCOUNTS} & ROLE_PERMISSIONS[role]:
        errors.add("role", f"{role} neither sells nor approves discounts.")
    elif role in viewer.roles:
        errors.add("role", f"You are {role} yourself: somebody else sets its limit.", "OWN_ROLE")
    if not 0 <= limit_basis_points <= WHOLE:
        errors.add("limitBasisPoints", f"A limit is between 0 and {WHOLE} hundredths of a percent.")
    mine = DiscountLimit(id=new_id(), role=role, limit_basis_points=min(max(limit_basis_points, 0), WHOLE), version=1)
    await DiscountLimit.bulk_create([mine], ignore_conflicts=True)
    kept = await DiscountLimit.select_for_update().get(role=role)
    errors.version(kept.version, expected_version)
    errors.raise_if_any()
    if kept.id != mine.id:
        kept.limit_basis_points = limit_basis_points
        kept.version += 1
        await kept.save()
    return {"discount_limit": kept.id}
