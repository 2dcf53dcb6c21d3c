"""What must hold of complaints and handoffs whatever happened to them, and in whatever order."""

from models.back_office.handoffs import OPEN_STATUSES, Handoff, HandoffStatus
from models.bookkeeping import NumberSeries
from models.events import Event, EventKind
from models.front_office.complaints import Complaint, ComplaintStatus

K, H = EventKind, HandoffStatus
LEADS_TO: dict[EventKind, HandoffStatus] = {
    K.HANDOFF_QUEUED: H.QUEUED,
    K.HANDOFF_CLAIMED: H.CLAIMED,
    K.HANDOFF_RELEASED: H.QUEUED,
    K.HANDOFF_ANSWERED: H.ANSWERED,
    K.HANDOFF_REFUSED: H.REFUSED,
    K.HANDOFF_WITHDRAWN: H.WITHDRAWN,
    K.ANSWER_ACCEPTED: H.ACCEPTED,
    K.ANSWER_REJECTED: H.CLAIMED,
}


async def check_everything() -> None:
    """Looks at every handoff and complaint: status, version, ends and events agree, and numbers have no gaps."""
    events = await Event.filter(complaint_id__isnull=False).order_by("id")
    handoffs = await Handoff.all()
    for handoff in handoffs:
        _check_handoff(handoff, [event for event in events if event.handoff_id == handoff.id])  # type: ignore[attr-defined]
    for complaint in await Complaint.all():
        statuses = [handoff.status for handoff in handoffs if handoff.complaint_id == complaint.id]  # type: ignore[attr-defined]
        kinds = [event.kind for event in events if event.complaint_id == complaint.id]  # type: ignore[attr-defined]
        _check_complaint(complaint, kinds, statuses)
    await check_numbers()


def _check_handoff(handoff: Handoff, events: list[Event]) -> None:
    assert events[0].kind is K.HANDOFF_QUEUED
    assert handoff.version == len(events)
    assert LEADS_TO[events[-1].kind] is handoff.status
    assert (handoff.ended_at is None) == (handoff.status in OPEN_STATUSES)
    claimant = handoff.claimed_by_id  # type: ignore[attr-defined]
    claims = [event.actor_id for event in events if event.kind is K.HANDOFF_CLAIMED]  # type: ignore[attr-defined]
    assert claimant is None or claims[-1] == claimant
    assert claimant is not None or handoff.status in {H.QUEUED, H.WITHDRAWN, H.REFUSED}


def _check_complaint(complaint: Complaint, kinds: list[EventKind], handoffs: list[HandoffStatus]) -> None:
    assert kinds.count(K.COMPLAINT_RECEIVED) == 1
    assert kinds.count(K.COMPLAINT_CLOSED) == (complaint.status is ComplaintStatus.CLOSED)
    assert kinds.count(K.COMPLAINT_ANSWERED) == (complaint.answered_at is not None)
    assert kinds.count(K.HANDOFF_QUEUED) == len(handoffs)
    is_open = any(status in OPEN_STATUSES for status in handoffs)
    is_served = is_open or H.ACCEPTED in handoffs
    match complaint.status:
        case ComplaintStatus.RECEIVED:
            assert not is_served
        case ComplaintStatus.HANDED_OFF:
            assert is_served
        case _:
            assert not is_open


async def check_numbers() -> None:
    """Each series was given out from 1 to its last number, each number once."""
    for model in (Complaint, Handoff):
        found: dict[str, list[int]] = {}
        for number in await model.all().values_list("number", flat=True):
            series, _, last = str(number).rpartition("-")
            found.setdefault(series, []).append(int(last))
        for series, numbers in found.items():
            last = (await NumberSeries.get(name=series)).last_given
            assert sorted(numbers) == list(range(1, last + 1)), series
