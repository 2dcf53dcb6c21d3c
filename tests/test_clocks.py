"""Clocks at work: what the verbs make of them, what clients read of them, and what the keeper notices."""

import asyncio
import logging
import random
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tortoise.transactions import in_transaction

from models.back_office.handoffs import Handoff
from models.base import as_of, new_id, now
from models.clock_policies import ClockKind, ClockPolicy, Regime
from models.clocks import Clock, ClockReason, ClockSegment
from models.database import Database
from models.events import Event, EventKind
from models.front_office.complaints import Complaint, ComplaintStatus, Outcome, Severity
from models.permissions import Department, Role
from resolvers import clocks
from resolvers.back_office.handoffs import (
    accept_answer,
    answer_handoff,
    claim_handoff,
    refuse_handoff,
    reject_answer,
    release_handoff,
    withdraw_handoff,
)
from resolvers.clocks import ClockChore, check_clock, moments
from resolvers.clocks.watching import OUTDATED
from resolvers.front_office.complaints import change_severity, close_complaint
from resolvers.keeper import Keeper
from resolvers.transaction import transact
from tests.office import Office, alfreds, handed_off, hire, history, problems_of, received

ROOT = Path(__file__).parent.parent
CLAIM, ANSWER = ClockKind.CLAIM_HANDOFF, ClockKind.ANSWER_HANDOFF
HEAR, REPLY = ClockKind.ACKNOWLEDGE_COMPLAINT, ClockKind.ANSWER_COMPLAINT
MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


async def segments(clock: Clock) -> list[tuple[str, str, bool]]:
    """What a clock did and why, and whether it began anew."""
    rows = await ClockSegment.filter(clock_id=clock.id).order_by("number")
    return [(str(row.state), str(row.reason), row.restarts) for row in rows]


async def clock_of(subject: Complaint | Handoff, kind: ClockKind) -> Clock:
    owner: Any = {"handoff_id": subject.id} if isinstance(subject, Handoff) else {"complaint_id": subject.id}
    return await Clock.get(kind=kind, **owner).prefetch_related("policy")


async def sound() -> None:
    """Every clock is what its segments say."""
    for clock in await Clock.all():
        assert await check_clock(clock.id) == []


async def at(moment: datetime, work: Callable[[], Awaitable[Any]]) -> Any:
    """Does something in a transaction at another moment than now."""
    with as_of(moment):
        return await transact(work)


async def moments_of(**of: Any) -> list[str]:
    """The warnings and breaches that were recorded."""
    kinds = [EventKind.CLOCK_WARNED, EventKind.CLOCK_BREACHED]
    return [
        str(kind) for kind in await Event.filter(kind__in=kinds, **of).order_by("id").values_list("kind", flat=True)
    ]


# --- What the verbs make of them --------------------------------------------------------------------------------------


async def test_a_complaint_and_its_handoff_start_four_clocks(office: Office) -> None:
    agent = await office.somebody("service")
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
    await at(MONDAY + minutes(10), lambda: claim_handoff(clerk, key, None))
    await at(MONDAY + minutes(20), lambda: release_handoff(clerk, key, None))
    await at(MONDAY + minutes(50), lambda: claim_handoff(clerk, key, None))
    await at(MONDAY + minutes(60), lambda: answer_handoff(clerk, key, "The wrong dock.", None))
    answered = await clock_of(handoff, ANSWER)
    assert (answered.stopped_at, answered.remaining_ms) == (MONDAY + minutes(60), 23 * 3_600_000)
    await at(MONDAY + minutes(300), lambda: reject_answer(agent, key, "Which dock?", None))
    going_on = await clock_of(handoff, ANSWER)
    assert going_on.due_at == MONDAY + timedelta(days=1) + minutes(240)
    assert (await Handoff.get(id=key)).due_at == going_on.due_at
    await at(MONDAY + minutes(310), lambda: answer_handoff(clerk, key, "Dock 4.", None))
    await at(MONDAY + minutes(320), lambda: accept_answer(agent, key, None))
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


