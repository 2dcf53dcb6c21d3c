"""How far an order is, for the agent on the phone, and pushed as it changes. Nothing here tells costs or suppliers."""

from datetime import date, datetime
from typing import TYPE_CHECKING

from models.back_office.logistics import shipments
from models.events import visible_events
from models.front_office.sales import orders
from models.kit import events
from models.permissions import Permission
from resolvers.reading.declare import EntryEvents, column, expression, node, one, read, subject
from schema.kit.events import cursor_column

if TYPE_CHECKING:
    from schema.back_office.logistics.shipments import Shipment
    from schema.back_office.products.catalogue import Product
    from schema.front_office.sales.orders.placed import Order, OrderLine

READ = Permission.READ_ORDERS


@node(orders.OrderProgress, prefix="", needs=READ)
class OrderProgress:
    """How many pieces of one line of an order are at one stage on their way to the customer."""

    place: int = column("Grows along the list: by line, and within it what has come furthest first.", sort=True)
    position: int = column("The line's place on the order, from 1.")
    stage: orders.ProgressStage = column("Where they are.")
    quantity: int = column("How many pieces.")
    since: datetime | None = column("Since when they are there; null while we wait for them.")
    expected_at: datetime | None = column(
        "When the next stage is expected: a delivery to the customer as the carrier says, one to us as it was ordered, when"
        " those who wait longer have got theirs. Null when nobody knows."
    )
    planned_for: date | None = column("The day that their production is planned for, when they are made.")
    work_order_number: str | None = column("The number of the work order that makes them, if any.")
    batch_number: str | None = column("The number of the batch that waits for its quality check, if any.")
    carrier: str | None = column("Who carries them, once they have left.")
    tracking_number: str | None = column("The carrier's number for them.")
    order_line: "OrderLine | None" = one("The line.", "order_line_id")
    product: "Product | None" = one("What was ordered.", "product_id")
    shipment: "Shipment | None" = one("The shipment that they go with, from picking on.", "shipment_id")


@node(events.Event, prefix="", rows=visible_events, needs=READ)
class OrderUpdate:
    """Something that just happened to an order or on its way to the customer, with the order as it now is."""

    cursor: str = expression("Send it as `after` to resume behind this message.", cursor_column)
    kind: events.EventKind = column("What happened.")
    at: datetime = column("When.")
    order: "Order | None" = subject("The order as it now is.", orders.Order)
    shipment: "Shipment | None" = subject("The shipment that it happened to, if any, as it now is.", shipments.Shipment)


class OrderSubscriptions:
    """What is pushed about orders."""

    order_updates: "OrderUpdate" = read(
        EntryEvents(orders.Order, of="order"),
        "What happens to orders, or to one of them.",
        needs=Permission.ENTER_FRONT_OFFICE,
    )
