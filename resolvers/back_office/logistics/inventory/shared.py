"""Steps that several verbs on stock share: loading what they name, and checking quantities."""

from collections.abc import Mapping
from uuid import UUID

from models.back_office.logistics.inventory import Batch, Location, visible_batches, visible_locations
from resolvers.back_office.logistics.inventory.ledger import LARGEST_QUANTITY
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.loading import access
from resolvers.kit.viewer import Viewer

Keys = Mapping[str, UUID | tuple[UUID, ...]]


async def location_at(viewer: Viewer, key: UUID | None, member: str, errors: InputErrors) -> Location | None:
    """The location that a member names; a missing one is noted."""
    location = await access(viewer, Location, visible_locations, key, lock=False)
    if location is None:
        errors.not_found(member, "location")
    return location


async def batch_at(viewer: Viewer, key: UUID | None, member: str, errors: InputErrors) -> Batch | None:
    """The batch that a member names; a missing one is noted."""
    batch = await access(viewer, Batch, visible_batches, key, lock=False)
    if batch is None:
        errors.not_found(member, "batch")
    return batch


def check_quantity(member: str, given: int, errors: InputErrors, *, least: int = 1) -> None:
    """Notes a quantity that is too small or too large."""
    if not least <= given <= LARGEST_QUANTITY:
        errors.add(member, f"`{member}` is {least} to {LARGEST_QUANTITY}.")
