"""Complaints and what happened to them. The customer's own words are for the front office; the rest is for both."""

from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING

import strawberry

from models.back_office import handoffs
from models.events import visible_events
from models.front_office.sales import orders
from models.front_office.sales.orders import progress
from models.front_office.sales.orders.addresses import seen_in_complaints
from models.front_office.service import complaints
from models.kit import events
from models.permissions import Department, Permission
from resolvers.front_office.service.complaints.answering import answer_complaint
from resolvers.front_office.service.complaints.closing import close_complaint
from resolvers.front_office.service.complaints.receiving import change_severity, determine_cause, receive_complaint
from resolvers.front_office.service.complaints.working import MACHINE, hand_off_complaint, is_at_stage, split_complaint
from resolvers.kit.state_machine import Row
from resolvers.reading.declare import (
    column,
    computed,
    expression,
    history,
    many,
    node,
    one,
    read,
    subject,
    subject_id,
    through,
)
from resolvers.reading.relay import Connection, Node
from resolvers.reading.sources import EntryEvents, EntryNode, EntryRows, SqlContext
from resolvers.reading.values import bound, day_of, next_statuses
from schema.back_office.handoffs import HandoffPayload
from schema.kit.areas import Area
from schema.kit.events import Update, version
from schema.kit.mutations import changed, changed_many, mutation, payload, plain

if TYPE_CHECKING:
    from schema.back_office.handoffs import Handoff
    from schema.back_office.logistics.inventory import Batch
    from schema.back_office.products.catalogue import Product
    from schema.back_office.products.improvements import Improvement
    from schema.both_offices.accounts import Account
    from schema.both_offices.clocks import Clock
    from schema.both_offices.escalations import Escalation
    from schema.both_offices.rules import RuleApplication
    from schema.front_office.after_sales.returns import Refund, Return
    from schema.front_office.customers import Customer
    from schema.front_office.sales.orders import Order, OrderLine
    from schema.front_office.service.answers import ComplaintAnswer, Reopening, StageWorker
    from schema.front_office.service.cases import ComplaintLink, MajorCase
    from schema.front_office.service.correspondence import Correspondence

READ, TEXT, WRITE = (Permission.READ_COMPLAINTS, Permission.READ_COMPLAINT_TEXT, Permission.WRITE_COMPLAINTS)
ORDERS, CUSTOMERS, TRACE = Permission.READ_ORDERS, Permission.READ_CUSTOMERS, Permission.TRACE_COMPLAINTS


def _viewer_may_work(ctx: SqlContext) -> str:
    return bound(is_at_stage(Row(ctx.column, ctx.dialect, ctx.permissions)), ctx)


