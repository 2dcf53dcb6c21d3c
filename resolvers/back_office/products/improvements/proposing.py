"""Proposing an improvement: what it came out of, and which complaints it will be measured by."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import TypeVar
from uuid import UUID

from models.back_office.products.improvements import (
    OPEN_STATUSES,
    USUAL_WINDOW_DAYS,
    Improvement,
    ImprovementComplaint,
    ImprovementKind,
    ImprovementStatus,
)
from models.front_office.service.complaints import Category, CauseCode, Complaint, visible_complaints
from models.kit.base import new_id, now
from models.kit.events import EventKind
from resolvers.back_office.products.catalogue import access_product
from resolvers.back_office.products.improvements.shared import (
    Keys,
    Terms,
    access_improvement,
    agree,
    improvement_at,
    mask_texts,
    record_improvement,
    write,
)
from resolvers.front_office.service.complaints.findings import write_cause
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.loading import access
from resolvers.kit.numbers import next_number
from resolvers.kit.viewer import Viewer

MOST_COMPLAINTS = 100
"""At once; more can be added later."""

S = ImprovementStatus
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class NewImprovement:
    """What is proposed. Cause, category and product are those that all its complaints share, unless they are named.

    `any_category` and `any_product` say that complaints of all of them are what it is measured by.
    """

    complaints: Sequence[UUID | None]
    kind: ImprovementKind
    terms: Terms
    cause: CauseCode | None = None
    category: Category | None = None
    any_category: bool = False
    product: UUID | None = None
    names_product: bool = False
    any_product: bool = False
    successor_of: UUID | None = None
    names_predecessor: bool = False


async def propose_improvement(viewer: Viewer, given: NewImprovement) -> Keys:
    """Proposes an improvement that came out of complaints. Those that have no cause yet get the improvement's."""
    errors = InputErrors()
    complaints = await _complaints(viewer, given.complaints, errors)
    at = now()
    improvement = Improvement(
        id=new_id(),
        kind=given.kind,
        status=S.PROPOSED,
        owner_id=viewer.account,
        window_days=USUAL_WINDOW_DAYS,
        proposed_at=at,
        proposed_by_id=viewer.account,
    )
    await agree(viewer, improvement, given.terms, errors)
    await _measure(viewer, improvement, given, complaints, errors)
    if given.names_predecessor:
        improvement.predecessor_id = await _predecessor(viewer, given.successor_of, errors)
    errors.raise_if_any()
    await mask_texts(viewer, improvement, complaints)
    improvement.number = await next_number("IMP", at)
    await improvement.save(force_create=True)
    await _link(viewer, improvement, complaints, at)
    await record_improvement(viewer, improvement, EventKind.IMPROVEMENT_PROPOSED, at)
    return {"improvement": improvement.id}


async def add_complaints_to_improvement(
    viewer: Viewer, key: UUID | None, given: Sequence[UUID | None], expected_version: int | None
) -> Keys:
    """Adds complaints that the improvement is about too; those that are there already stay."""
    errors = InputErrors()
    complaints = await _complaints(viewer, given, errors)
    improvement = await improvement_at(viewer, key, errors, expected_version)
    if improvement.status not in OPEN_STATUSES:
        errors.add("improvement", f"The improvement is {improvement.status}: its complaints stay as they are.", "ENDED")
    linked = ImprovementComplaint.filter(improvement_id=improvement.id).values_list("complaint_id", flat=True)
    known = set(await linked)
    complaints = [complaint for complaint in complaints if complaint.id not in known]
    _check_cause(complaints, improvement.cause, errors)
    for name, own, of in (
        ("category", improvement.category, _category_of),
        ("product", improvement.product_id, _product_of),
    ):
        others = [complaint.number for complaint in complaints if own is not None and of(complaint) != own]
        if others:
            errors.add("complaints", f"Of another {name}: {', '.join(others)}.")
    errors.raise_if_any()
    if not complaints:
        return {"improvement": improvement.id}
    at = now()
    await mask_texts(viewer, improvement, complaints)
    await _link(viewer, improvement, complaints, at)
    return await write(viewer, improvement, EventKind.IMPROVEMENT_REVISED, at)


