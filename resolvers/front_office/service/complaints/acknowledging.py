"""Acknowledging a complaint: the customer hears, in their language, that we have it and by when we answer."""

from uuid import UUID

from models.both_offices.clocks.policies import ClockKind
from models.both_offices.clocks.running import ClockReason
from models.front_office.service.complaints import ComplaintStatus
from models.front_office.service.correspondence import CorrespondenceKind
from models.kit.base import now
from models.kit.events import EventKind
from resolvers.both_offices import clocks
from resolvers.events import record
from resolvers.front_office.service.complaints.shared import Keys, save, the_complaint
from resolvers.front_office.service.correspondence import compose, send
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.problems import DryRun, Problem
from resolvers.kit.viewer import Viewer

DONE = frozenset({ComplaintStatus.ANSWERED, ComplaintStatus.CLOSED})


async def acknowledge_complaint(
    viewer: Viewer, key: UUID | None, note: str | None, expected_version: int | None, *, dry_run: bool = False
) -> Keys:
    """Sends the acknowledgement, once in each stage. What is answered or closed needs none any more.

    The clock that counts from the acknowledgement, where a regulator says so, has begun anew when the letter names its day.
    """
    errors = InputErrors()
    words = errors.optional_text("note", note)
    complaint = await the_complaint(viewer, key, errors, expected_version)
    path = ("input", "complaint")
    if complaint.status in DONE:
        errors.add_problem(Problem("ALREADY_ANSWERED", f"The complaint is {complaint.status} already.", path))
    elif complaint.acknowledged_at is not None:
        errors.add_problem(Problem("ALREADY_ACKNOWLEDGED", "The customer has an acknowledgement already.", path))
    errors.raise_if_any()
    at = now()
    complaint.acknowledged_at = at
    await save(complaint)
    reason = ClockReason.ACKNOWLEDGED
    await clocks.stop(ClockKind.ACKNOWLEDGE_COMPLAINT, complaint, reason, at=at, actor=viewer.account)
    letter = await compose(complaint, CorrespondenceKind.ACKNOWLEDGEMENT, note=words or "")
    sent = await send(complaint, letter, at=at, by=viewer.account)
    await record(EventKind.COMPLAINT_ACKNOWLEDGED, actor=viewer.account, at=at, complaint_id=complaint.id)
    if dry_run:
        raise DryRun(subject=letter.subject, text=letter.text)
    return {"complaint": complaint.id, "correspondence": sent.id}
