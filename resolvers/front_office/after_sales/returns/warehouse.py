"""Returns in the warehouse: onto a place where none of it is sold, and once somebody has looked at it, on sale or scrapped.

The surprising rules: what did not come is taken off the return, so that the customer may ask for it anew; and what is damaged
or defective is never put back, whoever says so.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar
from uuid import UUID

from models.back_office.logistics.inventory import Batch, Location, LocationKind, Warehouse
from models.back_office.logistics.inventory.stock import MoveKind, StockMove
from models.front_office.after_sales.returns import (
    Condition,
    CustomerReturn,
    Disposition,
    ReturnEvent,
    ReturnLine,
    ReturnStatus,
)
from models.front_office.sales.orders import OrderLine
from models.kit.base import new_id, now
from models.kit.sql import listed, read_rows
from resolvers.back_office.logistics.inventory.ledger import NewMove, post, way
from resolvers.back_office.logistics.inventory.promising import fill_backorders
from resolvers.front_office.after_sales.returns.requesting import load_return, step
from resolvers.front_office.sales.orders.lines import lines_by_id
from resolvers.kit.commands import InputErrors, Key, Keys, Update, Viewer, command, member
from resolvers.kit.loading import find, visible

MOST_PIECES = 250
"""How many an input may name: one line can have come in several batches and conditions."""

SALEABLE = frozenset({Condition.UNOPENED, Condition.OPENED})


@dataclass(slots=True)
class Piece:
    """Some of one line of a return in one batch and one condition, and the member of the input that says so."""

    line: ReturnLine
    quantity: int
    batch: UUID | None
    path: tuple[str, ...]
    condition: Condition | None = None
    disposition: Disposition | None = None


async def _lines_of(found: CustomerReturn) -> list[ReturnLine]:
    return await ReturnLine.filter(customer_return_id=found.id).order_by("position")


async def _rewrite(found: CustomerReturn, lines: Sequence[ReturnLine], pieces: Sequence[Piece]) -> None:
    """Lets a return's lines say what there is: one row for each piece, the first of a line in its old row."""
    last = max(line.position for line in lines)
    kept: set[UUID] = set()
    for piece in pieces:
        row = piece.line
        if row.id in kept:
            last += 1
            row = ReturnLine(
                id=new_id(), customer_return_id=found.id, position=last, order_line_id=piece.line.order_line_id
            )
        row.quantity, row.batch_id = piece.quantity, piece.batch
        row.condition, row.disposition = piece.condition, piece.disposition
        await row.save(force_create=row.id != piece.line.id)
        kept.add(row.id)
    gone = [line.id for line in lines if line.id not in kept]
    if gone:
        await ReturnLine.filter(id__in=gone).delete()


# --- Receiving --------------------------------------------------------------------------------------------------------


@command
class ReceivedPieces:
    """How much of a line of a return came."""

    return_line: Key[ReturnLine] = member("The line; several times when it came in several batches.")
    quantity: int = member("How many pieces came; 0 for none. What did not come is taken off the return.")
    batch: Key[Batch] | None = member("The batch; needed when the line was shipped from several.", default=None)


@command
class ReceiveReturn(Update):
    """What came back."""

    customer_return: Key[CustomerReturn] = member("The return, which is AUTHORISED.")
    warehouse: Key[Warehouse] = member("Where it came to; it has a place of the kind RETURNS.")
    lines: tuple[ReceivedPieces, ...] = member(
        "Only what needs a word, at most 250; lines that are not named came whole.", default=()
    )


async def receive_return(viewer: Viewer, given: ReceiveReturn) -> Keys:
    """Takes in what came back, onto the warehouse's place for returns, where none of it is sold."""
    # What is not named came whole, of the batch that was shipped.
    errors, at, to = InputErrors(), now(), ReturnStatus.RECEIVED
    _, found = await load_return(viewer, given.customer_return, errors, given.expected_version, "receiveReturn", to)
    house, place = await find(viewer, Warehouse, given.warehouse, errors), None
    if house is not None:
        place = await Location.filter(warehouse_id=house.id, kind=LocationKind.RETURNS).order_by("code").first()
        if place is None:
            errors.add("warehouse", f"{house.code} has no place for returns.", "NO_PLACE_FOR_RETURNS")
    lines, sold = await _lines_of(found), await lines_by_id(found.order_id)
    pieces = _came(lines, given.lines, errors)
    await _find_batches(viewer, pieces, sold, errors)
    if not pieces and not errors.count:
        errors.add("lines", "Nothing came: refuse the return instead.", "NOTHING_CAME")
    errors.raise_if_any()
    assert house is not None and place is not None
    await _rewrite(found, lines, pieces)
    found.received_at, found.warehouse_id = at, house.id
    keys = await step(viewer, found, to, ReturnEvent.RECEIVED, at)
    moves: list[NewMove] = []
    for piece in pieces:
        assert piece.batch is not None
        moves.append(
            NewMove(
                product_id=sold[piece.line.order_line_id].product_id,
                location_id=place.id,
                batch_id=piece.batch,
                kind=MoveKind.RETURN,
                quantity=piece.quantity,
                at=at,
                actor_id=viewer.account,
                order_line_id=piece.line.order_line_id,
                return_id=found.id,
                path=piece.path,
            )
        )
    await post(moves)
    return keys


