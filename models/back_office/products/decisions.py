"""Product decisions: whether a product is kept, improved or withdrawn, with reasons and the figures of that day.

The surprising rule: rows are never changed. Whoever thinks otherwise later decides again, and both stand in the history.
"""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from tortoise import fields

from models.kit.base import Record, all_rows
from models.kit.enums import DescribedEnum

if TYPE_CHECKING:
    from models.back_office.products.catalogue import Product
    from models.back_office.products.improvements import Improvement
    from models.both_offices.accounts import Account


class Decision(DescribedEnum):
    """What becomes of a product."""

    KEEP = "KEEP", "It is sold on as it is."
    IMPROVE = "IMPROVE", "It is sold on, and made better."
    WITHDRAW = "WITHDRAW", "It is no longer sold: it is discontinued until somebody decides otherwise."


class ProductDecision(Record):
    """One decision. The figures count everything up to that moment, in all of the company.

    `average_rating` is in hundredths of a point, and null where nobody has rated an answer about the product.
    """

    product: fields.ForeignKeyRelation["Product"] = fields.ForeignKeyField(
        "models.Product", related_name="decisions", on_delete=fields.RESTRICT, db_index=False
    )
    product_id: UUID
    decision = fields.CharEnumField(Decision, max_length=20)
    reasons = fields.TextField()
    improvement: fields.ForeignKeyNullableRelation["Improvement"] = fields.ForeignKeyField(
        "models.Improvement", related_name="decisions", on_delete=fields.RESTRICT, null=True, db_index=False
    )
    improvement_id: UUID | None
    decided_at = fields.DatetimeField()
    decided_by: fields.ForeignKeyRelation["Account"] = fields.ForeignKeyField(
        "models.Account", related_name="product_decisions", on_delete=fields.RESTRICT, db_index=False
    )
    decided_by_id: UUID
    complaints = fields.BigIntField()
    open_complaints = fields.BigIntField()
    high_complaints = fields.BigIntField()
    critical_complaints = fields.BigIntField()
    orders = fields.BigIntField()
    units_sold = fields.BigIntField()
    average_rating: Any = fields.BigIntField(null=True)

    class Meta:
        table = "product_decisions"
        indexes = (("product_id", "decided_at", "id"),)


ProductDecision.row_scope = all_rows
