"""Gathering complaints into major cases: by hand, or by a rule that finds several about one product.

The surprising rule: both offices read a case's title, so each customer whose complaint is attached is masked in it.
"""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tortoise.expressions import Q

from models.back_office.products.catalogue import Product
from models.front_office.customers import Customer
from models.front_office.service.answers import AnswerStatus, ComplaintAnswer
from models.front_office.service.cases import OPEN_CASES, TRANSITIONS, CaseStatus, MajorCase
from models.front_office.service.complaints import Category, Complaint, ComplaintStatus, visible_complaints
from models.kit.base import new_id, now
from models.kit.events import Event, EventKind
from models.kit.masking import NOBODY, mask
from models.kit.states import move_to
from resolvers.back_office.products.catalogue import access_product
from resolvers.events import record
from resolvers.front_office.service.cases.shared import (
    MACHINE,
    UNANSWERED,
    pass_down,
    record_case,
    save_case,
    the_case,
    the_case_and_complaints,
)
from resolvers.front_office.service.complaints.answering import save_answer, withdraw_answers
from resolvers.front_office.service.complaints.steps import save
from resolvers.kit.commands import Key, Keys
from resolvers.kit.input_errors import LONGEST_LINE, InputErrors
from resolvers.kit.loading import access, load
from resolvers.kit.numbers import next_number
from resolvers.kit.problems import DryRun
from resolvers.kit.viewer import Viewer

PATIENCE = (0.01, 0.02, 0.04, 0.08)
"""How long, in seconds, a complaint that somebody has in hand is waited for before it is asked for again."""

MOST_AT_ONCE = 100
"""Complaints that a case can be opened with; more are attached one by one."""


async def open_case(
    viewer: Viewer,
    title: str,
    product_key: UUID | None,
    names_product: bool,
    category: Category | None,
    complaint_keys: list[UUID | None],
    *,
    dry_run: bool = False,
) -> dict[str, UUID]:
    """Opens a case with the complaints that are known to belong to it."""
    errors = InputErrors()
    line = errors.text("title", title, LONGEST_LINE)
    product = await access_product(viewer, product_key)
    if names_product and product is None:
        errors.not_found("product", "product")
    if len(complaint_keys) > MOST_AT_ONCE:
        errors.add("complaints", f"A case is opened with at most {MOST_AT_ONCE} complaints.")
        errors.raise_if_any()
    complaints: list[Complaint] = []
    for key in sorted({key for key in complaint_keys if key is not None}):
        complaint = await access(viewer, Complaint, visible_complaints, key)
        if complaint is not None:
            complaints.append(complaint)
    if None in complaint_keys or len(complaints) < len(set(complaint_keys)):
        errors.not_found("complaints", "complaint")
    for complaint in complaints:
        await _check_free(complaint, errors, "complaints")
    errors.raise_if_any()
    at = now()
    case = await MajorCase.create(
        id=new_id(),
        number=await next_number("CAS", at),
        title=mask(line, NOBODY)[:LONGEST_LINE],
        status=CaseStatus.OPEN,
        product_id=product.id if product else None,
        category=category,
        opened_at=at,
        opened_by_id=viewer.account,
    )
    for complaint in complaints:
        await attach(case, complaint, viewer.account, at)
    await record_case(EventKind.CASE_OPENED, viewer.account, complaints, at)
    if dry_run:
        raise DryRun(masked_text=case.title)
    return {"case": case.id}


async def confirm_case(
    viewer: Viewer, key: UUID | None, title: str | None, expected_version: int | None, *, dry_run: bool = False
) -> Keys:
    """Says that a proposed case is one, under a better title if one is given."""
    errors = InputErrors()
    line = errors.optional_text("title", title, LONGEST_LINE)
    case, complaints = await the_case_and_complaints(viewer, key, errors, expected_version)
    await MACHINE.check_step(viewer, case, "confirmCase", CaseStatus.OPEN, errors)
    errors.raise_if_any()
    move_to(case, CaseStatus.OPEN, TRANSITIONS)
    if line is not None:
        case.title = mask(line, NOBODY)[:LONGEST_LINE]
        for complaint in complaints:
            await _mask_case(case, complaint)
    await save_case(case)
    await record_case(EventKind.CASE_OPENED, viewer.account, complaints, now())
    if dry_run:
        raise DryRun(masked_text=None if line is None else case.title)
    return {"case": case.id}


async def attach_to_case(viewer: Viewer, key: UUID | None, complaint_key: UUID | None) -> Keys:
    """Attaches a complaint to a case. One that has been answered lays its answer before the complaint, too."""
    errors = InputErrors()
    complaint = await load(viewer, Complaint, Key(complaint_key), errors)
    case = await the_case(viewer, key, errors)
    if case.status == CaseStatus.CLOSED:
        errors.add("case", f"{case.number} is closed.", "CASE_CLOSED")
    if complaint.case_id == case.id:
        errors.add("complaint", f"{complaint.number} is attached already.", "ALREADY_ATTACHED")
    else:
        await _check_free(complaint, errors, "complaint")
    errors.raise_if_any()
    await attach(case, complaint, viewer.account, now())
    return {"case": case.id, "complaint": complaint.id}


