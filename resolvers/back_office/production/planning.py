"""Planning work orders: how much of what, where and when; and letting the workshop begin."""

from datetime import date
from uuid import UUID

from models.back_office.logistics.inventory import Warehouse, visible_warehouses
from models.back_office.production import TRANSITIONS as WORK_ORDER_TRANSITIONS
from models.back_office.production import BillOfMaterials, BillStatus, WorkOrder, WorkOrderStatus
from models.back_office.products.catalogue import REPLENISHED, Product
from models.kit.base import new_id, now
from models.kit.events import EventKind
from models.kit.states import move_to
from resolvers.back_office.production.shared import (
    WORK_ORDERS,
    Keys,
    check_quantity,
    work_order_at,
    write,
)
from resolvers.events import record
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.loading import access, visible
from resolvers.kit.numbers import next_number
from resolvers.kit.viewer import Viewer

S = WorkOrderStatus

NOT_BEGUN = frozenset({S.PLANNED, S.RELEASED})


async def plan_work_order(
    viewer: Viewer, product: UUID | None, quantity: int, warehouse: UUID | None, planned_for: date
) -> Keys:
    """Plans to make a quantity of a product by its active bill of materials, in a warehouse whose stock it uses."""
    errors = InputErrors()
    made = await visible(viewer, Product, product)
    house = await access(viewer, Warehouse, visible_warehouses, warehouse, lock=False)
    bill = None
    if made is None:
        errors.not_found("product", "product")
    else:
        _check_made(made, "product", errors)
        bill = await BillOfMaterials.filter(product_id=made.id, status=BillStatus.ACTIVE).first()
        if bill is None:
            errors.add("product", "It has no active bill of materials: nobody knows what it is made of.", "NO_BILL")
    if house is None:
        errors.not_found("warehouse", "warehouse")
    check_quantity("quantity", quantity, errors)
    errors.raise_if_any()
    assert made is not None and house is not None and bill is not None
    at = now()
    work_order = await WorkOrder.create(
        id=new_id(),
        number=await next_number("WO", at),
        product_id=made.id,
        bill_id=bill.id,
        warehouse_id=house.id,
        status=S.PLANNED,
        quantity=quantity,
        planned_for=planned_for,
        created_at=at,
        created_by_id=viewer.account,
    )
    kind = EventKind.WORK_ORDER_PLANNED
    await record(kind, actor=viewer.account, at=at, work_order_id=work_order.id, product_id=made.id)
    return {"work_order": work_order.id}


async def change_work_order(
    viewer: Viewer,
    key: UUID | None,
    quantity: int | None,
    planned_for: date | None,
    expected_version: int | None,
) -> Keys:
    """Plans a work order anew that has not begun; what is left out stays as it was."""
    errors = InputErrors()
    work_order = await work_order_at(viewer, key, errors, expected_version)
    if work_order.status not in NOT_BEGUN:
        errors.add("workOrder", f"The work order is {work_order.status}: it is too late.", "BEGUN")
    if quantity is not None:
        check_quantity("quantity", quantity, errors)
        work_order.quantity = quantity
    if planned_for is not None:
        work_order.planned_for = planned_for
    errors.raise_if_any()
    return await write(viewer, work_order, EventKind.WORK_ORDER_PLANNED, now())


async def release_work_order(viewer: Viewer, key: UUID | None, expected_version: int | None) -> Keys:
    """Lets the workshop begin."""
    errors = InputErrors()
    work_order = await work_order_at(viewer, key, errors, expected_version)
    if await WORK_ORDERS.check_step(viewer, work_order, "releaseWorkOrder", S.RELEASED, errors):
        _check_made(await Product.get(id=work_order.product_id), "workOrder", errors)
    errors.raise_if_any()
    move_to(work_order, S.RELEASED, WORK_ORDER_TRANSITIONS)
    work_order.released_at = now()
    return await write(viewer, work_order, EventKind.WORK_ORDER_RELEASED, work_order.released_at)


def _check_made(product: Product, member: str, errors: InputErrors) -> None:
    if product.status not in REPLENISHED:
        errors.add(member, f"The product is {product.status}: no more of it is made.", "NOT_MADE")
