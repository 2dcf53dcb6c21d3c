"""Major cases: one fault that many customers complain about, looked into and answered once.

The surprising rule: a case's answer never goes out by itself; for each complaint somebody confirms it, one by one.
"""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from tortoise import fields

from models.front_office.service.answers import Redress
from models.front_office.service.complaints import Category, Outcome, visible_complaints
from models.kit.base import ReadScope, Record
from models.kit.enums import DescribedEnum
from models.kit.money import CurrencyCodeField
from models.kit.states import Guard, Transition, Transitions
from models.permissions import Permission

if TYPE_CHECKING:
    from models.back_office.products.catalogue import Product
    from models.both_offices.accounts import Account


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


class MajorCase(Record):
    """One fault behind many complaints. Both offices read the title: every attached customer's identity is masked in it."""

    label = member = "case"

    number = fields.CharField(max_length=20, unique=True)
    title = fields.CharField(max_length=200)
    status = fields.CharEnumField(CaseStatus, max_length=20)
    product: fields.ForeignKeyNullableRelation["Product"] = fields.ForeignKeyField(
        "models.Product", related_name="cases", on_delete=fields.RESTRICT, null=True, db_index=True
    )
    product_id: UUID | None
    category: Any = fields.CharEnumField(Category, max_length=20, null=True)
    opened_at = fields.DatetimeField()
    opened_by: fields.ForeignKeyNullableRelation["Account"] = fields.ForeignKeyField(
        "models.Account", related_name="opened_cases", on_delete=fields.RESTRICT, null=True
    )
    opened_by_id: UUID | None
    outcome: Any = fields.CharEnumField(Outcome, max_length=20, null=True)
    answer: Any = fields.TextField(null=True)
    reasons: Any = fields.TextField(null=True)
    redress: Any = fields.CharEnumField(Redress, max_length=20, null=True)
    amount_minor: Any = fields.BigIntField(null=True)
    currency: Any = CurrencyCodeField(null=True)
    answered_at: Any = fields.DatetimeField(null=True)
    answered_by: fields.ForeignKeyNullableRelation["Account"] = fields.ForeignKeyField(
        "models.Account", related_name="answered_cases", on_delete=fields.RESTRICT, null=True
    )
    answered_by_id: UUID | None
    closed_at: Any = fields.DatetimeField(null=True)
    closing_reason: Any = fields.TextField(null=True)
    version = fields.IntField(default=1)

    class Meta:
        table = "major_cases"
        indexes = (("opened_at", "id"),)


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
