"""Stages: a challenged complaint is looked at by other people, three times at most."""

from dataclasses import asdict
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from models.back_office.handoffs import Handoff
from models.both_offices.clocks.policies import Regime
from models.both_offices.clocks.running import Clock
from models.both_offices.notifications import Notification
from models.front_office.service.answers import Reopening, StageWorker
from models.front_office.service.cases import ComplaintLink, LinkKind
from models.front_office.service.complaints import Complaint, ComplaintStatus, Outcome
from models.kit.base import as_of, now
from models.permissions import Department, Role
from resolvers.back_office.handoffs.verbs import (
    accept_answer,
    answer_handoff,
    claim_handoff,
    refuse_handoff,
    reject_answer,
    withdraw_handoff,
)
from resolvers.front_office.service.answers import Offer
from resolvers.front_office.service.complaints.answering import answer_complaint, approve_redress
from resolvers.front_office.service.complaints.closing import challenge_complaint, close_complaint, reopen_complaint
from resolvers.front_office.service.complaints.working import hand_off_complaint
from resolvers.front_office.service.correspondence import acknowledge_complaint
from resolvers.kit.transaction import transact
from resolvers.kit.viewer import Viewer
from tests.front_office.service.test_answers import codes, proposed, refund
from tests.office import Office, at_once, do, doing, handed_off, happened, hire, problems_of, received

S = ComplaintStatus


@pytest.fixture
async def other(office: Office) -> Viewer:
    return await hire("Olga Other", [Role.SERVICE_AGENT], [Department.CUSTOMER_SERVICE])


def answer(viewer: Viewer, key: UUID, offer: Offer | None = None) -> Any:
    return doing(
        answer_complaint,
        viewer,
        complaint=key,
        outcome=Outcome.NOT_UPHELD,
        answer="It was late.",
        **asdict(offer or Offer()),
    )


def challenge(viewer: Viewer, key: UUID) -> Any:
    return doing(challenge_complaint, viewer, complaint=key, reason="That is no answer.")


async def at_stage_two(agent: Viewer, clerk: Viewer) -> Complaint:
    """A complaint that the agent and the clerk worked on at its first stage."""
    handoff = await handed_off(agent)
    key: UUID = handoff.complaint_id  # type: ignore[attr-defined]
    await do(claim_handoff, clerk, handoff=handoff.id)
    await do(answer_handoff, clerk, handoff=handoff.id, answer="Rain.")
    await do(accept_answer, agent, handoff=handoff.id)
    await transact(answer(agent, key))
    await transact(challenge(agent, key))
    return await Complaint.get(id=key)


async def test_a_challenge_opens_the_next_stage_and_keeps_the_earlier_answer(office: Office, agent: Viewer) -> None:
    complaint = await at_stage_two(agent, await office.somebody("logistics"))
    assert (complaint.status, complaint.stage, complaint.answer, complaint.answered_at) == (S.RECEIVED, 2, None, None)
    document = """viewerMayWork
      answers { nodes { stage text status } } reopenings { nodes { kind stage reason by { name } } }
      stageWorkers { stage account { name } }"""
    shown = await office.read(agent, complaint, document)
    assert shown["answers"]["nodes"] == [{"stage": 1, "text": "It was late.", "status": "SENT"}]
    came_back = {"kind": "CHALLENGE", "stage": 2, "reason": "That is no answer.", "by": {"name": agent.name}}
    assert shown["reopenings"]["nodes"] == [came_back]
    assert {worker["stage"] for worker in shown["stageWorkers"]} == {1}
    assert shown["viewerMayWork"] is False
    clock = await Clock.get(complaint_id=complaint.id, kind="ANSWER_COMPLAINT")
    assert (str(clock.state), clock.stopped_at) == ("RUNNING", None)


async def test_whoever_worked_at_an_earlier_stage_works_at_no_later_one(
    agent: Viewer, other: Viewer, clerk: Viewer
) -> None:
    second_clerk = await hire("Cleo Clerk", [Role.LOGISTICS_CLERK], [Department.LOGISTICS])
    complaint = await at_stage_two(agent, clerk)
    refused = [("EARLIER_HANDLER", "complaint")]
    assert await codes(answer(agent, complaint.id)) == refused
    assert await codes(doing(hand_off_complaint, agent, complaint=complaint.id, department=Department.LEGAL)) == refused
    keys = await do(hand_off_complaint, other, complaint=complaint.id, department=Department.LOGISTICS)
    handoff: UUID = keys["handoff"]  # type: ignore[assignment]
    assert (await Handoff.get(id=handoff)).stage == 2
    assert await codes(doing(claim_handoff, clerk, handoff=handoff)) == [("EARLIER_HANDLER", "handoff")]
    await do(claim_handoff, second_clerk, handoff=handoff)
    await do(answer_handoff, second_clerk, handoff=handoff, answer="Snow.")
    for judging in (
        doing(accept_answer, agent, handoff=handoff),
        doing(reject_answer, agent, handoff=handoff, reason="No."),
    ):
        assert await codes(judging) == [("EARLIER_HANDLER", "handoff")]
    await do(accept_answer, other, handoff=handoff)
    assert await codes(answer(other, complaint.id)) == []


