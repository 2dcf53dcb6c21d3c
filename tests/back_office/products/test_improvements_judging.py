"""Judging improvements: by counts before and after, when the time has come, and in no other way."""

from decimal import Decimal
from typing import Any

import pytest

from models.back_office.products.improvements import Improvement, ImprovementStatus
from models.back_office.products.recurrence import per_thousand
from models.both_offices.notifications import Notification
from models.front_office.service.complaints import Category, CauseCode, Complaint, ComplaintStatus, Outcome
from models.permissions import Department
from resolvers.back_office.products.improvements.steps import (
    judge_improvement,
    monitor_improvement,
    reject_improvement,
    start_improvement,
    tell_of_due_improvements,
)
from resolvers.kit.commands import Viewer
from tests.back_office.products.improving import (
    START,
    Clock,
    a_product,
    complained,
    monitored,
    ordered,
    planned,
    proposed,
    proposing,
)
from tests.office import Office, at_once, codes_of, do, doing, happened, problems_of, received, wrong_with

S = ImprovementStatus
CLOSED: dict[str, Any] = {
    "status": ComplaintStatus.CLOSED,
    "closed_at": START,
    "closing_reason": "Over.",
    "outcome": Outcome.WITHDRAWN,
}
FIGURES = """nextStatuses needsSuccessor maxRecurrence
  recurrence { before after complaintsBefore ordersBefore complaintsAfter ordersAfter undeterminedAfter }
  complaints { totalCount nodes { number } } successors { nodes { number } } predecessor { number }
  history { nodes { kind actor { name } } }"""


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


async def shown(office: Office, viewer: Viewer, improvement: Improvement) -> dict[str, Any]:
    return await office.read(viewer, improvement, FIGURES)


async def judged(viewer: Viewer, improvement: Improvement) -> list[str]:
    return await codes_of(doing(judge_improvement, viewer, improvement))


def test_a_rate_is_rounded_so_that_nothing_looks_better_than_it_was() -> None:
    counted = ((0, 7), (1, 1000), (1, 3), (2, 3000), (1, 999_999))
    assert [per_thousand(complaints, orders) for complaints, orders in counted] == [0, 100, 33334, 67, 1]
    assert per_thousand(5, 0) is None


async def test_it_is_judged_by_the_complaints_and_orders_of_its_own_windows(
    office: Office, manager: Viewer, clock: Clock
) -> None:
    source = await complained(START, **CLOSED)
    improvement = await planned(manager, source)
    # The window before ends when the work began and has ten days, its first moment included.
    for days in (-10.001, -10, -1, -0.001):
        clock.set_on(days=days)
        await complained(clock.moment, **CLOSED)
        await ordered(clock.moment, times=2)
        clock.set_on(days=-days)
    for others in ({"cause": CauseCode.DESIGN}, {"category": Category.BILLING}, {"outcome": Outcome.DUPLICATE}):
        await complained(START.replace(hour=1), **CLOSED | others)
    await do(start_improvement, manager, improvement)
    figures = (await shown(office, manager, improvement))["recurrence"]
    assert (figures["complaintsBefore"], figures["ordersBefore"], figures["before"]) == (3, 6, "500.00")
    assert (figures["complaintsAfter"], figures["ordersAfter"], figures["after"]) == (0, 0, None)

    clock.set_on(days=5)
    await ordered(clock.moment)
    await complained(clock.moment)
    await do(monitor_improvement, manager, improvement)
    clock.set_on(days=9)
    await ordered(clock.moment, times=10)
    await complained(clock.moment)
    await complained(clock.moment, cause=None)
    clock.set_on(days=1)
    # At its end the window is over: what comes now does not count.
    await ordered(clock.moment)
    await complained(clock.moment)
    live = (await shown(office, manager, improvement))["recurrence"]
    rates = {"before": "500.00", "after": "181.82", "undeterminedAfter": 1}
    assert live == rates | {"complaintsBefore": 3, "ordersBefore": 6, "complaintsAfter": 2, "ordersAfter": 11}
    assert await judged(manager, improvement) == []
    row = await Improvement.get(id=improvement.id)
    assert (row.status, row.judged_at, row.judged_by_id) == (S.NOT_EFFECTIVE, clock.moment, manager.account)
    assert (row.complaints_before, row.orders_before, row.complaints_after, row.orders_after) == (3, 6, 2, 11)
    # What is found out later changes no judgement.
    await Complaint.filter(cause=CauseCode.METHOD).update(cause=CauseCode.OTHER)
    assert (await shown(office, manager, improvement))["recurrence"] == live


