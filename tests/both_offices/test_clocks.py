"""Clocks at work: what the verbs make of them."""

import random
from datetime import timedelta
from typing import Any

from models.back_office.handoffs import Handoff
from models.both_offices.clocks.policies import ClockPolicy, Regime
from models.both_offices.clocks.running import ClockReason
from models.front_office.service.complaints import Complaint, ComplaintStatus, Outcome
from models.kit.base import as_of, new_id, now
from models.kit.severity import Severity
from models.permissions import Department
from resolvers.back_office.handoffs.verbs import (
    accept_answer,
    answer_handoff,
    claim_handoff,
    refuse_handoff,
    reject_answer,
    release_handoff,
    withdraw_handoff,
)
from resolvers.both_offices import clocks
from resolvers.both_offices.clocks.policies import active_regime
from resolvers.both_offices.clocks.watching import ClockJob
from resolvers.front_office.service.complaints.closing import close_complaint
from resolvers.front_office.service.complaints.receiving import change_severity
from resolvers.kit.commands import Viewer
from resolvers.kit.transaction import transact
from tests.both_offices.ticking import (
    ANSWER,
    CLAIM,
    HEAR,
    MONDAY,
    REPLY,
    at,
    clock_of,
    minutes,
    moments_of,
    segments,
    sound,
)
from tests.office import Office, alfreds, do, doing, handed_off, history, problems_of, received


async def test_a_complaint_and_its_handoff_start_four_clocks(agent: Viewer) -> None:
    with as_of(MONDAY):
        handoff = await handed_off(agent, severity=Severity.HIGH)
    complaint = await Complaint.get(id=handoff.complaint_id)
    due = {kind: (await clock_of(complaint, kind)).due_at for kind in (HEAR, REPLY)}
    assert due == {HEAR: MONDAY + timedelta(days=1), REPLY: MONDAY + timedelta(days=3)}
    claim, answer = await clock_of(handoff, CLAIM), await clock_of(handoff, ANSWER)
    assert (claim.due_at, answer.due_at) == (MONDAY + timedelta(hours=4), MONDAY + timedelta(days=1))
    assert answer.warn_at == answer.next_moment_at == MONDAY + timedelta(hours=18)
    assert handoff.due_at == answer.due_at
    await sound()


async def test_claiming_releasing_answering_and_rejecting_run_the_departments_clocks(office: Office) -> None:
    agent, clerk = await office.somebody("service"), await office.somebody("logistics")
    with as_of(MONDAY):
        handoff = await handed_off(agent, severity=Severity.HIGH)
    key = handoff.id
    await at(MONDAY + minutes(10), doing(claim_handoff, clerk, handoff=key))
    await at(MONDAY + minutes(20), doing(release_handoff, clerk, handoff=key))
    await at(MONDAY + minutes(50), doing(claim_handoff, clerk, handoff=key))
    await at(MONDAY + minutes(60), doing(answer_handoff, clerk, handoff=key, answer="The wrong dock."))
    answered = await clock_of(handoff, ANSWER)
    assert (answered.stopped_at, answered.remaining_ms) == (MONDAY + minutes(60), 23 * 3_600_000)
    await at(MONDAY + minutes(300), doing(reject_answer, agent, handoff=key, reason="Which dock?"))
    going_on = await clock_of(handoff, ANSWER)
    assert going_on.due_at == MONDAY + timedelta(days=1) + minutes(240)
    assert (await Handoff.get(id=key)).due_at == going_on.due_at
    await at(MONDAY + minutes(310), doing(answer_handoff, clerk, handoff=key, answer="Dock 4."))
    await at(MONDAY + minutes(320), doing(accept_answer, agent, handoff=key))
    assert await segments(await clock_of(handoff, CLAIM)) == [
        ("RUNNING", "STARTED", True),
        ("STOPPED", "CLAIMED", False),
        ("RUNNING", "RELEASED", True),
        ("STOPPED", "CLAIMED", False),
    ]
    assert await segments(going_on) == [
        ("RUNNING", "STARTED", True),
        ("STOPPED", "ANSWERED", False),
        ("RUNNING", "ANSWER_REJECTED", False),
        ("STOPPED", "ANSWERED", False),
    ]
    await sound()


async def test_what_ends_stops_its_clocks(agent: Viewer, clerk: Viewer) -> None:
    refused, withdrawn, closed = await handed_off(agent), await handed_off(agent), await handed_off(agent)
    await do(refuse_handoff, clerk, handoff=refused.id, reason="Not ours.")
    await do(withdraw_handoff, agent, handoff=withdrawn.id, reason="Solved.")
    given = {"complaint": closed.complaint_id, "outcome": Outcome.WITHDRAWN, "reason": "They took it back."}
    await do(close_complaint, agent, **given)
    for handoff, reason in ((refused, "REFUSED"), (withdrawn, "WITHDRAWN"), (closed, "WITHDRAWN")):
        for kind in (CLAIM, ANSWER):
            assert (await segments(await clock_of(handoff, kind)))[-1] == ("STOPPED", reason, False)
    complaint = await Complaint.get(id=closed.complaint_id)
    for kind in (HEAR, REPLY):
        assert (await segments(await clock_of(complaint, kind)))[-1] == ("STOPPED", "CLOSED", False)
    await sound()


