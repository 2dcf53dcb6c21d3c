"""Warehouses and the locations in them."""

from uuid import UUID

from models.back_office.logistics.inventory import Location, LocationKind, Warehouse, visible_warehouses
from models.kit.base import new_id
from resolvers.back_office.logistics.inventory.shared import Keys
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.loading import access
from resolvers.kit.viewer import Viewer

LONGEST_CODE = 20
LONGEST_NAME = 200
LONGEST_COUNTRY = 100


async def add_warehouse(viewer: Viewer, code: str, name: str, country: str) -> Keys:
    """Adds a house where stock lies. Its code is its own."""
    errors = InputErrors()
    warehouse = Warehouse(
        id=new_id(),
        code=errors.text("code", code, LONGEST_CODE),
        name=errors.text("name", name, LONGEST_NAME),
        country=errors.text("country", country, LONGEST_COUNTRY),
    )
    errors.raise_if_any()
    await Warehouse.bulk_create([warehouse], ignore_conflicts=True)
    # Of two at once the second one waits here for the first, and finds that the code is taken.
    if not await Warehouse.exists(id=warehouse.id):
        errors.add("code", "There is a warehouse with this code.", "TAKEN")
        errors.raise_if_any()
    return {"warehouse": warehouse.id}


async def add_location(viewer: Viewer, key: UUID | None, code: str, kind: LocationKind) -> Keys:
    """Adds a place to a warehouse. Its code is its own there."""
    errors = InputErrors()
    warehouse = await access(viewer, Warehouse, visible_warehouses, key)
    if warehouse is None:
        errors.not_found("warehouse", "warehouse")
    cleaned = errors.text("code", code, LONGEST_CODE)
    errors.raise_if_any()
    assert warehouse is not None
    if await Location.exists(warehouse_id=warehouse.id, code=cleaned):
        errors.add("code", "There is a location with this code in the warehouse.", "TAKEN")
    errors.raise_if_any()
    location = await Location.create(id=new_id(), warehouse_id=warehouse.id, code=cleaned, kind=kind)
    return {"location": location.id}
