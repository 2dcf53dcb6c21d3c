"""What belongs together: two complaints by a link, and many in a major case, one fault that is looked into and answered once.

The surprising rules: each link is two rows, one per direction, so that both complaints list it the same way. A case's answer
never goes out by itself; for each complaint somebody confirms it, one by one.
"""

from typing import Any

from tortoise import fields

from models.front_office.service.answers import Redress
from models.front_office.service.complaints import Category, Outcome, of_visible_complaints, visible_complaints
from models.kit.base import ReadScope, Record, optional_reference, reference
from models.kit.constraints import Index, exactly_when, one_of, when
from models.kit.enums import DescribedEnum
from models.kit.events import EventKind
from models.kit.money import CurrencyCodeField
from models.kit.states import Guard, Transition, Transitions
from models.permissions import Permission


class LinkKind(DescribedEnum):
    """What a complaint is to another one."""

    DUPLICATE_OF = "DUPLICATE_OF", "It says again what the other one said before."
    HAS_DUPLICATE = "HAS_DUPLICATE", "The other one says again what this one said before."
    SAME_CAUSE = "SAME_CAUSE", "The same fault of ours led to both."
    FOLLOW_UP_OF = "FOLLOW_UP_OF", "The other one came back after its time to be reopened, as this one."
    HAS_FOLLOW_UP = "HAS_FOLLOW_UP", "This one came back after its time to be reopened, as the other one."


SEEN_FROM_THE_OTHER = {
    LinkKind.DUPLICATE_OF: LinkKind.HAS_DUPLICATE,
    LinkKind.HAS_DUPLICATE: LinkKind.DUPLICATE_OF,
    LinkKind.SAME_CAUSE: LinkKind.SAME_CAUSE,
    LinkKind.FOLLOW_UP_OF: LinkKind.HAS_FOLLOW_UP,
    LinkKind.HAS_FOLLOW_UP: LinkKind.FOLLOW_UP_OF,
}
LINKED_BY_HAND = frozenset({LinkKind.DUPLICATE_OF, LinkKind.SAME_CAUSE})


class ComplaintLink(Record):
    """One complaint seen from another one: `complaint` is `kind` `other`."""

    complaint_id = reference("Complaint", related_name="links")
    other_id = reference("Complaint", related_name="linked_from", index=True)
    kind = fields.CharEnumField(LinkKind, max_length=20)
    linked_at = fields.DatetimeField()
    linked_by_id = optional_reference("Account", related_name="complaint_links")

    class Meta:
        table = "complaint_links"
        unique_together = (("complaint_id", "other_id", "kind"),)
        indexes = (("complaint_id", "linked_at", "id"),)
        checks = {"two_complaints": "complaint_id <> other_id"}
        more_indexes = (Index("one_original", "complaint_id", where="kind = 'DUPLICATE_OF'", unique=True),)


def visible_links(read_scope: ReadScope, link: str) -> str | None:
    """Who sees both complaints: a link to one that is hidden would say that it exists."""
    one, other = (of_visible_complaints(read_scope, f"{link}.{key}") for key in ("complaint_id", "other_id"))
    return None if one is None or other is None else f"{one} AND {other}"


ComplaintLink.row_scope = visible_links


class CaseStatus(DescribedEnum):
    """How far a major case is."""

    PROPOSED = "PROPOSED", "Several complaints look alike; somebody has to say whether they are."
    OPEN = "OPEN", "They are one case, which is being looked into."
    ANSWERED = "ANSWERED", "Its answer waits at each complaint for somebody to confirm it."
    CLOSED = "CLOSED", "Done with, or no case after all."


_S = CaseStatus
_W = Permission.WRITE_COMPLAINTS

