"""Answering the customer, once no department works on the complaint any more, and deciding about the redress of an answer.

The surprising rule: redress above the answering account's limit does not go out; it waits for a second person, who is neither
who proposed it nor who wrote its case's.
"""

from datetime import datetime
from decimal import Decimal

from models.both_offices.clocks.policies import ClockKind
from models.both_offices.clocks.running import ClockReason
from models.both_offices.notifications import NotificationKind
from models.front_office.after_sales.returns import took_money_sql
from models.front_office.identities import masked
from models.front_office.service.answers import AnswerEvent, AnswerStatus, ComplaintAnswer, Redress
from models.front_office.service.complaints import (
    ANSWER_OUTCOMES,
    Complaint,
    ComplaintEvent,
    ComplaintStatus,
    Outcome,
)
from models.front_office.service.correspondence import CorrespondenceKind
from models.kit.base import new_id, now
from models.kit.money import CurrencyCode
from models.kit.states import Guard, move_to
from resolvers.both_offices import clocks
from resolvers.both_offices.notifications import notify
from resolvers.events import record
from resolvers.front_office.after_sales.returns.limits import holds
from resolvers.front_office.after_sales.returns.redress import check_refund, check_replacement, put_right, the_order_of
from resolvers.front_office.service.answers import (
    MACHINE,
    Offer,
    Price,
    check_offer,
    granted_with,
    may_grant,
    price_of_replacement,
    who_may_approve,
)
from resolvers.front_office.service.complaints.working import check_work, status_at_work, work_on
from resolvers.front_office.service.correspondence import correspond
from resolvers.kit.commands import DryRunnable, InputErrors, Key, Keys, Update, Viewer, command, member
from resolvers.kit.loading import load, load_with_owner


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
    await check_work(viewer, complaint, "answerComplaint", ComplaintStatus.ANSWERED, errors)
    price = await check_offer(Offer(given.redress, given.amount, given.currency), complaint, errors)
    errors.raise_if_any()
    at = now()
    reasons = reasons and await masked(viewer.permissions, reasons, complaint)
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
    given.end_if_dry(masked_text=reasons)
    return {"complaint": complaint.id}


def check_outcome(outcome: Outcome, errors: InputErrors) -> None:
    """Notes when a complaint cannot be answered with this."""
    if outcome not in ANSWER_OUTCOMES:
        errors.add("outcome", "An answered complaint is UPHELD, PARTLY_UPHELD or NOT_UPHELD.")


async def put_forward(
    viewer: Viewer, complaint: Complaint, answer: ComplaintAnswer, price: Price | None, at: datetime
) -> None:
    """Sends an answer that has been checked, or proposes it when the viewer may not grant its redress alone."""
    tried = await ComplaintAnswer.filter(
        complaint_id=complaint.id, stage=complaint.stage, attempt__isnull=False
    ).count()
    answer.attempt = tried + 1
    answer.proposed_by_id, answer.proposed_at = viewer.account, at
    if await may_grant(viewer, complaint, answer.redress, price):
        await send(viewer, complaint, answer, at)
        return
    assert price is not None
    move_to(answer, AnswerStatus.PROPOSED)
    await answer.save_next_version()
    if complaint.status == ComplaintStatus.AWAITING_CUSTOMER:
        # We wait for ourselves now, and no longer for the customer.
        await clocks.resume(
            ClockKind.ANSWER_COMPLAINT, complaint, ClockReason.CUSTOMER_REPLIED, at=at, actor=viewer.account
        )
    move_to(complaint, ComplaintStatus.AWAITING_APPROVAL)
    await complaint.save_next_version()
    await record(AnswerEvent.REDRESS_PROPOSED, complaint, actor=viewer, at=at)
    approvers = await who_may_approve(viewer, complaint, answer.redress, price)
    await notify(NotificationKind.APPROVAL_NEEDED, approvers, complaint, answer, at=at, actor=viewer.account)


async def send(
    viewer: Viewer, complaint: Complaint, answer: ComplaintAnswer, at: datetime, member: str = "complaint"
) -> None:
    """Gives the customer an answer that may go out, and what it grants. What a major case wanted to say is withdrawn.

    `member` of the input is what it is about if something is short.
    """
    move_to(answer, AnswerStatus.SENT)
    answer.sent_at = at
    await answer.save_next_version()
    await put_right(viewer, complaint, answer, at, member)
    await withdraw_answers(complaint, "Another answer was sent.", at, AnswerStatus.TO_CONFIRM)
    move_to(complaint, ComplaintStatus.ANSWERED)
    complaint.answer, complaint.answered_at, complaint.outcome = answer.text, at, answer.outcome
    await complaint.save_next_version()
    await correspond(complaint, CorrespondenceKind.ANSWER, at=at, by=viewer.account, answer=answer.text)
    await clocks.stop_all(complaint, ClockReason.ANSWERED, at=at, actor=viewer.account)
    await record(ComplaintEvent.ANSWERED, complaint, actor=viewer, at=at)


async def withdraw_answers(complaint: Complaint, reason: str, at: datetime, *statuses: AnswerStatus) -> None:
    """Withdraws a complaint's answers of these statuses, which then will never be sent. Both offices read the reason."""
    found = ComplaintAnswer.filter(complaint_id=complaint.id, status__in=list(statuses)).order_by("id")
    for answer in await found.select_for_update():
        move_to(answer, AnswerStatus.WITHDRAWN)
        answer.decided_at, answer.decision_reason = at, reason
        await answer.save_next_version()


# --- Deciding about redress ---


@command
class ApproveRedress(Update):
    """Which answer's redress is approved."""

    answer: Key[ComplaintAnswer] = member("The answer, which is PROPOSED and somebody else's.")


