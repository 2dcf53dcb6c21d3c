"""What a complaint came from: input and mutation."""

import strawberry

from models.front_office.service.complaints import CauseCode
from models.permissions import Permission
from resolvers.front_office.service import complaints as use_cases
from schema.front_office.service.complaints.changes import ComplaintPayload
from schema.kit.legacy_verbs import expected_version, idempotency_key, key_of, member, verb


@strawberry.input(description="What a complaint came from.")
class DetermineCauseInput:
    """What a complaint came from."""

    complaint: strawberry.ID = member("The complaint.")
    cause: CauseCode = member("What it came from.")
    expected_version: int | None = expected_version()
    idempotency_key: str | None = idempotency_key()


class CauseMutations:
    """What either office finds out about complaints."""

    determine_cause = verb(
        "Says what a complaint came from, also after its end; what was said before is replaced.",
        Permission.DETERMINE_CAUSES,
        DetermineCauseInput,
        ComplaintPayload,
        lambda viewer, given: use_cases.determine_cause(
            viewer, key_of(given.complaint, "cmp"), given.cause, given.expected_version
        ),
    )
