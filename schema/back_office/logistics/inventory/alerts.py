"""Reorder points, and what is pushed when a product runs low, or out."""

from datetime import datetime
from typing import TYPE_CHECKING

from models.kit import events
from models.kit.events import EventKind
from models.permissions import Permission
from resolvers.back_office.logistics.inventory.reorder_points import set_reorder_point
from resolvers.reading.declare import EntryEvents, changed, column, expression, node, one, read
from schema.kit.events import cursor_column
from schema.kit.mutations import mutation, payload

if TYPE_CHECKING:
    from schema.back_office.products.catalogue import Product

READ = Permission.READ_STOCK


@node(events.Event, prefix="", rows=events.visible_record_events, needs=READ)
class StockAlertUpdate:
    """A product that just ran low, or out, as it now stands."""

    cursor: str = expression("Send it as `after` to resume behind this message.", cursor_column)
    kind: events.EventKind = column("STOCK_LOW or STOCK_OUT.")
    at: datetime = column("When.")
    product: "Product | None" = one("The product as it now stands.", "product_id")


class StockSubscriptions:
    """What is pushed about stock."""

    stock_alerts: "StockAlertUpdate" = read(
        EntryEvents("product_id", of="product", kinds=(EventKind.STOCK_LOW, EventKind.STOCK_OUT)),
        "Products that fall to their reorder level, or of which nothing is available any more; each is told once until it is"
        " filled up again.",
        needs=READ,
    )


@payload
class ReorderPointPayload:
    """What became of a reorder point."""

    product: "Product | None" = changed("The product as it now stands; null when there are errors.")


MUTATIONS = (mutation(Permission.WRITE_PURCHASING, set_reorder_point, shows=ReorderPointPayload),)
