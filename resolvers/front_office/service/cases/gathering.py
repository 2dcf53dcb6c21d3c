"""Gathering complaints into major cases: by hand, or by a rule that finds several about one product.

The surprising rule: both offices read a case's title, so each customer whose complaint is attached is masked in it.
"""

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tortoise.expressions import Q, Subquery

from models.back_office.products.catalogue import Product
from models.both_offices.notifications import NotificationKind
from models.front_office.customers import Customer
from models.front_office.service.answers import AnswerStatus, ComplaintAnswer, Redress
from models.front_office.service.cases import OPEN_CASES, CaseEvent, CaseStatus, MajorCase
from models.front_office.service.complaints import UNANSWERED, Complaint, ComplaintStatus
from models.kit.base import new_id, now
from models.kit.events import EventSubject, subject_type
from models.kit.masking import mask
from resolvers.both_offices.notifications import notify
from resolvers.events import record
from resolvers.front_office.after_sales.returns.redress import worth_of_replacement
from resolvers.front_office.service.cases.steps import save_case
from resolvers.front_office.service.complaints.answering import save_answer, withdraw_answers
from resolvers.front_office.service.complaints.steps import save
from resolvers.kit.commands import Command, Key, Keys, command, member
from resolvers.kit.input_errors import LONGEST_LINE, InputErrors
from resolvers.kit.loading import load
from resolvers.kit.numbers import next_number
from resolvers.kit.viewer import Viewer

PATIENCE = (0.01, 0.02, 0.04, 0.08)
"""How long, in seconds, a complaint that somebody has in hand is waited for before it is asked for again."""

MOST_AT_ONCE = 100
"""Complaints that a case can be opened with; more are attached one by one."""


@command
class AttachToCase(Command):
    """Which complaint belongs to which case."""

    case: Key[MajorCase] = member("The case.")
    complaint: Key[Complaint] = member("The complaint, which is in no other open case.")


@command
class DetachFromCase(Command):
    """Which complaint does not belong to its case."""

    complaint: Key[Complaint] = member("The complaint.")


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
        await check_free(complaint, errors, "complaint")
    errors.raise_if_any()
    await attach(case, complaint, viewer.account, now())
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
    await save(complaint)
    await record(CaseEvent.COMPLAINT_DETACHED, complaint, actor=viewer, at=at)
    return {"case": case, "complaint": complaint.id}


# --- What rules do ----------------------------------------------------------------------------------------------------


async def propose_case_for(
    complaint: Complaint, at: datetime, within: timedelta = timedelta(days=7)
) -> MajorCase | None:
    """Attaches a locked complaint to the case of its product; None when it is about no product, or in an open case already.

    The case is one that was opened within the given time and has no answer yet; without one, a case is proposed. All other
    unanswered complaints about the product that were received within that time come with it.
    """
    product_key: UUID | None = complaint.product_id
    if product_key is None or not await _is_free(complaint):
        return None
    # Locked, so that two complaints at once do not propose two cases. Not the whole row: what was written meanwhile points at it.
    product = await Product.select_for_update(no_key=True).get(id=product_key)
    found = MajorCase.filter(
        product_id=product.id, status__in=[CaseStatus.PROPOSED, CaseStatus.OPEN], opened_at__gte=at - within
    )
    case = await found.order_by("-opened_at", "-id").select_for_update().first()
    if case is None:
        case = await MajorCase.create(
            id=new_id(),
            number=await next_number("CAS", at),
            title=f"{product.name}: several complaints in a short time"[:LONGEST_LINE],
            status=CaseStatus.PROPOSED,
            product_id=product.id,
            opened_at=at,
        )
        await record(CaseEvent.PROPOSED, complaint, actor=None, at=at)
    # Also for a case that there was: somebody may have had a complaint in hand for longer than it was waited for.
    await _gather_others(case, complaint, at, at - within)
    await attach(case, complaint, None, at)
    return case


async def attach(case: MajorCase, complaint: Complaint, actor: UUID | None, at: datetime) -> None:
    """Attaches a complaint to a case; both are locked, and the complaint is in no other open one."""
    complaint.case_id = case.id
    await save(complaint)
    await mask_case(case, complaint)
    await save_case(case)
    await record(CaseEvent.COMPLAINT_ATTACHED, complaint, actor=actor, at=at)
    if case.status == CaseStatus.ANSWERED:
        await pass_down(case, [complaint], at)


