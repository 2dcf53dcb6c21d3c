"""Stock counts, what people find on the shelf; and what is pushed when a product runs low, or out."""

from datetime import datetime
from typing import TYPE_CHECKING

import strawberry

from models.back_office.logistics import inventory
from models.back_office.logistics.inventory.stock import StockEvent
from models.back_office.products import catalogue
from models.events import visible_events
from models.kit import events
from models.permissions import Permission
from resolvers.back_office.logistics.inventory.counting import (
    MACHINE,
    cancel_stock_count,
    open_stock_count,
    post_stock_count,
    record_count,
)
from resolvers.back_office.logistics.inventory.reordering import set_reorder_point
from resolvers.reading.declare import column, computed, expression, many, node, one, read, subject, subject_id
from resolvers.reading.relay import Connection, Node
from resolvers.reading.sources import EntryEvents, EntryNode, EntryRows, SqlContext
from resolvers.reading.values import next_statuses
from schema.kit.events import Update
from schema.kit.mutations import changed, changed_many, mutation, payload

if TYPE_CHECKING:
    from schema.back_office.logistics.inventory import Batch, Location, StockMove
    from schema.back_office.products.catalogue import Product
    from schema.both_offices.accounts import Account
    from schema.front_office.sales.orders import Order

READ, WRITE = Permission.READ_STOCK, Permission.WRITE_STOCK


def _difference(row: SqlContext) -> str:
    return f"{row.column('counted')} - {row.column('expected')}"


@node(inventory.StockCount, prefix="cnt", needs=READ)
class StockCount(Node):
    """One count of one location: what people found on the shelf, and whether the ledger follows it."""

    number: str = column("The number that people quote, for instance CNT-2026-000042.", filter=True, sort=True)
    status: inventory.StockCountStatus = column("How far it is.", filter=True)
    next_statuses: list[inventory.StockCountStatus] = expression(
        "What the viewer may make of it now. POSTED is missing until something was counted, where shipments are to take more"
        " than was found, and for who counted less than there should be.",
        next_statuses(MACHINE),
    )
    opened_at: datetime = column("When it was opened.", filter=True, sort=True)
    opened_by: "Account | None" = one("Who opened it.", "opened_by_id")
    posted_at: datetime | None = column("When its differences were posted; null until then.", filter=True)
    posted_by: "Account | None" = one(
        "Who posted them; null until then, and of an old count without any.", "posted_by_id"
    )
    version: int = column("Grows with every change; send it back as `expectedVersion`.")
    location: "Location | None" = one("What is counted.", "location_id")
    lines: "Connection[StockCountLine]" = many("What was found, in the order of writing it down.", "count_id", "")
    moves: "Connection[StockMove]" = many("The moves of its differences.", "stock_count_id", "")


@node(inventory.StockCountLine, prefix="cnl", needs=READ)
class StockCountLine(Node):
    """What was found of one batch."""

    counted: int = column("How much was found.")
    expected: int | None = column("What the ledger said when it was counted; null in old counts that were given up.")
    difference: int | None = computed(
        "What posting it adds, or below zero takes away: counted less expected.", _difference
    )
    batch: "Batch | None" = one("Of which batch.", "batch_id")
    counted_by: "Account | None" = one("Who counted it; null in old counts.", "counted_by_id")


class StockCounts:
    """The back office's way to stock counts."""

    stock_count: "StockCount | None" = read(EntryNode(), "One stock count.", needs=READ)
    stock_counts: "Connection[StockCount]" = read(
        EntryRows("-opened_at"), "All stock counts, latest first.", needs=READ
    )


@payload
class StockCountPayload:
    """What became of a stock count."""

    stock_count: "StockCount | None" = changed("The stock count; null when there are errors.")


@payload
class PostStockCountPayload:
    """What a stock count brought to light."""

    stock_count: "StockCount | None" = changed("The stock count; null when there are errors.")
    short_orders: "list[Order]" = changed_many("Orders that are promised less than before, because it is not there.")


@node(events.Event, prefix="", rows=visible_events, needs=READ)
class StockAlertUpdate(Update):
    """A product that just ran low, or out, as it now stands."""

    product_id: strawberry.ID | None = subject_id(
        "The product's id.", catalogue.Product, needs=Permission.READ_PRODUCTS
    )
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


MUTATIONS = (
    mutation(WRITE, open_stock_count, shows=StockCountPayload),
    mutation(WRITE, record_count, shows=StockCountPayload),
    mutation(Permission.POST_COUNTS, post_stock_count, shows=PostStockCountPayload),
    mutation(WRITE, cancel_stock_count, shows=StockCountPayload),
    mutation(Permission.WRITE_PURCHASING, set_reorder_point, shows=ReorderPointPayload),
)