def _came(lines: Sequence[ReturnLine], given: Sequence[ReceivedPieces], errors: InputErrors) -> list[Piece]:
    """What came, line by line."""
    if len(given) > MOST_PIECES:
        errors.add("lines", f"At most {MOST_PIECES} at once.")
        return []
    left = {line.id: line.quantity for line in lines}
    pieces: list[Piece] = []
    for inner, line, one in _of_lines(errors, given, lines):
        if one.batch is not None and one.batch.id is None:
            inner.not_found("batch", "batch")
        if one.quantity < 0:
            inner.add("quantity", "A quantity is not below 0.")
        elif one.quantity > left[line.id]:
            inner.add("quantity", f"The customer asked to send back {left[line.id]} more of it.", "TOO_MANY")
        else:
            left[line.id] -= one.quantity
            pieces.append(Piece(line, one.quantity, one.batch and one.batch.id, inner.path))
    named = {piece.line.id for piece in pieces}
    pieces += [Piece(line, line.quantity, None, ("input", "lines")) for line in lines if line.id not in named]
    return [piece for piece in pieces if piece.quantity > 0]


async def _find_batches(
    viewer: Viewer, pieces: Sequence[Piece], sold: dict[UUID, OrderLine], errors: InputErrors
) -> None:
    """Says of which batch each piece is: the one that the customer has of that line, or the one that was named."""
    out = await _with_the_customer(sold)
    for piece in pieces:
        held = {batch: left for batch, left in out[piece.line.order_line_id].items() if left > 0}
        is_named = len(piece.path) > 2
        inner, about = (errors.within(*piece.path[1:]), "batch") if is_named else (errors, "lines")
        if piece.batch is None and len(held) == 1:
            piece.batch = next(iter(held))
        if piece.batch is None:
            message = f"Line {piece.line.position} was shipped from {len(held)} batches: say of which these are."
            inner.add(about, message, "BATCH_NEEDED")
        elif held and piece.quantity > held.get(piece.batch, 0):
            message = f"The customer has {held.get(piece.batch, 0)} of this batch of line {piece.line.position}."
            inner.add(about, message, "NOT_OF_THIS_BATCH")
        elif not held:
            # It was shipped before there were stock moves: whoever unpacks it reads the batch off the box.
            batch = await visible(viewer, Batch, piece.batch)
            if batch is None or batch.product_id != sold[piece.line.order_line_id].product_id:
                inner.not_found(about, "batch of this product")
        else:
            out[piece.line.order_line_id][piece.batch] -= piece.quantity


async def _with_the_customer(lines: Iterable[UUID]) -> dict[UUID, dict[UUID, int]]:
    """By line and batch, how many pieces were shipped and have not come back."""
    out: dict[UUID, dict[UUID, int]] = {line: {} for line in lines}
    rows = await read_rows(
        "SELECT order_line_id, batch_id, -sum(quantity) AS quantity FROM stock_moves"
        f" WHERE order_line_id IN ({listed(out) or 'NULL'}) AND kind IN ('SHIP', 'RETURN') GROUP BY order_line_id, batch_id"
        " ORDER BY order_line_id, batch_id"
    )
    for row in rows:
        out[row["order_line_id"]][row["batch_id"]] = int(row["quantity"])
    return out


# --- Inspecting -------------------------------------------------------------------------------------------------------


@command
class InspectedPieces:
    """In which state pieces came back, and what becomes of them."""

    return_line: Key[ReturnLine] = member("The line; several times when its pieces are not all alike.")
    quantity: int | None = member("How many pieces; left out, the rest of the line.", default=None)
    condition: Condition = member("In which state they are.")
    disposition: Disposition = member("What becomes of them. DAMAGED and DEFECTIVE pieces are not sold again.")


