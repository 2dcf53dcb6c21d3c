"""Complaints that come back: stages and who worked at them, and reopenings."""

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

import strawberry

from models.front_office.service import stages
from models.permissions import Permission
from resolvers.front_office.service import complaints as use_cases
from resolvers.reading.declare import Access, Node, changed, column, node, one, plain, plain_type
from schema.front_office.service.complaints.changes import ComplaintPayload
from schema.kit.areas import Area
from schema.kit.errors import UserError
from schema.kit.legacy_verbs import ERRORS, expected_version, idempotency_key, key_of, member, verb

if TYPE_CHECKING:
    from schema.both_offices.accounts import Account
    from schema.front_office.service.complaints import Complaint

READ, TEXT, WRITE = (Permission.READ_COMPLAINTS, Permission.READ_COMPLAINT_TEXT, Permission.WRITE_COMPLAINTS)


@node(stages.Reopening, prefix="rop", needs=READ)
class Reopening(Node):
    """One time that a complaint came back after its answer or closing."""

    kind: stages.ReopeningKind = column("Why.", filter=True)
    stage: int = column("The stage that it came back to.", filter=True)
    reason: str = column("What the customer said, or why else.", needs=TEXT)
    at: datetime = column("When.", filter=True, sort=True)
    by: "Account | None" = one("Who wrote it down; null when the customer did it by a rating.", "by_id")


@node(stages.StageWorker, prefix="", needs=READ)
class StageWorker:
    """Somebody who has worked on a complaint at a stage, and so works on no other stage of it."""

    stage: int = column("The stage.", filter=True)
    since: datetime = column("Since when.", filter=True, sort=True)
    account: "Account | None" = one("Who.", "account_id")


# --- Inputs and payloads ----------------------------------------------------------------------------------------------


@strawberry.input(description="Which answer the customer does not accept.")
class ChallengeComplaintInput:
    """Which answer the customer does not accept."""

    complaint: strawberry.ID = member("The complaint, which has been answered.")
    reason: str = member("What the customer says against the answer.")
    expected_version: int | None = expected_version()
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="Which complaint is open again.")
class ReopenComplaintInput:
    """Which complaint is open again."""

    complaint: strawberry.ID = member("The complaint, which has been answered or closed.")
    reason: str = member("What was left open or came back.")
    expected_version: int | None = expected_version()
    idempotency_key: str | None = idempotency_key()


@plain_type(Access.SIGNED_IN)
class ReopenComplaintPayload:
    """What became of a complaint that came back."""

    ROWS: ClassVar = ("complaint", "follow_up_of")
    complaint: "Complaint | None" = changed("The complaint that is open now; null when there are errors.")
    follow_up_of: "Complaint | None" = changed(
        "The old complaint when it was too late to reopen it, so that a new one follows it up; null otherwise."
    )
    errors: list[UserError] = plain(ERRORS)


# --- Roots ------------------------------------------------------------------------------------------------------------


class StageMutations:
    """How complaints come back."""

    challenge_complaint = verb(
        "Writes down that the customer does not accept the answer. The next stage begins, of 3 at most, and nobody who worked"
        " on an earlier one can work on it.",
        WRITE,
        ChallengeComplaintInput,
        ComplaintPayload,
        lambda viewer, given: use_cases.challenge_complaint(
            viewer, key_of(given.complaint, "cmp"), given.reason, given.expected_version
        ),
    )
    reopen_complaint = verb(
        "Opens an answered or closed complaint again. When too many days have passed, a new complaint is made that follows it"
        " up.",
        WRITE,
        ReopenComplaintInput,
        ReopenComplaintPayload,
        lambda viewer, given: use_cases.reopen_complaint(
            viewer, key_of(given.complaint, "cmp"), given.reason, given.expected_version
        ),
    )


AREA = Area(
    mutations=(StageMutations,),
)
