"""Receiving what came back: onto a place where none of it is sold, until somebody has looked at it.

The surprising rule: what did not come is taken off the return, so that the customer may ask for it anew.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from tortoise.connection import get_connection

from models.back_office.logistics.inventory import (
    Batch,
    Location,
    LocationKind,
    MoveKind,
    Warehouse,
    visible_batches,
    visible_warehouses,
)
from models.front_office.after_sales.returns import ReturnLine, ReturnStatus
from models.front_office.sales.orders import OrderLine
from models.kit.base import now
from models.kit.events import EventKind
from resolvers.back_office.logistics.inventory.ledger import NewMove, post
from resolvers.front_office.after_sales.returns.pieces import MOST_PIECES, Piece, rewrite
from resolvers.front_office.after_sales.returns.shared import Keys, lines_by_id, step, the_return
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.loading import access
from resolvers.kit.viewer import Viewer


@dataclass(frozen=True, slots=True)
class GivenReceipt:
    """How many pieces of one line of a return came, and of which batch; 0 for none."""

    line: UUID | None
    quantity: int
    batch: UUID | None = None
    names_batch: bool = False


async def receive_return(
    viewer: Viewer,
    key: UUID | None,
    warehouse: UUID | None,
    given: Sequence[GivenReceipt],
    expected_version: int | None,
) -> Keys:
    """It is here: onto the warehouse's place for returns. What is not named came whole, of the batch that was shipped."""
    errors, at = InputErrors(), now()
    found = await the_return(viewer, key, expected_version, "receiveReturn", ReturnStatus.RECEIVED, errors)
    house = await access(viewer, Warehouse, visible_warehouses, warehouse, lock=False)
    place = None
    if house is None:
        errors.not_found("warehouse", "warehouse")
    else:
        place = await Location.filter(warehouse_id=house.id, kind=LocationKind.RETURNS).order_by("code").first()
        if place is None:
            errors.add("warehouse", f"{house.code} has no place for returns.", "NO_PLACE_FOR_RETURNS")
    lines = await ReturnLine.filter(customer_return_id=found.id).order_by("position")
    sold = await lines_by_id(found.order_id)
    pieces = _came(lines, given, errors)
    await _find_batches(viewer, pieces, sold, errors)
    if not pieces and not errors.count:
        errors.add("lines", "Nothing came: refuse the return instead.", "NOTHING_CAME")
    errors.raise_if_any()
    assert house is not None and place is not None
    await rewrite(found, lines, pieces)
    found.received_at, found.warehouse_id = at, house.id
    keys = await step(viewer, found, ReturnStatus.RECEIVED, EventKind.RETURN_RECEIVED, at)
    moves: list[NewMove] = []
    for piece in pieces:
        assert piece.batch is not None
        moves.append(
            NewMove(
                product=sold[piece.line.order_line_id].product_id,
                location=place.id,
                batch=piece.batch,
                kind=MoveKind.RETURN,
                quantity=piece.quantity,
                at=at,
                actor=viewer.account,
                order_line=piece.line.order_line_id,
                customer_return=found.id,
                path=piece.path,
            )
        )
    await post(moves)
    return keys


def _came(lines: Sequence[ReturnLine], given: Sequence[GivenReceipt], errors: InputErrors) -> list[Piece]:
    """What came, line by line."""
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
        if one.names_batch and one.batch is None:
            inner.not_found("batch", "batch")
        if one.quantity < 0:
            inner.add("quantity", "A quantity is not below 0.")
        elif one.quantity > left[line.id]:
            inner.add("quantity", f"The customer asked to send back {left[line.id]} more of it.", "TOO_MANY")
        else:
            left[line.id] -= one.quantity
            pieces.append(Piece(line, one.quantity, one.batch, ("input", "lines", str(number))))
    named = {piece.line.id for piece in pieces}
    pieces += [Piece(line, line.quantity, None, ("input", "lines")) for line in lines if line.id not in named]
    return [piece for piece in pieces if piece.quantity > 0]


async def _find_batches(
    viewer: Viewer, pieces: Sequence[Piece], sold: dict[UUID, OrderLine], errors: InputErrors
) -> None:
    """Says of which batch each piece is: the one that the customer has of that line, or the one that was named."""
    out = await _with_the_customer(piece.line.order_line_id for piece in pieces)
    for piece in pieces:
        held = {batch: left for batch, left in out.get(piece.line.order_line_id, {}).items() if left > 0}
        inner = errors.within(*piece.path[1:-1]).within(piece.path[-1]) if len(piece.path) > 2 else errors
        member = "batch" if len(piece.path) > 2 else "lines"
        if piece.batch is None and len(held) == 1:
            piece.batch = next(iter(held))
        if piece.batch is None:
            message = f"Line {piece.line.position} was shipped from {len(held)} batches: say of which these are."
            inner.add(member, message, "BATCH_NEEDED")
        elif held and piece.quantity > held.get(piece.batch, 0):
            message = f"The customer has {held.get(piece.batch, 0)} of this batch of line {piece.line.position}."
            inner.add(member, message, "NOT_OF_THIS_BATCH")
        elif not held:
            # It was shipped before there were stock moves: whoever unpacks it reads the batch off the box.
            batch = await access(viewer, Batch, visible_batches, piece.batch, lock=False)
            if batch is None or batch.product_id != sold[piece.line.order_line_id].product_id:
                inner.not_found(member, "batch of this product")
        else:
            out[piece.line.order_line_id][piece.batch] -= piece.quantity


async def _with_the_customer(lines: Iterable[UUID]) -> dict[UUID, dict[UUID, int]]:
    """By line and batch, how many pieces were shipped and have not come back."""
    keys = ", ".join(f"'{line}'" for line in sorted(set(lines)))
    if not keys:
        return {}
    rows = await get_connection("default").execute_query_dict(
        "SELECT order_line_id AS line, batch_id AS batch, -sum(quantity) AS quantity FROM stock_moves"
        f" WHERE order_line_id IN ({keys}) AND kind IN ('SHIP', 'RETURN') GROUP BY order_line_id, batch_id"
        " ORDER BY order_line_id, batch_id"
    )
    out: dict[UUID, dict[UUID, int]] = {}
    for row in rows:
        out.setdefault(UUID(str(row["line"])), {})[UUID(str(row["batch"]))] = int(row["quantity"])
    return out
