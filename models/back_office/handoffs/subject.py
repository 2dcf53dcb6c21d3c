"""The handoff as a subject of the services between the offices: a part of its complaint, which one department works on."""

from datetime import datetime
from typing import Any

from models.back_office.handoffs import OPEN_STATUSES, Handoff, HandoffStatus
from models.both_offices.clocks.begun import Begun
from models.both_offices.clocks.policies import HANDOFF_CLOCKS, ClockKind
from models.both_offices.clocks.running import ClockReason
from models.both_offices.subjects import ClockedSubject
from models.front_office.service.complaints import Complaint
from models.front_office.service.subject import COMPLAINT


async def complaint_of(handoff: Handoff) -> Complaint:
    """The complaint that a handoff is a piece of: the one that was loaded with it, if one was."""
    known: Any = handoff.complaint
    return known if isinstance(known, Complaint) else await known


_ENDED = (HandoffStatus.ACCEPTED, HandoffStatus.REFUSED, HandoffStatus.WITHDRAWN)


def _begun(handoff: Handoff, at: datetime) -> list[Begun]:
    ended = (handoff.ended_at or at) if handoff.status in _ENDED else None
    answered = (handoff.answered_at or at) if handoff.status == HandoffStatus.ANSWERED else None
    claimed = None if handoff.status == HandoffStatus.QUEUED else handoff.claimed_at or handoff.answered_at
    paused = at if handoff.status == HandoffStatus.AWAITING_INFORMATION else None
    reason = ClockReason.TAKEN_OVER
    return [
        Begun(ClockKind.CLAIM_HANDOFF, handoff.handed_off_at, reason, stopped_at=claimed or ended),
        Begun(
            ClockKind.ANSWER_HANDOFF,
            handoff.handed_off_at,
            reason,
            paused_at=paused,
            stopped_at=answered or (handoff.answered_at or ended if ended else None),
        ),
    ]


HANDOFF = ClockedSubject(
    type_name="HANDOFF",
    model=Handoff,
    column="handoff_id",
    department=lambda handoff: handoff.department,
    part_of=COMPLAINT,
    whole=complaint_of,
    clocks=HANDOFF_CLOCKS,
    open_statuses=OPEN_STATUSES,
    begun=_begun,
    classes=COMPLAINT.classes,
    sorted_by=ClockKind.ANSWER_HANDOFF,
)
