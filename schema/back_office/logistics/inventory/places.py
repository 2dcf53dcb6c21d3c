"""Warehouses, and the locations in them."""

from typing import TYPE_CHECKING

from models.back_office.logistics import inventory
from models.permissions import Permission
from resolvers.back_office.logistics.inventory.places import add_location, add_warehouse
from resolvers.reading.declare import Connection, EntryNode, EntryRows, Node, changed, column, many, node, one, read
from schema.kit.mutations import mutation, payload

if TYPE_CHECKING:
    from schema.back_office.logistics.inventory.counts import StockCount
    from schema.back_office.logistics.inventory.stock import StockBalance, StockMove

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
)
