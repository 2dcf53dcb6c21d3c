"""Receiving a complaint: what an agent writes down while the customer speaks, handed off in the same transaction if need be."""

from dataclasses import dataclass
from uuid import UUID

from models.front_office.customers import Channel, Customer, Language
from models.front_office.service.complaints import Category, Complaint, ComplaintStatus, Severity
from models.kit.base import new_id, now
from models.kit.events import EventKind
from models.kit.masking import mask
from models.permissions import Department
from resolvers.both_offices import clocks
from resolvers.events import record
from resolvers.front_office.customers import access_customer
from resolvers.front_office.service.complaints.origin import Named, origin_of
from resolvers.front_office.service.complaints.shared import Keys, check_department, open_handoff
from resolvers.front_office.service.stages import work_on
from resolvers.kit.input_errors import LONGEST_LINE, InputErrors
from resolvers.kit.numbers import next_number
from resolvers.kit.problems import DryRun
from resolvers.kit.viewer import Viewer


@dataclass(frozen=True, slots=True)
class NewComplaint:
    """What an agent writes down. `hand_off_to` hands it off in the same transaction.

    `preferred_channel` and `language` are how the customer wants to hear from us from now on; without them, as before.
    """

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
    preferred_channel: Channel | None = None
    language: Language | None = None
    order_line: UUID | None = None
    batch: UUID | None = None
    names_order_line: bool = False
    names_batch: bool = False


async def receive_complaint(viewer: Viewer, given: NewComplaint, *, dry_run: bool = False) -> Keys:
    """Writes a complaint down, and hands it off when a department is named.

    A dry run shows what of it the back office would read: the subject, and the description as a brief.
    """
    errors = InputErrors()
    subject = errors.text("subject", given.subject, LONGEST_LINE)
    description = errors.text("description", given.description)
    remedy_sought = errors.optional_text("remedySought", given.remedy_sought)
    customer = await access_customer(viewer, given.customer)
    if customer is None:
        errors.not_found("customer", "customer")
    named = Named(
        order=given.order,
        names_order=given.names_order,
        order_line=given.order_line,
        names_order_line=given.names_order_line,
        product=given.product,
        names_product=given.names_product,
        batch=given.batch,
        names_batch=given.names_batch,
    )
    origin = await origin_of(viewer, named, customer, errors)
    if given.hand_off_to is not None:
        check_department(errors, "handOffTo", given.hand_off_to)
    errors.raise_if_any()
    assert customer is not None
    at = now()
    await _keep_preferences(customer, given)
    complaint = await Complaint.create(
        id=new_id(),
        number=await next_number("CMP", at),
        customer_id=customer.id,
        order_id=origin.order,
        order_line_id=origin.order_line,
        product_id=origin.product,
        batch_id=origin.batch,
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
    await clocks.start(complaint, at, viewer.account)
    await record(EventKind.COMPLAINT_RECEIVED, actor=viewer.account, at=at, complaint_id=complaint.id)
    if given.hand_off_to is not None:
        await work_on(viewer, complaint, errors)
        await open_handoff(viewer, complaint, customer, given.hand_off_to, None, at)
        await complaint.save()
    if dry_run:
        raise DryRun(masked_subject=complaint.subject, masked_text=mask(description, customer))
    return {"complaint": complaint.id}


async def _keep_preferences(customer: Customer, given: NewComplaint) -> None:
    told = {"preferred_channel": given.preferred_channel, "language": given.language}
    changed = {column: value for column, value in told.items() if value is not None}
    if changed:
        customer.update_from_dict(changed)
        await customer.save(update_fields=list(changed))
