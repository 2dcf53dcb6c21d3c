"""Complaints: received, handed off, also in pieces, answered, closed; what each status permits, and what is written down."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest

from models.back_office.handoffs import Handoff, HandoffStatus
from models.front_office.service.complaints import (
    ANSWER_OUTCOMES,
    CLOSING_OUTCOMES,
    DEPARTMENT_OF,
    Category,
    Complaint,
    ComplaintStatus,
    Outcome,
)
from models.kit.base import now
from models.kit.events import Event
from models.permissions import BACK_OFFICE_DEPARTMENTS, Department
from resolvers.back_office.handoffs.verbs import answer_handoff, claim_handoff, refuse_handoff
from resolvers.front_office.service.complaints.answering import answer_complaint
from resolvers.front_office.service.complaints.closing import close_complaint
from resolvers.front_office.service.complaints.receiving import receive_complaint
from resolvers.front_office.service.complaints.working import ComplaintPart, hand_off_complaint, split_complaint
from resolvers.kit.commands import Keys, Viewer
from resolvers.kit.problems import IllegalTransition, StaleVersion
from resolvers.kit.transaction import transact
from tests.front_office.service.complaining import accepted, answered, codes
from tests.office import (
    Office,
    alfreds,
    do,
    doing,
    handed_off,
    history,
    problems_of,
    received,
    tried,
    upheld,
    what_they_said,
    wrong_in,
)
from tests.properties.invariants import check_everything

S = ComplaintStatus
Change = Callable[[], Awaitable[Keys]]


def hand_off(agent: Viewer, key: UUID, department: Department | None = None, brief: str | None = None) -> Change:
    return doing(hand_off_complaint, agent, complaint=key, department=department, brief=brief)


def answer(agent: Viewer, key: UUID, outcome: Outcome = Outcome.UPHELD) -> Change:
    return doing(answer_complaint, agent, complaint=key, outcome=outcome, answer="We are sorry.")


def close(agent: Viewer, key: UUID, outcome: Outcome | None = None, reason: str | None = None) -> Change:
    return doing(close_complaint, agent, complaint=key, outcome=outcome, reason=reason)


async def in_all_situations(agent: Viewer, clerk: Viewer) -> dict[str, UUID]:
    """A complaint in each status; handed off twice, with a department at work and with none."""
    waiting, settled = await handed_off(agent), await handed_off(agent)
    await accepted(agent, clerk, settled)
    closed = await received(agent)
    await transact(close(agent, closed.id, Outcome.DUPLICATE, "Received yesterday."))
    return {
        "received": (await received(agent)).id,
        "waiting": waiting.complaint_id,
        "settled": settled.complaint_id,
        "answered": (await answered(agent)).id,
        "closed": closed.id,
    }


PERMITTED = {
    "received": ["HANDED_OFF", "AWAITING_CUSTOMER", "ANSWERED", "CLOSED"],
    "waiting": ["HANDED_OFF", "AWAITING_CUSTOMER", "CLOSED"],
    "settled": ["HANDED_OFF", "AWAITING_CUSTOMER", "ANSWERED", "CLOSED"],
    "answered": ["RECEIVED", "CLOSED"],
    "closed": ["RECEIVED"],
}


async def test_next_statuses_are_what_the_verbs_permit_in_every_situation(
    office: Office, agent: Viewer, clerk: Viewer
) -> None:
    marketer = await office.somebody("marketing")
    for situation, key in (await in_all_situations(agent, clerk)).items():
        complaint = await Complaint.get(id=key)
        outcome = None if situation == "answered" else Outcome.WITHDRAWN
        changes = {
            "HANDED_OFF": hand_off(agent, key),
            "ANSWERED": answer(agent, key),
            "CLOSED": close(agent, key, outcome, "They rang again."),
        }
        for to, change in changes.items():
            problems = await tried(change)
            if to in PERMITTED[situation]:
                assert problems == (), (situation, to)
                continue
            [problem] = problems
            assert isinstance(problem, IllegalTransition), (situation, to)
            assert (problem.origin, list(problem.next_statuses)) == (complaint.status.value, PERMITTED[situation])
        for viewer in (agent, clerk, marketer):
            shown = await office.read(viewer, complaint, "nextStatuses")
            if shown is None:
                assert viewer is clerk
                continue
            assert shown == (PERMITTED[situation] if viewer is agent else [])


async def test_a_complaint_goes_to_the_department_of_its_category_unless_another_is_named(agent: Viewer) -> None:
    for category in Category:
        complaint = await received(agent, category=category)
        await transact(hand_off(agent, complaint.id))
        await transact(hand_off(agent, complaint.id, Department.PRODUCTION))
        given = await Handoff.filter(complaint_id=complaint.id).order_by("id")
        assert [handoff.department for handoff in given] == [DEPARTMENT_OF[category], Department.PRODUCTION]


async def test_only_departments_of_the_back_office_are_given_handoffs(agent: Viewer) -> None:
    complaint, customer = await received(agent), await alfreds()
    for department in Department:
        expected = [] if department in BACK_OFFICE_DEPARTMENTS else ["INVALID"]
        assert [problem.code for problem in await tried(hand_off(agent, complaint.id, department))] == expected
        given = what_they_said(customer, hand_off_to=department)
        refused = [problem.path for problem in await tried(lambda given=given: receive_complaint(agent, given))]
        assert refused == ([] if department in BACK_OFFICE_DEPARTMENTS else [("input", "handOffTo")])


async def test_subject_and_brief_are_masked_and_the_description_is_kept(agent: Viewer) -> None:
    words = "Maria ANDERS (maria.anders@alfki.example, 030/0074321, Obere Straße 57) of Alfreds Futterkiste is angry"
    complaint = await received(agent, subject=words[:150], description=words)
    assert complaint.description == words
    masked = "[customer] ([e-mail], [phone], [street]) of [customer] is angry"
    assert complaint.subject == masked
    await transact(hand_off(agent, complaint.id))
    await transact(hand_off(agent, complaint.id, brief="Ask Anders on 030 0074321"))
    briefs = await Handoff.filter(complaint_id=complaint.id).order_by("id").values_list("brief", flat=True)
    assert briefs == [masked, "Ask [customer] on [phone]"]


async def test_an_empty_brief_is_no_brief(agent: Viewer, complaint: Complaint) -> None:
    await transact(hand_off(agent, complaint.id, brief=" \n "))
    assert (await Handoff.get(complaint_id=complaint.id)).brief == complaint.description


@pytest.mark.parametrize("outcome", sorted(ANSWER_OUTCOMES))
async def test_a_complaint_is_answered_and_then_closed_with_the_outcome_of_its_answer(
    agent: Viewer, outcome: Outcome, complaint: Complaint
) -> None:
    await transact(answer(agent, complaint.id, outcome))
    other = next(iter(ANSWER_OUTCOMES - {outcome}))
    for wrong in (other, Outcome.WITHDRAWN):
        [problem] = await problems_of(close(agent, complaint.id, wrong))
        assert problem.path == ("input", "outcome")
    await transact(close(agent, complaint.id, outcome))
    complaint = await Complaint.get(id=complaint.id)
    assert (complaint.status, complaint.outcome, complaint.version) == (S.CLOSED, outcome, 3)
    assert complaint.answered_at is not None
    assert complaint.closed_at is not None
    kinds = ("COMPLAINT_RECEIVED", "COMPLAINT_ANSWERED", "COMPLAINT_CLOSED")
    assert await history(complaint.id) == [(kind, agent.account, None) for kind in kinds]


async def test_an_outcome_belongs_to_answering_or_to_closing(agent: Viewer, complaint: Complaint) -> None:
    for outcome in Outcome:
        answering = [problem.path for problem in await tried(answer(agent, complaint.id, outcome))]
        closing = [problem.path for problem in await tried(close(agent, complaint.id, outcome, "Because."))]
        assert answering == ([] if outcome in ANSWER_OUTCOMES else [("input", "outcome")])
        assert closing == ([] if outcome in CLOSING_OUTCOMES else [("input", "outcome")])


async def test_closing_without_an_answer_needs_an_outcome_and_a_reason(agent: Viewer, complaint: Complaint) -> None:
    found = await codes(doing(close_complaint, agent, complaint, reason=" ", expected_version=3))
    assert [member for _, member in found] == ["expectedVersion", "outcome", "reason"]


async def test_closing_takes_the_handoffs_back_that_are_still_open(agent: Viewer, clerk: Viewer) -> None:
    complaint = await received(agent)
    for department in (Department.LOGISTICS, Department.LOGISTICS, Department.FINANCE, Department.LEGAL):
        await transact(hand_off(agent, complaint.id, department))
    done, claimed, *_ = await Handoff.filter(complaint_id=complaint.id).order_by("id")
    await accepted(agent, clerk, done)
    await do(claim_handoff, clerk, claimed)
    await transact(close(agent, complaint.id, Outcome.WITHDRAWN, "They found the crates."))
    left = await Handoff.filter(complaint_id=complaint.id).order_by("id")
    assert [handoff.status for handoff in left] == [HandoffStatus.ACCEPTED] + 3 * [HandoffStatus.WITHDRAWN]
    assert all(handoff.ended_at is not None and handoff.withdrawal_reason for handoff in left[1:])
    withdrawn = [("HANDOFF_WITHDRAWN", agent.account, name) for name in ("LOGISTICS", "FINANCE", "LEGAL")]
    assert (await history(complaint.id))[-4:] == [*withdrawn, ("COMPLAINT_CLOSED", agent.account, None)]
    [problem] = await problems_of(doing(answer_handoff, clerk, claimed, answer="Too late."))
    assert isinstance(problem, IllegalTransition)
    assert problem.origin == "WITHDRAWN"


async def test_who_answers_while_a_department_works_learns_what_to_do_first(agent: Viewer, clerk: Viewer) -> None:
    handoff = await handed_off(agent)
    complaint = handoff.complaint_id
    [problem] = await problems_of(answer(agent, complaint))
    assert isinstance(problem, IllegalTransition)
    assert problem.message == (
        f"A department still works on it: accept the answer of {handoff.number} (LOGISTICS), or withdraw it, first."
    )
    await accepted(agent, clerk, handoff)
    assert await problems_of(answer(agent, complaint)) == ()
    [problem] = await problems_of(answer(agent, complaint))
    assert problem.message == "The complaint is ANSWERED already."


async def test_an_old_version_is_refused_and_says_the_present_one(agent: Viewer, complaint: Complaint) -> None:
    await transact(hand_off(agent, complaint.id))
    found = {"complaint": complaint.id, "outcome": Outcome.WITHDRAWN, "reason": "Found."}
    [problem] = await problems_of(doing(close_complaint, agent, **found, expected_version=1))
    assert isinstance(problem, StaleVersion)
    assert problem.current_version == 3
    assert await problems_of(doing(close_complaint, agent, **found, expected_version=3)) == ()


async def test_numbers_run_on_and_without_gaps_where_nobody_waits_for_that(office: Office, agent: Viewer) -> None:
    for department in (Department.LOGISTICS, None, Department.SALES, Department.IT):
        given = what_they_said(await alfreds(), hand_off_to=department)
        await problems_of(lambda given=given: receive_complaint(agent, given))
        await tried(lambda: receive_complaint(agent, what_they_said(None)))
    found = Complaint.filter(received_by_id=agent.account).order_by("id").values_list("number", flat=True)
    series, *numbers = parted(await found)
    assert series == f"CMP-{now().year}"
    assert (len(numbers), numbers) == (3, sorted(set(numbers)))
    handed_over = parted(await Handoff.all().order_by("id").values_list("number", flat=True))
    assert handed_over[0] == f"HND-{now().year}" and handed_over[1] < handed_over[2]
    if office.database.dialect == "sqlite":
        assert (numbers, handed_over[1:]) == ([1, 2, 3], (1, 2))


def parted(numbers: Any) -> Any:
    """The one series of some numbers, and how they count in it."""
    [series] = {number.rpartition("-")[0] for number in numbers}
    return series, *(int(number.rpartition("-")[2]) for number in numbers)


@pytest.mark.parametrize("engine", ["postgres"], indirect=True)
async def test_of_two_who_take_a_number_neither_waits_for_the_other(agent: Viewer) -> None:
    given, entered = await alfreds(), asyncio.Event()

    async def slow() -> dict[str, Any]:
        keys = await receive_complaint(agent, what_they_said(given))
        await asyncio.wait_for(entered.wait(), 10)
        return {**keys}

    async def quick() -> None:
        await transact(lambda: receive_complaint(agent, what_they_said(given)))
        entered.set()

    # The series is there already: only its first number makes others wait.
    await quick()
    entered.clear()
    await asyncio.gather(transact(slow), quick())


# --- In several pieces ---

SPLIT = """complaint { status nextStatuses } handoffs { department brief blocks status } maskedTexts
  errors { code path }"""
HANDED_OFF = "handoff { brief blocks } maskedText errors { code path }"


async def test_the_pieces_are_shown_masked_and_then_handed_off_at_once(office: Office, agent: Viewer) -> None:
    complaint = await received(agent, description="Ma\u00adria Ánders waits")
    finance = {"department": "FINANCE", "brief": "Refund Alfreds Futterkiste, 030 0074321", "blocks": False}
    given: dict[str, Any] = {"complaint": f"cmp_{complaint.id}", "parts": [{"department": "LOGISTICS"}, finance]}
    masked = ["[customer] waits", "Refund [customer], [phone]"]

    async def written() -> tuple[Any, ...]:
        return await Handoff.filter(complaint_id=complaint.id).count(), await Event.all().count()

    before = await written()
    shown = await office.send(agent, "splitComplaint", SPLIT, **given, dryRun=True)
    assert shown == {"complaint": None, "handoffs": [], "maskedTexts": masked, "errors": []}
    assert await written() == before and before[0] == 0
    for _ in range(2):
        split = await office.send(agent, "splitComplaint", SPLIT, **given, idempotencyKey="split")
        next_statuses = ["HANDED_OFF", "AWAITING_CUSTOMER", "CLOSED"]
        assert split == {
            "complaint": {"status": "HANDED_OFF", "nextStatuses": next_statuses},
            "handoffs": [
                {"department": "LOGISTICS", "brief": masked[0], "blocks": True, "status": "QUEUED"},
                {"department": "FINANCE", "brief": masked[1], "blocks": False, "status": "QUEUED"},
            ],
            "maskedTexts": None,
            "errors": [],
        }
    assert await Handoff.filter(complaint_id=complaint.id).count() == 2
    assert (await Complaint.get(id=complaint.id)).version == 2
    await check_everything()


async def test_everything_wrong_with_the_pieces_is_reported_by_place(office: Office, agent: Viewer) -> None:
    complaint = await received(agent)
    parts = [
        {"department": "SALES"},
        {"department": "LOGISTICS", "brief": "x" * 10_001},
        {"department": "FINANCE", "brief": " "},
        {"department": "FINANCE"},
    ]
    given = {"complaint": f"cmp_{complaint.id}", "parts": parts, "expectedVersion": 9}
    wrong = wrong_in(await office.send(agent, "splitComplaint", SPLIT, **given))
    members = ["parts.0.department", "parts.1.brief", "parts.3.department", "expectedVersion"]
    assert [member for _, member in wrong] == members
    assert (await Complaint.get(id=complaint.id)).status is ComplaintStatus.RECEIVED
    for count in (0, 1, 9):
        pieces = [ComplaintPart(department=Department.IT)] * count
        change = doing(split_complaint, agent, complaint, parts=pieces)
        assert [problem.path for problem in await problems_of(change)] == [("input", "parts")]


async def test_a_brief_is_shown_masked_before_it_is_handed_off(office: Office, agent: Viewer) -> None:
    complaint = await received(agent)
    given: dict[str, Any] = {"complaint": f"cmp_{complaint.id}", "brief": "Ask Anders", "blocks": False}
    shown = await office.send(agent, "handOffComplaint", HANDED_OFF, **given, dryRun=True)
    assert shown == {"handoff": None, "maskedText": "Ask [customer]", "errors": []}
    assert await Handoff.filter(complaint_id=complaint.id).count() == 0
    done = await office.send(agent, "handOffComplaint", HANDED_OFF, **given)
    assert done == {"handoff": {"brief": "Ask [customer]", "blocks": False}, "maskedText": None, "errors": []}


async def test_a_complaint_is_answered_when_none_that_blocks_is_open_and_closing_withdraws_the_rest(
    office: Office, agent: Viewer, complaint: Complaint
) -> None:
    logistics, legal = (ComplaintPart(department=one) for one in (Department.LOGISTICS, Department.LEGAL))
    finance = ComplaintPart(department=Department.FINANCE, blocks=False)
    await do(split_complaint, agent, complaint, parts=[logistics, finance, legal])
    blocking, free, other = await Handoff.filter(complaint_id=complaint.id).order_by("id")
    for department, handoff in (("logistics", blocking), ("legal", other)):
        [problem] = await tried(upheld(agent, complaint.id))
        assert isinstance(problem, IllegalTransition)
        assert handoff.number in problem.message
        assert free.number not in problem.message
        await do(refuse_handoff, await office.somebody(department), handoff, reason="No.")
    assert "ANSWERED" in await office.read(agent, complaint, "nextStatuses")
    await transact(upheld(agent, complaint.id))
    assert (await Handoff.get(id=free.id)).status is HandoffStatus.QUEUED
    await check_everything()
    await do(close_complaint, agent, complaint)
    assert (await Handoff.get(id=free.id)).status is HandoffStatus.WITHDRAWN
    await check_everything()