async def test_whoever_worked_at_an_earlier_stage_does_not_end_a_later_one_by_the_side_doors(
    agent: Viewer, other: Viewer, clerk: Viewer
) -> None:
    complaint = await at_stage_two(agent, clerk)
    keys = await do(hand_off_complaint, other, complaint=complaint.id, department=Department.LOGISTICS)
    handoff: UUID = keys["handoff"]  # type: ignore[assignment]
    refused = [("EARLIER_HANDLER", "handoff")]
    assert await codes(doing(refuse_handoff, clerk, handoff=handoff, reason="Not ours.")) == refused
    assert await codes(doing(withdraw_handoff, agent, handoff=handoff, reason="No need.")) == refused

    def closing(viewer: Viewer) -> Any:
        return doing(
            close_complaint, viewer, complaint=complaint.id, outcome=Outcome.NOT_A_COMPLAINT, reason="An enquiry."
        )

    assert await codes(closing(agent)) == [("EARLIER_HANDLER", "complaint")]
    await transact(closing(other))


async def test_a_challenge_is_acknowledged_anew_and_the_regime_says_how_long_its_answer_takes(
    agent: Viewer, other: Viewer
) -> None:
    """FCA DISP 1.6.5R: both stages share the eight weeks. Complaint Handling Code 6.14: stage 2 has 20 working days itself."""
    begun = now()
    for code, days in (("FCA_DISP", 56), ("UK_HOUSING", None)):
        await Regime.filter(active=True).update(active=False)
        await Regime.filter(code=code).update(active=True)
        with as_of(begun):
            complaint = await received(agent)
            await do(acknowledge_complaint, agent, complaint=complaint.id)
        with as_of(begun + timedelta(days=7)):
            await transact(answer(agent, complaint.id))
        with as_of(begun + timedelta(days=10)):
            await transact(challenge(agent, complaint.id))
            assert (await Complaint.get(id=complaint.id)).acknowledged_at is None
            hear = await Clock.get(complaint_id=complaint.id, kind="ACKNOWLEDGE_COMPLAINT")
            assert (str(hear.state), hear.started_at) == ("RUNNING", begun + timedelta(days=10))
        with as_of(begun + timedelta(days=11)):
            await do(acknowledge_complaint, other, complaint=complaint.id)
            again = await codes(doing(acknowledge_complaint, other, complaint=complaint.id))
            assert again == [("ALREADY_ACKNOWLEDGED", "complaint")]
        reply = await Clock.get(complaint_id=complaint.id, kind="ANSWER_COMPLAINT")
        if days is None:
            assert reply.started_at == begun + timedelta(days=11)
            assert reply.due_at is not None and reply.due_at > begun + timedelta(days=11 + 27)
        else:
            # Nothing ran while the customer had the answer.
            assert reply.due_at == begun + timedelta(days=days + 3)


async def test_an_approver_of_an_earlier_stage_approves_at_no_later_one(agent: Viewer, other: Viewer) -> None:
    manager = await hire("Mona Manager", [Role.FRONT_OFFICE_MANAGER], [Department.CUSTOMER_SERVICE])
    second = await hire("Sam Second", [Role.FRONT_OFFICE_MANAGER], [Department.CUSTOMER_SERVICE])
    first = await proposed(agent)
    await do(approve_redress, manager, answer=first.id)
    await transact(challenge(agent, first.complaint_id))
    await transact(answer(other, first.complaint_id, refund("60")))
    told = await Notification.filter(kind="APPROVAL_NEEDED", complaint_id=first.complaint_id).order_by("id")
    assert manager.account in {each.account_id for each in told if each.answer_id == first.id}
    later = next(each.answer_id for each in told if each.answer_id != first.id)
    assert manager.account not in {each.account_id for each in told if each.answer_id == later}
    assert await codes(doing(approve_redress, manager, answer=later)) == [("EARLIER_HANDLER", "answer")]
    assert await codes(doing(approve_redress, second, answer=later)) == []


