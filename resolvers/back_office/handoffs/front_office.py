"""What the front office does with a handoff: withdraws it, accepts or rejects the department's answer."""

from uuid import UUID

from models.back_office.handoffs import HandoffStatus
from models.both_offices.clocks.policies import ClockKind
from models.both_offices.clocks.running import ClockReason
from models.front_office.service.complaints import Complaint
from models.kit.base import now
from models.kit.events import EventKind
from resolvers.back_office.handoffs.shared import check_step, end, masked, move, ready, the_handoff
from resolvers.both_offices import clocks
from resolvers.front_office.service.complaints import Keys
from resolvers.front_office.service.stages import work_on, work_on_handoff
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.problems import DryRun
from resolvers.kit.viewer import Viewer


async def withdraw_handoff(
    viewer: Viewer, key: UUID | None, reason: str, expected_version: int | None, *, dry_run: bool = False
) -> Keys:
    """Takes a handoff back, and says why."""
    errors = InputErrors()
    text = errors.text("reason", reason)
    handoff = await the_handoff(viewer, key, errors, expected_version)
    await check_step(viewer, handoff, "withdrawHandoff", HandoffStatus.WITHDRAWN, errors)
    # Work at the complaint's stage, not at the handoff's: what is left of an earlier stage, the present one clears away.
    complaint = await Complaint.get(id=handoff.complaint_id)  # type: ignore[attr-defined]
    await work_on(viewer, complaint, errors, member="handoff")
    errors.raise_if_any()
    handoff.withdrawal_reason, handoff.ended_at = await masked(handoff, text), now()
    await clocks.stop_all(handoff, ClockReason.WITHDRAWN, actor=viewer.account)
    keys = await end(viewer, handoff, HandoffStatus.WITHDRAWN, EventKind.HANDOFF_WITHDRAWN)
    if dry_run:
        raise DryRun(masked_text=handoff.withdrawal_reason)
    return keys


async def accept_answer(viewer: Viewer, key: UUID | None, expected_version: int | None) -> Keys:
    """Takes the department's answer."""
    handoff = await ready(viewer, key, "acceptAnswer", HandoffStatus.ACCEPTED, expected_version, work=True)
    handoff.ended_at = now()
    await clocks.stop_all(handoff, ClockReason.ACCEPTED, actor=viewer.account)
    return await end(viewer, handoff, HandoffStatus.ACCEPTED, EventKind.ANSWER_ACCEPTED)


async def reject_answer(
    viewer: Viewer, key: UUID | None, reason: str, expected_version: int | None, *, dry_run: bool = False
) -> Keys:
    """Sends the answer back to whoever gave it, and says why."""
    errors = InputErrors()
    text = errors.text("reason", reason)
    handoff = await the_handoff(viewer, key, errors, expected_version)
    await check_step(viewer, handoff, "rejectAnswer", HandoffStatus.CLAIMED, errors)
    await work_on_handoff(viewer, handoff, errors)
    errors.raise_if_any()
    handoff.rejection_reason = await masked(handoff, text)
    keys = await move(viewer, handoff, HandoffStatus.CLAIMED, EventKind.ANSWER_REJECTED)
    # What was asked for was not given: the clock goes on with what was left, whatever the policy says of reopening.
    await clocks.reopen(
        ClockKind.ANSWER_HANDOFF, handoff, ClockReason.ANSWER_REJECTED, actor=viewer.account, anew=False
    )
    if dry_run:
        raise DryRun(masked_text=handoff.rejection_reason)
    return keys
