"""From the shelf to the customer: pick, pack, ship, deliver; or give a shipment up, and put back what was picked.

Locks are taken in one order: the order, the shipment, batches, and what lies of them, each in the order of their keys.
The surprising rule: everybody reads who carries it, and logistics knows where it goes, so who the customer is gets masked there.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from models.back_office.logistics.inventory import Batch, Location, LocationKind, MoveKind, StockMove
from models.back_office.logistics.shipments import TRANSITIONS, Shipment, ShipmentEvent, ShipmentStatus
from models.front_office.sales.orders import TRANSITIONS as ORDER_TRANSITIONS
from models.front_office.sales.orders import Order, OrderLine, OrderStatus
from models.kit.base import now
from models.kit.events import EventKind, about
from models.kit.states import move_to
from resolvers.back_office.logistics.inventory.ledger import NewMove, post, way
from resolvers.back_office.logistics.inventory.promising import fill_backorders, lock_stock, release, release_batch
from resolvers.back_office.logistics.shipments.promises import Part, Promises, added_up, not_promised, parts_of
from resolvers.back_office.logistics.shipments.steps import MACHINE, is_good
from resolvers.events import record
from resolvers.front_office.sales.orders.steps import masked
from resolvers.kit.commands import Key, Keys, Update, command, member
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.loading import load_with_owner
from resolvers.kit.viewer import Viewer

S = ShipmentStatus
LONGEST_NAME = 100
LONGEST_WAY = timedelta(days=366)


@command
class _ShipmentCommand(Update):
    """What every verb on a shipment takes."""

    shipment: Key[Shipment] = member("The shipment.")


@command
class PickShipment(_ShipmentCommand):
    """What `pickShipment` takes."""


async def pick_shipment(viewer: Viewer, given: PickShipment) -> Keys:
    """Takes everything on a pick list from the shelves to where the warehouse packs. Errors: ORDER_NOT_TO_SHIP, NOT_ALLOCATED,
    BATCH_NOT_RELEASED, BATCH_EXPIRED, NO_PACKING_LOCATION.
    """
    errors, at = InputErrors(), now()
    _, shipment = await _loaded(viewer, given, errors)
    parts = await parts_of(shipment)
    await _lock_batches(parts)
    await MACHINE.check(viewer, shipment, "pickShipment", S.PICKED, errors)
    errors.raise_if_any()
    packing = (
        await Location.filter(warehouse_id=shipment.warehouse_id, kind=LocationKind.PACKING).order_by("code").first()
    )
    assert packing is not None, "the machine asks for a place to pack in"
    promises = await Promises.of(parts, None, packing.id)
    for part in parts:
        if promises.at((part.order_line, (part.location, part.batch))) < part.quantity:
            not_promised(errors, part)
    errors.raise_if_any()
    await promises.end(added_up(parts))
    await post([move for part in parts for move in _way(shipment, part, part.location, packing.id, at, viewer)])
    await promises.begin(added_up(parts, packing.id), at)
    shipment.picked_at = at
    return await _take_step(viewer, shipment, S.PICKED, ShipmentEvent.PICKED, at, "picked_at")


@command
class PackShipment(_ShipmentCommand):
    """What `packShipment` takes."""


async def pack_shipment(viewer: Viewer, given: PackShipment) -> Keys:
    """Says that a shipment is packed and waits for its carrier. Error: ORDER_NOT_TO_SHIP."""
    errors, at = InputErrors(), now()
    _, shipment = await _loaded(viewer, given, errors)
    await MACHINE.check(viewer, shipment, "packShipment", S.PACKED, errors)
    errors.raise_if_any()
    shipment.packed_at = at
    return await _take_step(viewer, shipment, S.PACKED, ShipmentEvent.PACKED, at, "packed_at")


@command
class ShipShipment(_ShipmentCommand):
    """Who carries a shipment, and until when."""

    carrier: str = member("Who carries it, at most 100 characters.")
    tracking_number: str | None = member("The carrier's number for it, at most 100 characters.", default=None)
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
    parts = await parts_of(shipment)
    await _lock_batches(parts)
    await MACHINE.check(viewer, shipment, "shipShipment", S.SHIPPED, errors)
    errors.raise_if_any()
    packing = await _packed_at(shipment)
    promises = await Promises.of(parts, packing)
    packed = added_up(parts, packing)
    for part in parts:
        promised = (part.order_line, (packing, part.batch))
        if promises.at(promised) < packed[promised]:
            not_promised(errors, part)
    errors.raise_if_any()
    await promises.end(packed)
    await post([_move(shipment, part, packing, MoveKind.SHIP, -part.quantity, at, viewer) for part in parts])
    # A label may be longer than what it stands for.
    shipment.carrier = (await masked(order, carrier))[:LONGEST_NAME]
    shipment.tracking_number = tracking and (await masked(order, tracking, is_number=True))[:LONGEST_NAME]
    shipment.shipped_at, shipment.expected_at = at, given.expected_at
    columns = ("carrier", "tracking_number", "shipped_at", "expected_at")
    await _order_shipped(order, at)
    return await _take_step(viewer, shipment, S.SHIPPED, ShipmentEvent.SHIPPED, at, *columns)


@command
class DeliverShipment(_ShipmentCommand):
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
    keys = await _take_step(viewer, shipment, S.DELIVERED, ShipmentEvent.DELIVERED, at, "delivered_at")
    await _order_delivered(order, arrived)
    return keys


@command
class CancelShipment(_ShipmentCommand):
    """What `cancelShipment` takes."""


async def cancel_shipment(viewer: Viewer, given: CancelShipment) -> Keys:
    """Gives a shipment up before it leaves. What was picked goes back to its shelves, still promised to the order."""
    # What may not be promised any more is given up: that of an order that will not be shipped, and that of a batch that was held
    # back or has expired meanwhile. Others who wait are served with it, and the order with something else.
    errors, at = InputErrors(), now()
    order, shipment = await _loaded(viewer, given, errors)
    await MACHINE.check(viewer, shipment, "cancelShipment", S.CANCELLED, errors)
    errors.raise_if_any()
    parts = await parts_of(shipment)
    batches = await _lock_batches(parts)
    products = {part.product for part in parts}
    await lock_stock(products)
    if shipment.status is not S.TO_PICK:
        await _put_back(viewer, shipment, parts, at)
    shipment.cancelled_at = at
    keys = await _take_step(viewer, shipment, S.CANCELLED, ShipmentEvent.CANCELLED, at, "cancelled_at")
    if order.status is OrderStatus.CANCELLED:
        await release({part.order_line for part in parts})
    for batch in batches:
        if not is_good(batch, at):
            await release_batch(batch.id, batch.product_id, at, viewer.account)
    await fill_backorders(products, at, viewer.account)
    return keys


async def _loaded(viewer: Viewer, given: _ShipmentCommand, errors: InputErrors) -> tuple[Order, Shipment]:
    """The order of the shipment that a verb is about, and the shipment."""
    return await load_with_owner(viewer, Shipment, given.shipment, Order, "order_id", errors, given.expected_version)


async def _lock_batches(parts: Iterable[Part]) -> list[Batch]:
    """The batches that something is taken from, locked: nobody holds one back meanwhile."""
    wanted = {part.batch for part in parts}
    return await Batch.filter(id__in=wanted).order_by("id").select_for_update(no_key=True)


async def _take_step(
    viewer: Viewer, shipment: Shipment, to: ShipmentStatus, kind: EventKind, at: datetime, *columns: str
) -> Keys:
    """Takes the shipment one step on, saves it with the columns that go with the step, and records that of it and its order."""
    move_to(shipment, to, TRANSITIONS)
    shipment.version += 1
    await shipment.save(update_fields=["status", "version", *columns])
    await record(kind, shipment, about(Order, shipment.order_id), actor=viewer, at=at)
    return {"shipment": shipment.id}


async def _put_back(viewer: Viewer, shipment: Shipment, parts: list[Part], at: datetime) -> None:
    packing = await _packed_at(shipment)
    promises = await Promises.of(parts, packing, None)
    packed = added_up(parts, packing)
    # Whatever took a promise off meanwhile, no more is promised on the shelf than was where it was packed.
    left = {promised: min(quantity, promises.at(promised)) for promised, quantity in packed.items()}
    await promises.end({promised: quantity for promised, quantity in left.items() if quantity})
    await post([move for part in parts for move in _way(shipment, part, packing, part.location, at, viewer)])
    on_shelf = added_up([])
    for part in parts:
        promised = (part.order_line, (packing, part.batch))
        kept = min(part.quantity, left[promised])
        left[promised] -= kept
        on_shelf[part.order_line, (part.location, part.batch)] += kept
    await promises.begin(on_shelf, at)


# --- Moves ------------------------------------------------------------------------------------------------------------


async def _packed_at(shipment: Shipment) -> UUID:
    """Where a shipment was carried when it was picked."""
    moved = await StockMove.filter(shipment_id=shipment.id, kind=MoveKind.PICK, quantity__gt=0).order_by("id").first()
    assert moved is not None, "what was picked has moves"
    return moved.location_id


def _way(shipment: Shipment, part: Part, source: UUID, target: UUID, at: datetime, viewer: Viewer) -> list[NewMove]:
    return way(_move(shipment, part, source, MoveKind.PICK, part.quantity, at, viewer), target)


def _move(
    shipment: Shipment, part: Part, location: UUID, kind: MoveKind, quantity: int, at: datetime, viewer: Viewer
) -> NewMove:
    return NewMove(
        product_id=part.product,
        location_id=location,
        batch_id=part.batch,
        kind=kind,
        quantity=quantity,
        at=at,
        actor_id=viewer.account,
        order_line_id=part.order_line,
        shipment_id=shipment.id,
        path=("input", "shipment"),
    )


# --- What follows for the order ---------------------------------------------------------------------------------------


async def _is_all_shipped(order: Order) -> bool:
    lines = await OrderLine.filter(order_id=order.id).values_list("quantity", "shipped_quantity")
    return all(shipped == quantity for quantity, shipped in lines)


async def _order_shipped(order: Order, at: datetime) -> None:
    """Something of an order has left the house."""
    all_shipped = await _is_all_shipped(order)
    to = OrderStatus.SHIPPED if all_shipped else OrderStatus.PARTLY_SHIPPED
    if order.status is not to:
        move_to(order, to, ORDER_TRANSITIONS)
    order.shipped_at = at if all_shipped else None
    await _save(order, "shipped_at")


async def _order_delivered(order: Order, at: datetime) -> None:
    """Something of an order has arrived. An order that is held stays held, whatever of it arrives."""
    if order.status not in (OrderStatus.SHIPPED, OrderStatus.PARTLY_SHIPPED):
        return
    under_way = Shipment.filter(order_id=order.id).exclude(status__in=[S.DELIVERED, S.CANCELLED])
    if await under_way.exists() or not await _is_all_shipped(order):
        return
    latest = await Shipment.filter(order_id=order.id, status=S.DELIVERED).order_by("-delivered_at").first()
    move_to(order, OrderStatus.DELIVERED, ORDER_TRANSITIONS)
    order.delivered_at = latest.delivered_at if latest else at
    await _save(order, "delivered_at")


async def _save(order: Order, *columns: str) -> None:
    order.version += 1
    await order.save(update_fields=["status", "version", *columns])