async def test_what_ends_stops_its_clocks(office: Office) -> None:
    agent, clerk = await office.somebody("service"), await office.somebody("logistics")
    refused, withdrawn, closed = await handed_off(agent), await handed_off(agent), await handed_off(agent)
    await transact(lambda: refuse_handoff(clerk, refused.id, "Not ours.", None))
    await transact(lambda: withdraw_handoff(agent, withdrawn.id, "Solved.", None))
    await transact(lambda: _closed(agent, closed))
    for handoff, reason in ((refused, "REFUSED"), (withdrawn, "WITHDRAWN"), (closed, "WITHDRAWN")):
        for kind in (CLAIM, ANSWER):
            assert (await segments(await clock_of(handoff, kind)))[-1] == ("STOPPED", reason, False)
    complaint = await Complaint.get(id=closed.complaint_id)
    for kind in (HEAR, REPLY):
        assert (await segments(await clock_of(complaint, kind)))[-1] == ("STOPPED", "CLOSED", False)
    await sound()


async def _closed(agent: Any, handoff: Handoff) -> Any:
    return await close_complaint(agent, handoff.complaint_id, Outcome.WITHDRAWN, "They took it back.", None)


async def test_a_pause_keeps_what_the_queue_says_and_resuming_moves_it(office: Office) -> None:
    agent = await office.somebody("service")
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


async def test_a_change_of_severity_counts_what_has_passed_and_tells_the_department(office: Office) -> None:
    agent = await office.somebody("service")
    with as_of(MONDAY):
        handoff = await handed_off(agent, severity=Severity.LOW)
    key = handoff.complaint_id
    await at(MONDAY + timedelta(hours=2), lambda: change_severity(agent, key, Severity.CRITICAL, None))
    answer = await clock_of(handoff, ANSWER)
    assert answer.due_at == (await Handoff.get(id=handoff.id)).due_at == MONDAY + timedelta(hours=4)
    assert (await clock_of(await Complaint.get(id=key), REPLY)).due_at == MONDAY + timedelta(days=2)
    told = [entry for entry in await history(complaint_id=key) if entry[0] == "SEVERITY_CHANGED"]
    assert told == [("SEVERITY_CHANGED", agent.account, None), ("SEVERITY_CHANGED", agent.account, "LOGISTICS")]
    await sound()


async def test_the_severity_of_what_is_done_stays_and_the_same_one_is_no_change(office: Office) -> None:
    agent = await office.somebody("service")
    complaint = await received(agent, severity=Severity.LOW)
    [same] = await problems_of(lambda: change_severity(agent, complaint.id, Severity.LOW, None))
    assert (same.code, same.path) == ("INVALID", ("input", "severity"))
    await transact(lambda: close_complaint(agent, complaint.id, Outcome.DUPLICATE, "Twice.", None))
    found = await problems_of(lambda: change_severity(agent, complaint.id, Severity.LOW, 1))
    assert [problem.code for problem in found] == ["STALE_VERSION", "NOT_OPEN", "INVALID"]


async def test_a_transfer_begins_the_claim_anew_and_goes_on_with_the_answer(office: Office) -> None:
    agent = await office.somebody("service")
    with as_of(MONDAY):
        handoff = await handed_off(agent, severity=Severity.HIGH)
    regime = await clocks.active_regime()
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


async def test_reopening_does_as_the_policy_says(office: Office) -> None:
    agent = await office.somebody("service")
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


async def test_under_the_housing_code_the_answer_is_counted_from_the_acknowledgement(office: Office) -> None:
    agent = await office.somebody("service")
    await transact(lambda: _adopt("UK_HOUSING"))
    with as_of(MONDAY):
        complaint = await received(agent)
    assert (await clock_of(complaint, HEAR)).due_at == MONDAY + timedelta(days=7)
    await at(MONDAY + timedelta(days=2), lambda: clocks.stop(HEAR, complaint, ClockReason.ACKNOWLEDGED))
    answer = await clock_of(complaint, REPLY)
    assert (answer.started_at, answer.due_at) == (MONDAY + timedelta(days=2), MONDAY + timedelta(days=16))
    assert await segments(answer) == [("RUNNING", "STARTED", True), ("RUNNING", "ACKNOWLEDGED", True)]
    await sound()


async def test_any_life_leaves_every_clock_what_its_segments_say(office: Office) -> None:
    agent = await office.somebody("service")
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