async def test_a_pause_keeps_what_the_queue_says_and_resuming_moves_it(agent: Viewer) -> None:
    with as_of(MONDAY):
        handoff = await handed_off(agent, severity=Severity.HIGH)
    asked, told = ClockReason.INFORMATION_REQUESTED, ClockReason.INFORMATION_PROVIDED
    await at(MONDAY + minutes(30), lambda: clocks.pause(ANSWER, handoff, asked))
    await at(MONDAY + minutes(40), lambda: clocks.pause(ANSWER, handoff, asked))
    paused = await clock_of(handoff, ANSWER)
    assert (paused.due_at, paused.next_moment_at, paused.remaining_ms) == (None, None, (1440 - 30) * 60_000)
    assert (await Handoff.get(id=handoff.id)).due_at == MONDAY + timedelta(days=1)
    await at(MONDAY + minutes(130), lambda: clocks.resume(ANSWER, handoff, told))
    await at(MONDAY + minutes(140), lambda: clocks.resume(ANSWER, handoff, told))
    assert (await Handoff.get(id=handoff.id)).due_at == MONDAY + timedelta(days=1) + minutes(100)
    assert len(await segments(paused)) == 3
    await at(MONDAY + minutes(150), lambda: clocks.stop(ANSWER, handoff, ClockReason.ANSWERED))
    await at(MONDAY + minutes(160), lambda: clocks.pause(ANSWER, handoff, asked))
    assert (await clock_of(handoff, ANSWER)).state == "STOPPED"
    await sound()


async def test_a_change_of_severity_counts_what_has_passed_and_tells_the_department(agent: Viewer) -> None:
    with as_of(MONDAY):
        handoff = await handed_off(agent, severity=Severity.LOW)
    key = handoff.complaint_id
    await at(MONDAY + timedelta(hours=2), doing(change_severity, agent, complaint=key, severity=Severity.CRITICAL))
    answer = await clock_of(handoff, ANSWER)
    assert answer.due_at == (await Handoff.get(id=handoff.id)).due_at == MONDAY + timedelta(hours=4)
    assert (await clock_of(await Complaint.get(id=key), REPLY)).due_at == MONDAY + timedelta(days=2)
    told = [entry for entry in await history(key) if entry[0] == "SEVERITY_CHANGED"]
    assert told == [("SEVERITY_CHANGED", agent.account, None), ("SEVERITY_CHANGED", agent.account, "LOGISTICS")]
    await sound()


async def test_the_severity_of_what_is_done_stays_and_the_same_one_is_no_change(agent: Viewer) -> None:
    complaint = await received(agent, severity=Severity.LOW)
    [same] = await problems_of(doing(change_severity, agent, complaint=complaint.id, severity=Severity.LOW))
    assert (same.code, same.path) == ("INVALID", ("input", "severity"))
    await do(close_complaint, agent, complaint=complaint.id, outcome=Outcome.DUPLICATE, reason="Twice.")
    found = await problems_of(
        doing(change_severity, agent, complaint=complaint.id, severity=Severity.LOW, expected_version=1)
    )
    assert [problem.code for problem in found] == ["STALE_VERSION", "NOT_OPEN", "INVALID"]


async def test_a_transfer_begins_the_claim_anew_and_goes_on_with_the_answer(agent: Viewer) -> None:
    with as_of(MONDAY):
        handoff = await handed_off(agent, severity=Severity.HIGH)
    regime = await active_regime()
    await ClockPolicy.create(
        regime=regime,
        kind=ANSWER,
        department=Department.FINANCE,
        budget_minutes=600,
        counting="PLAIN",
        at_reopening="RESTART",
        counts_from="START",
    )
    handoff.department = Department.FINANCE

    async def transfer() -> None:
        await handoff.save()
        await clocks.restart(CLAIM, handoff, ClockReason.TRANSFERRED)
        await clocks.follow(handoff, ClockReason.TRANSFERRED)

    await at(MONDAY + minutes(60), transfer)
    assert (await clock_of(handoff, CLAIM)).due_at == MONDAY + minutes(60) + timedelta(hours=4)
    answer = await clock_of(handoff, ANSWER)
    assert (answer.due_at, answer.department) == (MONDAY + minutes(600), "FINANCE")
    assert await segments(answer) == [("RUNNING", "STARTED", True), ("RUNNING", "TRANSFERRED", False)]
    await sound()


