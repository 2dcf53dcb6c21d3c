"""Orders that stand: amended, held back and resumed, and cancelled as long as nothing of them is on its way.

The surprising rules: what is not shipped can still be changed, at the prices at which it was placed, and selling less needs
nobody's approval; and both offices read the reasons, so who the customer is gets masked in them.
"""

from collections.abc import Sequence
from uuid import UUID

from models.back_office.logistics.shipments import IN_HOUSE, Shipment, ShipmentStatus
from models.front_office.customers import Channel, Customer
from models.front_office.identities import masked
from models.front_office.sales.orders import TO_SHIP, Order, OrderEvent, OrderLine, OrderStatus
from models.front_office.sales.orders.amendments import OrderAmendment, OrderAmendmentLine
from models.kit.base import is_one_of, new_id, now
from models.kit.masking import Named
from models.kit.sql import listed
from models.kit.states import move_to
from resolvers.back_office.logistics.inventory.promising import fill_backorders, lock_stock, promise, release
from resolvers.back_office.logistics.inventory.reordering import alert
from resolvers.events.record import record
from resolvers.front_office.identities import mask_about
from resolvers.front_office.sales.orders.lines import (
    Before,
    NewOrderLine,
    OfLine,
    check_line,
    check_quantity,
    check_sums,
    check_unused,
    lines_by_id,
    lines_of,
    new_line,
    of_lines,
    sums,
)
from resolvers.front_office.sales.orders.placing import check_shortage
from resolvers.front_office.sales.orders.steps import MACHINE, OrderUpdate, store, told
from resolvers.front_office.sales.orders.terms import discount_limit_of, price_order, sells_alone, terms_of
from resolvers.kit.commands import InputErrors, Key, Keys, Update, Viewer, command, member
from resolvers.kit.loading import load

S = OrderStatus
AMENDABLE = TO_SHIP | {S.ON_HOLD}


@command
class OrderLineChange(OfLine):
    """How many of a line there are to be."""

    order_line: Key[OrderLine] = member("A line of the order.")
    quantity: int = member("How many pieces; 0 takes it off. Not less than is shipped, or in a shipment.")


@command
class AmendOrder(OrderUpdate):
    """What is changed of a placed order."""

    order: Key[Order] = member("The order, of which something is not shipped.")
    changes: tuple[OrderLineChange, ...] = member(
        "Lines of which there are to be more or less; the others stay.", default=()
    )
    additions: tuple[NewOrderLine, ...] = member("Lines that are added, at today's prices.", default=())
    reason: str | None = member("Why, at most 10,000 characters. Who the customer is gets masked.", default=None)
    asked_by: str | None = member(
        "Who of the customer's people asks for it; left out, whom we know there.", default=None
    )
    asked_through: Channel | None = member("By which way they ask for it.", default=None)


