"""Batches: every piece in stock belongs to one, so that a complaint leads to what was bought or made together.

The surprising rule: a batch that is not RELEASED keeps its stock, and none of it can be allocated, consumed or shipped.
"""

from typing import Any

from tortoise import fields

from models.kit.base import Record, all_rows
from models.kit.constraints import Index, at_least, together
from models.kit.enums import DescribedEnum
from models.kit.events import EventKind
from models.kit.money import CurrencyCodeField
from models.kit.references import optional_reference, reference
from models.kit.states import Guard, Transition, Transitions
from models.permissions import Permission


class BatchStatus(DescribedEnum):
    """Whether a batch may leave the house."""

    ON_HOLD = "ON_HOLD", "Waits for its quality check, or was held back again."
    RELEASED = "RELEASED", "May be sold and used."
    REJECTED = "REJECTED", "Failed its check; it is only scrapped or sent back."


_S = BatchStatus
_CHECK = Permission.CHECK_QUALITY

TRANSITIONS: Transitions = {
    _S.ON_HOLD: (
        Transition(_S.RELEASED, _CHECK, by=("releaseBatch",), guards=(Guard.SETTLED,)),
        Transition(_S.REJECTED, _CHECK, by=("rejectBatch",)),
    ),
    _S.RELEASED: (Transition(_S.ON_HOLD, _CHECK, by=("holdBatch",)),),
    _S.REJECTED: (),
}
"""Settled is what has passed its checks since it was put on hold (see production)."""


class BatchEvent(EventKind):
    """What happens to batches."""

    CHECKED = "BATCH_CHECKED", "Somebody looked at a batch."
    HELD = "BATCH_HELD", "A batch may not be sold until it is released."
    RELEASED = "BATCH_RELEASED", "A batch may be sold."
    REJECTED = "BATCH_REJECTED", "A batch will never be sold."


class Batch(Record):
    """What was received or made of one product at one time. `expires_on` is the last day on which it may be shipped.

    `unit_cost_minor` is what one unit cost to buy, or to make, by what was consumed; null when nobody knows. `held_at` is when
    it was put on hold last, null for the hold that it began with; `status_reason` is why it was held or rejected.
    """

    history_needs = Permission.READ_BATCHES

    number = fields.CharField(max_length=20, unique=True)
    product_id = reference("Product", related_name="batches")
    status = fields.CharEnumField(BatchStatus, max_length=20)
    made_at = fields.DatetimeField()
    expires_on = fields.DateField(null=True)
    supplier_id = optional_reference("Supplier", related_name="batches", index=True)
    work_order_id = optional_reference("WorkOrder", related_name="batches", index=True)
    currency: Any = CurrencyCodeField(null=True)
    unit_cost_minor = fields.BigIntField(null=True)
    held_at = fields.DatetimeField(null=True)
    status_reason: Any = fields.TextField(null=True)
    version = fields.IntField(default=1)

    class Meta:
        table = "batches"
        indexes = (("product_id", "made_at", "id"), ("made_at", "id"))
        checks = {
            "cost": at_least(0, "unit_cost_minor"),
            "cost_has_currency": together("unit_cost_minor", "currency"),
        }
        by_code_point = ("number", "status")
        more_indexes = (
            Index("batches_to_expire", "expires_on, id", where="expires_on IS NOT NULL"),
            Index("batches_held", "product_id, id", where="status = 'ON_HOLD'"),
        )


visible_batches = all_rows

Batch.row_scope = visible_batches
