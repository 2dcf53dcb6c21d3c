"""Receiving a complaint: what an agent writes down while the customer speaks, handed off in the same transaction if need be.

The surprising rule: the batch follows from what was shipped for the line; it is named only where several were, or no line is.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tortoise.connection import get_connection

from models.back_office.logistics.inventory import Batch
from models.back_office.products.catalogue import Product
from models.front_office.customers import Channel, Customer, Language
from models.front_office.sales.orders import Order, OrderLine
from models.front_office.service.complaints import Category, Complaint, ComplaintEvent, ComplaintStatus
from models.kit.base import new_id, now
from models.kit.masking import mask
from models.kit.severity import Severity
from models.permissions import Department
from resolvers.both_offices import clocks
from resolvers.events import record
from resolvers.front_office.service.complaints.handing_off import check_department, open_handoff
from resolvers.front_office.service.stages import work_on
from resolvers.kit.commands import Command, DryRunnable, Key, command, member
from resolvers.kit.input_errors import LONGEST_LINE, InputErrors
from resolvers.kit.loading import find, visible
from resolvers.kit.numbers import next_number
from resolvers.kit.problems import DryRun
from resolvers.kit.viewer import Viewer


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


async def receive_complaint(viewer: Viewer, given: ReceiveComplaint) -> dict[str, UUID]:
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
    await record(ComplaintEvent.RECEIVED, complaint, actor=viewer, at=at)
    if given.hand_off_to is not None:
        await work_on(viewer, complaint, errors)
        await open_handoff(viewer, complaint, customer, given.hand_off_to, None, at)
        await complaint.save()
    if given.dry_run:
        # What the back office would read of it: the subject, and the description as a brief.
        raise DryRun(masked_subject=complaint.subject, masked_text=mask(description, customer))
    return {"complaint": complaint.id}


async def _keep_preferences(customer: Customer, given: ReceiveComplaint) -> None:
    told = {"preferred_channel": given.preferred_channel, "language": given.language}
    changed = {column: value for column, value in told.items() if value is not None}
    if changed:
        customer.update_from_dict(changed)
        await customer.save(update_fields=list(changed))


# --- What a complaint is about ---


@dataclass(frozen=True, slots=True)
class _Origin:
    """What a complaint is about, by its keys."""

    order: UUID | None
    order_line: UUID | None
    product: UUID | None
    batch: UUID | None


async def _origin(viewer: Viewer, given: ReceiveComplaint, customer: Customer | None, errors: InputErrors) -> _Origin:
    """What follows from what is named: of a line its order and product, of a batch its product. Notes what does not agree."""
    line = await find(viewer, OrderLine, given.order_line, errors)
    order = await _order(viewer, given, line, customer, errors)
    batch = await find(viewer, Batch, given.batch, errors)
    product = await find(viewer, Product, given.product, errors)
    about = _product(product, line, batch, errors)
    shipped = await _shipped_from(line) if line is not None else []
    if batch is not None and line is not None and batch.id not in shipped:
        errors.add("batch", "Nothing of this batch was shipped for the order line.")
    came_from = batch.id if batch is not None else shipped[0] if len(shipped) == 1 else None
    return _Origin(order.id if order else None, line.id if line else None, about, came_from)


async def _order(
    viewer: Viewer, given: ReceiveComplaint, line: OrderLine | None, customer: Customer | None, errors: InputErrors
) -> Order | None:
    order = await find(viewer, Order, given.order, errors)
    if given.order is None and line is not None:
        order = await visible(viewer, Order, line.order_id)
    if order is not None and line is not None and line.order_id != order.id:
        errors.add("orderLine", "The line is of another order.")
    elif order is not None and customer is not None and order.customer_id != customer.id:
        errors.add("order" if given.order else "orderLine", "The order is another customer's.")
    return order


def _product(product: Product | None, line: OrderLine | None, batch: Batch | None, errors: InputErrors) -> UUID | None:
    """The one product that all speak of."""
    about = product.id if product else None
    for name, found in (("orderLine", line), ("batch", batch)):
        if found is None:
            continue
        if about is not None and found.product_id != about:
            errors.add(name, "It is of another product.")
        about = about or found.product_id
    return about


async def _shipped_from(line: OrderLine) -> list[UUID]:
    """The batches that were shipped for a line of an order."""
    rows: list[Any] = await get_connection("default").execute_query_dict(
        "SELECT DISTINCT sent.batch_id FROM shipment_lines sent JOIN shipments parcel ON parcel.id = sent.shipment_id"
        f" WHERE sent.order_line_id = '{line.id}' AND parcel.status IN ('SHIPPED', 'DELIVERED') ORDER BY sent.batch_id"
    )
    return [UUID(str(row["batch_id"])) for row in rows]
