"""The department's question to the front office and the front office's reply; in between, the department's clock stands still."""

from models.back_office.handoffs import Handoff, HandoffEvent, HandoffStatus
from models.back_office.handoffs.messages import Audience, MessageKind
from models.back_office.handoffs.subject import HANDOFF
from models.both_offices.clocks.policies import ClockKind
from models.both_offices.clocks.running import ClockReason
from models.both_offices.notifications import NotificationKind
from models.kit.base import now
from resolvers.back_office.handoffs.messages import worded, write_message
from resolvers.back_office.handoffs.steps import claimant, move, ready
from resolvers.both_offices import clocks
from resolvers.both_offices.notifications import notify
from resolvers.kit.commands import DryRunnable, Key, Keys, Update, command, member
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.problems import DryRun
from resolvers.kit.viewer import Viewer


@command
class RequestInformation(Update):
    """What the department asks the front office."""

    handoff: Key[Handoff] = member("The handoff, which the viewer has claimed.")
    question: str = member("What the department must know, at most 10,000 characters.")


@command
class ProvideInformation(Update, DryRunnable):
    """What the front office tells the department."""

    handoff: Key[Handoff] = member("The handoff, whose department waits for information.")
    text: str = member("What the department asked for, at most 10,000 characters. Who the customer is gets masked.")


async def request_information(viewer: Viewer, given: RequestInformation) -> Keys:
    """Asks the front office something; the department's clock stands still until it is told."""
    errors, to = InputErrors(), HandoffStatus.AWAITING_INFORMATION
    text = errors.text("question", given.question)
    handoff = await ready(viewer, given.handoff, "requestInformation", to, errors, given.expected_version, work=False)
    at = now()
    words = await worded(viewer, handoff, Audience.BOTH_OFFICES, text)
    message = await write_message(viewer, handoff, MessageKind.INFORMATION_REQUEST, words, at)
    keys = await move(viewer, handoff, to, HandoffEvent.INFORMATION_REQUESTED)
    reason = ClockReason.INFORMATION_REQUESTED
    await clocks.pause(ClockKind.ANSWER_HANDOFF, handoff, reason, at=at, actor=viewer.account)
    await notify(
        NotificationKind.INFORMATION_REQUESTED,
        [handoff.handed_off_by_id],
        *HANDOFF.told_of(handoff),
        message,
        at=at,
        actor=viewer.account,
    )
    return {**keys, "message": message.id}


async def provide_information(viewer: Viewer, given: ProvideInformation) -> Keys:
    """Tells the department what it asked for; work goes on with whoever had the handoff."""
    errors, to = InputErrors(), HandoffStatus.CLAIMED
    text = errors.text("text", given.text)
    handoff = await ready(viewer, given.handoff, "provideInformation", to, errors, given.expected_version)
    at = now()
    words = await worded(viewer, handoff, Audience.BOTH_OFFICES, text)
    message = await write_message(viewer, handoff, MessageKind.INFORMATION, words, at)
    keys = await move(viewer, handoff, to, HandoffEvent.INFORMATION_PROVIDED)
    reason = ClockReason.INFORMATION_PROVIDED
    await clocks.resume(ClockKind.ANSWER_HANDOFF, handoff, reason, at=at, actor=viewer.account)
    await notify(
        NotificationKind.INFORMATION_PROVIDED,
        [claimant(handoff)],
        *HANDOFF.told_of(handoff),
        message,
        at=at,
        actor=viewer.account,
    )
    if given.dry_run:
        raise DryRun(masked_text=words)
    return {**keys, "message": message.id}
