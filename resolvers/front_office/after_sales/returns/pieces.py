"""Pieces: some of one line of a return that came in one batch and in one condition."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from models.front_office.after_sales.returns import Condition, CustomerReturn, Disposition, ReturnLine
from models.kit.base import new_id

MOST_PIECES = 250
"""How many an input may name: one line can have come in several batches and conditions."""


@dataclass(slots=True)
class Piece:
    """Some of one line of a return, and the member of the input that says so."""

    line: ReturnLine
    quantity: int
    batch: UUID | None
    path: tuple[str, ...]
    condition: Condition | None = None
    disposition: Disposition | None = None


async def rewrite(found: CustomerReturn, lines: Sequence[ReturnLine], pieces: Sequence[Piece]) -> None:
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
