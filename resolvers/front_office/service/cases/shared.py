"""What the verbs on major cases share: loading one, taking its steps, and handing its answer to one complaint.

Locks are taken in one order, complaints before their case.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from models.both_offices.notifications import NotificationKind
from models.front_office.customers import Customer
from models.front_office.service.answers import AnswerStatus, ComplaintAnswer, Redress
from models.front_office.service.cases import TRANSITIONS, MajorCase, visible_cases
from models.front_office.service.complaints import UNANSWERED, Complaint
from models.kit.base import new_id
from models.kit.events import EventKind
from models.kit.masking import mask
from models.kit.states import Guard
from resolvers.both_offices.notifications import notify
from resolvers.events import record
from resolvers.front_office.after_sales.returns.redress import worth_of_replacement
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.loading import access
from resolvers.kit.problems import Refused, StaleVersion
from resolvers.kit.state_machine import Row, StateMachine
from resolvers.kit.viewer import Viewer


def _nothing_waits(row: Row) -> str:
    """A condition that no complaint of a case still has its answer to confirm or decline."""
    waiting = f"waiting.case_id = {row.column('id')} AND waiting.status = '{AnswerStatus.TO_CONFIRM.value}'"
    return f"NOT EXISTS (SELECT 1 FROM complaint_answers waiting WHERE {waiting})"


MACHINE = StateMachine("case", "major_cases", TRANSITIONS, {Guard.SETTLED: _nothing_waits})


async def the_case(
    viewer: Viewer, key: UUID | None, errors: InputErrors, expected_version: int | None = None
) -> MajorCase:
    """The case, locked; refuses at once when the viewer sees none."""
    case = await access(viewer, MajorCase, visible_cases, key)
    if case is None:
        errors.not_found("case", "case")
        raise errors.refusal()
    errors.version(case.version, expected_version)
    return case


async def save_case(case: MajorCase) -> None:
    """Stores a change under a new version."""
    case.version += 1
    await case.save()


async def the_case_and_complaints(
    viewer: Viewer, key: UUID | None, errors: InputErrors, expected_version: int | None
) -> tuple[MajorCase, list[Complaint]]:
    """The case and its complaints, in the order of their keys, all locked: the complaints first.

    Who attaches one in between wins: what is said about all complaints of a case should be said knowing which they are.
    """
    found: Any = Complaint.filter(case_id=key).order_by("id").select_for_update() if key is not None else []
    complaints: list[Complaint] = list(await found) if key is not None else []
    case = await the_case(viewer, key, errors, expected_version)
    present: Any = Complaint.filter(case_id=case.id).order_by("id").values_list("id", flat=True)
    if list(await present) != [complaint.id for complaint in complaints]:
        message = "A complaint was attached to it or detached from it at this moment. Look at it again."
        problem = StaleVersion("STALE_VERSION", message, ("input", "case"), current_version=case.version)
        raise Refused([problem])
    return case, complaints


async def record_case(kind: EventKind, actor: UUID | None, complaints: Iterable[Complaint], at: datetime) -> None:
    """Records what happened to a case in the history of each of its complaints."""
    for complaint in complaints:
        await record(kind, actor=actor, at=at, complaint_id=complaint.id)


async def pass_down(case: MajorCase, complaints: Iterable[Complaint], at: datetime) -> None:
    """Lays the case's answer before each complaint that has none yet; who received it is told. Nothing goes out."""
    for complaint in complaints:
        if complaint.status not in UNANSWERED:
            continue
        customer = await Customer.get(id=complaint.customer_id)  # type: ignore[attr-defined]
        worth = await worth_of_replacement(complaint) if case.redress is Redress.REPLACEMENT else None
        answer = await ComplaintAnswer.create(
            id=new_id(),
            complaint_id=complaint.id,
            stage=complaint.stage,
            outcome=case.outcome,
            text=case.answer,
            reasons=mask(case.reasons, customer) if case.reasons else None,
            redress=case.redress,
            amount_minor=worth[0] if worth else case.amount_minor,
            currency=worth[1] if worth else case.currency,
            status=AnswerStatus.TO_CONFIRM,
            made_at=at,
            case_id=case.id,
        )
        await notify(
            NotificationKind.CASE_ANSWER_TO_CONFIRM,
            [complaint.received_by_id],  # type: ignore[attr-defined]
            at=at,
            actor=case.answered_by_id,
            complaint_id=complaint.id,
            answer_id=answer.id,
        )