async def test_reopening_does_as_the_policy_says(agent: Viewer) -> None:
    for code, due in (
        ("DEFAULT", MONDAY + timedelta(days=1) + timedelta(days=3)),
        ("FCA_DISP", MONDAY + timedelta(days=1) + timedelta(days=56) - minutes(60)),
    ):
        await transact(lambda code=code: _adopt(code))
        with as_of(MONDAY):
            complaint = await received(agent, severity=Severity.HIGH)
        await at(MONDAY + minutes(60), lambda c=complaint: clocks.stop(REPLY, c, ClockReason.ANSWERED))
        await at(MONDAY + timedelta(days=1), lambda c=complaint: clocks.reopen(REPLY, c, ClockReason.REOPENED))
        assert (await clock_of(complaint, REPLY)).due_at == due
    await sound()


async def _adopt(code: str) -> None:
    await Regime.filter(active=True).update(active=False)
    await Regime.filter(code=code).update(active=True)


async def test_under_the_housing_code_the_answer_is_counted_from_the_acknowledgement(agent: Viewer) -> None:
    await transact(lambda: _adopt("UK_HOUSING"))
    with as_of(MONDAY):
        complaint = await received(agent)
    assert (await clock_of(complaint, HEAR)).due_at == MONDAY + timedelta(days=7)
    await at(MONDAY + timedelta(days=2), lambda: clocks.stop(HEAR, complaint, ClockReason.ACKNOWLEDGED))
    answer = await clock_of(complaint, REPLY)
    assert (answer.started_at, answer.due_at) == (MONDAY + timedelta(days=2), MONDAY + timedelta(days=16))
    assert await segments(answer) == [("RUNNING", "STARTED", True), ("RUNNING", "ACKNOWLEDGED", True)]
    await sound()


async def test_any_life_leaves_every_clock_what_its_segments_say(agent: Viewer) -> None:
    dice = random.Random(7)
    moment = MONDAY
    with as_of(moment):
        handoff = await handed_off(agent)
    complaint = await Complaint.get(id=handoff.complaint_id)
    reasons = list(ClockReason)
    for _ in range(40):
        moment += timedelta(milliseconds=dice.randrange(0, 9 * 3_600_000))
        subject: Complaint | Handoff = dice.choice((complaint, handoff))
        kind = dice.choice((CLAIM, ANSWER) if isinstance(subject, Handoff) else (HEAR, REPLY))
        reason = dice.choice(reasons)
        match dice.randrange(8):
            case 0 | 1:
                await at(moment, lambda k=kind, s=subject, r=reason: clocks.pause(k, s, r))
            case 2 | 3:
                await at(moment, lambda k=kind, s=subject, r=reason: clocks.resume(k, s, r))
            case 4:
                await at(moment, lambda k=kind, s=subject, r=reason: clocks.stop(k, s, r))
            case 5:
                await at(moment, lambda k=kind, s=subject, r=reason: clocks.reopen(k, s, r))
            case 6:
                await at(moment, lambda k=kind, s=subject, r=reason: clocks.restart(k, s, r))
            case _:
                complaint.severity = dice.choice(list(Severity))
                await complaint.save()
                await at(moment, lambda: clocks.follow(complaint, ClockReason.SEVERITY_CHANGED))
                await handoff.refresh_from_db()
    await sound()


async def test_a_clock_never_goes_back_in_time(agent: Viewer) -> None:
    with as_of(MONDAY):
        handoff = await handed_off(agent)
    await at(MONDAY - minutes(5), lambda: clocks.stop(CLAIM, handoff, ClockReason.CLAIMED))
    assert (await clock_of(handoff, CLAIM)).stopped_at == MONDAY


async def test_what_was_open_before_clocks_gets_them_when_touched_and_no_late_alarm(office: Office) -> None:
    agent, clerk = await office.somebody("service"), await office.somebody("logistics")
    complaint, handoff = await _without_clocks(agent.account)
    await do(claim_handoff, clerk, handoff=handoff.id)
    assert await segments(await clock_of(handoff, CLAIM)) == [
        ("RUNNING", "TAKEN_OVER", True),
        ("STOPPED", "TAKEN_OVER", False),
    ]
    await ClockJob(office.database)(now())
    for kind in (HEAR, REPLY):
        clock = await clock_of(complaint, kind)
        assert clock.breached_at is not None and clock.due_at is not None and clock.due_at < now()
    assert await moments_of() == []
    await sound()


async def _without_clocks(account: Any) -> tuple[Complaint, Handoff]:
    then = now() - timedelta(days=90)
    customer = await alfreds()
    complaint = await Complaint.create(
        id=new_id(), number="CMP-OLD", customer_id=customer.id, channel="PHONE", category="DELIVERY", severity="HIGH",
        subject="Late", description="Late.", status=ComplaintStatus.HANDED_OFF, received_at=then, received_by_id=account,
    )  # fmt: skip
    handoff = await Handoff.create(
        id=new_id(), number="HND-OLD", complaint_id=complaint.id, department="LOGISTICS", status="QUEUED", brief="Late.",
        handed_off_at=then, handed_off_by_id=account, due_at=then + timedelta(days=1),
    )  # fmt: skip
    return complaint, handoff
