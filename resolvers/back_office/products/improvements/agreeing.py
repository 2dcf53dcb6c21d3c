"""Agreeing on an improvement: what it came out of and is measured by, who sees to it, its plan, and when it will have helped.

Locks are taken in one order, complaints before improvements, so that two changes can wait for each other but never both.
"""

from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from models.back_office.products.catalogue import Product
from models.back_office.products.improvements import (
    LONGEST_WINDOW_DAYS,
    MOST_RECURRENCE,
    OPEN_STATUSES,
    SHORTEST_WINDOW_DAYS,
    USUAL_WINDOW_DAYS,
    Improvement,
    ImprovementEvent,
    ImprovementKind,
    ImprovementStatus,
)
from models.both_offices.accounts import Account
from models.front_office.service.complaints import Category, CauseCode, Complaint
from models.kit.base import new_id, now
from models.permissions import BACK_OFFICE_DEPARTMENTS, Department, Permission, Role, permissions_of
from resolvers.back_office.products.improvements.sources import (
    check_cause,
    link,
    mask_texts,
    named_complaints,
    sources_of,
)
from resolvers.back_office.products.improvements.steps import MACHINE, ImprovementCommand, take_step, write
from resolvers.events import record
from resolvers.kit.commands import LONGEST_LINE, Command, DryRunnable, InputErrors, Key, Keys, Viewer, command, member
from resolvers.kit.loading import find, load
from resolvers.kit.numbers import next_number

S = ImprovementStatus
Value = TypeVar("Value")

TITLE = "What is to be done, in a line of at most 200 characters. Who the customers are gets masked."
DEPARTMENT = "The department of the back office whose work it is."
PLAN = "What is to be done, by whom and until when, at most 10,000 characters. Who the customers are gets masked."
CRITERION = "When it will have helped, in words. Who the customers are gets masked."
MAX_RECURRENCE = (
    "When it will have helped, as a figure: at most so many complaints per 1,000 orders in the window after it, with two"
    " decimals at most."
)
WINDOW_DAYS = "How many days its effect is watched and compared with as many before, 1 to 731; usually 90."


# --- Proposing --------------------------------------------------------------------------------------------------------


@command
class ProposeImprovement(Command, DryRunnable):
    """An improvement that came out of complaints."""

    complaints: tuple[Key[Complaint], ...] = member(
        "The complaints that it came out of, 1 to 100. Those whose cause nobody has found out get the improvement's."
    )
    title: str = member(TITLE)
    kind: ImprovementKind = member("What it is for.")
    department: Department = member(DEPARTMENT)
    cause: CauseCode | None = member(
        "What it is against; left out, the cause that the complaints agree on.", default=None
    )
    category: Category | None = member(
        "The category that it is measured by, of at least one of the complaints; left out, the one that they all have.",
        default=None,
    )
    any_category: bool = member("Measure it by complaints of every category.", default=False)
    product: Key[Product] | None = member(
        "The product that it is measured by, of at least one of the complaints; left out, the one that they all have, or any"
        " when none of them has one.",
        default=None,
    )
    any_product: bool = member("Measure it by complaints of every product.", default=False)
    owner: Key[Account] | None = member("Who sees to it; left out, the viewer.", default=None)
    plan: str | None = member(PLAN, default=None)
    criterion: str | None = member(CRITERION, default=None)
    max_recurrence: Decimal | None = member(MAX_RECURRENCE, default=None)
    window_days: int | None = member(WINDOW_DAYS, default=None)
    successor_of: Key[Improvement] | None = member(
        "An improvement that had no effect, whose place this one takes.", default=None
    )


async def propose_improvement(viewer: Viewer, given: ProposeImprovement) -> Keys:
    """Proposes an improvement that came out of complaints."""
    errors = InputErrors()
    complaints = await named_complaints(viewer, given.complaints, errors)
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
    await _agree(viewer, improvement, given, errors)
    await _measure(viewer, improvement, given, complaints, errors)
    improvement.predecessor_id = await _predecessor(viewer, given.successor_of, errors)
    errors.raise_if_any()
    kept = await mask_texts(viewer, improvement, complaints)
    improvement.number = await next_number("IMP", at)
    await improvement.save(force_create=True)
    await link(viewer, improvement, complaints, at)
    await record(ImprovementEvent.PROPOSED, improvement, actor=viewer, at=at, department=improvement.department)
    given.end_if_dry(masked_text=kept)
    return {"improvement": improvement.id}


