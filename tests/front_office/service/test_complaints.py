"""Complaints: received, handed off, answered, closed; what each status permits, and what is written down about it."""

from collections.abc import Awaitable, Callable
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
from models.kit.bookkeeping import NumberSeries
from models.permissions import BACK_OFFICE_DEPARTMENTS, Department
from resolvers.back_office.handoffs.verbs import accept_answer, answer_handoff, claim_handoff
from resolvers.front_office.service.complaints.answering import answer_complaint
from resolvers.front_office.service.complaints.closing import close_complaint
from resolvers.front_office.service.complaints.receiving import receive_complaint
from resolvers.front_office.service.complaints.working import hand_off_complaint
from resolvers.kit.commands import Keys
from resolvers.kit.problems import IllegalTransition, StaleVersion
from resolvers.kit.transaction import transact
from resolvers.kit.viewer import Viewer
from tests.office import Office, alfreds, do, doing, handed_off, history, problems_of, received, tried, what_they_said

S = ComplaintStatus
Change = Callable[[], Awaitable[Keys]]


def hand_off(agent: Viewer, key: UUID, department: Department | None = None, brief: str | None = None) -> Change:
    return doing(hand_off_complaint, agent, complaint=key, department=department, brief=brief)


def answer(agent: Viewer, key: UUID, outcome: Outcome = Outcome.UPHELD) -> Change:
    return doing(answer_complaint, agent, complaint=key, outcome=outcome, answer="We are sorry.")


def close(agent: Viewer, key: UUID, outcome: Outcome | None = None, reason: str | None = None) -> Change:
    return doing(close_complaint, agent, complaint=key, outcome=outcome, reason=reason)


async def accepted(agent: Viewer, clerk: Viewer, handoff: UUID) -> None:
    """The department answers, and the front office takes it."""
    await do(claim_handoff, clerk, handoff=handoff)
    await do(answer_handoff, clerk, handoff=handoff, answer="They leave tomorrow.")
    await do(accept_answer, agent, handoff=handoff)