@command
class InspectReturn(Update):
    """What somebody found in a return."""

    customer_return: Key[CustomerReturn] = member("The return, which is RECEIVED.")
    lines: tuple[InspectedPieces, ...] = member("Every piece of every line, at most 250 entries.")
    restock_to: Key[Location] | None = member(
        "Where it is put back: a place of storage in the same warehouse. Needed for RESTOCK.", default=None
    )


async def inspect_return(viewer: Viewer, given: InspectReturn) -> Keys:
    """Says in which state everything came back: what is put back serves the orders that wait for it, the rest is scrapped."""
    errors, at, to = InputErrors(), now(), ReturnStatus.INSPECTED
    _, found = await load_return(viewer, given.customer_return, errors, given.expected_version, "inspectReturn", to)
    shelf = await find(viewer, Location, given.restock_to, errors, member="restockTo")
    if shelf is not None and (shelf.kind != LocationKind.STORAGE or shelf.warehouse_id != found.warehouse_id):
        errors.add("restockTo", "Stock goes back to a place of storage in the warehouse that it came to.")
    elif given.restock_to is None and any(one.disposition is Disposition.RESTOCK for one in given.lines):
        errors.add("restockTo", "Say where it is put.", "REQUIRED")
    lines = await _lines_of(found)
    pieces = _looked_at(lines, given.lines, errors)
    errors.raise_if_any()
    sold = await lines_by_id(found.order_id)
    lies = {
        move.batch_id: move.location_id for move in await StockMove.filter(return_id=found.id, kind=MoveKind.RETURN)
    }
    moves: list[NewMove] = []
    for piece in pieces:
        assert piece.batch is not None, "What was received has its batch."
        product, source = sold[piece.line.order_line_id].product_id, lies[piece.batch]
        looked = NewMove(
            product_id=product,
            location_id=source,
            batch_id=piece.batch,
            kind=MoveKind.TRANSFER,
            quantity=piece.quantity,
            at=at,
            actor_id=viewer.account,
            return_id=found.id,
            path=piece.path,
        )
        if piece.disposition is Disposition.RESTOCK:
            assert shelf is not None
            moves += way(looked, shelf.id)
        else:
            reason = f"{found.number}: {piece.condition}"
            moves.append(replace(looked, kind=MoveKind.ADJUST, quantity=-piece.quantity, reason=reason))
    await _rewrite(found, lines, pieces)
    found.inspected_at = at
    keys = await step(viewer, found, to, ReturnEvent.INSPECTED, at)
    await post(moves)
    restocked = [piece.line.order_line_id for piece in pieces if piece.disposition is Disposition.RESTOCK]
    if restocked:
        await fill_backorders({sold[line].product_id for line in restocked}, at, viewer.account)
    return keys


def _looked_at(lines: Sequence[ReturnLine], given: Sequence[InspectedPieces], errors: InputErrors) -> list[Piece]:
    """What somebody looked at: every piece of every line."""
    if len(given) > MOST_PIECES:
        errors.add("lines", f"At most {MOST_PIECES} at once.")
        return []
    left = {line.id: line.quantity for line in lines}
    pieces: list[Piece] = []
    for inner, line, one in _of_lines(errors, given, lines):
        if one.disposition is Disposition.RESTOCK and one.condition not in SALEABLE:
            inner.add("disposition", f"What is {one.condition} is not sold again.", "NOT_SALEABLE")
        quantity = left[line.id] if one.quantity is None else one.quantity
        if quantity < 1:
            inner.add("quantity", "A quantity is 1 or more, and each piece is looked at once.")
        elif quantity > left[line.id]:
            inner.add("quantity", f"{left[line.id]} more of it came.", "TOO_MANY")
        else:
            left[line.id] -= quantity
            pieces.append(Piece(line, quantity, line.batch_id, inner.path, one.condition, one.disposition))
    missed = ", ".join(f"{line.position} ({left[line.id]})" for line in lines if left[line.id])
    if missed and not errors.count:
        errors.add("lines", f"Nobody looked at all of line {missed}.", "INCOMPLETE")
    return pieces


# --- Lines ------------------------------------------------------------------------------------------------------------

P = TypeVar("P", ReceivedPieces, InspectedPieces)


def _of_lines(
    errors: InputErrors, given: Sequence[P], lines: Sequence[ReturnLine]
) -> Iterator[tuple[InputErrors, ReturnLine, P]]:
    """What is said of a return's lines, each with its line and the checks of its own."""
    of_return = {line.id: line for line in lines}
    for number, one in enumerate(given):
        inner = errors.within("lines", str(number))
        line = of_return.get(one.return_line.id) if one.return_line.id else None
        if line is None:
            inner.not_found("returnLine", "line of this return")
        else:
            yield inner, line, one