async def test_it_is_effective_when_it_just_meets_its_criterion(manager: Viewer, clock: Clock) -> None:
    improvement = await monitored(manager, clock, await complained(START, **CLOSED))
    await ordered(clock.moment, times=10)
    await complained(clock.moment)
    clock.set_on(days=10)
    assert await judged(manager, improvement) == []
    assert (await Improvement.get(id=improvement.id)).status is S.EFFECTIVE
    kinds = await happened(improvement.id)
    assert kinds == [f"IMPROVEMENT_{word}" for word in "PROPOSED PLANNED STARTED MONITORED JUDGED".split()]


async def test_only_orders_with_its_product_count_and_each_once(office: Office, manager: Viewer, clock: Clock) -> None:
    product, other = await a_product(0), await a_product(1)
    source = await complained(START, product_id=product.id, **CLOSED)
    improvement = await monitored(manager, clock, source)
    await ordered(clock.moment, product, times=4)
    await ordered(clock.moment, other, times=3)
    await complained(clock.moment, product_id=other.id)
    clock.set_on(days=1)
    figures = (await shown(office, manager, improvement))["recurrence"]
    assert (figures["complaintsAfter"], figures["ordersAfter"], figures["after"]) == (0, 4, "0.00")


async def test_it_is_not_judged_before_its_window_has_passed_nor_while_a_complaint_waits(
    office: Office, manager: Viewer, clock: Clock, agent: Viewer, clerk: Viewer
) -> None:
    seen = await received(agent, hand_off_to=Department.LOGISTICS)
    unseen = await complained(START, cause=CauseCode.METHOD)
    improvement = await monitored(manager, clock, seen, unseen, cause=CauseCode.METHOD)
    await ordered(clock.moment)
    clock.set_on(days=9, hours=23)
    problems = await problems_of(doing(judge_improvement, clerk, improvement))
    assert [problem.code for problem in problems] == ["WINDOW_OPEN", "COMPLAINTS_UNANSWERED"]
    assert seen.number in problems[1].message and unseen.number not in problems[1].message
    assert (await shown(office, manager, improvement))["nextStatuses"] == []
    clock.set_on(hours=1)
    assert await judged(manager, improvement) == ["COMPLAINTS_UNANSWERED"]
    assert (await shown(office, manager, improvement))["nextStatuses"] == []
    await Complaint.filter(id__in=[seen.id, unseen.id]).update(**CLOSED)
    assert (await shown(office, manager, improvement))["nextStatuses"] == ["EFFECTIVE", "NOT_EFFECTIVE"]
    assert await judged(manager, improvement) == []


async def test_without_an_order_after_it_there_is_nothing_to_judge_by(manager: Viewer, clock: Clock) -> None:
    improvement = await monitored(manager, clock, await complained(START, **CLOSED))
    clock.set_on(days=100)
    await ordered(clock.moment)
    assert await judged(manager, improvement) == ["NOTHING_TO_MEASURE"]
    assert (await Improvement.get(id=improvement.id)).status is S.MONITORING


async def test_one_without_effect_asks_its_owner_for_one_successor(
    office: Office, manager: Viewer, clock: Clock
) -> None:
    owner = await office.somebody("logistics")
    source = await complained(START, **CLOSED)
    terms = {"owner": owner.account, "max_recurrence": Decimal(0)}
    failed = await monitored(manager, clock, source, **terms)
    await ordered(clock.moment)
    await complained(clock.moment)
    clock.set_on(days=10)
    early = proposing(manager, source, successor_of=failed)
    assert await wrong_with(early) == [("INVALID", "successorOf")]
    assert await judged(manager, failed) == []
    told = await Notification.filter(account_id=owner.account).values("kind", "improvement_id")
    assert told == [{"kind": "SUCCESSOR_NEEDED", "improvement_id": failed.id}]
    assert (await shown(office, manager, failed))["needsSuccessor"] is True

    first = await proposed(manager, source, successor_of=failed)
    figures = await shown(office, manager, failed)
    assert (figures["needsSuccessor"], figures["successors"]["nodes"]) == (False, [{"number": first.number}])
    assert (await shown(office, manager, first))["predecessor"]["number"] == failed.number
    assert await codes_of(early) == ["ALREADY_SUCCEEDED"]
    # A successor that is rejected leaves its place free.
    await do(reject_improvement, manager, first, reason="Too dear.")
    assert (await shown(office, manager, failed))["needsSuccessor"] is True
    await proposed(manager, source, successor_of=failed)


