"""A complaint at work: which steps a viewer may take with it, who has worked on it at which stage, and what goes to departments.

Locks are taken in one order, the complaint before its handoffs, so that two verbs can wait for each other but never both. The
surprising rule: asking who has worked at a stage is writing down, and stays only if the change is made.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from models.back_office.handoffs import OPEN_STATUSES, Handoff, HandoffEvent, HandoffStatus, alias_of
from models.front_office.identities import KNOWING, masked
from models.front_office.service.answers import AnswerStatus, StageWorker, at_stage_sql
from models.front_office.service.complaints import (
    ANSWER_OUTCOMES,
    Complaint,
    ComplaintStatus,
    goes_to,
)
from models.kit.base import NOW, days_before_sql, is_one_of, new_id, now
from models.kit.categories import LAST_STAGE
from models.kit.events import EventKind, about
from models.kit.sql import read_rows
from models.kit.states import Guard, move_to
from models.permissions import BACK_OFFICE_DEPARTMENTS, Department
from resolvers.both_offices import clocks
from resolvers.events import record
from resolvers.front_office.service.answers import is_grantable, is_second_person, is_settled, is_within_limit
from resolvers.kit.commands import DryRunnable, InputErrors, Key, Keys, Update, Viewer, command, member
from resolvers.kit.loading import load
from resolvers.kit.numbers import next_number
from resolvers.kit.state_machine import Condition, Row, StateMachine

KEPT_STATUSES = OPEN_STATUSES | {HandoffStatus.ACCEPTED}
"""Of a handoff whose department works on the complaint, or gave an answer that was accepted."""

FEWEST_PARTS, MOST_PARTS = 2, 8
BRIEF = "What the department must know; left out, the description. Who the customer is gets masked."
BLOCKS = "Whether the customer waits for it: while it is open, the complaint cannot be answered."


def is_at_stage(row: Row) -> str:
    """A condition that the viewer may work on a complaint at its present stage."""
    return at_stage_sql(row.column("id"), row.column("stage"))


def _is_with_departments(row: Row) -> str:
    kept = (
        f"kept.complaint_id = {row.column('id')} AND kept.stage = {row.column('stage')}"
        f" AND {is_one_of('kept.status', KEPT_STATUSES)}"
    )
    return f"EXISTS (SELECT 1 FROM handoffs kept WHERE {kept})"


def _of_proposed(condition: Condition) -> Condition:
    """The same condition, of the complaint's answer that waits for a second person."""

    def sql(row: Row) -> str:
        answer = Row(lambda column: f"proposed.{column}", row.dialect, row.permissions)
        waiting = f"proposed.complaint_id = {row.column('id')} AND proposed.status = '{AnswerStatus.PROPOSED.value}'"
        return f"EXISTS (SELECT 1 FROM complaint_answers proposed WHERE {waiting} AND {condition(answer)})"

    return sql


def _is_reopenable(row: Row) -> str:
    ended = f"coalesce({row.column('closed_at')}, {row.column('answered_at')})"
    since = days_before_sql(NOW, "regime.reopen_within_days", row.dialect)
    return f"EXISTS (SELECT 1 FROM regimes regime WHERE regime.active AND {ended} >= {since})"


def _is_challengeable(row: Row) -> str:
    is_answered = f"{row.column('status')} = '{ComplaintStatus.ANSWERED.value}'"
    was_answered = f"({is_answered} OR {is_one_of(row.column('outcome'), ANSWER_OUTCOMES)})"
    return f"({row.column('stage')} < {LAST_STAGE} AND {was_answered})"


async def _name_who_works_on_it(viewer: Viewer, complaint: Complaint, errors: InputErrors) -> None:
    """Notes that a complaint cannot be answered yet, and which departments' answers it waits for."""
    waiting = [handoff for handoff in await open_handoffs(complaint) if handoff.blocks]
    numbers = ", ".join(f"{handoff.number} ({handoff.department})" for handoff in waiting)
    advice = f"A department still works on it: accept the answer of {numbers}, or withdraw it, first."
    errors.add_problem(await MACHINE.illegal(viewer, complaint, ComplaintStatus.ANSWERED, advice))


async def _say_why_not_challenged(_viewer: Viewer, complaint: Complaint, errors: InputErrors) -> None:
    if complaint.status == ComplaintStatus.CLOSED and complaint.outcome not in ANSWER_OUTCOMES:
        errors.add("complaint", "It was closed without an answer; reopen it instead.", "NOT_ANSWERED")
    if complaint.stage >= LAST_STAGE:
        message = f"This was stage {LAST_STAGE}, the last one: only somebody outside can look at it again."
        errors.add("complaint", message, "LAST_STAGE")


