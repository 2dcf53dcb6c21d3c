"""Warehouses and the locations in them."""

from models.back_office.logistics.inventory import Location, LocationKind, Warehouse
from models.kit.base import new_id
from resolvers.kit.commands import Command, Key, Keys, command, member
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.loading import find
from resolvers.kit.viewer import Viewer

LONGEST_CODE = 20
LONGEST_NAME = 200
LONGEST_COUNTRY = 100


@command
class AddWarehouse(Command):
    """A house where stock lies."""

    code: str = member("What people call it by, at most 20 characters; its own.")
    name: str = member("What it is called, at most 200 characters.")
    country: str = member("Where it is, by its English name.")


async def add_warehouse(viewer: Viewer, given: AddWarehouse) -> Keys:
    """Adds a house where stock lies."""
    errors = InputErrors()
    warehouse = Warehouse(
        id=new_id(),
        code=errors.text("code", given.code, LONGEST_CODE),
        name=errors.text("name", given.name, LONGEST_NAME),
        country=errors.text("country", given.country, LONGEST_COUNTRY),
    )
    errors.raise_if_any()
    await Warehouse.bulk_create([warehouse], ignore_conflicts=True)
    # Of two at once the second one waits here for the first, and finds that the code is taken.
    if not await Warehouse.exists(id=warehouse.id):
        errors.add("code", "There is a warehouse with this code.", "TAKEN")
        errors.raise_if_any()
    return {"warehouse": warehouse.id}


@command
class AddLocation(Command):
    """A place in a warehouse."""

    warehouse: Key[Warehouse] = member("The warehouse.")
    code: str = member("What people call it by, at most 20 characters; its own in the warehouse.")
    kind: LocationKind = member("What it is for.")


async def add_location(viewer: Viewer, given: AddLocation) -> Keys:
    """Adds a place to a warehouse."""
    errors = InputErrors()
    warehouse = await find(viewer, Warehouse, given.warehouse, errors, lock=True)
    code = errors.text("code", given.code, LONGEST_CODE)
    errors.raise_if_any()
    assert warehouse is not None
    if await Location.exists(warehouse_id=warehouse.id, code=code):
        errors.add("code", "There is a location with this code in the warehouse.", "TAKEN")
    errors.raise_if_any()
    location = await Location.create(id=new_id(), warehouse_id=warehouse.id, code=code, kind=given.kind)
    return {"location": location.id}
