"""Amending: what is not shipped of a placed order can still be changed, at the prices at which it was placed.

The surprising rule: selling less needs nobody's approval; selling more at a discount above one's own limit is refused.
"""

from collections.abc import Sequence
from uuid import UUID

from tortoise.connection import get_connection

from models.back_office.logistics.shipments import IN_HOUSE, Shipment, ShipmentStatus
from models.front_office.customers import Channel, Customer
from models.front_office.sales.orders import (
    TO_SHIP,
    TRANSITIONS,
    Order,
    OrderAmendment,
    OrderAmendmentLine,
    OrderEvent,
    OrderLine,
    OrderStatus,
)
from models.kit.base import is_one_of, new_id, now
from models.kit.states import move_to
from resolvers.back_office.logistics.inventory.promising import fill_backorders, lock_stock, promise, release
from resolvers.back_office.logistics.inventory.reordering import alert
from resolvers.front_office.sales.orders.dry_runs import dry_run_of
from resolvers.front_office.sales.orders.lines import (
    Before,
    NewOrderLine,
    check_line,
    check_quantity,
    check_sums,
    check_unused,
    lines_by_id,
    lines_of,
    new_line,
    of_lines,
)
from resolvers.front_office.sales.orders.masking import masked
from resolvers.front_office.sales.orders.placing import check_shortage, phased_out
from resolvers.front_office.sales.orders.pricing import is_above, price_order
from resolvers.front_office.sales.orders.steps import MACHINE
from resolvers.front_office.sales.orders.terms import destination, terms_of
from resolvers.front_office.sales.orders.updates import OrderUpdate, store, tell
from resolvers.kit.commands import Key, Keys, command, member
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.loading import load
from resolvers.kit.viewer import Viewer

AMENDABLE = TO_SHIP | {OrderStatus.ON_HOLD}


@command
class OrderLineChange:
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
    by_id = await lines_by_id(order.id)
    lines = list(by_id.values())
    terms, limit = await terms_of(products, destination(order, customer), viewer.roles, at)
    quantities = await _asked(errors, by_id, given.changes)
    for number, addition in enumerate(given.additions):
        inner = errors.within("additions", str(number))
        check_line(inner, addition, terms.get(addition.product.id), order.currency)
    errors.raise_if_any()
    more = [line.id for line in lines if quantities.get(line.id, line.quantity) > line.quantity]
    kept, freed = await _write_changes(lines, quantities)
    last = max(line.position for line in lines)
    added = [
        new_line(order, position, addition, terms[addition.product.id])
        for position, addition in enumerate(given.additions, start=last + 1)
    ]
    rest = [*kept, *added]
    changed = _changed(lines, quantities, added)
    before = Before(kept, "quantity")
    for line in kept:
        line.quantity = quantities.get(line.id, line.quantity)
    price_order(order, rest)
    if not rest:
        errors.add("changes", "Nothing would be left of the order: cancel it instead.", "EMPTY_ORDER")
    check_sums(errors, order, rest, "additions")
    if any(line.total_minor < line.refunded_minor for line in rest):
        errors.add("changes", "More was given back of a line than it would cost.", "ALREADY_REFUNDED")
    grown = [line for line in kept if line.id in more] + added
    if not given.dry_run and is_above(order, grown, limit):
        message = f"You sell alone up to {limit / 100:g} % below the list price."
        errors.add("order", message, "DISCOUNT_NOT_APPROVED")
    errors.raise_if_any()
    await before.store_changes()
    await OrderLine.bulk_create(added)
    if order.status in TO_SHIP:
        await promise(rest, at)
        check_shortage(errors, order, grown, phased_out(terms))
        errors.raise_if_any()
    await _settle(order, rest)
    await store(order, "status", "held_at", "hold_reason", "shipped_at", "delivered_at")
    await fill_backorders(freed, at, viewer.account)
    amendment = OrderAmendment(
        id=new_id(),
        order_id=order.id,
        reason=await masked(order, reason, asked_by=asked_by) if reason else None,
        asked_by=asked_by or customer.contact_name,
        asked_through=given.asked_through,
        amended_at=at,
        amended_by_id=viewer.account,
    )
    await amendment.save(force_create=True)
    for change in changed:
        change.amendment_id = amendment.id
    await OrderAmendmentLine.bulk_create(changed)
    if given.dry_run:
        raise await dry_run_of(order, rest, limit, masked_text=amendment.reason)
    await tell(viewer, order, OrderEvent.AMENDED, at)
    await alert(products, at)
    return {"order": order.id}


