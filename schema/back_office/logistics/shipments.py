"""Shipments: both offices see how far they are, and only who prints a label learns where one goes."""

from datetime import datetime
from typing import TYPE_CHECKING

import strawberry

from models.back_office.logistics import shipments
from models.back_office.logistics.shipments import ShipmentEvent
from models.events import visible_events
from models.front_office.sales import orders
from models.kit import events
from models.permissions import Permission
from resolvers.back_office.logistics.shipments.carrying import (
    cancel_shipment,
    deliver_shipment,
    pack_shipment,
    pick_shipment,
    print_label,
    ship_shipment,
)
from resolvers.back_office.logistics.shipments.creating import MACHINE, create_shipment
from resolvers.reading.declare import column, expression, history, many, node, one, read, subject, subject_id
from resolvers.reading.relay import Connection, Node
from resolvers.reading.sources import EntryEvents, EntryNode, EntryRows
from resolvers.reading.values import next_statuses
from schema.kit.areas import Area
from schema.kit.events import Update
from schema.kit.mutations import changed, mutation, payload, payload_of

if TYPE_CHECKING:
    from schema.back_office.logistics.inventory import Batch, Location, Warehouse
    from schema.both_offices.accounts import Account
    from schema.front_office.sales.orders import Order, OrderLine, OrderUpdate
    from schema.kit.events import RecordEvent

READ, WRITE, SHIP_TO = Permission.READ_SHIPMENTS, Permission.WRITE_SHIPMENTS, Permission.READ_SHIP_TO


@node(shipments.Shipment, prefix="", rows=shipments.labels, needs=SHIP_TO)
class ShipmentLabel:
    """Where a shipment goes, as it stood when the shipment was made. Nothing leads here but `printLabel`."""

    number: str = column("The shipment's number, by which its parcel is known.")
    name: str | None = column("Who receives it.", "ship_name")
    street: str | None = column("Street and house number.", "ship_street")
    city: str | None = column("Town.", "ship_city")
    region: str | None = column("State, province or region.", "ship_region")
    postal_code: str | None = column("Postal code.", "ship_postal_code")
    country: str | None = column("Country, by its English name.", "ship_country")


@node(shipments.ShipmentLine, prefix="shl", needs=READ)
class ShipmentLine(Node):
    """How much of one batch goes with a shipment for one line of its order. In order, the lines are the pick list."""

    position: int = column(
        "The line's place on the pick list, from 1: by location, so that nobody walks twice.", sort=True
    )
    quantity: int = column("How many pieces.")
    order_line: "OrderLine | None" = one("The line of the order that it is for.", "order_line_id")
    batch: "Batch | None" = one("The batch that it is taken from.", "batch_id")
    location: "Location | None" = one("The shelf that it is taken from.", "location_id")
    shipment: "Shipment | None" = one("The shipment.", "shipment_id")


@node(shipments.Shipment, prefix="shp", needs=READ)
class Shipment(Node):
    """One parcel or truckload of one order, from one warehouse."""

    number: str = column("The number that people quote, for instance SHP-2026-000042.", filter=True, sort=True)
    status: shipments.ShipmentStatus = column("How far it is.", filter=True)
    next_statuses: list[shipments.ShipmentStatus] = expression(
        "What the viewer may make of it now. It goes no further while its order or one of its batches is held back.",
        next_statuses(MACHINE),
    )
    carrier: str | None = column("Who carries it; null until it has left.", filter=True)
    tracking_number: str | None = column("The carrier's number for it.", filter=True)
    created_at: datetime = column("When its pick list was made.", filter=True, sort=True)
    created_by: "Account | None" = one("Who made its pick list.", "created_by_id")
    picked_at: datetime | None = column("When it was taken from the shelves.", filter=True)
    packed_at: datetime | None = column("When it was packed.", filter=True)
    shipped_at: datetime | None = column("When it left the house.", filter=True)
    expected_at: datetime | None = column("When it arrives, as the carrier says.", filter=True)
    delivered_at: datetime | None = column("When it reached the customer.", filter=True)
    cancelled_at: datetime | None = column("When it was given up.", filter=True)
    order: "Order | None" = one("The order that it is of.", "order_id")
    warehouse: "Warehouse | None" = one("Where it is picked and packed.", "warehouse_id")
    lines: "list[ShipmentLine]" = many("The pick list, in the order of the locations.", "shipment_id", "position")
    history: "Connection[RecordEvent]" = history("What happened to it, oldest first.", shipments.Shipment, needs=READ)
    version: int = column("Grows with every change; send it back as `expectedVersion`.")


@node(events.Event, prefix="", rows=visible_events, needs=READ)
class ShipmentUpdate(Update):
    """Something that just happened to a shipment, with the shipment as it now is."""

    shipment_id: strawberry.ID | None = subject_id("The shipment's id.", shipments.Shipment)
    shipment: "Shipment | None" = subject("The shipment as it now is.", shipments.Shipment)


class Shipments:
    """Either office's way to shipments."""

    shipment: "Shipment | None" = read(EntryNode(), "One shipment.", needs=READ)
    shipments: "Connection[Shipment]" = read(EntryRows("-created_at"), "All shipments, latest first.", needs=READ)


class ShipmentWork:
    """What waits for somebody in the warehouse."""

    orders_to_ship: "Connection[Order]" = read(
        EntryRows("placed_at", where=shipments.waits_for_shipment),
        "Orders of which something is promised and on no pick list yet, oldest first: for each, `createShipment` makes one.",
        needs=WRITE,
    )


class ShipmentSubscriptions:
    """What is pushed to the warehouse."""

    orders_to_ship: "OrderUpdate" = read(
        EntryEvents(orders.Order, kinds=shipments.CHANGES_WHAT_WAITS),
        "Orders of which something more may have to be shipped, or nothing any more: look again at the list of the same name.",
        needs=WRITE,
    )
    shipments_to_pick: "ShipmentUpdate" = read(
        EntryEvents(
            shipments.Shipment,
            within="warehouse",
            kinds=(ShipmentEvent.CREATED, ShipmentEvent.PICKED, ShipmentEvent.CANCELLED),
        ),
        "Pick lists that wait for somebody in the warehouse, and those that no longer do because they were picked or given up.",
        needs=WRITE,
    )


ShipmentPayload = payload_of(Shipment, dry_run=True)


@payload
class LabelPayload:
    """What stands on a parcel."""

    label: "ShipmentLabel | None" = changed("Where it goes; null when there are errors, and once it has left.")
    shipment: "Shipment | None" = changed("The shipment; null when there are errors.")


MUTATIONS = (
    mutation(WRITE, create_shipment, shows=ShipmentPayload),
    mutation(WRITE, pick_shipment, shows=ShipmentPayload),
    mutation(WRITE, pack_shipment, shows=ShipmentPayload),
    mutation(SHIP_TO, print_label, shows=LabelPayload),
    mutation(WRITE, ship_shipment, shows=ShipmentPayload),
    mutation(WRITE, deliver_shipment, shows=ShipmentPayload),
    mutation(WRITE, cancel_shipment, shows=ShipmentPayload),
)

AREA = Area(
    front_office=(Shipments,),
    back_office=(Shipments, ShipmentWork),
    mutations=MUTATIONS,
    subscriptions=(ShipmentSubscriptions,),
)