MACHINE = StateMachine(
    Complaint,
    {
        Guard.AT_STAGE: is_at_stage,
        Guard.SETTLED: is_settled,
        Guard.SECOND_PERSON: _of_proposed(is_second_person),
        Guard.WITHIN_LIMIT: _of_proposed(is_within_limit),
        Guard.GRANTABLE: _of_proposed(is_grantable),
        Guard.WITH_DEPARTMENTS: _is_with_departments,
        Guard.WITHOUT_DEPARTMENTS: lambda row: f"NOT {_is_with_departments(row)}",
        Guard.REOPENABLE: _is_reopenable,
        Guard.CHALLENGEABLE: _is_challengeable,
    },
    refusals={Guard.SETTLED: _name_who_works_on_it, Guard.CHALLENGEABLE: _say_why_not_challenged},
    # `work_on` says at which stage somebody worked; what cannot be reopened any more is followed up.
    left_to_verbs=frozenset({Guard.AT_STAGE, Guard.REOPENABLE}),
)


async def open_handoffs(complaint: Complaint) -> list[Handoff]:
    """Its handoffs that are not done, locked."""
    waiting: Any = Handoff.filter(complaint_id=complaint.id, status__in=list(OPEN_STATUSES)).order_by("id")
    return list(await waiting.select_for_update())


async def status_at_work(complaint: Complaint) -> ComplaintStatus:
    """What a complaint is that is being worked on: with its departments, also when they are done with it, or with none."""
    kept = Handoff.filter(complaint_id=complaint.id, stage=complaint.stage, status__in=list(KEPT_STATUSES))
    return ComplaintStatus.HANDED_OFF if await kept.exists() else ComplaintStatus.RECEIVED


async def settle_after(complaint: Complaint) -> None:
    """Lets a complaint that no department has and no accepted answer serves wait to be handed off again."""
    if complaint.status == ComplaintStatus.HANDED_OFF:
        to = await status_at_work(complaint)
        if to is ComplaintStatus.RECEIVED:
            move_to(complaint, to)
            await complaint.save_next_version()


# --- Who has worked at which stage ---


async def check_work(viewer: Viewer, complaint: Complaint, verb: str, to: ComplaintStatus, errors: InputErrors) -> None:
    """Notes why a verb cannot take a locked complaint on now, as a step and as work at its stage."""
    await MACHINE.check(viewer, complaint, verb, to, errors)
    await work_on(viewer, complaint, errors)


async def work_on(viewer: Viewer, complaint: Complaint, errors: InputErrors, *, member: str = "complaint") -> None:
    """Notes that the viewer works on a locked complaint, or else why they must not. `member` is the input's way to it."""
    await _work_at(viewer, complaint.id, complaint.stage, errors, member)


async def work_on_handoff(viewer: Viewer, handoff: Handoff, errors: InputErrors) -> None:
    """The same for work on a handoff, which belongs to the stage in which it was handed off."""
    await _work_at(viewer, handoff.complaint_id, handoff.stage, errors, "handoff")


async def _work_at(viewer: Viewer, complaint: UUID, stage: int, errors: InputErrors, member: str) -> None:
    worked = await stage_of_work(viewer.account, complaint, stage)
    if worked < stage:
        message = f"You worked on this complaint at stage {worked}. Stage {stage} is for somebody else."
        errors.add(member, message, "EARLIER_HANDLER")
    elif worked > stage:
        message = f"You work on this complaint at stage {worked}. What is left of stage {stage} is for others."
        errors.add(member, message, "LATER_HANDLER")


async def stage_of_work(account: UUID, complaint: UUID, stage: int) -> int:
    """The one stage at which an account works on a complaint: where it has worked before, or this one from now on."""
    sql = "SELECT stage FROM stage_workers WHERE complaint_id = ?1 AND account_id = ?2"
    if worked := await read_rows(sql, complaint, account):
        return worked[0]["stage"]
    await StageWorker.create(id=new_id(), complaint_id=complaint, stage=stage, account_id=account, since=now())
    return stage


# --- Handing off ---


@command
class HandOffComplaint(Update, DryRunnable):
    """Which complaint goes to which department."""

    complaint: Key[Complaint] = member("The complaint.")
    department: Department | None = member(
        "A department of the back office; left out, the one that a rule routed the complaint to, else the one that its category"
        " says.",
        default=None,
    )
    brief: str | None = member(BRIEF, default=None)
    blocks: bool = member(BLOCKS, default=True)


