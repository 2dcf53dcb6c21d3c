"""Inventory: where stock lies, batch by batch, how it came there, what of it is promised to orders, and how people carry it."""

from datetime import date, datetime
from typing import TYPE_CHECKING

import strawberry

from models.back_office.logistics import inventory
from models.back_office.logistics.inventory import stock
from models.events import events_about, visible_events
from models.kit import events
from models.permissions import Permission
from resolvers.back_office.logistics.inventory.places import (
    add_location,
    add_warehouse,
    adjust_stock,
    transfer_stock,
)
from resolvers.back_office.production.quality import BATCHES
from resolvers.reading.declare import (
    column,
    computed,
    expression,
    history,
    many,
    money,
    node,
    one,
    read,
    subject,
    subject_id,
)
from resolvers.reading.relay import Connection, Node
from resolvers.reading.sources import EntryEvents, EntryNode, EntryRows, SqlContext
from resolvers.reading.values import next_statuses
from schema.back_office.logistics.inventory import counts
from schema.kit.areas import Area
from schema.kit.events import Update
from schema.kit.mutations import changed, mutation, payload
from schema.kit.scalars import Money

if TYPE_CHECKING:
    from schema.back_office.logistics.inventory.counts import StockCount
    from schema.back_office.logistics.shipments import Shipment
    from schema.back_office.production import QualityCheck, WorkOrder
    from schema.back_office.products.catalogue import Product
    from schema.back_office.purchasing import Receipt, Supplier
    from schema.both_offices.accounts import Account
    from schema.front_office.after_sales.returns import Return
    from schema.front_office.sales.orders import OrderLine
    from schema.front_office.service.complaints import Complaint
    from schema.kit.events import RecordEvent

READ, WRITE = Permission.READ_STOCK, Permission.WRITE_STOCK


@node(inventory.Warehouse, prefix="whs", needs=READ)
class Warehouse(Node):
    """A house where stock lies."""

    code: str = column("What people call it by, in short.", filter=True, sort=True)
    name: str = column("What it is called.", filter=True, sort=True)
    country: str = column("Where it is, by its English name.", filter=True)
    version: int = column("Counts its changes, for `expectedVersion`.")
    locations: "Connection[Location]" = many("The places in it, by their codes.", "warehouse_id", "code")


@node(inventory.Location, prefix="loc", needs=READ)
class Location(Node):
    """A place in a warehouse. Only what lies in STORAGE can be promised to orders or used in production."""

    code: str = column("What people call it by, its own in the warehouse.", filter=True, sort=True)
    kind: inventory.LocationKind = column("What it is for.", filter=True)
    version: int = column("Counts its changes, for `expectedVersion`.")
    warehouse: "Warehouse | None" = one("The warehouse that it is in.", "warehouse_id")
    stock: "Connection[StockBalance]" = many(
        "What lies there, batch by batch; what lay there once is at 0.", "location_id", ""
    )
    moves: "Connection[StockMove]" = many("What came and went, latest first.", "location_id", "-at")
    counts: "Connection[StockCount]" = many("When it was counted, latest first.", "location_id", "-opened_at")


def _on_hand(row: SqlContext) -> str:
    return (
        "(SELECT CAST(coalesce(sum(held.on_hand), 0) AS integer) FROM stock_balances held"
        f" WHERE held.batch_id = {row.column('id')})"
    )


def _free(condition: str) -> str:
    return (
        "(SELECT CAST(coalesce(sum(held.on_hand - held.allocated), 0) AS integer) FROM stock_balances held"
        f" WHERE {condition} AND {stock.can_be_promised('held')})"
    )


@node(inventory.Batch, prefix="bat", needs=Permission.READ_BATCHES)
class Batch(Node):
    """What was received or made of one product at one time. Both offices see which; what it cost, and from whom, few."""

    number: str = column("The number that people quote, for instance BAT-2026-000042.", filter=True, sort=True)
    status: inventory.BatchStatus = column("Whether it may leave the house.", filter=True)
    next_statuses: list[inventory.BatchStatus] = expression(
        "What the viewer may make of it now; RELEASED only once it has passed since it was put on hold.",
        next_statuses(BATCHES),
    )
    made_at: datetime = column("When it was made, or came in.", filter=True, sort=True)
    expires_on: date | None = column(
        "The last day on which it may be shipped; null when it keeps for ever.", filter=True, sort=True
    )
    unit_cost: Money | None = money(
        "What one unit cost to buy, or to make; null when nobody knows.",
        "unit_cost_minor",
        needs=Permission.READ_COST_PRICE,
    )
    on_hand: int = computed("How much of it is in the house.", _on_hand, needs=READ, filter=True)
    available: int = computed(
        "How much of it can be promised to orders.",
        lambda row: _free(f"held.batch_id = {row.column('id')}"),
        needs=READ,
        filter=True,
    )
    held_at: datetime | None = column("When it was put on hold last; null when it never was, or from the beginning.")
    status_reason: str | None = column("Why it was put on hold last, or rejected.", needs=READ)
    version: int = column("Grows with every change; send it back as `expectedVersion`.")
    work_order: "WorkOrder | None" = one("The work order that made it; null for what came in.", "work_order_id")
    quality_checks: "Connection[QualityCheck]" = many("What was looked at, latest first.", "batch_id", "-checked_at")
    history: "Connection[RecordEvent]" = history(
        "What happened to it, oldest first.", inventory.Batch, needs=Permission.READ_BATCHES, told=events_about
    )
    product: "Product | None" = one("What it is a batch of.", "product_id")
    supplier: "Supplier | None" = one("Who supplied it; null for what we made.", "supplier_id")
    stock: "Connection[StockBalance]" = many("Where it lies; where it lay once is at 0.", "batch_id", "")
    moves: "Connection[StockMove]" = many("How it came and went, latest first.", "batch_id", "-at")
    complaints: "Connection[Complaint]" = many(
        "Complaints about it, latest first.", "batch_id", "-received_at", needs=Permission.TRACE_COMPLAINTS
    )


