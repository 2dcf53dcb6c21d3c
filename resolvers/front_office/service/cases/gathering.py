"""Major cases: opened by hand or proposed by a rule, and filled with complaints.

The surprising rule: both offices read a case's title, so each customer whose complaint is attached is masked in it. Locks are
taken in one order, complaints before their case.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from models.back_office.products.catalogue import Product
from models.both_offices.notifications import NotificationKind
from models.front_office.identities import KNOWING, masked
from models.front_office.service.answers import AnswerStatus, ComplaintAnswer, Redress
from models.front_office.service.cases import OPEN_CASES, CaseEvent, CaseStatus, MajorCase
from models.front_office.service.complaints import UNANSWERED, Category, Complaint
from models.kit.base import new_id, now
from models.kit.events import EventKind
from resolvers.both_offices.notifications import notify
from resolvers.events import record
from resolvers.front_office.after_sales.returns.redress import worth_of_replacement
from resolvers.front_office.identities import mask_one_another
from resolvers.front_office.service.complaints.answering import withdraw_answers
from resolvers.kit.commands import LONGEST_LINE, Command, DryRunnable, InputErrors, Key, Keys, Viewer, command, member
from resolvers.kit.loading import find, load, visible_among
from resolvers.kit.numbers import next_number

MOST_AT_ONCE = 100
"""Complaints that a case can be opened with; more are attached one by one."""


@command
class OpenCase(Command, DryRunnable):
    """A case as somebody opens it."""

    title: str = member("What it is about, in a line. Who the attached customers are gets masked.")
    product: Key[Product] | None = member("Which product it is about.", default=None)
    category: Category | None = member("What its complaints are about.", default=None)
    complaints: tuple[Key[Complaint], ...] = member("Complaints that belong to it, at most 100.", default=())


@command
class AttachToCase(Command):
    """Which complaint belongs to which case."""

    case: Key[MajorCase] = member("The case.")
    complaint: Key[Complaint] = member("The complaint, which is in no other open case.")


@command
class DetachFromCase(Command):
    """Which complaint does not belong to its case."""

    complaint: Key[Complaint] = member("The complaint.")


async def open_case(viewer: Viewer, given: OpenCase) -> Keys:
    """Opens a major case."""
    errors = InputErrors()
    title = errors.text("title", given.title, LONGEST_LINE)
    product = await find(viewer, Product, given.product, errors)
    if len(given.complaints) > MOST_AT_ONCE:
        errors.add("complaints", f"A case is opened with at most {MOST_AT_ONCE} complaints.")
        errors.raise_if_any()
    keys = {key.id for key in given.complaints}
    complaints = await visible_among(viewer, Complaint, [key for key in keys if key], lock=True)
    if len(complaints) < len(keys):
        errors.not_found("complaints", "complaint")
    for complaint in complaints:
        await _check_free(complaint, errors, "complaints")
    errors.raise_if_any()
    at = now()
    case = await MajorCase.create(
        id=new_id(),
        number=await next_number("CAS", at),
        title=(await masked(viewer.permissions, title, *complaints))[:LONGEST_LINE],
        status=CaseStatus.OPEN,
        product_id=product.id if product else None,
        category=given.category,
        opened_at=at,
        opened_by_id=viewer.account,
    )
    for complaint in complaints:
        await attach(case, complaint, viewer.account, at)
    await mask_one_another(complaints)
    await record_case(CaseEvent.OPENED, viewer.account, complaints, at)
    given.end_if_dry(masked_text=case.title)
    return {"case": case.id}


async def attach_to_case(viewer: Viewer, given: AttachToCase) -> Keys:
    """Attaches a complaint to a case. Where the case has its answer, that waits at the complaint, too."""
    errors = InputErrors()
    complaint = await load(viewer, Complaint, given.complaint, errors)
    case = await load(viewer, MajorCase, given.case, errors)
    if case.status == CaseStatus.CLOSED:
        errors.add("case", f"{case.number} is closed.", "CASE_CLOSED")
    if complaint.case_id == case.id:
        errors.add("complaint", f"{complaint.number} is attached already.", "ALREADY_ATTACHED")
    else:
        await _check_free(complaint, errors, "complaint")
    errors.raise_if_any()
    await attach(case, complaint, viewer.account, now())
    await mask_one_another([complaint])
    return {"case": case.id, "complaint": complaint.id}


async def detach_from_case(viewer: Viewer, given: DetachFromCase) -> Keys:
    """Takes a complaint out of its case."""
    # What the case wanted to answer is withdrawn.
    errors = InputErrors()
    complaint = await load(viewer, Complaint, given.complaint, errors)
    case = complaint.case_id
    if case is None:
        errors.add("complaint", f"{complaint.number} is attached to no case.", "NOT_ATTACHED")
        raise errors.refusal()
    at = now()
    await withdraw_answers(complaint, "It was taken out of its case.", at, AnswerStatus.TO_CONFIRM)
    complaint.case_id = None
    await complaint.save_next_version()
    await record(CaseEvent.COMPLAINT_DETACHED, complaint, actor=viewer, at=at)
    return {"case": case, "complaint": complaint.id}


async def record_case(kind: EventKind, actor: UUID | None, complaints: Iterable[Complaint], at: datetime) -> None:
    """Records what happened to a case in the history of each of its complaints."""
    for complaint in complaints:
        await record(kind, complaint, actor=actor, at=at)


async def attach(case: MajorCase, complaint: Complaint, actor: UUID | None, at: datetime) -> None:
    """Attaches a complaint to a case; both are locked, and the complaint is in no other open one.

    Whoever attaches all that they will has them masked in what was written about one another (`mask_one_another`).
    """
    complaint.case_id = case.id
    await complaint.save_next_version()
    await case.save_next_version()
    await record(CaseEvent.COMPLAINT_ATTACHED, complaint, actor=actor, at=at)
    if case.status == CaseStatus.ANSWERED:
        await pass_down(case, [complaint], at)


async def pass_down(case: MajorCase, complaints: Iterable[Complaint], at: datetime) -> None:
    """Lays the case's answer before each complaint that has none yet; who received it is told. Nothing goes out."""
    for complaint in complaints:
        if complaint.status not in UNANSWERED:
            continue
        worth = await worth_of_replacement(complaint) if case.redress is Redress.REPLACEMENT else None
        answer = await ComplaintAnswer.create(
            id=new_id(),
            complaint_id=complaint.id,
            stage=complaint.stage,
            outcome=case.outcome,
            text=case.answer,
            reasons=case.reasons and await masked(KNOWING, case.reasons, complaint),
            redress=case.redress,
            amount_minor=worth[0] if worth else case.amount_minor,
            currency=worth[1] if worth else case.currency,
            status=AnswerStatus.TO_CONFIRM,
            made_at=at,
            case_id=case.id,
        )
        kind, actor = NotificationKind.CASE_ANSWER_TO_CONFIRM, case.answered_by_id
        await notify(kind, [complaint.received_by_id], complaint, answer, at=at, actor=actor)


async def open_case_of(complaint: Complaint) -> MajorCase | None:
    """The open case that a complaint is attached to."""
    if complaint.case_id is None:
        return None
    return await MajorCase.get_or_none(id=complaint.case_id, status__in=list(OPEN_CASES))


async def _check_free(complaint: Complaint, errors: InputErrors, member: str) -> None:
    """Notes when a complaint is in an open case."""
    if other := await open_case_of(complaint):
        errors.add(member, f"{complaint.number} is attached to {other.number}.", "ALREADY_ATTACHED")
