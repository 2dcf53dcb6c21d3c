"""Transferring a handoff to another department, with its thread and with what its clocks have counted.

The surprising rule: it stays the same handoff, so the department that had it sees it no longer, not even in its history.
"""

from uuid import UUID

from models.back_office.handoffs import TRANSITIONS, HandoffStatus
from models.back_office.handoffs.messages import Audience, MessageKind
from models.both_offices.clocks.policies import ClockKind
from models.both_offices.clocks.running import ClockReason
from models.kit.base import now
from models.kit.events import EventKind
from models.kit.states import move_to
from models.permissions import Department
from resolvers.back_office.handoffs.messages import worded, write_message
from resolvers.back_office.handoffs.shared import check_step, the_handoff
from resolvers.both_offices import clocks
from resolvers.front_office.service.complaints import Keys, record_handoff
from resolvers.front_office.service.complaints.shared import check_department
from resolvers.front_office.service.stages import work_on_handoff
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.problems import DryRun
from resolvers.kit.viewer import Viewer


async def transfer_handoff(
    viewer: Viewer,
    key: UUID | None,
    department: Department,
    reason: str,
    expected_version: int | None,
    *,
    dry_run: bool = False,
) -> Keys:
    """Puts a handoff into another department's queue. The reason stands in the thread, masked when the front office wrote it.

    The front office may, and the department: once somebody has claimed it, only they.
    """
    errors = InputErrors()
    given = errors.text("reason", reason)
    check_department(errors, "department", department)
    handoff = await the_handoff(viewer, key, errors, expected_version)
    if handoff.department == department:
        errors.add("department", f"{department} has it already.")
    await check_step(viewer, handoff, "transferHandoff", HandoffStatus.QUEUED, errors)
    await work_on_handoff(viewer, handoff, errors)
    errors.raise_if_any()
    at = now()
    words = await worded(viewer, handoff, Audience.BOTH_OFFICES, given)
    await write_message(viewer, handoff, MessageKind.TRANSFER, words, at)
    await record_handoff(EventKind.HANDOFF_TRANSFERRED, viewer, handoff, at)
    handoff.department = department
    handoff.claimed_by_id = None  # type: ignore[attr-defined]
    handoff.claimed_at = handoff.last_activity_at = handoff.lease_until = None
    move_to(handoff, HandoffStatus.QUEUED, TRANSITIONS)
    handoff.version += 1
    await handoff.save()
    await clocks.follow(handoff, ClockReason.TRANSFERRED, at=at, actor=viewer.account)
    await clocks.resume(ClockKind.ANSWER_HANDOFF, handoff, ClockReason.TRANSFERRED, at=at, actor=viewer.account)
    await clocks.restart(ClockKind.CLAIM_HANDOFF, handoff, ClockReason.TRANSFERRED, at=at, actor=viewer.account)
    await record_handoff(EventKind.HANDOFF_QUEUED, viewer, handoff, at)
    if dry_run:
        raise DryRun(masked_text=words)
    return {"handoff": handoff.id}
