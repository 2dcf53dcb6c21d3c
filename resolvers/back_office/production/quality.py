"""Quality: batches are checked, held back, released and rejected. A batch that is not released goes to nobody.

The surprising rule: nobody releases a batch that has not passed since it was put on hold, whatever it passed before.
"""

from datetime import datetime

from models.back_office.logistics.inventory import Batch, BatchEvent, BatchStatus
from models.back_office.production import QualityCheck, passed_sql
from models.back_office.products.catalogue import Product
from models.kit.base import new_id, now
from models.kit.events import EventKind, about
from models.kit.states import Guard, move_to
from resolvers.back_office.logistics.inventory.promising import fill_backorders
from resolvers.back_office.logistics.inventory.promising import release_batch as give_up_promises
from resolvers.events import record
from resolvers.kit.commands import LONGEST_LINE, Command, InputErrors, Key, Keys, Update, Viewer, command, member
from resolvers.kit.loading import load
from resolvers.kit.state_machine import Refusal, StateMachine

S = BatchStatus

REASON = "Why, at most 10,000 characters."

BATCHES = StateMachine(
    Batch,
    {Guard.SETTLED: lambda row: passed_sql(row.column)},
    {
        Guard.SETTLED: Refusal(
            "NOT_PASSED", "It has not passed since it was put on hold: check it, and look again at what failed."
        )
    },
)


@command
class CheckBatch(Command):
    """What was looked at in a batch, and what was found."""

    batch: Key[Batch] = member("The batch.")
    name: str = member("What was looked at, at most 200 characters; looked at again, by the same name.")
    passed: bool = member("Whether it was as it should be.")
    remarks: str | None = member("What was found, at most 10,000 characters.", default=None)


async def check_batch(viewer: Viewer, given: CheckBatch) -> Keys:
    """Writes down what was looked at in a batch. That alone neither holds nor releases it."""
    # A later look of the same name stands for the earlier.
    errors = InputErrors()
    called = errors.text("name", given.name, LONGEST_LINE)
    words = errors.optional_text("remarks", given.remarks)
    batch = await load(viewer, Batch, given.batch, errors)
    errors.raise_if_any()
    at = now()
    check = await QualityCheck.create(
        id=new_id(),
        batch_id=batch.id,
        name=called,
        passed=given.passed,
        remarks=words,
        checked_at=at,
        checked_by_id=viewer.account,
    )
    await record(BatchEvent.CHECKED, batch, actor=viewer, at=at)
    return {"check": check.id, "batch": batch.id}


@command
class BatchCommand(Update):
    """What every verb on a batch takes."""

    batch: Key[Batch] = member("The batch.")


async def release_batch(viewer: Viewer, given: BatchCommand) -> Keys:
    """Lets a batch be sold and used, and gives it to the orders that wait. Refused with NOT_PASSED unless it was checked since
    it was put on hold and the last check of each name has passed.
    """
    batch = await _ready(viewer, given, "releaseBatch", S.RELEASED, InputErrors())
    at = now()
    keys = await _move(viewer, batch, S.RELEASED, BatchEvent.RELEASED, at)
    await fill_backorders([batch.product_id], at, viewer.account)
    return keys


@command
class HoldBatch(BatchCommand):
    """What `holdBatch` takes."""

    reason: str = member(REASON)


async def hold_batch(viewer: Viewer, given: HoldBatch) -> Keys:
    """Holds a batch back. What is promised of it and in no shipment is promised of other batches instead, as far as they go."""
    errors = InputErrors()
    words = errors.text("reason", given.reason)
    batch = await _ready(viewer, given, "holdBatch", S.ON_HOLD, errors)
    at = now()
    batch.held_at, batch.status_reason = at, words
    keys = await _move(viewer, batch, S.ON_HOLD, BatchEvent.HELD, at)
    await give_up_promises(batch.id, batch.product_id, at, viewer.account)
    return keys


@command
class RejectBatch(BatchCommand):
    """What `rejectBatch` takes."""

    reason: str = member(REASON)


async def reject_batch(viewer: Viewer, given: RejectBatch) -> Keys:
    """Says that a batch on hold will never be sold."""
    # What lies of it is scrapped or sent back.
    errors = InputErrors()
    words = errors.text("reason", given.reason)
    batch = await _ready(viewer, given, "rejectBatch", S.REJECTED, errors)
    batch.status_reason = words
    return await _move(viewer, batch, S.REJECTED, BatchEvent.REJECTED, now())


async def _ready(viewer: Viewer, given: BatchCommand, verb: str, to: BatchStatus, errors: InputErrors) -> Batch:
    """The batch, when a verb may take it to a status now; everything wrong is reported together."""
    batch = await load(viewer, Batch, given.batch, errors, given.expected_version)
    await BATCHES.check(viewer, batch, verb, to, errors)
    errors.raise_if_any()
    return batch


async def _move(viewer: Viewer, batch: Batch, to: BatchStatus, kind: EventKind, at: datetime) -> Keys:
    move_to(batch, to)
    await batch.save_next_version("status", "held_at", "status_reason")
    await record(kind, batch, about(Product, batch.product_id), actor=viewer, at=at)
    return {"batch": batch.id}
