"""What the two offices do with a handoff. The department claims, answers or refuses it, and asks what it must know; the front
office tells it so, judges its answer, or takes the handoff back; either transfers it to another department.
"""

from models.back_office.handoffs import Handoff, HandoffEvent, HandoffStatus, alias_of
from models.back_office.handoffs.messages import MessageKind
from models.back_office.handoffs.subject import complaint_of
from models.both_offices.accounts import Account
from models.both_offices.clocks.policies import ClockKind
from models.both_offices.clocks.running import ClockReason
from models.both_offices.notifications import NotificationKind
from models.front_office.service.complaints import CauseCode
from models.kit.base import now
from models.kit.states import move_to
from models.permissions import Department
from resolvers.back_office.handoffs.messages import tell_of_message, worded, write_message
from resolvers.back_office.handoffs.steps import MACHINE, HandoffCommand, end, move, ready, the_handoff
from resolvers.both_offices import clocks
from resolvers.front_office.service.complaints.receiving import write_cause
from resolvers.front_office.service.complaints.working import check_department, record_handoff, work_on, work_on_handoff
from resolvers.kit.commands import DryRunnable, InputErrors, Key, Keys, Update, Viewer, command, member
from resolvers.kit.problems import AlreadyClaimed

S = HandoffStatus


# --- The department ---------------------------------------------------------------------------------------------------


async def claim_handoff(viewer: Viewer, given: HandoffCommand) -> Keys:
    """Takes a handoff out of the queue. Of two who claim at once, one wins and the other gets AlreadyClaimed."""
    errors = InputErrors()
    handoff = await the_handoff(viewer, given.handoff, errors, given.expected_version)
    if handoff.status == S.CLAIMED:
        holder = await Account.get(id=handoff.claimed_by_id)
        path = ("input", "handoff")
        errors.add_problem(AlreadyClaimed("ALREADY_CLAIMED", f"{holder.name} has it already.", path, by=holder.name))
    else:
        await MACHINE.check(viewer, handoff, "claimHandoff", S.CLAIMED, errors)
        await work_on_handoff(viewer, handoff, errors)
    errors.raise_if_any()
    handoff.claimed_by_id, handoff.claimed_at = viewer.account, now()
    keys = await move(viewer, handoff, S.CLAIMED, HandoffEvent.CLAIMED)
    await clocks.stop(ClockKind.CLAIM_HANDOFF, handoff, ClockReason.CLAIMED, actor=viewer.account)
    return keys


async def release_handoff(viewer: Viewer, given: HandoffCommand) -> Keys:
    """Puts one's own handoff back into the queue."""
    handoff = await ready(viewer, given, "releaseHandoff", S.QUEUED, InputErrors(), work=False)
    handoff.claimed_by_id = handoff.claimed_at = None
    keys = await move(viewer, handoff, S.QUEUED, HandoffEvent.RELEASED)
    await clocks.restart(ClockKind.CLAIM_HANDOFF, handoff, ClockReason.RELEASED, actor=viewer.account)
    # Who gives up waiting for information hands the rest of the time on.
    await clocks.resume(ClockKind.ANSWER_HANDOFF, handoff, ClockReason.RELEASED, actor=viewer.account)
    return keys


@command
class AnswerHandoff(HandoffCommand, DryRunnable):
    """What `answerHandoff` takes."""

    answer: str = member("The department's answer, at most 10,000 characters. Who the customer is gets masked.")
    cause: CauseCode | None = member("What the complaint came from, if that was found out.", default=None)


async def answer_handoff(viewer: Viewer, given: AnswerHandoff) -> Keys:
    """Gives the department's answer to the front office."""
    errors = InputErrors()
    text = errors.text("answer", given.answer)
    handoff = await ready(viewer, given, "answerHandoff", S.ANSWERED, errors)
    handoff.answer, handoff.answered_at = await worded(viewer, handoff, text), now()
    if given.cause is not None:
        await write_cause(viewer, await complaint_of(handoff), given.cause, now(), handoff.department)
    keys = await move(viewer, handoff, S.ANSWERED, HandoffEvent.ANSWERED)
    await clocks.stop(ClockKind.ANSWER_HANDOFF, handoff, ClockReason.ANSWERED, actor=viewer.account)
    given.end_if_dry(masked_text=handoff.answer)
    return keys