@command
class ComplaintPart:
    """One piece of a complaint."""

    department: Department = member("The department of the back office that works on it.")
    brief: str | None = member(BRIEF, default=None)
    blocks: bool = member(BLOCKS, default=True)


@command
class SplitComplaint(Update, DryRunnable):
    """Which complaint is split, and into what."""

    complaint: Key[Complaint] = member("The complaint.")
    parts: tuple[ComplaintPart, ...] = member("2 to 8 pieces. All of them are handed off, or none.")


async def hand_off_complaint(viewer: Viewer, given: HandOffComplaint) -> Keys:
    """Gives a piece of a complaint to a department."""
    errors = InputErrors()
    brief = errors.optional_text("brief", given.brief)
    check_department(errors, "department", given.department)
    complaint = await load(viewer, Complaint, given.complaint, errors, given.expected_version)
    await check_work(viewer, complaint, "handOffComplaint", ComplaintStatus.HANDED_OFF, errors)
    errors.raise_if_any()
    department = given.department or goes_to(complaint)
    handoff = await open_handoff(viewer, complaint, department, brief, now(), blocks=given.blocks)
    given.end_if_dry(masked_text=handoff.brief)
    return {"handoff": handoff.id}


async def split_complaint(viewer: Viewer, given: SplitComplaint) -> Keys:
    """Gives several departments a piece of a complaint each, at once."""
    errors = InputErrors()
    if not FEWEST_PARTS <= len(given.parts) <= MOST_PARTS:
        errors.add("parts", f"A complaint is split into {FEWEST_PARTS} to {MOST_PARTS} parts.")
        errors.raise_if_any()
    pieces: list[tuple[Department, str | None]] = []
    for place, part in enumerate(given.parts):
        inner = errors.within("parts", str(place))
        check_department(inner, "department", part.department)
        piece = (part.department, inner.optional_text("brief", part.brief))
        if piece in pieces:
            inner.add("department", f"{part.department} has the same piece already.")
        pieces.append(piece)
    complaint = await load(viewer, Complaint, given.complaint, errors, given.expected_version)
    await check_work(viewer, complaint, "splitComplaint", ComplaintStatus.HANDED_OFF, errors)
    errors.raise_if_any()
    at = now()
    handoffs = [
        await open_handoff(viewer, complaint, department, brief, at, blocks=part.blocks)
        for part, (department, brief) in zip(given.parts, pieces, strict=True)
    ]
    given.end_if_dry(masked_texts=[handoff.brief for handoff in handoffs])
    return {"complaint": complaint.id, "handoffs": tuple(handoff.id for handoff in handoffs)}


def check_department(errors: InputErrors, member: str, department: Department | None) -> None:
    """Notes when a department is named that cannot be handed anything."""
    if department is not None and department not in BACK_OFFICE_DEPARTMENTS:
        errors.add(member, f"{department} is no department of the back office.")


async def open_handoff(
    viewer: Viewer | None,
    complaint: Complaint,
    department: Department,
    brief: str | None,
    at: datetime,
    *,
    blocks: bool = True,
    is_masked: bool = False,
) -> Handoff:
    """Opens a handoff; without a viewer, a rule does. While one that `blocks` is open, the customer cannot be answered.

    What the agent writes is masked too, unless the brief `is_masked`: nobody in the back office may read who the customer is.
    """
    if not is_masked:
        writes = viewer.permissions if viewer else KNOWING
        brief = await masked(writes, brief or complaint.description, complaint)
    if complaint.status != ComplaintStatus.HANDED_OFF:
        move_to(complaint, ComplaintStatus.HANDED_OFF)
        await complaint.save_next_version()
    handoff = await Handoff.create(
        id=new_id(),
        number=await next_number("HND", at),
        complaint_id=complaint.id,
        department=department,
        status=HandoffStatus.QUEUED,
        stage=complaint.stage,
        blocks=blocks,
        brief=brief,
        handed_off_at=at,
        handed_off_by_id=viewer.account if viewer else None,
        due_at=at,
        customer_alias=await alias_of(complaint.id, department),
    )
    handoff.complaint = complaint
    await clocks.start(handoff, at, viewer.account if viewer else None)
    await record_handoff(HandoffEvent.QUEUED, viewer, handoff, at)
    return handoff


async def record_handoff(kind: EventKind, viewer: Viewer | None, handoff: Handoff, at: datetime) -> None:
    """Records that something happened to a handoff; without a viewer, by itself."""
    await record(
        kind, about(Complaint, handoff.complaint_id), handoff, actor=viewer, at=at, department=handoff.department
    )
