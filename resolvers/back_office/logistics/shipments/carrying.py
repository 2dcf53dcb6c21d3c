"""From the shelf to the customer: pick, pack, label, ship, deliver; or give a shipment up, and put back what was picked.

Locks are taken in one order: the order, the shipment, batches, and what lies of them, each in the order of their keys.
The surprising rule: everybody reads who carries it, and who packs knows where it goes, so who the customer is gets masked there.
"""

from collections import Counter
from datetime import datetime, timedelta
from uuid import UUID

from models.back_office.logistics.inventory import Batch, Location, LocationKind
from models.back_office.logistics.inventory.stock import MoveKind, StockMove
from models.back_office.logistics.shipments import ADDRESSED, Shipment, ShipmentEvent, ShipmentLine, ShipmentStatus
from models.front_office.sales.orders import Order, OrderLine, OrderStatus
from models.front_office.sales.orders.addresses import AddressEvent
from models.kit.base import now
from models.kit.events import EventKind, about
from models.kit.states import move_to
from resolvers.back_office.logistics.inventory.ledger import NewMove, post, way
from resolvers.back_office.logistics.inventory.promising import fill_backorders, lock_stock, release, release_batch
from resolvers.back_office.logistics.shipments.creating import MACHINE, is_good
from resolvers.back_office.logistics.shipments.promises import (
    Promised,
    added_up,
    begin_promises,
    check_promised,
    end_promises,
    load_promises,
    promised_by,
)
from resolvers.events import record
from resolvers.front_office.sales.orders.steps import check_outsider, masked_about
from resolvers.kit.commands import DryRunnable, InputErrors, Key, Keys, Update, Viewer, command, member
from resolvers.kit.loading import load_with_owner

S = ShipmentStatus
LONGEST_NAME = 100
LONGEST_WAY = timedelta(days=366)


@command
class ShipmentCommand(Update):
    """What every verb on a shipment takes."""

    shipment: Key[Shipment] = member("The shipment.")


async def pick_shipment(viewer: Viewer, given: ShipmentCommand) -> Keys:
    """Takes everything on a pick list from the shelves to where the warehouse packs. Errors: ORDER_NOT_TO_SHIP, NOT_ALLOCATED,
    BATCH_NOT_RELEASED, BATCH_EXPIRED, NO_PACKING_LOCATION.
    """
    errors, at = InputErrors(), now()
    _, shipment = await _loaded(viewer, given, errors)
    parts = await _parts_of(shipment)
    batches = await _lock_batches(parts)
    await MACHINE.check(viewer, shipment, "pickShipment", S.PICKED, errors)
    errors.raise_if_any()
    places = Location.filter(warehouse_id=shipment.warehouse_id, kind=LocationKind.PACKING).order_by("code")
    packing = await places.first()
    assert packing is not None, "the machine asks for a place to pack in"
    on_shelves, packed = added_up(parts), added_up(parts, packing.id)
    promises = await load_promises(on_shelves, packed)
    check_promised(promises, on_shelves, parts, None, errors)
    errors.raise_if_any()
    await end_promises(promises, on_shelves)
    picked = _moves(shipment, parts, batches, MoveKind.PICK, at, viewer)
    await post([move for one in picked for move in way(one, packing.id)])
    await begin_promises(packed, at)
    shipment.picked_at = at
    return await _take_step(viewer, shipment, S.PICKED, ShipmentEvent.PICKED, at)


async def pack_shipment(viewer: Viewer, given: ShipmentCommand) -> Keys:
    """Says that a shipment is packed and waits for its carrier. Error: ORDER_NOT_TO_SHIP."""
    errors, at = InputErrors(), now()
    _, shipment = await _loaded(viewer, given, errors)
    await MACHINE.check(viewer, shipment, "packShipment", S.PACKED, errors)
    errors.raise_if_any()
    shipment.packed_at = at
    return await _take_step(viewer, shipment, S.PACKED, ShipmentEvent.PACKED, at)


async def print_label(viewer: Viewer, given: ShipmentCommand) -> Keys:
    """Tells where a shipment goes, from picking until it has left; that somebody was told is kept in its history. Errors:
    NOT_TO_LABEL, FOR_A_COLLEAGUE.
    """
    errors = InputErrors()
    order, shipment = await _loaded(viewer, given, errors)
    if shipment.status not in ADDRESSED:
        errors.add("shipment", "A label is printed from picking until the shipment has left.", "NOT_TO_LABEL")
    else:
        await check_outsider(viewer, order, errors, "shipment")
    errors.raise_if_any()
    await record(AddressEvent.LABEL_PRINTED, shipment, order, actor=viewer)
    return {"label": shipment.id, "shipment": shipment.id}