TRANSITIONS: Transitions = {
    _S.PROPOSED: (Transition(_S.OPEN, _W, ("confirmCase",)), Transition(_S.CLOSED, _W, ("closeCase",))),
    _S.OPEN: (Transition(_S.ANSWERED, _W, ("answerCase",)), Transition(_S.CLOSED, _W, ("closeCase",))),
    _S.ANSWERED: (Transition(_S.CLOSED, _W, ("closeCase",), (Guard.SETTLED,)),),
    _S.CLOSED: (),
}
"""Settled is a case whose answer somebody has confirmed or declined at each of its complaints."""

OPEN_CASES = frozenset({CaseStatus.PROPOSED, CaseStatus.OPEN, CaseStatus.ANSWERED})


class CaseEvent(EventKind):
    """What happens to complaints that belong together, and to their major cases."""

    LINKED = "COMPLAINT_LINKED", "A complaint was linked to another one."
    UNLINKED = "COMPLAINT_UNLINKED", "A link to another complaint was taken back."
    COMPLAINT_ATTACHED = "COMPLAINT_ATTACHED", "A complaint was attached to a major case."
    COMPLAINT_DETACHED = "COMPLAINT_DETACHED", "A complaint was taken out of a major case."
    PROPOSED = "CASE_PROPOSED", "Complaints were proposed to be one major case."
    OPENED = "CASE_OPENED", "A major case was opened."
    ANSWERED = "CASE_ANSWERED", "A major case was answered; each of its complaints waits for confirmation."
    CLOSED = "CASE_CLOSED", "A major case was closed."


class MajorCase(Record):
    """One fault behind many complaints. Both offices read the title: every attached customer's identity is masked in it."""

    label = member = "case"
    transitions = TRANSITIONS

    number = fields.CharField(max_length=20, unique=True)
    title = fields.CharField(max_length=200)
    status = fields.CharEnumField(CaseStatus, max_length=20)
    product_id = optional_reference("Product", related_name="cases", index=True)
    category: Any = fields.CharEnumField(Category, max_length=20, null=True)
    opened_at = fields.DatetimeField()
    opened_by_id = optional_reference("Account", related_name="opened_cases")
    outcome: Any = fields.CharEnumField(Outcome, max_length=20, null=True)
    answer: Any = fields.TextField(null=True)
    reasons: Any = fields.TextField(null=True)
    redress: Any = fields.CharEnumField(Redress, max_length=20, null=True)
    amount_minor = fields.BigIntField(null=True)
    currency: Any = CurrencyCodeField(null=True)
    answered_at = fields.DatetimeField(null=True)
    answered_by_id = optional_reference("Account", related_name="answered_cases")
    closed_at = fields.DatetimeField(null=True)
    closing_reason: Any = fields.TextField(null=True)
    version = fields.IntField(default=1)

    class Meta:
        table = "major_cases"
        indexes = (("opened_at", "id"),)
        checks = {
            "outcome": one_of("outcome", "UPHELD PARTLY_UPHELD NOT_UPHELD"),
            "priced": when("redress", "REFUND CREDIT GOODWILL", "amount_minor", "currency", "amount_minor > 0"),
            "unpriced": when("redress", "NONE APOLOGY REPLACEMENT", "amount_minor IS NULL", "currency IS NULL"),
            "answered": when("status", "ANSWERED", "answer", "outcome", "redress", "answered_at"),
            "closed": exactly_when("status", "CLOSED", "closed_at"),
        }
        by_code_point = ("number", "status", "category")


def visible_cases(read_scope: ReadScope, case: str) -> str | None:
    """The front office sees all cases; the back office those that a complaint is attached to which it sees.

    A case's texts are masked for the customers of its complaints, so without any it may still say who somebody is.
    """
    if Permission.ENTER_FRONT_OFFICE in read_scope.permissions:
        return None
    scope = visible_complaints(read_scope, "attached_complaint")
    seen = f" AND {scope}" if scope else ""
    return f"EXISTS (SELECT 1 FROM complaints attached_complaint WHERE attached_complaint.case_id = {case}.id{seen})"


MajorCase.row_scope = visible_cases
