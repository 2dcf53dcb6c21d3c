"""Reorder points, and what is pushed when a product runs low, or out."""

from datetime import datetime
from typing import TYPE_CHECKING

from models.back_office.logistics.inventory import StockEvent
from models.back_office.products import catalogue
from models.events import visible_events
from models.kit import events
from models.permissions import Permission
from resolvers.back_office.logistics.inventory.reordering import set_reorder_point
from resolvers.reading.declare import EntryEvents, changed, column, expression, node, read, subject
from schema.kit.events import cursor_column
from schema.kit.mutations import mutation, payload

if TYPE_CHECKING:
    from schema.back_office.products.catalogue import Product

READ = Permission.READ_STOCK


@node(events.Event, prefix="", rows=visible_events, needs=READ)
class StockAlertUpdate:
    """A product that just ran low, or out, as it now stands."""

    cursor: str = expression("Send it as `after` to resume behind this message.", cursor_column)
    kind: events.EventKind = column("STOCK_LOW or STOCK_OUT.")
    at: datetime = column("When.")
    product: "Product | None" = subject("The product as it now stands.", catalogue.Product)


class StockSubscriptions:
    """What is pushed about stock."""

    stock_alerts: "StockAlertUpdate" = read(
        EntryEvents(catalogue.Product, of="product", kinds=(StockEvent.LOW, StockEvent.OUT)),
        "Products that fall to their reorder level, or of which nothing is available any more; each is told once until it is"
        " filled up again.",
        needs=READ,
    )


@payload
class ReorderPointPayload:
    """What became of a reorder point."""

    product: "Product | None" = changed("The product as it now stands; null when there are errors.")


MUTATIONS = (mutation(Permission.WRITE_PURCHASING, set_reorder_point, shows=ReorderPointPayload),)
