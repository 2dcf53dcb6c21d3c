"""The stock ledger's one door: every move of stock is added here, and balances follow in the database's own triggers.

The surprising rule: stock that is promised to an order does not move; release its allocation first, and make it anew where it
went. Balances are locked in the order of their keys, and moves are added in the order of their products.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from uuid import UUID

from models.back_office.logistics.inventory.stock import MoveKind, StockBalance, StockMove
from models.back_office.products.catalogue import Product
from models.kit.base import new_id
from models.kit.sql import locking
from resolvers.kit.problems import OutOfStock, Problem, Refused

LARGEST_QUANTITY = 100_000_000
"""What one input may move at once, in the product's unit."""

LARGEST_BALANCE = 2_000_000_000
"""What fits into a column, and more than any house holds of one product, on one shelf or on all."""

WITHIN_THE_HOUSE = frozenset({MoveKind.PICK, MoveKind.TRANSFER})
"""Ways from place to place: there is as much as before."""

Place = tuple[UUID, UUID]
"""A location and a batch: what a balance is of."""


@dataclass(frozen=True, slots=True)
class NewMove:
    """One move to be added: `quantity` is what comes, or below zero what goes. A move of ADJUST has a reason.

    `transfer_id` joins the two moves of one way. `path` names the member of the input that asked for it, for problems.
    """

    product_id: UUID
    location_id: UUID
    batch_id: UUID
    kind: MoveKind
    quantity: int
    at: datetime
    actor_id: UUID | None
    reason: str | None = None
    transfer_id: UUID | None = None
    order_line_id: UUID | None = None
    shipment_id: UUID | None = None
    receipt_id: UUID | None = None
    work_order_id: UUID | None = None
    return_id: UUID | None = None
    stock_count_id: UUID | None = None
    path: tuple[str, ...] = ("input",)


def way(carried: NewMove, target: UUID) -> list[NewMove]:
    """The two moves by which so much goes from a move's location to another, for `post`; several ways are `[*way(…), …]`."""
    transfer = new_id()
    gone = replace(carried, quantity=-carried.quantity, transfer_id=transfer)
    return [gone, replace(carried, location_id=target, transfer_id=transfer)]


async def post(moves: Sequence[NewMove]) -> None:
    """Adds moves, in two statements however many they are; call it once per transaction with all of them.

    Raises Refused with an OutOfStock for each move that takes more than is there and not promised. What the database
    refuses besides (a batch of another product, shipping what is not released) is an error of the caller.
    """
    if not moves:
        return
    balances = await lock_balances((move.location_id, move.batch_id) for move in moves)
    _check(moves, balances)
    await _check_products(moves)
    # The database adds to products in the order of the moves: two transactions must not wait for each other crosswise.
    ordered = sorted(moves, key=lambda move: move.product_id)
    columns = [one.name for one in fields(NewMove) if one.name != "path"]
    await StockMove.bulk_create(
        [StockMove(id=new_id(), **{name: getattr(move, name) for name in columns}) for move in ordered]
    )


async def lock_balances(places: Iterable[Place]) -> dict[Place, StockBalance]:
    """The balances of some places, as far as there are any, locked in the order of their keys until the transaction ends."""
    wanted = sorted(set(places))
    if not wanted:
        return {}
    # PostgreSQL alone has to be told that these are keys.
    lock = locking()
    cast = "::uuid" if lock else ""
    asked = ", ".join(f"('{location}'{cast}, '{batch}'{cast})" for location, batch in wanted)
    found: list[StockBalance] = await StockBalance.raw(  # type: ignore[assignment]
        f"SELECT held.* FROM stock_balances held WHERE (held.location_id, held.batch_id) IN (VALUES {asked})"
        f" ORDER BY held.id{lock}"
    )
    return {(balance.location_id, balance.batch_id): balance for balance in found}


def _check(moves: Sequence[NewMove], balances: dict[Place, StockBalance]) -> None:
    """Goes through the moves as the database will, one after another."""
    free = {place: balance.on_hand - balance.allocated for place, balance in balances.items()}
    held = {place: balance.on_hand for place, balance in balances.items()}
    problems: list[Problem] = []
    for move in moves:
        place = (move.location_id, move.batch_id)
        left = free.get(place, 0)
        free[place], held[place] = left + move.quantity, held.get(place, 0) + move.quantity
        if free[place] < 0:
            free[place] = left
            message = f"Only {left} of the batch can be taken from there."
            problems.append(OutOfStock("OUT_OF_STOCK", message, move.path, available=left))
        elif held[place] > LARGEST_BALANCE:
            problems.append(Problem("TOO_MUCH", "More than any place can hold.", move.path))
    if problems:
        raise Refused(problems)


async def _check_products(moves: Sequence[NewMove]) -> None:
    """Raises Refused when more of a product comes than what is in stock of it in all can be reckoned with."""
    more: Counter[UUID] = Counter()
    for move in moves:
        if move.kind not in WITHIN_THE_HOUSE:
            more[move.product_id] += move.quantity
    growing = [product for product, quantity in more.items() if quantity > 0]
    if not growing:
        return
    there = dict(await Product.filter(id__in=growing).values_list("id", "units_in_stock"))
    full = {product for product in growing if there.get(product, 0) + more[product] > LARGEST_BALANCE}
    if full:
        message = f"There would be more than {LARGEST_BALANCE:,} of the product."
        path = next(move.path for move in moves if move.product_id in full)
        raise Refused([Problem("TOO_MUCH", message, path)])