async def amend_order(viewer: Viewer, given: AmendOrder) -> Keys:
    """Changes what is not shipped of a placed order. Lines keep their prices, and what is promised follows."""
    errors, at = InputErrors(), now()
    reason = errors.optional_text("reason", given.reason)
    asked_by = errors.optional_text("askedBy", given.asked_by, 200)
    order = await load(viewer, Order, given.order, errors, given.expected_version)
    if order.status not in AMENDABLE:
        errors.add_problem(await MACHINE.illegal(viewer, order, order.status))
        errors.raise_if_any()
    if not given.changes and not given.additions:
        errors.add("changes", "Nothing is to be changed.")
    customer = await Customer.get(id=order.customer_id)
    products = {line.product_id for line in await lines_of(order.id)}
    products |= {one.product.id for one in given.additions if one.product.id}
    await lock_stock(products)
    # Read again: what is promised and shipped stays as it is now that the stock is locked.
    lines = await lines_by_id(order.id)
    terms = await terms_of((one.product.id for one in given.additions), order.ship_country or customer.country, at)
    quantities = await _asked(errors, lines, given.changes)
    for number, addition in enumerate(given.additions):
        inner = errors.within("additions", str(number))
        check_line(inner, addition, terms.get(addition.product.id), order.currency)
    errors.raise_if_any()
    last = max((line.position for line in lines.values()), default=0)
    added = [
        new_line(order, position, addition, terms[addition.product.id])
        for position, addition in enumerate(given.additions, start=last + 1)
    ]
    changed = [(line, line.quantity, quantities[line.id]) for line in lines.values() if line.id in quantities]
    changed += [(line, 0, line.quantity) for line in added]
    grown = [line for line, before, after in changed if after > before]
    freed = await _give_up(lines, quantities)
    kept = [line for line in lines.values() if quantities.get(line.id) != 0]
    rest = [*kept, *added]
    before = Before(kept)
    for line in kept:
        line.quantity = quantities.get(line.id, line.quantity)
    price_order(order, rest)
    if not rest:
        errors.add("changes", "Nothing would be left of the order: cancel it instead.", "EMPTY_ORDER")
    check_sums(errors, order, rest, "additions")
    if any(line.total_minor < line.refunded_minor for line in rest):
        errors.add("changes", "More was given back of a line than it would cost.", "ALREADY_REFUNDED")
    errors.raise_if_any()
    await before.store_changes()
    await OrderLine.bulk_create(added)
    if not given.dry_run and not await sells_alone(viewer, order, grown):
        message = f"You sell alone up to {await discount_limit_of(viewer)} below the list price."
        errors.add("order", message, "DISCOUNT_NOT_APPROVED")
        errors.raise_if_any()
    if order.status in TO_SHIP:
        await promise(rest, at)
        await check_shortage(errors, order, grown)
        errors.raise_if_any()
    await _settle(order, rest)
    await store(order, OrderEvent.AMENDED)
    await fill_backorders(freed, at, viewer.account)
    amendment = await OrderAmendment.create(
        id=new_id(),
        order_id=order.id,
        reason=reason and await masked(viewer.permissions, reason, order, people=[Named(contact_name=asked_by)]),
        asked_by=asked_by or customer.contact_name,
        asked_through=given.asked_through,
        amended_at=at,
        amended_by_id=viewer.account,
    )
    await OrderAmendmentLine.bulk_create(
        [
            OrderAmendmentLine(
                id=new_id(),
                amendment_id=amendment.id,
                position=line.position,
                product_id=line.product_id,
                product_name=line.product_name,
                quantity_before=was,
                quantity_after=becomes,
            )
            for line, was, becomes in changed
            if was != becomes
        ]
    )
    if asked_by:
        await mask_about(order)
    keys = await told(viewer, given, order, OrderEvent.AMENDED, at, masked_text=amendment.reason)
    await alert(products, at)
    return keys


async def _asked(
    errors: InputErrors, lines: dict[UUID, OrderLine], changes: Sequence[OrderLineChange]
) -> dict[UUID, int]:
    """The new quantities by line. What is shipped, or in a shipment that is about to leave the house, stays."""
    in_shipments = await sums(
        "p.quantity",
        "p.order_line_id",
        f"shipment_lines p JOIN shipments s ON s.id = p.shipment_id AND {is_one_of('s.status', IN_HOUSE)}"
        f" WHERE p.order_line_id IN ({listed(lines) or 'NULL'})",
    )
    quantities: dict[UUID, int] = {}
    for inner, line, change in of_lines(errors.within("changes"), changes, lines):
        check_quantity(inner, change.quantity, least=0)
        bound = line.shipped_quantity + in_shipments.get(line.id, 0)
        if change.quantity < bound:
            inner.add("quantity", f"{bound} of it are shipped, or with the warehouse.", "ALREADY_SHIPPED")
        quantities[line.id] = change.quantity
    await check_unused(errors, [key for key, quantity in quantities.items() if quantity == 0], "changes")
    return quantities


