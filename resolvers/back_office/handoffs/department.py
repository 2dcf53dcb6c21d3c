"""What a department does with a handoff: claims, releases, answers, refuses."""

from models.back_office.handoffs import HandoffEvent, HandoffStatus
from models.back_office.handoffs.messages import Audience
from models.back_office.handoffs.subject import complaint_of
from models.both_offices.accounts import Account
from models.both_offices.clocks.policies import ClockKind
from models.both_offices.clocks.running import ClockReason
from models.front_office.service.complaints import CauseCode
from models.kit.base import now
from resolvers.back_office.handoffs.messages import worded
from resolvers.back_office.handoffs.steps import MACHINE, HandoffCommand, claimant, end, move, ready, the_handoff
from resolvers.both_offices import clocks
from resolvers.front_office.service.complaints.receiving import write_cause
from resolvers.front_office.service.complaints.working import work_on_handoff
from resolvers.kit.commands import Keys, command, member
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.problems import AlreadyClaimed
from resolvers.kit.viewer import Viewer


@command
class ClaimHandoff(HandoffCommand):
    """What `claimHandoff` takes."""


@command
class ReleaseHandoff(HandoffCommand):
    """What `releaseHandoff` takes."""


@command
class AnswerHandoff(HandoffCommand):
    """What `answerHandoff` takes."""

    answer: str = member("The department's answer, at most 10,000 characters.")
    cause: CauseCode | None = member("What the complaint came from, if that was found out.", default=None)


@command
class RefuseHandoff(HandoffCommand):
    """What `refuseHandoff` takes."""

    reason: str = member("Why it is not the department's.")


async def claim_handoff(viewer: Viewer, given: ClaimHandoff) -> Keys:
    """Takes a handoff out of the queue. Of two who claim at once, one wins and the other gets AlreadyClaimed."""
    errors = InputErrors()
    handoff = await the_handoff(viewer, given.handoff, errors, given.expected_version)
    if handoff.status == HandoffStatus.CLAIMED:
        holder = await Account.get(id=claimant(handoff))
        path = ("input", "handoff")
        errors.add_problem(AlreadyClaimed("ALREADY_CLAIMED", f"{holder.name} has it already.", path, by=holder.name))
    else:
        await MACHINE.check(viewer, handoff, "claimHandoff", HandoffStatus.CLAIMED, errors)
        await work_on_handoff(viewer, handoff, errors)
    errors.raise_if_any()
    handoff.claimed_by_id = viewer.account
    handoff.claimed_at = now()
    keys = await move(viewer, handoff, HandoffStatus.CLAIMED, HandoffEvent.CLAIMED)
    await clocks.stop(ClockKind.CLAIM_HANDOFF, handoff, ClockReason.CLAIMED, actor=viewer.account)
    return keys


async def release_handoff(viewer: Viewer, given: ReleaseHandoff) -> Keys:
    """Puts one's own handoff back into the queue."""
    to = HandoffStatus.QUEUED
    handoff = await ready(
        viewer, given.handoff, "releaseHandoff", to, InputErrors(), given.expected_version, work=False
    )
    handoff.claimed_by_id = None  # type: ignore[attr-defined]
    handoff.claimed_at = None
    keys = await move(viewer, handoff, to, HandoffEvent.RELEASED)
    await clocks.restart(ClockKind.CLAIM_HANDOFF, handoff, ClockReason.RELEASED, actor=viewer.account)
    # Who gives up waiting for information hands the rest of the time on.
    await clocks.resume(ClockKind.ANSWER_HANDOFF, handoff, ClockReason.RELEASED, actor=viewer.account)
    return keys


async def answer_handoff(viewer: Viewer, given: AnswerHandoff) -> Keys:
    """Gives the department's answer to the front office."""
    errors, to = InputErrors(), HandoffStatus.ANSWERED
    text = errors.text("answer", given.answer)
    handoff = await ready(viewer, given.handoff, "answerHandoff", to, errors, given.expected_version)
    handoff.answer = await worded(viewer, handoff, Audience.BOTH_OFFICES, text)
    handoff.answered_at = now()
    if given.cause is not None:
        await write_cause(viewer, await complaint_of(handoff), given.cause, now(), handoff.department)
    keys = await move(viewer, handoff, to, HandoffEvent.ANSWERED)
    await clocks.stop(ClockKind.ANSWER_HANDOFF, handoff, ClockReason.ANSWERED, actor=viewer.account)
    return keys


async def refuse_handoff(viewer: Viewer, given: RefuseHandoff) -> Keys:
    """Says that a handoff is not the department's, and why."""
    errors, to = InputErrors(), HandoffStatus.REFUSED
    text = errors.text("reason", given.reason)
    handoff = await ready(viewer, given.handoff, "refuseHandoff", to, errors, given.expected_version)
    handoff.refusal_reason = await worded(viewer, handoff, Audience.BOTH_OFFICES, text)
    handoff.ended_at = now()
    await clocks.stop_all(handoff, ClockReason.REFUSED, actor=viewer.account)
    return await end(viewer, handoff, to, HandoffEvent.REFUSED)
