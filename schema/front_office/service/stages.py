"""Complaints that come back: stages and who worked at them, and reopenings."""

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from models.front_office.service import stages
from models.permissions import Permission
from resolvers.front_office.service.complaints.reopening import challenge_complaint, reopen_complaint
from resolvers.reading.declare import Access, Node, changed, column, node, one, plain, plain_type
from schema.front_office.service.complaints import ComplaintPayload
from schema.kit.areas import Area
from schema.kit.errors import UserError
from schema.kit.legacy_verbs import ERRORS
from schema.kit.mutations import mutation

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


# --- Payloads ---------------------------------------------------------------------------------------------------------


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

    challenge_complaint = mutation(WRITE, challenge_complaint, shows=ComplaintPayload)
    reopen_complaint = mutation(WRITE, reopen_complaint, shows=ReopenComplaintPayload)


AREA = Area(
    mutations=(StageMutations,),
)
