"""Production: what products are made of, the work orders that make them, and the checks that their batches must pass.

The surprising rule: a bill of materials is never changed once it is active; a new version takes its place.
"""

from collections.abc import Callable
from typing import Any

from tortoise import fields

from models.back_office.products.catalogue import Product
from models.kit.base import Record, all_rows, optional_reference, reference
from models.kit.constraints import Index, at_least, when
from models.kit.enums import DescribedEnum
from models.kit.events import EventKind
from models.kit.states import Guard, Transition, Transitions
from models.permissions import Permission


class BillStatus(DescribedEnum):
    """Which version of a bill of materials is worked by."""

    DRAFT = "DRAFT", "Being written."
    ACTIVE = "ACTIVE", "New work orders follow it; one per product."
    RETIRED = "RETIRED", "Another version took its place."


class WorkOrderStatus(DescribedEnum):
    """How far a work order is."""

    PLANNED = "PLANNED", "Planned for a day."
    RELEASED = "RELEASED", "The workshop may begin."
    IN_PROGRESS = "IN_PROGRESS", "Being made; its components are consumed."
    COMPLETED = "COMPLETED", "Made; its batch is in stock."
    CANCELLED = "CANCELLED", "Not made."


_B = BillStatus
_W = WorkOrderStatus
_WRITE = Permission.WRITE_PRODUCTION

BILL_TRANSITIONS: Transitions = {
    _B.DRAFT: (Transition(_B.ACTIVE, _WRITE, by=("activateBill",), guards=(Guard.NOT_OF_ITSELF,)),),
    _B.ACTIVE: (Transition(_B.RETIRED, _WRITE, consequence=True),),
    _B.RETIRED: (),
}

TRANSITIONS: Transitions = {
    _W.PLANNED: (
        Transition(_W.RELEASED, _WRITE, by=("releaseWorkOrder",), guards=(Guard.WANTED,)),
        Transition(_W.CANCELLED, _WRITE, by=("cancelWorkOrder",)),
    ),
    _W.RELEASED: (
        Transition(_W.IN_PROGRESS, _WRITE, by=("startWorkOrder",), guards=(Guard.GOODS_THERE,)),
        Transition(_W.CANCELLED, _WRITE, by=("cancelWorkOrder",)),
    ),
    _W.IN_PROGRESS: (
        Transition(_W.COMPLETED, _WRITE, by=("completeWorkOrder",)),
        Transition(_W.CANCELLED, _WRITE, by=("cancelWorkOrder",)),
    ),
    _W.COMPLETED: (),
    _W.CANCELLED: (),
}


class ProductionEvent(EventKind):
    """What happens to bills of materials and work orders."""

    BILL_ACTIVATED = "BILL_ACTIVATED", "A product is made by a new bill of materials.", Permission.READ_PRODUCTION
    WORK_ORDER_PLANNED = "WORK_ORDER_PLANNED", "Something is planned to be made, or planned anew."
    WORK_ORDER_RELEASED = "WORK_ORDER_RELEASED", "The workshop may begin."
    WORK_ORDER_STARTED = "WORK_ORDER_STARTED", "The workshop began."
    WORK_ORDER_COMPLETED = "WORK_ORDER_COMPLETED", "Something was made; its batch is in stock."
    WORK_ORDER_CANCELLED = "WORK_ORDER_CANCELLED", "Something will not be made."


class BillOfMaterials(Record):
    """One version of what a product is made of: `output_quantity` units come out of what its lines name."""

    member = "bill"
    transitions = BILL_TRANSITIONS

    product_id = reference("Product", related_name="bills_of_materials")
    revision = fields.IntField()
    status = fields.CharEnumField(BillStatus, max_length=20)
    output_quantity = fields.IntField()
    drafted_at = fields.DatetimeField()
    drafted_by_id = optional_reference("Account")
    activated_at = fields.DatetimeField(null=True)
    retired_at = fields.DatetimeField(null=True)
    version = fields.IntField(default=1)

    class Meta:
        table = "bills_of_materials"
        unique_together = (("product_id", "revision"),)
        checks = {
            "quantity": at_least(1, "output_quantity", "revision"),
            "active": when("status", "ACTIVE RETIRED", "activated_at"),
        }
        by_code_point = ("status",)
        more_indexes = (Index("active_bill", "product_id", where="status = 'ACTIVE'", unique=True),)


