"""Opening a major case, confirming one that a rule proposed, and closing it."""

from models.back_office.products.catalogue import Product
from models.front_office.service.cases import TRANSITIONS, CaseEvent, CaseStatus, MajorCase
from models.front_office.service.complaints import Category, Complaint
from models.kit.base import new_id, now
from models.kit.masking import NOBODY, mask
from models.kit.states import move_to
from resolvers.front_office.service.cases.gathering import MOST_AT_ONCE, attach, check_free, mask_case
from resolvers.front_office.service.cases.steps import MACHINE, load_with_complaints, record_case, save_case
from resolvers.kit.commands import Command, DryRunnable, Key, Keys, Update, command, member
from resolvers.kit.input_errors import LONGEST_LINE, InputErrors
from resolvers.kit.loading import find, visible
from resolvers.kit.numbers import next_number
from resolvers.kit.problems import DryRun
from resolvers.kit.viewer import Viewer


@command
class OpenCase(Command, DryRunnable):
    """A case as somebody opens it."""

    title: str = member("What it is about, in a line. Who the attached customers are gets masked.")
    product: Key[Product] | None = member("Which product it is about.", default=None)
    category: Category | None = member("What its complaints are about.", default=None)
    complaints: tuple[Key[Complaint], ...] = member("Complaints that belong to it, at most 100.", default=())


@command
class ConfirmCase(Update, DryRunnable):
    """Which proposed case is one."""

    case: Key[MajorCase] = member("The case, which is PROPOSED.")
    title: str | None = member("A better title. Who the attached customers are gets masked.", default=None)


@command
class CloseCase(Update, DryRunnable):
    """Which case is done with."""

    case: Key[MajorCase] = member("The case.")
    reason: str | None = member("Why; needed without an answer. Who the customers are gets masked.", default=None)


async def open_case(viewer: Viewer, given: OpenCase) -> Keys:
    """Opens a major case."""
    errors = InputErrors()
    title = errors.text("title", given.title, LONGEST_LINE)
    product = await find(viewer, Product, given.product, errors)
    if len(given.complaints) > MOST_AT_ONCE:
        errors.add("complaints", f"A case is opened with at most {MOST_AT_ONCE} complaints.")
        errors.raise_if_any()
    keys = {key.id for key in given.complaints}
    # In one order, as all who lock several.
    seen = [await visible(viewer, Complaint, key, lock=True) for key in sorted(key for key in keys if key)]
    complaints = [complaint for complaint in seen if complaint is not None]
    if len(complaints) < len(keys):
        errors.not_found("complaints", "complaint")
    for complaint in complaints:
        await check_free(complaint, errors, "complaints")
    errors.raise_if_any()
    at = now()
    case = await MajorCase.create(
        id=new_id(),
        number=await next_number("CAS", at),
        title=mask(title, NOBODY)[:LONGEST_LINE],
        status=CaseStatus.OPEN,
        product_id=product.id if product else None,
        category=given.category,
        opened_at=at,
        opened_by_id=viewer.account,
    )
    for complaint in complaints:
        await attach(case, complaint, viewer.account, at)
    await record_case(CaseEvent.OPENED, viewer.account, complaints, at)
    if given.dry_run:
        raise DryRun(masked_text=case.title)
    return {"case": case.id}


async def confirm_case(viewer: Viewer, given: ConfirmCase) -> Keys:
    """Says that a proposed case is one."""
    errors = InputErrors()
    title = errors.optional_text("title", given.title, LONGEST_LINE)
    case, complaints = await load_with_complaints(viewer, given.case, errors, given.expected_version)
    await MACHINE.check(viewer, case, "confirmCase", CaseStatus.OPEN, errors)
    errors.raise_if_any()
    move_to(case, CaseStatus.OPEN, TRANSITIONS)
    if title is not None:
        case.title = mask(title, NOBODY)[:LONGEST_LINE]
        for complaint in complaints:
            await mask_case(case, complaint)
    await save_case(case)
    await record_case(CaseEvent.OPENED, viewer.account, complaints, now())
    if given.dry_run:
        raise DryRun(masked_text=None if title is None else case.title)
    return {"case": case.id}


async def close_case(viewer: Viewer, given: CloseCase) -> Keys:
    """Closes a case: answered and confirmed everywhere, or without an answer for a reason."""
    errors = InputErrors()
    case, complaints = await load_with_complaints(viewer, given.case, errors, given.expected_version)
    await MACHINE.check(viewer, case, "closeCase", CaseStatus.CLOSED, errors)
    reason = errors.optional_text("reason", given.reason)
    if case.status in {CaseStatus.PROPOSED, CaseStatus.OPEN} and reason is None:
        errors.add("reason", "A case that was not answered is closed for a reason.")
    errors.raise_if_any()
    at = now()
    move_to(case, CaseStatus.CLOSED, TRANSITIONS)
    case.closed_at, case.closing_reason = at, reason
    for complaint in complaints:
        await mask_case(case, complaint)
    await save_case(case)
    await record_case(CaseEvent.CLOSED, viewer.account, complaints, at)
    if given.dry_run:
        raise DryRun(masked_text=case.closing_reason)
    return {"case": case.id}
