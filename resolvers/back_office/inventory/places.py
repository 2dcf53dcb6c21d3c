"""Warehouses and the locations in them."""

from uuid import UUID

from models.back_office.inventory import Location, LocationKind, Warehouse, visible_warehouses
from models.base import new_id
from resolvers.access import access
from resolvers.back_office.inventory.shared import Keys
from resolvers.inputs import Checks
from resolvers.viewer import Viewer

LONGEST_CODE = 20
LONGEST_NAME = 200
LONGEST_COUNTRY = 100


async def add_warehouse(viewer: Viewer, code: str, name: str, country: str) -> Keys:
    """Adds a house where stock lies. Its code is its own."""
    checks = Checks()
    warehouse = Warehouse(
        id=new_id(),
        code=checks.text("code", code, LONGEST_CODE),
        name=checks.text("name", name, LONGEST_NAME),
        country=checks.text("country", country, LONGEST_COUNTRY),
    )
    checks.done()
    await Warehouse.bulk_create([warehouse], ignore_conflicts=True)
    # Of two at once the second one waits here for the first, and finds that the code is taken.
    if not await Warehouse.exists(id=warehouse.id):
        checks.wrong("code", "There is a warehouse with this code.", "TAKEN")
        checks.done()
    return {"warehouse": warehouse.id}


async def add_location(viewer: Viewer, key: UUID | None, code: str, kind: LocationKind) -> Keys:
    """Adds a place to a warehouse. Its code is its own there."""
    checks = Checks()
    warehouse = await access(viewer, Warehouse, visible_warehouses, key)
    if warehouse is None:
        checks.missing("warehouse", "warehouse")
    cleaned = checks.text("code", code, LONGEST_CODE)
    checks.done()
    assert warehouse is not None
    if await Location.exists(warehouse_id=warehouse.id, code=cleaned):
        checks.wrong("code", "There is a location with this code in the warehouse.", "TAKEN")
    checks.done()
    location = await Location.create(id=new_id(), warehouse_id=warehouse.id, code=cleaned, kind=kind)
    return {"location": location.id}
