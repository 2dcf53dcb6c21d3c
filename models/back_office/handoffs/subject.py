"""The handoff as a subject of the services between the offices: a part of its complaint, which one department works on."""

from datetime import datetime
from typing import Any

from models.back_office.handoffs import OPEN_STATUSES, Handoff, HandoffEvent, HandoffStatus
from models.both_offices.clocks.policies import ClockKind
from models.both_offices.clocks.reckoning import Begun, ClockReason
from models.both_offices.subjects import Claims, Classes, Subject
from models.front_office.service.complaints import Complaint
from models.front_office.service.subject import COMPLAINT
from models.permissions import Permission


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


HANDOFF = Subject(
    model=Handoff,
    seen_with=Permission.READ_ALL_HANDOFFS,
    department=lambda handoff: handoff.department,
    part_of=COMPLAINT,
    whole=complaint_of,
    clocks=(ClockKind.CLAIM_HANDOFF, ClockKind.ANSWER_HANDOFF),
    due_by=ClockKind.ANSWER_HANDOFF,
    keeps_due=True,
    open_statuses=OPEN_STATUSES,
    begun=_begun,
    classes=lambda handoff, complaint: Classes(
        stage=handoff.stage, category=complaint.category, severity=complaint.severity
    ),
    claims=Claims(
        needs=Permission.WRITE_HANDOFFS,
        queued=HandoffStatus.QUEUED,
        claimed=HandoffStatus.CLAIMED,
        leased_by=ClockKind.ANSWER_HANDOFF,
        queued_by=ClockKind.CLAIM_HANDOFF,
        returned=HandoffEvent.CLAIM_RETURNED,
    ),
)
