"""Handoffs: what each verb does from each status, for whom, and that nobody else may."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from models.back_office.handoffs import Handoff, HandoffStatus
from models.front_office.service.complaints import Complaint, ComplaintStatus
from models.kit.base import new_id
from models.kit.severity import Severity
from models.permissions import Department, Role
from resolvers.back_office.handoffs.verbs import (
    accept_answer,
    answer_handoff,
    claim_handoff,
    refuse_handoff,
    reject_answer,
    release_handoff,
    withdraw_handoff,
)
from resolvers.front_office.service.complaints.working import hand_off_complaint
from resolvers.kit.commands import Keys, Viewer
from resolvers.kit.problems import IllegalTransition, StaleVersion
from resolvers.kit.transaction import transact
from tests.office import Office, Work, codes_in, do, doing, handed_off, hire, history, problems_of, received

S = HandoffStatus


@pytest.fixture
async def colleague(office: Office) -> Viewer:
    return await hire("Second Clerk", [Role.LOGISTICS_CLERK], [Department.LOGISTICS])


@pytest.fixture
async def both(office: Office) -> Viewer:
    """Who is in both offices."""
    roles, departments = [Role.SERVICE_AGENT, Role.LOGISTICS_CLERK], [Department.CUSTOMER_SERVICE, Department.LOGISTICS]
    return await hire("In Both", roles, departments)


UseCase = Callable[[Viewer, Any], Awaitable[Keys]]

WORDS: dict[UseCase, dict[str, str]] = {
    answer_handoff: {"answer": "They leave tomorrow."},
    refuse_handoff: {"reason": "An invoice question."},
    withdraw_handoff: {"reason": "Found after all."},
    reject_answer: {"reason": "A date is missing."},
}


def verb(use_case: UseCase, viewer: Viewer, handoff: UUID, version: int | None = None) -> Work:
    """One of the seven verbs, with a text where it takes one."""
    return doing(use_case, viewer, handoff=handoff, expected_version=version, **WORDS.get(use_case, {}))


WAY_TO: dict[HandoffStatus, list[UseCase]] = {
    S.QUEUED: [],
    S.CLAIMED: [claim_handoff],
    S.ANSWERED: [claim_handoff, answer_handoff],
    S.ACCEPTED: [claim_handoff, answer_handoff, accept_answer],
}
BY_THE_AGENT = {withdraw_handoff, accept_answer, reject_answer}


async def brought_to(status: HandoffStatus, agent: Viewer, clerk: Viewer) -> Handoff:
    """A handoff of its own complaint, brought to a status by the verbs."""
    handoff = await handed_off(agent)
    for step in WAY_TO[status]:
        await transact(verb(step, agent if step in BY_THE_AGENT else clerk, handoff.id))
    return await Handoff.get(id=handoff.id)


async def test_only_who_claimed_a_handoff_works_on_it(
    agent: Viewer, clerk: Viewer, colleague: Viewer, manager: Viewer
) -> None:
    handoff = await brought_to(S.CLAIMED, agent, clerk)
    for viewer in (colleague, manager, agent):
        for use_case in (release_handoff, answer_handoff, refuse_handoff):
            [problem] = await problems_of(verb(use_case, viewer, handoff.id))
            assert isinstance(problem, IllegalTransition)
    assert (await Handoff.get(id=handoff.id)).version == handoff.version


async def test_an_answered_handoff_cannot_be_claimed_even_by_who_may_reject_its_answer(
    agent: Viewer, clerk: Viewer, both: Viewer
) -> None:
    handoff = await brought_to(S.ANSWERED, agent, clerk)
    [problem] = await problems_of(verb(claim_handoff, both, handoff.id))
    assert isinstance(problem, IllegalTransition)
    assert problem.origin == "ANSWERED"


async def test_each_verb_leaves_its_mark_and_grows_the_version(agent: Viewer, clerk: Viewer) -> None:
    handoff = await handed_off(agent)
    recorded = [("HANDOFF_QUEUED", agent.account, "LOGISTICS")]
    steps: list[tuple[UseCase, Viewer, str]] = [
        (claim_handoff, clerk, "HANDOFF_CLAIMED"),
        (release_handoff, clerk, "HANDOFF_RELEASED"),
        (claim_handoff, clerk, "HANDOFF_CLAIMED"),
        (answer_handoff, clerk, "HANDOFF_ANSWERED"),
        (reject_answer, agent, "ANSWER_REJECTED"),
        (answer_handoff, clerk, "HANDOFF_ANSWERED"),
        (accept_answer, agent, "ANSWER_ACCEPTED"),
    ]
    for version, (step, viewer, kind) in enumerate(steps, start=2):
        await transact(verb(step, viewer, handoff.id, version - 1))
        recorded.append((kind, viewer.account, "LOGISTICS"))
        handoff = await Handoff.get(id=handoff.id)
        assert handoff.version == version
        assert handoff.claimed_by_id == (None if step is release_handoff else clerk.account)
        assert (handoff.claimed_at is None) == (step is release_handoff)
        assert (handoff.ended_at is not None) == (step is accept_answer)
        if step is reject_answer:
            assert handoff.rejection_reason == "A date is missing."
    assert handoff.answer == "They leave tomorrow."
    assert handoff.answered_at is not None
    assert await history(handoff.id) == recorded


async def test_a_handoff_is_due_by_the_severity_of_its_complaint(agent: Viewer) -> None:
    due = {Severity.CRITICAL: 4, Severity.HIGH: 24, Severity.MEDIUM: 72, Severity.LOW: 120}
    assert set(due) == set(Severity)
    for severity, hours in due.items():
        handoff = await handed_off(agent, severity=severity)
        assert handoff.due_at - handoff.handed_off_at == timedelta(hours=hours)


@pytest.mark.parametrize("use_case", [refuse_handoff, withdraw_handoff])
async def test_a_complaint_that_no_department_has_any_more_is_received_again(
    agent: Viewer, clerk: Viewer, use_case: UseCase
) -> None:
    handoff = await handed_off(agent)
    complaint = await Complaint.get(id=handoff.complaint_id)
    second = await do(hand_off_complaint, agent, complaint, department=Department.LOGISTICS)
    viewer = agent if use_case in BY_THE_AGENT else clerk
    await transact(verb(use_case, viewer, handoff.id))
    assert (await Complaint.get(id=complaint.id)).status == ComplaintStatus.HANDED_OFF
    await transact(verb(use_case, viewer, second["handoff"]))
    again = await Complaint.get(id=complaint.id)
    assert (again.status, again.version) == (ComplaintStatus.RECEIVED, 3)


async def test_a_complaint_with_an_accepted_answer_stays_handed_off_when_another_department_refuses(
    agent: Viewer, clerk: Viewer
) -> None:
    handoff = await brought_to(S.ACCEPTED, agent, clerk)
    complaint: UUID = handoff.complaint_id
    other = await do(hand_off_complaint, agent, complaint=complaint, department=Department.LOGISTICS)
    await transact(verb(refuse_handoff, clerk, other["handoff"]))
    assert (await Complaint.get(id=complaint)).status == ComplaintStatus.HANDED_OFF


async def test_an_old_version_is_refused_together_with_all_else_that_is_wrong(agent: Viewer, clerk: Viewer) -> None:
    handoff = await brought_to(S.QUEUED, agent, clerk)
    problems = await problems_of(doing(answer_handoff, clerk, handoff, answer=" ", expected_version=9))
    assert [(problem.code, problem.path[-1]) for problem in problems] == [
        ("INVALID", "answer"),
        ("STALE_VERSION", "expectedVersion"),
        ("ILLEGAL_TRANSITION", "handoff"),
    ]
    assert isinstance(problems[1], StaleVersion)
    assert problems[1].current_version == 1


async def test_what_the_front_office_writes_for_the_department_is_masked(agent: Viewer, clerk: Viewer) -> None:
    handoff = await brought_to(S.ANSWERED, agent, clerk)
    reason = "Maria Anders (030-0074321) needs a date"
    await do(reject_answer, agent, handoff, reason=reason)
    await do(withdraw_handoff, agent, handoff, reason=reason)
    handoff = await Handoff.get(id=handoff.id)
    assert handoff.rejection_reason == handoff.withdrawal_reason == "[customer] ([phone]) needs a date"


HANDOFF_MUTATIONS = [
    ("ClaimHandoff", {}),
    ("ReleaseHandoff", {}),
    ("AnswerHandoff", {"answer": "x"}),
    ("RefuseHandoff", {"reason": "x"}),
]


async def test_a_handoff_of_another_department_answers_like_one_that_does_not_exist(
    office: Office, agent: Viewer, accountant: Viewer
) -> None:
    handoff = await handed_off(agent)
    complaint: UUID = handoff.complaint_id
    for name, members in HANDOFF_MUTATIONS:
        answers: list[dict[str, Any]] = []
        for key in (f"hnd_{handoff.id}", f"hnd_{new_id()}", f"cmp_{complaint}", "hnd_nothing", ""):
            for version in (None, 1, 7):
                given = {"handoff": key, "expectedVersion": version, **members}
                answers.append(await office.operation(accountant, name, {"input": given}))
        assert all(answer == answers[0] for answer in answers), name
        [payload] = answers[0]["data"].values()
        assert codes_in(payload) == ["NOT_FOUND"]
    assert len(await history(handoff.id)) == 1


async def test_a_complaint_that_was_never_handed_to_a_department_is_not_there_for_it(
    office: Office, agent: Viewer, clerk: Viewer
) -> None:
    complaint = await received(agent)
    document = "query ($id: ID!) { node(id: $id) { id } }"
    for key in (complaint.id, new_id()):
        assert await office.ask(clerk, document, {"id": f"cmp_{key}"}) == {"data": {"node": None}}


async def test_what_somebody_of_both_offices_answers_or_refuses_is_masked(both: Viewer) -> None:
    words = "Maria Anders is right."
    one = await handed_off(both)
    await do(claim_handoff, both, one)
    await do(answer_handoff, both, one, answer=words)
    two = await handed_off(both)
    await do(refuse_handoff, both, two, reason=words)
    assert (await Handoff.get(id=one.id)).answer == "[customer] is right."
    assert (await Handoff.get(id=two.id)).refusal_reason == "[customer] is right."
