"""Links between complaints: the same thing twice, or the same cause behind both. Duplicates never lead in a circle."""

from datetime import datetime
from uuid import UUID

from models.front_office.service.cases import LINKED_BY_HAND, SEEN_FROM_THE_OTHER, CaseEvent, ComplaintLink, LinkKind
from models.front_office.service.complaints import Complaint
from models.kit.base import new_id, now
from resolvers.events import record
from resolvers.front_office.identities import mask_one_another
from resolvers.kit.commands import Command, InputErrors, Key, Keys, Viewer, command, member
from resolvers.kit.loading import visible_among
from resolvers.kit.locks import alone

DUPLICATES_LOCK = 0x1A7E_0FF2
"""What is locked on PostgreSQL while duplicates are linked; any number that nobody else uses in this database."""


@command
class _Pair:
    """Two complaints."""

    complaint: Key[Complaint] = member("One complaint.")
    other: Key[Complaint] = member("The other one.")


@command
class LinkComplaints(_Pair, Command):
    """Two complaints that belong together."""

    kind: LinkKind = member("What the one is to the other: DUPLICATE_OF or SAME_CAUSE.")


@command
class UnlinkComplaints(_Pair, Command):
    """Two complaints that do not belong together after all."""

    kind: LinkKind = member("What the one was to the other: DUPLICATE_OF or SAME_CAUSE.")


async def link_complaints(viewer: Viewer, given: LinkComplaints) -> Keys:
    """Says that a complaint is a duplicate of another one, or has the same cause. Duplicates never lead in a circle."""
    errors, kind = InputErrors(), given.kind
    complaint, other = await _both(viewer, given, errors)
    if complaint.id == other.id:
        errors.add("other", "A complaint is not linked to itself.")
    elif await ComplaintLink.filter(complaint_id=complaint.id, other_id=other.id, kind=kind).exists():
        errors.add("other", f"{complaint.number} is {kind} {other.number} already.", "ALREADY_LINKED")
    elif kind is LinkKind.DUPLICATE_OF:
        await _check_duplicate(complaint, other, errors)
    errors.raise_if_any()
    await link(viewer, complaint, other, kind, now())
    return {"complaint": complaint.id, "other": other.id}


async def unlink_complaints(viewer: Viewer, given: UnlinkComplaints) -> Keys:
    """Takes such a link back."""
    errors, kind = InputErrors(), given.kind
    complaint, other = await _both(viewer, given, errors)
    back = SEEN_FROM_THE_OTHER[kind]
    await ComplaintLink.filter(complaint_id=other.id, other_id=complaint.id, kind=back).delete()
    if not await ComplaintLink.filter(complaint_id=complaint.id, other_id=other.id, kind=kind).delete():
        errors.add("other", f"{complaint.number} is not {kind} {other.number}.", "NOT_LINKED")
    errors.raise_if_any()
    at = now()
    for one in (complaint, other):
        await record(CaseEvent.UNLINKED, one, actor=viewer, at=at)
    return {"complaint": complaint.id, "other": other.id}


async def link(viewer: Viewer, complaint: Complaint, other: Complaint, kind: LinkKind, at: datetime) -> None:
    """Links two different complaints, whose rows are locked, in both directions."""
    for one, two, seen in ((complaint, other, kind), (other, complaint, SEEN_FROM_THE_OTHER[kind])):
        await ComplaintLink.create(
            id=new_id(), complaint_id=one.id, other_id=two.id, kind=seen, linked_at=at, linked_by_id=viewer.account
        )
        await record(CaseEvent.LINKED, one, actor=viewer, at=at)
    await mask_one_another([complaint, other])


async def _both(
    viewer: Viewer, given: LinkComplaints | UnlinkComplaints, errors: InputErrors
) -> tuple[Complaint, Complaint]:
    """The two complaints, locked in the order of their keys, so that two who link the same ones wait for each other."""
    keys = given.complaint.id, given.other.id
    found = {one.id: one for one in await visible_among(viewer, Complaint, [key for key in keys if key], lock=True)}
    if given.kind not in LINKED_BY_HAND:
        errors.add("kind", "Link as DUPLICATE_OF or SAME_CAUSE.")
    complaint, other = (found.get(key) if key else None for key in keys)
    if complaint is None:
        errors.not_found("complaint", "complaint")
    if other is None:
        errors.not_found("other", "complaint")
    if complaint is None or other is None or errors.count:
        raise errors.refusal()
    return complaint, other


async def _check_duplicate(complaint: Complaint, other: Complaint, errors: InputErrors) -> None:
    """Notes when the complaint is a duplicate already, or when the other one is, in the end, a duplicate of it."""
    # A circle of four can be closed by two who lock no row in common, so they wait for one another here.
    await alone(DUPLICATES_LOCK)
    duplicates = ComplaintLink.filter(kind=LinkKind.DUPLICATE_OF)
    if await duplicates.filter(complaint_id=complaint.id).exists():
        errors.add("complaint", f"{complaint.number} is a duplicate of another complaint.", "ALREADY_LINKED")
        return
    original: UUID | None = other.id
    while original is not None:
        if original == complaint.id:
            errors.add("other", f"{other.number} is itself a duplicate of {complaint.number}.", "CIRCULAR_LINK")
            return
        step = await duplicates.filter(complaint_id=original).first()
        original = step.other_id if step is not None else None
