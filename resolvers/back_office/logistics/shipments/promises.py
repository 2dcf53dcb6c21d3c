"""What of the goods of a shipment is promised to its order, wherever they are carried.

The surprising rule: a promise cannot move, so it ends where the goods lay and begins anew where they went, in one transaction.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from models.back_office.logistics.inventory.stock import Allocation
from models.back_office.logistics.shipments import ShipmentLine
from resolvers.back_office.logistics.inventory.ledger import Place, lock_balances
from resolvers.back_office.logistics.inventory.promising import allocate
from resolvers.kit.commands import InputErrors

Promised = tuple[UUID, Place]
"""A line of an order, and the place of what is promised to it."""


def promised_by(part: ShipmentLine, location: UUID | None = None) -> Promised:
    """What a line of a shipment takes: from its own shelf, or from where it was carried."""
    return part.order_line_id, (location or part.location_id, part.batch_id)


def added_up(parts: Iterable[ShipmentLine], location: UUID | None = None) -> Counter[Promised]:
    """How much the parts are of each line and place: their own shelves, or one location."""
    sums: Counter[Promised] = Counter()
    for part in parts:
        sums[promised_by(part, location)] += part.quantity
    return sums


async def load_promises(*wanted: Mapping[Promised, int]) -> dict[Promised, Allocation]:
    """What is promised to these lines in these places, as far as there is any, with all that lies there locked."""
    balances = await lock_balances(place for one in wanted for _, place in one)
    places = {balance.id: place for place, balance in balances.items()}
    lines = {line for one in wanted for line, _ in one}
    found = await Allocation.filter(order_line_id__in=lines, balance_id__in=list(places))
    return {(one.order_line_id, places[one.balance_id]): one for one in found}


def check_promised(
    promises: Mapping[Promised, Allocation],
    wanted: Mapping[Promised, int],
    parts: Iterable[ShipmentLine],
    location: UUID | None,
    errors: InputErrors,
) -> None:
    """Notes which parts are no longer promised to their order."""
    for part in parts:
        promised = promised_by(part, location)
        if promised not in promises or promises[promised].quantity < wanted[promised]:
            message = f"{part.quantity} pieces of a line are no longer promised to the order"
            errors.add("shipment", f"{message}: cancel the shipment and make it anew.", "NOT_ALLOCATED")


async def end_promises(promises: Mapping[Promised, Allocation], quantities: Mapping[Promised, int]) -> None:
    """Takes so much off each promise; it must be there."""
    ended: list[UUID] = []
    for promised, quantity in quantities.items():
        allocation = promises[promised]
        if quantity == allocation.quantity:
            ended.append(allocation.id)
        else:
            allocation.quantity -= quantity
            await allocation.save(update_fields=["quantity"])
    if ended:
        await Allocation.filter(id__in=ended).delete()


async def begin_promises(quantities: Mapping[Promised, int], at: datetime) -> None:
    """Promises so much more; the goods must lie there already."""
    balances = await lock_balances(place for _, place in quantities)
    await allocate([(line, balances[place].id, quantity) for (line, place), quantity in quantities.items()], at)
