"""Which steps a shipment may take now: what the guards of its transitions mean in SQL, and how each is refused."""

from datetime import datetime

from models.back_office.logistics.inventory import Batch, BatchStatus, Location, LocationKind
from models.back_office.logistics.shipments import TRANSITIONS, Shipment, ShipmentLine, ShipmentStatus
from models.front_office.sales.orders import TO_SHIP, Order
from models.kit.base import is_one_of, now
from models.kit.states import Guard
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.state_machine import Row, StateMachine
from resolvers.kit.viewer import Viewer


def _order_goes_on(row: Row) -> str:
    return is_one_of(f"(SELECT bought.status FROM orders bought WHERE bought.id = {row.column('order_id')})", TO_SHIP)


def _goods_may_leave(row: Row) -> str:
    """A condition that all batches may leave the house (`is_good`), and that there is a place to pack what is to be picked."""
    spoilt = (
        "SELECT 1 FROM shipment_lines part JOIN batches lot ON lot.id = part.batch_id"
        f" WHERE part.shipment_id = {row.column('id')}"
        f" AND (lot.status <> '{BatchStatus.RELEASED}' OR lot.expires_on < CURRENT_DATE)"
    )
    packing = f"SELECT 1 FROM locations place WHERE place.warehouse_id = {row.column('warehouse_id')} AND place.kind = 'PACKING'"
    return f"NOT EXISTS ({spoilt}) AND ({row.column('status')} <> '{ShipmentStatus.TO_PICK}' OR EXISTS ({packing}))"


def check_order(order: Order, member: str, errors: InputErrors) -> None:
    """Notes that nothing of an order may be picked, packed or shipped now."""
    if order.status not in TO_SHIP:
        message = f"The order is {order.status}: nothing of it is picked or shipped."
        errors.add(member, message, "ORDER_NOT_TO_SHIP")


def is_good(batch: Batch, at: datetime) -> bool:
    """Whether a batch may still be shipped, as models.back_office.logistics.inventory.can_be_promised says in SQL."""
    return batch.status is BatchStatus.RELEASED and (batch.expires_on is None or batch.expires_on >= at.date())


async def _order_is_held(_viewer: Viewer, shipment: Shipment, errors: InputErrors) -> None:
    check_order(await Order.get(id=shipment.order_id), "shipment", errors)


async def _goods_are_held(_viewer: Viewer, shipment: Shipment, errors: InputErrors) -> None:
    if shipment.status is ShipmentStatus.TO_PICK and not await Location.exists(
        warehouse_id=shipment.warehouse_id, kind=LocationKind.PACKING
    ):
        errors.add("shipment", "The warehouse has no location to pack in.", "NO_PACKING_LOCATION")
        return
    wanted = await ShipmentLine.filter(shipment_id=shipment.id).values_list("batch_id", flat=True)
    for batch in await Batch.filter(id__in=wanted).order_by("id"):
        if batch.status is not BatchStatus.RELEASED:
            errors.add("shipment", f"The batch {batch.number} is {batch.status}.", "BATCH_NOT_RELEASED")
        elif not is_good(batch, now()):
            errors.add("shipment", f"The batch {batch.number} expired on {batch.expires_on}.", "BATCH_EXPIRED")


MACHINE = StateMachine(
    "shipment",
    "shipments",
    TRANSITIONS,
    {Guard.ORDER_GOES_ON: _order_goes_on, Guard.GOODS_THERE: _goods_may_leave},
    {Guard.ORDER_GOES_ON: _order_is_held, Guard.GOODS_THERE: _goods_are_held},
)
