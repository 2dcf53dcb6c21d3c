"""What a complaint came from: said by whoever works on it in either office, at any time, also after its end."""

from datetime import datetime
from uuid import UUID

from models.back_office.handoffs import Handoff
from models.front_office.service.complaints import CauseCode, Complaint
from models.kit.base import now
from models.kit.events import EventKind
from models.permissions import Department
from resolvers.events import record
from resolvers.front_office.service.complaints.shared import Keys, save, the_complaint
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.viewer import Viewer


async def determine_cause(viewer: Viewer, key: UUID | None, cause: CauseCode, expected_version: int | None) -> Keys:
    """Says what a complaint came from; what was said before is replaced."""
    errors = InputErrors()
    complaint = await the_complaint(viewer, key, errors, expected_version)
    errors.raise_if_any()
    await write_cause(viewer, complaint, cause, now())
    return {"complaint": complaint.id}


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
        EventKind.CAUSE_DETERMINED,
        actor=viewer.account,
        at=at,
        complaint_id=complaint.id,
        department=handoff.department if handoff else department,
    )