async def _give_up(lines: dict[UUID, OrderLine], quantities: dict[UUID, int]) -> set[UUID]:
    """Gives up what is promised beyond the new quantities and takes lines off; says which products are free."""
    had = {key: lines[key].shipped_quantity + lines[key].allocated_quantity for key in quantities}
    given_up = await release(had, {key: had[key] - quantity for key, quantity in quantities.items()})
    for key, quantity in given_up.items():
        lines[key].allocated_quantity -= quantity
    removed = [key for key, quantity in quantities.items() if quantity == 0]
    if removed:
        await OrderLine.filter(id__in=removed).delete()
    return {lines[key].product_id for key, quantity in given_up.items() if quantity}


async def _settle(order: Order, lines: Sequence[OrderLine]) -> None:
    """When nothing is left to ship of an order, be it held or not, it is SHIPPED, or DELIVERED if all of it arrived."""
    if any(line.shipped_quantity < line.quantity for line in lines):
        return
    order.held_at = order.hold_reason = None
    left_house = await Shipment.filter(order_id=order.id).exclude(status=ShipmentStatus.CANCELLED)
    order.shipped_at = max(one.shipped_at for one in left_house)
    move_to(order, S.SHIPPED)
    if all(one.status == ShipmentStatus.DELIVERED for one in left_house):
        order.delivered_at = max(one.delivered_at for one in left_house)
        move_to(order, S.DELIVERED)


# --- Held, resumed, cancelled ------------------------------------------------------------------------------------------


@command
class HoldOrder(OrderUpdate):
    """Which order is held back, and why."""

    order: Key[Order] = member("The order, which is PLACED or PARTLY_SHIPPED.")
    reason: str = member("Why. Who the customer is gets masked.")


async def hold_order(viewer: Viewer, given: HoldOrder) -> Keys:
    """Holds an order back: nothing of it is picked or shipped until it is resumed. What is promised to it stays."""
    at = now()
    order, why = await _to_take_on(viewer, given, "holdOrder", S.ON_HOLD)
    order.held_at, order.hold_reason = at, why
    move_to(order, S.ON_HOLD)
    await store(order, OrderEvent.HELD)
    return await told(viewer, given, order, OrderEvent.HELD, at, masked_text=why, sells=False)


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
    move_to(order, S.PARTLY_SHIPPED if left_the_house else S.PLACED)
    order.held_at = order.hold_reason = None
    await promise(lines, at)
    await store(order, OrderEvent.RESUMED)
    await record(OrderEvent.RESUMED, order, actor=viewer, at=at)
    await alert({line.product_id for line in lines}, at)
    return {"order": order.id}


@command
class CancelOrder(OrderUpdate):
    """Which order is cancelled, and why."""

    order: Key[Order] = member("The order, of which nothing was shipped or is about to be.")
    reason: str = member("Why. Who the customer is gets masked.")


async def cancel_order(viewer: Viewer, given: CancelOrder) -> Keys:
    """Cancels an order of which nothing was shipped. What was promised to it goes to those who wait."""
    at = now()
    order, why = await _to_take_on(viewer, given, "cancelOrder", S.CANCELLED)
    order.cancelled_at, order.cancellation_reason = at, why
    move_to(order, S.CANCELLED)
    # The order goes first: nobody gives stock to it while it is looked for who waits.
    await store(order, OrderEvent.CANCELLED)
    lines = await lines_of(order.id)
    freed = await release(line.id for line in lines)
    await fill_backorders({line.product_id for line in lines if freed.get(line.id)}, at, viewer.account)
    keys = await told(viewer, given, order, OrderEvent.CANCELLED, at, masked_text=why, sells=False)
    await alert({line.product_id for line in lines}, at)
    return keys


async def _to_take_on(viewer: Viewer, given: HoldOrder | CancelOrder, verb: str, to: OrderStatus) -> tuple[Order, str]:
    """The order that a verb takes on, locked, and why, as it is kept; refused when the order cannot be taken there."""
    errors = InputErrors()
    order = await load(viewer, Order, given.order, errors, given.expected_version)
    await MACHINE.check(viewer, order, verb, to, errors)
    why = await masked(viewer.permissions, errors.text("reason", given.reason), order)
    errors.raise_if_any()
    return order, why
