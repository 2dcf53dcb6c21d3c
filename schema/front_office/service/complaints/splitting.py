"""Splitting a complaint into pieces for several departments: input, payload and mutation."""

from typing import TYPE_CHECKING, ClassVar

import strawberry

from models.permissions import Department, Permission
from resolvers.front_office.service import complaints as use_cases
from resolvers.reading.declare import Access, changed, changed_many, plain, plain_type
from schema.kit.errors import UserError
from schema.kit.legacy_verbs import ERRORS, dry_run, expected_version, idempotency_key, key_of, member, optional, verb

if TYPE_CHECKING:
    from schema.back_office.handoffs import Handoff
    from schema.front_office.service.complaints.types import Complaint


@strawberry.input(description="One piece of a complaint.")
class ComplaintPartInput:
    """One piece of a complaint."""

    department: Department = member("The department of the back office that works on it.")
    brief: str | None = optional(
        "What the department must know; left out, the description. Who the customer is gets masked."
    )
    blocks: bool = strawberry.field(
        description="Whether the customer waits for it: while it is open, the complaint cannot be answered.",
        default=True,
    )


@strawberry.input(description="Which complaint is split, and into what.")
class SplitComplaintInput:
    """Which complaint is split, and into what."""

    complaint: strawberry.ID = member("The complaint.")
    parts: list[ComplaintPartInput] = member("2 to 8 pieces. All of them are handed off, or none.")
    dry_run: bool = dry_run()
    expected_version: int | None = expected_version()
    idempotency_key: str | None = idempotency_key()


@plain_type(Access.SIGNED_IN)
class SplitComplaintPayload:
    """What became of a complaint that was split."""

    ROWS: ClassVar = ("complaint", "handoffs")
    complaint: "Complaint | None" = changed(
        "The complaint as it now is; null when there are errors, and with `dryRun`."
    )
    handoffs: "list[Handoff]" = changed_many("Its new handoffs, in the order of the parts.")
    masked_texts: list[str] | None = plain(
        "With `dryRun`, what each department would read, in the order of the parts; else null.", default=None
    )
    errors: list[UserError] = plain(ERRORS)


class SplitMutations:
    """How a complaint becomes several pieces of work."""

    split_complaint = verb(
        "Gives several departments a piece of a complaint each, at once.",
        Permission.WRITE_COMPLAINTS,
        SplitComplaintInput,
        SplitComplaintPayload,
        lambda viewer, given: use_cases.split_complaint(
            viewer,
            key_of(given.complaint, "cmp"),
            [use_cases.Part(part.department, part.brief, part.blocks) for part in given.parts],
            given.expected_version,
            dry_run=given.dry_run,
        ),
    )