async def _measure(
    viewer: Viewer,
    improvement: Improvement,
    given: ProposeImprovement,
    complaints: list[Complaint],
    errors: InputErrors,
) -> None:
    """Settles the cause, category and product whose complaints will be counted."""
    causes = {complaint.cause for complaint in complaints if complaint.cause is not None}
    if given.cause is not None:
        improvement.cause = given.cause
        check_cause(complaints, given.cause, errors)
    elif len(causes) == 1:
        improvement.cause = causes.pop()
    elif complaints:
        errors.add("cause", "The complaints do not agree on one cause: name it.")
    categories = {complaint.category for complaint in complaints}
    improvement.category = _shared("category", given.category, given.any_category, categories, errors)
    product = await find(viewer, Product, given.product, errors)
    if product is not None or given.product is None:
        named, products = product and product.id, {complaint.product_id for complaint in complaints}
        improvement.product_id = _shared("product", named, given.any_product, products, errors)


def _shared(name: str, named: Value | None, takes_any: bool, present: set[Value], errors: InputErrors) -> Value | None:
    """What all complaints are of, or what is named, which at least one of them must be of; None is any."""
    switch = f"any{name.capitalize()}"
    if named is not None and takes_any:
        errors.add(switch, f"`{name}` is named: leave `{switch}` out.")
    elif takes_any or not present:
        return None
    elif named is not None:
        if named not in present:
            errors.add(name, f"None of the complaints is of this {name}.")
        return named
    elif len(present) > 1:
        errors.add(name, f"The complaints are not all of one {name}: name it, or say `{switch}`.")
    else:
        return present.pop()
    return None


async def _predecessor(viewer: Viewer, key: Key[Improvement] | None, errors: InputErrors) -> UUID | None:
    """The improvement without effect that this one succeeds; locked, because it has one successor only."""
    predecessor = await find(viewer, Improvement, key, errors, member="successorOf", lock=True)
    if predecessor is None:
        return None
    if predecessor.status != S.NOT_EFFECTIVE:
        errors.add("successorOf", "Only an improvement that had no effect asks for a successor.")
        return None
    successor = await Improvement.filter(predecessor_id=predecessor.id).exclude(status=S.REJECTED).first()
    if successor is not None:
        errors.add("successorOf", f"Its successor is {successor.number}.", "ALREADY_SUCCEEDED")
    return predecessor.id


# --- Adding complaints -------------------------------------------------------------------------------------------------


@command
class AddComplaintsToImprovement(ImprovementCommand):
    """Which complaints an improvement is about too."""

    complaints: tuple[Key[Complaint], ...] = member(
        "Complaints of its cause, category and product, 1 to 100. Those that are there already stay."
    )


async def add_complaints_to_improvement(viewer: Viewer, given: AddComplaintsToImprovement) -> Keys:
    """Adds complaints that an improvement is about too, until it is judged or rejected."""
    errors = InputErrors()
    complaints = await named_complaints(viewer, given.complaints, errors)
    improvement = await load(viewer, Improvement, given.improvement, errors, given.expected_version)
    if improvement.status not in OPEN_STATUSES:
        errors.add("improvement", f"The improvement is {improvement.status}: its complaints stay as they are.", "ENDED")
    known = {complaint.id for complaint in await sources_of(improvement)}
    complaints = [complaint for complaint in complaints if complaint.id not in known]
    check_cause(complaints, improvement.cause, errors)
    for name, column in (("category", "category"), ("product", "product_id")):
        own = getattr(improvement, column)
        others = [one.number for one in complaints if own is not None and getattr(one, column) != own]
        if others:
            errors.add("complaints", f"Of another {name}: {', '.join(others)}.")
    errors.raise_if_any()
    if not complaints:
        return {"improvement": improvement.id}
    at = now()
    await mask_texts(viewer, improvement, complaints)
    await link(viewer, improvement, complaints, at)
    return await write(viewer, improvement, ImprovementEvent.REVISED, at)


# --- Planning and revising --------------------------------------------------------------------------------------------


