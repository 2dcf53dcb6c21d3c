"""Answering the customer, once no department works on the complaint any more.

The surprising rule: redress above the answering account's limit does not go out; it waits for a second person.
"""

from datetime import datetime
from decimal import Decimal

from models.both_offices.clocks.policies import ClockKind
from models.both_offices.clocks.running import ClockReason
from models.both_offices.notifications import NotificationKind
from models.front_office.customers import Customer
from models.front_office.service.answers import TRANSITIONS as ANSWER_TRANSITIONS
from models.front_office.service.answers import AnswerEvent, AnswerStatus, ComplaintAnswer, Redress
from models.front_office.service.complaints import (
    ANSWER_OUTCOMES,
    TRANSITIONS,
    Complaint,
    ComplaintEvent,
    ComplaintStatus,
    Outcome,
)
from models.front_office.service.correspondence import CorrespondenceKind
from models.kit.base import new_id, now
from models.kit.masking import mask
from models.kit.money import CurrencyCode
from models.kit.states import move_to
from resolvers.both_offices import clocks
from resolvers.both_offices.notifications import notify
from resolvers.events import record
from resolvers.front_office.after_sales.returns.redress import put_right
from resolvers.front_office.service.answers import Offer, Price, check_offer, may_grant, who_may_approve
from resolvers.front_office.service.complaints.steps import MACHINE, save
from resolvers.front_office.service.correspondence import correspond
from resolvers.front_office.service.stages import work_on
from resolvers.kit.commands import DryRunnable, Key, Keys, Update, command, member
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.loading import load
from resolvers.kit.problems import DryRun
from resolvers.kit.viewer import Viewer


@command
class AnswerComplaint(Update, DryRunnable):
    """What the customer is answered."""

    complaint: Key[Complaint] = member("The complaint.")
    outcome: Outcome = member("UPHELD, PARTLY_UPHELD or NOT_UPHELD.")
    answer: str = member("The answer as the customer gets it.")
    reasons: str | None = member("Why. Both offices read it, so who the customer is gets masked.", default=None)
    redress: Redress = member(
        "What the customer is offered. REFUND, CREDIT and GOODWILL need an amount; REPLACEMENT counts as what the"
        " goods were sold for.",
        default=Redress.NONE,
    )
    amount: Decimal | None = member(
        "How much. Above the viewer's limit, a second person approves it first.", default=None
    )
    currency: CurrencyCode | None = member(
        "The amount's currency; left out, that of the complaint's order.", default=None
    )


async def answer_complaint(viewer: Viewer, given: AnswerComplaint) -> Keys:
    """Brings the answer to the customer, once no department works on the complaint any more. With redress above the
    viewer's limit, the complaint is AWAITING_APPROVAL until a second person has approved it.
    """
    errors = InputErrors()
    text = errors.text("answer", given.answer)
    reasons = errors.optional_text("reasons", given.reasons)
    check_outcome(given.outcome, errors)
    complaint = await load(viewer, Complaint, given.complaint, errors, given.expected_version)
    await check_answering(viewer, complaint, errors)
    price = await check_offer(Offer(given.redress, given.amount, given.currency), complaint, errors)
    errors.raise_if_any()
    at = now()
    if reasons:
        reasons = mask(reasons, await Customer.get(id=complaint.customer_id))
    drafted = ComplaintAnswer(
        id=new_id(),
        complaint_id=complaint.id,
        stage=complaint.stage,
        outcome=given.outcome,
        text=text,
        reasons=reasons,
        redress=given.redress,
        amount_minor=price.minor if price else None,
        currency=price.currency if price else None,
        status=AnswerStatus.TO_CONFIRM,
        made_at=at,
        version=0,
    )
    await put_forward(viewer, complaint, drafted, price, at)
    if given.dry_run:
        raise DryRun(masked_text=reasons)
    return {"complaint": complaint.id}


