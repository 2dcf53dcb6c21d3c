"""Major cases: one fault that many customers complain about, looked into and answered once.

The surprising rule: a case's answer never goes out by itself; for each complaint somebody confirms it, one by one.
"""

from typing import Any

from tortoise import fields

from models.front_office.service.answers import Redress
from models.front_office.service.complaints import Category, Outcome, visible_complaints
from models.kit.base import ReadScope, Record
from models.kit.constraints import exactly_when, one_of, when
from models.kit.enums import DescribedEnum
from models.kit.events import EventKind
from models.kit.money import CurrencyCodeField
from models.kit.references import optional_reference
from models.kit.states import Guard, Transition, Transitions
from models.permissions import Permission


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
    """What happens to major cases and their complaints."""

    COMPLAINT_ATTACHED = "COMPLAINT_ATTACHED", "A complaint was attached to a major case."
    COMPLAINT_DETACHED = "COMPLAINT_DETACHED", "A complaint was taken out of a major case."
    PROPOSED = "CASE_PROPOSED", "Complaints were proposed to be one major case."
    OPENED = "CASE_OPENED", "A major case was opened."
    ANSWERED = "CASE_ANSWERED", "A major case was answered; each of its complaints waits for confirmation."
    CLOSED = "CASE_CLOSED", "A major case was closed."


class MajorCase(Record):
    """One fault behind many complaints. Both offices read the title: every attached customer's identity is masked in it."""

    label = member = "case"

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
