"""How severe a complaint is: input and mutation."""

import strawberry

from models.front_office.service.complaints import Severity
from models.permissions import Permission
from resolvers.front_office.service import complaints as use_cases
from schema.front_office.service.complaints.changes import ComplaintPayload
from schema.kit.legacy_verbs import expected_version, idempotency_key, key_of, member, verb


@strawberry.input(description="How severe a complaint turned out to be.")
class ChangeSeverityInput:
    """How severe a complaint turned out to be."""

    complaint: strawberry.ID = member("The complaint.")
    severity: Severity = member("How much harm it describes after all.")
    expected_version: int | None = expected_version()
    idempotency_key: str | None = idempotency_key()


class SeverityMutations:
    """What the front office finds out about a complaint's harm."""

    change_severity = verb(
        "Says that a complaint is more or less severe than it seemed. All its clocks count anew what has passed, as if it had"
        " always been so.",
        Permission.WRITE_COMPLAINTS,
        ChangeSeverityInput,
        ComplaintPayload,
        lambda viewer, given: use_cases.change_severity(
            viewer, key_of(given.complaint, "cmp"), given.severity, given.expected_version
        ),
    )
