"""Writes down that something happened, in the transaction of the change itself: both are kept, or neither."""

from datetime import datetime
from uuid import UUID

from models.kit.events import Event, EventKind
from models.permissions import Department
from resolvers.kit.transaction import note_event


async def record(
    kind: EventKind,
    *,
    actor: UUID | None,
    at: datetime,
    complaint_id: UUID | None = None,
    handoff_id: UUID | None = None,
    department: Department | None = None,
    account_id: UUID | None = None,
    improvement_id: UUID | None = None,
    notification_id: UUID | None = None,
    order_id: UUID | None = None,
    product_id: UUID | None = None,
    batch_id: UUID | None = None,
    work_order_id: UUID | None = None,
    shipment_id: UUID | None = None,
    purchase_order_id: UUID | None = None,
    return_id: UUID | None = None,
    supplier_id: UUID | None = None,
) -> None:
    """Adds one event to the current transaction. It has no position yet: the relay gives it one after the commit."""
    event = await Event.create(
        kind=kind,
        at=at,
        actor_id=actor,
        complaint_id=complaint_id,
        handoff_id=handoff_id,
        department=department,
        account_id=account_id,
        improvement_id=improvement_id,
        notification_id=notification_id,
        order_id=order_id,
        product_id=product_id,
        batch_id=batch_id,
        work_order_id=work_order_id,
        shipment_id=shipment_id,
        purchase_order_id=purchase_order_id,
        return_id=return_id,
        supplier_id=supplier_id,
    )
    note_event(event)