async def test_a_clock_never_goes_back_in_time(office: Office) -> None:
    agent = await office.somebody("service")
    with as_of(MONDAY):
        handoff = await handed_off(agent)
    await at(MONDAY - minutes(5), lambda: clocks.stop(CLAIM, handoff, ClockReason.CLAIMED))
    assert (await clock_of(handoff, CLAIM)).stopped_at == MONDAY


async def test_what_was_open_before_clocks_gets_them_when_touched_and_no_late_alarm(office: Office) -> None:
    agent, clerk = await office.somebody("service"), await office.somebody("logistics")
    complaint, handoff = await _without_clocks(agent.account)
    await transact(lambda: claim_handoff(clerk, handoff.id, None))
    assert await segments(await clock_of(handoff, CLAIM)) == [
        ("RUNNING", "TAKEN_OVER", True),
        ("STOPPED", "TAKEN_OVER", False),
    ]
    await ClockChore(office.database)(now())
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


# --- What clients read of them ----------------------------------------------------------------------------------------

CLOCKS = """query($id: ID!) { node(id: $id) { ... on Complaint {
  clocks { kind state startedAt stoppedAt nearBreachAt dueAt remaining breached policy { budgetMinutes regime { code } } }
  handoffs { nodes { dueAt clocks { kind state dueAt remaining breached segments { number state reason restarts } } } }
} } }"""


async def read_at(office: Office, viewer: Any, moment: datetime, complaint: Complaint) -> dict[str, Any]:
    before = office.database.statements_read
    with as_of(moment):
        answer = await office.ask(viewer, CLOCKS, {"id": f"cmp_{complaint.id}"})
    assert "errors" not in answer, answer
    assert office.database.statements_read == before + 1
    return answer["data"]["node"]


async def test_what_is_left_is_right_at_any_moment_in_one_statement(office: Office) -> None:
    agent = await office.somebody("service")
    # Soon, because openings are kept from a little before the present on.
    tomorrow = now() + timedelta(days=1)
    friday = (tomorrow + timedelta(days=(4 - tomorrow.weekday()) % 7)).replace(
        hour=16, minute=0, second=0, microsecond=0
    )
    with as_of(friday):
        handoff = await handed_off(agent, severity=Severity.HIGH)
    complaint = await Complaint.get(id=handoff.complaint_id)
    monday, seconds = friday + timedelta(days=3), timedelta(seconds=1)
    for moment, left, breached in (
        (friday, [1440, 4320], [False, False]),
        (friday + seconds, [1440, 4320], [False, False]),
        (friday + timedelta(hours=8), [960, 3840], [False, False]),
        # Nothing is counted at the weekend.
        (friday + timedelta(days=1, hours=12), [960, 3840], [False, False]),
        (monday - seconds, [1, 2881], [False, False]),
        (monday, [0, 2880], [True, False]),
        (monday + timedelta(days=30), [0, 0], [True, True]),
    ):
        found = (await read_at(office, agent, moment, complaint))["clocks"]
        assert [clock["kind"] for clock in found] == ["ACKNOWLEDGE_COMPLAINT", "ANSWER_COMPLAINT"]
        assert [clock["remaining"] for clock in found] == left, moment
        assert [clock["breached"] for clock in found] == breached, moment
    await at(friday + timedelta(hours=4), lambda: clocks.pause(REPLY, complaint, ClockReason.CUSTOMER_ASKED))
    [_, reply] = (await read_at(office, agent, monday, complaint))["clocks"]
    assert (reply["state"], reply["dueAt"], reply["remaining"], reply["breached"]) == ("PAUSED", None, 4080, False)
    assert reply["policy"] == {"budgetMinutes": 4320, "regime": {"code": "DEFAULT"}}


async def test_clocks_are_read_deep_inside_other_records(office: Office) -> None:
    agent = await office.somebody("service")
    await handed_off(agent)
    inside = "clocks { kind remaining breached dueAt segments { state actor { name } } }"
    complaints = f"complaints(first: 5) {{ nodes {{ {inside} handoffs(first: 2) {{ nodes {{ {inside} }} }} }} }}"
    for document in (
        f"{{ frontOffice {{ {complaints} }} }}",
        f"{{ frontOffice {{ customers(first: 3) {{ nodes {{ complaints(first: 5) {{ nodes {{ {inside} }} }} }} }} }} }}",
        f"{{ backOffice {{ handoffs(first: 5) {{ nodes {{ {inside} complaint {{ {inside} }} }} }} }} }}",
    ):
        viewer = await office.somebody("logistics") if "backOffice" in document else agent
        assert "errors" not in await office.ask(viewer, document)


