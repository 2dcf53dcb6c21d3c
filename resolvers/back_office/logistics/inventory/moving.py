"""Correcting what lies somewhere, and carrying it somewhere else.

What is promised to orders is never touched: neither a correction nor a transfer takes more than is free.
"""

from uuid import UUID

from models.back_office.logistics.inventory import LocationKind, MoveKind
from models.kit.base import now
from resolvers.back_office.logistics.inventory.alerts import alert
from resolvers.back_office.logistics.inventory.ledger import LARGEST_QUANTITY, NewMove, post, transfer
from resolvers.back_office.logistics.inventory.promising import fill_backorders
from resolvers.back_office.logistics.inventory.shared import Keys, batch_at, check_quantity, location_at
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.viewer import Viewer


async def adjust_stock(
    viewer: Viewer, location_key: UUID | None, batch_key: UUID | None, quantity: int, reason: str
) -> Keys:
    """Corrects what lies of a batch in a location: `quantity` more, or less when it is below zero, and why.

    Orders that wait get what is more. Refused with OutOfStock when less is free than is taken.
    """
    errors = InputErrors()
    location = await location_at(viewer, location_key, "location", errors)
    batch = await batch_at(viewer, batch_key, "batch", errors)
    text = errors.text("reason", reason)
    if quantity == 0 or abs(quantity) > LARGEST_QUANTITY:
        errors.add("quantity", f"`quantity` is 1 to {LARGEST_QUANTITY}, or as much below zero.")
    errors.raise_if_any()
    assert location is not None and batch is not None
    at = now()
    await post(
        [
            NewMove(
                product=batch.product_id,
                location=location.id,
                batch=batch.id,
                kind=MoveKind.ADJUST,
                quantity=quantity,
                at=at,
                actor=viewer.account,
                reason=text,
                path=("input", "quantity"),
            )
        ]
    )
    if quantity > 0:
        await fill_backorders([batch.product_id], at, viewer.account)
    else:
        await alert([batch.product_id], at)
    return {"product": batch.product_id, "batch": batch.id}


async def transfer_stock(
    viewer: Viewer,
    batch_key: UUID | None,
    source_key: UUID | None,
    target_key: UUID | None,
    quantity: int,
    reason: str | None,
) -> Keys:
    """Carries some of a batch from one location to another, in the same warehouse or another one.

    What is promised to orders stays. Packing places are filled by picking alone.
    """
    errors = InputErrors()
    batch = await batch_at(viewer, batch_key, "batch", errors)
    source = await location_at(viewer, source_key, "from", errors)
    target = await location_at(viewer, target_key, "to", errors)
    text = errors.optional_text("reason", reason)
    check_quantity("quantity", quantity, errors)
    if source and target and source.id == target.id:
        errors.add("to", "It lies there already.")
    elif target and target.kind == LocationKind.PACKING:
        errors.add("to", "Only what is picked for a shipment comes to a packing place.")
    errors.raise_if_any()
    assert batch is not None and source is not None and target is not None
    at, product = now(), batch.product_id
    path = ("input", "quantity")
    await transfer(product, batch.id, source.id, target.id, quantity, at, viewer.account, reason=text, path=path)
    if target.kind == LocationKind.STORAGE:
        await fill_backorders([product], at, viewer.account)
    else:
        await alert([product], at)
    return {"product": product, "batch": batch.id}