@command
class RefuseHandoff(HandoffCommand, DryRunnable):
    """What `refuseHandoff` takes."""

    reason: str = member("Why it is not the department's. Who the customer is gets masked.")


async def refuse_handoff(viewer: Viewer, given: RefuseHandoff) -> Keys:
    """Says that a handoff is not the department's, and why."""
    errors = InputErrors()
    text = errors.text("reason", given.reason)
    handoff = await ready(viewer, given, "refuseHandoff", S.REFUSED, errors)
    handoff.refusal_reason = await worded(viewer, handoff, text)
    keys = await end(viewer, handoff, S.REFUSED, HandoffEvent.REFUSED, ClockReason.REFUSED)
    given.end_if_dry(masked_text=handoff.refusal_reason)
    return keys


@command
class RequestInformation(Update, DryRunnable):
    """What the department asks the front office."""

    handoff: Key[Handoff] = member("The handoff, which the viewer has claimed.")
    question: str = member("What the department must know, at most 10,000 characters. Who the customer is gets masked.")


async def request_information(viewer: Viewer, given: RequestInformation) -> Keys:
    """Asks the front office something; the department's clock stands still until it is told."""
    errors = InputErrors()
    text = errors.text("question", given.question)
    handoff = await ready(viewer, given, "requestInformation", S.AWAITING_INFORMATION, errors, work=False)
    at = now()
    message = await write_message(viewer, handoff, MessageKind.INFORMATION_REQUEST, text, at)
    keys = await move(viewer, handoff, S.AWAITING_INFORMATION, HandoffEvent.INFORMATION_REQUESTED)
    reason = ClockReason.INFORMATION_REQUESTED
    await clocks.pause(ClockKind.ANSWER_HANDOFF, handoff, reason, at=at, actor=viewer.account)
    await tell_of_message(NotificationKind.INFORMATION_REQUESTED, [handoff.handed_off_by_id], message, handoff)
    given.end_if_dry(masked_text=message.text)
    return {**keys, "message": message.id}


# --- The front office -------------------------------------------------------------------------------------------------


@command
class ProvideInformation(Update, DryRunnable):
    """What the front office tells the department."""

    handoff: Key[Handoff] = member("The handoff, whose department waits for information.")
    text: str = member("What the department asked for, at most 10,000 characters. Who the customer is gets masked.")


async def provide_information(viewer: Viewer, given: ProvideInformation) -> Keys:
    """Tells the department what it asked for; work goes on with whoever had the handoff."""
    errors = InputErrors()
    text = errors.text("text", given.text)
    handoff = await ready(viewer, given, "provideInformation", S.CLAIMED, errors)
    at = now()
    message = await write_message(viewer, handoff, MessageKind.INFORMATION, text, at)
    keys = await move(viewer, handoff, S.CLAIMED, HandoffEvent.INFORMATION_PROVIDED)
    reason = ClockReason.INFORMATION_PROVIDED
    await clocks.resume(ClockKind.ANSWER_HANDOFF, handoff, reason, at=at, actor=viewer.account)
    await tell_of_message(NotificationKind.INFORMATION_PROVIDED, [handoff.claimed_by_id], message, handoff)
    given.end_if_dry(masked_text=message.text)
    return {**keys, "message": message.id}


async def accept_answer(viewer: Viewer, given: HandoffCommand) -> Keys:
    """Takes the department's answer."""
    handoff = await ready(viewer, given, "acceptAnswer", S.ACCEPTED, InputErrors())
    return await end(viewer, handoff, S.ACCEPTED, HandoffEvent.ANSWER_ACCEPTED, ClockReason.ACCEPTED)


@command
class RejectAnswer(HandoffCommand, DryRunnable):
    """What `rejectAnswer` takes."""

    reason: str = member("What is missing. Who the customer is gets masked.")


