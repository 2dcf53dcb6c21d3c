"""Changing how severe a complaint is. Its clocks and its departments' follow; what they had counted stays counted."""

from datetime import datetime
from uuid import UUID

from models.both_offices.clocks.running import ClockReason
from models.front_office.service.complaints import Complaint, ComplaintStatus, Severity
from models.kit.base import now
from models.kit.events import EventKind
from resolvers.both_offices import clocks
from resolvers.events import record
from resolvers.front_office.service.complaints.shared import Keys, open_handoffs, save, the_complaint
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.problems import Problem
from resolvers.kit.viewer import Viewer

DONE = (ComplaintStatus.ANSWERED, ComplaintStatus.CLOSED)


async def change_severity(viewer: Viewer, key: UUID | None, severity: Severity, expected_version: int | None) -> Keys:
    """Says that a complaint is more or less severe than it seemed, while it is not answered."""
    errors = InputErrors()
    complaint = await the_complaint(viewer, key, errors, expected_version)
    if complaint.status in DONE:
        message = f"The complaint is {complaint.status}: its severity stays what it was."
        errors.add_problem(Problem("NOT_OPEN", message, ("input", "complaint")))
    if complaint.severity == severity:
        errors.add("severity", f"The severity is {severity} already.")
    errors.raise_if_any()
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
