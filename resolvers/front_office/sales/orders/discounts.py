"""Discounts above what somebody sells at alone: asked for, and decided by another person whose own limit is high enough.

The surprising rule: accountants read the reasons too, so who the customer is gets masked in them.
"""

from collections.abc import Sequence

from models.front_office.sales.orders import DiscountState, Order, OrderEvent, OrderLine
from models.kit.base import now
from models.kit.events import EventKind
from resolvers.front_office.sales.orders.dry_runs import dry_run_of
from resolvers.front_office.sales.orders.lines import lines_of
from resolvers.front_office.sales.orders.masking import masked
from resolvers.front_office.sales.orders.pricing import is_above
from resolvers.front_office.sales.orders.terms import discount_limit_of
from resolvers.front_office.sales.orders.updates import OfDraft, OrderUpdate, load_draft, store, tell
from resolvers.kit.commands import Key, Keys, command, member
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.viewer import Viewer


@command
class AskForDiscount(OfDraft, OrderUpdate):
    """Which draft's discounts are asked for."""

    reason: str = member("Why the second person should approve them. Who the customer is gets masked.")


async def ask_for_discount(viewer: Viewer, given: AskForDiscount) -> Keys:
    """Asks a second person for discounts that are above the viewer's limit."""
    errors = InputErrors()
    text = errors.text("reason", given.reason)
    order = await load_draft(viewer, given.order, errors, given.expected_version)
    lines, limit = await lines_of(order.id), await discount_limit_of(viewer)
    if order.discount_state in (DiscountState.ASKED, DiscountState.APPROVED):
        errors.add("order", f"Its discounts are {order.discount_state}.", "ALREADY_ASKED")
    elif not is_above(order, lines, limit):
        errors.add("order", "You sell at these discounts alone.", "WITHIN_LIMIT")
    errors.raise_if_any()
    order.discount_state, order.discount_asked_at = DiscountState.ASKED, now()
    order.discount_asked_by_id, order.discount_decided_by_id = viewer.account, None
    order.discount_reason, order.discount_decision_reason = await masked(order, text), None
    return await _stored(viewer, given, order, lines, limit, OrderEvent.DISCOUNT_ASKED, order.discount_reason)


@command
class _DiscountDecision:
    order: Key[Order] = member("The draft, whose discounts somebody else asked for.")
    reason: str | None = member("Why. Who the customer is gets masked.", default=None)


@command
class ApproveDiscount(_DiscountDecision, OrderUpdate):
    """Which draft's discounts are approved."""


async def approve_discount(viewer: Viewer, given: ApproveDiscount) -> Keys:
    """Approves the discounts of a draft, up to one's own limit. Never for who took the order or asked."""
    return await _decided(viewer, given, DiscountState.APPROVED, OrderEvent.DISCOUNT_APPROVED)


@command
class RejectDiscount(_DiscountDecision, OrderUpdate):
    """Which draft's discounts are refused."""


async def reject_discount(viewer: Viewer, given: RejectDiscount) -> Keys:
    """Refuses the discounts of a draft. Never for who took the order or asked."""
    # They can be asked for anew.
    return await _decided(viewer, given, DiscountState.REJECTED, OrderEvent.DISCOUNT_REJECTED)


async def _decided(
    viewer: Viewer, given: ApproveDiscount | RejectDiscount, state: DiscountState, kind: EventKind
) -> Keys:
    """Decides about discounts that wait for a second person, who the viewer is."""
    errors = InputErrors()
    text = errors.optional_text("reason", given.reason)
    order = await load_draft(viewer, given.order, errors, given.expected_version)
    if order.discount_state != DiscountState.ASKED:
        errors.add("order", "Nobody asked for its discounts.", "NOT_ASKED")
    elif viewer.account in (order.discount_asked_by_id, order.taken_by_id):
        errors.add("order", "You took the order, or asked yourself: somebody else decides.", "SECOND_PERSON_NEEDED")
    lines, limit = await lines_of(order.id), await discount_limit_of(viewer)
    if state is DiscountState.APPROVED and is_above(order, lines, limit):
        errors.add("order", f"You approve up to {limit / 100:g} % below the list price.", "ABOVE_LIMIT")
    errors.raise_if_any()
    order.discount_state, order.discount_decided_by_id = state, viewer.account
    order.discount_decision_reason = await masked(order, text) if text else None
    return await _stored(viewer, given, order, lines, limit, kind, order.discount_decision_reason)


async def _stored(
    viewer: Viewer,
    given: OrderUpdate,
    order: Order,
    lines: Sequence[OrderLine],
    limit: int,
    kind: EventKind,
    text: str | None,
) -> Keys:
    await store(order)
    if given.dry_run:
        raise await dry_run_of(order, lines, limit, masked_text=text)
    await tell(viewer, order, kind, now())
    return {"order": order.id}
