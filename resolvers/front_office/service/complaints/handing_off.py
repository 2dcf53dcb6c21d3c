"""Handing a complaint off: a piece of it goes to a department, with what that must know and without who the customer is."""

from uuid import UUID

from models.front_office.customers import Customer
from models.front_office.service.complaints import DEPARTMENT_OF, ComplaintStatus
from models.kit.base import now
from models.permissions import Department
from resolvers.front_office.service.complaints.shared import (
    Keys,
    check_department,
    check_step,
    open_handoff,
    save,
    the_complaint,
)
from resolvers.front_office.service.stages import work_on
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.problems import DryRun
from resolvers.kit.viewer import Viewer


async def hand_off_complaint(
    viewer: Viewer,
    key: UUID | None,
    department: Department | None,
    brief: str | None,
    expected_version: int | None,
    *,
    blocks: bool = True,
    dry_run: bool = False,
) -> Keys:
    """Gives a piece of a complaint to a department: the one that a rule or else the category says, unless another is named."""
    errors = InputErrors()
    text = errors.optional_text("brief", brief)
    if department is not None:
        check_department(errors, "department", department)
    complaint = await the_complaint(viewer, key, errors, expected_version)
    await check_step(viewer, complaint, "handOffComplaint", ComplaintStatus.HANDED_OFF, errors)
    await work_on(viewer, complaint, errors)
    errors.raise_if_any()
    customer = await Customer.get(id=complaint.customer_id)  # type: ignore[attr-defined]
    to = department or complaint.routed_to or DEPARTMENT_OF[complaint.category]
    handoff = await open_handoff(viewer, complaint, customer, to, text, now(), blocks=blocks)
    await save(complaint)
    if dry_run:
        raise DryRun(masked_text=handoff.brief)
    return {"handoff": handoff.id}
