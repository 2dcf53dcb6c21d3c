"""A major case confirmed, answered once and closed; and its answer at each complaint, with all that an answer must obey."""

from decimal import Decimal

from models.front_office.identities import masked
from models.front_office.service.answers import REDRESS_WITH_AMOUNT, AnswerStatus, ComplaintAnswer, Redress
from models.front_office.service.cases import CaseEvent, CaseStatus, MajorCase
from models.front_office.service.complaints import Complaint, ComplaintStatus, Outcome
from models.kit.base import now
from models.kit.money import CurrencyCode, amount_of
from models.kit.states import Guard, move_to
from resolvers.front_office.service.answers import Offer, check_offer
from resolvers.front_office.service.cases.gathering import (
    pass_down,
    record_case,
)
from resolvers.front_office.service.complaints.answering import check_outcome, put_forward
from resolvers.front_office.service.complaints.working import check_work, stage_of_work, work_on
from resolvers.kit.commands import LONGEST_LINE, DryRunnable, InputErrors, Key, Keys, Update, Viewer, command, member
from resolvers.kit.loading import load
from resolvers.kit.problems import Refused, StaleVersion
from resolvers.kit.state_machine import Refusal, Row, StateMachine


def _nothing_waits(row: Row) -> str:
    """A condition that no complaint of a case still has its answer to confirm or decline."""
    waiting = f"waiting.case_id = {row.column('id')} AND waiting.status = '{AnswerStatus.TO_CONFIRM.value}'"
    return f"NOT EXISTS (SELECT 1 FROM complaint_answers waiting WHERE {waiting})"


MACHINE = StateMachine(
    MajorCase,
    {Guard.SETTLED: _nothing_waits},
    {
        Guard.SETTLED: Refusal(
            "UNCONFIRMED_ANSWERS", "Some of its complaints wait for somebody to confirm or decline the answer."
        )
    },
)


@command
class ConfirmCase(Update, DryRunnable):
    """Which proposed case is one."""

    case: Key[MajorCase] = member("The case, which is PROPOSED.")
    title: str | None = member("A better title. Who the attached customers are gets masked.", default=None)


@command
class AnswerCase(Update, DryRunnable):
    """What all customers of a case are answered."""

    case: Key[MajorCase] = member("The case, which is OPEN.")
    outcome: Outcome = member("UPHELD, PARTLY_UPHELD or NOT_UPHELD.")
    answer: str = member("The answer as each customer will get it.")
    reasons: str | None = member("Why. Both offices read it, so who the customers are gets masked.", default=None)
    redress: Redress = member("What each is offered. REFUND, CREDIT and GOODWILL need an amount.", default=Redress.NONE)
    amount: Decimal | None = member("How much each.", default=None)
    currency: CurrencyCode | None = member("The amount's currency.", default=None)


@command
class CloseCase(Update, DryRunnable):
    """Which case is done with."""

    case: Key[MajorCase] = member("The case.")
    reason: str | None = member("Why; needed without an answer. Who the customers are gets masked.", default=None)


async def confirm_case(viewer: Viewer, given: ConfirmCase) -> Keys:
    """Says that a proposed case is one."""
    errors = InputErrors()
    title = errors.optional_text("title", given.title, LONGEST_LINE)
    case, complaints = await _ready(viewer, given, "confirmCase", CaseStatus.OPEN, errors)
    errors.raise_if_any()
    move_to(case, CaseStatus.OPEN)
    if title is not None:
        case.title = (await masked(viewer.permissions, title, case))[:LONGEST_LINE]
    await case.save_next_version()
    await record_case(CaseEvent.OPENED, viewer.account, complaints, now())
    given.end_if_dry(masked_text=None if title is None else case.title)
    return {"case": case.id}


async def answer_case(viewer: Viewer, given: AnswerCase) -> Keys:
    """Answers a case. The answer waits at each of its unanswered complaints for somebody to confirm it, one by one."""
    errors = InputErrors()
    answer = errors.text("answer", given.answer)
    reasons = errors.optional_text("reasons", given.reasons)
    check_outcome(given.outcome, errors)
    case, complaints = await _ready(viewer, given, "answerCase", CaseStatus.ANSWERED, errors)
    price = await check_offer(Offer(given.redress, given.amount, given.currency), None, errors)
    errors.raise_if_any()
    at = now()
    reasons = reasons and await masked(viewer.permissions, reasons, case)
    move_to(case, CaseStatus.ANSWERED)
    case.outcome, case.answer, case.reasons, case.redress = given.outcome, answer, reasons, given.redress
    case.amount_minor, case.currency = (price.minor, price.currency) if price else (None, None)
    case.answered_at, case.answered_by_id = at, viewer.account
    await case.save_next_version()
    await record_case(CaseEvent.ANSWERED, viewer.account, complaints, at)
    await pass_down(case, complaints, at)
    given.end_if_dry(masked_text=case.reasons)
    return {"case": case.id}


