"""Links between complaints: the same thing twice, the same cause, and what came back too late to be reopened.

The surprising rule: each link is two rows, one per direction, so that both complaints list it the same way.
"""

from tortoise import fields

from models.front_office.service.answers import of_visible_complaints
from models.kit.base import ReadScope, Record
from models.kit.constraints import Index
from models.kit.enums import DescribedEnum
from models.kit.events import EventKind
from models.kit.references import optional_reference, reference


class LinkKind(DescribedEnum):
    """What a complaint is to another one."""

    DUPLICATE_OF = "DUPLICATE_OF", "It says again what the other one said before."
    HAS_DUPLICATE = "HAS_DUPLICATE", "The other one says again what this one said before."
    SAME_CAUSE = "SAME_CAUSE", "The same fault of ours led to both."
    FOLLOW_UP_OF = "FOLLOW_UP_OF", "The other one came back after its time to be reopened, as this one."
    HAS_FOLLOW_UP = "HAS_FOLLOW_UP", "This one came back after its time to be reopened, as the other one."


SEEN_FROM_THE_OTHER = {
    LinkKind.DUPLICATE_OF: LinkKind.HAS_DUPLICATE,
    LinkKind.HAS_DUPLICATE: LinkKind.DUPLICATE_OF,
    LinkKind.SAME_CAUSE: LinkKind.SAME_CAUSE,
    LinkKind.FOLLOW_UP_OF: LinkKind.HAS_FOLLOW_UP,
    LinkKind.HAS_FOLLOW_UP: LinkKind.FOLLOW_UP_OF,
}
LINKED_BY_HAND = frozenset({LinkKind.DUPLICATE_OF, LinkKind.SAME_CAUSE})


class LinkEvent(EventKind):
    """What happens to links between complaints."""

    LINKED = "COMPLAINT_LINKED", "A complaint was linked to another one."
    UNLINKED = "COMPLAINT_UNLINKED", "A link to another complaint was taken back."


class ComplaintLink(Record):
    """One complaint seen from another one: `complaint` is `kind` `other`."""

    complaint_id = reference("Complaint", related_name="links")
    other_id = reference("Complaint", related_name="linked_from", index=True)
    kind = fields.CharEnumField(LinkKind, max_length=20)
    linked_at = fields.DatetimeField()
    linked_by_id = optional_reference("Account", related_name="complaint_links")

    class Meta:
        table = "complaint_links"
        unique_together = (("complaint_id", "other_id", "kind"),)
        indexes = (("complaint_id", "linked_at", "id"),)
        checks = {"two_complaints": "complaint_id <> other_id"}
        more_indexes = (Index("one_original", "complaint_id", where="kind = 'DUPLICATE_OF'", unique=True),)


def visible_links(read_scope: ReadScope, link: str) -> str | None:
    """Who sees both complaints: a link to one that is hidden would say that it exists."""
    one, other = (of_visible_complaints(read_scope, f"{link}.{key}") for key in ("complaint_id", "other_id"))
    return None if one is None or other is None else f"{one} AND {other}"


ComplaintLink.row_scope = visible_links
