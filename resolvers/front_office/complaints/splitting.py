"""Splitting a complaint: several departments get a piece each, in one transaction, with what each must know."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from models.base import now
from models.front_office.complaints import ComplaintStatus
from models.front_office.customers import Customer
from models.permissions import Department
from resolvers.front_office.complaints.shared import check_department, check_step, open_handoff, save, the_complaint
from resolvers.front_office.stages import work_on
from resolvers.idempotency import Keys
from resolvers.inputs import Checks
from resolvers.problems import Rehearsed
from resolvers.viewer import Viewer

FEWEST_PARTS, MOST_PARTS = 2, 8


@dataclass(frozen=True, slots=True)
class Part:
    """What one department is to work on. Left out, its brief is the description."""

    department: Department
    brief: str | None
    blocks: bool


async def split_complaint(
    viewer: Viewer, key: UUID | None, parts: Sequence[Part], expected_version: int | None, *, dry_run: bool = False
) -> Keys:
    """Opens 2 to 8 handoffs at once: all of them, or none. What a department reads is masked, as in every brief."""
    checks = Checks()
    if not FEWEST_PARTS <= len(parts) <= MOST_PARTS:
        checks.wrong("parts", f"A complaint is split into {FEWEST_PARTS} to {MOST_PARTS} parts.")
        checks.done()
    pieces: list[tuple[Department, str | None]] = []
    for place, part in enumerate(parts):
        inner = checks.within("parts", str(place))
        check_department(inner, "department", part.department)
        piece = (part.department, inner.optional_text("brief", part.brief))
        if piece in pieces:
            inner.wrong("department", f"{part.department} has the same piece already.")
        pieces.append(piece)
    complaint = await the_complaint(viewer, key, checks, expected_version)
    await check_step(viewer, complaint, "splitComplaint", ComplaintStatus.HANDED_OFF, checks)
    await work_on(viewer, complaint, checks)
    checks.done()
    customer = await Customer.get(id=complaint.customer_id)  # type: ignore[attr-defined]
    at = now()
    handoffs = [
        await open_handoff(viewer, complaint, customer, department, brief, at, blocks=part.blocks)
        for part, (department, brief) in zip(parts, pieces, strict=True)
    ]
    await save(complaint)
    if dry_run:
        raise Rehearsed(masked_texts=[handoff.brief for handoff in handoffs])
    return {"complaint": complaint.id, "handoffs": tuple(handoff.id for handoff in handoffs)}