class BillLine(Record):
    """How much of one component goes into `output_quantity` units of a product."""

    bill_id = reference("BillOfMaterials", related_name="lines")
    position = fields.IntField()
    component_id = reference("Product", related_name="used_in", index=True)
    component: fields.ForeignKeyRelation[Product]
    quantity = fields.IntField()

    class Meta:
        table = "bill_lines"
        unique_together = (("bill_id", "position"), ("bill_id", "component_id"))
        checks = {"quantity": at_least(1, "quantity", "position")}


class WorkOrder(Record):
    """The order to make a quantity of one product by one bill of materials. `completed_quantity` is what came out."""

    history_needs = Permission.READ_PRODUCTION
    transitions = TRANSITIONS

    number = fields.CharField(max_length=20, unique=True)
    product_id = reference("Product", related_name="work_orders")
    bill_id = reference("BillOfMaterials", related_name="work_orders", index=True)
    warehouse_id = reference("Warehouse", related_name="work_orders")
    status = fields.CharEnumField(WorkOrderStatus, max_length=20)
    quantity = fields.IntField()
    completed_quantity = fields.IntField(null=True)
    planned_for = fields.DateField()
    created_at = fields.DatetimeField()
    created_by_id = optional_reference("Account")
    released_at = fields.DatetimeField(null=True)
    started_at = fields.DatetimeField(null=True)
    ended_at = fields.DatetimeField(null=True)
    cancellation_reason: Any = fields.TextField(null=True)
    version = fields.IntField(default=1)

    class Meta:
        table = "work_orders"
        indexes = (("created_at", "id"), ("product_id", "status", "planned_for"), ("status", "planned_for", "id"))
        checks = {
            "quantity": at_least(1, "quantity", "completed_quantity"),
            "started": when("status", "IN_PROGRESS COMPLETED", "started_at"),
            "completed": when("status", "COMPLETED", "completed_quantity", "ended_at"),
            "cancelled": when("status", "CANCELLED", "cancellation_reason", "ended_at"),
        }
        by_code_point = ("number", "status")


class QualityCheck(Record):
    """One look at a batch, and what was found. Rows are only added."""

    batch_id = reference("Batch", related_name="quality_checks")
    name = fields.CharField(max_length=200)
    passed = fields.BooleanField()
    remarks: Any = fields.TextField(null=True)
    checked_at = fields.DatetimeField()
    checked_by_id = optional_reference("Account")

    class Meta:
        table = "quality_checks"
        indexes = (("batch_id", "checked_at", "id"),)
        append_only = True


def passed_sql(column: Callable[[str], str]) -> str:
    """The condition that a batch has passed since it was put on hold: it was checked, and no check's last look failed."""
    since = f"look.batch_id = {column('id')} AND look.checked_at >= coalesce({column('held_at')}, {column('made_at')})"
    later = (
        "SELECT 1 FROM quality_checks later WHERE later.batch_id = look.batch_id AND later.name = look.name"
        " AND (later.checked_at, later.id) > (look.checked_at, look.id)"
    )
    failed = f"SELECT 1 FROM quality_checks look WHERE {since} AND NOT look.passed AND NOT EXISTS ({later})"
    return f"(EXISTS (SELECT 1 FROM quality_checks look WHERE {since}) AND NOT EXISTS ({failed}))"


BillOfMaterials.row_scope = all_rows
BillLine.row_scope = all_rows
WorkOrder.row_scope = all_rows
QualityCheck.row_scope = all_rows
