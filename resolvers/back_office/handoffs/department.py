"""What a department does with a handoff: claims, releases, answers, refuses."""

from uuid import UUID

from models.back_office.handoffs import HandoffStatus
from models.back_office.handoffs.messages import Audience
from models.both_offices.accounts import Account
from models.both_offices.clocks.policies import ClockKind
from models.both_offices.clocks.running import ClockReason
from models.front_office.service.complaints import CauseCode, Complaint
from models.kit.base import now
from models.kit.events import EventKind
from resolvers.back_office.handoffs.messages import worded
from resolvers.back_office.handoffs.shared import check_step, end, move, ready, the_handoff
from resolvers.both_offices import clocks
from resolvers.front_office.service.complaints import Keys, write_cause
from resolvers.front_office.service.stages import work_on_handoff
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.problems import AlreadyClaimed
from resolvers.kit.viewer import Viewer


async def claim_handoff(viewer: Viewer, key: UUID | None, expected_version: int | None) -> Keys:
    """Takes a handoff out of the queue. Of two who claim at once, one wins and the other learns who."""
    errors = InputErrors()
    handoff = await the_handoff(viewer, key, errors, expected_version)
    if handoff.status == HandoffStatus.CLAIMED:
        holder = await Account.get(id=handoff.claimed_by_id)  # type: ignore[attr-defined]
        path = ("input", "handoff")
        errors.add_problem(AlreadyClaimed("ALREADY_CLAIMED", f"{holder.name} has it already.", path, by=holder.name))
    else:
        await check_step(viewer, handoff, "claimHandoff", HandoffStatus.CLAIMED, errors)
        await work_on_handoff(viewer, handoff, errors)
    errors.raise_if_any()
    handoff.claimed_by_id = viewer.account  # type: ignore[attr-defined]
    handoff.claimed_at = now()
    keys = await move(viewer, handoff, HandoffStatus.CLAIMED, EventKind.HANDOFF_CLAIMED)
    await clocks.stop(ClockKind.CLAIM_HANDOFF, handoff, ClockReason.CLAIMED, actor=viewer.account)
    return keys


async def release_handoff(viewer: Viewer, key: UUID | None, expected_version: int | None) -> Keys:
    """Puts one's own handoff back into the queue."""
    handoff = await ready(viewer, key, "releaseHandoff", HandoffStatus.QUEUED, expected_version)
    handoff.claimed_by_id = None  # type: ignore[attr-defined]
    handoff.claimed_at = None
    keys = await move(viewer, handoff, HandoffStatus.QUEUED, EventKind.HANDOFF_RELEASED)
    await clocks.restart(ClockKind.CLAIM_HANDOFF, handoff, ClockReason.RELEASED, actor=viewer.account)
    # Who gives up waiting for information hands the rest of the time on.
    await clocks.resume(ClockKind.ANSWER_HANDOFF, handoff, ClockReason.RELEASED, actor=viewer.account)
    return keys


async def answer_handoff(
    viewer: Viewer, key: UUID | None, answer: str, expected_version: int | None, cause: CauseCode | None = None
) -> Keys:
    """Gives the department's answer to the front office, and says what the complaint came from if that was found out."""
    errors = InputErrors()
    text = errors.text("answer", answer)
    handoff = await ready(viewer, key, "answerHandoff", HandoffStatus.ANSWERED, expected_version, errors, work=True)
    handoff.answer = await worded(viewer, handoff, Audience.BOTH_OFFICES, text)
    handoff.answered_at = now()
    if cause is not None:
        complaint = await Complaint.get(id=handoff.complaint_id)  # type: ignore[attr-defined]
        await write_cause(viewer, complaint, cause, now(), handoff.department)
    keys = await move(viewer, handoff, HandoffStatus.ANSWERED, EventKind.HANDOFF_ANSWERED)
    await clocks.stop(ClockKind.ANSWER_HANDOFF, handoff, ClockReason.ANSWERED, actor=viewer.account)
    return keys


async def refuse_handoff(viewer: Viewer, key: UUID | None, reason: str, expected_version: int | None) -> Keys:
    """Says that a handoff is not the department's, and why."""
    errors = InputErrors()
    text = errors.text("reason", reason)
    handoff = await ready(viewer, key, "refuseHandoff", HandoffStatus.REFUSED, expected_version, errors, work=True)
    handoff.refusal_reason = await worded(viewer, handoff, Audience.BOTH_OFFICES, text)
    handoff.ended_at = now()
    await clocks.stop_all(handoff, ClockReason.REFUSED, actor=viewer.account)
    return await end(viewer, handoff, HandoffStatus.REFUSED, EventKind.HANDOFF_REFUSED)
