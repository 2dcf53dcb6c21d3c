"""Handing a complaint off: departments get pieces of it, with what they must know and without who the customer is.

Locks are taken in one order, the complaint before its handoffs, so that two verbs can wait for each other but never both.
"""

from datetime import datetime
from uuid import UUID

from models.back_office.handoffs import Handoff, HandoffEvent, HandoffStatus
from models.front_office.customers import Customer
from models.front_office.service.complaints import DEPARTMENT_OF, TRANSITIONS, Complaint, ComplaintStatus
from models.kit.base import new_id, now
from models.kit.events import EventKind, about
from models.kit.masking import mask
from models.kit.states import move_to
from models.permissions import BACK_OFFICE_DEPARTMENTS, Department
from resolvers.both_offices import clocks
from resolvers.events import record
from resolvers.front_office.service.complaints.steps import MACHINE, save
from resolvers.front_office.service.stages import work_on
from resolvers.kit.commands import DryRunnable, Key, Keys, Update, command, member
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.loading import load
from resolvers.kit.numbers import next_number
from resolvers.kit.problems import DryRun
from resolvers.kit.viewer import Viewer

FEWEST_PARTS, MOST_PARTS = 2, 8
BRIEF = "What the department must know; left out, the description. Who the customer is gets masked."
BLOCKS = "Whether the customer waits for it: while it is open, the complaint cannot be answered."


@command
class HandOffComplaint(Update, DryRunnable):
    """Which complaint goes to which department."""

    complaint: Key[Complaint] = member("The complaint.")
    department: Department | None = member(
        "A department of the back office; left out, the one that a rule routed the complaint to, else the one that its category"
        " says.",
        default=None,
    )
    brief: str | None = member(BRIEF, default=None)
    blocks: bool = member(BLOCKS, default=True)


@command
class ComplaintPart:
    """One piece of a complaint."""

    department: Department = member("The department of the back office that works on it.")
    brief: str | None = member(BRIEF, default=None)
    blocks: bool = member(BLOCKS, default=True)


@command
class SplitComplaint(Update, DryRunnable):
    """Which complaint is split, and into what."""

    complaint: Key[Complaint] = member("The complaint.")
    parts: tuple[ComplaintPart, ...] = member("2 to 8 pieces. All of them are handed off, or none.")


async def hand_off_complaint(viewer: Viewer, given: HandOffComplaint) -> dict[str, UUID]:
    """Gives a piece of a complaint to a department."""
    errors = InputErrors()
    brief = errors.optional_text("brief", given.brief)
    check_department(errors, "department", given.department)
    complaint = await load(viewer, Complaint, given.complaint, errors, given.expected_version)
    await MACHINE.check(viewer, complaint, "handOffComplaint", ComplaintStatus.HANDED_OFF, errors)
    await work_on(viewer, complaint, errors)
    errors.raise_if_any()
    customer = await Customer.get(id=complaint.customer_id)  # type: ignore[attr-defined]
    # A rule may have said another department than the category does.
    department = given.department or complaint.routed_to or DEPARTMENT_OF[complaint.category]
    handoff = await open_handoff(viewer, complaint, customer, department, brief, now(), blocks=given.blocks)
    await save(complaint)
    if given.dry_run:
        raise DryRun(masked_text=handoff.brief)
    return {"handoff": handoff.id}


async def split_complaint(viewer: Viewer, given: SplitComplaint) -> Keys:
    """Gives several departments a piece of a complaint each, at once."""
    errors = InputErrors()
    if not FEWEST_PARTS <= len(given.parts) <= MOST_PARTS:
        errors.add("parts", f"A complaint is split into {FEWEST_PARTS} to {MOST_PARTS} parts.")
        errors.raise_if_any()
    pieces: list[tuple[Department, str | None]] = []
    for place, part in enumerate(given.parts):
        inner = errors.within("parts", str(place))
        check_department(inner, "department", part.department)
        piece = (part.department, inner.optional_text("brief", part.brief))
        if piece in pieces:
            inner.add("department", f"{part.department} has the same piece already.")
        pieces.append(piece)
    complaint = await load(viewer, Complaint, given.complaint, errors, given.expected_version)
    await MACHINE.check(viewer, complaint, "splitComplaint", ComplaintStatus.HANDED_OFF, errors)
    await work_on(viewer, complaint, errors)
    errors.raise_if_any()
    customer = await Customer.get(id=complaint.customer_id)  # type: ignore[attr-defined]
    at = now()
    handoffs = [
        await open_handoff(viewer, complaint, customer, department, brief, at, blocks=part.blocks)
        for part, (department, brief) in zip(given.parts, pieces, strict=True)
    ]
    await save(complaint)
    if given.dry_run:
        raise DryRun(masked_texts=[handoff.brief for handoff in handoffs])
    return {"complaint": complaint.id, "handoffs": tuple(handoff.id for handoff in handoffs)}


def check_department(errors: InputErrors, member: str, department: Department | None) -> None:
    """Notes when a department is named that cannot be handed anything."""
    if department is not None and department not in BACK_OFFICE_DEPARTMENTS:
        errors.add(member, f"{department} is no department of the back office.")


async def open_handoff(
    viewer: Viewer | None,
    complaint: Complaint,
    customer: Customer,
    department: Department,
    brief: str | None,
    at: datetime,
    *,
    blocks: bool = True,
) -> Handoff:
    """Opens a handoff; without a viewer, a rule does. While one that `blocks` is open, the customer cannot be answered.

    What the agent writes is masked too: nobody in the back office may read who the customer is.
    """
    move_to(complaint, ComplaintStatus.HANDED_OFF, TRANSITIONS)
    handoff = await Handoff.create(
        id=new_id(),
        number=await next_number("HND", at),
        complaint_id=complaint.id,
        department=department,
        status=HandoffStatus.QUEUED,
        stage=complaint.stage,
        blocks=blocks,
        brief=mask(brief or complaint.description, customer),
        handed_off_at=at,
        handed_off_by_id=viewer.account if viewer else None,
        due_at=at,
    )
    handoff.complaint = complaint
    await clocks.start(handoff, at, viewer.account if viewer else None)
    await record_handoff(HandoffEvent.QUEUED, viewer, handoff, at)
    return handoff


async def record_handoff(kind: EventKind, viewer: Viewer | None, handoff: Handoff, at: datetime) -> None:
    """Records that something happened to a handoff; without a viewer, by itself."""
    await record(
        kind, about(Complaint, handoff.complaint_id), handoff, actor=viewer, at=at, department=handoff.department
    )
