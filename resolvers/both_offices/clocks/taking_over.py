"""What clocks would look like of what was open before clocks were kept, as far as its record still tells."""

from dataclasses import dataclass
from datetime import datetime

from models.back_office.handoffs import Handoff, HandoffStatus
from models.both_offices.clocks.policies import ClockKind
from models.both_offices.clocks.reckoning import ClockState
from models.both_offices.clocks.running import ClockReason
from models.front_office.service.complaints import Complaint, ComplaintStatus


@dataclass(frozen=True, slots=True)
class Begun:
    """A clock to be stored: when it began and, if it is no longer running, since when not."""

    kind: ClockKind
    at: datetime
    reason: ClockReason
    paused_at: datetime | None = None
    stopped_at: datetime | None = None

    @property
    def states(self) -> list[tuple[datetime, ClockState]]:
        """What its segments are."""
        found = [(self.at, ClockState.RUNNING)]
        if self.stopped_at is not None:
            found.append((max(self.at, self.stopped_at), ClockState.STOPPED))
        elif self.paused_at is not None:
            found.append((max(self.at, self.paused_at), ClockState.PAUSED))
        return found


def begun_clocks(subject: Complaint | Handoff, at: datetime) -> list[Begun]:
    """The clocks that follow from the present status of a complaint or handoff."""
    return _of_complaint(subject, at) if isinstance(subject, Complaint) else _of_handoff(subject, at)


def _of_complaint(complaint: Complaint, at: datetime) -> list[Begun]:
    done = complaint.status in (ComplaintStatus.ANSWERED, ComplaintStatus.CLOSED)
    stopped = (complaint.answered_at or complaint.closed_at or at) if done else None
    paused = at if complaint.status == ComplaintStatus.AWAITING_CUSTOMER else None
    reason = ClockReason.TAKEN_OVER
    return [
        Begun(
            ClockKind.ACKNOWLEDGE_COMPLAINT,
            complaint.received_at,
            reason,
            stopped_at=complaint.acknowledged_at or stopped,
        ),
        Begun(ClockKind.ANSWER_COMPLAINT, complaint.received_at, reason, paused_at=paused, stopped_at=stopped),
    ]


_ENDED = (HandoffStatus.ACCEPTED, HandoffStatus.REFUSED, HandoffStatus.WITHDRAWN)


def _of_handoff(handoff: Handoff, at: datetime) -> list[Begun]:
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