async def close_case(viewer: Viewer, given: CloseCase) -> Keys:
    """Closes a case: answered and confirmed everywhere, or without an answer for a reason."""
    errors = InputErrors()
    case, complaints = await _ready(viewer, given, "closeCase", CaseStatus.CLOSED, errors)
    reason = errors.optional_text("reason", given.reason)
    if case.status in {CaseStatus.PROPOSED, CaseStatus.OPEN} and reason is None:
        errors.add("reason", "A case that was not answered is closed for a reason.")
    errors.raise_if_any()
    at = now()
    move_to(case, CaseStatus.CLOSED)
    case.closed_at = at
    case.closing_reason = reason and await masked(viewer.permissions, reason, case)
    await case.save_next_version()
    await record_case(CaseEvent.CLOSED, viewer.account, complaints, at)
    given.end_if_dry(masked_text=case.closing_reason)
    return {"case": case.id}


async def _ready(
    viewer: Viewer, given: ConfirmCase | AnswerCase | CloseCase, verb: str, to: CaseStatus, errors: InputErrors
) -> tuple[MajorCase, list[Complaint]]:
    """The case and its complaints, in the order of their keys, all locked: the complaints first. Notes when the verb cannot be.

    Who attaches one in between wins: what is said about all complaints of a case should be said knowing which they are.
    """
    key = given.case.id
    complaints = await Complaint.filter(case_id=key).order_by("id").select_for_update() if key else []
    case = await load(viewer, MajorCase, given.case, errors, given.expected_version)
    present = await Complaint.filter(case_id=case.id).order_by("id").values_list("id", flat=True)
    if list(present) != [complaint.id for complaint in complaints]:
        message = "A complaint was attached to it or detached from it at this moment. Look at it again."
        raise Refused([StaleVersion("STALE_VERSION", message, ("input", "case"), current_version=case.version)])
    await MACHINE.check(viewer, case, verb, to, errors)
    return case, complaints


# --- At each complaint ---


@command
class ConfirmCaseAnswer(Update):
    """Which complaint gets its case's answer."""

    complaint: Key[Complaint] = member("The complaint.")
    text: str | None = member("The answer in words for this customer; left out, the case's own.", default=None)


@command
class DeclineCaseAnswer(Update, DryRunnable):
    """Which complaint does not get its case's answer."""

    complaint: Key[Complaint] = member("The complaint.")
    reason: str | None = member("Why. Who the customer is gets masked.", default=None)


async def confirm_case_answer(viewer: Viewer, given: ConfirmCaseAnswer) -> Keys:
    """Gives a complaint its case's answer. Limits, approval and all else hold as for any answer."""
    errors = InputErrors()
    text = errors.optional_text("text", given.text)
    complaint = await load(viewer, Complaint, given.complaint, errors, given.expected_version)
    answer = await _waiting(complaint, errors)
    await check_work(viewer, complaint, "confirmCaseAnswer", ComplaintStatus.ANSWERED, errors)
    await _check_author(complaint, answer, errors)
    offer = Offer(answer.redress)
    if answer.redress in REDRESS_WITH_AMOUNT:
        offer = Offer(answer.redress, amount_of(answer.amount_minor, answer.currency), answer.currency)
    price = await check_offer(offer, complaint, errors, member="complaint")
    errors.raise_if_any()
    answer.amount_minor, answer.currency = (price.minor, price.currency) if price else (None, None)
    answer.text = text or answer.text
    answer.stage = complaint.stage
    await put_forward(viewer, complaint, answer, price, now())
    return {"complaint": complaint.id, "answer": answer.id}


async def decline_case_answer(viewer: Viewer, given: DeclineCaseAnswer) -> Keys:
    """Says that a complaint needs another answer than its case."""
    # Somebody answers it by hand.
    errors = InputErrors()
    reason = errors.optional_text("reason", given.reason)
    complaint = await load(viewer, Complaint, given.complaint, errors, given.expected_version)
    answer = await _waiting(complaint, errors)
    await work_on(viewer, complaint, errors)
    errors.raise_if_any()
    move_to(answer, AnswerStatus.WITHDRAWN)
    answer.decided_by_id, answer.decided_at = viewer.account, now()
    answer.decision_reason = reason and await masked(viewer.permissions, reason, complaint)
    await answer.save_next_version()
    given.end_if_dry(masked_text=answer.decision_reason)
    return {"complaint": complaint.id, "answer": answer.id}


async def _check_author(complaint: Complaint, answer: ComplaintAnswer, errors: InputErrors) -> None:
    """Notes that who wrote the case's answer works at this stage too, for their words decide it, or why they must not."""
    case = await MajorCase.get(id=answer.case_id)
    assert case.answered_by_id is not None, "A case whose answer waits has been answered."
    if await stage_of_work(case.answered_by_id, complaint.id, complaint.stage) != complaint.stage:
        message = "Who answered the case has worked on this complaint at another stage. Decline it, and answer by hand."
        errors.add("complaint", message, "EARLIER_HANDLER")


async def _waiting(complaint: Complaint, errors: InputErrors) -> ComplaintAnswer:
    """The complaint's answer that waits to be confirmed; refuses at once when there is none."""
    # Locked: whoever attaches somebody else to the case masks them in its reasons, here too.
    waiting = ComplaintAnswer.filter(complaint_id=complaint.id, status=AnswerStatus.TO_CONFIRM)
    answer = await waiting.select_for_update().get_or_none()
    if answer is None:
        errors.add("complaint", f"No case's answer waits at {complaint.number}.", "NOTHING_TO_CONFIRM")
        raise errors.refusal()
    return answer