@command
class ShipShipment(ShipmentCommand, DryRunnable):
    """Who carries a shipment, and until when."""

    carrier: str = member("Who carries it, at most 100 characters. Who the customer is gets masked.")
    tracking_number: str | None = member(
        "The carrier's number for it, at most 100 characters. Who the customer is gets masked.", default=None
    )
    expected_at: datetime | None = member("When it arrives, as the carrier says: within a year.", default=None)


async def ship_shipment(viewer: Viewer, given: ShipShipment) -> Keys:
    """Hands a shipment to its carrier. Its order becomes SHIPPED, or PARTLY_SHIPPED while something of it has not left. Errors:
    ORDER_NOT_TO_SHIP, NOT_ALLOCATED, BATCH_NOT_RELEASED, BATCH_EXPIRED.
    """
    errors, at = InputErrors(), now()
    carrier = errors.text("carrier", given.carrier, LONGEST_NAME)
    tracking = errors.optional_text("trackingNumber", given.tracking_number, LONGEST_NAME)
    if given.expected_at is not None and not at <= given.expected_at <= at + LONGEST_WAY:
        errors.add("expectedAt", "A shipment arrives after it left, and within a year.")
    order, shipment = await _loaded(viewer, given, errors)
    parts = await _parts_of(shipment)
    batches = await _lock_batches(parts)
    await MACHINE.check(viewer, shipment, "shipShipment", S.SHIPPED, errors)
    errors.raise_if_any()
    packing = await _packed_at(shipment)
    packed = added_up(parts, packing)
    promises = await load_promises(packed)
    check_promised(promises, packed, parts, packing, errors)
    errors.raise_if_any()
    await end_promises(promises, packed)
    await post(_moves(shipment, parts, batches, MoveKind.SHIP, at, viewer, packing))
    # A label may be longer than what it stands for.
    shipment.carrier = (await masked_about(viewer, given, order, carrier))[:LONGEST_NAME]
    shipment.tracking_number = (
        tracking and (await masked_about(viewer, given, order, tracking, is_number=True))[:LONGEST_NAME]
    )
    shipment.shipped_at, shipment.expected_at = at, given.expected_at
    await _order_shipped(order, at)
    keys = await _take_step(viewer, shipment, S.SHIPPED, ShipmentEvent.SHIPPED, at)
    given.end_if_dry(masked_text="\n\n".join(filter(None, (shipment.carrier, shipment.tracking_number))))
    return keys


@command
class DeliverShipment(ShipmentCommand):
    """Which shipment arrived, and when."""

    delivered_at: datetime | None = member("When it arrived; left out, now.", default=None)


async def deliver_shipment(viewer: Viewer, given: DeliverShipment) -> Keys:
    """Says that a shipment is with the customer. Its order becomes DELIVERED when all of it is."""
    errors, at = InputErrors(), now()
    order, shipment = await _loaded(viewer, given, errors)
    await MACHINE.check(viewer, shipment, "deliverShipment", S.DELIVERED, errors)
    arrived = given.delivered_at or at
    if arrived > at or (given.delivered_at and shipment.shipped_at and arrived < shipment.shipped_at):
        errors.add("deliveredAt", "It arrived after it left, and not in the future.")
    errors.raise_if_any()
    shipment.delivered_at = arrived
    keys = await _take_step(viewer, shipment, S.DELIVERED, ShipmentEvent.DELIVERED, at)
    await _order_delivered(order, arrived)
    return keys


async def cancel_shipment(viewer: Viewer, given: ShipmentCommand) -> Keys:
    """Gives a shipment up before it leaves. What was picked goes back to its shelves, still promised to the order."""
    # What may not be promised any more is given up: that of an order that will not be shipped, and that of a batch that was held
    # back or has expired meanwhile. Others who wait are served with it, and the order with something else.
    errors, at = InputErrors(), now()
    order, shipment = await _loaded(viewer, given, errors)
    await MACHINE.check(viewer, shipment, "cancelShipment", S.CANCELLED, errors)
    errors.raise_if_any()
    parts = await _parts_of(shipment)
    batches = await _lock_batches(parts)
    products = {batch.product_id for batch in batches.values()}
    await lock_stock(products)
    if shipment.status is not S.TO_PICK:
        await _put_back(viewer, shipment, parts, batches, at)
    shipment.cancelled_at = at
    keys = await _take_step(viewer, shipment, S.CANCELLED, ShipmentEvent.CANCELLED, at)
    if order.status is OrderStatus.CANCELLED:
        await release({part.order_line_id for part in parts})
    for batch in batches.values():
        if not is_good(batch, at):
            await release_batch(batch.id, batch.product_id, at, viewer.account)
    await fill_backorders(products, at, viewer.account)
    return keys


