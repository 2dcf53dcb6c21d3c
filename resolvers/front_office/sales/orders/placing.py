"""Placing: from here on an order stands, with its names, prices, taxes and addresses copied, and its stock promised; and before
that, discounts that somebody may not give alone: asked for, and decided by another person whose own limit is high enough.

The surprising rules: what is phased out is never backordered, whatever the order says: none of it will come again; and
accountants read the reasons of discounts too, so who the customer is gets masked in them.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from models.back_office.products.catalogue import Product, ProductStatus
from models.front_office.customers import Customer
from models.front_office.identities import masked
from models.front_office.sales.orders import (
    DiscountState,
    Order,
    OrderEvent,
    OrderLine,
    OrderStatus,
    ShortagePolicy,
)
from models.kit.base import now
from models.kit.money import amount_of, minor_of
from models.kit.states import Guard, move_to
from resolvers.back_office.logistics.inventory.promising import promise
from resolvers.back_office.logistics.inventory.reordering import alert
from resolvers.front_office.sales.orders.lines import Before, check_sums, lines_of
from resolvers.front_office.sales.orders.steps import (
    MACHINE,
    OfDraft,
    OrderDryRunnable,
    OrderUpdate,
    load_draft,
    store,
    told,
)
from resolvers.front_office.sales.orders.terms import apply_terms, discount_limit_of, sells_alone
from resolvers.kit.commands import InputErrors, Key, Keys, Viewer, command, member
from resolvers.kit.problems import OutOfStock

NEVER_AGAIN = frozenset({ProductStatus.PHASING_OUT, ProductStatus.WITHDRAWN})
"""Products of which none will come any more."""

PLACE = ("street", "city", "region", "postal_code", "country")


@command
class AskForDiscount(OfDraft, OrderUpdate):
    """Which draft's discounts are asked for."""

    reason: str = member("Why the second person should approve them. Who the customer is gets masked.")


async def ask_for_discount(viewer: Viewer, given: AskForDiscount) -> Keys:
    """Asks a second person for discounts that are above the viewer's limit."""
    errors, at = InputErrors(), now()
    text = errors.text("reason", given.reason)
    order = await load_draft(viewer, given.order, errors, given.expected_version)
    if order.discount_state in (DiscountState.ASKED, DiscountState.APPROVED):
        errors.add("order", f"Its discounts are {order.discount_state}.", "ALREADY_ASKED")
    elif await sells_alone(viewer, order):
        errors.add("order", "You sell at these discounts alone.", "WITHIN_LIMIT")
    errors.raise_if_any()
    order.discount_state, order.discount_asked_at = DiscountState.ASKED, at
    order.discount_asked_by_id, order.discount_decided_by_id = viewer.account, None
    order.discount_reason, order.discount_decision_reason = await masked(viewer.permissions, text, order), None
    await store(order, OrderEvent.DISCOUNT_ASKED)
    return await told(viewer, given, order, OrderEvent.DISCOUNT_ASKED, at, masked_text=order.discount_reason)


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
    viewer: Viewer, given: ApproveDiscount | RejectDiscount, state: DiscountState, kind: OrderEvent
) -> Keys:
    """Decides about discounts that wait for a second person, who the viewer is."""
    errors = InputErrors()
    text = errors.optional_text("reason", given.reason)
    order = await load_draft(viewer, given.order, errors, given.expected_version)
    if order.discount_state != DiscountState.ASKED:
        errors.add("order", "Nobody asked for its discounts.", "NOT_ASKED")
    elif viewer.account in (order.discount_asked_by_id, order.taken_by_id):
        errors.add("order", "You took the order, or asked yourself: somebody else decides.", "SECOND_PERSON_NEEDED")
    if state is DiscountState.APPROVED and not await sells_alone(viewer, order):
        limit = await discount_limit_of(viewer)
        errors.add("order", f"You approve up to {limit} below the list price.", "ABOVE_LIMIT")
    errors.raise_if_any()
    order.discount_state, order.discount_decided_by_id = state, viewer.account
    order.discount_decision_reason = await masked(viewer.permissions, text, order) if text else None
    await store(order, kind)
    return await told(viewer, given, order, kind, now(), masked_text=order.discount_decision_reason)