async def in_all_situations(agent: Viewer, clerk: Viewer) -> dict[str, UUID]:
    """A complaint in each status; handed off twice, with a department at work and with none."""
    waiting, settled = await handed_off(agent), await handed_off(agent)
    await accepted(agent, clerk, settled.id)
    answered, closed = await received(agent), await received(agent)
    await transact(answer(agent, answered.id))
    await transact(close(agent, closed.id, Outcome.DUPLICATE, "Received yesterday."))
    return {
        "received": (await received(agent)).id,
        "waiting": waiting.complaint_id,
        "settled": settled.complaint_id,
        "answered": answered.id,
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
    document = "query ($id: ID!) { node(id: $id) { ... on Complaint { status nextStatuses } } }"
    marketer = await office.somebody("marketing")
    for situation, key in (await in_all_situations(agent, clerk)).items():
        complaint = await Complaint.get(id=key)
        outcome = None if situation == "answered" else Outcome.WITHDRAWN
        doing = {
            "HANDED_OFF": hand_off(agent, key),
            "ANSWERED": answer(agent, key),
            "CLOSED": close(agent, key, outcome, "They rang again."),
        }
        for to, change in doing.items():
            problems = await tried(change)
            if to in PERMITTED[situation]:
                assert problems == (), (situation, to)
                continue
            [problem] = problems
            assert isinstance(problem, IllegalTransition), (situation, to)
            assert (problem.origin, list(problem.next_statuses)) == (complaint.status.value, PERMITTED[situation])
        for viewer in (agent, clerk, marketer):
            shown = await office.find(viewer, document, {"id": f"cmp_{key}"})
            if shown is None:
                assert viewer is clerk
                continue
            assert shown["nextStatuses"] == (PERMITTED[situation] if viewer is agent else [])


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


async def test_an_empty_brief_is_no_brief(agent: Viewer) -> None:
    complaint = await received(agent)
    await transact(hand_off(agent, complaint.id, brief=" \n "))
    assert (await Handoff.get(complaint_id=complaint.id)).brief == complaint.description


@pytest.mark.parametrize("outcome", sorted(ANSWER_OUTCOMES))
async def test_a_complaint_is_answered_and_then_closed_with_the_outcome_of_its_answer(
    agent: Viewer, outcome: Outcome
) -> None:
    complaint = await received(agent)
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
    assert await history(complaint.id) == [
        ("COMPLAINT_RECEIVED", agent.account, None),
        ("COMPLAINT_ANSWERED", agent.account, None),
        ("COMPLAINT_CLOSED", agent.account, None),
    ]


async def test_an_outcome_belongs_to_answering_or_to_closing(agent: Viewer) -> None:
    complaint = await received(agent)
    for outcome in Outcome:
        answering = [problem.path for problem in await tried(answer(agent, complaint.id, outcome))]
        closing = [problem.path for problem in await tried(close(agent, complaint.id, outcome, "Because."))]
        assert answering == ([] if outcome in ANSWER_OUTCOMES else [("input", "outcome")])
        assert closing == ([] if outcome in CLOSING_OUTCOMES else [("input", "outcome")])


async def test_closing_without_an_answer_needs_an_outcome_and_a_reason(agent: Viewer) -> None:
    complaint = await received(agent)
    problems = await problems_of(doing(close_complaint, agent, complaint=complaint.id, reason=" ", expected_version=3))
    assert [problem.path[-1] for problem in problems] == ["expectedVersion", "outcome", "reason"]


async def test_closing_takes_the_handoffs_back_that_are_still_open(agent: Viewer, clerk: Viewer) -> None:
    complaint = await received(agent)
    for department in (Department.LOGISTICS, Department.LOGISTICS, Department.FINANCE, Department.LEGAL):
        await transact(hand_off(agent, complaint.id, department))
    done, claimed, *_ = await Handoff.filter(complaint_id=complaint.id).order_by("id")
    await accepted(agent, clerk, done.id)
    await do(claim_handoff, clerk, handoff=claimed.id)
    await transact(close(agent, complaint.id, Outcome.WITHDRAWN, "They found the crates."))
    left = await Handoff.filter(complaint_id=complaint.id).order_by("id")
    assert [handoff.status for handoff in left] == [HandoffStatus.ACCEPTED] + 3 * [HandoffStatus.WITHDRAWN]
    assert all(handoff.ended_at is not None and handoff.withdrawal_reason for handoff in left[1:])
    assert (await history(complaint.id))[-4:] == [
        ("HANDOFF_WITHDRAWN", agent.account, "LOGISTICS"),
        ("HANDOFF_WITHDRAWN", agent.account, "FINANCE"),
        ("HANDOFF_WITHDRAWN", agent.account, "LEGAL"),
        ("COMPLAINT_CLOSED", agent.account, None),
    ]
    [problem] = await problems_of(doing(answer_handoff, clerk, handoff=claimed.id, answer="Too late."))
    assert isinstance(problem, IllegalTransition)
    assert problem.origin == "WITHDRAWN"


async def test_who_answers_while_a_department_works_learns_what_to_do_first(agent: Viewer, clerk: Viewer) -> None:
    handoff = await handed_off(agent)
    complaint: UUID = handoff.complaint_id
    [problem] = await problems_of(answer(agent, complaint))
    assert isinstance(problem, IllegalTransition)
    assert problem.message == (
        f"A department still works on it: accept the answer of {handoff.number} (LOGISTICS), or withdraw it, first."
    )
    await accepted(agent, clerk, handoff.id)
    assert await problems_of(answer(agent, complaint)) == ()
    [problem] = await problems_of(answer(agent, complaint))
    assert problem.message == "The complaint is ANSWERED and cannot become ANSWERED now."


async def test_an_old_version_is_refused_and_says_the_present_one(agent: Viewer) -> None:
    complaint = await received(agent)
    await transact(hand_off(agent, complaint.id))
    found = {"complaint": complaint.id, "outcome": Outcome.WITHDRAWN, "reason": "Found."}
    [problem] = await problems_of(doing(close_complaint, agent, **found, expected_version=1))
    assert isinstance(problem, StaleVersion)
    assert problem.current_version == 2
    assert await problems_of(doing(close_complaint, agent, **found, expected_version=2)) == ()


async def test_numbers_run_on_without_gaps_also_when_changes_are_refused(agent: Viewer) -> None:
    for department in (Department.LOGISTICS, None, Department.SALES, Department.IT):
        given = what_they_said(await alfreds(), hand_off_to=department)
        await problems_of(lambda given=given: receive_complaint(agent, given))
        await tried(lambda: receive_complaint(agent, what_they_said(None)))
    year = now().year
    complaints = await Complaint.filter(received_by_id=agent.account).order_by("id").values_list("number", flat=True)
    assert complaints == [f"CMP-{year}-{number:06d}" for number in (1, 2, 3)]
    assert (await NumberSeries.get(name=f"CMP-{year}")).last_given == 3
    handed_over = await Handoff.all().order_by("id").values_list("number", flat=True)
    assert handed_over == [f"HND-{year}-000001", f"HND-{year}-000002"]
