"""Receiving a complaint: what an agent writes down while the customer speaks, handed off in the same transaction if need be;
and what turns out about it later: how severe it is, and what it came from.

The surprising rule: the batch follows from what was shipped for the line; it is named only where several were, or no line is.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from models.back_office.handoffs import Handoff
from models.back_office.logistics.inventory import Batch
from models.back_office.products.catalogue import Product
from models.both_offices.clocks.running import ClockReason
from models.front_office.customers import Channel, Customer, Language
from models.front_office.identities import all_masked
from models.front_office.sales.orders import Order, OrderLine
from models.front_office.service.complaints import (
    DONE_WITH,
    Category,
    CauseCode,
    Complaint,
    ComplaintEvent,
    ComplaintStatus,
)
from models.kit.base import new_id, now
from models.kit.events import about
from models.kit.severity import Severity
from models.kit.sql import read_rows
from models.permissions import Department
from resolvers.both_offices import clocks
from resolvers.events import record
from resolvers.front_office.service.complaints.working import (
    check_department,
    open_handoff,
    open_handoffs,
    work_on,
)
from resolvers.kit.commands import (
    LONGEST_LINE,
    Command,
    DryRunnable,
    InputErrors,
    Key,
    Keys,
    Update,
    Viewer,
    command,
    member,
)
from resolvers.kit.loading import find, load, visible
from resolvers.kit.numbers import next_number


@command
class ReceiveComplaint(Command, DryRunnable):
    """A complaint as an agent writes it down."""

    customer: Key[Customer] = member("Who complains.")
    order: Key[Order] | None = member("Which of the customer's orders it is about.", default=None)
    order_line: Key[OrderLine] | None = member(
        "Which line of an order it is about; the order, the product and, where one was shipped, the batch follow from it.",
        default=None,
    )
    product: Key[Product] | None = member("Which product it is about.", default=None)
    batch: Key[Batch] | None = member(
        "The batch that it came from, by the number on the goods; needed where several were shipped for the order line.",
        default=None,
    )
    channel: Channel = member("By which way it reached us.")
    category: Category = member("What it is about.")
    severity: Severity = member("How much harm it describes.")
    subject: str = member(
        "What it is about, in a line of at most 200 characters. The customer's identity is masked in it."
    )
    description: str = member("What the customer says, at most 10,000 characters. Only the front office reads it.")
    remedy_sought: str | None = member("What the customer wants done.", default=None)
    hand_off_to: Department | None = member(
        "A department of the back office to hand it to in the same transaction.", default=None
    )
    preferred_channel: Channel | None = member(
        "By which way the customer wants to hear from us from now on; left out, as before, or else by `channel`.",
        default=None,
    )
    language: Language | None = member(
        "In which language we write to the customer from now on; left out, as before, or else in their country's.",
        default=None,
    )


async def receive_complaint(viewer: Viewer, given: ReceiveComplaint) -> Keys:
    """Writes a complaint down, and hands it off when `handOffTo` is given."""
    errors = InputErrors()
    subject = errors.text("subject", given.subject, LONGEST_LINE)
    description = errors.text("description", given.description)
    remedy_sought = errors.optional_text("remedySought", given.remedy_sought)
    customer = await find(viewer, Customer, given.customer, errors)
    origin = await _origin(viewer, given, customer, errors)
    check_department(errors, "handOffTo", given.hand_off_to)
    errors.raise_if_any()
    assert customer is not None
    at = now()
    told = {"preferred_channel": given.preferred_channel, "language": given.language}
    if changed := {column: value for column, value in told.items() if value is not None}:
        await customer.update_from_dict(changed).save(update_fields=list(changed))
    # What the back office would read of it: the subject, and the description as a brief.
    order = about(Order, origin["order_id"])
    said, brief = await all_masked(viewer.permissions, [subject, description], customer, order)
    complaint = await write_down(
        viewer,
        at,
        **origin,
        customer_id=customer.id,
        channel=given.channel,
        category=given.category,
        severity=given.severity,
        subject=said[:LONGEST_LINE],
        description=description,
        remedy_sought=remedy_sought,
    )
    if given.hand_off_to is not None:
        await work_on(viewer, complaint, errors)
        await open_handoff(viewer, complaint, given.hand_off_to, brief, at, is_masked=True)
    given.end_if_dry(masked_subject=complaint.subject, masked_text=brief)
    return {"complaint": complaint.id}


async def write_down(viewer: Viewer, at: datetime, **said: Any) -> Complaint:
    """A new complaint of which this is known, by its columns."""
    number = await next_number("CMP", at)
    complaint = await Complaint.create(
        id=new_id(),
        number=number,
        status=ComplaintStatus.RECEIVED,
        received_at=at,
        received_by_id=viewer.account,
        **said,
    )
    await clocks.start(complaint, at, viewer.account)
    await record(ComplaintEvent.RECEIVED, complaint, actor=viewer, at=at)
    return complaint


async def _origin(
    viewer: Viewer, given: ReceiveComplaint, customer: Customer | None, errors: InputErrors
) -> dict[str, UUID | None]:
    """What follows from what is named, by its columns: of a line its order and product, of a batch its product.

    Notes what does not agree.
    """
    line = await find(viewer, OrderLine, given.order_line, errors)
    order = await find(viewer, Order, given.order, errors)
    if given.order is None and line is not None:
        order = await visible(viewer, Order, line.order_id)
    if order is not None and line is not None and line.order_id != order.id:
        errors.add("orderLine", "The line is of another order.")
    elif order is not None and customer is not None and order.customer_id != customer.id:
        errors.add("order" if given.order else "orderLine", "The order is another customer's.")
    batch = await find(viewer, Batch, given.batch, errors)
    product = await find(viewer, Product, given.product, errors)
    products = [("product", product and product.id)]
    products += [(name, one.product_id) for name, one in (("orderLine", line), ("batch", batch)) if one is not None]
    about = next((key for _, key in products if key is not None), None)
    for name, key in products[1:]:
        if key != about:
            errors.add(name, "It is of another product.")
    shipped = await _shipped_from(line) if line is not None else []
    if batch is not None and line is not None and batch.id not in shipped:
        errors.add("batch", "Nothing of this batch was shipped for the order line.")
    return {
        "order_id": order and order.id,
        "order_line_id": line and line.id,
        "product_id": about,
        "batch_id": batch.id if batch is not None else shipped[0] if len(shipped) == 1 else None,
    }


async def _shipped_from(line: OrderLine) -> list[UUID]:
    """The batches that were shipped for a line of an order."""
    rows = await read_rows(
        "SELECT DISTINCT sent.batch_id FROM shipment_lines sent JOIN shipments parcel ON parcel.id = sent.shipment_id"
        f" WHERE sent.order_line_id = '{line.id}' AND parcel.status IN ('SHIPPED', 'DELIVERED') ORDER BY sent.batch_id"
    )
    return [row["batch_id"] for row in rows]


# --- What turns out later ---


@command
class ChangeSeverity(Update):
    """How severe a complaint turned out to be."""

    complaint: Key[Complaint] = member("The complaint.")
    severity: Severity = member("How much harm it describes after all.")


@command
class DetermineCause(Update):
    """What a complaint came from."""

    complaint: Key[Complaint] = member("The complaint.")
    cause: CauseCode = member("What it came from.")


async def change_severity(viewer: Viewer, given: ChangeSeverity) -> Keys:
    """Says that a complaint is more or less severe than it seemed. All its clocks count anew what has passed, as if it had
    always been so.
    """
    errors = InputErrors()
    complaint = await load(viewer, Complaint, given.complaint, errors, given.expected_version)
    if complaint.status in DONE_WITH:
        message = f"The complaint is {complaint.status}: its severity stays what it was."
        errors.add("complaint", message, "NOT_OPEN")
    if complaint.severity == given.severity:
        errors.add("severity", f"The severity is {given.severity} already.")
    errors.raise_if_any()
    await set_severity(complaint, given.severity, now(), viewer.account)
    return {"complaint": complaint.id}


async def determine_cause(viewer: Viewer, given: DetermineCause) -> Keys:
    """Says what a complaint came from, also after its end; what was said before is replaced."""
    errors = InputErrors()
    complaint = await load(viewer, Complaint, given.complaint, errors, given.expected_version)
    errors.raise_if_any()
    await write_cause(viewer, complaint, given.cause, now())
    return {"complaint": complaint.id}


async def set_severity(complaint: Complaint, severity: Severity, at: datetime, actor: UUID | None) -> None:
    """Gives a locked complaint another severity; each department that works on it is told of what its queue now says."""
    complaint.severity = severity
    await complaint.save_next_version()
    await clocks.follow(complaint, ClockReason.SEVERITY_CHANGED, at=at, actor=actor)
    await record(ComplaintEvent.SEVERITY_CHANGED, complaint, actor=actor, at=at)
    for handoff in await open_handoffs(complaint):
        await record(
            ComplaintEvent.SEVERITY_CHANGED, complaint, handoff, actor=actor, at=at, department=handoff.department
        )


async def write_cause(
    viewer: Viewer, complaint: Complaint, cause: CauseCode, at: datetime, department: Department | None = None
) -> None:
    """Writes the cause of a locked complaint down, unless that is what stands there already.

    `department` is whose finding it is; left out, the viewer's own department that has or had the complaint.
    """
    if complaint.cause == cause:
        return
    complaint.cause = cause
    await complaint.save_next_version()
    own = Handoff.filter(complaint_id=complaint.id, department__in=list(viewer.departments)).order_by("id")
    handoff = None if department or not viewer.departments else await own.first()
    await record(
        ComplaintEvent.CAUSE_DETERMINED,
        complaint,
        actor=viewer,
        at=at,
        department=handoff.department if handoff else department,
    )
