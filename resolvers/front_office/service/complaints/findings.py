"""What turns out about a complaint: how severe it is, and what it came from."""

from datetime import datetime
from uuid import UUID

from models.back_office.handoffs import Handoff
from models.both_offices.clocks.running import ClockReason
from models.front_office.service.complaints import CauseCode, Complaint, ComplaintEvent, ComplaintStatus
from models.kit.base import now
from models.kit.severity import Severity
from models.permissions import Department
from resolvers.both_offices import clocks
from resolvers.events import record
from resolvers.front_office.service.complaints.steps import open_handoffs, save
from resolvers.kit.commands import Key, Keys, Update, command, member
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.loading import load
from resolvers.kit.viewer import Viewer


@command
class ChangeSeverity(Update):
    """How severe a complaint turned out to be."""

    complaint: Key[Complaint] = member("The complaint.")
    severity: Severity = member("How much harm it describes after all.")


@command
class DetermineCause(Update):
    """What a complaint came from."""

    complaint: Key[Complaint] = member("The complaint.")
    cause: CauseCode = member("What it came from.")


async def change_severity(viewer: Viewer, given: ChangeSeverity) -> Keys:
    """Says that a complaint is more or less severe than it seemed. All its clocks count anew what has passed, as if it had
    always been so.
    """
    errors = InputErrors()
    complaint = await load(viewer, Complaint, given.complaint, errors, given.expected_version)
    if complaint.status in (ComplaintStatus.ANSWERED, ComplaintStatus.CLOSED):
        message = f"The complaint is {complaint.status}: its severity stays what it was."
        errors.add("complaint", message, "NOT_OPEN")
    if complaint.severity == given.severity:
        errors.add("severity", f"The severity is {given.severity} already.")
    errors.raise_if_any()
    await set_severity(complaint, given.severity, now(), viewer.account)
    return {"complaint": complaint.id}


async def determine_cause(viewer: Viewer, given: DetermineCause) -> Keys:
    """Says what a complaint came from, also after its end; what was said before is replaced."""
    errors = InputErrors()
    complaint = await load(viewer, Complaint, given.complaint, errors, given.expected_version)
    errors.raise_if_any()
    await write_cause(viewer, complaint, given.cause, now())
    return {"complaint": complaint.id}


async def set_severity(complaint: Complaint, severity: Severity, at: datetime, actor: UUID | None) -> None:
    """Gives a locked complaint another severity; each department that works on it is told of what its queue now says."""
    complaint.severity = severity
    await save(complaint)
    await clocks.follow(complaint, ClockReason.SEVERITY_CHANGED, at=at, actor=actor)
    await record(ComplaintEvent.SEVERITY_CHANGED, complaint, actor=actor, at=at)
    for handoff in await open_handoffs(complaint):
        await record(
            ComplaintEvent.SEVERITY_CHANGED, complaint, handoff, actor=actor, at=at, department=handoff.department
        )


async def write_cause(
    viewer: Viewer, complaint: Complaint, cause: CauseCode, at: datetime, department: Department | None = None
) -> None:
    """Writes the cause of a locked complaint down, unless that is what stands there already.

    `department` is whose finding it is; left out, the viewer's own department that has or had the complaint.
    """
    if complaint.cause == cause:
        return
    complaint.cause = cause
    await save(complaint)
    own = Handoff.filter(complaint_id=complaint.id, department__in=list(viewer.departments)).order_by("id")
    handoff = None if department or not viewer.departments else await own.first()
    await record(
        ComplaintEvent.CAUSE_DETERMINED,
        complaint,
        actor=viewer,
        at=at,
        department=handoff.department if handoff else department,
    )