async def test_a_department_reads_its_own_clocks_and_no_other_departments(office: Office) -> None:
    agent, clerk = await office.somebody("service"), await office.somebody("logistics")
    begun = now()
    with as_of(begun):
        handoff = await handed_off(agent, severity=Severity.HIGH)
    complaint = await Complaint.get(id=handoff.complaint_id)
    seen = await read_at(office, clerk, begun + minutes(60), complaint)
    [own] = seen["handoffs"]["nodes"]
    [answer, claim] = own["clocks"]
    assert own["dueAt"] == answer["dueAt"]
    assert (answer["remaining"], answer["breached"]) == (1380, False)
    assert (claim["remaining"], claim["segments"]) == (
        180,
        [{"number": 1, "state": "RUNNING", "reason": "STARTED", "restarts": True}],
    )
    accountant = await hire("Otto Other", [Role.ACCOUNTANT], [Department.FINANCE])
    for clock in await Clock.filter(complaint_id=complaint.id) + await Clock.filter(handoff_id=handoff.id):
        found = await office.ask(accountant, "query($id: ID!) { node(id: $id) { id } }", {"id": f"clk_{clock.id}"})
        assert found == {"data": {"node": None}}
        found = await office.ask(clerk, "query($id: ID!) { node(id: $id) { id } }", {"id": f"clk_{clock.id}"})
        assert found == {"data": {"node": {"id": f"clk_{clock.id}"}}}


async def test_the_severity_is_changed_by_a_document(office: Office) -> None:
    agent = await office.somebody("service")
    complaint = await received(agent, severity=Severity.LOW)
    document = """mutation($input: ChangeSeverityInput!) { changeSeverity(input: $input) {
      complaint { severity clocks { remaining } } errors { code path } } }"""
    given = {"complaint": f"cmp_{complaint.id}", "severity": "HIGH", "idempotencyKey": "once"}
    for _ in range(2):
        answer = await office.ask(agent, document, {"input": given})
        assert answer["data"]["changeSeverity"]["errors"] == []
        assert answer["data"]["changeSeverity"]["complaint"]["severity"] == "HIGH"
    assert [entry[0] for entry in await history(complaint_id=complaint.id)].count("SEVERITY_CHANGED") == 1


# --- What the keeper notices ------------------------------------------------------------------------------------------


async def test_a_moment_that_passes_becomes_one_event_also_after_a_long_downtime(office: Office) -> None:
    agent = await office.somebody("service")
    with as_of(MONDAY):
        handoff = await handed_off(agent, severity=Severity.HIGH)
    chore = ClockChore(office.database)
    await chore.notice_what_passed(MONDAY + timedelta(hours=3) - minutes(1))
    assert await moments_of() == []
    await chore.notice_what_passed(MONDAY + timedelta(hours=3))
    assert await moments_of(handoff_id=handoff.id) == ["CLOCK_WARNED"]
    for _ in range(2):
        # Four days later, everything has passed.
        await ClockChore(office.database).notice_what_passed(MONDAY + timedelta(days=4))
    assert sorted(await moments_of()) == ["CLOCK_BREACHED"] * 4 + ["CLOCK_WARNED"] * 4
    [breach, *_] = await Event.filter(kind=EventKind.CLOCK_BREACHED, handoff_id=handoff.id)
    assert (breach.actor_id, breach.department, breach.complaint_id) == (None, "LOGISTICS", handoff.complaint_id)
    await sound()


async def test_a_paused_or_stopped_clock_passes_nothing(office: Office) -> None:
    agent = await office.somebody("service")
    with as_of(MONDAY):
        handoff = await handed_off(agent, severity=Severity.HIGH)
    await at(MONDAY + minutes(1), lambda: clocks.pause(ANSWER, handoff, ClockReason.INFORMATION_REQUESTED))
    await at(MONDAY + minutes(1), lambda: clocks.stop(CLAIM, handoff, ClockReason.CLAIMED))
    await ClockChore(office.database).notice_what_passed(MONDAY + timedelta(days=300))
    assert await moments_of(handoff_id=handoff.id) == []


