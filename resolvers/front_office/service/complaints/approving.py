"""Approving or rejecting the redress of an answer, by a second person: never by who proposed it, nor by who wrote its case's."""

from datetime import datetime
from uuid import UUID

from models.back_office.handoffs import OPEN_STATUSES, Handoff, HandoffStatus
from models.both_offices.notifications import NotificationKind
from models.front_office.customers import Customer
from models.front_office.service.answers import TRANSITIONS as ANSWER_TRANSITIONS
from models.front_office.service.answers import AnswerStatus, ComplaintAnswer, Redress, visible_answers
from models.front_office.service.cases import MajorCase
from models.front_office.service.complaints import TRANSITIONS, Complaint, ComplaintStatus
from models.kit.base import now
from models.kit.events import EventKind
from models.kit.masking import mask
from models.kit.states import move_to
from models.permissions import Permission
from resolvers.both_offices.notifications import notify
from resolvers.events import record
from resolvers.front_office.after_sales.returns.redress import check_refund, the_order_of
from resolvers.front_office.service.answers import MACHINE, Price, granted_with, may_grant, price_of_replacement
from resolvers.front_office.service.complaints.answering import save_answer, send
from resolvers.front_office.service.complaints.shared import Keys, save
from resolvers.front_office.service.stages import work_on
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.loading import access
from resolvers.kit.problems import DryRun
from resolvers.kit.viewer import Viewer


async def approve_redress(viewer: Viewer, key: UUID | None, expected_version: int | None) -> Keys:
    """Approves a proposed answer's redress, and with that sends the answer."""
    errors = InputErrors()
    complaint, answer = await _proposed(viewer, key, expected_version, "approveRedress", AnswerStatus.SENT, errors)
    price = Price(answer.amount_minor, answer.currency)
    order = await the_order_of(complaint)
    # More may have been shipped since it was proposed, and be replaced now.
    if worth := await price_of_replacement(answer.redress, complaint):
        price, answer.amount_minor = worth, worth.minor
    if order is not None and answer.redress == Redress.REFUND:
        await check_refund(order, price.minor, errors, "answer", but=answer.id)
    if not await may_grant(viewer, complaint, price):
        total = await granted_with(complaint, price)
        errors.add("answer", f"With this the customer gets {total}, which is above your own limit.", "ABOVE_LIMIT")
    errors.raise_if_any()
    at = now()
    answer.decided_by_id, answer.decided_at = viewer.account, at
    await record(EventKind.REDRESS_APPROVED, actor=viewer.account, at=at, complaint_id=complaint.id)
    await send(viewer, complaint, answer, at)
    await _tell_proposer(viewer, complaint, answer, at)
    return _keys(answer)


async def reject_redress(
    viewer: Viewer, key: UUID | None, reason: str, expected_version: int | None, *, dry_run: bool = False
) -> Keys:
    """Rejects a proposed answer's redress: the complaint goes back to work. Both offices read the masked reason."""
    errors = InputErrors()
    text = errors.text("reason", reason)
    complaint, answer = await _proposed(viewer, key, expected_version, "rejectRedress", AnswerStatus.REJECTED, errors)
    errors.raise_if_any()
    at = now()
    move_to(answer, AnswerStatus.REJECTED, ANSWER_TRANSITIONS)
    answer.decided_by_id, answer.decided_at = viewer.account, at
    answer.decision_reason = await _masked(viewer, complaint, text)
    await save_answer(answer)
    await back_to_work(complaint)
    await record(EventKind.REDRESS_REJECTED, actor=viewer.account, at=at, complaint_id=complaint.id)
    await _tell_proposer(viewer, complaint, answer, at)
    if dry_run:
        raise DryRun(masked_text=answer.decision_reason)
    return _keys(answer)


async def withdraw_answer(
    viewer: Viewer, key: UUID | None, reason: str | None, expected_version: int | None, *, dry_run: bool = False
) -> Keys:
    """Takes back a proposed answer before anybody has decided about it: the complaint goes back to work."""
    errors = InputErrors()
    text = errors.optional_text("reason", reason)
    complaint, answer = await _answer(viewer, key, expected_version, errors)
    await MACHINE.check_step(viewer, answer, "withdrawAnswer", AnswerStatus.WITHDRAWN, errors)
    await work_on(viewer, complaint, errors, member="answer")
    errors.raise_if_any()
    move_to(answer, AnswerStatus.WITHDRAWN, ANSWER_TRANSITIONS)
    at = now()
    answer.decided_at = at
    answer.decision_reason = await _masked(viewer, complaint, text) if text else None
    await save_answer(answer)
    await back_to_work(complaint)
    await record(EventKind.REDRESS_WITHDRAWN, actor=viewer.account, at=at, complaint_id=complaint.id)
    if dry_run:
        raise DryRun(masked_text=answer.decision_reason)
    return _keys(answer)


async def back_to_work(complaint: Complaint) -> None:
    """A complaint whose answer was not approved is where it was before: with its departments, or with nobody."""
    kept = Handoff.filter(
        complaint_id=complaint.id, stage=complaint.stage, status__in=[*OPEN_STATUSES, HandoffStatus.ACCEPTED]
    )
    to = ComplaintStatus.HANDED_OFF if await kept.exists() else ComplaintStatus.RECEIVED
    move_to(complaint, to, TRANSITIONS)
    await save(complaint)


# --- Steps that several verbs share ---


async def _answer(
    viewer: Viewer, key: UUID | None, expected_version: int | None, errors: InputErrors
) -> tuple[Complaint, ComplaintAnswer]:
    """The answer, locked after its complaint: all verbs lock in this order."""
    seen = await access(viewer, ComplaintAnswer, visible_answers, key, lock=False)
    if seen is None:
        errors.not_found("answer", "answer")
        raise errors.refusal()
    complaint = await Complaint.select_for_update().get(id=seen.complaint_id)
    answer = await ComplaintAnswer.select_for_update().get(id=seen.id)
    errors.version(answer.version, expected_version)
    return complaint, answer


async def _proposed(
    viewer: Viewer, key: UUID | None, expected_version: int | None, verb: str, to: AnswerStatus, errors: InputErrors
) -> tuple[Complaint, ComplaintAnswer]:
    """The answer, when the viewer may decide about it."""
    complaint, answer = await _answer(viewer, key, expected_version, errors)
    await MACHINE.check_step(viewer, answer, verb, to, errors)
    if errors.count:
        # What else might be wrong is about an answer that waits for a decision.
        errors.raise_if_any()
    case = await MajorCase.get(id=answer.case_id) if answer.case_id is not None else None
    if viewer.account in {answer.proposed_by_id, case.answered_by_id if case else None}:
        errors.add("answer", "You proposed it yourself: a second person decides.", "SAME_PERSON")
    await work_on(viewer, complaint, errors, member="answer")
    return complaint, answer


async def _masked(viewer: Viewer, complaint: Complaint, text: str) -> str:
    # What the back office writes stays as it is: whoever guesses a name would read in the mask that the guess was right.
    if not viewer.may(Permission.ENTER_FRONT_OFFICE):
        return text
    return mask(text, await Customer.get(id=complaint.customer_id))  # type: ignore[attr-defined]


async def _tell_proposer(viewer: Viewer, complaint: Complaint, answer: ComplaintAnswer, at: datetime) -> None:
    await notify(
        NotificationKind.REDRESS_DECIDED,
        [answer.proposed_by_id],
        at=at,
        actor=viewer.account,
        complaint_id=complaint.id,
        answer_id=answer.id,
    )


def _keys(answer: ComplaintAnswer) -> Keys:
    return {"answer": answer.id}
