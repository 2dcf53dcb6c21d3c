"""What must hold of complaints and handoffs whatever happened to them, and in whatever order."""

from uuid import UUID

from models.back_office.handoffs import OPEN_STATUSES, Handoff, HandoffEvent, HandoffStatus
from models.back_office.products.improvements import Improvement, ImprovementEvent, ImprovementStatus
from models.both_offices.clocks.running import Clock
from models.both_offices.escalations import Escalation, EscalationEvent
from models.front_office.service.answers import AnswerEvent, AnswerStatus, ComplaintAnswer
from models.front_office.service.cases import CaseStatus, MajorCase
from models.front_office.service.complaints import Complaint, ComplaintEvent, ComplaintStatus
from models.front_office.service.correspondence import CorrespondenceEvent
from models.kit.bookkeeping import NumberSeries
from models.kit.events import Event
from models.kit.sql import this_dialect
from tests.both_offices.ticking import check_clock

H = HandoffStatus
LEADS_TO: dict[str, HandoffStatus] = {
    HandoffEvent.QUEUED: H.QUEUED,
    HandoffEvent.CLAIMED: H.CLAIMED,
    HandoffEvent.RELEASED: H.QUEUED,
    HandoffEvent.CLAIM_RETURNED: H.QUEUED,
    HandoffEvent.ANSWERED: H.ANSWERED,
    HandoffEvent.REFUSED: H.REFUSED,
    HandoffEvent.WITHDRAWN: H.WITHDRAWN,
    HandoffEvent.ANSWER_ACCEPTED: H.ACCEPTED,
    HandoffEvent.ANSWER_REJECTED: H.CLAIMED,
    HandoffEvent.INFORMATION_REQUESTED: H.AWAITING_INFORMATION,
    HandoffEvent.INFORMATION_PROVIDED: H.CLAIMED,
    HandoffEvent.CLAIM_RETURNED: H.QUEUED,
}
"""The status that a handoff has after an event. What is not among them changes no handoff; a transfer ends in HANDOFF_QUEUED."""


async def check_everything() -> None:
    """Looks at every handoff and complaint: status, version, ends, events and cases agree, and numbers have no gaps."""
    events = await Event.all().order_by("id").prefetch_related("subjects")
    handoffs = await Handoff.all()
    answered = {case.id for case in await MajorCase.filter(status=CaseStatus.ANSWERED)}
    for handoff in handoffs:
        _check_handoff(handoff, [event for event in events if _is_about(event, handoff.id) and event.kind in LEADS_TO])
    for complaint in await Complaint.all():
        pieces = [handoff for handoff in handoffs if handoff.complaint_id == complaint.id]
        kinds = [event.kind for event in events if _is_about(event, complaint.id)]
        answers = await ComplaintAnswer.filter(complaint_id=complaint.id).order_by("stage", "attempt")
        _check_complaint(complaint, kinds, pieces, answers)
        # Else a second one would come down from another case.
        waiting = [answer.case_id for answer in answers if answer.status is AnswerStatus.TO_CONFIRM]
        assert waiting in ([], [complaint.case_id]) and answered.issuperset(waiting)
    await check_numbers()


def _is_about(event: Event, key: UUID) -> bool:
    return any(one.key == key for one in event.subjects)


def _check_handoff(handoff: Handoff, events: list[Event]) -> None:
    assert events[0].kind == HandoffEvent.QUEUED
    assert handoff.version == len(events)
    assert LEADS_TO[events[-1].kind] is handoff.status
    assert (handoff.ended_at is None) == (handoff.status in OPEN_STATUSES)
    claimant = handoff.claimed_by_id
    claims = [event.actor_id for event in events if event.kind == str(HandoffEvent.CLAIMED)]
    assert claimant is None or claims[-1] == claimant
    assert claimant is not None or handoff.status in {H.QUEUED, H.WITHDRAWN, H.REFUSED}


def _check_complaint(
    complaint: Complaint, kinds: list[str], handoffs: list[Handoff], answers: list[ComplaintAnswer]
) -> None:
    assert kinds.count(ComplaintEvent.RECEIVED) == 1
    came_back = kinds.count(AnswerEvent.CHALLENGED) + kinds.count(AnswerEvent.REOPENED)
    assert 0 <= kinds.count(ComplaintEvent.CLOSED) - (complaint.status is ComplaintStatus.CLOSED) <= came_back
    assert kinds.count(AnswerEvent.CHALLENGED) == complaint.stage - 1
    _check_answers(complaint, kinds, answers)
    assert kinds.count(HandoffEvent.QUEUED) == len(handoffs) + kinds.count(HandoffEvent.TRANSFERRED)
    open_ones = [handoff for handoff in handoffs if handoff.status in OPEN_STATUSES]
    kept = {*OPEN_STATUSES, H.ACCEPTED}
    is_served = any(handoff.stage == complaint.stage and handoff.status in kept for handoff in handoffs)
    match complaint.status:
        case ComplaintStatus.RECEIVED:
            assert not is_served
        case ComplaintStatus.HANDED_OFF:
            assert is_served
        case ComplaintStatus.AWAITING_CUSTOMER:
            assert kinds.count(CorrespondenceEvent.CUSTOMER_ASKED) > kinds.count(CorrespondenceEvent.CUSTOMER_REPLIED)
        case ComplaintStatus.ANSWERED | ComplaintStatus.AWAITING_APPROVAL:
            assert not any(handoff.blocks for handoff in open_ones)
        case ComplaintStatus.CLOSED:
            assert not open_ones