async def test_whoever_changes_a_clock_notices_what_it_has_passed(office: Office) -> None:
    agent, clerk = await office.somebody("service"), await office.somebody("logistics")
    with as_of(MONDAY):
        handoff = await handed_off(agent, severity=Severity.HIGH)
    await at(MONDAY + timedelta(hours=5), lambda: claim_handoff(clerk, handoff.id, None))
    assert await moments_of(handoff_id=handoff.id) == ["CLOCK_WARNED", "CLOCK_BREACHED"]
    await ClockChore(office.database).notice_what_passed(MONDAY + timedelta(hours=6))
    assert await moments_of(handoff_id=handoff.id) == ["CLOCK_WARNED", "CLOCK_BREACHED"]


async def test_a_new_moment_is_noticed_again(office: Office) -> None:
    agent, clerk = await office.somebody("service"), await office.somebody("logistics")
    with as_of(MONDAY):
        handoff = await handed_off(agent, severity=Severity.HIGH)
    chore = ClockChore(office.database)
    await chore.notice_what_passed(MONDAY + timedelta(hours=4))
    await at(MONDAY + timedelta(hours=5), lambda: claim_handoff(clerk, handoff.id, None))
    await at(MONDAY + timedelta(hours=6), lambda: release_handoff(clerk, handoff.id, None))
    await chore.notice_what_passed(MONDAY + timedelta(hours=9))
    assert await moments_of(handoff_id=handoff.id) == ["CLOCK_WARNED", "CLOCK_BREACHED", "CLOCK_WARNED"]
    await chore.notice_what_passed(MONDAY + timedelta(hours=10))
    assert (await moments_of(handoff_id=handoff.id))[3:] == ["CLOCK_BREACHED"]


@asynccontextmanager
async def followed(follow: moments.Follow) -> AsyncIterator[None]:
    """Somebody who follows what clocks pass."""
    before = list(moments._followers)
    moments._followers[:] = [follow]
    try:
        yield
    finally:
        moments._followers[:] = before


async def test_the_graver_of_two_moments_is_followed_up_once(office: Office) -> None:
    agent = await office.somebody("service")
    with as_of(MONDAY):
        handoff = await handed_off(agent, severity=Severity.HIGH)
    told: list[tuple[Any, Any, bool]] = []

    async def follow(clock: Clock, subject: Any, kind: EventKind, _at: datetime) -> None:
        told.append((subject.id, clock.department, kind is EventKind.CLOCK_BREACHED))

    async with followed(follow):
        await ClockChore(office.database).notice_what_passed(MONDAY + timedelta(hours=3))
        await ClockChore(office.database).notice_what_passed(MONDAY + timedelta(hours=20))
    assert told == [
        (handoff.id, "LOGISTICS", False),
        (handoff.id, "LOGISTICS", True),
        (handoff.complaint_id, None, False),
        (handoff.id, "LOGISTICS", False),
    ]


