"""Acknowledging a complaint: the customer hears, in their language, that we have it and by when we answer."""

from uuid import UUID

from models.base import now
from models.clock_policies import ClockKind
from models.clocks import ClockReason
from models.events import EventKind
from models.front_office.complaints import ComplaintStatus
from models.front_office.correspondence import CorrespondenceKind
from resolvers import clocks
from resolvers.events import record
from resolvers.front_office.complaints.shared import Keys, save, the_complaint
from resolvers.front_office.correspondence import compose, send
from resolvers.inputs import Checks
from resolvers.problems import Problem, Rehearsed
from resolvers.viewer import Viewer

DONE = frozenset({ComplaintStatus.ANSWERED, ComplaintStatus.CLOSED})


async def acknowledge_complaint(
    viewer: Viewer, key: UUID | None, note: str | None, expected_version: int | None, *, dry_run: bool = False
) -> Keys:
    """Sends the acknowledgement, once in each stage. What is answered or closed needs none any more.

    The clock that counts from the acknowledgement, where a regulator says so, has begun anew when the letter names its day.
    """
    checks = Checks()
    words = checks.optional_text("note", note)
    complaint = await the_complaint(viewer, key, checks, expected_version)
    path = ("input", "complaint")
    if complaint.status in DONE:
        checks.add(Problem("ALREADY_ANSWERED", f"The complaint is {complaint.status} already.", path))
    elif complaint.acknowledged_at is not None:
        checks.add(Problem("ALREADY_ACKNOWLEDGED", "The customer has an acknowledgement already.", path))
    checks.done()
    at = now()
    complaint.acknowledged_at = at
    await save(complaint)
    reason = ClockReason.ACKNOWLEDGED
    await clocks.stop(ClockKind.ACKNOWLEDGE_COMPLAINT, complaint, reason, at=at, actor=viewer.account)
    letter = await compose(complaint, CorrespondenceKind.ACKNOWLEDGEMENT, note=words or "")
    sent = await send(complaint, letter, at=at, by=viewer.account)
    await record(EventKind.COMPLAINT_ACKNOWLEDGED, actor=viewer.account, at=at, complaint_id=complaint.id)
    if dry_run:
        raise Rehearsed(subject=letter.subject, text=letter.text)
    return {"complaint": complaint.id, "correspondence": sent.id}
