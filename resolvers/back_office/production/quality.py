"""Quality: batches are checked, held back, released and rejected. A batch that is not released goes to nobody.

The surprising rule: nobody releases a batch that has not passed since it was put on hold, whatever it passed before.
"""

from datetime import datetime
from uuid import UUID

from tortoise.connection import get_connection

from models.back_office.logistics.inventory import BATCH_TRANSITIONS, Batch, BatchStatus, visible_batches
from models.back_office.production import QualityCheck, passed_sql
from models.kit.base import new_id, now
from models.kit.events import EventKind
from models.kit.states import move_to
from resolvers.back_office.logistics.inventory.alerts import alert
from resolvers.back_office.logistics.inventory.promising import fill_backorders
from resolvers.back_office.logistics.inventory.promising import release_batch as give_up_promises
from resolvers.back_office.production.shared import BATCHES, Keys
from resolvers.events import record
from resolvers.kit.input_errors import LONGEST_LINE, InputErrors
from resolvers.kit.loading import access
from resolvers.kit.viewer import Viewer

S = BatchStatus


async def check_batch(viewer: Viewer, key: UUID | None, name: str, passed: bool, remarks: str | None) -> Keys:
    """Writes down what was looked at in a batch, and what was found. A later look of the same name stands for the earlier."""
    errors = InputErrors()
    called = errors.text("name", name, LONGEST_LINE)
    words = errors.optional_text("remarks", remarks)
    batch = await _batch_at(viewer, key, errors, None)
    errors.raise_if_any()
    at = now()
    check = await QualityCheck.create(
        id=new_id(),
        batch_id=batch.id,
        name=called,
        passed=passed,
        remarks=words,
        checked_at=at,
        checked_by_id=viewer.account,
    )
    await record(EventKind.BATCH_CHECKED, actor=viewer.account, at=at, batch_id=batch.id)
    return {"check": check.id, "batch": batch.id}


async def release_batch(viewer: Viewer, key: UUID | None, expected_version: int | None) -> Keys:
    """Lets a batch be sold and used, and gives it to the orders that wait for it.

    It must have been checked since it was put on hold, and the last check of each name must have passed.
    """
    errors = InputErrors()
    batch = await _batch_at(viewer, key, errors, expected_version)
    if await BATCHES.check_step(viewer, batch, "releaseBatch", S.RELEASED, errors) and not await _passed(batch):
        message = "It has not passed since it was put on hold: check it, and look again at what failed."
        errors.add("batch", message, "NOT_PASSED")
    errors.raise_if_any()
    at = now()
    keys = await _move(viewer, batch, S.RELEASED, EventKind.BATCH_RELEASED, at)
    await fill_backorders([batch.product_id], at, viewer.account)
    await alert([batch.product_id], at)
    return keys


async def hold_batch(viewer: Viewer, key: UUID | None, reason: str, expected_version: int | None) -> Keys:
    """Holds a batch back: what is promised of it and not yet picked is given up, and promised of other batches instead."""
    errors = InputErrors()
    words = errors.text("reason", reason)
    batch = await _batch_at(viewer, key, errors, expected_version)
    await BATCHES.check_step(viewer, batch, "holdBatch", S.ON_HOLD, errors)
    errors.raise_if_any()
    at = now()
    batch.held_at, batch.status_reason = at, words
    keys = await _move(viewer, batch, S.ON_HOLD, EventKind.BATCH_HELD, at)
    await give_up_promises(batch.id, batch.product_id, at, viewer.account)
    await alert([batch.product_id], at)
    return keys


async def reject_batch(viewer: Viewer, key: UUID | None, reason: str, expected_version: int | None) -> Keys:
    """Says that a batch will never be sold: what lies of it is scrapped or sent back."""
    errors = InputErrors()
    words = errors.text("reason", reason)
    batch = await _batch_at(viewer, key, errors, expected_version)
    await BATCHES.check_step(viewer, batch, "rejectBatch", S.REJECTED, errors)
    errors.raise_if_any()
    batch.status_reason = words
    return await _move(viewer, batch, S.REJECTED, EventKind.BATCH_REJECTED, now())


async def _batch_at(viewer: Viewer, key: UUID | None, errors: InputErrors, expected_version: int | None) -> Batch:
    batch = await access(viewer, Batch, visible_batches, key)
    if batch is None:
        errors.not_found("batch", "batch")
        raise errors.refusal()
    errors.version(batch.version, expected_version)
    return batch


async def _passed(batch: Batch) -> bool:
    [row] = await get_connection("default").execute_query_dict(
        f"SELECT {passed_sql('b.{}'.format)} AS passed FROM batches b WHERE b.id = '{batch.id}'"
    )
    return bool(row["passed"])


async def _move(viewer: Viewer, batch: Batch, to: BatchStatus, kind: EventKind, at: datetime) -> Keys:
    move_to(batch, to, BATCH_TRANSITIONS)
    batch.version += 1
    await batch.save(update_fields=["status", "held_at", "status_reason", "version"])
    await record(kind, actor=viewer.account, at=at, batch_id=batch.id, product_id=batch.product_id)
    return {"batch": batch.id}