# --- Steps that several verbs share ---


async def _gather_others(case: MajorCase, complaint: Complaint, at: datetime, since: datetime) -> None:
    """Attaches the other unanswered complaints about the product, except those that somebody took out of a case.

    Those that somebody has in hand are asked for again a few times, never waited for in the database: whoever has them may wait
    for us. Who then wants a case for theirs finds this one; what is left out all the same comes with the next complaint.
    """
    of_product = Subquery(Complaint.filter(product_id=complaint.product_id).values("id"))
    taken_out = EventSubject.filter(
        key__in=of_product, type=subject_type(Complaint), event__kind=CaseEvent.COMPLAINT_DETACHED.value
    )
    kept_out: list[Any] = [*await taken_out.values_list("key", flat=True), complaint.id]
    for pause in (*PATIENCE, None):
        wanted = (
            Complaint.filter(product_id=complaint.product_id, received_at__gte=since)
            .exclude(id__in=kept_out)
            .filter(Q(case_id=None) | Q(case__status__not_in=list(OPEN_CASES)))
            .exclude(status__in=[ComplaintStatus.ANSWERED, ComplaintStatus.CLOSED])
            .order_by("-received_at")
            .limit(MOST_AT_ONCE)
        )
        wanted_keys: Any = await wanted.values_list("id", flat=True)
        in_reach = Complaint.filter(id__in=list(wanted_keys)).order_by("-received_at")
        for other in await in_reach.select_for_update(skip_locked=True) if wanted_keys else []:
            kept_out.append(other.id)
            if other.status in UNANSWERED and await _is_free(other):
                await attach(case, other, None, at)
        if pause is None or set(wanted_keys) <= set(kept_out):
            return
        await asyncio.sleep(pause)


async def pass_down(case: MajorCase, complaints: Iterable[Complaint], at: datetime) -> None:
    """Lays the case's answer before each complaint that has none yet; who received it is told. Nothing goes out."""
    for complaint in complaints:
        if complaint.status not in UNANSWERED:
            continue
        customer = await Customer.get(id=complaint.customer_id)  # type: ignore[attr-defined]
        worth = await worth_of_replacement(complaint) if case.redress is Redress.REPLACEMENT else None
        answer = await ComplaintAnswer.create(
            id=new_id(),
            complaint_id=complaint.id,
            stage=complaint.stage,
            outcome=case.outcome,
            text=case.answer,
            reasons=mask(case.reasons, customer) if case.reasons else None,
            redress=case.redress,
            amount_minor=worth[0] if worth else case.amount_minor,
            currency=worth[1] if worth else case.currency,
            status=AnswerStatus.TO_CONFIRM,
            made_at=at,
            case_id=case.id,
        )
        await notify(
            NotificationKind.CASE_ANSWER_TO_CONFIRM,
            [complaint.received_by_id],  # type: ignore[attr-defined]
            complaint,
            answer,
            at=at,
            actor=case.answered_by_id,
        )


async def mask_case(case: MajorCase, complaint: Complaint) -> None:
    """Masks a complaint's customer in all that both offices read of a case, which is locked and stored afterwards."""
    customer = await Customer.get(id=complaint.customer_id)  # type: ignore[attr-defined]
    case.title = mask(case.title, customer)[:LONGEST_LINE]
    case.reasons = mask(case.reasons, customer) if case.reasons else None
    case.closing_reason = mask(case.closing_reason, customer) if case.closing_reason else None
    # Its reasons stand in the answers that it passed down, too, which the departments of other customers read.
    for answer in (
        await ComplaintAnswer.filter(case_id=case.id).exclude(reasons=None).order_by("id").select_for_update()
    ):
        masked = mask(answer.reasons, customer)
        if masked != answer.reasons:
            answer.reasons = masked
            await save_answer(answer)


async def _is_free(complaint: Complaint) -> bool:
    if complaint.case_id is None:
        return True
    return not await MajorCase.filter(id=complaint.case_id, status__in=list(OPEN_CASES)).exists()


async def check_free(complaint: Complaint, errors: InputErrors, member: str) -> None:
    """Notes when a complaint is in an open case."""
    if not await _is_free(complaint):
        other = await MajorCase.get(id=complaint.case_id)
        errors.add(member, f"{complaint.number} is attached to {other.number}.", "ALREADY_ATTACHED")