async def test_there_are_three_stages_and_each_begins_after_an_answer(agent: Viewer, other: Viewer) -> None:
    third = await hire("Tina Third", [Role.SERVICE_AGENT], [Department.CUSTOMER_SERVICE])
    complaint = await received(agent)
    assert await codes(challenge(agent, complaint.id)) == [("ILLEGAL_TRANSITION", "complaint")]
    for viewer in (agent, other, third):
        await transact(answer(viewer, complaint.id))
        if viewer is not third:
            await do(close_complaint, agent, complaint=complaint.id)
            await transact(challenge(agent, complaint.id))
    assert await codes(challenge(agent, complaint.id)) == [("LAST_STAGE", "complaint")]
    assert (await Complaint.get(id=complaint.id)).stage == 3
    told = await Notification.filter(kind="COMPLAINT_CHALLENGED").values_list("account_id", flat=True)
    # Who challenges an answer of their own need not be told.
    assert told == [other.account]
    dropped = await received(agent)
    await do(close_complaint, agent, complaint=dropped.id, outcome=Outcome.WITHDRAWN, reason="Found.")
    assert await codes(challenge(agent, dropped.id)) == [("NOT_ANSWERED", "complaint")]


async def test_one_account_works_at_one_stage_only_even_when_both_happen_at_once(agent: Viewer, other: Viewer) -> None:
    complaint = await received(agent)
    await transact(answer(agent, complaint.id))
    outcomes = await at_once(
        problems_of(challenge(agent, complaint.id)),
        problems_of(challenge(other, complaint.id)),
        problems_of(doing(reopen_complaint, other, complaint=complaint.id, reason="It broke again.")),
    )
    assert sorted(len(problems) for problems in outcomes) == [0, 1, 1]
    assert await StageWorker.filter(complaint_id=complaint.id).count() == 1


async def test_a_reopened_complaint_goes_on_at_its_stage_with_the_same_people(agent: Viewer, other: Viewer) -> None:
    complaint = await received(agent)
    await transact(answer(agent, complaint.id))
    await do(reopen_complaint, other, complaint=complaint.id, reason="It broke again.")
    complaint = await Complaint.get(id=complaint.id)
    assert (complaint.status, complaint.stage, complaint.outcome) == (S.RECEIVED, 1, None)
    assert await Notification.filter(account_id=agent.account, kind="COMPLAINT_REOPENED").count() == 1
    await transact(answer(agent, complaint.id))
    assert await happened(complaint.id) == [
        "COMPLAINT_RECEIVED",
        "COMPLAINT_ANSWERED",
        "COMPLAINT_REOPENED",
        "COMPLAINT_ANSWERED",
    ]
    assert [
        problem.path[-1]
        for problem in await problems_of(
            doing(reopen_complaint, agent, complaint=complaint.id, reason=" ", expected_version=1)
        )
    ] == [
        "reason",
        "expectedVersion",
    ]


REOPEN = """mutation ($input: ReopenComplaintInput!) { reopenComplaint(input: $input) {
  complaint { number status description links { nodes { kind other { number } } } } followUpOf { number status }
  errors { code } } }"""


async def test_what_comes_back_too_late_becomes_a_new_complaint_that_follows_the_old_one_up(
    office: Office, agent: Viewer
) -> None:
    old = await received(agent)
    await transact(answer(agent, old.id))
    await Complaint.filter(id=old.id).update(answered_at=now() - timedelta(days=31))
    given = {"input": {"complaint": f"cmp_{old.id}", "reason": "It broke again.", "idempotencyKey": "k"}}
    payload = await office.find(agent, REOPEN, given)
    assert payload == await office.find(agent, REOPEN, given)
    assert payload["followUpOf"] == {"number": old.number, "status": "ANSWERED"}
    new = payload["complaint"]
    assert (new["status"], new["description"]) == ("RECEIVED", "It broke again.")
    assert new["links"]["nodes"] == [{"kind": "FOLLOW_UP_OF", "other": {"number": old.number}}]
    assert await ComplaintLink.filter(complaint_id=old.id, kind=LinkKind.HAS_FOLLOW_UP).count() == 1
    assert await Reopening.all().count() == 0


async def test_a_second_click_makes_no_second_follow_up_and_a_later_one_does(agent: Viewer) -> None:
    old = await received(agent)
    await transact(answer(agent, old.id))
    await Complaint.filter(id=old.id).update(answered_at=now() - timedelta(days=31))
    found = await at_once(
        *(problems_of(doing(reopen_complaint, agent, complaint=old.id, reason="It broke again.")) for _ in range(2))
    )
    assert sorted(problem.code for problems in found for problem in problems) == ["ALREADY_FOLLOWED_UP"]
    [first] = await ComplaintLink.filter(complaint_id=old.id)
    await transact(answer(agent, first.other_id))
    assert await codes(doing(reopen_complaint, agent, complaint=old.id, reason="It broke again.")) == []
