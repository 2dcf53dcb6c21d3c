"""What complaints are to one another: duplicates, the same cause, and what came back too late to be reopened."""

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

import strawberry

from models.front_office.service import links
from models.permissions import Permission
from resolvers.front_office.service import links as use_cases
from resolvers.reading.declare import Access, Node, changed, column, node, one, plain, plain_type
from schema.kit.areas import Area
from schema.kit.errors import UserError
from schema.kit.legacy_verbs import ERRORS, idempotency_key, key_of, member, verb

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


# --- Inputs and payloads ----------------------------------------------------------------------------------------------


@strawberry.input(description="Two complaints that belong together.")
class LinkComplaintsInput:
    """Two complaints that belong together."""

    complaint: strawberry.ID = member("One complaint.")
    other: strawberry.ID = member("The other one.")
    kind: links.LinkKind = member("What the one is to the other: DUPLICATE_OF or SAME_CAUSE.")
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="Two complaints that do not belong together after all.")
class UnlinkComplaintsInput:
    """Two complaints that do not belong together after all."""

    complaint: strawberry.ID = member("One complaint.")
    other: strawberry.ID = member("The other one.")
    kind: links.LinkKind = member("What the one was to the other: DUPLICATE_OF or SAME_CAUSE.")
    idempotency_key: str | None = idempotency_key()


@plain_type(Access.SIGNED_IN)
class LinkComplaintsPayload:
    """What became of two complaints."""

    ROWS: ClassVar = ("complaint", "other")
    complaint: "Complaint | None" = changed("The one; null when there are errors.")
    other: "Complaint | None" = changed("The other; null when there are errors.")
    errors: list[UserError] = plain(ERRORS)


# --- Roots ------------------------------------------------------------------------------------------------------------


class LinkMutations:
    """How complaints are linked, and how that is taken back."""

    link_complaints = verb(
        "Says that a complaint is a duplicate of another one, or has the same cause. Duplicates never lead in a circle.",
        WRITE,
        LinkComplaintsInput,
        LinkComplaintsPayload,
        lambda viewer, given: use_cases.link_complaints(
            viewer, key_of(given.complaint, "cmp"), key_of(given.other, "cmp"), given.kind
        ),
    )
    unlink_complaints = verb(
        "Takes such a link back.",
        WRITE,
        UnlinkComplaintsInput,
        LinkComplaintsPayload,
        lambda viewer, given: use_cases.unlink_complaints(
            viewer, key_of(given.complaint, "cmp"), key_of(given.other, "cmp"), given.kind
        ),
    )


AREA = Area(
    mutations=(LinkMutations,),
)
