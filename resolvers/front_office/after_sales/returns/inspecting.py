"""Inspecting what came back: what is as good as new serves the orders that wait for it, the rest is scrapped.

The surprising rule: what is damaged or defective is never put back, whoever says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models.back_office.logistics.inventory import Location, LocationKind, MoveKind, StockMove, visible_locations
from models.front_office.after_sales.returns import Condition, CustomerReturn, Disposition, ReturnLine, ReturnStatus
from models.front_office.sales.orders import OrderLine
from models.kit.base import now
from models.kit.events import EventKind
from resolvers.back_office.logistics.inventory.ledger import NewMove, post, way
from resolvers.back_office.logistics.inventory.promising import fill_backorders
from resolvers.front_office.after_sales.returns.pieces import MOST_PIECES, Piece, rewrite
from resolvers.front_office.after_sales.returns.shared import Keys, lines_by_id, step, the_return
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.loading import access
from resolvers.kit.viewer import Viewer

SALEABLE = frozenset({Condition.UNOPENED, Condition.OPENED})


@dataclass(frozen=True, slots=True)
class GivenInspection:
    """In which condition so many pieces of one line came, and what becomes of them; without a quantity all of them."""

    line: UUID | None
    condition: Condition
    disposition: Disposition
    quantity: int | None = None


async def inspect_return(
    viewer: Viewer,
    key: UUID | None,
    restock_to: UUID | None,
    names_place: bool,
    given: Sequence[GivenInspection],
    expected_version: int | None,
) -> Keys:
    """Says in which condition everything came: back on a shelf, where it serves those who wait for it, or into the bin."""
    errors, at = InputErrors(), now()
    found = await the_return(viewer, key, expected_version, "inspectReturn", ReturnStatus.INSPECTED, errors)
    shelf = await access(viewer, Location, visible_locations, restock_to, lock=False)
    if names_place and shelf is None:
        errors.not_found("restockTo", "location")
    elif shelf is not None and (shelf.kind != LocationKind.STORAGE or shelf.warehouse_id != found.warehouse_id):
        errors.add("restockTo", "Stock goes back to a place of storage in the warehouse that it came to.")
    elif shelf is None and any(one.disposition is Disposition.RESTOCK for one in given):
        errors.add("restockTo", "Say where it is put.", "REQUIRED")
    lines = await ReturnLine.filter(customer_return_id=found.id).order_by("position")
    pieces = _looked_at(lines, given, errors)
    errors.raise_if_any()
    sold = await lines_by_id(found.order_id)
    lies = {
        move.batch_id: move.location_id for move in await StockMove.filter(return_id=found.id, kind=MoveKind.RETURN)
    }
    moves = _moves(found, pieces, sold, lies, shelf, viewer.account, at)
    await rewrite(found, lines, pieces)
    found.inspected_at = at
    keys = await step(viewer, found, ReturnStatus.INSPECTED, EventKind.RETURN_INSPECTED, at)
    await post(moves)
    restocked = [piece.line.order_line_id for piece in pieces if piece.disposition is Disposition.RESTOCK]
    if restocked:
        await fill_backorders({sold[line].product_id for line in restocked}, at, viewer.account)
    return keys


def _looked_at(lines: Sequence[ReturnLine], given: Sequence[GivenInspection], errors: InputErrors) -> list[Piece]:
    """What somebody looked at: every piece of every line."""
    of_return = {line.id: line for line in lines}
    if len(given) > MOST_PIECES:
        errors.add("lines", f"At most {MOST_PIECES} at once.")
        return []
    left = {line.id: line.quantity for line in lines}
    pieces: list[Piece] = []
    for number, one in enumerate(given):
        inner = errors.within("lines", str(number))
        line = of_return.get(one.line) if one.line else None
        if line is None:
            inner.not_found("returnLine", "line of this return")
            continue
        if one.disposition is Disposition.RESTOCK and one.condition not in SALEABLE:
            inner.add("disposition", f"What is {one.condition} is not sold again.", "NOT_SALEABLE")
        quantity = left[line.id] if one.quantity is None else one.quantity
        if quantity < 1:
            inner.add("quantity", "A quantity is 1 or more, and each piece is looked at once.")
        elif quantity > left[line.id]:
            inner.add("quantity", f"{left[line.id]} more of it came.", "TOO_MANY")
        else:
            left[line.id] -= quantity
            path = ("input", "lines", str(number))
            pieces.append(Piece(line, quantity, line.batch_id, path, one.condition, one.disposition))
    missed = ", ".join(f"{line.position} ({left[line.id]})" for line in lines if left[line.id])
    if missed and not errors.count:
        errors.add("lines", f"Nobody looked at all of line {missed}.", "INCOMPLETE")
    return pieces


def _moves(
    found: CustomerReturn,
    pieces: Sequence[Piece],
    sold: dict[UUID, OrderLine],
    lies: dict[UUID, UUID],
    shelf: Location | None,
    actor: UUID,
    at: datetime,
) -> list[NewMove]:
    moves: list[NewMove] = []
    for piece in pieces:
        assert piece.batch is not None, "What was received has its batch."
        product, source = sold[piece.line.order_line_id].product_id, lies[piece.batch]
        if piece.disposition is Disposition.RESTOCK:
            assert shelf is not None
            carried = NewMove(
                product=product,
                location=source,
                batch=piece.batch,
                kind=MoveKind.TRANSFER,
                quantity=piece.quantity,
                at=at,
                actor=actor,
                customer_return=found.id,
                path=piece.path,
            )
            moves += way(carried, shelf.id)
        else:
            moves.append(
                NewMove(
                    product=product,
                    location=source,
                    batch=piece.batch,
                    kind=MoveKind.ADJUST,
                    quantity=-piece.quantity,
                    at=at,
                    actor=actor,
                    reason=f"{found.number}: {piece.condition}",
                    customer_return=found.id,
                    path=piece.path,
                )
            )
    return moves
