"""Where stock lies: warehouses and the places in them, what people correct there, and what they carry somewhere else.

What is promised to orders is never touched: a transfer takes no more than is free. Nor does anybody take stock out of the books
alone: what is missing a count says (`counting`), which somebody else posts.
"""

from models.back_office.logistics.inventory import Batch, Location, LocationKind, Warehouse
from models.back_office.logistics.inventory.stock import MoveKind
from models.kit.base import new_id, now
from resolvers.back_office.logistics.inventory.ledger import LARGEST_QUANTITY, NewMove, post, way
from resolvers.back_office.logistics.inventory.promising import fill_backorders
from resolvers.back_office.logistics.inventory.reordering import alert
from resolvers.kit.commands import Command, InputErrors, Key, Keys, Viewer, command, member
from resolvers.kit.loading import find

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
        code=errors.code("code", given.code, LONGEST_CODE),
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
    code = errors.code("code", given.code, LONGEST_CODE)
    errors.raise_if_any()
    assert warehouse is not None
    if await Location.exists(warehouse_id=warehouse.id, code=code):
        errors.add("code", "There is a location with this code in the warehouse.", "TAKEN")
    errors.raise_if_any()
    location = await Location.create(id=new_id(), warehouse_id=warehouse.id, code=code, kind=given.kind)
    return {"location": location.id}


@command
class AdjustStock(Command):
    """A correction of what lies somewhere."""

    batch: Key[Batch] = member("The batch.")
    location: Key[Location] = member("Where it lies, or is to lie.")
    quantity: int = member("How much more. What is missing a stock count says, which somebody else posts.")
    reason: str = member("Why.")


async def adjust_stock(viewer: Viewer, given: AdjustStock) -> Keys:
    """Adds what was found of a batch in a location beyond the ledger. Orders that wait get it. Error: COUNT_IT."""
    errors = InputErrors()
    location = await find(viewer, Location, given.location, errors)
    batch = await find(viewer, Batch, given.batch, errors)
    reason = errors.text("reason", given.reason)
    if given.quantity < 0:
        message = "Nobody takes stock out of the books alone: count what is left, and somebody else posts the count."
        errors.add("quantity", message, "COUNT_IT")
    else:
        errors.number("quantity", given.quantity, LARGEST_QUANTITY)
    errors.raise_if_any()
    assert location is not None and batch is not None
    at = now()
    await post(
        [
            NewMove(
                product_id=batch.product_id,
                location_id=location.id,
                batch_id=batch.id,
                kind=MoveKind.ADJUST,
                quantity=given.quantity,
                at=at,
                actor_id=viewer.account,
                reason=reason,
                path=("input", "quantity"),
            )
        ]
    )
    await fill_backorders([batch.product_id], at, viewer.account)
    return {"product": batch.product_id, "batch": batch.id}


@command
class TransferStock(Command):
    """What is carried from one place to another."""

    batch: Key[Batch] = member("The batch.")
    from_: Key[Location] = member("Where it lies.")
    to: Key[Location] = member("Where it is to lie; not a packing place.")
    quantity: int = member("How much; never what is promised to orders.")
    reason: str | None = member("Why.", default=None)


async def transfer_stock(viewer: Viewer, given: TransferStock) -> Keys:
    """Carries some of a batch from one location to another. What is promised to orders stays where it is."""
    errors = InputErrors()
    batch = await find(viewer, Batch, given.batch, errors)
    source = await find(viewer, Location, given.from_, errors, member="from")
    target = await find(viewer, Location, given.to, errors, member="to")
    reason = errors.optional_text("reason", given.reason)
    errors.number("quantity", given.quantity, LARGEST_QUANTITY)
    if source and target and source.id == target.id:
        errors.add("to", "It lies there already.")
    elif target and target.kind == LocationKind.PACKING:
        errors.add("to", "Only what is picked for a shipment comes to a packing place.")
    errors.raise_if_any()
    assert batch is not None and source is not None and target is not None
    at, product = now(), batch.product_id
    carried = NewMove(
        product_id=product,
        location_id=source.id,
        batch_id=batch.id,
        kind=MoveKind.TRANSFER,
        quantity=given.quantity,
        at=at,
        actor_id=viewer.account,
        reason=reason,
        path=("input", "quantity"),
    )
    await post(way(carried, target.id))
    if target.kind == LocationKind.STORAGE:
        await fill_backorders([product], at, viewer.account)
    else:
        await alert([product], at)
    return {"product": product, "batch": batch.id}
