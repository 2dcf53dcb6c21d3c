"""Warehouses, and the locations in them where stock lies."""

from tortoise import fields

from models.kit.base import Record, all_rows
from models.kit.enums import DescribedEnum
from models.kit.references import reference


class LocationKind(DescribedEnum):
    """What a location is for."""

    STORAGE = "STORAGE", "Stock that can be sold, made into something or shipped."
    PACKING = "PACKING", "What was picked for a shipment and has not left the house."
    RETURNS = "RETURNS", "What customers sent back and nobody has inspected."
    QUARANTINE = "QUARANTINE", "What must not be sold, whatever its batch says."


class Warehouse(Record):
    """A house where stock lies."""

    code = fields.CharField(max_length=20, unique=True)
    name = fields.CharField(max_length=200)
    country = fields.CharField(max_length=100)
    version = fields.IntField(default=1)

    class Meta:
        table = "warehouses"
        by_code_point = ("code", "name")


class Location(Record):
    """A place in a warehouse. Only stock in STORAGE can be allocated to orders or consumed by production."""

    warehouse_id = reference("Warehouse", related_name="locations")
    code = fields.CharField(max_length=20)
    kind = fields.CharEnumField(LocationKind, max_length=20)
    version = fields.IntField(default=1)

    class Meta:
        table = "locations"
        unique_together = (("warehouse_id", "code"),)
        by_code_point = ("code", "kind")


visible_warehouses = all_rows
visible_locations = all_rows

Warehouse.row_scope = visible_warehouses
Location.row_scope = visible_locations
