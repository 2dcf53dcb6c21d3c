"""Correcting what lies somewhere, and carrying it somewhere else.

What is promised to orders is never touched: neither a correction nor a transfer takes more than is free.
"""

from models.back_office.logistics.inventory import Batch, Location, LocationKind, MoveKind
from models.kit.base import now
from resolvers.back_office.logistics.inventory.alerts import alert
from resolvers.back_office.logistics.inventory.ledger import (
    LARGEST_QUANTITY,
    NewMove,
    post,
    way,
)
from resolvers.back_office.logistics.inventory.promising import fill_backorders
from resolvers.kit.commands import Command, Key, Keys, command, member
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.loading import find
from resolvers.kit.viewer import Viewer


@command
class AdjustStock(Command):
    """A correction of what lies somewhere."""

    batch: Key[Batch] = member("The batch.")
    location: Key[Location] = member("Where it lies, or is to lie.")
    quantity: int = member("How much more, or below zero how much less; never what is promised to orders.")
    reason: str = member("Why.")


async def adjust_stock(viewer: Viewer, given: AdjustStock) -> Keys:
    """Corrects what lies of a batch in a location. Orders that wait get what is more."""
    errors = InputErrors()
    location = await find(viewer, Location, given.location, errors)
    batch = await find(viewer, Batch, given.batch, errors)
    reason = errors.text("reason", given.reason)
    if given.quantity == 0 or abs(given.quantity) > LARGEST_QUANTITY:
        errors.add("quantity", f"`quantity` is 1 to {LARGEST_QUANTITY}, or as much below zero.")
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
    if given.quantity > 0:
        await fill_backorders([batch.product_id], at, viewer.account)
    else:
        await alert([batch.product_id], at)
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