# --- What it came out of ---


async def _complaints(viewer: Viewer, given: Sequence[UUID | None], errors: InputErrors) -> list[Complaint]:
    """The complaints that are named, each once, locked in the order of their keys."""
    if not 1 <= len(given) <= MOST_COMPLAINTS:
        errors.add("complaints", f"Name 1 to {MOST_COMPLAINTS} complaints.")
        return []
    found = [await access(viewer, Complaint, visible_complaints, key) for key in sorted({key for key in given if key})]
    if None in given or None in found:
        errors.not_found("complaints", "complaint")
    return [complaint for complaint in found if complaint is not None]


async def _link(viewer: Viewer, improvement: Improvement, complaints: Iterable[Complaint], at: datetime) -> None:
    for complaint in complaints:
        await ImprovementComplaint.create(
            id=new_id(),
            improvement_id=improvement.id,
            complaint_id=complaint.id,
            added_at=at,
            added_by_id=viewer.account,
        )
        await write_cause(viewer, complaint, improvement.cause, at)


# --- What it is measured by ---


async def _measure(
    viewer: Viewer, improvement: Improvement, given: NewImprovement, complaints: list[Complaint], errors: InputErrors
) -> None:
    """Settles the cause, category and product whose complaints will be counted."""
    causes = {complaint.cause for complaint in complaints if complaint.cause is not None}
    if given.cause is not None:
        improvement.cause = given.cause
        _check_cause(complaints, given.cause, errors)
    elif len(causes) == 1:
        improvement.cause = causes.pop()
    elif complaints:
        errors.add("cause", "The complaints do not agree on one cause: name it.")
    improvement.category = _shared("category", given.category, given.any_category, complaints, _category_of, errors)
    product = await access_product(viewer, given.product)
    if given.names_product and product is None:
        errors.not_found("product", "product")
    elif given.names_product or complaints:
        named = product.id if product else None
        improvement.product_id = _shared("product", named, given.any_product, complaints, _product_of, errors)


def _category_of(complaint: Complaint) -> Category:
    return complaint.category


def _product_of(complaint: Complaint) -> UUID | None:
    return complaint.product_id  # type: ignore[attr-defined,no-any-return]


def _shared(
    member: str,
    named: Value | None,
    takes_any: bool,
    complaints: list[Complaint],
    of: Callable[[Complaint], Value | None],
    errors: InputErrors,
) -> Value | None:
    """What all complaints share, or what is named, which at least one of them must be of; None is any."""
    present = {of(complaint) for complaint in complaints}
    switch = f"any{member.capitalize()}"
    if named is not None and takes_any:
        errors.add(switch, f"`{member}` is named: leave `{switch}` out.")
    elif takes_any or not complaints:
        return None
    elif named is not None:
        if named not in present:
            errors.add(member, f"None of the complaints is of this {member}.")
        return named
    elif len(present) > 1:
        errors.add(member, f"The complaints are not all of one {member}: name it, or say `{switch}`.")
    else:
        return present.pop()
    return None


def _check_cause(complaints: list[Complaint], cause: Enum, errors: InputErrors) -> None:
    others = [complaint.number for complaint in complaints if complaint.cause not in (None, cause)]
    if others:
        errors.add("complaints", f"Of another cause: {', '.join(others)}. Determine it anew if it was wrong.")


async def _predecessor(viewer: Viewer, key: UUID | None, errors: InputErrors) -> UUID | None:
    """The improvement without effect that this one succeeds; locked, because it has one successor only."""
    predecessor = await access_improvement(viewer, key, lock=True)
    if predecessor is None:
        errors.not_found("successorOf", "improvement")
        return None
    if predecessor.status != S.NOT_EFFECTIVE:
        errors.add("successorOf", "Only an improvement that had no effect asks for a successor.")
        return None
    successor = await Improvement.filter(predecessor_id=predecessor.id).exclude(status=S.REJECTED).first()
    if successor is not None:
        errors.add("successorOf", f"Its successor is {successor.number}.", "ALREADY_SUCCEEDED")
    return predecessor.id
