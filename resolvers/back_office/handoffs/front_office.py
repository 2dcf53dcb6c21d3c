"""What the front office does with a handoff: withdraws it, accepts or rejects the department's answer."""

from models.back_office.handoffs import HandoffEvent, HandoffStatus
from models.back_office.handoffs.messages import Audience
from models.back_office.handoffs.subject import complaint_of
from models.both_offices.clocks.policies import ClockKind
from models.both_offices.clocks.running import ClockReason
from models.kit.base import now
from resolvers.back_office.handoffs.messages import worded
from resolvers.back_office.handoffs.steps import MACHINE, HandoffCommand, end, move, ready, the_handoff
from resolvers.both_offices import clocks
from resolvers.front_office.service.complaints.working import work_on
from resolvers.kit.commands import DryRunnable, Keys, command, member
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.problems import DryRun
from resolvers.kit.viewer import Viewer


@command
class WithdrawHandoff(HandoffCommand, DryRunnable):
    """What `withdrawHandoff` takes."""

    reason: str = member("Why it is taken back. Who the customer is gets masked.")


@command
class AcceptAnswer(HandoffCommand):
    """What `acceptAnswer` takes."""


@command
class RejectAnswer(HandoffCommand, DryRunnable):
    """What `rejectAnswer` takes."""

    reason: str = member("What is missing. Who the customer is gets masked.")


async def withdraw_handoff(viewer: Viewer, given: WithdrawHandoff) -> Keys:
    """Takes a handoff back from its department."""
    errors, to = InputErrors(), HandoffStatus.WITHDRAWN
    text = errors.text("reason", given.reason)
    handoff = await the_handoff(viewer, given.handoff, errors, given.expected_version)
    await MACHINE.check(viewer, handoff, "withdrawHandoff", to, errors)
    # Work at the complaint's stage, not at the handoff's: what is left of an earlier stage, the present one clears away.
    await work_on(viewer, await complaint_of(handoff), errors, member="handoff")
    errors.raise_if_any()
    handoff.withdrawal_reason = await worded(viewer, handoff, Audience.BOTH_OFFICES, text)
    handoff.ended_at = now()
    await clocks.stop_all(handoff, ClockReason.WITHDRAWN, actor=viewer.account)
    keys = await end(viewer, handoff, to, HandoffEvent.WITHDRAWN)
    if given.dry_run:
        raise DryRun(masked_text=handoff.withdrawal_reason)
    return keys


async def accept_answer(viewer: Viewer, given: AcceptAnswer) -> Keys:
    """Takes the department's answer."""
    to = HandoffStatus.ACCEPTED
    handoff = await ready(viewer, given.handoff, "acceptAnswer", to, InputErrors(), given.expected_version)
    handoff.ended_at = now()
    await clocks.stop_all(handoff, ClockReason.ACCEPTED, actor=viewer.account)
    return await end(viewer, handoff, to, HandoffEvent.ANSWER_ACCEPTED)


async def reject_answer(viewer: Viewer, given: RejectAnswer) -> Keys:
    """Sends the department's answer back to whoever gave it."""
    errors, to = InputErrors(), HandoffStatus.CLAIMED
    text = errors.text("reason", given.reason)
    handoff = await ready(viewer, given.handoff, "rejectAnswer", to, errors, given.expected_version)
    handoff.rejection_reason = await worded(viewer, handoff, Audience.BOTH_OFFICES, text)
    keys = await move(viewer, handoff, to, HandoffEvent.ANSWER_REJECTED)
    # What was asked for was not given: the clock goes on with what was left, whatever the policy says of reopening.
    await clocks.reopen(
        ClockKind.ANSWER_HANDOFF, handoff, ClockReason.ANSWER_REJECTED, actor=viewer.account, anew=False
    )
    if given.dry_run:
        raise DryRun(masked_text=handoff.rejection_reason)
    return keys
