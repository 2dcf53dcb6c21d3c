"""What is done about the quality of batches: inputs, payloads and mutations."""

from typing import TYPE_CHECKING, ClassVar

import strawberry

from models.permissions import Permission
from resolvers.back_office import production as use_cases
from resolvers.reading.declare import Access, changed, plain, plain_type
from schema.kit.errors import UserError
from schema.kit.legacy_verbs import ERRORS, expected_version, idempotency_key, key_of, member, optional, verb

if TYPE_CHECKING:
    from schema.back_office.logistics.inventory import Batch
    from schema.back_office.production.types import QualityCheck

CHECK = Permission.CHECK_QUALITY

# --- Inputs -----------------------------------------------------------------------------------------------------------


@strawberry.input(description="What was looked at in a batch, and what was found.")
class CheckBatchInput:
    """What `check_batch` takes."""

    batch: strawberry.ID = member("The batch.")
    name: str = member("What was looked at, at most 200 characters; looked at again, by the same name.")
    passed: bool = member("Whether it was as it should be.")
    remarks: str | None = optional("What was found, at most 10,000 characters.")
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="Which batch.")
class _BatchInput:
    """What every verb on a batch takes."""

    batch: strawberry.ID = member("The batch.")
    expected_version: int | None = expected_version()
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="What `releaseBatch` takes.")
class ReleaseBatchInput(_BatchInput):
    """What `release_batch` takes."""


@strawberry.input(description="What `holdBatch` takes.")
class HoldBatchInput(_BatchInput):
    """What `hold_batch` takes."""

    reason: str = member("Why, at most 10,000 characters.")


@strawberry.input(description="What `rejectBatch` takes.")
class RejectBatchInput(_BatchInput):
    """What `reject_batch` takes."""

    reason: str = member("Why, at most 10,000 characters.")


@plain_type(Access.SIGNED_IN)
class BatchPayload:
    """What became of a batch."""

    ROWS: ClassVar = ("batch",)
    batch: "Batch | None" = changed("The batch as it now is; null when there are errors.")
    errors: list[UserError] = plain(ERRORS)


@plain_type(Access.SIGNED_IN)
class CheckBatchPayload:
    """What was written down about a batch."""

    ROWS: ClassVar = ("check", "batch")
    check: "QualityCheck | None" = changed("The check; null when there are errors.")
    batch: "Batch | None" = changed("The batch as it now is; null when there are errors.")
    errors: list[UserError] = plain(ERRORS)


# --- Mutations --------------------------------------------------------------------------------------------------------


class QualityMutations:
    """What those do who see to quality."""

    check_batch = verb(
        "Writes down what was looked at in a batch. That alone neither holds nor releases it.",
        CHECK,
        CheckBatchInput,
        CheckBatchPayload,
        lambda viewer, given: use_cases.check_batch(
            viewer, key_of(given.batch, "bat"), given.name, given.passed, given.remarks
        ),
    )
    release_batch = verb(
        "Lets a batch be sold and used, and gives it to the orders that wait. Refused with NOT_PASSED unless it was checked since"
        " it was put on hold and the last check of each name has passed.",
        CHECK,
        ReleaseBatchInput,
        BatchPayload,
        lambda viewer, given: use_cases.release_batch(viewer, key_of(given.batch, "bat"), given.expected_version),
    )
    hold_batch = verb(
        "Holds a batch back. What is promised of it and in no shipment is promised of other batches instead, as far as they go.",
        CHECK,
        HoldBatchInput,
        BatchPayload,
        lambda viewer, given: use_cases.hold_batch(
            viewer, key_of(given.batch, "bat"), given.reason, given.expected_version
        ),
    )
    reject_batch = verb(
        "Says that a batch on hold will never be sold.",
        CHECK,
        RejectBatchInput,
        BatchPayload,
        lambda viewer, given: use_cases.reject_batch(
            viewer, key_of(given.batch, "bat"), given.reason, given.expected_version
        ),
    )
