"""Major cases: one fault behind many complaints. Both offices read their titles, in which every customer is masked."""

from collections.abc import Awaitable
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

import strawberry

from models.front_office.service import answers, cases
from models.front_office.service.complaints import Category, Outcome
from models.permissions import Permission
from resolvers.front_office.service import cases as use_cases
from resolvers.front_office.service.answers import Offer
from resolvers.front_office.service.cases.shared import MACHINE
from resolvers.kit.commands import Keys
from resolvers.kit.viewer import Viewer
from resolvers.reading.declare import (
    Access,
    Connection,
    EntryNode,
    EntryRows,
    Node,
    changed,
    column,
    expression,
    many,
    money,
    node,
    one,
    plain,
    plain_type,
    read,
)
from resolvers.reading.steps import next_statuses
from schema.kit.areas import Area
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
from schema.kit.scalars import CurrencyCode, Money

if TYPE_CHECKING:
    from schema.back_office.products.catalogue import Product
    from schema.both_offices.accounts import Account
    from schema.front_office.service.answers import ComplaintAnswer
    from schema.front_office.service.complaints import Complaint

READ, TEXT, WRITE = (Permission.READ_COMPLAINTS, Permission.READ_COMPLAINT_TEXT, Permission.WRITE_COMPLAINTS)
REDRESS = Permission.READ_REDRESS


@node(cases.MajorCase, prefix="cas", needs=READ)
class MajorCase(Node):
    """One fault that many customers complain about, looked into and answered once."""

    number: str = column("The number that people quote, for instance CAS-2026-000042.", filter=True, sort=True)
    title: str = column("What it is about, in a line.")
    status: cases.CaseStatus = column("How far it is.", filter=True, sort=True)
    next_statuses: list[cases.CaseStatus] = expression("What the viewer may make of it now.", next_statuses(MACHINE))
    product: "Product | None" = one("Which product it is about, if it is one.", "product_id")
    category: Category | None = column("What its complaints are about, if they are alike.", filter=True, sort=True)
    opened_at: datetime = column("When it was opened or proposed.", filter=True, sort=True)
    opened_by: "Account | None" = one("Who opened it; null when a rule proposed it.", "opened_by_id")
    outcome: Outcome | None = column("What its answer says.", filter=True)
    answer: str | None = column("Its answer, as it is laid before each complaint.", needs=TEXT)
    reasons: str | None = column("Why.")
    redress: answers.Redress | None = column("What each customer is offered.", needs=REDRESS, filter=True)
    amount: Money | None = money("How much each; null for redress without an amount.", "amount_minor", needs=REDRESS)
    answered_at: datetime | None = column("When it was answered.", filter=True, sort=True)
    answered_by: "Account | None" = one("Who answered it.", "answered_by_id")
    closed_at: datetime | None = column("When it was closed.", filter=True, sort=True)
    closing_reason: str | None = column("Why it was closed without an answer, or what else there is to say.")
    version: int = column("Grows with every change; send it back as `expectedVersion`.")
    complaints: "Connection[Complaint]" = many(
        "The attached complaints that the viewer sees, oldest first.", "case_id", "received_at"
    )
    answers: "Connection[ComplaintAnswer]" = many(
        "What became of its answer at each complaint. Those that wait are TO_CONFIRM.", "case_id", "made_at"
    )


# --- Inputs and payloads ----------------------------------------------------------------------------------------------


@strawberry.input(description="A case as somebody opens it.")
class OpenCaseInput:
    """A case as somebody opens it."""

    title: str = member("What it is about, in a line. Who the attached customers are gets masked.")
    product: strawberry.ID | None = optional("Which product it is about.")
    category: Category | None = optional("What its complaints are about.")
    complaints: list[strawberry.ID] = strawberry.field(
        default_factory=list[strawberry.ID], description="Complaints that belong to it, at most 100."
    )
    dry_run: bool = dry_run()
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="Which proposed case is one.")
class ConfirmCaseInput:
    """Which proposed case is one."""

    case: strawberry.ID = member("The case, which is PROPOSED.")
    title: str | None = optional("A better title. Who the attached customers are gets masked.")
    dry_run: bool = dry_run()
    expected_version: int | None = expected_version()
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="Which complaint belongs to which case.")
class AttachToCaseInput:
    """Which complaint belongs to which case."""

    case: strawberry.ID = member("The case.")
    complaint: strawberry.ID = member("The complaint, which is in no other open case.")
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="Which complaint does not belong to its case.")
class DetachFromCaseInput:
    """Which complaint does not belong to its case."""

    complaint: strawberry.ID = member("The complaint.")
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="What all customers of a case are answered.")
class AnswerCaseInput:
    """What all customers of a case are answered."""

    case: strawberry.ID = member("The case, which is OPEN.")
    outcome: Outcome = member("UPHELD, PARTLY_UPHELD or NOT_UPHELD.")
    answer: str = member("The answer as each customer will get it.")
    reasons: str | None = optional("Why. Both offices read it, so who the customers are gets masked.")
    redress: answers.Redress = strawberry.field(
        default=answers.Redress.NONE, description="What each is offered. REFUND, CREDIT and GOODWILL need an amount."
    )
    amount: Decimal | None = optional("How much each.")
    currency: CurrencyCode | None = optional("The amount's currency.")
    dry_run: bool = dry_run()
    expected_version: int | None = expected_version()
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="Which complaint gets its case's answer.")
class ConfirmCaseAnswerInput:
    """Which complaint gets its case's answer."""

    complaint: strawberry.ID = member("The complaint.")
    text: str | None = optional("The answer in words for this customer; left out, the case's own.")
    expected_version: int | None = expected_version()
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="Which complaint does not get its case's answer.")
class DeclineCaseAnswerInput:
    """Which complaint does not get its case's answer."""

    complaint: strawberry.ID = member("The complaint.")
    reason: str | None = optional("Why. Who the customer is gets masked.")
    dry_run: bool = dry_run()
    expected_version: int | None = expected_version()
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="Which case is done with.")
class CloseCaseInput:
    """Which case is done with."""

    case: strawberry.ID = member("The case.")
    reason: str | None = optional("Why; needed without an answer. Who the customers are gets masked.")
    dry_run: bool = dry_run()
    expected_version: int | None = expected_version()
    idempotency_key: str | None = idempotency_key()


