"""Complaints and what happened to them. The customer's own words are for the front office; the rest is for both."""

from collections.abc import Awaitable
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

import strawberry

from models import events
from models.front_office import complaints
from models.permissions import Department, Permission
from resolvers.events import event_cursor_sql
from resolvers.front_office import complaints as use_cases
from resolvers.reading.declare import (
    Connection,
    Door,
    EntryEvents,
    EntryNode,
    EntryRows,
    Node,
    Surroundings,
    changed,
    column,
    expression,
    many,
    node,
    one,
    plain,
    plain_type,
    read,
)
from resolvers.reading.steps import steps_sql
from resolvers.viewer import Viewer
from schema.changes import ERRORS, expected_version, idempotency_key, key_of, member, optional, verb
from schema.errors import UserError

if TYPE_CHECKING:
    from schema.back_office.accounts import Account
    from schema.back_office.handoffs import Handoff
    from schema.back_office.products import Product
    from schema.front_office.customers import Customer
    from schema.front_office.orders import Order

READ, TEXT, WRITE = (Permission.READ_COMPLAINTS, Permission.READ_COMPLAINT_TEXT, Permission.WRITE_COMPLAINTS)


def _next_statuses(around: Surroundings) -> str:
    key = around.column("id")
    open_handoff = f"SELECT 1 FROM handoffs WHERE complaint_id = {key} AND status IN ('QUEUED', 'CLAIMED', 'ANSWERED')"
    return steps_sql(complaints.TRANSITIONS, around, unsettled=f"EXISTS ({open_handoff})")


def cursor_column(around: Surroundings) -> str:
    """The cursor to resume a subscription from."""
    return f"'\"' || {event_cursor_sql(around.column('position'), around.dialect)} || '\"'"


@node(complaints.Complaint, prefix="cmp", rows=complaints.visible_complaints, needs=READ)
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
    next_statuses: list[complaints.ComplaintStatus] = expression("What the viewer may make of it now.", _next_statuses)
    received_at: datetime = column("When it was received.", filter=True, sort=True)
    received_by: "Account | None" = one("Who wrote it down.", "received_by_id")
    answer: str | None = column("What we answered the customer.", needs=TEXT)
    answered_at: datetime | None = column("When the customer got the answer.", filter=True, sort=True)
    outcome: complaints.Outcome | None = column("How it ended.", filter=True, sort=True)
    closed_at: datetime | None = column("When it was closed.", filter=True, sort=True)
    closing_reason: str | None = column("Why it was closed without an answer.", needs=TEXT)
    version: int = column("Grows with every change; send it back as `expectedVersion`.")
    customer: "Customer | None" = one("Who complains.", "customer_id")
    order: "Order | None" = one("Which order it is about, if any.", "order_id")
    product: "Product | None" = one("Which product it is about, if any.", "product_id")
    handoffs: "Connection[Handoff]" = many(
        "The pieces given to departments that the viewer sees, oldest first.", "complaint_id", "handed_off_at"
    )
    history: "Connection[Event]" = many(
        "What happened to it, as far as the viewer sees, oldest first.", "complaint_id", ""
    )


@node(events.Event, prefix="", rows=events.visible_events, needs=READ)
class Event:
    """One thing that happened."""

    kind: events.EventKind = column("What happened.", filter=True)
    at: datetime = column("When.", filter=True)
    actor: "Account | None" = one("Who did it; null when it happened by itself.", "actor_id")
    handoff: "Handoff | None" = one("The handoff it happened to, if any.", "handoff_id")


@node(events.Event, prefix="", rows=events.visible_events, needs=READ)
class ComplaintUpdate:
    """Something that just happened to a complaint, with the complaint as it now is."""

    cursor: str = expression("Send it as `after` to resume behind this message.", cursor_column)
    kind: events.EventKind = column("What happened.")
    at: datetime = column("When.")
    complaint: "Complaint | None" = one("The complaint as it now is.", "complaint_id")


# --- Inputs and payloads ----------------------------------------------------------------------------------------------