@command
class PlanImprovement(ImprovementCommand, DryRunnable):
    """What is agreed upon; whatever is left out stays as it was."""

    plan: str | None = member(PLAN, default=None)
    criterion: str | None = member(CRITERION, default=None)
    max_recurrence: Decimal | None = member(MAX_RECURRENCE, default=None)
    window_days: int | None = member(WINDOW_DAYS, default=None)
    owner: Key[Account] | None = member("Who sees to it.", default=None)
    department: Department | None = member(DEPARTMENT, default=None)


async def plan_improvement(viewer: Viewer, given: PlanImprovement) -> Keys:
    """Plans an improvement, which needs a plan and a criterion, given now or before."""
    errors = InputErrors()
    improvement = await load(viewer, Improvement, given.improvement, errors, given.expected_version)
    if await MACHINE.check(viewer, improvement, "planImprovement", S.PLANNED, errors):
        await _agree(viewer, improvement, given, errors)
        for name, agreed in (
            ("plan", improvement.plan),
            ("criterion", improvement.criterion),
            ("maxRecurrence", improvement.max_recurrence),
        ):
            if agreed is None:
                errors.add(name, f"An improvement is not planned without `{name}`.", "REQUIRED")
    errors.raise_if_any()
    kept = await mask_texts(viewer, improvement)
    improvement.planned_at = now()
    keys = await take_step(viewer, improvement, S.PLANNED, ImprovementEvent.PLANNED, improvement.planned_at)
    given.end_if_dry(masked_text=kept)
    return keys


@command
class ReviseImprovement(PlanImprovement):
    """What is agreed upon anew; whatever is left out stays as it was."""

    title: str | None = member(TITLE, default=None)


async def revise_improvement(viewer: Viewer, given: ReviseImprovement) -> Keys:
    """Changes what was agreed upon, while the work has not begun."""
    # Nobody moves the goal afterwards.
    errors = InputErrors()
    improvement = await load(viewer, Improvement, given.improvement, errors, given.expected_version)
    if improvement.status not in (S.PROPOSED, S.PLANNED):
        errors.add_problem(await MACHINE.illegal(viewer, improvement, S.PLANNED))
    else:
        await _agree(viewer, improvement, given, errors)
    errors.raise_if_any()
    kept = await mask_texts(viewer, improvement)
    keys = await write(viewer, improvement, ImprovementEvent.REVISED, now())
    given.end_if_dry(masked_text=kept)
    return keys


async def _agree(
    viewer: Viewer, improvement: Improvement, given: ProposeImprovement | PlanImprovement, errors: InputErrors
) -> None:
    """Checks what is to be agreed upon and writes it into the improvement, which is not saved yet."""
    if isinstance(given, ProposeImprovement | ReviseImprovement) and given.title is not None:
        improvement.title = errors.text("title", given.title, LONGEST_LINE)
    for column, text in (("plan", given.plan), ("criterion", given.criterion)):
        if text is not None:
            setattr(improvement, column, errors.text(column, text))
    if given.department is not None:
        improvement.department = given.department
        if given.department not in BACK_OFFICE_DEPARTMENTS:
            errors.add("department", f"{given.department} is no department of the back office.")
    if given.max_recurrence is not None:
        improvement.max_recurrence = _hundredths(given.max_recurrence, errors)
    if given.window_days is not None:
        improvement.window_days = given.window_days
        if not SHORTEST_WINDOW_DAYS <= given.window_days <= LONGEST_WINDOW_DAYS:
            errors.add("windowDays", f"A window has {SHORTEST_WINDOW_DAYS} to {LONGEST_WINDOW_DAYS} days.")
    owner = await find(viewer, Account, given.owner, errors, member="owner")
    if owner is not None:
        improvement.owner_id = owner.id
        if not owner.enabled or Permission.WRITE_IMPROVEMENTS not in permissions_of(frozenset(map(Role, owner.roles))):
            errors.add("owner", "The owner must be somebody who can sign in and carry improvements out.")


def _hundredths(given: Decimal, errors: InputErrors) -> int:
    hundredths = given * 100
    if hundredths == hundredths.to_integral_value() and 0 <= given <= MOST_RECURRENCE:
        return int(hundredths)
    errors.add("maxRecurrence", f"Complaints per 1,000 orders: 0 to {MOST_RECURRENCE}, with two decimals at most.")
    return 0
