"""Transferring a handoff to another department: input and mutation."""

import strawberry

from models.permissions import Department, Permission
from resolvers.back_office import handoffs as use_cases
from schema.front_office.service.complaints import HandoffPayload
from schema.kit.legacy_verbs import dry_run, expected_version, idempotency_key, key_of, member, verb


@strawberry.input(description="Which handoff goes to which department, and why.")
class TransferHandoffInput:
    """Which handoff goes to which department, and why."""

    handoff: strawberry.ID = member("The handoff, which nobody has answered yet.")
    department: Department = member("Another department of the back office.")
    reason: str = member(
        "Why it is theirs, at most 10,000 characters; it stands in the thread. What the front office writes is masked."
    )
    dry_run: bool = dry_run()
    expected_version: int | None = expected_version()
    idempotency_key: str | None = idempotency_key()


class TransferMutations:
    """How a handoff gets to the department that it belongs to."""

    transfer_handoff = verb(
        "Puts a handoff into another department's queue. The front office may, and its department; once it is claimed, of the"
        " department only the claimant. Who no longer sees it afterwards gets null.",
        # The permission that both offices hold; which of them may when, the use case decides.
        Permission.WRITE_MESSAGES,
        TransferHandoffInput,
        HandoffPayload,
        lambda viewer, given: use_cases.transfer_handoff(
            viewer,
            key_of(given.handoff, "hnd"),
            given.department,
            given.reason,
            given.expected_version,
            dry_run=given.dry_run,
        ),
    )