@strawberry.input(description="A complaint as an agent writes it down.")
class ReceiveComplaintInput:
    """A complaint as an agent writes it down."""

    customer: strawberry.ID = member("Who complains.")
    order: strawberry.ID | None = optional("Which of the customer's orders it is about.")
    product: strawberry.ID | None = optional("Which product it is about.")
    channel: complaints.Channel = member("By which way it reached us.")
    category: complaints.Category = member("What it is about.")
    severity: complaints.Severity = member("How much harm it describes.")
    subject: str = member(
        "What it is about, in a line of at most 200 characters. The customer's identity is masked in it."
    )
    description: str = member("What the customer says, at most 10,000 characters. Only the front office reads it.")
    remedy_sought: str | None = optional("What the customer wants done.")
    hand_off_to: Department | None = optional("A department of the back office to hand it to in the same transaction.")
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="Which complaint goes to which department.")
class HandOffComplaintInput:
    """Which complaint goes to which department."""

    complaint: strawberry.ID = member("The complaint.")
    department: Department | None = optional(
        "A department of the back office; left out, the one that the category says."
    )
    brief: str | None = optional(
        "What the department must know; left out, the description. Who the customer is gets masked."
    )
    expected_version: int | None = expected_version()
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="What the customer is answered.")
class AnswerComplaintInput:
    """What the customer is answered."""

    complaint: strawberry.ID = member("The complaint.")
    outcome: complaints.Outcome = member("UPHELD, PARTLY_UPHELD or NOT_UPHELD.")
    answer: str = member("The answer as the customer gets it.")
    expected_version: int | None = expected_version()
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="Which complaint is done with.")
class CloseComplaintInput:
    """Which complaint is done with."""

    complaint: strawberry.ID = member("The complaint.")
    outcome: complaints.Outcome | None = optional("Only without an answer: WITHDRAWN, NOT_A_COMPLAINT or DUPLICATE.")
    reason: str | None = optional("Why it is closed; needed without an answer.")
    expected_version: int | None = expected_version()
    idempotency_key: str | None = idempotency_key()


@plain_type(Door.SIGNED_IN)
class ComplaintPayload:
    """What became of a complaint."""

    ROWS: ClassVar = ("complaint",)
    complaint: "Complaint | None" = changed("The complaint as it now is; null when there are errors.")
    errors: list[UserError] = plain(ERRORS)


@plain_type(Door.SIGNED_IN)
class HandoffPayload:
    """What became of a handoff."""

    ROWS: ClassVar = ("handoff",)
    handoff: "Handoff | None" = changed("The handoff as it now is; null when there are errors.")
    errors: list[UserError] = plain(ERRORS)


# --- Roots ------------------------------------------------------------------------------------------------------------


class FrontOfficeComplaints:
    """Either office's way to complaints: the back office sees those that were handed to its departments."""

    complaint: "Complaint | None" = read(EntryNode(), "One complaint.", needs=READ)
    complaints: "Connection[Complaint]" = read(EntryRows("-received_at"), "All complaints, latest first.", needs=READ)


def _receive(viewer: Viewer, given: ReceiveComplaintInput) -> Awaitable[use_cases.Keys]:
    return use_cases.receive_complaint(
        viewer,
        use_cases.NewComplaint(
            customer=key_of(given.customer, "cus"),
            order=key_of(given.order, "ord"),
            product=key_of(given.product, "prd"),
            names_order=given.order is not None,
            names_product=given.product is not None,
            channel=given.channel,
            category=given.category,
            severity=given.severity,
            subject=given.subject,
            description=given.description,
            remedy_sought=given.remedy_sought,
            hand_off_to=given.hand_off_to,
        ),
    )


class ComplaintMutations:
    """What the front office does with complaints."""

    receive_complaint = verb(
        "Writes a complaint down, and hands it off when `handOffTo` is given.",
        WRITE,
        ReceiveComplaintInput,
        ComplaintPayload,
        _receive,
    )
    hand_off_complaint = verb(
        "Gives a piece of a complaint to a department.",
        WRITE,
        HandOffComplaintInput,
        HandoffPayload,
        lambda viewer, given: use_cases.hand_off_complaint(
            viewer, key_of(given.complaint, "cmp"), given.department, given.brief, given.expected_version
        ),
    )
    answer_complaint = verb(
        "Brings the answer to the customer, once no department works on the complaint any more.",
        WRITE,
        AnswerComplaintInput,
        ComplaintPayload,
        lambda viewer, given: use_cases.answer_complaint(
            viewer, key_of(given.complaint, "cmp"), given.outcome, given.answer, given.expected_version
        ),
    )
    close_complaint = verb(
        "Closes a complaint: after its answer, or without one for a reason. Handoffs that are still open are withdrawn.",
        WRITE,
        CloseComplaintInput,
        ComplaintPayload,
        lambda viewer, given: use_cases.close_complaint(
            viewer, key_of(given.complaint, "cmp"), given.outcome, given.reason, given.expected_version
        ),
    )


class ComplaintSubscriptions:
    """What is pushed about complaints."""

    complaint_updates: "ComplaintUpdate" = read(
        EntryEvents("complaint_id", complaint=True), "What happens to complaints, or to one of them.", needs=TEXT
    )
