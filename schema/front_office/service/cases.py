"""What belongs together: complaints by links, and many of them in a major case, one fault behind them all.

Both offices read the titles of cases, in which every customer is masked.
"""

from datetime import datetime
from typing import TYPE_CHECKING

from models.front_office.service import answers, cases
from models.front_office.service.complaints import Category, Outcome
from models.permissions import Permission
from resolvers.front_office.service.cases.answering import (
    MACHINE,
    answer_case,
    close_case,
    confirm_case,
    confirm_case_answer,
    decline_case_answer,
)
from resolvers.front_office.service.cases.gathering import attach_to_case, detach_from_case, open_case
from resolvers.front_office.service.cases.linking import link_complaints, unlink_complaints
from resolvers.reading.declare import column, expression, many, money, node, one, read
from resolvers.reading.relay import Connection, Node
from resolvers.reading.sources import EntryNode, EntryRows
from resolvers.reading.values import next_statuses
from schema.kit.areas import Area
from schema.kit.mutations import MASKED, changed, mutation, payload, plain
from schema.kit.scalars import Money

if TYPE_CHECKING:
    from schema.back_office.products.catalogue import Product
    from schema.both_offices.accounts import Account
    from schema.front_office.service.answers import ComplaintAnswer
    from schema.front_office.service.complaints import Complaint

READ, TEXT, WRITE = (Permission.READ_COMPLAINTS, Permission.READ_COMPLAINT_TEXT, Permission.WRITE_COMPLAINTS)
REDRESS = Permission.READ_REDRESS


@node(cases.ComplaintLink, prefix="lnk", needs=READ)
class ComplaintLink(Node):
    """What a complaint is to another one; the other one has the same link seen from its side."""

    kind: cases.LinkKind = column("What it is to the other one.", filter=True)
    other: "Complaint | None" = one("The other one.", "other_id")
    linked_at: datetime = column("When they were linked.", filter=True, sort=True)
    linked_by: "Account | None" = one("Who linked them; null when that happened by itself.", "linked_by_id")


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
    version: int = column(
        "Grows with every change; send it back as `expectedVersion`.", needs=Permission.ENTER_FRONT_OFFICE
    )
    complaints: "Connection[Complaint]" = many(
        "The attached complaints that the viewer sees, oldest first.", "case_id", "received_at"
    )
    answers: "Connection[ComplaintAnswer]" = many(
        "What became of its answer at each complaint. Those that wait are TO_CONFIRM.", "case_id", "made_at"
    )


@payload
class LinkComplaintsPayload:
    """What became of two complaints."""

    complaint: "Complaint | None" = changed("The one; null when there are errors.")
    other: "Complaint | None" = changed("The other; null when there are errors.")


@payload
class CasePayload:
    """What became of a case."""

    case: "MajorCase | None" = changed("The case as it now is; null when there are errors, and with `dryRun`.")
    complaint: "Complaint | None" = changed("The complaint that was attached or detached; null otherwise.")
    masked_text: str | None = plain(MASKED, default=None)


@payload
class CaseAnswerPayload:
    """What became of a case's answer at one complaint."""

    complaint: "Complaint | None" = changed(
        "The complaint as it now is; null when there are errors, and with `dryRun`."
    )
    answer: "ComplaintAnswer | None" = changed(
        "The answer as it now is; null when there are errors, and with `dryRun`."
    )
    masked_text: str | None = plain(MASKED, default=None)


class Cases:
    """Either office's way to major cases: the back office sees those of complaints that were handed to its departments."""

    major_case: "MajorCase | None" = read(EntryNode(), "One major case.", needs=READ)
    major_cases: "Connection[MajorCase]" = read(EntryRows("-opened_at"), "All major cases, latest first.", needs=READ)


MUTATIONS = (
    mutation(WRITE, link_complaints, shows=LinkComplaintsPayload),
    mutation(WRITE, unlink_complaints, shows=LinkComplaintsPayload),
    mutation(WRITE, open_case, shows=CasePayload),
    mutation(WRITE, confirm_case, shows=CasePayload),
    mutation(WRITE, attach_to_case, shows=CasePayload),
    mutation(WRITE, detach_from_case, shows=CasePayload),
    mutation(WRITE, answer_case, shows=CasePayload),
    mutation(WRITE, confirm_case_answer, shows=CaseAnswerPayload),
    mutation(WRITE, decline_case_answer, shows=CaseAnswerPayload),
    mutation(WRITE, close_case, shows=CasePayload),
)

AREA = Area(front_office=(Cases,), back_office=(Cases,), mutations=MUTATIONS)
