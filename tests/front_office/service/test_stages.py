"""Stages: a challenged complaint is looked at by other people, three times at most."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from models.back_office.handoffs import Handoff
from models.both_offices.clocks.policies import Regime
from models.both_offices.clocks.running import Clock
from models.both_offices.notifications import Notification
from models.front_office.customers import Channel
from models.front_office.service.answers import Redress, Reopening, StageWorker
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
from resolvers.front_office.service.complaints.answering import answer_complaint, approve_redress
from resolvers.front_office.service.complaints.closing import challenge_complaint, close_complaint, reopen_complaint
from resolvers.front_office.service.complaints.working import hand_off_complaint
from resolvers.front_office.service.correspondence import acknowledge_complaint, ask_customer, customer_replied
from resolvers.kit.commands import Viewer
from resolvers.kit.transaction import transact
from tests.front_office.service.complaining import a_manager, accepted, an_agent, codes, proposed
from tests.office import Office, at_once, do, doing, handed_off, happened, hire, problems_of, received

S = ComplaintStatus


def answer(viewer: Viewer, key: UUID, **granted: Any) -> Any:
    return doing(answer_complaint, viewer, complaint=key, outcome=Outcome.NOT_UPHELD, answer="It was late.", **granted)


def challenge(viewer: Viewer, key: UUID) -> Any:
    return doing(challenge_complaint, viewer, complaint=key, reason="That is no answer.")


def reopen(viewer: Viewer, complaint: Complaint) -> Any:
    return doing(reopen_complaint, viewer, complaint, reason="It broke again.")


async def answered_long_ago(agent: Viewer) -> Complaint:
    """A complaint that it is too late to reopen."""
    complaint = await received(agent)
    await transact(answer(agent, complaint.id))
    await Complaint.filter(id=complaint.id).update(answered_at=now() - timedelta(days=31))
    return complaint


async def at_stage_two(agent: Viewer, clerk: Viewer) -> Complaint:
    """A complaint that the agent and the clerk worked on at its first stage."""
    handoff = await handed_off(agent)
    await accepted(agent, clerk, handoff)
    await transact(answer(agent, handoff.complaint_id))
    await transact(challenge(agent, handoff.complaint_id))
    return await Complaint.get(id=handoff.complaint_id)


async def handed_to_logistics(viewer: Viewer, complaint: Complaint) -> Handoff:
    keys = await do(hand_off_complaint, viewer, complaint, department=Department.LOGISTICS)
    return await Handoff.get(id=keys["handoff"])


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
    assert await codes(doing(hand_off_complaint, agent, complaint, department=Department.LEGAL)) == refused
    handoff = await handed_to_logistics(other, complaint)
    assert handoff.stage == 2
    assert await codes(doing(claim_handoff, clerk, handoff)) == [("EARLIER_HANDLER", "handoff")]
    await do(claim_handoff, second_clerk, handoff)
    await do(answer_handoff, second_clerk, handoff, answer="Snow.")
    for judging in (doing(accept_answer, agent, handoff), doing(reject_answer, agent, handoff, reason="No.")):
        assert await codes(judging) == [("EARLIER_HANDLER", "handoff")]
    await do(accept_answer, other, handoff)
    assert await codes(answer(other, complaint.id)) == []


async def test_whoever_worked_at_an_earlier_stage_does_not_end_a_later_one_by_the_side_doors(
    agent: Viewer, other: Viewer, clerk: Viewer
) -> None:
    complaint = await at_stage_two(agent, clerk)
    handoff = await handed_to_logistics(other, complaint)
    refused = [("EARLIER_HANDLER", "handoff")]
    assert await codes(doing(refuse_handoff, clerk, handoff, reason="Not ours.")) == refused
    assert await codes(doing(withdraw_handoff, agent, handoff, reason="No need.")) == refused
    closing = {"complaint": complaint, "outcome": Outcome.NOT_A_COMPLAINT, "reason": "An enquiry."}
    assert await codes(doing(close_complaint, agent, **closing)) == [("EARLIER_HANDLER", "complaint")]
    await do(close_complaint, other, **closing)


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
            await do(acknowledge_complaint, agent, complaint)
        with as_of(begun + timedelta(days=7)):
            await transact(answer(agent, complaint.id))
        with as_of(begun + timedelta(days=10)):
            await transact(challenge(agent, complaint.id))
            assert (await Complaint.get(id=complaint.id)).acknowledged_at is None
            hear = await Clock.get(complaint_id=complaint.id, kind="ACKNOWLEDGE_COMPLAINT")
            assert (str(hear.state), hear.started_at) == ("RUNNING", begun + timedelta(days=10))
        with as_of(begun + timedelta(days=11)):
            await do(acknowledge_complaint, other, complaint)
            again = await codes(doing(acknowledge_complaint, other, complaint))
            assert again == [("ALREADY_ACKNOWLEDGED", "complaint")]
        reply = await Clock.get(complaint_id=complaint.id, kind="ANSWER_COMPLAINT")
        if days is None:
            assert reply.started_at == begun + timedelta(days=11)
            assert reply.due_at is not None and reply.due_at > begun + timedelta(days=11 + 27)
        else:
            # Nothing ran while the customer had the answer.
            assert reply.due_at == begun + timedelta(days=days + 3)


async def test_an_approver_of_an_earlier_stage_approves_at_no_later_one(
    agent: Viewer, other: Viewer, manager: Viewer
) -> None:
    second, first = await a_manager("Sam Second"), await proposed(agent)
    await do(approve_redress, manager, first)
    await transact(challenge(agent, first.complaint_id))
    await transact(answer(other, first.complaint_id, redress=Redress.REFUND, amount=Decimal(60), currency="EUR"))
    told = await Notification.filter(kind="APPROVAL_NEEDED", complaint_id=first.complaint_id).order_by("id")
    assert manager.account in {each.account_id for each in told if each.answer_id == first.id}
    later = next(each.answer_id for each in told if each.answer_id != first.id)
    assert manager.account not in {each.account_id for each in told if each.answer_id == later}
    assert await codes(doing(approve_redress, manager, answer=later)) == [("EARLIER_HANDLER", "answer")]
    assert await codes(doing(approve_redress, second, answer=later)) == []


async def test_there_are_three_stages_and_each_begins_after_an_answer(agent: Viewer, other: Viewer) -> None:
    third, complaint = await an_agent("Tina Third"), await received(agent)
    assert await codes(challenge(agent, complaint.id)) == [("ILLEGAL_TRANSITION", "complaint")]
    for viewer in (agent, other, third):
        await transact(answer(viewer, complaint.id))
        if viewer is not third:
            await do(close_complaint, agent, complaint)
            await transact(challenge(agent, complaint.id))
    assert await codes(challenge(agent, complaint.id)) == [("LAST_STAGE", "complaint")]
    assert (await Complaint.get(id=complaint.id)).stage == 3
    told = await Notification.filter(kind="COMPLAINT_CHALLENGED").values_list("account_id", flat=True)
    # Who challenges an answer of their own need not be told.
    assert told == [other.account]
    unanswered, dropped = ("NOT_ANSWERED", "complaint"), await received(agent)
    await do(close_complaint, agent, dropped, outcome=Outcome.WITHDRAWN, reason="Found.")
    assert await codes(challenge(agent, dropped.id)) == [unanswered]
    await transact(reopen(third, complaint))
    await do(close_complaint, third, complaint, outcome=Outcome.WITHDRAWN, reason="Found.")
    assert await codes(challenge(agent, complaint.id)) == [unanswered, ("LAST_STAGE", "complaint")]


async def test_one_account_works_at_one_stage_only_even_when_both_happen_at_once(agent: Viewer, other: Viewer) -> None:
    complaint = await received(agent)
    await transact(answer(agent, complaint.id))
    outcomes = await at_once(
        problems_of(challenge(agent, complaint.id)),
        problems_of(challenge(other, complaint.id)),
        problems_of(reopen(other, complaint)),
    )
    assert sorted(len(problems) for problems in outcomes) == [0, 1, 1]
    assert await StageWorker.filter(complaint_id=complaint.id).count() == 1


async def test_a_reopened_complaint_goes_on_at_its_stage_with_the_same_people(agent: Viewer, other: Viewer) -> None:
    complaint = await received(agent)
    await transact(answer(agent, complaint.id))
    await transact(reopen(other, complaint))
    complaint = await Complaint.get(id=complaint.id)
    assert (complaint.status, complaint.stage, complaint.outcome) == (S.RECEIVED, 1, None)
    assert await Notification.filter(account_id=agent.account, kind="COMPLAINT_REOPENED").count() == 1
    await transact(answer(agent, complaint.id))
    twice = ["COMPLAINT_ANSWERED", "COMPLAINT_REOPENED", "COMPLAINT_ANSWERED"]
    assert await happened(complaint.id) == ["COMPLAINT_RECEIVED", *twice]
    wrong = await codes(doing(reopen_complaint, agent, complaint, reason=" ", expected_version=1))
    assert [member for _, member in wrong] == ["reason", "expectedVersion"]


async def test_a_complaint_that_comes_back_is_with_those_whose_answer_was_accepted_at_its_stage(
    agent: Viewer, other: Viewer, clerk: Viewer
) -> None:
    handoff = await handed_off(agent)
    key = handoff.complaint_id
    await accepted(agent, clerk, handoff)
    await transact(answer(agent, key))
    await do(reopen_complaint, agent, complaint=key, reason="Something was left open.")
    assert (await Complaint.get(id=key)).status is S.HANDED_OFF
    # The same after the customer was asked something in between.
    await do(ask_customer, agent, complaint=key, question="What?")
    await do(customer_replied, agent, complaint=key, channel=Channel.PHONE, text="This.")
    assert (await Complaint.get(id=key)).status is S.HANDED_OFF
    await transact(answer(agent, key))
    # The next stage is for others.
    await transact(challenge(other, key))
    assert (await Complaint.get(id=key)).status is S.RECEIVED


REOPENED = """complaint { number status description links { nodes { kind other { number } } } }
  followUpOf { number status } errors { code }"""


async def test_what_comes_back_too_late_becomes_a_new_complaint_that_follows_the_old_one_up(
    office: Office, agent: Viewer
) -> None:
    old = await answered_long_ago(agent)
    given = {"complaint": f"cmp_{old.id}", "reason": "It broke again.", "idempotencyKey": "k"}
    payload = await office.send(agent, "reopenComplaint", REOPENED, **given)
    assert payload == await office.send(agent, "reopenComplaint", REOPENED, **given)
    assert payload["followUpOf"] == {"number": old.number, "status": "ANSWERED"}
    new = payload["complaint"]
    assert (new["status"], new["description"]) == ("RECEIVED", "It broke again.")
    assert new["links"]["nodes"] == [{"kind": "FOLLOW_UP_OF", "other": {"number": old.number}}]
    assert await ComplaintLink.filter(complaint_id=old.id, kind=LinkKind.HAS_FOLLOW_UP).count() == 1
    assert await Reopening.all().count() == 0


async def test_a_second_click_makes_no_second_follow_up_and_a_later_one_does(agent: Viewer) -> None:
    old = await answered_long_ago(agent)
    found = await at_once(problems_of(reopen(agent, old)), problems_of(reopen(agent, old)))
    assert sorted(problem.code for problems in found for problem in problems) == ["ALREADY_FOLLOWED_UP"]
    [first] = await ComplaintLink.filter(complaint_id=old.id)
    await transact(answer(agent, first.other_id))
    assert await codes(reopen(agent, old)) == []
