"""Sources: the complaints that an improvement came out of, and whose customers its texts do not name."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import Enum

from models.back_office.products.improvements import Improvement, ImprovementComplaint
from models.front_office.identities import masked
from models.front_office.service.complaints import Complaint
from models.kit.base import new_id
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
    complaints: Iterable[Complaint] = (),
    columns: Sequence[str] = ("title", "plan", "criterion"),
) -> str:
    """Masks whom the improvement's complaints concern, and these, in its texts, which it answers with, a paragraph each."""
    about = [improvement, *complaints]
    for column in columns:
        text = getattr(improvement, column)
        setattr(improvement, column, text and await masked(viewer.permissions, text, *about))
    improvement.title = improvement.title[:LONGEST_LINE]
    return "\n\n".join(filter(None, (getattr(improvement, column) for column in columns)))