@plain_type(Access.SIGNED_IN)
class CasePayload:
    """What became of a case."""

    ROWS: ClassVar = ("case", "complaint")
    case: "MajorCase | None" = changed("The case as it now is; null when there are errors, and with `dryRun`.")
    complaint: "Complaint | None" = changed("The complaint that was attached or detached; null otherwise.")
    masked_text: str | None = plain(MASKED, default=None)
    errors: list[UserError] = plain(ERRORS)


@plain_type(Access.SIGNED_IN)
class CaseAnswerPayload:
    """What became of a case's answer at one complaint."""

    ROWS: ClassVar = ("complaint", "answer")
    complaint: "Complaint | None" = changed(
        "The complaint as it now is; null when there are errors, and with `dryRun`."
    )
    answer: "ComplaintAnswer | None" = changed(
        "The answer as it now is; null when there are errors, and with `dryRun`."
    )
    masked_text: str | None = plain(MASKED, default=None)
    errors: list[UserError] = plain(ERRORS)


# --- Roots ------------------------------------------------------------------------------------------------------------


class Cases:
    """Either office's way to major cases: the back office sees those of complaints that were handed to its departments."""

    major_case: "MajorCase | None" = read(EntryNode(), "One major case.", needs=READ)
    major_cases: "Connection[MajorCase]" = read(EntryRows("-opened_at"), "All major cases, latest first.", needs=READ)


def _open(viewer: Viewer, given: OpenCaseInput) -> Awaitable[Keys]:
    return use_cases.open_case(
        viewer,
        given.title,
        key_of(given.product, "prd"),
        given.product is not None,
        given.category,
        [key_of(complaint, "cmp") for complaint in given.complaints],
        dry_run=given.dry_run,
    )


def _answer(viewer: Viewer, given: AnswerCaseInput) -> Awaitable[Keys]:
    return use_cases.answer_case(
        viewer,
        key_of(given.case, "cas"),
        given.outcome,
        given.answer,
        given.expected_version,
        Offer(given.redress, given.amount, given.currency, given.reasons),
        dry_run=given.dry_run,
    )


class CaseMutations:
    """What the front office does with major cases."""

    open_case = verb("Opens a major case.", WRITE, OpenCaseInput, CasePayload, _open)
    confirm_case = verb(
        "Says that a proposed case is one.",
        WRITE,
        ConfirmCaseInput,
        CasePayload,
        lambda viewer, given: use_cases.confirm_case(
            viewer, key_of(given.case, "cas"), given.title, given.expected_version, dry_run=given.dry_run
        ),
    )
    attach_to_case = verb(
        "Attaches a complaint to a case. Where the case has its answer, that waits at the complaint, too.",
        WRITE,
        AttachToCaseInput,
        CasePayload,
        lambda viewer, given: use_cases.attach_to_case(
            viewer, key_of(given.case, "cas"), key_of(given.complaint, "cmp")
        ),
    )
    detach_from_case = verb(
        "Takes a complaint out of its case.",
        WRITE,
        DetachFromCaseInput,
        CasePayload,
        lambda viewer, given: use_cases.detach_from_case(viewer, key_of(given.complaint, "cmp")),
    )
    answer_case = verb(
        "Answers a case. The answer waits at each of its unanswered complaints for somebody to confirm it, one by one.",
        WRITE,
        AnswerCaseInput,
        CasePayload,
        _answer,
    )
    confirm_case_answer = verb(
        "Gives a complaint its case's answer. Limits, approval and all else hold as for any answer.",
        WRITE,
        ConfirmCaseAnswerInput,
        CaseAnswerPayload,
        lambda viewer, given: use_cases.confirm_case_answer(
            viewer, key_of(given.complaint, "cmp"), given.text, given.expected_version
        ),
    )
    decline_case_answer = verb(
        "Says that a complaint needs another answer than its case.",
        WRITE,
        DeclineCaseAnswerInput,
        CaseAnswerPayload,
        lambda viewer, given: use_cases.decline_case_answer(
            viewer, key_of(given.complaint, "cmp"), given.reason, given.expected_version, dry_run=given.dry_run
        ),
    )
    close_case = verb(
        "Closes a case: answered and confirmed everywhere, or without an answer for a reason.",
        WRITE,
        CloseCaseInput,
        CasePayload,
        lambda viewer, given: use_cases.close_case(
            viewer, key_of(given.case, "cas"), given.reason, given.expected_version, dry_run=given.dry_run
        ),
    )


AREA = Area(
    front_office=(Cases,),
    back_office=(Cases,),
    mutations=(CaseMutations,),
)