@command
class RejectRedress(Update, DryRunnable):
    """Which answer's redress is rejected, and why."""

    answer: Key[ComplaintAnswer] = member("The answer, which is PROPOSED and somebody else's.")
    reason: str = member("Why. Who the customer is gets masked.")


@command
class WithdrawAnswer(Update, DryRunnable):
    """Which proposed answer is taken back."""

    answer: Key[ComplaintAnswer] = member("The answer, which is PROPOSED.")
    reason: str | None = member("Why. Who the customer is gets masked.", default=None)


async def approve_redress(viewer: Viewer, given: ApproveRedress) -> Keys:
    """Approves the redress of a proposed answer, and sends it. Never for who proposed it."""
    errors = InputErrors()
    complaint, answer = await _proposed(viewer, given, "approveRedress", AnswerStatus.SENT, errors)
    price = Price(answer.amount_minor, answer.currency)
    order = await the_order_of(complaint)
    # More may have been shipped since it was proposed, and be replaced now.
    if worth := await price_of_replacement(answer.redress, complaint):
        price, answer.amount_minor = worth, worth.minor
    if order is not None and answer.redress == Redress.REFUND:
        await check_refund(order, price.minor, errors, "answer", but=answer.id)
    if answer.redress == Redress.REPLACEMENT:
        await check_replacement(complaint, errors, "answer")
    if answer.redress == Redress.REFUND and order and await holds(viewer, took_money_sql(f"'{order.id}'")):
        errors.add("answer", "You recorded the order's payment: somebody else gives it back.", "RECORDED_PAYMENT")
    elif not await may_grant(viewer, complaint, answer.redress, price):
        total = await granted_with(viewer, complaint, price)
        message = (
            f"For this order and within 30 days the customer gets {total} with this, which is above your own limit."
        )
        errors.add("answer", message, "ABOVE_LIMIT")
    errors.raise_if_any()
    at = now()
    answer.decided_by_id, answer.decided_at = viewer.account, at
    await record(AnswerEvent.REDRESS_APPROVED, complaint, actor=viewer, at=at)
    await send(viewer, complaint, answer, at, member="answer")
    await _tell_proposer(viewer, complaint, answer)
    return {"answer": answer.id}


async def reject_redress(viewer: Viewer, given: RejectRedress) -> Keys:
    """Rejects the redress of a proposed answer: the complaint goes back to work. Never for who proposed it."""
    errors = InputErrors()
    text = errors.text("reason", given.reason)
    complaint, answer = await _proposed(viewer, given, "rejectRedress", AnswerStatus.REJECTED, errors)
    errors.raise_if_any()
    answer.decided_by_id = viewer.account
    await _back_to_work(viewer, complaint, answer, AnswerStatus.REJECTED, AnswerEvent.REDRESS_REJECTED, text)
    await _tell_proposer(viewer, complaint, answer)
    given.end_if_dry(masked_text=answer.decision_reason)
    return {"answer": answer.id}


async def withdraw_answer(viewer: Viewer, given: WithdrawAnswer) -> Keys:
    """Takes a proposed answer back before anybody has decided about it: the complaint goes back to work."""
    errors = InputErrors()
    text = errors.optional_text("reason", given.reason)
    complaint, answer = await _answer(viewer, given, errors)
    await MACHINE.check(viewer, answer, "withdrawAnswer", AnswerStatus.WITHDRAWN, errors)
    await work_on(viewer, complaint, errors, member="answer")
    errors.raise_if_any()
    await _back_to_work(viewer, complaint, answer, AnswerStatus.WITHDRAWN, AnswerEvent.REDRESS_WITHDRAWN, text)
    given.end_if_dry(masked_text=answer.decision_reason)
    return {"answer": answer.id}


_Deciding = ApproveRedress | RejectRedress | WithdrawAnswer


async def _answer(viewer: Viewer, given: _Deciding, errors: InputErrors) -> tuple[Complaint, ComplaintAnswer]:
    """The answer, locked after its complaint: all verbs lock in this order."""
    return await load_with_owner(
        viewer, ComplaintAnswer, given.answer, Complaint, "complaint_id", errors, given.expected_version
    )


async def _proposed(
    viewer: Viewer, given: _Deciding, verb: str, to: AnswerStatus, errors: InputErrors
) -> tuple[Complaint, ComplaintAnswer]:
    """The answer, when the viewer may decide about it."""
    complaint, answer = await _answer(viewer, given, errors)
    await MACHINE.check_step(viewer, answer, verb, to, errors)
    # What else might be wrong is about an answer that waits for a decision.
    errors.raise_if_any()
    await MACHINE.check_guards(viewer, answer, [Guard.SECOND_PERSON], errors)
    await work_on(viewer, complaint, errors, member="answer")
    return complaint, answer


async def _back_to_work(
    viewer: Viewer,
    complaint: Complaint,
    answer: ComplaintAnswer,
    to: AnswerStatus,
    kind: AnswerEvent,
    reason: str | None,
) -> None:
    """Ends an answer unsent; its complaint is where it was before: with its departments, or with nobody.

    Both offices read the reason.
    """
    move_to(answer, to)
    answer.decided_at = now()
    answer.decision_reason = reason and await masked(viewer.permissions, reason, complaint)
    await answer.save_next_version()
    move_to(complaint, await status_at_work(complaint))
    await complaint.save_next_version()
    await record(kind, complaint, actor=viewer, at=answer.decided_at)


async def _tell_proposer(viewer: Viewer, complaint: Complaint, answer: ComplaintAnswer) -> None:
    kind, actor = NotificationKind.REDRESS_DECIDED, viewer.account
    await notify(kind, [answer.proposed_by_id], complaint, answer, at=answer.decided_at, actor=actor)
