"""Complaints that come back: stages and who worked at them, and reopenings."""

from datetime import datetime
from typing import TYPE_CHECKING

from models.front_office.service import stages
from models.permissions import Permission
from resolvers.front_office.service.complaints.reopening import challenge_complaint, reopen_complaint
from resolvers.reading.declare import Node, changed, column, node, one
from schema.front_office.service.complaints import ComplaintPayload
from schema.kit.areas import Area
from schema.kit.mutations import mutation, payload

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


@payload
class ReopenComplaintPayload:
    """What became of a complaint that came back."""

    complaint: "Complaint | None" = changed("The complaint that is open now; null when there are errors.")
    follow_up_of: "Complaint | None" = changed(
        "The old complaint when it was too late to reopen it, so that a new one follows it up; null otherwise."
    )


MUTATIONS = (
    mutation(WRITE, challenge_complaint, shows=ComplaintPayload),
    mutation(WRITE, reopen_complaint, shows=ReopenComplaintPayload),
)

AREA = Area(mutations=MUTATIONS)
