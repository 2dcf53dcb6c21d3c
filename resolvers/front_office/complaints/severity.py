"""Changing how severe a complaint is. Its clocks and its departments' follow; what they had counted stays counted."""

from datetime import datetime
from uuid import UUID

from models.base import now
from models.clocks import ClockReason
from models.events import EventKind
from models.front_office.complaints import Complaint, ComplaintStatus, Severity
from resolvers import clocks
from resolvers.events import record
from resolvers.front_office.complaints.shared import Keys, open_handoffs, save, the_complaint
from resolvers.inputs import Checks
from resolvers.problems import Problem
from resolvers.viewer import Viewer

DONE = (ComplaintStatus.ANSWERED, ComplaintStatus.CLOSED)


async def change_severity(viewer: Viewer, key: UUID | None, severity: Severity, expected_version: int | None) -> Keys:
    """Says that a complaint is more or less severe than it seemed, while it is not answered."""
    checks = Checks()
    complaint = await the_complaint(viewer, key, checks, expected_version)
    if complaint.status in DONE:
        message = f"The complaint is {complaint.status}: its severity stays what it was."
        checks.add(Problem("NOT_OPEN", message, ("input", "complaint")))
    if complaint.severity == severity:
        checks.wrong("severity", f"The severity is {severity} already.")
    checks.done()
    await set_severity(complaint, severity, now(), viewer.account)
    return {"complaint": complaint.id}


async def set_severity(complaint: Complaint, severity: Severity, at: datetime, actor: UUID | None) -> None:
    """Gives a locked complaint another severity; each department that works on it is told of what its queue now says."""
    complaint.severity = severity
    await save(complaint)
    await clocks.follow(complaint, ClockReason.SEVERITY_CHANGED, at=at, actor=actor)
    await record(EventKind.SEVERITY_CHANGED, actor=actor, at=at, complaint_id=complaint.id)
    for handoff in await open_handoffs(complaint):
        await record(
            EventKind.SEVERITY_CHANGED,
            actor=actor,
            at=at,
            complaint_id=complaint.id,
            handoff_id=handoff.id,
            department=handoff.department,
        )
