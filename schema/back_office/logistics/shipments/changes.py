"""What the warehouse does with shipments: inputs, payload and mutations."""

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

import strawberry

from models.permissions import Permission
from resolvers.back_office.logistics import shipments as use_cases
from resolvers.reading.declare import Access, changed, plain, plain_type
from schema.kit.errors import UserError
from schema.kit.legacy_verbs import ERRORS, expected_version, idempotency_key, key_of, member, optional, verb

if TYPE_CHECKING:
    from schema.back_office.logistics.shipments.types import Shipment

WRITE = Permission.WRITE_SHIPMENTS

# --- Inputs -----------------------------------------------------------------------------------------------------------


@strawberry.input(description="What of an order is to be picked.")
class CreateShipmentInput:
    """What of an order is to be picked."""

    order: strawberry.ID = member("The order. Nothing is picked of one that is held or cancelled.")
    warehouse: strawberry.ID | None = optional(
        "Where it is picked; may be left out when all of what is to be picked lies in one warehouse."
    )
    lines: list[strawberry.ID] | None = optional("Which lines of the order; left out, all that have anything to pick.")
    expected_version: int | None = optional("The order's version that the client has read.")
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="Which shipment.")
class _ShipmentInput:
    """What every verb on a shipment takes."""

    shipment: strawberry.ID = member("The shipment.")
    expected_version: int | None = expected_version()
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="What `pickShipment` takes.")
class PickShipmentInput(_ShipmentInput):
    """What `pick_shipment` takes."""


@strawberry.input(description="What `packShipment` takes.")
class PackShipmentInput(_ShipmentInput):
    """What `pack_shipment` takes."""


@strawberry.input(description="Who carries a shipment, and until when.")
class ShipShipmentInput(_ShipmentInput):
    """Who carries a shipment, and until when."""

    carrier: str = member("Who carries it, at most 100 characters.")
    tracking_number: str | None = optional("The carrier's number for it, at most 100 characters.")
    expected_at: datetime | None = optional("When it arrives, as the carrier says: within a year.")


@strawberry.input(description="Which shipment arrived, and when.")
class DeliverShipmentInput(_ShipmentInput):
    """Which shipment arrived, and when."""

    delivered_at: datetime | None = optional("When it arrived; left out, now.")


@strawberry.input(description="What `cancelShipment` takes.")
class CancelShipmentInput(_ShipmentInput):
    """What `cancel_shipment` takes."""


@plain_type(Access.SIGNED_IN)
class ShipmentPayload:
    """What became of a shipment."""

    ROWS: ClassVar = ("shipment",)
    shipment: "Shipment | None" = changed("The shipment as it now is; null when there are errors.")
    errors: list[UserError] = plain(ERRORS)


# --- Mutations --------------------------------------------------------------------------------------------------------


class ShipmentMutations:
    """What the warehouse does with shipments."""

    create_shipment = verb(
        "Makes a pick list of what is promised to an order in one warehouse and is in no shipment yet. The address is copied"
        " from the order. Errors: ORDER_NOT_TO_SHIP, NOTHING_TO_PICK.",
        WRITE,
        CreateShipmentInput,
        ShipmentPayload,
        lambda viewer, given: use_cases.create_shipment(
            viewer,
            key_of(given.order, "ord"),
            key_of(given.warehouse, "whs"),
            None if given.lines is None else [key_of(line, "oli") for line in given.lines],
            given.expected_version,
            names_warehouse=given.warehouse is not None,
        ),
    )
    pick_shipment = verb(
        "Takes everything on a pick list from the shelves to where the warehouse packs. Errors: ORDER_NOT_TO_SHIP, NOT_ALLOCATED,"
        " BATCH_NOT_RELEASED, BATCH_EXPIRED, NO_PACKING_LOCATION.",
        WRITE,
        PickShipmentInput,
        ShipmentPayload,
        lambda viewer, given: use_cases.pick_shipment(viewer, key_of(given.shipment, "shp"), given.expected_version),
    )
    pack_shipment = verb(
        "Says that a shipment is packed and waits for its carrier. Error: ORDER_NOT_TO_SHIP.",
        WRITE,
        PackShipmentInput,
        ShipmentPayload,
        lambda viewer, given: use_cases.pack_shipment(viewer, key_of(given.shipment, "shp"), given.expected_version),
    )
    ship_shipment = verb(
        "Hands a shipment to its carrier. Its order becomes SHIPPED, or PARTLY_SHIPPED while something of it has not left."
        " Errors: ORDER_NOT_TO_SHIP, NOT_ALLOCATED, BATCH_NOT_RELEASED, BATCH_EXPIRED.",
        WRITE,
        ShipShipmentInput,
        ShipmentPayload,
        lambda viewer, given: use_cases.ship_shipment(
            viewer,
            key_of(given.shipment, "shp"),
            given.carrier,
            given.tracking_number,
            given.expected_at,
            given.expected_version,
        ),
    )
    deliver_shipment = verb(
        "Says that a shipment is with the customer. Its order becomes DELIVERED when all of it is.",
        WRITE,
        DeliverShipmentInput,
        ShipmentPayload,
        lambda viewer, given: use_cases.deliver_shipment(
            viewer, key_of(given.shipment, "shp"), given.delivered_at, given.expected_version
        ),
    )
    cancel_shipment = verb(
        "Gives a shipment up before it leaves. What was picked goes back to its shelves, still promised to the order.",
        WRITE,
        CancelShipmentInput,
        ShipmentPayload,
        lambda viewer, given: use_cases.cancel_shipment(viewer, key_of(given.shipment, "shp"), given.expected_version),
    )