async def detach_from_case(viewer: Viewer, complaint_key: UUID | None) -> Keys:
    """Takes a complaint out of its case; what the case wanted to answer is withdrawn."""
    errors = InputErrors()
    complaint = await load(viewer, Complaint, Key(complaint_key), errors)
    if complaint.case_id is None:
        errors.add("complaint", f"{complaint.number} is attached to no case.", "NOT_ATTACHED")
    errors.raise_if_any()
    at = now()
    case = complaint.case_id
    await withdraw_answers(complaint, "It was taken out of its case.", at, AnswerStatus.TO_CONFIRM)
    complaint.case_id = None
    await save(complaint)
    await record(EventKind.COMPLAINT_DETACHED, actor=viewer.account, at=at, complaint_id=complaint.id)
    assert case is not None
    return {"case": case, "complaint": complaint.id}


async def close_case(
    viewer: Viewer, key: UUID | None, reason: str | None, expected_version: int | None, *, dry_run: bool = False
) -> Keys:
    """Closes a case: after its answer once every complaint has been looked at, or without one for a reason."""
    errors = InputErrors()
    case, complaints = await the_case_and_complaints(viewer, key, errors, expected_version)
    await MACHINE.check_step(viewer, case, "closeCase", CaseStatus.CLOSED, errors)
    text = errors.optional_text("reason", reason)
    if case.status in {CaseStatus.PROPOSED, CaseStatus.OPEN} and text is None:
        errors.add("reason", "A case that was not answered is closed for a reason.")
    waiting = await ComplaintAnswer.filter(case_id=case.id, status=AnswerStatus.TO_CONFIRM).count()
    if waiting:
        message = f"{waiting} of its complaints wait for somebody to confirm or decline the answer."
        errors.add("case", message, "UNCONFIRMED_ANSWERS")
    errors.raise_if_any()
    at = now()
    move_to(case, CaseStatus.CLOSED, TRANSITIONS)
    case.closed_at, case.closing_reason = at, text
    for complaint in complaints:
        await _mask_case(case, complaint)
    await save_case(case)
    await record_case(EventKind.CASE_CLOSED, viewer.account, complaints, at)
    if dry_run:
        raise DryRun(masked_text=case.closing_reason)
    return {"case": case.id}


# --- What rules do ----------------------------------------------------------------------------------------------------


async def propose_case_for(
    complaint: Complaint, at: datetime, within: timedelta = timedelta(days=7)
) -> MajorCase | None:
    """Attaches a locked complaint to the case of its product; None when it is about no product, or in an open case already.

    The case is one that was opened within the given time and has no answer yet; without one, a case is proposed. All other
    unanswered complaints about the product that were received within that time come with it.
    """
    product_key: UUID | None = complaint.product_id  # type: ignore[attr-defined]
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
        await record(EventKind.CASE_PROPOSED, actor=None, at=at, complaint_id=complaint.id)
    # Also for a case that there was: somebody may have had a complaint in hand for longer than it was waited for.
    await _gather_others(case, complaint, at, at - within)
    await attach(case, complaint, None, at)
    return case


async def attach(case: MajorCase, complaint: Complaint, actor: UUID | None, at: datetime) -> None:
    """Attaches a complaint to a case; both are locked, and the complaint is in no other open one."""
    complaint.case_id = case.id
    await save(complaint)
    await _mask_case(case, complaint)
    await save_case(case)
    await record(EventKind.COMPLAINT_ATTACHED, actor=actor, at=at, complaint_id=complaint.id)
    if case.status == CaseStatus.ANSWERED:
        await pass_down(case, [complaint], at)


# --- Steps that several verbs share ---


async def _gather_others(case: MajorCase, complaint: Complaint, at: datetime, since: datetime) -> None:
    """Attaches the other unanswered complaints about the product, except those that somebody took out of a case.

    Those that somebody has in hand are asked for again a few times, never waited for in the database: whoever has them may wait
    for us. Who then wants a case for theirs finds this one; what is left out all the same comes with the next complaint.
    """
    taken_out = Event.filter(kind=EventKind.COMPLAINT_DETACHED, complaint__product_id=complaint.product_id)  # type: ignore[attr-defined]
    kept_out: list[Any] = [*await taken_out.values_list("complaint_id", flat=True), complaint.id]
    for pause in (*PATIENCE, None):
        wanted = (
            Complaint.filter(product_id=complaint.product_id, received_at__gte=since)  # type: ignore[attr-defined]
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


async def _mask_case(case: MajorCase, complaint: Complaint) -> None:
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


async def _check_free(complaint: Complaint, errors: InputErrors, member: str) -> None:
    if not await _is_free(complaint):
        other = await MajorCase.get(id=complaint.case_id)
        errors.add(member, f"{complaint.number} is attached to {other.number}.", "ALREADY_ATTACHED")