async def test_one_that_fails_keeps_nothing_from_the_others(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    agent = await office.somebody("service")
    with as_of(MONDAY):
        first, second = await handed_off(agent, severity=Severity.HIGH), await handed_off(agent, severity=Severity.HIGH)

    async def follow(_clock: Clock, subject: Any, _kind: EventKind, _at: datetime) -> None:
        if subject.id == first.id:
            raise RuntimeError("The manager is nowhere to be found.")

    async with followed(follow):
        await ClockChore(office.database).notice_what_passed(MONDAY + timedelta(hours=5))
    assert await moments_of(handoff_id=first.id) == []
    assert await moments_of(handoff_id=second.id) == ["CLOCK_WARNED", "CLOCK_BREACHED"]
    assert [record.message for record in caplog.records if record.name == "interoffice.keeper"] == [
        "A clock could not be looked after and will be again: RuntimeError"
    ]
    await ClockChore(office.database).notice_what_passed(MONDAY + timedelta(hours=5))
    assert await moments_of(handoff_id=first.id) == ["CLOCK_WARNED", "CLOCK_BREACHED"]


async def test_a_breach_becomes_an_event_while_nobody_writes(office: Office) -> None:
    agent = await office.somebody("service")
    with as_of(now() - timedelta(hours=4) + timedelta(seconds=1)):
        handoff = await handed_off(agent, severity=Severity.HIGH)
    keeper = Keeper([ClockChore(office.database)], every_seconds=0.1)
    keeper.start()
    try:
        for _ in range(100):
            if "CLOCK_BREACHED" in await moments_of(handoff_id=handoff.id):
                break
            await asyncio.sleep(0.05)
    finally:
        await keeper.stop()
    assert await moments_of(handoff_id=handoff.id) == ["CLOCK_WARNED", "CLOCK_BREACHED"]
    clock = await clock_of(handoff, CLAIM)
    assert clock.breached_at is not None and clock.due_at is not None
    assert timedelta() <= clock.breached_at - clock.due_at < timedelta(seconds=5)


async def test_an_idle_keeper_looks_at_no_clock_that_has_stopped(office: Office) -> None:
    database, statement = office.database, OUTDATED.format(left=0)
    if database.dialect == "sqlite":
        plan = await database.fetch(f"EXPLAIN QUERY PLAN {statement}", [])
    else:
        # The planner may read a table this small as a whole; asked not to, it must know another way.
        async with in_transaction("default") as connection:
            await connection.execute_query("SET LOCAL enable_seqscan = off")
            plan = [tuple(row.values()) for row in await connection.execute_query_dict(f"EXPLAIN {statement}")]
    assert "clocks_not_stopped" in "\n".join(str(row[-1]) for row in plan)


async def test_several_that_look_at_once_record_each_moment_once(office: Office) -> None:
    agent = await office.somebody("service")
    with as_of(MONDAY):
        for _ in range(6):
            await handed_off(agent, severity=Severity.HIGH)
    chores = [ClockChore(office.database) for _ in range(4)]
    while await Clock.filter(next_moment_at__lte=MONDAY + timedelta(days=4)).exists():
        await asyncio.gather(*(chore.notice_what_passed(MONDAY + timedelta(days=4)) for chore in chores))
    assert sorted(await moments_of()) == ["CLOCK_BREACHED"] * 24 + ["CLOCK_WARNED"] * 24


KEEPING = """
import asyncio, sys
from models.base import now
from models.database import Database
from resolvers.clocks import ClockChore
from resolvers.transaction import finish_running

async def keep():
    database = Database(sys.argv[1])
    await database.open()
    chore = ClockChore(database)
    for _ in range(3):
        await chore(now())
    await finish_running()
    await database.close()

asyncio.run(keep())
"""


async def test_two_processes_record_each_moment_once(office: Office, northwind_url: str) -> None:
    agent = await office.somebody("service")
    with as_of(now() - timedelta(days=40)):
        for _ in range(12):
            await handed_off(agent, severity=Severity.HIGH)
    command = [sys.executable, "-c", KEEPING, northwind_url]
    running = [
        await asyncio.create_subprocess_exec(*command, cwd=ROOT, stderr=subprocess.PIPE, env={"PYTHONPATH": "."})
        for _ in range(2)
    ]
    said = [(await process.communicate())[1] for process in running]
    assert [process.returncode for process in running] == [0, 0], said
    await ClockChore(office.database)(now())
    assert sorted(await moments_of()) == ["CLOCK_BREACHED"] * 48 + ["CLOCK_WARNED"] * 48
    await sound()


async def test_a_chore_that_fails_is_told_of_in_a_line_and_done_again(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    rounds: list[str] = []

    async def fails(_at: datetime) -> None:
        rounds.append("fails")
        raise ConnectionError("The database is away.")

    async def works(_at: datetime) -> None:
        rounds.append("works")

    keeper = Keeper([fails, works], every_seconds=0.01)
    with caplog.at_level(logging.WARNING):
        keeper.start()
        while len(rounds) < 6:
            await asyncio.sleep(0.01)
        await keeper.stop()
    assert rounds[:4] == ["fails", "works", "fails", "works"]
    assert caplog.records[0].getMessage() == "The chore fails failed and will be done again: ConnectionError"
    done = len(rounds)
    await asyncio.sleep(0.05)
    assert len(rounds) == done
