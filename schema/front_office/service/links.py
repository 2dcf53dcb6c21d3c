"""What complaints are to one another: duplicates, the same cause, and what came back too late to be reopened."""

from datetime import datetime
from typing import TYPE_CHECKING

from models.front_office.service import links
from models.permissions import Permission
from resolvers.front_office.service.links import link_complaints, unlink_complaints
from resolvers.reading.declare import Node, changed, column, node, one
from schema.kit.areas import Area
from schema.kit.mutations import mutation, payload

if TYPE_CHECKING:
    from schema.both_offices.accounts import Account
    from schema.front_office.service.complaints import Complaint

READ, WRITE = (Permission.READ_COMPLAINTS, Permission.WRITE_COMPLAINTS)


@node(links.ComplaintLink, prefix="lnk", needs=READ)
class ComplaintLink(Node):
    """What a complaint is to another one; the other one has the same link seen from its side."""

    kind: links.LinkKind = column("What it is to the other one.", filter=True)
    other: "Complaint | None" = one("The other one.", "other_id")
    linked_at: datetime = column("When they were linked.", filter=True, sort=True)
    linked_by: "Account | None" = one("Who linked them; null when that happened by itself.", "linked_by_id")


@payload
class LinkComplaintsPayload:
    """What became of two complaints."""

    complaint: "Complaint | None" = changed("The one; null when there are errors.")
    other: "Complaint | None" = changed("The other; null when there are errors.")


MUTATIONS = (
    mutation(WRITE, link_complaints, shows=LinkComplaintsPayload),
    mutation(WRITE, unlink_complaints, shows=LinkComplaintsPayload),
)

AREA = Area(mutations=MUTATIONS)