@node(complaints.Complaint, prefix="cmp", needs=READ)
class Complaint(Node):
    """An expression of dissatisfaction to which the customer expects an answer (ISO 10002)."""

    number: str = column("The number that people quote, for instance CMP-2026-000042.", filter=True, sort=True)
    channel: complaints.Channel = column("By which way it reached us.", filter=True, sort=True)
    category: complaints.Category = column("What it is about.", filter=True, sort=True)
    severity: complaints.Severity = column("How much harm it describes.", filter=True, sort=True)
    subject: str = column(
        "What it is about, in a line. Both offices read it, so the customer's identity is masked in it."
    )
    description: str = column("What the customer says.", needs=TEXT)
    remedy_sought: str | None = column("What the customer wants done.", needs=TEXT)
    status: complaints.ComplaintStatus = column("How far it is.", filter=True, sort=True)
    next_statuses: list[complaints.ComplaintStatus] = expression(
        "What the viewer may make of it now.", next_statuses(MACHINE)
    )
    stage: int = column("1, and one more each time the customer did not accept the answer; 3 at most.", filter=True)
    cause: complaints.CauseCode | None = column(
        "What it came from; null until that was found out.", filter=True, sort=True
    )
    received_at: datetime = column("When it was received.", filter=True, sort=True)
    received_by: "Account | None" = one("Who wrote it down.", "received_by_id")
    answer: str | None = column("What we answered the customer.", needs=TEXT)
    answered_at: datetime | None = column("When the customer got the answer.", filter=True, sort=True)
    outcome: complaints.Outcome | None = column("How it ended.", filter=True, sort=True)
    acknowledged_at: datetime | None = column(
        "When the customer was told that we have it, at its present stage.", filter=True
    )
    closed_at: datetime | None = column("When it was closed.", filter=True, sort=True)
    closing_reason: str | None = column("Why it was closed without an answer.", needs=TEXT)
    version: int = version(complaints.Complaint)
    customer: "Customer | None" = one("Who complains.", "customer_id")
    order: "ComplaintOrder | None" = one(
        "What it needs of the order that it is about; null when it is about none, and for who may be told where orders go.",
        "order_id",
    )
    order_line: "ComplaintOrderLine | None" = one(
        "Which line of the order it is about, if any; null like the order.", "order_line_id"
    )
    product: "Product | None" = one("Which product it is about, if any.", "product_id")
    batch: "Batch | None" = one("The batch that it came from, as far as that is known.", "batch_id", needs=TRACE)
    viewer_may_work: bool = computed(
        "Whether the viewer may work on it at its present stage, having worked at no other.", _viewer_may_work
    )
    answers: "Connection[ComplaintAnswer]" = many("Every answer, also those never sent.", "complaint_id", "made_at")
    reopenings: "Connection[Reopening]" = many("When it came back, oldest first.", "complaint_id", "at")
    stage_workers: "list[StageWorker]" = many("Who has worked on it, and at which stage.", "complaint_id", "since")
    major_case: "MajorCase | None" = one("The major case that it is attached to, if any.", "case_id")
    links: "Connection[ComplaintLink]" = many("What it is to other complaints.", "complaint_id", "linked_at")
    routed_to: Department | None = column(
        "Where `handOffComplaint` takes it when no department is named; null for its category's department."
    )
    rule_applications: "Connection[RuleApplication]" = many(
        "What rules did to it by themselves, oldest first.", "complaint_id", "at"
    )
    handoffs: "Connection[Handoff]" = many(
        "The pieces given to departments that the viewer sees, oldest first.", "complaint_id", "handed_off_at"
    )
    correspondence: "Connection[Correspondence]" = many(
        "What was sent to the customer and what came back, oldest first.", "complaint_id", "at"
    )
    escalations: "Connection[Escalation]" = many(
        "What was taken to a manager, as far as the viewer sees, oldest first.", "complaint_id", "opened_at"
    )
    returns: "Connection[Return]" = many(
        "What the customer sends back because of it.", "complaint_id", "requested_at", needs=CUSTOMERS
    )
    refunds: "Connection[Refund]" = many(
        "What money was given back because of it.", "complaint_id", "made_at", needs=CUSTOMERS
    )
    replacement_orders: "Connection[Order]" = many(
        "What was sent once more because of it.", "complaint_id", "placed_at", needs=CUSTOMERS
    )
    improvements: "Connection[Improvement]" = through(
        "What is done so that such complaints do not come back, latest first.",
        "improvement_complaints",
        "complaint_id",
        "improvement_id",
        "-proposed_at",
    )
    clocks: "list[Clock]" = many(
        "The customer's clocks: acknowledge by, answer by.", "complaint_id", "kind", typical_length=2
    )
    history: "Connection[Event]" = history(
        "What happened to it, as far as the viewer sees, oldest first.", complaints.Complaint
    )


def _day(name: str) -> Callable[[SqlContext], str]:
    return lambda ctx: day_of(ctx.column(name), ctx.dialect)


@node(orders.Order, prefix="", rows=seen_in_complaints, needs=ORDERS)
class ComplaintOrder:
    """What a complaint needs of its order: what, how much, on which days. It has no id, and leads to no parcel and no invoice."""

    number: str = column("The order's number.", needs=CUSTOMERS)
    status: orders.OrderStatus = column("How far it is.")
    placed_at: date = computed("The day on which it was placed.", _day("placed_at"))
    required_at: date | None = computed("The day by which the customer wants it.", _day("required_at"))
    shipped_at: date | None = computed("The day on which all of it had left.", _day("shipped_at"))
    delivered_at: date | None = computed("The day on which all of it was with the customer.", _day("delivered_at"))
    lines: "list[ComplaintOrderLine]" = many("What was ordered, line by line.", "order_id", "position")
    progress: "list[ComplaintOrderProgress]" = many("How far it is, line by line.", "order_id", "place")
    order: "Order | None" = one("The order itself.", "id", needs=CUSTOMERS)