def check_outcome(outcome: Outcome, errors: InputErrors) -> None:
    """Notes when a complaint cannot be answered with this."""
    if outcome not in ANSWER_OUTCOMES:
        errors.add("outcome", "An answered complaint is UPHELD, PARTLY_UPHELD or NOT_UPHELD.")


async def check_answering(viewer: Viewer, complaint: Complaint, errors: InputErrors) -> None:
    """Notes when the viewer cannot answer the complaint now; one whose answer waits for approval has its answer."""
    await MACHINE.check(viewer, complaint, "answerComplaint", ComplaintStatus.ANSWERED, errors)
    await work_on(viewer, complaint, errors)


async def put_forward(
    viewer: Viewer, complaint: Complaint, answer: ComplaintAnswer, price: Price | None, at: datetime
) -> None:
    """Sends an answer that has been checked, or proposes it when the viewer may not grant its redress alone."""
    tried = await ComplaintAnswer.filter(
        complaint_id=complaint.id, stage=complaint.stage, attempt__isnull=False
    ).count()
    answer.attempt = tried + 1
    answer.proposed_by_id, answer.proposed_at = viewer.account, at
    if await may_grant(viewer, complaint, price):
        await send(viewer, complaint, answer, at)
        return
    assert price is not None
    move_to(answer, AnswerStatus.PROPOSED, ANSWER_TRANSITIONS)
    await save_answer(answer)
    if complaint.status == ComplaintStatus.AWAITING_CUSTOMER:
        # We wait for ourselves now, and no longer for the customer.
        await clocks.resume(
            ClockKind.ANSWER_COMPLAINT, complaint, ClockReason.CUSTOMER_REPLIED, at=at, actor=viewer.account
        )
    move_to(complaint, ComplaintStatus.AWAITING_APPROVAL, TRANSITIONS)
    await save(complaint)
    await record(AnswerEvent.REDRESS_PROPOSED, complaint, actor=viewer, at=at)
    await notify(
        NotificationKind.APPROVAL_NEEDED,
        await who_may_approve(complaint, price, viewer.account),
        complaint,
        answer,
        at=at,
        actor=viewer.account,
    )


async def send(viewer: Viewer, complaint: Complaint, answer: ComplaintAnswer, at: datetime) -> None:
    """Gives the customer an answer that may go out, and what it grants. What a major case wanted to say is withdrawn."""
    move_to(answer, AnswerStatus.SENT, ANSWER_TRANSITIONS)
    answer.sent_at = at
    await save_answer(answer)
    await put_right(viewer, complaint, answer, at)
    await withdraw_answers(complaint, "Another answer was sent.", at, AnswerStatus.TO_CONFIRM)
    move_to(complaint, ComplaintStatus.ANSWERED, TRANSITIONS)
    complaint.answer, complaint.answered_at, complaint.outcome = answer.text, at, answer.outcome
    await save(complaint)
    await correspond(complaint, CorrespondenceKind.ANSWER, at=at, by=viewer.account, answer=answer.text)
    await clocks.stop_all(complaint, ClockReason.ANSWERED, at=at, actor=viewer.account)
    await record(ComplaintEvent.ANSWERED, complaint, actor=viewer, at=at)


async def save_answer(answer: ComplaintAnswer) -> None:
    """Stores a change under a new version."""
    answer.version += 1
    await answer.save()


async def withdraw_answers(complaint: Complaint, reason: str, at: datetime, *statuses: AnswerStatus) -> None:
    """Withdraws a complaint's answers of these statuses, which then will never be sent. Both offices read the reason."""
    found = ComplaintAnswer.filter(complaint_id=complaint.id, status__in=list(statuses)).order_by("id")
    for answer in await found.select_for_update():
        move_to(answer, AnswerStatus.WITHDRAWN, ANSWER_TRANSITIONS)
        answer.decided_at, answer.decision_reason = at, reason
        await save_answer(answer)
