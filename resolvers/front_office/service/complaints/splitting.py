"""Splitting a complaint: several departments get a piece each, in one transaction, with what each must know."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from models.front_office.customers import Customer
from models.front_office.service.complaints import ComplaintStatus
from models.kit.base import now
from models.permissions import Department
from resolvers.front_office.service.complaints.shared import (
    check_department,
    check_step,
    open_handoff,
    save,
    the_complaint,
)
from resolvers.front_office.service.stages import work_on
from resolvers.kit.commands import Keys
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.problems import DryRun
from resolvers.kit.viewer import Viewer

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
    errors = InputErrors()
    if not FEWEST_PARTS <= len(parts) <= MOST_PARTS:
        errors.add("parts", f"A complaint is split into {FEWEST_PARTS} to {MOST_PARTS} parts.")
        errors.raise_if_any()
    pieces: list[tuple[Department, str | None]] = []
    for place, part in enumerate(parts):
        inner = errors.within("parts", str(place))
        check_department(inner, "department", part.department)
        piece = (part.department, inner.optional_text("brief", part.brief))
        if piece in pieces:
            inner.add("department", f"{part.department} has the same piece already.")
        pieces.append(piece)
    complaint = await the_complaint(viewer, key, errors, expected_version)
    await check_step(viewer, complaint, "splitComplaint", ComplaintStatus.HANDED_OFF, errors)
    await work_on(viewer, complaint, errors)
    errors.raise_if_any()
    customer = await Customer.get(id=complaint.customer_id)  # type: ignore[attr-defined]
    at = now()
    handoffs = [
        await open_handoff(viewer, complaint, customer, department, brief, at, blocks=part.blocks)
        for part, (department, brief) in zip(parts, pieces, strict=True)
    ]
    await save(complaint)
    if dry_run:
        raise DryRun(masked_texts=[handoff.brief for handoff in handoffs])
    return {"complaint": complaint.id, "handoffs": tuple(handoff.id for handoff in handoffs)}