@node(orders.OrderLine, prefix="", rows=seen_in_complaints, needs=ORDERS)
class ComplaintOrderLine:
    """One product on the order of a complaint, and the batches that it was taken from."""

    position: int = column("The line's place on the order, from 1.", sort=True)
    product: "Product | None" = one("What was ordered.", "product_id")
    quantity: int = column("How many pieces.")
    shipped_quantity: int = column("How many pieces of it have left the house.")
    returned_quantity: int = column("How many pieces of it came back.")
    batches: "list[Batch]" = through(
        "The batches that went with it.", "shipment_lines", "order_line_id", "batch_id", "number", typical_length=2
    )
    order_line: "OrderLine | None" = one("The line itself.", "id", needs=CUSTOMERS)


@node(progress.OrderProgress, prefix="", rows=seen_in_complaints, needs=ORDERS)
class ComplaintOrderProgress:
    """How many pieces of one line of a complaint's order are at one stage on their way to the customer."""

    place: int = column("Grows along the list: by line, and within it what has come furthest first.", sort=True)
    position: int = column("The line's place on the order, from 1.")
    stage: progress.ProgressStage = column("Where they are.")
    quantity: int = column("How many pieces.")
    since: date | None = computed("Since which day they are there; null while we wait for them.", _day("since"))
    expected_at: date | None = computed("The day on which the next stage is expected.", _day("expected_at"))


@node(events.Event, prefix="", rows=visible_events, needs=READ)
class Event:
    """One thing that happened."""

    kind: events.EventKind = column("What happened.", filter=True)
    at: datetime = column("When.", filter=True)
    actor: "Account | None" = one("Who did it; null when it happened by itself.", "actor_id")
    handoff: "Handoff | None" = subject("The handoff it happened to, if any.", handoffs.Handoff)


@node(events.Event, prefix="", rows=visible_events, needs=READ)
class ComplaintUpdate(Update):
    """Something that just happened to a complaint, with the complaint as it now is."""

    complaint_id: strawberry.ID | None = subject_id("The complaint's id.", complaints.Complaint)
    complaint: "Complaint | None" = subject("The complaint as it now is.", complaints.Complaint)


@payload
class ComplaintPayload:
    """What became of a complaint."""

    complaint: "Complaint | None" = changed(
        "The complaint as it now is; null when there are errors, and with `dryRun`."
    )
    masked_subject: str | None = plain(
        "With `dryRun` of `receiveComplaint`, the subject as both offices would read it. Else null.", default=None
    )
    masked_text: str | None = plain(
        "With `dryRun`, what of it the back office would read, without who the customer is: the description as a brief,"
        " or the reasons of an answer. Else null.",
        default=None,
    )


@payload
class SplitComplaintPayload:
    """What became of a complaint that was split."""

    complaint: "Complaint | None" = changed(
        "The complaint as it now is; null when there are errors, and with `dryRun`."
    )
    handoffs: "list[Handoff]" = changed_many("Its new handoffs, in the order of the parts.")
    masked_texts: list[str] | None = plain(
        "With `dryRun`, what each department would read, in the order of the parts; else null.", default=None
    )


class FrontOfficeComplaints:
    """Either office's way to complaints: the back office sees those that were handed to its departments."""

    complaint: "Complaint | None" = read(EntryNode(), "One complaint.", needs=READ)
    complaints: "Connection[Complaint]" = read(EntryRows("-received_at"), "All complaints, latest first.", needs=READ)


class ComplaintSubscriptions:
    """What is pushed about complaints."""

    complaint_updates: "ComplaintUpdate" = read(
        EntryEvents(
            complaints.Complaint,
            of="complaint",
            # Each department that works on it is told besides, by its handoff.
            elsewhere=((complaints.ComplaintEvent.SEVERITY_CHANGED, handoffs.Handoff),),
        ),
        "What happens to complaints, or to one of them.",
        needs=TEXT,
    )


MUTATIONS = (
    mutation(WRITE, receive_complaint, shows=ComplaintPayload),
    mutation(WRITE, hand_off_complaint, shows=HandoffPayload),
    mutation(WRITE, answer_complaint, shows=ComplaintPayload),
    mutation(WRITE, close_complaint, shows=ComplaintPayload),
    mutation(Permission.DETERMINE_CAUSES, determine_cause, shows=ComplaintPayload),
    mutation(WRITE, change_severity, shows=ComplaintPayload),
    mutation(WRITE, split_complaint, shows=SplitComplaintPayload),
)

AREA = Area(front_office=(FrontOfficeComplaints,), mutations=MUTATIONS, subscriptions=(ComplaintSubscriptions,))
