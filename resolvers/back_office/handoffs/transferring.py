"""Transferring a handoff to another department, with its thread and with what its clocks have counted.

The surprising rule: it stays the same handoff, so the department that had it sees it no longer, not even in its history.
"""

from models.back_office.handoffs import TRANSITIONS, Handoff, HandoffEvent, HandoffStatus
from models.back_office.handoffs.messages import Audience, MessageKind
from models.both_offices.clocks.policies import ClockKind
from models.both_offices.clocks.running import ClockReason
from models.kit.base import now
from models.kit.states import move_to
from models.permissions import Department
from resolvers.back_office.handoffs.messages import worded, write_message
from resolvers.back_office.handoffs.steps import MACHINE, the_handoff
from resolvers.both_offices import clocks
from resolvers.front_office.service.complaints.working import check_department, record_handoff, work_on_handoff
from resolvers.kit.commands import DryRunnable, Key, Keys, Update, command, member
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.problems import DryRun
from resolvers.kit.viewer import Viewer


@command
class TransferHandoff(Update, DryRunnable):
    """Which handoff goes to which department, and why."""

    handoff: Key[Handoff] = member("The handoff, which nobody has answered yet.")
    department: Department = member("Another department of the back office.")
    reason: str = member(
        "Why it is theirs, at most 10,000 characters; it stands in the thread. What the front office writes is masked."
    )


async def transfer_handoff(viewer: Viewer, given: TransferHandoff) -> Keys:
    """Puts a handoff into another department's queue. The front office may, and its department; once it is claimed, of the
    department only the claimant. Who no longer sees it afterwards gets null.
    """
    errors = InputErrors()
    reason = errors.text("reason", given.reason)
    check_department(errors, "department", given.department)
    handoff = await the_handoff(viewer, given.handoff, errors, given.expected_version)
    if handoff.department == given.department:
        errors.add("department", f"{given.department} has it already.")
    await MACHINE.check(viewer, handoff, "transferHandoff", HandoffStatus.QUEUED, errors)
    await work_on_handoff(viewer, handoff, errors)
    errors.raise_if_any()
    at = now()
    words = await worded(viewer, handoff, Audience.BOTH_OFFICES, reason)
    await write_message(viewer, handoff, MessageKind.TRANSFER, words, at)
    await record_handoff(HandoffEvent.TRANSFERRED, viewer, handoff, at)
    handoff.department = given.department
    handoff.claimed_by_id = None  # type: ignore[attr-defined]
    handoff.claimed_at = handoff.last_activity_at = handoff.lease_until = None
    move_to(handoff, HandoffStatus.QUEUED, TRANSITIONS)
    handoff.version += 1
    await handoff.save()
    await clocks.follow(handoff, ClockReason.TRANSFERRED, at=at, actor=viewer.account)
    await clocks.resume(ClockKind.ANSWER_HANDOFF, handoff, ClockReason.TRANSFERRED, at=at, actor=viewer.account)
    await clocks.restart(ClockKind.CLAIM_HANDOFF, handoff, ClockReason.TRANSFERRED, at=at, actor=viewer.account)
    await record_handoff(HandoffEvent.QUEUED, viewer, handoff, at)
    if given.dry_run:
        raise DryRun(masked_text=words)
    return {"handoff": handoff.id}