async def test_a_plan_can_look_at_what_its_criterion_would_have_to_beat(
    office: Office, manager: Viewer, clock: Clock
) -> None:
    await ordered(START, times=8)
    improvement = await proposed(manager, await complained(START))
    clock.set_on(days=1)
    figures = await shown(office, manager, improvement)
    assert (figures["recurrence"]["before"], figures["maxRecurrence"]) == ("125.00", None)
    assert figures["complaints"]["totalCount"] == 1
    assert [event["kind"] for event in figures["history"]["nodes"]] == ["IMPROVEMENT_PROPOSED"]


async def test_its_owner_is_told_once_when_the_window_has_passed(manager: Viewer, clock: Clock) -> None:
    improvement = await monitored(manager, clock, await complained(START, **CLOSED))
    clock.set_on(days=9)
    await tell_of_due_improvements(clock.moment)
    assert await Notification.all().count() == 0
    clock.set_on(days=1)
    await at_once(*(tell_of_due_improvements(clock.moment) for _ in range(3)))
    told = await Notification.all().values("account_id", "kind", "improvement_id")
    assert told == [{"account_id": manager.account, "kind": "IMPROVEMENT_DUE", "improvement_id": improvement.id}]


async def test_an_improvement_goes_its_way_in_documents(office: Office, manager: Viewer, clock: Clock) -> None:
    complaint = await complained(START, **CLOSED)
    given: dict[str, Any] = {
        "complaints": [f"cmp_{complaint.id}"],
        "title": "Load the night before",
        "kind": "PREVENTION",
        "department": "LOGISTICS",
        "plan": "The late shift loads.",
        "criterion": "Hardly any.",
        "maxRecurrence": "12.5",
        "windowDays": 5,
        "idempotencyKey": "once",
    }
    fields = """improvement { id number status nextStatuses maxRecurrence owner { name } version
      complaints { nodes { number improvements { nodes { number } } } } } errors { code path }"""
    answers = [await office.send(manager, "proposeImprovement", fields, **given) for _ in range(2)]
    assert answers[0] == answers[1]
    made = answers[0]["improvement"]
    assert made["nextStatuses"] == ["PLANNED", "REJECTED"] and made["maxRecurrence"] == "12.50"
    itself = {"nodes": [{"number": made["number"]}]}
    assert made["complaints"]["nodes"] == [{"number": complaint.number, "improvements": itself}]
    for step in ("plan", "start", "monitor"):
        done = await office.send(manager, f"{step}Improvement", "errors { code }", improvement=made["id"])
        assert done["errors"] == []
        clock.set_on(hours=1)
    await ordered(clock.moment, times=100)
    await complained(clock.moment)
    clock.set_on(days=5)
    fields = "improvement { status recurrence { after } } errors { code path }"
    payload = await office.send(manager, "judgeImprovement", fields, improvement=made["id"], expectedVersion=4)
    effective = {"status": "EFFECTIVE", "recurrence": {"after": "10.00"}}
    assert payload == {"improvement": effective, "errors": []}


async def test_the_front_office_reads_what_was_done_and_changes_nothing(office: Office, manager: Viewer) -> None:
    improvement = await proposed(manager, await complained(START))
    agent = await office.somebody("service")
    found = await office.find(agent, "{ frontOffice { improvements { nodes { title status } } } }")
    assert found == [{"title": improvement.title, "status": "PROPOSED"}]
    judge = "mutation ($input: JudgeImprovementInput!) { judgeImprovement(input: $input) { errors { code } } }"
    refused = await office.ask(agent, judge, {"input": {"improvement": f"imp_{improvement.id}"}})
    assert [error["extensions"]["permission"] for error in refused["errors"]] == ["WRITE_IMPROVEMENTS"]
