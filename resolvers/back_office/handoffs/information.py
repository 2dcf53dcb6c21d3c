"""The department's question to the front office and the front office's reply; in between, the department's clock stands still."""

from uuid import UUID

from models.back_office.handoffs import HandoffStatus
from models.back_office.handoffs.messages import Audience, MessageKind
from models.both_offices.clocks.policies import ClockKind
from models.both_offices.clocks.running import ClockReason
from models.both_offices.notifications import NotificationKind
from models.kit.base import now
from models.kit.events import EventKind
from resolvers.back_office.handoffs.messages import worded, write_message
from resolvers.back_office.handoffs.shared import check_step, claimant, move, ready, the_handoff
from resolvers.both_offices import clocks
from resolvers.both_offices.notifications import notify
from resolvers.front_office.service.complaints import Keys
from resolvers.front_office.service.stages import work_on_handoff
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.problems import DryRun
from resolvers.kit.viewer import Viewer


async def request_information(viewer: Viewer, key: UUID | None, question: str, expected_version: int | None) -> Keys:
    """Asks whoever handed it off something, and waits."""
    errors = InputErrors()
    given = errors.text("question", question)
    handoff = await ready(
        viewer, key, "requestInformation", HandoffStatus.AWAITING_INFORMATION, expected_version, errors
    )
    at = now()
    words = await worded(viewer, handoff, Audience.BOTH_OFFICES, given)
    message = await write_message(viewer, handoff, MessageKind.INFORMATION_REQUEST, words, at)
    keys = await move(viewer, handoff, HandoffStatus.AWAITING_INFORMATION, EventKind.INFORMATION_REQUESTED)
    reason = ClockReason.INFORMATION_REQUESTED
    await clocks.pause(ClockKind.ANSWER_HANDOFF, handoff, reason, at=at, actor=viewer.account)
    await notify(
        NotificationKind.INFORMATION_REQUESTED,
        [handoff.handed_off_by_id],  # type: ignore[attr-defined]
        at=at,
        actor=viewer.account,
        complaint_id=handoff.complaint_id,  # type: ignore[attr-defined]
        handoff_id=handoff.id,
        message_id=message.id,
    )
    return {**keys, "message": message.id}


async def provide_information(
    viewer: Viewer, key: UUID | None, text: str, expected_version: int | None, *, dry_run: bool = False
) -> Keys:
    """Tells the department what it asked for, without who the customer is. Work goes on with whoever asked."""
    errors = InputErrors()
    given = errors.text("text", text)
    handoff = await the_handoff(viewer, key, errors, expected_version)
    await check_step(viewer, handoff, "provideInformation", HandoffStatus.CLAIMED, errors)
    await work_on_handoff(viewer, handoff, errors)
    errors.raise_if_any()
    at = now()
    words = await worded(viewer, handoff, Audience.BOTH_OFFICES, given)
    message = await write_message(viewer, handoff, MessageKind.INFORMATION, words, at)
    keys = await move(viewer, handoff, HandoffStatus.CLAIMED, EventKind.INFORMATION_PROVIDED)
    reason = ClockReason.INFORMATION_PROVIDED
    await clocks.resume(ClockKind.ANSWER_HANDOFF, handoff, reason, at=at, actor=viewer.account)
    await notify(
        NotificationKind.INFORMATION_PROVIDED,
        [claimant(handoff)],
        at=at,
        actor=viewer.account,
        complaint_id=handoff.complaint_id,  # type: ignore[attr-defined]
        handoff_id=handoff.id,
        message_id=message.id,
    )
    if dry_run:
        raise DryRun(masked_text=words)
    return {**keys, "message": message.id}