# --- Placing ----------------------------------------------------------------------------------------------------------


@command
class PlaceOrder(OfDraft, OrderUpdate):
    """Which draft is placed."""

    expected_total: Decimal | None = member(
        "What the customer was told, tax included: when it comes to something else by now, nothing is placed.",
        default=None,
    )


async def place_order(viewer: Viewer, given: PlaceOrder) -> Keys:
    """Places a draft: copies names, prices, taxes and addresses, and promises stock; the rest is backordered, or refused."""
    errors, at = InputErrors(), now()
    order = await load_draft(viewer, given.order, errors, given.expected_version)
    lines, customer = await lines_of(order.id), await Customer.get(id=order.customer_id)
    quoted = order.quoted_until is not None and order.quoted_until >= at
    before = Before(lines)
    await apply_terms(order, lines, order.ship_country or customer.country, at, keep_prices=quoted)
    check_sums(errors, order, lines, "order")
    asked = [Guard.HAS_LINES, Guard.ON_SALE]
    if not given.dry_run:
        # A dry run says in its outcome that the discounts need approval.
        asked.append(Guard.DISCOUNTS_ALLOWED)
    await MACHINE.check_guards(viewer, order, asked, errors, every=True)
    expected = given.expected_total
    if lines and expected is not None and minor_of(expected, order.currency) != order.total_minor:
        message = f"It comes to {amount_of(order.total_minor, order.currency)} {order.currency} now."
        errors.add("expectedTotal", message, "PRICE_CHANGED")
    errors.raise_if_any()
    await before.store_changes()
    make_placed(order, customer, at)
    await store(order, OrderEvent.PLACED)
    return await stand(viewer, given, order, lines, at)


def make_placed(order: Order, customer: Customer, at: datetime) -> None:
    """Takes a draft on to PLACED and copies whom it is for; the caller stores it."""
    order.customer_name = customer.name
    for name in PLACE:
        setattr(order, f"bill_{name}", getattr(customer, name))
    if order.ship_country is None:
        order.ship_name = customer.name
        for name in PLACE:
            setattr(order, f"ship_{name}", getattr(customer, name))
    order.placed_at = at
    move_to(order, OrderStatus.PLACED)


async def stand(
    viewer: Viewer,
    given: OrderDryRunnable,
    order: Order,
    lines: Sequence[OrderLine],
    at: datetime,
    path: tuple[str, ...] = ("input", "order"),
) -> Keys:
    """Promises its stock to an order that was placed, and tells it. Refused with an OutOfStock for each line that cannot wait."""
    errors = InputErrors()
    await promise(lines, at)
    await check_shortage(errors, order, lines, path)
    errors.raise_if_any()
    keys = await told(viewer, given, order, OrderEvent.PLACED, at)
    await alert({line.product_id for line in lines}, at)
    return keys


async def check_shortage(
    errors: InputErrors, order: Order, lines: Sequence[OrderLine], path: tuple[str, ...] = ("input", "order")
) -> None:
    """Notes each line that is not wholly there, of what was promised to it, and cannot wait."""
    there = {line.id: line.shipped_quantity + line.allocated_quantity for line in lines}
    short = [line for line in lines if there[line.id] < line.quantity]
    if short and order.shortage_policy == ShortagePolicy.BACKORDER:
        products = Product.filter(id__in=[line.product_id for line in short], status__in=list(NEVER_AGAIN))
        ending = set(await products.values_list("id", flat=True))
        short = [line for line in short if line.product_id in ending]
    for line in short:
        message = f"Line {line.position}: {there[line.id]} of {line.quantity} {line.product_name} can be had."
        errors.add_problem(OutOfStock("OUT_OF_STOCK", message, path, available=there[line.id]))
