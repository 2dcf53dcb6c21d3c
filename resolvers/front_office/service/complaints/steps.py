"""Which steps a viewer may take with a complaint: what the guards of its transitions mean in SQL; and how it is stored then."""

from typing import Any

from models.back_office.handoffs import OPEN_STATUSES, Handoff, HandoffStatus
from models.front_office.service.answers import AnswerStatus
from models.front_office.service.complaints import ANSWER_OUTCOMES, TRANSITIONS, Complaint, ComplaintStatus
from models.kit.base import NOW, days_before_sql, is_one_of
from models.kit.categories import LAST_STAGE
from models.kit.states import Guard, move_to
from resolvers.front_office.service.answers import is_second_person, is_within_limit
from resolvers.front_office.service.stages import at_stage_sql
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.state_machine import Condition, Row, StateMachine
from resolvers.kit.viewer import Viewer


def is_at_stage(row: Row) -> str:
    """A condition that the viewer may work on a complaint at its present stage."""
    return at_stage_sql(row.column("id"), row.column("stage"))


def _is_settled(row: Row) -> str:
    blocking = (
        f"waited.complaint_id = {row.column('id')} AND waited.blocks AND {is_one_of('waited.status', OPEN_STATUSES)}"
    )
    return f"NOT EXISTS (SELECT 1 FROM handoffs waited WHERE {blocking})"


def _is_with_departments(row: Row) -> str:
    kept = (
        f"kept.complaint_id = {row.column('id')} AND kept.stage = {row.column('stage')}"
        f" AND {is_one_of('kept.status', OPEN_STATUSES | {HandoffStatus.ACCEPTED})}"
    )
    return f"EXISTS (SELECT 1 FROM handoffs kept WHERE {kept})"


def _of_proposed(condition: Condition) -> Condition:
    """The same condition, of the complaint's answer that waits for a second person."""

    def sql(row: Row) -> str:
        answer = Row(lambda column: f"proposed.{column}", row.dialect, row.permissions)
        waiting = f"proposed.complaint_id = {row.column('id')} AND proposed.status = '{AnswerStatus.PROPOSED.value}'"
        return f"EXISTS (SELECT 1 FROM complaint_answers proposed WHERE {waiting} AND {condition(answer)})"

    return sql


def _is_returnable(row: Row) -> str:
    """That an answered or closed complaint comes back when it is reopened in time, or when its answer is challenged."""
    ended = f"coalesce({row.column('closed_at')}, {row.column('answered_at')})"
    since = days_before_sql(NOW, "regime.reopen_within_days", row.dialect)
    in_time = f"EXISTS (SELECT 1 FROM regimes regime WHERE regime.active AND {ended} >= {since})"
    is_answered = f"{row.column('status')} = '{ComplaintStatus.ANSWERED.value}'"
    was_answered = f"({is_answered} OR {is_one_of(row.column('outcome'), ANSWER_OUTCOMES)})"
    return f"({in_time} OR ({row.column('stage')} < {LAST_STAGE} AND {was_answered}))"


async def _name_who_works_on_it(viewer: Viewer, complaint: Complaint, errors: InputErrors) -> None:
    """Notes that a complaint cannot be answered yet, and which departments' answers it waits for."""
    waiting = [handoff for handoff in await open_handoffs(complaint) if handoff.blocks]
    numbers = ", ".join(f"{handoff.number} ({handoff.department})" for handoff in waiting)
    advice = f"A department still works on it: accept the answer of {numbers}, or withdraw it, first."
    errors.add_problem(await MACHINE.illegal(viewer, complaint, ComplaintStatus.ANSWERED, advice))


MACHINE = StateMachine(
    "complaint",
    "complaints",
    TRANSITIONS,
    {
        Guard.AT_STAGE: is_at_stage,
        Guard.SETTLED: _is_settled,
        Guard.SECOND_PERSON: _of_proposed(is_second_person),
        Guard.WITHIN_LIMIT: _of_proposed(is_within_limit),
        Guard.WITH_DEPARTMENTS: _is_with_departments,
        Guard.WITHOUT_DEPARTMENTS: lambda row: f"NOT {_is_with_departments(row)}",
        Guard.RETURNABLE: _is_returnable,
    },
    refusals={Guard.SETTLED: _name_who_works_on_it},
    # `work_on` says at which stage somebody worked, and each verb that brings a complaint back why it cannot.
    left_to_verbs=frozenset({Guard.AT_STAGE, Guard.RETURNABLE}),
)


async def open_handoffs(complaint: Complaint) -> list[Handoff]:
    """Its handoffs that are not done, locked."""
    waiting: Any = Handoff.filter(complaint_id=complaint.id, status__in=list(OPEN_STATUSES)).order_by("id")
    return list(await waiting.select_for_update())


async def save(complaint: Complaint) -> None:
    """Stores a change under a new version."""
    complaint.version += 1
    await complaint.save()


async def status_at_work(viewer: Viewer, complaint: Complaint) -> ComplaintStatus:
    """What a complaint is that is being worked on: with its departments, or with none."""
    has_departments = await MACHINE.holds(viewer, complaint.id, Guard.WITH_DEPARTMENTS)
    return ComplaintStatus.HANDED_OFF if has_departments else ComplaintStatus.RECEIVED


async def back_to_work(viewer: Viewer, complaint: Complaint) -> None:
    """Puts a complaint whose answer was not approved where it was before: with its departments, or with none."""
    move_to(complaint, await status_at_work(viewer, complaint), TRANSITIONS)
    await save(complaint)


async def settle_after(viewer: Viewer, complaint: Complaint) -> None:
    """Lets a complaint that no department has and no accepted answer serves wait to be handed off again."""
    if complaint.status == ComplaintStatus.HANDED_OFF:
        to = await status_at_work(viewer, complaint)
        if to is ComplaintStatus.RECEIVED:
            move_to(complaint, to, TRANSITIONS)
            await save(complaint)
