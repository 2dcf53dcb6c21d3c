"""Steps that several verbs on purchase orders share: load, check a step, write it down."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from models.back_office.purchasing import (
    PurchaseOrder,
    PurchaseOrderLine,
    visible_purchase_orders,
)
from models.kit.events import EventKind
from models.kit.money import decimals_of
from resolvers.events import record
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.loading import access
from resolvers.kit.viewer import Viewer

Keys = Mapping[str, UUID]


def decimals(currency: str) -> str:
    """Why an amount has too many decimals."""
    return f"{currency} has {decimals_of(currency)} decimals."


async def purchase_order_at(
    viewer: Viewer, key: UUID | None, errors: InputErrors, expected_version: int | None
) -> PurchaseOrder:
    """The purchase order that a verb is about, locked."""
    order = await access(viewer, PurchaseOrder, visible_purchase_orders, key)
    if order is None:
        errors.not_found("purchaseOrder", "purchase order")
        raise errors.refusal()
    errors.version(order.version, expected_version)
    return order


async def lines_of(order: PurchaseOrder) -> list[PurchaseOrderLine]:
    """Its lines in order."""
    return await PurchaseOrderLine.filter(purchase_order_id=order.id).order_by("position")


async def write(viewer: Viewer, order: PurchaseOrder, kind: EventKind, at: datetime) -> Keys:
    """Saves a changed purchase order and records what happened to it."""
    order.version += 1
    await order.save()
    await record(kind, actor=viewer.account, at=at, purchase_order_id=order.id)
    return {"purchase_order": order.id}
