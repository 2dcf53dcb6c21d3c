"""Approving or rejecting the redress of an answer, by a second person: never by who proposed it, nor by who wrote its case's."""

from datetime import datetime

from models.both_offices.notifications import NotificationKind
from models.front_office.customers import Customer
from models.front_office.service.answers import TRANSITIONS as ANSWER_TRANSITIONS
from models.front_office.service.answers import AnswerEvent, AnswerStatus, ComplaintAnswer, Redress
from models.front_office.service.complaints import Complaint
from models.kit.base import now
from models.kit.masking import mask
from models.kit.states import Guard, move_to
from models.permissions import Permission
from resolvers.both_offices.notifications import notify
from resolvers.events import record
from resolvers.front_office.after_sales.returns.redress import check_refund, the_order_of
from resolvers.front_office.service.answers import MACHINE, Price, granted_with, may_grant, price_of_replacement
from resolvers.front_office.service.complaints.answering import save_answer, send
from resolvers.front_office.service.complaints.steps import back_to_work
from resolvers.front_office.service.stages import work_on
from resolvers.kit.commands import DryRunnable, Key, Keys, Update, command, member
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.loading import load_with_owner
from resolvers.kit.problems import DryRun
from resolvers.kit.viewer import Viewer


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
    if not await may_grant(viewer, complaint, price):
        total = await granted_with(complaint, price)
        errors.add("answer", f"With this the customer gets {total}, which is above your own limit.", "ABOVE_LIMIT")
    errors.raise_if_any()
    at = now()
    answer.decided_by_id, answer.decided_at = viewer.account, at
    await record(AnswerEvent.REDRESS_APPROVED, complaint, actor=viewer, at=at)
    await send(viewer, complaint, answer, at)
    await _tell_proposer(viewer, complaint, answer, at)
    return {"answer": answer.id}


async def reject_redress(viewer: Viewer, given: RejectRedress) -> Keys:
    """Rejects the redress of a proposed answer: the complaint goes back to work. Never for who proposed it."""
    errors = InputErrors()
    text = errors.text("reason", given.reason)
    complaint, answer = await _proposed(viewer, given, "rejectRedress", AnswerStatus.REJECTED, errors)
    errors.raise_if_any()
    at = now()
    answer.decided_by_id = viewer.account
    await _back_to_work(viewer, complaint, answer, AnswerStatus.REJECTED, text, at)
    await record(AnswerEvent.REDRESS_REJECTED, complaint, actor=viewer, at=at)
    await _tell_proposer(viewer, complaint, answer, at)
    if given.dry_run:
        raise DryRun(masked_text=answer.decision_reason)
    return {"answer": answer.id}


async def withdraw_answer(viewer: Viewer, given: WithdrawAnswer) -> Keys:
    """Takes a proposed answer back before anybody has decided about it: the complaint goes back to work."""
    errors = InputErrors()
    text = errors.optional_text("reason", given.reason)
    complaint, answer = await _answer(viewer, given, errors)
    await MACHINE.check(viewer, answer, "withdrawAnswer", AnswerStatus.WITHDRAWN, errors)
    await work_on(viewer, complaint, errors, member="answer")
    errors.raise_if_any()
    at = now()
    await _back_to_work(viewer, complaint, answer, AnswerStatus.WITHDRAWN, text, at)
    await record(AnswerEvent.REDRESS_WITHDRAWN, complaint, actor=viewer, at=at)
    if given.dry_run:
        raise DryRun(masked_text=answer.decision_reason)
    return {"answer": answer.id}


# --- Steps that several verbs share ---

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
    viewer: Viewer, complaint: Complaint, answer: ComplaintAnswer, to: AnswerStatus, reason: str | None, at: datetime
) -> None:
    """Ends an answer unsent; its complaint is where it was before: with its departments, or with nobody.

    Both offices read the reason.
    """
    # What the back office writes stays as it is: whoever guesses a name would read in the mask that the guess was right.
    if reason and viewer.may(Permission.ENTER_FRONT_OFFICE):
        reason = mask(reason, await Customer.get(id=complaint.customer_id))  # type: ignore[attr-defined]
    move_to(answer, to, ANSWER_TRANSITIONS)
    answer.decided_at, answer.decision_reason = at, reason
    await save_answer(answer)
    await back_to_work(viewer, complaint)


async def _tell_proposer(viewer: Viewer, complaint: Complaint, answer: ComplaintAnswer, at: datetime) -> None:
    await notify(
        NotificationKind.REDRESS_DECIDED,
        [answer.proposed_by_id],
        complaint,
        answer,
        at=at,
        actor=viewer.account,
    )