def _check_answers(complaint: Complaint, kinds: list[str], answers: list[ComplaintAnswer]) -> None:
    sent = [answer for answer in answers if answer.status is AnswerStatus.SENT]
    assert kinds.count(ComplaintEvent.ANSWERED) == len(sent)
    assert complaint.answered_at is None or (complaint.answer, complaint.answered_at) == (
        sent[-1].text,
        sent[-1].sent_at,
    )
    waiting = [answer for answer in answers if answer.status is AnswerStatus.PROPOSED]
    assert len(waiting) == (complaint.status is ComplaintStatus.AWAITING_APPROVAL)
    for stage in {answer.stage for answer in answers}:
        attempts = [answer.attempt for answer in answers if answer.stage == stage and answer.attempt]
        assert attempts == list(range(1, len(attempts) + 1))


async def check_lives() -> None:
    """What must hold after whole lives: clocks agree with their segments, and events alone lead to the present state."""
    await check_everything()
    for clock in await Clock.all().only("id"):
        assert not (wrong := await check_clock(clock.id)), wrong
    events = await Event.all().order_by("id").prefetch_related("subjects")
    for complaint in await Complaint.all():
        own = [event for event in events if _is_about(event, complaint.id)]
        at_last = replayed_complaint([event.kind for event in own])
        assert complaint.status in at_last, (complaint.number, complaint.status, [str(event.kind) for event in own])
        if complaint.status is ComplaintStatus.CLOSED:
            assert complaint.answer or complaint.closing_reason, f"{complaint.number} has neither answer nor reason."
        taken = sum(_OPENED.get(event.kind, 0) for event in own)
        assert taken == await Escalation.filter(complaint_id=complaint.id, closed_at=None).count(), complaint.number
    for improvement in await Improvement.all():
        own = [event.kind for event in events if _is_about(event, improvement.id)]
        [*_, last] = [_IMPROVED[kind] for kind in own if kind in _IMPROVED]
        assert improvement.status in last, (improvement.number, improvement.status, own)


_C, _I = ComplaintStatus, ImprovementStatus
_WORKED_ON = frozenset({_C.RECEIVED, _C.HANDED_OFF})
_OPENED: dict[str, int] = {EscalationEvent.OPENED: 1, EscalationEvent.CLOSED: -1}
_IMPROVED: dict[str, frozenset[ImprovementStatus]] = {
    ImprovementEvent.PROPOSED: frozenset({_I.PROPOSED}),
    ImprovementEvent.PLANNED: frozenset({_I.PLANNED}),
    ImprovementEvent.STARTED: frozenset({_I.IN_PROGRESS}),
    ImprovementEvent.MONITORED: frozenset({_I.MONITORING}),
    ImprovementEvent.JUDGED: frozenset({_I.EFFECTIVE, _I.NOT_EFFECTIVE}),
    ImprovementEvent.REJECTED: frozenset({_I.REJECTED}),
}
_COMPLAINT_AFTER: dict[str, frozenset[ComplaintStatus]] = {
    ComplaintEvent.RECEIVED: _WORKED_ON,
    CorrespondenceEvent.CUSTOMER_ASKED: frozenset({_C.AWAITING_CUSTOMER}),
    CorrespondenceEvent.CUSTOMER_REPLIED: _WORKED_ON,
    AnswerEvent.REDRESS_PROPOSED: frozenset({_C.AWAITING_APPROVAL}),
    AnswerEvent.REDRESS_REJECTED: _WORKED_ON,
    AnswerEvent.REDRESS_WITHDRAWN: _WORKED_ON,
    ComplaintEvent.ANSWERED: frozenset({_C.ANSWERED}),
    AnswerEvent.CHALLENGED: _WORKED_ON,
    AnswerEvent.REOPENED: _WORKED_ON,
    ComplaintEvent.CLOSED: frozenset({_C.CLOSED}),
}


def replayed_complaint(kinds: list[str]) -> frozenset[ComplaintStatus]:
    """The status that a complaint's events alone lead to; whether a department has it, its handoffs' own events say."""
    status: frozenset[ComplaintStatus] = frozenset()
    for kind in kinds:
        status = _COMPLAINT_AFTER.get(kind, status)
    return status


async def check_numbers() -> None:
    """Each series was given out in order, each number once; on SQLite from 1 to the last one without a gap."""
    for model in (Complaint, Handoff, Improvement, Escalation, MajorCase):
        found: dict[str, list[int]] = {}
        for number in await model.all().values_list("number", flat=True):
            series, _, last = str(number).rpartition("-")
            found.setdefault(series, []).append(int(last))
        for series, numbers in found.items():
            assert len(numbers) == len(set(numbers)), series
            if this_dialect() == "sqlite":
                last = (await NumberSeries.get(name=series)).last_given
                assert sorted(numbers) == list(range(1, last + 1)), series