@node(stock.StockBalance, prefix="bal", needs=READ)
class StockBalance(Node):
    """What lies in one place of one batch: always the sum of its moves."""

    on_hand: int = column("How much lies there.", filter=True)
    allocated: int = column("How much of that is promised to orders.", filter=True)
    available: int = computed(
        "How much more can be promised; nothing outside of STORAGE, or of a batch that is not released or has expired.",
        lambda row: _free(f"held.id = {row.column('id')}"),
        filter=True,
    )
    product: "Product | None" = one("What lies there.", "product_id")
    batch: "Batch | None" = one("Of which batch.", "batch_id")
    location: "Location | None" = one("Where.", "location_id")
    allocations: "Connection[Allocation]" = many("To whom it is promised, in the order of promising.", "balance_id", "")


@node(stock.StockMove, prefix="mov", needs=READ)
class StockMove(Node):
    """One change of what lies in one place of one batch. Moves are never changed: a mistake is corrected by another one."""

    kind: stock.MoveKind = column("Why it moved.", filter=True)
    quantity: int = column("What came, or below zero what went.", filter=True)
    at: datetime = column("When.", filter=True, sort=True)
    reason: str | None = column("In words; always there for a correction.")
    actor: "Account | None" = one("Who did it; null when nobody in person did.", "actor_id")
    product: "Product | None" = one("What moved.", "product_id")
    batch: "Batch | None" = one("Of which batch.", "batch_id")
    location: "Location | None" = one("Where it came to, or went from.", "location_id")
    order_line: "OrderLine | None" = one(
        "The order's line that it was picked, shipped or returned for.", "order_line_id"
    )
    shipment: "Shipment | None" = one("The shipment that it was picked for, or left with.", "shipment_id")
    receipt: "Receipt | None" = one("The delivery that it came with.", "receipt_id")
    work_order: "WorkOrder | None" = one("The work that made it, or used it up.", "work_order_id")
    customer_return: "Return | None" = one("The return that it came back with, or was scrapped of.", "return_id")
    stock_count: "StockCount | None" = one("The count that found the difference.", "stock_count_id")


@node(stock.Allocation, prefix="alc", needs=READ)
class Allocation(Node):
    """Stock that is promised to one line of an order, until it is shipped or given up."""

    quantity: int = column("How much.")
    allocated_at: datetime = column("Since when.", filter=True)
    order_line: "OrderLine | None" = one("To which line of an order.", "order_line_id")
    balance: "StockBalance | None" = one("What is promised: a batch in a place.", "balance_id")


class Batches:
    """Either office's way to batches: an agent can see which others complained of the same one."""

    batch: "Batch | None" = read(EntryNode(), "One batch.", needs=Permission.READ_BATCHES)
    batches: "Connection[Batch]" = read(
        EntryRows("-made_at"),
        "All batches, latest first. Those that expire until a day are found by `expiresOn` and `onHand`.",
        needs=Permission.READ_BATCHES,
    )


class Stock:
    """The back office's way to the ledger."""

    stock_moves: "Connection[StockMove]" = read(EntryRows("-at"), "All moves of stock, latest first.", needs=READ)


@payload
class StockPayload:
    """What became of stock."""

    product: "Product | None" = changed("The product as it now stands; null when there are errors.")
    batch: "Batch | None" = changed("The batch as it now lies; null when there are errors.")


class Places:
    """The back office's way to where stock lies."""

    warehouse: "Warehouse | None" = read(EntryNode(), "One warehouse.", needs=READ)
    warehouses: "Connection[Warehouse]" = read(EntryRows("code"), "All warehouses, by their codes.", needs=READ)
    location: "Location | None" = read(EntryNode(), "One place in a warehouse.", needs=READ)


@payload
class WarehousePayload:
    """What became of a warehouse."""

    warehouse: "Warehouse | None" = changed("The warehouse; null when there are errors.")


@payload
class LocationPayload:
    """What became of a location."""

    location: "Location | None" = changed("The location; null when there are errors.")


MUTATIONS = (
    mutation(WRITE, add_warehouse, shows=WarehousePayload),
    mutation(WRITE, add_location, shows=LocationPayload),
    mutation(WRITE, adjust_stock, shows=StockPayload),
    mutation(WRITE, transfer_stock, shows=StockPayload),
    *counts.MUTATIONS,
)


@node(events.Event, prefix="", rows=visible_events, needs=Permission.READ_BATCHES)
class BatchUpdate(Update):
    """Something that just happened to a batch, with the batch as it now is."""

    batch_id: strawberry.ID | None = subject_id("The batch's id.", inventory.Batch)
    batch: "Batch | None" = subject("The batch as it now is.", inventory.Batch)


class BatchSubscriptions:
    """What is pushed about batches."""

    batch_updates: "BatchUpdate" = read(
        EntryEvents(inventory.Batch, of="batch"),
        "What happens to batches, or to one of them: received, checked, released, held, rejected.",
        needs=Permission.READ_BATCHES,
    )


AREA = Area(
    front_office=(Batches,),
    back_office=(Places, Batches, Stock, counts.StockCounts),
    mutations=MUTATIONS,
    subscriptions=(counts.StockSubscriptions, BatchSubscriptions),
)
