"""What the verbs on shipments share: finding one with its order, what stops it, and carrying promised stock from place to place.

The surprising rule: a promise cannot move, so it ends where the goods lay and begins anew where they went, in one transaction.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tortoise.connection import get_connection

from models.back_office.logistics.inventory import Allocation, Batch, BatchStatus
from models.back_office.logistics.shipments import (
    TRANSITIONS,
    Shipment,
    ShipmentLine,
    ShipmentStatus,
    visible_shipments,
)
from models.front_office.sales.orders import TO_SHIP, Order, OrderLine
from models.kit.base import is_one_of, new_id
from models.kit.events import EventKind
from models.kit.states import Guard, move_to
from resolvers.back_office.logistics.inventory.ledger import Place, lock_balances
from resolvers.events.record import record
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.loading import access, access_owner
from resolvers.kit.problems import Problem
from resolvers.kit.state_machine import Row, StateMachine
from resolvers.kit.viewer import Viewer

Keys = Mapping[str, UUID]


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


MACHINE = StateMachine(
    "shipment",
    "shipments",
    TRANSITIONS,
    {Guard.ORDER_GOES_ON: _order_goes_on, Guard.GOODS_THERE: _goods_may_leave},
)


@dataclass(frozen=True, slots=True)
class Part:
    """So much of one batch for one line of an order."""

    order_line: UUID
    product: UUID
    batch: UUID
    location: UUID
    """The shelf that it is taken from, and goes back to."""

    quantity: int


# --- Finding it, and what stops it ------------------------------------------------------------------------------------


async def shipment_at(
    viewer: Viewer, key: UUID | None, verb: str, to: ShipmentStatus, expected_version: int | None, errors: InputErrors
) -> tuple[Order, Shipment]:
    """The shipment that a verb takes to a status, and its order, both locked; refuses the change at once without one."""
    order = await access_owner(viewer, Shipment, visible_shipments, key, Order, "order_id")
    shipment = await access(viewer, Shipment, visible_shipments, key) if order else None
    if order is None or shipment is None:
        errors.not_found("shipment", "shipment")
        raise errors.refusal()
    errors.version(shipment.version, expected_version)
    await MACHINE.check_step(viewer, shipment, verb, to, errors)
    return order, shipment


def check_order(order: Order, member: str, errors: InputErrors) -> None:
    """Notes that nothing of an order may be picked, packed or shipped now."""
    if order.status not in TO_SHIP:
        message = f"The order is {order.status}: nothing of it is picked or shipped."
        errors.add(member, message, "ORDER_NOT_TO_SHIP")


async def check_batches(parts: Iterable[Part], at: datetime, errors: InputErrors) -> None:
    """Notes batches that may not leave the house, and locks all of them: nobody holds one back meanwhile."""
    wanted = {part.batch for part in parts}
    for batch in await Batch.filter(id__in=wanted).order_by("id").select_for_update(no_key=True):
        if batch.status is not BatchStatus.RELEASED:
            errors.add("shipment", f"The batch {batch.number} is {batch.status}.", "BATCH_NOT_RELEASED")
        elif not is_good(batch, at):
            errors.add("shipment", f"The batch {batch.number} expired on {batch.expires_on}.", "BATCH_EXPIRED")


def is_good(batch: Batch, at: datetime) -> bool:
    """Whether a batch may still be shipped, as models.back_office.logistics.inventory.can_be_promised says in SQL."""
    return batch.status is BatchStatus.RELEASED and (batch.expires_on is None or batch.expires_on >= at.date())


async def parts_of(shipment: Shipment) -> list[Part]:
    """What goes with a shipment, in the order of its pick list."""
    lines = await ShipmentLine.filter(shipment_id=shipment.id).order_by("position")
    of_line = await OrderLine.filter(id__in={line.order_line_id for line in lines}).values_list("id", "product_id")
    products = dict(of_line)
    return [
        Part(line.order_line_id, products[line.order_line_id], line.batch_id, line.location_id, line.quantity)
        for line in lines
    ]


# --- Promises that follow the goods -----------------------------------------------------------------------------------

Promised = tuple[UUID, Place]
"""A line of an order, and the place of what is promised to it."""


class Promises:
    """What is promised to some lines of an order in some places, with all that lies there locked."""

    def __init__(self, allocations: dict[Promised, Allocation], balances: dict[Place, UUID]) -> None:
        self._allocations = allocations
        self._balances = balances

    @classmethod
    async def of(cls, parts: Sequence[Part], *places: UUID | None) -> "Promises":
        """Of what the parts consist of, on their own shelves (None) and in other locations."""
        wanted = {(place or part.location, part.batch) for part in parts for place in places}
        balances = {place: balance.id for place, balance in (await lock_balances(wanted)).items()}
        at = {key: place for place, key in balances.items()}
        lines = {part.order_line for part in parts}
        found = await Allocation.filter(order_line_id__in=lines, balance_id__in=list(at))
        return cls({(one.order_line_id, at[one.balance_id]): one for one in found}, balances)

    def at(self, promised: Promised) -> int:
        """How much is promised."""
        allocation = self._allocations.get(promised)
        return allocation.quantity if allocation else 0

    async def end(self, quantities: Mapping[Promised, int]) -> None:
        """Takes so much off each promise; it must be there."""
        ended: list[UUID] = []
        for promised, quantity in quantities.items():
            allocation = self._allocations[promised]
            if quantity == allocation.quantity:
                ended.append(allocation.id)
            elif quantity:
                allocation.quantity -= quantity
                await allocation.save(update_fields=["quantity"])
        if ended:
            await Allocation.filter(id__in=ended).delete()

    @staticmethod
    async def begin(quantities: Mapping[Promised, int], at: datetime) -> None:
        """Promises so much more; the goods must lie there already."""
        balances = await lock_balances(place for _, place in quantities)
        shares = ", ".join(
            f"('{new_id()}', '{line}', '{balances[place].id}', {quantity}, '{at.isoformat(' ')}')"
            for (line, place), quantity in quantities.items()
            if quantity
        )
        if shares:
            await get_connection("default").execute_query(
                "INSERT INTO allocations (id, order_line_id, balance_id, quantity, allocated_at)"
                f" VALUES {shares} ON CONFLICT (order_line_id, balance_id)"
                " DO UPDATE SET quantity = allocations.quantity + excluded.quantity"
            )


def added_up(parts: Iterable[Part], location: UUID | None = None) -> Counter[Promised]:
    """How much the parts are of each line and place: their own shelves, or one location."""
    sums: Counter[Promised] = Counter()
    for part in parts:
        sums[part.order_line, (location or part.location, part.batch)] += part.quantity
    return sums


# --- Writing it down --------------------------------------------------------------------------------------------------


async def take_step(
    viewer: Viewer, shipment: Shipment, to: ShipmentStatus, kind: EventKind, at: datetime, *columns: str
) -> Keys:
    """Takes the shipment one step on, saves it with the columns that go with the step, and records that."""
    move_to(shipment, to, TRANSITIONS)
    shipment.version += 1
    await shipment.save(update_fields=["status", "version", *columns])
    await tell(viewer, shipment, kind, at)
    return {"shipment": shipment.id}


async def tell(viewer: Viewer, shipment: Shipment, kind: EventKind, at: datetime) -> None:
    """Records what happened to a shipment, and by that to its order."""
    await record(kind, actor=viewer.account, at=at, shipment_id=shipment.id, order_id=shipment.order_id)


def not_promised(errors: InputErrors, part: Part) -> None:
    """Notes that what is to be taken is no longer promised to its order."""
    message = (
        f"{part.quantity} pieces of a line are no longer promised to the order: cancel the shipment and make it anew."
    )
    errors.add_problem(Problem("NOT_ALLOCATED", message, ("input", "shipment")))
