"""Sources: the complaints that an improvement came out of, and whose customers its texts do not name."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import Enum

from models.back_office.products.improvements import Improvement, ImprovementComplaint
from models.front_office.customers import Customer
from models.front_office.service.complaints import Complaint
from models.kit.base import new_id
from models.kit.masking import mask
from models.permissions import Permission
from resolvers.front_office.service.complaints.receiving import write_cause
from resolvers.kit.commands import LONGEST_LINE, InputErrors, Key, Viewer
from resolvers.kit.loading import visible_among

MOST_COMPLAINTS = 100
"""At once; more can be added later."""


async def named_complaints(viewer: Viewer, given: Sequence[Key[Complaint]], errors: InputErrors) -> list[Complaint]:
    """The complaints that are named, each once, locked in the order of their keys."""
    if not 1 <= len(given) <= MOST_COMPLAINTS:
        errors.add("complaints", f"Name 1 to {MOST_COMPLAINTS} complaints.")
        return []
    keys = {key.id for key in given}
    found = await visible_among(viewer, Complaint, [key for key in keys if key], lock=True)
    if len(found) < len(keys):
        errors.not_found("complaints", "complaint")
    return found


def check_cause(complaints: Sequence[Complaint], cause: Enum, errors: InputErrors) -> None:
    """Notes complaints that are known to come from another cause."""
    others = [complaint.number for complaint in complaints if complaint.cause not in (None, cause)]
    if others:
        errors.add("complaints", f"Of another cause: {', '.join(others)}. Determine it anew if it was wrong.")


async def link(viewer: Viewer, improvement: Improvement, complaints: Iterable[Complaint], at: datetime) -> None:
    """Writes down that the improvement came out of complaints; those without a cause get the improvement's."""
    for complaint in complaints:
        await ImprovementComplaint.create(
            id=new_id(),
            improvement_id=improvement.id,
            complaint_id=complaint.id,
            added_at=at,
            added_by_id=viewer.account,
        )
        await write_cause(viewer, complaint, improvement.cause, at)


async def sources_of(improvement: Improvement) -> list[Complaint]:
    """The complaints that it came out of."""
    linked = ImprovementComplaint.filter(improvement_id=improvement.id).values_list("complaint_id", flat=True)
    return await Complaint.filter(id__in=list(await linked)).order_by("id")


async def mask_texts(
    viewer: Viewer,
    improvement: Improvement,
    complaints: Iterable[Complaint],
    columns: Sequence[str] = ("title", "plan", "criterion"),
) -> None:
    """Masks the customers of complaints in the improvement's texts when the viewer works in both offices, and may know them.

    Never what others write: whoever guesses a name would read in the mask that the guess was right.
    """
    if viewer.may(Permission.ENTER_FRONT_OFFICE):
        keys = {complaint.customer_id for complaint in complaints}
        for customer in await Customer.filter(id__in=sorted(keys)).order_by("id"):
            for column in columns:
                text = getattr(improvement, column)
                setattr(improvement, column, text and mask(text, customer))
            improvement.title = improvement.title[:LONGEST_LINE]
