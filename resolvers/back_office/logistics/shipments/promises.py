"""What goes with a shipment, and what of it is promised to its order wherever the goods are carried.

The surprising rule: a promise cannot move, so it ends where the goods lay and begins anew where they went, in one transaction.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tortoise.connection import get_connection

from models.back_office.logistics.inventory import Allocation
from models.back_office.logistics.shipments import Shipment, ShipmentLine
from models.front_office.sales.orders import OrderLine
from models.kit.base import new_id
from resolvers.back_office.logistics.inventory.ledger import Place, lock_balances
from resolvers.kit.input_errors import InputErrors


@dataclass(frozen=True, slots=True)
class Part:
    """So much of one batch for one line of an order."""

    order_line: UUID
    product: UUID
    batch: UUID
    location: UUID
    """The shelf that it is taken from, and goes back to."""

    quantity: int


async def parts_of(shipment: Shipment) -> list[Part]:
    """What goes with a shipment, in the order of its pick list."""
    lines = await ShipmentLine.filter(shipment_id=shipment.id).order_by("position")
    of_line = await OrderLine.filter(id__in={line.order_line_id for line in lines}).values_list("id", "product_id")
    products = dict(of_line)
    return [
        Part(line.order_line_id, products[line.order_line_id], line.batch_id, line.location_id, line.quantity)
        for line in lines
    ]


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


def not_promised(errors: InputErrors, part: Part) -> None:
    """Notes that what is to be taken is no longer promised to its order."""
    message = (
        f"{part.quantity} pieces of a line are no longer promised to the order: cancel the shipment and make it anew."
    )
    errors.add("shipment", message, "NOT_ALLOCATED")