async def _loaded(viewer: Viewer, given: ShipmentCommand, errors: InputErrors) -> tuple[Order, Shipment]:
    """The order of the shipment that a verb is about, and the shipment."""
    return await load_with_owner(viewer, Shipment, given.shipment, Order, "order_id", errors, given.expected_version)


async def _parts_of(shipment: Shipment) -> list[ShipmentLine]:
    """What goes with a shipment, in the order of its pick list."""
    return await ShipmentLine.filter(shipment_id=shipment.id).order_by("position")


async def _lock_batches(parts: list[ShipmentLine]) -> dict[UUID, Batch]:
    """The batches that something is taken from, locked: nobody holds one back meanwhile."""
    wanted = {part.batch_id for part in parts}
    batches = await Batch.filter(id__in=wanted).order_by("id").select_for_update(no_key=True)
    return {batch.id: batch for batch in batches}


async def _take_step(viewer: Viewer, shipment: Shipment, to: ShipmentStatus, kind: EventKind, at: datetime) -> Keys:
    """Takes the shipment one step on, saves it, and records that of it and its order."""
    move_to(shipment, to)
    await shipment.save_next_version()
    await record(kind, shipment, about(Order, shipment.order_id), actor=viewer, at=at)
    return {"shipment": shipment.id}


async def _put_back(
    viewer: Viewer, shipment: Shipment, parts: list[ShipmentLine], batches: dict[UUID, Batch], at: datetime
) -> None:
    packing = await _packed_at(shipment)
    packed = added_up(parts, packing)
    promises = await load_promises(packed, added_up(parts))
    # Whatever took a promise off meanwhile, no more is promised on the shelf than was where it was packed.
    left = {one: min(quantity, promises[one].quantity) for one, quantity in packed.items() if one in promises}
    await end_promises(promises, left)
    carried = _moves(shipment, parts, batches, MoveKind.PICK, at, viewer, packing)
    await post([move for part, one in zip(parts, carried, strict=True) for move in way(one, part.location_id)])
    on_shelves: Counter[Promised] = Counter()
    for part in parts:
        promised = promised_by(part, packing)
        if kept := min(part.quantity, left.get(promised, 0)):
            left[promised] -= kept
            on_shelves[promised_by(part)] += kept
    await begin_promises(on_shelves, at)


async def _packed_at(shipment: Shipment) -> UUID:
    """Where a shipment was carried when it was picked."""
    moved = await StockMove.filter(shipment_id=shipment.id, kind=MoveKind.PICK, quantity__gt=0).order_by("id").first()
    assert moved is not None, "what was picked has moves"
    return moved.location_id


def _moves(
    shipment: Shipment,
    parts: list[ShipmentLine],
    batches: dict[UUID, Batch],
    kind: MoveKind,
    at: datetime,
    viewer: Viewer,
    packing: UUID | None = None,
) -> list[NewMove]:
    """How the parts go: from their shelves, or from where they were packed. What is shipped leaves, the rest is carried."""
    return [
        NewMove(
            product_id=batches[part.batch_id].product_id,
            location_id=packing or part.location_id,
            batch_id=part.batch_id,
            kind=kind,
            quantity=-part.quantity if kind is MoveKind.SHIP else part.quantity,
            at=at,
            actor_id=viewer.account,
            order_line_id=part.order_line_id,
            shipment_id=shipment.id,
            path=("input", "shipment"),
        )
        for part in parts
    ]


# --- What follows for the order ---------------------------------------------------------------------------------------


async def _is_all_shipped(order: Order) -> bool:
    lines = await OrderLine.filter(order_id=order.id).values_list("quantity", "shipped_quantity")
    return all(shipped == quantity for quantity, shipped in lines)


async def _order_shipped(order: Order, at: datetime) -> None:
    """Something of an order has left the house."""
    all_shipped = await _is_all_shipped(order)
    to = OrderStatus.SHIPPED if all_shipped else OrderStatus.PARTLY_SHIPPED
    if order.status is not to:
        move_to(order, to)
    order.shipped_at = at if all_shipped else None
    await _save(order)


async def _order_delivered(order: Order, at: datetime) -> None:
    """Something of an order has arrived. An order that is held stays held, whatever of it arrives."""
    if order.status not in (OrderStatus.SHIPPED, OrderStatus.PARTLY_SHIPPED):
        return
    shipments = Shipment.filter(order_id=order.id)
    under_way = shipments.exclude(status__in=[S.DELIVERED, S.CANCELLED])
    if await under_way.exists() or not await _is_all_shipped(order):
        return
    latest = await shipments.filter(status=S.DELIVERED).order_by("-delivered_at").first()
    move_to(order, OrderStatus.DELIVERED)
    order.delivered_at = latest.delivered_at if latest else at
    await _save(order)


async def _save(order: Order) -> None:
    await order.save_next_version("status", "shipped_at", "delivered_at")