async def _asked(
    errors: InputErrors, lines: dict[UUID, OrderLine], changes: Sequence[OrderLineChange]
) -> dict[UUID, int]:
    """The new quantities by line. What is shipped, or in a shipment, stays."""
    bound = await _bound(lines)
    quantities: dict[UUID, int] = {}
    for inner, line, change in of_lines(errors.within("changes"), changes, lines):
        check_quantity(inner, change.quantity, least=0)
        if change.quantity < bound[line.id]:
            message = f"{bound[line.id]} of it are shipped, or with the warehouse."
            inner.add("quantity", message, "ALREADY_SHIPPED")
        quantities[line.id] = change.quantity
    await check_unused(errors, [key for key, quantity in quantities.items() if quantity == 0], "changes")
    return quantities


async def _bound(lines: dict[UUID, OrderLine]) -> dict[UUID, int]:
    """How much of each line has left the house, or is in a shipment that is about to."""
    bound = {key: line.shipped_quantity for key, line in lines.items()}
    if not lines:
        return bound
    keys = ", ".join(f"'{key}'" for key in sorted(lines))
    rows = await get_connection("default").execute_query_dict(
        "SELECT p.order_line_id AS line, sum(p.quantity) AS quantity FROM shipment_lines p"
        f" JOIN shipments s ON s.id = p.shipment_id AND {is_one_of('s.status', IN_HOUSE)}"
        f" WHERE p.order_line_id IN ({keys}) GROUP BY p.order_line_id"
    )
    for row in rows:
        bound[UUID(str(row["line"]))] += int(row["quantity"])
    return bound


async def _write_changes(lines: Sequence[OrderLine], quantities: dict[UUID, int]) -> tuple[list[OrderLine], set[UUID]]:
    """Gives up what is promised beyond the new quantities and takes lines off; says what is kept, and which products are free."""
    excess = {
        line.id: line.shipped_quantity + line.allocated_quantity - quantities[line.id]
        for line in lines
        if line.id in quantities and line.shipped_quantity + line.allocated_quantity > quantities[line.id]
    }
    given_up = await release(excess, excess)
    for line in lines:
        line.allocated_quantity -= given_up.get(line.id, 0)
    removed = [line.id for line in lines if quantities.get(line.id) == 0]
    if removed:
        await OrderLine.filter(id__in=removed).delete()
    kept = [line for line in lines if line.id not in removed]
    return kept, {line.product_id for line in lines if given_up.get(line.id)}


def _changed(
    lines: Sequence[OrderLine], quantities: dict[UUID, int], added: Sequence[OrderLine]
) -> list[OrderAmendmentLine]:
    """What an amendment does, line by line; it says what there was, so the lines are still as they were."""
    numbers = [(line, line.quantity, quantities.get(line.id, line.quantity)) for line in lines]
    numbers += [(line, 0, line.quantity) for line in added]
    return [
        OrderAmendmentLine(
            id=new_id(),
            position=line.position,
            product_id=line.product_id,
            product_name=line.product_name,
            quantity_before=before,
            quantity_after=after,
        )
        for line, before, after in numbers
        if before != after
    ]


async def _settle(order: Order, lines: Sequence[OrderLine]) -> None:
    """When nothing is left to ship of an order, be it held or not, it is SHIPPED, or DELIVERED if all of it arrived."""
    if any(line.shipped_quantity < line.quantity for line in lines):
        return
    order.held_at = order.hold_reason = None
    left_house = await Shipment.filter(order_id=order.id).exclude(status=ShipmentStatus.CANCELLED)
    order.shipped_at = max(one.shipped_at for one in left_house)
    move_to(order, OrderStatus.SHIPPED, TRANSITIONS)
    if all(one.status == ShipmentStatus.DELIVERED for one in left_house):
        order.delivered_at = max(one.delivered_at for one in left_house)
        move_to(order, OrderStatus.DELIVERED, TRANSITIONS)
