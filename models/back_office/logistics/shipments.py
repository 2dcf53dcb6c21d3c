"""Shipments: what leaves the house for one order from one warehouse, from the pick list to the customer's door.

The surprising rule: the address is copied when the shipment is made, and only those who ship see it.
"""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from tortoise import fields

from models.front_office.sales.orders import TO_SHIP
from models.kit.base import Record, all_rows, is_one_of
from models.kit.enums import DescribedEnum
from models.kit.events import EventKind
from models.kit.states import Guard, Transition, Transitions
from models.permissions import Permission

if TYPE_CHECKING:
    from models.back_office.logistics.inventory import Batch, Location, Warehouse
    from models.both_offices.accounts import Account
    from models.front_office.sales.orders import Order, OrderLine


class ShipmentStatus(DescribedEnum):
    """How far a shipment is."""

    TO_PICK = "TO_PICK", "Its pick list waits for somebody in the warehouse."
    PICKED = "PICKED", "Everything was taken from the shelves."
    PACKED = "PACKED", "Packed, and waiting for its carrier."
    SHIPPED = "SHIPPED", "With the carrier."
    DELIVERED = "DELIVERED", "With the customer."
    CANCELLED = "CANCELLED", "Given up before it left; what was picked is back on the shelf."


_S = ShipmentStatus
_WRITE = Permission.WRITE_SHIPMENTS
_LEAVING = (Guard.ORDER_GOES_ON, Guard.GOODS_THERE)

TRANSITIONS: Transitions = {
    _S.TO_PICK: (
        Transition(_S.PICKED, _WRITE, by=("pickShipment",), guards=_LEAVING),
        Transition(_S.CANCELLED, _WRITE, by=("cancelShipment",)),
    ),
    _S.PICKED: (
        Transition(_S.PACKED, _WRITE, by=("packShipment",), guards=(Guard.ORDER_GOES_ON,)),
        Transition(_S.CANCELLED, _WRITE, by=("cancelShipment",)),
    ),
    _S.PACKED: (
        Transition(_S.SHIPPED, _WRITE, by=("shipShipment",), guards=_LEAVING),
        Transition(_S.CANCELLED, _WRITE, by=("cancelShipment",)),
    ),
    _S.SHIPPED: (Transition(_S.DELIVERED, _WRITE, by=("deliverShipment",)),),
    _S.DELIVERED: (),
    _S.CANCELLED: (),
}

LISTED = (
    "coalesce((SELECT sum(listed.quantity) FROM shipment_lines listed JOIN shipments s ON s.id = listed.shipment_id"
    " WHERE listed.order_line_id = a.order_line_id AND s.status = 'TO_PICK' AND listed.batch_id = b.batch_id"
    " AND listed.location_id = b.location_id), 0)"
)
"""How much of an allocation `a` of a balance `b` is on a pick list already, in SQL."""

IN_HOUSE = frozenset({_S.TO_PICK, _S.PICKED, _S.PACKED})
"""Shipments that have not left."""


class Shipment(Record):
    """One parcel or truckload of one order. `expected_at` is when the carrier says that it arrives."""

    number = fields.CharField(max_length=20, unique=True)
    order: fields.ForeignKeyRelation["Order"] = fields.ForeignKeyField(
        "models.Order", related_name="shipments", on_delete=fields.RESTRICT, db_index=False
    )
    order_id: UUID
    warehouse: fields.ForeignKeyRelation["Warehouse"] = fields.ForeignKeyField(
        "models.Warehouse", related_name="shipments", on_delete=fields.RESTRICT, db_index=False
    )
    warehouse_id: UUID
    status = fields.CharEnumField(ShipmentStatus, max_length=20)
    carrier: Any = fields.CharField(max_length=100, null=True)
    tracking_number: Any = fields.CharField(max_length=100, null=True)
    created_at = fields.DatetimeField()
    created_by: fields.ForeignKeyNullableRelation["Account"] = fields.ForeignKeyField(
        "models.Account", related_name=False, on_delete=fields.RESTRICT, null=True, db_index=False
    )
    created_by_id: UUID | None
    picked_at: Any = fields.DatetimeField(null=True)
    packed_at: Any = fields.DatetimeField(null=True)
    shipped_at: Any = fields.DatetimeField(null=True)
    expected_at: Any = fields.DatetimeField(null=True)
    delivered_at: Any = fields.DatetimeField(null=True)
    cancelled_at: Any = fields.DatetimeField(null=True)
    ship_name: Any = fields.CharField(max_length=200, null=True)
    ship_street: Any = fields.CharField(max_length=200, null=True)
    ship_city: Any = fields.CharField(max_length=100, null=True)
    ship_region: Any = fields.CharField(max_length=100, null=True)
    ship_postal_code: Any = fields.CharField(max_length=20, null=True)
    ship_country: Any = fields.CharField(max_length=100, null=True)
    version = fields.IntField(default=1)

    class Meta:
        table = "shipments"
        indexes = (("order_id", "created_at", "id"), ("status", "created_at", "id"), ("created_at", "id"))


class ShipmentLine(Record):
    """How much of one batch goes with a shipment for one line of its order, and from which shelf it is taken."""

    shipment: fields.ForeignKeyRelation[Shipment] = fields.ForeignKeyField(
        "models.Shipment", related_name="lines", on_delete=fields.RESTRICT, db_index=False
    )
    shipment_id: UUID
    position = fields.IntField()
    order_line: fields.ForeignKeyRelation["OrderLine"] = fields.ForeignKeyField(
        "models.OrderLine", related_name="shipment_lines", on_delete=fields.RESTRICT, db_index=True
    )
    order_line_id: UUID
    batch: fields.ForeignKeyRelation["Batch"] = fields.ForeignKeyField(
        "models.Batch", related_name="shipment_lines", on_delete=fields.RESTRICT, db_index=True
    )
    batch_id: UUID
    location: fields.ForeignKeyRelation["Location"] = fields.ForeignKeyField(
        "models.Location", related_name=False, on_delete=fields.RESTRICT, db_index=False
    )
    location_id: UUID
    quantity = fields.IntField()

    class Meta:
        table = "shipment_lines"
        unique_together = (("shipment_id", "position"), ("shipment_id", "order_line_id", "batch_id", "location_id"))


CHANGES_WHAT_WAITS = (
    EventKind.ORDER_PLACED,
    EventKind.ORDER_ALLOCATED,
    EventKind.ORDER_AMENDED,
    EventKind.ORDER_HELD,
    EventKind.ORDER_RESUMED,
    EventKind.ORDER_CANCELLED,
    EventKind.SHIPMENT_CREATED,
    EventKind.SHIPMENT_CANCELLED,
)
"""After which an order may wait for a shipment, or wait for one no more."""


def waits_for_shipment(order: str) -> str:
    """The condition that something is promised to an order in storage and is on no pick list."""
    return (
        f"{is_one_of(f'{order}.status', TO_SHIP)} AND EXISTS (SELECT 1 FROM order_lines wanted"
        " JOIN allocations a ON a.order_line_id = wanted.id JOIN stock_balances b ON b.id = a.balance_id"
        " JOIN locations shelf ON shelf.id = b.location_id AND shelf.kind = 'STORAGE'"
        f" WHERE wanted.order_id = {order}.id AND a.quantity > {LISTED})"
    )


Shipment.row_scope = ShipmentLine.row_scope = all_rows
