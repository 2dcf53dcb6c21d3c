"""Handoffs: what each verb does from each status, for whom, and that nobody else may."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
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
from resolvers.kit.commands import Keys
from resolvers.kit.problems import IllegalTransition, StaleVersion
from resolvers.kit.transaction import transact
from resolvers.kit.viewer import Viewer
from tests.office import Office, codes_in, do, doing, handed_off, hire, history, problems_of, received

S = HandoffStatus
Change = Callable[[], Awaitable[Keys]]


@dataclass(frozen=True)
class Staff:
    """Who has to do with a handoff of LOGISTICS."""

    agent: Viewer
    claimant: Viewer
    colleague: Viewer
    manager: Viewer
    both: Viewer


@pytest.fixture
async def staff(office: Office) -> Staff:
    clerk, logistics = [Role.LOGISTICS_CLERK], [Department.LOGISTICS]
    return Staff(
        agent=await office.somebody("service"),
        claimant=await office.somebody("logistics"),
        colleague=await hire("Second Clerk", clerk, logistics),
        manager=await office.somebody("back.manager"),
        both=await hire("In Both", [Role.SERVICE_AGENT, *clerk], [Department.CUSTOMER_SERVICE, *logistics]),
    )


VERBS: dict[str, tuple[Callable[[Viewer, Any], Awaitable[Keys]], dict[str, str]]] = {
    "claim": (claim_handoff, {}),
    "release": (release_handoff, {}),
    "answer": (answer_handoff, {"answer": "They leave tomorrow."}),
    "refuse": (refuse_handoff, {"reason": "An invoice question."}),
    "withdraw": (withdraw_handoff, {"reason": "Found after all."}),
    "accept": (accept_answer, {}),
    "reject": (reject_answer, {"reason": "A date is missing."}),
}


def verb(name: str, viewer: Viewer, handoff: UUID | None, version: int | None = None) -> Change:
    """One of the seven verbs, with a text where it takes one."""
    use_case, words = VERBS[name]
    return doing(use_case, viewer, handoff=handoff, expected_version=version, **words)


WAY_TO: dict[HandoffStatus, list[str]] = {
    S.QUEUED: [],
    S.CLAIMED: ["claim"],
    S.ANSWERED: ["claim", "answer"],
    S.ACCEPTED: ["claim", "answer", "accept"],
    S.REFUSED: ["claim", "refuse"],
    S.WITHDRAWN: ["withdraw"],
}
BY_THE_AGENT = {"withdraw", "accept", "reject"}


async def brought_to(status: HandoffStatus, staff: Staff) -> Handoff:
    """A handoff of its own complaint, brought to a status by the verbs."""
    handoff = await handed_off(staff.agent)
    for step in WAY_TO[status]:
        await transact(verb(step, staff.agent if step in BY_THE_AGENT else staff.claimant, handoff.id))
    return await Handoff.get(id=handoff.id)


async def test_only_who_claimed_a_handoff_works_on_it(staff: Staff) -> None:
    handoff = await brought_to(S.CLAIMED, staff)
    for viewer in (staff.colleague, staff.manager, staff.agent):
        for name in ("release", "answer", "refuse"):
            [problem] = await problems_of(verb(name, viewer, handoff.id))
            assert isinstance(problem, IllegalTransition)
    assert (await Handoff.get(id=handoff.id)).version == handoff.version


async def test_an_answered_handoff_cannot_be_claimed_even_by_who_may_reject_its_answer(staff: Staff) -> None:
    handoff = await brought_to(S.ANSWERED, staff)
    [problem] = await problems_of(verb("claim", staff.both, handoff.id))
    assert isinstance(problem, IllegalTransition)
    assert problem.origin == "ANSWERED"


async def test_each_verb_leaves_its_mark_and_grows_the_version(staff: Staff) -> None:
    handoff = await handed_off(staff.agent)
    claimant = staff.claimant
    for version, name in enumerate(["claim", "release", "claim", "answer", "reject", "answer", "accept"], start=2):
        await transact(verb(name, staff.agent if name in BY_THE_AGENT else claimant, handoff.id, version - 1))
        handoff = await Handoff.get(id=handoff.id)
        assert handoff.version == version
        holder: UUID | None = handoff.claimed_by_id
        assert holder == (None if name == "release" else claimant.account)
        assert (handoff.claimed_at is None) == (name == "release")
        assert (handoff.ended_at is not None) == (name == "accept")
        if name == "reject":
            assert handoff.rejection_reason == "A date is missing."
    assert handoff.answer == "They leave tomorrow."
    assert handoff.answered_at is not None
    logistics = "LOGISTICS"
    assert await history(handoff.id) == [
        ("HANDOFF_QUEUED", staff.agent.account, logistics),
        ("HANDOFF_CLAIMED", claimant.account, logistics),
        ("HANDOFF_RELEASED", claimant.account, logistics),
        ("HANDOFF_CLAIMED", claimant.account, logistics),
        ("HANDOFF_ANSWERED", claimant.account, logistics),
        ("ANSWER_REJECTED", staff.agent.account, logistics),
        ("HANDOFF_ANSWERED", claimant.account, logistics),
        ("ANSWER_ACCEPTED", staff.agent.account, logistics),
    ]


async def test_a_handoff_is_due_by_the_severity_of_its_complaint(staff: Staff) -> None:
    due = {Severity.CRITICAL: 4, Severity.HIGH: 24, Severity.MEDIUM: 72, Severity.LOW: 120}
    assert set(due) == set(Severity)
    for severity, hours in due.items():
        handoff = await handed_off(staff.agent, severity=severity)
        assert handoff.due_at - handoff.handed_off_at == timedelta(hours=hours)


@pytest.mark.parametrize("name", ["refuse", "withdraw"])
async def test_a_complaint_that_no_department_has_any_more_is_received_again(staff: Staff, name: str) -> None:
    handoff = await handed_off(staff.agent)
    complaint = await Complaint.get(id=handoff.complaint_id)  # type: ignore[attr-defined]
    second = await do(hand_off_complaint, staff.agent, complaint=complaint.id, department=Department.LOGISTICS)
    viewer = staff.agent if name in BY_THE_AGENT else staff.claimant
    await transact(verb(name, viewer, handoff.id))
    assert (await Complaint.get(id=complaint.id)).status == ComplaintStatus.HANDED_OFF
    await transact(verb(name, viewer, second["handoff"]))
    again = await Complaint.get(id=complaint.id)
    assert (again.status, again.version) == (ComplaintStatus.RECEIVED, 3)


async def test_a_complaint_with_an_accepted_answer_stays_handed_off_when_another_department_refuses(
    staff: Staff,
) -> None:
    handoff = await brought_to(S.ACCEPTED, staff)
    complaint: UUID = handoff.complaint_id  # type: ignore[attr-defined]
    other = await do(hand_off_complaint, staff.agent, complaint=complaint, department=Department.LOGISTICS)
    await transact(verb("refuse", staff.claimant, other["handoff"]))
    assert (await Complaint.get(id=complaint)).status == ComplaintStatus.HANDED_OFF


async def test_an_old_version_is_refused_together_with_all_else_that_is_wrong(staff: Staff) -> None:
    handoff = await brought_to(S.QUEUED, staff)
    problems = await problems_of(
        doing(answer_handoff, staff.claimant, handoff=handoff.id, answer=" ", expected_version=9)
    )
    assert [(problem.code, problem.path[-1]) for problem in problems] == [
        ("INVALID", "answer"),
        ("STALE_VERSION", "expectedVersion"),
        ("ILLEGAL_TRANSITION", "handoff"),
    ]
    assert isinstance(problems[1], StaleVersion)
    assert problems[1].current_version == 1


async def test_what_the_front_office_writes_for_the_department_is_masked(staff: Staff) -> None:
    handoff = await brought_to(S.ANSWERED, staff)
    reason = "Maria Anders (030-0074321) needs a date"
    await do(reject_answer, staff.agent, handoff=handoff.id, reason=reason)
    await do(withdraw_handoff, staff.agent, handoff=handoff.id, reason=reason)
    handoff = await Handoff.get(id=handoff.id)
    assert handoff.rejection_reason == handoff.withdrawal_reason == "[customer] ([phone]) needs a date"


HANDOFF_MUTATIONS = [
    ("ClaimHandoff", {}),
    ("ReleaseHandoff", {}),
    ("AnswerHandoff", {"answer": "x"}),
    ("RefuseHandoff", {"reason": "x"}),
]


async def test_a_handoff_of_another_department_answers_like_one_that_does_not_exist(
    office: Office, staff: Staff, accountant: Viewer
) -> None:
    handoff = await handed_off(staff.agent)
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
    office: Office, staff: Staff
) -> None:
    complaint = await received(staff.agent)
    document = "query ($id: ID!) { node(id: $id) { id } }"
    for key in (complaint.id, new_id()):
        assert await office.ask(staff.claimant, document, {"id": f"cmp_{key}"}) == {"data": {"node": None}}


async def test_what_somebody_of_both_offices_answers_or_refuses_is_masked(office: Office) -> None:
    both = await hire("Bo Both", [Role.SERVICE_AGENT, Role.LOGISTICS_CLERK], [Department.LOGISTICS])
    words = "Maria Anders is right."
    one = await handed_off(both)
    await do(claim_handoff, both, handoff=one.id)
    await do(answer_handoff, both, handoff=one.id, answer=words)
    two = await handed_off(both)
    await do(refuse_handoff, both, handoff=two.id, reason=words)
    assert (await Handoff.get(id=one.id)).answer == "[customer] is right."
    assert (await Handoff.get(id=two.id)).refusal_reason == "[customer] is right."
