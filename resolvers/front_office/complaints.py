"""Complaints: received, handed off, answered, closed. Each verb is one transaction with its events.

Locks are taken in one order, the complaint before its handoffs, so that two verbs can wait for each other but never both.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from models.back_office.handoffs import DUE_WITHIN, OPEN_STATUSES, Handoff, HandoffStatus
from models.back_office.handoffs import TRANSITIONS as HANDOFF_TRANSITIONS
from models.base import new_id, now
from models.events import EventKind
from models.front_office.complaints import (
    ANSWER_OUTCOMES,
    CLOSING_OUTCOMES,
    DEPARTMENT_OF,
    TRANSITIONS,
    Category,
    Channel,
    Complaint,
    ComplaintStatus,
    Outcome,
    Severity,
    visible_complaints,
)
from models.front_office.customers import Customer
from models.masking import mask
from models.permissions import BACK_OFFICE_DEPARTMENTS, Department
from models.states import move_to
from resolvers.access import access
from resolvers.back_office.products import access_product
from resolvers.events import record
from resolvers.front_office.customers import access_customer
from resolvers.front_office.orders import access_order
from resolvers.inputs import LONGEST_LINE, Checks
from resolvers.numbers import next_number
from resolvers.steps import illegal, next_steps
from resolvers.viewer import Viewer

Keys = Mapping[str, UUID]


@dataclass(frozen=True, slots=True)
class NewComplaint:
    """What an agent writes down. `hand_off_to` hands it off in the same transaction."""

    customer: UUID | None
    order: UUID | None
    product: UUID | None
    names_order: bool
    names_product: bool
    channel: Channel
    category: Category
    severity: Severity
    subject: str
    description: str
    remedy_sought: str | None
    hand_off_to: Department | None


async def receive_complaint(viewer: Viewer, given: NewComplaint) -> Keys:
    """Writes a complaint down, and hands it off when a department is named."""
    checks = Checks()
    subject = checks.text("subject", given.subject, LONGEST_LINE)
    description = checks.text("description", given.description)
    remedy_sought = checks.optional_text("remedySought", given.remedy_sought)
    customer = await access_customer(viewer, given.customer)
    if customer is None:
        checks.missing("customer", "customer")
    order = await access_order(viewer, given.order)
    if given.names_order and order is None:
        checks.missing("order", "order")
    elif order is not None and customer is not None and order.customer_id != customer.id:  # type: ignore[attr-defined]
        checks.wrong("order", "The order is another customer's.")
    product = await access_product(viewer, given.product)
    if given.names_product and product is None:
        checks.missing("product", "product")
    if given.hand_off_to is not None:
        _check_department(checks, "handOffTo", given.hand_off_to)
    checks.done()
    assert customer is not None
    at = now()
    complaint = await Complaint.create(
        id=new_id(),
        number=await next_number("CMP", at),
        customer_id=customer.id,
        order_id=order.id if order else None,
        product_id=product.id if product else None,
        channel=given.channel,
        category=given.category,
        severity=given.severity,
        subject=mask(subject, customer)[:LONGEST_LINE],
        description=description,
        remedy_sought=remedy_sought,
        status=ComplaintStatus.RECEIVED,
        received_at=at,
        received_by_id=viewer.account,
    )
    await record(EventKind.COMPLAINT_RECEIVED, actor=viewer.account, at=at, complaint_id=complaint.id)
    if given.hand_off_to is not None:
        await _open_handoff(viewer, complaint, customer, given.hand_off_to, None, at)
        await complaint.save()
    return {"complaint": complaint.id}


async def hand_off_complaint(
    viewer: Viewer, key: UUID | None, department: Department | None, brief: str | None, expected_version: int | None
) -> Keys:
    """Gives a piece of a complaint to a department: the one that the category says, unless another is named."""
    checks = Checks()
    text = checks.optional_text("brief", brief)
    if department is not None:
        _check_department(checks, "department", department)
    complaint = await _complaint(viewer, key, checks, expected_version)
    await _check_step(viewer, complaint, ComplaintStatus.HANDED_OFF, checks)
    checks.done()
    customer = await Customer.get(id=complaint.customer_id)  # type: ignore[attr-defined]
    handoff = await _open_handoff(
        viewer, complaint, customer, department or DEPARTMENT_OF[complaint.category], text, now()
    )
    await _save(complaint)
    return {"handoff": handoff.id}


async def answer_complaint(
    viewer: Viewer, key: UUID | None, outcome: Outcome, answer: str, expected_version: int | None
) -> Keys:
    """Brings the answer to the customer, once no department works on the complaint any more."""
    checks = Checks()
    text = checks.text("answer", answer)
    if outcome not in ANSWER_OUTCOMES:
        checks.wrong("outcome", "An answered complaint is UPHELD, PARTLY_UPHELD or NOT_UPHELD.")
    complaint = await _complaint(viewer, key, checks, expected_version)
    await _check_step(viewer, complaint, ComplaintStatus.ANSWERED, checks)
    checks.done()
    at = now()
    move_to(complaint, ComplaintStatus.ANSWERED, TRANSITIONS)
    complaint.answer, complaint.answered_at, complaint.outcome = text, at, outcome
    await _save(complaint)
    await record(EventKind.COMPLAINT_ANSWERED, actor=viewer.account, at=at, complaint_id=complaint.id)
    return {"complaint": complaint.id}


async def close_complaint(
    viewer: Viewer, key: UUID | None, outcome: Outcome | None, reason: str | None, expected_version: int | None
) -> Keys:
    """Closes a complaint: after its answer, or without one, for a reason. Handoffs that are still open are withdrawn."""
    checks = Checks()
    complaint = await _complaint(viewer, key, checks, expected_version)
    await _check_step(viewer, complaint, ComplaintStatus.CLOSED, checks)
    text: str | None = None
    if complaint.status == ComplaintStatus.ANSWERED:
        if outcome is not None and outcome != complaint.outcome:
            checks.wrong("outcome", f"The complaint was answered with {complaint.outcome}; leave `outcome` out.")
        text = checks.optional_text("reason", reason)
    elif complaint.status != ComplaintStatus.CLOSED:
        if outcome not in CLOSING_OUTCOMES:
            checks.wrong("outcome", "Without an answer, a complaint closes as WITHDRAWN, NOT_A_COMPLAINT or DUPLICATE.")
        text = checks.text("reason", reason or "")
    checks.done()
    at = now()
    for handoff in await _open_handoffs(complaint):
        await _withdraw_with_complaint(viewer, handoff, at)
    move_to(complaint, ComplaintStatus.CLOSED, TRANSITIONS)
    complaint.outcome = complaint.outcome or outcome
    complaint.closing_reason, complaint.closed_at = text, at
    await _save(complaint)
    await record(EventKind.COMPLAINT_CLOSED, actor=viewer.account, at=at, complaint_id=complaint.id)
    return {"complaint": complaint.id}


async def settle_after(viewer: Viewer, complaint: Complaint) -> None:
    """A complaint that no department has and no accepted answer serves waits to be handed off again."""
    kept = Handoff.filter(complaint_id=complaint.id, status__in=[*OPEN_STATUSES, HandoffStatus.ACCEPTED])
    if complaint.status == ComplaintStatus.HANDED_OFF and not await kept.exists():
        move_to(complaint, ComplaintStatus.RECEIVED, TRANSITIONS)
        await _save(complaint)


# --- Steps that several verbs share ---


async def _complaint(viewer: Viewer, key: UUID | None, checks: Checks, expected_version: int | None) -> Complaint:
    complaint = await access(viewer, Complaint, visible_complaints, key)
    if complaint is None:
        checks.missing("complaint", "complaint")
        checks.done()
        raise AssertionError("unreachable: a missing complaint refuses the change")
    checks.version(complaint.version, expected_version)
    return complaint


async def _save(complaint: Complaint) -> None:
    complaint.version += 1
    await complaint.save()


def _check_department(checks: Checks, member: str, department: Department) -> None:
    if department not in BACK_OFFICE_DEPARTMENTS:
        checks.wrong(member, f"{department} is no department of the back office.")


async def _check_step(viewer: Viewer, complaint: Complaint, to: ComplaintStatus, checks: Checks) -> None:
    waiting = await _open_handoffs(complaint)
    permitted = next_steps(TRANSITIONS, complaint.status, viewer, settled=not waiting)
    if str(to) in permitted:
        return
    problem = illegal("complaint", complaint.status, to, permitted, "input", "complaint")
    if str(to) in next_steps(TRANSITIONS, complaint.status, viewer):
        numbers = ", ".join(f"{handoff.number} ({handoff.department})" for handoff in waiting)
        advice = f"A department still works on it: accept the answer of {numbers}, or withdraw it, first."
        problem = replace(problem, message=advice)
    checks.add(problem)


async def _open_handoffs(complaint: Complaint) -> list[Handoff]:
    waiting: Any = Handoff.filter(complaint_id=complaint.id, status__in=list(OPEN_STATUSES)).order_by("id")
    return list(await waiting.select_for_update())


async def _withdraw_with_complaint(viewer: Viewer, handoff: Handoff, at: datetime) -> None:
    move_to(handoff, HandoffStatus.WITHDRAWN, HANDOFF_TRANSITIONS)
    handoff.withdrawal_reason, handoff.ended_at = "The complaint was closed.", at
    handoff.version += 1
    await handoff.save()
    await record_handoff(EventKind.HANDOFF_WITHDRAWN, viewer, handoff, at)


async def record_handoff(kind: EventKind, viewer: Viewer, handoff: Handoff, at: datetime) -> None:
    """Records that something happened to a handoff."""
    await record(
        kind,
        actor=viewer.account,
        at=at,
        complaint_id=handoff.complaint_id,  # type: ignore[attr-defined]
        handoff_id=handoff.id,
        department=handoff.department,
    )


async def _open_handoff(
    viewer: Viewer, complaint: Complaint, customer: Customer, department: Department, brief: str | None, at: datetime
) -> Handoff:
    """Opens a handoff. What the agent writes is masked too: nobody in the back office may read who the customer is."""
    move_to(complaint, ComplaintStatus.HANDED_OFF, TRANSITIONS)
    handoff = await Handoff.create(
        id=new_id(),
        number=await next_number("HND", at),
        complaint_id=complaint.id,
        department=department,
        status=HandoffStatus.QUEUED,
        brief=mask(brief or complaint.description, customer),
        handed_off_at=at,
        handed_off_by_id=viewer.account,
        due_at=at + DUE_WITHIN[complaint.severity],
    )
    await record_handoff(EventKind.HANDOFF_QUEUED, viewer, handoff, at)
    return handoff
