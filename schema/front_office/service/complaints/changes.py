"""What the front office does with complaints: inputs, payloads and mutations."""

from collections.abc import Awaitable
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

import strawberry

from models.front_office.customers import Channel, Language
from models.front_office.service import complaints
from models.front_office.service.answers import Redress
from models.permissions import Department, Permission
from resolvers.front_office.service import complaints as use_cases
from resolvers.front_office.service.answers import Offer
from resolvers.kit.viewer import Viewer
from resolvers.reading.declare import Access, changed, plain, plain_type
from schema.kit.errors import UserError
from schema.kit.legacy_verbs import (
    ERRORS,
    MASKED,
    dry_run,
    expected_version,
    idempotency_key,
    key_of,
    member,
    optional,
    verb,
)
from schema.kit.scalars import CurrencyCode

if TYPE_CHECKING:
    from schema.back_office.handoffs import Handoff
    from schema.front_office.service.complaints.types import Complaint

WRITE = Permission.WRITE_COMPLAINTS

# --- Inputs ----------------------------------------------------------------------------------------------


@strawberry.input(description="A complaint as an agent writes it down.")
class ReceiveComplaintInput:
    """A complaint as an agent writes it down."""

    customer: strawberry.ID = member("Who complains.")
    order: strawberry.ID | None = optional("Which of the customer's orders it is about.")
    order_line: strawberry.ID | None = optional(
        "Which line of an order it is about; the order, the product and, where one was shipped, the batch follow from it."
    )
    product: strawberry.ID | None = optional("Which product it is about.")
    batch: strawberry.ID | None = optional(
        "The batch that it came from, by the number on the goods; needed where several were shipped for the order line."
    )
    channel: complaints.Channel = member("By which way it reached us.")
    category: complaints.Category = member("What it is about.")
    severity: complaints.Severity = member("How much harm it describes.")
    subject: str = member(
        "What it is about, in a line of at most 200 characters. The customer's identity is masked in it."
    )
    description: str = member("What the customer says, at most 10,000 characters. Only the front office reads it.")
    remedy_sought: str | None = optional("What the customer wants done.")
    hand_off_to: Department | None = optional("A department of the back office to hand it to in the same transaction.")
    preferred_channel: Channel | None = optional(
        "By which way the customer wants to hear from us from now on; left out, as before, or else by `channel`."
    )
    language: Language | None = optional(
        "In which language we write to the customer from now on; left out, as before, or else in their country's."
    )
    dry_run: bool = dry_run()
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
    blocks: bool = strawberry.field(
        description="Whether the customer waits for it: while it is open, the complaint cannot be answered.",
        default=True,
    )
    dry_run: bool = dry_run()
    expected_version: int | None = expected_version()
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="What the customer is answered.")
class AnswerComplaintInput:
    """What the customer is answered."""

    complaint: strawberry.ID = member("The complaint.")
    outcome: complaints.Outcome = member("UPHELD, PARTLY_UPHELD or NOT_UPHELD.")
    answer: str = member("The answer as the customer gets it.")
    reasons: str | None = optional("Why. Both offices read it, so who the customer is gets masked.")
    redress: Redress = strawberry.field(
        default=Redress.NONE,
        description="What the customer is offered. REFUND, CREDIT and GOODWILL need an amount; REPLACEMENT counts as what the"
        " goods were sold for.",
    )
    amount: Decimal | None = optional("How much. Above the viewer's limit, a second person approves it first.")
    currency: CurrencyCode | None = optional("The amount's currency; left out, that of the complaint's order.")
    dry_run: bool = dry_run()
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


# --- Payloads ---


@plain_type(Access.SIGNED_IN)
class ComplaintPayload:
    """What became of a complaint."""

    ROWS: ClassVar = ("complaint",)
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
    errors: list[UserError] = plain(ERRORS)


@plain_type(Access.SIGNED_IN)
class HandoffPayload:
    """What became of a handoff."""

    ROWS: ClassVar = ("handoff",)
    handoff: "Handoff | None" = changed("The handoff as it now is; null when there are errors, and with `dryRun`.")
    masked_text: str | None = plain(MASKED, default=None)
    errors: list[UserError] = plain(ERRORS)


# --- Roots ---


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
            preferred_channel=given.preferred_channel,
            language=given.language,
            order_line=key_of(given.order_line, "oli"),
            names_order_line=given.order_line is not None,
            batch=key_of(given.batch, "bat"),
            names_batch=given.batch is not None,
        ),
        dry_run=given.dry_run,
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
            viewer,
            key_of(given.complaint, "cmp"),
            given.department,
            given.brief,
            given.expected_version,
            blocks=given.blocks,
            dry_run=given.dry_run,
        ),
    )
    answer_complaint = verb(
        "Brings the answer to the customer, once no department works on the complaint any more. With redress above the"
        " viewer's limit, the complaint is AWAITING_APPROVAL until a second person has approved it.",
        WRITE,
        AnswerComplaintInput,
        ComplaintPayload,
        lambda viewer, given: use_cases.answer_complaint(
            viewer,
            key_of(given.complaint, "cmp"),
            given.outcome,
            given.answer,
            given.expected_version,
            Offer(given.redress, given.amount, given.currency, given.reasons),
            dry_run=given.dry_run,
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
