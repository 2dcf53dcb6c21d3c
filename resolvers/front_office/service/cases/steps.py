"""Which steps a viewer may take with a major case, and how one is loaded with its complaints, stored and recorded.

Locks are taken in one order, complaints before their case.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from models.front_office.service.answers import AnswerStatus
from models.front_office.service.cases import TRANSITIONS, MajorCase
from models.front_office.service.complaints import Complaint
from models.kit.events import EventKind
from models.kit.states import Guard
from resolvers.events import record
from resolvers.kit.commands import Key
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.loading import load
from resolvers.kit.problems import Refused, StaleVersion
from resolvers.kit.state_machine import Refusal, Row, StateMachine
from resolvers.kit.viewer import Viewer


def _nothing_waits(row: Row) -> str:
    """A condition that no complaint of a case still has its answer to confirm or decline."""
    waiting = f"waiting.case_id = {row.column('id')} AND waiting.status = '{AnswerStatus.TO_CONFIRM.value}'"
    return f"NOT EXISTS (SELECT 1 FROM complaint_answers waiting WHERE {waiting})"


MACHINE = StateMachine(
    "case",
    "major_cases",
    TRANSITIONS,
    {Guard.SETTLED: _nothing_waits},
    {
        Guard.SETTLED: Refusal(
            "UNCONFIRMED_ANSWERS", "Some of its complaints wait for somebody to confirm or decline the answer."
        )
    },
)


async def load_with_complaints(
    viewer: Viewer, key: Key[MajorCase], errors: InputErrors, expected_version: int | None
) -> tuple[MajorCase, list[Complaint]]:
    """The case and its complaints, in the order of their keys, all locked: the complaints first.

    Who attaches one in between wins: what is said about all complaints of a case should be said knowing which they are.
    """
    complaints: list[Complaint] = []
    if key.id is not None:
        locked: Any = Complaint.filter(case_id=key.id).order_by("id").select_for_update()
        complaints = list(await locked)
    case = await load(viewer, MajorCase, key, errors, expected_version)
    present: Any = Complaint.filter(case_id=case.id).order_by("id").values_list("id", flat=True)
    if list(await present) != [complaint.id for complaint in complaints]:
        message = "A complaint was attached to it or detached from it at this moment. Look at it again."
        problem = StaleVersion("STALE_VERSION", message, ("input", "case"), current_version=case.version)
        raise Refused([problem])
    return case, complaints


async def save_case(case: MajorCase) -> None:
    """Stores a change under a new version."""
    case.version += 1
    await case.save()


async def record_case(kind: EventKind, actor: UUID | None, complaints: Iterable[Complaint], at: datetime) -> None:
    """Records what happened to a case in the history of each of its complaints."""
    for complaint in complaints:
        await record(kind, complaint, actor=actor, at=at)
