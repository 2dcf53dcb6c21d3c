"""What is pushed of purchasing."""

from typing import TYPE_CHECKING

import strawberry

from models.back_office import purchasing
from models.events import visible_events
from models.kit import events
from models.permissions import Permission
from resolvers.reading.declare import node, read, subject, subject_id
from resolvers.reading.sources import EntryEvents
from schema.kit.events import Update

if TYPE_CHECKING:
    from schema.back_office.purchasing import PurchaseOrder

READ = Permission.READ_PURCHASING


@node(events.Event, prefix="", rows=visible_events, needs=READ)
class PurchaseOrderUpdate(Update):
    """Something that just happened to a purchase order, with the purchase order as it now is."""

    purchase_order_id: strawberry.ID | None = subject_id("The purchase order's id.", purchasing.PurchaseOrder)
    purchase_order: "PurchaseOrder | None" = subject("The purchase order as it now is.", purchasing.PurchaseOrder)


class PurchaseSubscriptions:
    """What is pushed about purchase orders."""

    purchase_order_updates: "PurchaseOrderUpdate" = read(
        EntryEvents(purchasing.PurchaseOrder, of="purchaseOrder"),
        "What happens to purchase orders, or to one of them: written, approved, sent, received.",
        needs=READ,
    )
