"""Steps that several verbs on improvements share: load, check what was agreed upon, take a step, write it down."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from models.back_office.products.improvements import (
    LONGEST_WINDOW_DAYS,
    MOST_RECURRENCE,
    SHORTEST_WINDOW_DAYS,
    TRANSITIONS,
    Improvement,
    ImprovementComplaint,
    ImprovementStatus,
    settled_sql,
    visible_improvements,
)
from models.back_office.products.improvements.recurrence import Recurrence
from models.both_offices.accounts import Account
from models.front_office.customers import Customer
from models.front_office.service.complaints import Complaint
from models.kit.base import NOW
from models.kit.events import EventKind
from models.kit.masking import mask
from models.kit.states import Guard, move_to
from models.permissions import BACK_OFFICE_DEPARTMENTS, Department, Permission, Role, permissions_of
from resolvers.events import record
from resolvers.kit.input_errors import LONGEST_LINE, InputErrors
from resolvers.kit.loading import access
from resolvers.kit.state_machine import Row, StateMachine
from resolvers.kit.viewer import Viewer

Keys = Mapping[str, UUID]


@dataclass(frozen=True, slots=True)
class Terms:
    """What is agreed upon about an improvement; what is None stays as it was.

    `max_recurrence` is in complaints per 1,000 orders, with two decimals at most. `names_owner` is whether an owner was named
    at all, whether or not there is such an account.
    """

    title: str | None = None
    department: Department | None = None
    owner: UUID | None = None
    names_owner: bool = False
    plan: str | None = None
    criterion: str | None = None
    max_recurrence: Decimal | None = None
    window_days: int | None = None


async def access_improvement(viewer: Viewer, key: UUID | None, *, lock: bool = False) -> Improvement | None:
    """One improvement that the viewer sees; None when there is none."""
    return await access(viewer, Improvement, visible_improvements, key, lock=lock)


async def improvement_at(
    viewer: Viewer, key: UUID | None, errors: InputErrors, expected_version: int | None
) -> Improvement:
    """The improvement that a verb is about, locked."""
    improvement = await access_improvement(viewer, key, lock=True)
    if improvement is None:
        errors.not_found("improvement", "improvement")
        raise errors.refusal()
    errors.version(improvement.version, expected_version)
    return improvement


def _is_settled(row: Row) -> str:
    measurable = Recurrence(row.column, NOW, row.dialect).is_measurable()
    return f"({settled_sql(row.column, NOW)} AND {measurable})"


MACHINE = StateMachine("improvement", "improvements", TRANSITIONS, {Guard.SETTLED: _is_settled})


async def agree(viewer: Viewer, improvement: Improvement, terms: Terms, errors: InputErrors) -> None:
    """Checks what is to be agreed upon and writes it into the improvement, which is not saved yet."""
    if terms.title is not None:
        improvement.title = errors.text("title", terms.title, LONGEST_LINE)
    if terms.plan is not None:
        improvement.plan = errors.text("plan", terms.plan)
    if terms.criterion is not None:
        improvement.criterion = errors.text("criterion", terms.criterion)
    if terms.department is not None:
        improvement.department = terms.department
        if terms.department not in BACK_OFFICE_DEPARTMENTS:
            errors.add("department", f"{terms.department} is no department of the back office.")
    if terms.max_recurrence is not None:
        improvement.max_recurrence = _hundredths(terms.max_recurrence, errors)
    if terms.window_days is not None:
        improvement.window_days = terms.window_days
        if not SHORTEST_WINDOW_DAYS <= terms.window_days <= LONGEST_WINDOW_DAYS:
            message = f"A window has {SHORTEST_WINDOW_DAYS} to {LONGEST_WINDOW_DAYS} days."
            errors.add("windowDays", message)
    if terms.names_owner:
        owner = await Account.get_or_none(id=terms.owner) if terms.owner else None
        if owner is None:
            errors.not_found("owner", "account")
        elif not owner.enabled or Permission.WRITE_IMPROVEMENTS not in permissions_of(
            frozenset(map(Role, owner.roles))
        ):
            errors.add("owner", "The owner must be somebody who can sign in and carry improvements out.")
        else:
            improvement.owner_id = owner.id


def _hundredths(given: Decimal, errors: InputErrors) -> int:
    hundredths = given * 100
    if hundredths != hundredths.to_integral_value() or not 0 <= given <= MOST_RECURRENCE:
        message = f"Complaints per 1,000 orders: 0 to {MOST_RECURRENCE}, with two decimals at most."
        errors.add("maxRecurrence", message)
        return 0
    return int(hundredths)


async def mask_texts(viewer: Viewer, improvement: Improvement, complaints: Iterable[Complaint]) -> None:
    """Masks the customers of complaints in the improvement's texts when the viewer works in both offices, and may know them.

    Never what others write: whoever guesses a name would read in the mask that the guess was right.
    """
    for customer in await _customers_of(complaints) if _knows_customers(viewer) else ():
        improvement.title = mask(improvement.title, customer)[:LONGEST_LINE]
        improvement.plan = improvement.plan and mask(improvement.plan, customer)
        improvement.criterion = improvement.criterion and mask(improvement.criterion, customer)


async def masked(viewer: Viewer, improvement: Improvement, text: str) -> str:
    """A text about the improvement, masked as its other texts are."""
    for customer in await _customers_of(await sources_of(improvement)) if _knows_customers(viewer) else ():
        text = mask(text, customer)
    return text


def _knows_customers(viewer: Viewer) -> bool:
    return viewer.may(Permission.ENTER_FRONT_OFFICE)


async def sources_of(improvement: Improvement) -> list[Complaint]:
    """The complaints that it came out of."""
    linked = ImprovementComplaint.filter(improvement_id=improvement.id).values_list("complaint_id", flat=True)
    return await Complaint.filter(id__in=list(await linked)).order_by("id")


async def _customers_of(complaints: Iterable[Complaint]) -> list[Customer]:
    keys = {complaint.customer_id for complaint in complaints}  # type: ignore[attr-defined]
    return await Customer.filter(id__in=sorted(keys)).order_by("id")


async def take_step(
    viewer: Viewer, improvement: Improvement, to: ImprovementStatus, kind: EventKind, at: datetime
) -> Keys:
    """Takes the improvement one step on, saves it, and records that."""
    move_to(improvement, to, TRANSITIONS)
    return await write(viewer, improvement, kind, at)


async def write(viewer: Viewer, improvement: Improvement, kind: EventKind, at: datetime) -> Keys:
    """Saves a changed improvement and records what happened to it."""
    improvement.version += 1
    await improvement.save()
    await record_improvement(viewer, improvement, kind, at)
    return {"improvement": improvement.id}


async def record_improvement(viewer: Viewer, improvement: Improvement, kind: EventKind, at: datetime) -> None:
    """Records that something happened to an improvement."""
    await record(kind, actor=viewer.account, at=at, improvement_id=improvement.id, department=improvement.department)