async def reject_answer(viewer: Viewer, given: RejectAnswer) -> Keys:
    """Sends the department's answer back to whoever gave it."""
    errors = InputErrors()
    text = errors.text("reason", given.reason)
    handoff = await ready(viewer, given, "rejectAnswer", S.CLAIMED, errors)
    handoff.rejection_reason = await worded(viewer, handoff, text)
    keys = await move(viewer, handoff, S.CLAIMED, HandoffEvent.ANSWER_REJECTED)
    # What was asked for was not given: the clock goes on with what was left, whatever the policy says of reopening.
    reason = ClockReason.ANSWER_REJECTED
    await clocks.reopen(ClockKind.ANSWER_HANDOFF, handoff, reason, actor=viewer.account, anew=False)
    given.end_if_dry(masked_text=handoff.rejection_reason)
    return keys


@command
class WithdrawHandoff(HandoffCommand, DryRunnable):
    """What `withdrawHandoff` takes."""

    reason: str = member("Why it is taken back. Who the customer is gets masked.")


async def withdraw_handoff(viewer: Viewer, given: WithdrawHandoff) -> Keys:
    """Takes a handoff back from its department."""
    errors = InputErrors()
    text = errors.text("reason", given.reason)
    handoff = await the_handoff(viewer, given.handoff, errors, given.expected_version)
    await MACHINE.check(viewer, handoff, "withdrawHandoff", S.WITHDRAWN, errors)
    # Work at the complaint's stage, not at the handoff's: what is left of an earlier stage, the present one clears away.
    await work_on(viewer, await complaint_of(handoff), errors, member="handoff")
    errors.raise_if_any()
    handoff.withdrawal_reason = await worded(viewer, handoff, text)
    keys = await end(viewer, handoff, S.WITHDRAWN, HandoffEvent.WITHDRAWN, ClockReason.WITHDRAWN)
    given.end_if_dry(masked_text=handoff.withdrawal_reason)
    return keys


# --- Either office ----------------------------------------------------------------------------------------------------


@command
class TransferHandoff(Update, DryRunnable):
    """Which handoff goes to which department, and why."""

    handoff: Key[Handoff] = member("The handoff, which nobody has answered yet.")
    department: Department = member("Another department of the back office.")
    reason: str = member(
        "Why it is theirs, at most 10,000 characters; it stands in the thread. Who the customer is gets masked."
    )


async def transfer_handoff(viewer: Viewer, given: TransferHandoff) -> Keys:
    """Puts a handoff into another department's queue. The front office may, and its department; once it is claimed, of the
    department only the claimant. Who no longer sees it afterwards gets null.
    """
    # It stays the same handoff, with its thread and with what its clocks have counted: the department that had it sees it no
    # longer, not even in its history.
    errors = InputErrors()
    reason = errors.text("reason", given.reason)
    check_department(errors, "department", given.department)
    handoff = await the_handoff(viewer, given.handoff, errors, given.expected_version)
    if handoff.department == given.department:
        errors.add("department", f"{given.department} has it already.")
    await MACHINE.check(viewer, handoff, "transferHandoff", S.QUEUED, errors)
    await work_on_handoff(viewer, handoff, errors)
    errors.raise_if_any()
    at = now()
    message = await write_message(viewer, handoff, MessageKind.TRANSFER, reason, at)
    await record_handoff(HandoffEvent.TRANSFERRED, viewer, handoff, at)
    handoff.department = given.department
    handoff.customer_alias = await alias_of(handoff.complaint_id, given.department)
    handoff.claimed_by_id = handoff.claimed_at = handoff.last_activity_at = handoff.lease_until = None
    move_to(handoff, S.QUEUED)
    await handoff.save_next_version()
    because, who = ClockReason.TRANSFERRED, viewer.account
    await clocks.follow(handoff, because, at=at, actor=who)
    await clocks.resume(ClockKind.ANSWER_HANDOFF, handoff, because, at=at, actor=who)
    await clocks.restart(ClockKind.CLAIM_HANDOFF, handoff, because, at=at, actor=who)
    await record_handoff(HandoffEvent.QUEUED, viewer, handoff, at)
    given.end_if_dry(masked_text=message.text)
    return {"handoff": handoff.id}
