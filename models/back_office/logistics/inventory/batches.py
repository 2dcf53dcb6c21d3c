"""Batches: every piece in stock belongs to one, so that a complaint leads to what was bought or made together.

The surprising rule: a batch that is not RELEASED keeps its stock, and none of it can be allocated, consumed or shipped.
"""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from tortoise import fields

from models.kit.base import Record, all_rows
from models.kit.enums import DescribedEnum
from models.kit.money import CurrencyCodeField
from models.kit.states import Guard, Transition, Transitions
from models.permissions import Permission

if TYPE_CHECKING:
    from models.back_office.production import WorkOrder
    from models.back_office.products.catalogue import Product
    from models.back_office.purchasing import Supplier


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


class Batch(Record):
    """What was received or made of one product at one time. `expires_on` is the last day on which it may be shipped.

    `unit_cost_minor` is what one unit cost to buy, or to make, by what was consumed; null when nobody knows. `held_at` is when
    it was put on hold last, null for the hold that it began with; `status_reason` is why it was held or rejected.
    """

    number = fields.CharField(max_length=20, unique=True)
    product: fields.ForeignKeyRelation["Product"] = fields.ForeignKeyField(
        "models.Product", related_name="batches", on_delete=fields.RESTRICT, db_index=False
    )
    product_id: UUID
    status = fields.CharEnumField(BatchStatus, max_length=20)
    made_at = fields.DatetimeField()
    expires_on: Any = fields.DateField(null=True)
    supplier: fields.ForeignKeyNullableRelation["Supplier"] = fields.ForeignKeyField(
        "models.Supplier", related_name="batches", on_delete=fields.RESTRICT, null=True, db_index=True
    )
    supplier_id: UUID | None
    work_order: fields.ForeignKeyNullableRelation["WorkOrder"] = fields.ForeignKeyField(
        "models.WorkOrder", related_name="batches", on_delete=fields.RESTRICT, null=True, db_index=True
    )
    work_order_id: UUID | None
    currency: Any = CurrencyCodeField(null=True)
    unit_cost_minor: Any = fields.BigIntField(null=True)
    held_at: Any = fields.DatetimeField(null=True)
    status_reason: Any = fields.TextField(null=True)
    version = fields.IntField(default=1)

    class Meta:
        table = "batches"
        indexes = (("product_id", "made_at", "id"), ("made_at", "id"))


visible_batches = all_rows

Batch.row_scope = visible_batches
