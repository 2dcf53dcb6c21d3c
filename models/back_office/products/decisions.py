"""Product decisions: whether a product is kept, improved or withdrawn, with reasons and the figures of that day.

The surprising rule: rows are never changed. Whoever thinks otherwise later decides again, and both stand in the history.
"""

from tortoise import fields

from models.kit.base import Record, all_rows, optional_reference, reference
from models.kit.constraints import at_least
from models.kit.enums import DescribedEnum
from models.kit.events import EventKind
from models.permissions import Permission


class Decision(DescribedEnum):
    """What becomes of a product."""

    KEEP = "KEEP", "It is sold on as it is."
    IMPROVE = "IMPROVE", "It is sold on, and made better."
    WITHDRAW = "WITHDRAW", "It is no longer sold: it is discontinued until somebody decides otherwise."


class DecisionEvent(EventKind):
    """What happens to decisions about products."""

    DECIDED = (
        "PRODUCT_DECIDED",
        "It was decided whether a product is kept, improved or withdrawn.",
        Permission.READ_IMPROVEMENTS,
    )


class ProductDecision(Record):
    """One decision. The figures count everything up to that moment, in all of the company.

    `average_rating` is in hundredths of a point, and null where nobody has rated an answer about the product.
    """

    product_id = reference("Product", related_name="decisions")
    decision = fields.CharEnumField(Decision, max_length=20)
    reasons = fields.TextField()
    improvement_id = optional_reference("Improvement", related_name="decisions")
    decided_at = fields.DatetimeField()
    decided_by_id = reference("Account", related_name="product_decisions")
    complaints = fields.BigIntField()
    open_complaints = fields.BigIntField()
    high_complaints = fields.BigIntField()
    critical_complaints = fields.BigIntField()
    orders = fields.BigIntField()
    units_sold = fields.BigIntField()
    average_rating = fields.BigIntField(null=True)

    class Meta:
        table = "product_decisions"
        indexes = (("product_id", "decided_at", "id"),)
        checks = {
            "figures": at_least(
                0, "complaints", "open_complaints", "high_complaints", "critical_complaints", "orders", "units_sold"
            ),
            "average_rating": "average_rating IS NULL OR average_rating BETWEEN 100 AND 500",
        }
        by_code_point = ("decision",)
        append_only = True


ProductDecision.row_scope = all_rows
