"""What the verbs on complaints share: loading one, asking whether a step may be taken, handing a piece of it off.

Locks are taken in one order, the complaint before its handoffs, so that two verbs can wait for each other but never both.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from models.back_office.handoffs import OPEN_STATUSES, Handoff, HandoffStatus
from models.front_office.customers import Customer
from models.front_office.service.complaints import TRANSITIONS, Complaint, ComplaintStatus, visible_complaints
from models.kit.base import new_id
from models.kit.events import EventKind
from models.kit.masking import mask
from models.kit.states import Guard, move_to
from models.permissions import BACK_OFFICE_DEPARTMENTS, Department
from resolvers.both_offices import clocks
from resolvers.events import record
from resolvers.front_office.service.complaints.steps import MACHINE
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.loading import access
from resolvers.kit.numbers import next_number
from resolvers.kit.viewer import Viewer

Keys = Mapping[str, UUID]


async def the_complaint(
    viewer: Viewer, key: UUID | None, errors: InputErrors, expected_version: int | None
) -> Complaint:
    """The complaint, locked; refuses at once when the viewer sees none."""
    complaint = await access(viewer, Complaint, visible_complaints, key)
    if complaint is None:
        errors.not_found("complaint", "complaint")
        raise errors.refusal()
    errors.version(complaint.version, expected_version)
    return complaint


async def save(complaint: Complaint) -> None:
    """Stores a change under a new version."""
    complaint.version += 1
    await complaint.save()


def check_department(errors: InputErrors, member: str, department: Department) -> None:
    """Notes when a department cannot be handed anything."""
    if department not in BACK_OFFICE_DEPARTMENTS:
        errors.add(member, f"{department} is no department of the back office.")


async def check_step(viewer: Viewer, complaint: Complaint, verb: str, to: ComplaintStatus, errors: InputErrors) -> None:
    """Notes when a verb cannot take the complaint to a status now."""
    waiting = [handoff for handoff in await open_handoffs(complaint) if handoff.blocks]
    unmet = frozenset({Guard.SETTLED}) if waiting else frozenset[Guard]()
    if MACHINE.may(complaint.status, verb, viewer, unmet=unmet):
        return
    advice = ""
    if MACHINE.may(complaint.status, verb, viewer):
        numbers = ", ".join(f"{handoff.number} ({handoff.department})" for handoff in waiting)
        advice = f"A department still works on it: accept the answer of {numbers}, or withdraw it, first."
    errors.add_problem(await MACHINE.illegal(viewer, complaint, to, advice))


async def open_handoffs(complaint: Complaint) -> list[Handoff]:
    """Its handoffs that are not done, locked."""
    waiting: Any = Handoff.filter(complaint_id=complaint.id, status__in=list(OPEN_STATUSES)).order_by("id")
    return list(await waiting.select_for_update())


async def record_handoff(kind: EventKind, viewer: Viewer | None, handoff: Handoff, at: datetime) -> None:
    """Records that something happened to a handoff; without a viewer, by itself."""
    await record(
        kind,
        actor=viewer.account if viewer else None,
        at=at,
        complaint_id=handoff.complaint_id,  # type: ignore[attr-defined]
        handoff_id=handoff.id,
        department=handoff.department,
    )


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
    await record_handoff(EventKind.HANDOFF_QUEUED, viewer, handoff, at)
    return handoff


async def settle_after(viewer: Viewer, complaint: Complaint) -> None:
    """A complaint that no department has and no accepted answer serves waits to be handed off again."""
    statuses = [*OPEN_STATUSES, HandoffStatus.ACCEPTED]
    kept = Handoff.filter(complaint_id=complaint.id, stage=complaint.stage, status__in=statuses)
    if complaint.status == ComplaintStatus.HANDED_OFF and not await kept.exists():
        move_to(complaint, ComplaintStatus.RECEIVED, TRANSITIONS)
        await save(complaint)
