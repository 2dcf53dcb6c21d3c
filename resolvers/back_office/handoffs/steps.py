"""Which steps a viewer may take with a handoff: what the guards of its transitions mean in SQL; and taking one."""

from typing import Protocol

from models.back_office.handoffs import Handoff, HandoffStatus
from models.back_office.handoffs.subject import complaint_of
from models.both_offices.clocks.running import ClockReason
from models.front_office.service.answers import at_present_stage_sql, at_stage_sql
from models.front_office.service.complaints import Complaint
from models.kit.base import now
from models.kit.events import EventKind
from models.kit.states import Guard, move_to
from resolvers.both_offices import clocks
from resolvers.both_offices.leases import renew_lease
from resolvers.front_office.service.complaints.working import record_handoff, settle_after, work_on_handoff
from resolvers.kit.commands import InputErrors, Key, Keys, Update, Viewer, command, member
from resolvers.kit.loading import load_with_owner
from resolvers.kit.state_machine import StateMachine, claimed_by_me

MACHINE = StateMachine(
    Handoff,
    {
        Guard.CLAIMED_BY_ME: claimed_by_me,
        Guard.AT_STAGE: lambda row: at_stage_sql(row.column("complaint_id"), row.column("stage")),
        Guard.AT_COMPLAINTS_STAGE: lambda row: at_present_stage_sql(row.column("complaint_id")),
    },
    # `work_on` says at which stage somebody worked.
    left_to_verbs=frozenset({Guard.AT_STAGE, Guard.AT_COMPLAINTS_STAGE}),
)


@command
class HandoffCommand(Update):
    """What most verbs on a handoff take."""

    handoff: Key[Handoff] = member("The handoff.")


class AboutHandoff(Protocol):
    """A command that says which handoff it is about."""

    @property
    def handoff(self) -> Key[Handoff]: ...
    @property
    def expected_version(self) -> int | None: ...


async def the_handoff(
    viewer: Viewer, key: Key[Handoff], errors: InputErrors, expected_version: int | None = None
) -> Handoff:
    """The handoff, locked after its complaint: all verbs lock in this order."""
    complaint, handoff = await load_with_owner(
        viewer, Handoff, key, Complaint, "complaint_id", errors, expected_version
    )
    # Its clocks and its lease ask for it again.
    handoff.complaint = complaint
    return handoff


async def ready(
    viewer: Viewer, given: AboutHandoff, verb: str, to: HandoffStatus, errors: InputErrors, *, work: bool = True
) -> Handoff:
    """The handoff, when a verb of the viewer's may take it to a status now; everything wrong is reported together.

    With `work` the step is work on the complaint, which whoever worked at another of its stages may not do.
    """
    handoff = await the_handoff(viewer, given.handoff, errors, given.expected_version)
    await MACHINE.check(viewer, handoff, verb, to, errors)
    if work:
        await work_on_handoff(viewer, handoff, errors)
    errors.raise_if_any()
    return handoff


async def move(viewer: Viewer, handoff: Handoff, to: HandoffStatus, kind: EventKind) -> Keys:
    """Takes it to a status, stores it under a new version and records what happened."""
    move_to(handoff, to)
    at = now()
    await renew_lease(handoff, at)
    await handoff.save_next_version()
    await record_handoff(kind, viewer, handoff, at)
    return {"handoff": handoff.id}


async def end(viewer: Viewer, handoff: Handoff, to: HandoffStatus, kind: EventKind, reason: ClockReason) -> Keys:
    """The same for a step after which the department is done with it: its clocks stop for a reason."""
    handoff.ended_at = now()
    await clocks.stop_all(handoff, reason, actor=viewer.account)
    keys = await move(viewer, handoff, to, kind)
    await settle_after(await complaint_of(handoff))
    return keys
