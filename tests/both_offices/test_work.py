"""Work: one list of what waits for somebody, over everything, ordered by what is due, and of nobody else's."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from models.back_office.handoffs import Handoff
from models.back_office.handoffs.messages import Audience
from models.back_office.products.improvements import Improvement
from models.back_office.purchasing import PurchaseLimit, PurchaseOrder, PurchaseOrderLine
from models.back_office.purchasing.approval import COUNTED_TOGETHER_DAYS
from models.both_offices.absences import Absence
from models.both_offices.accounts import Account
from models.both_offices.clocks.policies import ClockKind
from models.both_offices.clocks.running import Clock
from models.both_offices.escalations import EscalationLevel, EscalationSource, EscalationTrend
from models.front_office.service.answers import AnswerStatus, ComplaintAnswer, StageWorker
from models.front_office.service.complaints import Category, CauseCode, Outcome
from models.kit.base import as_of, now
from models.permissions import Department, Role
from resolvers.back_office.handoffs.escalating import escalate_complaint
from resolvers.back_office.handoffs.messages import post_message
from resolvers.back_office.handoffs.tasks import create_task
from resolvers.back_office.handoffs.verbs import answer_handoff, claim_handoff, provide_information, request_information
from resolvers.back_office.purchasing.sending import approve_purchase_order, send_purchase_order
from resolvers.both_offices.escalations.verbs import close_escalation, set_department_manager
from resolvers.both_offices.tasks import finish_task
from resolvers.kit.commands import Key, Viewer
from resolvers.kit.transaction import transact
from tests.back_office.purchasing.test_purchasing import asked
from tests.back_office.purchasing.test_purchasing import change as change_purchase
from tests.back_office.purchasing.test_purchasing import drafted as purchased
from tests.front_office.sales.ordering import done, line, stocked
from tests.front_office.sales.ordering import drafted as ordered
from tests.office import Office, do, handed_off, hire
from tests.storage.valid_rows import ROWS, insert

WORK = (
    "{ viewer { openWork work(first: 50) { totalCount nodes { id kind dueAt since handoff { id } complaint { id }"
    " escalation { id } answer { id } notification { id } task { id } improvement { id } } } } }"
)


def said(moment: datetime) -> str:
    """A moment as answers have it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z"


def leading_to(record: str) -> str:
    """The same with a record that not everybody reads."""
    return WORK.replace("task {", f"{record} {{ id }} task {{")


async def work(office: Office, viewer: Viewer, document: str = WORK) -> list[dict[str, Any]]:
    found = (await office.ask(viewer, document))["data"]["viewer"]
    assert found["openWork"] == found["work"]["totalCount"] == len(found["work"]["nodes"])
    return found["work"]["nodes"]


async def kinds(office: Office, viewer: Viewer) -> list[str]:
    return [item["kind"] for item in await work(office, viewer)]


async def emptied() -> None:
    """Lets the demo company have nothing to do."""
    await Handoff.all().update(status="WITHDRAWN", ended_at=now())


async def test_what_waits_for_who_is_disabled_waits_for_others_once(office: Office, clerk: Viewer) -> None:
    await emptied()
    away, sales, manager = [await office.somebody(who) for who in ("service", "sales", "front.manager")]
    asked, answered = await handed_off(away), await handed_off(away)
    for handoff in (asked, answered):
        await do(claim_handoff, clerk, handoff=handoff.id)
    await do(request_information, clerk, handoff=asked.id, question="Which dock?")
    await do(answer_handoff, clerk, handoff=answered.id, answer="Found.", cause=CauseCode.METHOD)
    waiting = ["ANSWER_TO_JUDGE", "INFORMATION_TO_PROVIDE"]
    assert (sorted(await kinds(office, away)), await kinds(office, sales)) == (waiting, [])
    # Somebody stands in for them: it is shown once there as well.
    at = now()
    absence: dict[str, Any] = {
        "account_id": away.account,
        "stand_in_id": sales.account,
        "from_at": at - timedelta(hours=1),
    }
    await Absence.create(**absence, until_at=None, set_at=at, set_by_id=away.account)
    assert sorted(await kinds(office, sales)) == waiting
    await Account.filter(id=away.account).update(enabled=False)
    for viewer in (sales, manager):
        assert sorted(one for one in await kinds(office, viewer) if one in waiting) == waiting
    assert not {*waiting} & {*await kinds(office, clerk)}
    await do(provide_information, sales, handoff=asked.id, text="Dock 4.")
    assert await kinds(office, sales) == ["ANSWER_TO_JUDGE"]


async def test_an_escalation_to_who_is_disabled_waits_for_the_managers(office: Office, agent: Viewer) -> None:
    await emptied()
    second = await hire("Second Manager", [Role.FRONT_OFFICE_MANAGER], [Department.CUSTOMER_SERVICE])
    await do(set_department_manager, second, department=Department.CUSTOMER_SERVICE, account=Key(second.account))
    handoff = await handed_off(agent)
    await do(escalate_complaint, agent, complaint=handoff.complaint_id, reason="Nobody calls back.")
    manager = await office.somebody("front.manager")
    assert [await kinds(office, viewer) for viewer in (second, manager)] == [["ESCALATION_TO_SETTLE"], []]
    await Account.filter(id=second.account).update(enabled=False)
    [item] = await work(office, manager)
    assert item["kind"] == "ESCALATION_TO_SETTLE"
    await do(close_escalation, manager, escalation=UUID(item["escalation"]["id"][4:]), resolution="Called.")
    assert await kinds(office, manager) == []


async def test_a_handoff_waits_for_whoever_must_act_next(office: Office) -> None:
    await emptied()
    agent, clerk = await office.somebody("service"), await office.somebody("logistics")
    accountant, sales = await office.somebody("accounting"), await office.somebody("sales")
    handoff = await handed_off(agent)
    customers = await Clock.get(complaint_id=handoff.complaint_id, kind=ClockKind.ANSWER_COMPLAINT)

    async def waits_for(viewer: Viewer, kind: str, due: Any) -> None:
        [item] = await work(office, viewer)
        assert (item["id"], item["kind"]) == (f"wrk_{handoff.id}", kind)
        assert item["handoff"] == {"id": f"hnd_{handoff.id}"}
        assert item["dueAt"] == said(due)
        others = [other for other in (agent, clerk, accountant, sales) if other is not viewer]
        assert [await kinds(office, other) for other in others] == [[]] * 3

    await waits_for(clerk, "HANDOFF_TO_CLAIM", handoff.due_at)
    await do(claim_handoff, clerk, handoff=handoff.id)
    await waits_for(clerk, "HANDOFF_TO_ANSWER", handoff.due_at)
    await do(request_information, clerk, handoff=handoff.id, question="Which dock?")
    await waits_for(agent, "INFORMATION_TO_PROVIDE", customers.due_at)
    await do(provide_information, agent, handoff=handoff.id, text="Dock 4.")
    await do(answer_handoff, clerk, handoff=handoff.id, answer="It leaves today.")
    await waits_for(agent, "ANSWER_TO_JUDGE", customers.due_at)
    await Handoff.filter(id=handoff.id).update(handed_off_by_id=None)
    for viewer, expected in ((agent, 1), (sales, 1), (clerk, 0), (await office.somebody("marketing"), 0)):
        assert len(await kinds(office, viewer)) == expected, viewer.name


async def test_the_list_is_ordered_by_what_is_due_and_what_is_never_due_comes_last(office: Office) -> None:
    await emptied()
    agent, clerk = await office.somebody("service"), await office.somebody("logistics")
    colleague = await hire("Second Clerk", [Role.LOGISTICS_CLERK], [Department.LOGISTICS])
    late, early = await handed_off(agent), await handed_off(agent)
    await Handoff.filter(id=early.id).update(due_at=late.due_at - timedelta(hours=2))
    await do(claim_handoff, clerk, handoff=late.id)
    task = await do(
        create_task, colleague, title="Ring them.", assignee=clerk.account, due_at=late.due_at - timedelta(hours=1)
    )
    named = {"audience": Audience.BACK_OFFICE, "text": "You know him.", "mentions": [clerk.account]}
    await do(post_message, colleague, handoff=late.id, **named)
    items = await work(office, clerk)
    expected = ["HANDOFF_TO_CLAIM", "TASK_TO_DO", "HANDOFF_TO_ANSWER", "MENTION_TO_READ"]
    assert [item["kind"] for item in items] == expected
    assert items[1]["task"] == {"id": f"tsk_{task['task']}"}
    assert items[3]["dueAt"] is None and items[3]["notification"] is not None
    # Page by page it is the same list.
    paged: list[str] = []
    after = ""
    for _ in expected:
        document = (
            f"{{ viewer {{ work(first: 1{after}) {{ edges {{ node {{ kind }} }} pageInfo {{ endCursor }} }} }} }}"
        )
        page = (await office.ask(clerk, document))["data"]["viewer"]["work"]
        paged += [edge["node"]["kind"] for edge in page["edges"]]
        after = f', after: "{page["pageInfo"]["endCursor"]}"'
    assert paged == expected
    mine = "{ viewer { work(filter: {kind: {in: [TASK_TO_DO, MENTION_TO_READ]}}) { totalCount } } }"
    assert await office.find(clerk, mine) == 2
    read = 'mutation { markNotificationsRead(input: {upTo: "2100-01-01T00:00:00Z"}) { errors { code } } }'
    await office.ask(clerk, read)
    await do(finish_task, clerk, task=task["task"])
    assert await kinds(office, clerk) == ["HANDOFF_TO_CLAIM", "HANDOFF_TO_ANSWER"]


async def test_an_escalation_waits_for_its_manager_until_it_is_closed(office: Office) -> None:
    await emptied()
    agent, manager = await office.somebody("service"), await office.somebody("back.manager")
    handoff = await handed_off(agent)
    keys = await do(
        escalate_complaint,
        agent,
        complaint=handoff.complaint_id,
        handoff=handoff.id,
        reason="It takes too long.",
        source=EscalationSource.STAFF,
        level=EscalationLevel.OFFICE_MANAGER,
        trend=EscalationTrend.RISING,
    )
    found = [item for item in await work(office, manager) if item["kind"] == "ESCALATION_TO_SETTLE"]
    assert [item["escalation"] for item in found] == [{"id": f"esc_{keys['escalation']}"}]
    assert found[0]["dueAt"] is not None
    await do(close_escalation, manager, escalation=keys["escalation"], resolution="A second lorry.")
    assert "ESCALATION_TO_SETTLE" not in await kinds(office, manager)


async def test_redress_waits_for_approvers_but_not_for_who_proposed_it_or_worked_on_it_before(office: Office) -> None:
    await emptied()
    front, back = await office.somebody("front.manager"), await office.somebody("back.manager")
    agent = await office.somebody("service")
    handoff = await handed_off(agent)
    await Handoff.filter(id=handoff.id).update(status="WITHDRAWN", ended_at=now())
    answer = await ComplaintAnswer.create(
        complaint_id=handoff.complaint_id,
        stage=2,
        attempt=1,
        outcome=Outcome.UPHELD,
        text="Sorry.",
        redress="REFUND",
        amount_minor=1,
        currency="USD",
        status=AnswerStatus.PROPOSED,
        made_at=now(),
        proposed_at=now(),
        proposed_by_id=front.account,
    )
    assert [await kinds(office, one) for one in (front, back, agent)] == [[], ["REDRESS_TO_APPROVE"], []]
    await StageWorker.filter(complaint_id=handoff.complaint_id).delete()
    row: dict[str, Any] = {"complaint_id": handoff.complaint_id, "account_id": back.account, "since": now()}
    worker = await StageWorker.create(stage=1, **row)
    assert await kinds(office, back) == []
    await StageWorker.filter(id=worker.id).update(stage=2)
    assert await kinds(office, back) == ["REDRESS_TO_APPROVE"]
    await insert("major_cases", {**ROWS["major_cases"], "product_id": None, "opened_by_id": agent.account})
    waits: dict[str, Any] = {
        "attempt": None,
        "proposed_by_id": None,
        "proposed_at": None,
        "case_id": ROWS["major_cases"]["id"],
    }
    await ComplaintAnswer.filter(id=answer.id).update(status=AnswerStatus.TO_CONFIRM, **waits)
    assert [await kinds(office, one) for one in (agent, back)] == [["CASE_ANSWER_TO_CONFIRM"], []]


async def test_whoever_stands_in_sees_what_waits_for_the_absent_one_while_they_are_away(office: Office) -> None:
    await emptied()
    agent, sales = await office.somebody("service"), await office.somebody("sales")
    clerk = await office.somebody("logistics")
    handoff = await handed_off(agent)
    await do(claim_handoff, clerk, handoff=handoff.id)
    await do(answer_handoff, clerk, handoff=handoff.id, answer="It leaves today.")
    begins = now() + timedelta(hours=1)
    absence = await Absence.create(
        account_id=agent.account,
        stand_in_id=sales.account,
        from_at=begins,
        until_at=begins + timedelta(hours=2),
        set_at=now(),
        set_by_id=agent.account,
    )

    async def seen_at(minutes: int) -> list[str]:
        with as_of(begins + timedelta(minutes=minutes)):
            return await kinds(office, sales)

    assert [await seen_at(minutes) for minutes in (-1, 1, 119, 121)] == [
        [],
        ["ANSWER_TO_JUDGE"],
        ["ANSWER_TO_JUDGE"],
        [],
    ]
    await Absence.filter(id=absence.id).update(ended_at=begins + timedelta(hours=1))
    assert [await seen_at(minutes) for minutes in (59, 61)] == [["ANSWER_TO_JUDGE"], []]


async def test_an_improvement_without_effect_asks_its_owner_for_a_successor(office: Office) -> None:
    await emptied()
    developer = await office.somebody("development")
    row: dict[str, Any] = {
        "number": "IMP-1",
        "title": "A better crate",
        "kind": "CORRECTION",
        "status": "NOT_EFFECTIVE",
        "cause": CauseCode.MATERIAL.value,
        "category": Category.PRODUCT_QUALITY.value,
        "department": "PRODUCT_DEVELOPMENT",
        "owner_id": developer.account,
        "proposed_by_id": developer.account,
        "judged_by_id": developer.account,
        "plan": "Buy thicker wood.",
        "criterion": "Fewer breaks.",
        "max_recurrence": 100,
        "window_days": 30,
        "version": 1,
    }
    moments = ("proposed_at", "planned_at", "started_at", "monitoring_from", "monitored_until", "judged_at")
    at = now().isoformat(" ")
    later = (now() + timedelta(days=30)).isoformat(" ")
    times = {moment: later if moment in ("monitored_until", "judged_at") else at for moment in moments}
    figures = dict.fromkeys(("complaints_before", "orders_before", "complaints_after", "orders_after"), 1)
    key = "01900000-0000-7000-8000-000000000001"
    await insert("improvements", {"id": key, **row, **times, **figures})
    [item] = await work(office, developer)
    assert (item["kind"], item["improvement"]) == ("SUCCESSOR_TO_PROPOSE", {"id": f"imp_{key}"})
    # One that was proposed in its place ends that; one that was rejected does not.
    following = {**row, "number": "IMP-2", "status": "PROPOSED", "judged_by_id": None, "predecessor_id": key}
    second = "01900000-0000-7000-8000-000000000002"
    await insert("improvements", {"id": second, **following, "proposed_at": at})
    assert await work(office, developer) == []
    rejected = {"status": "REJECTED", "rejected_at": now(), "rejection_reason": "Too dear."}
    await Improvement.filter(id=second).update(**rejected)
    assert [item["kind"] for item in await work(office, developer)] == ["SUCCESSOR_TO_PROPOSE"]


async def test_discounts_wait_for_whoever_approves_them_until_they_are_decided_or_asked_for_no_more(
    office: Office,
) -> None:
    await emptied()
    agent, manager = await office.somebody("service"), await office.somebody("front.manager")
    colleague = await hire("Second Manager", [Role.FRONT_OFFICE_MANAGER], [Department.CUSTOMER_SERVICE])
    others = [agent, await office.somebody("back.manager"), await office.somebody("accounting")]
    tea = await stocked(10)

    async def waits_for() -> list[list[str]]:
        return [await kinds(office, viewer) for viewer in (manager, colleague)]

    draft = await ordered(office, agent, line(tea, 1, 2000))
    assert await waits_for() == [[], []]
    later = now() + timedelta(hours=1)
    with as_of(later):
        await done(office, agent, "askForDiscount", order=draft["id"], reason="They buy every week.")
    [item] = await work(office, manager, leading_to("order"))
    assert (item["kind"], item["order"], item["dueAt"]) == ("DISCOUNT_TO_APPROVE", {"id": draft["id"]}, None)
    assert item["since"] == said(later)
    assert [await kinds(office, viewer) for viewer in others] == [[], [], []]
    await done(office, agent, "changeOrderLine", orderLine=draft["lines"][0]["id"], quantity=2)
    assert await waits_for() == [[], []]
    for decision in ("rejectDiscount", "approveDiscount"):
        await done(office, agent, "askForDiscount", order=draft["id"], reason="They buy every week.")
        assert await waits_for() == [["DISCOUNT_TO_APPROVE"]] * 2
        await done(office, manager, decision, order=draft["id"])
        assert await waits_for() == [[], []]
    # Neither who took the order decides, nor who asked.
    own = await ordered(office, manager, line(tea, 1, 4000))
    await done(office, manager, "askForDiscount", order=own["id"], reason="Mine.")
    assert await waits_for() == [[], ["DISCOUNT_TO_APPROVE"]]
    await done(office, colleague, "cancelOrder", order=own["id"], reason="Not wanted.")
    assert await waits_for() == [[], []]


async def test_a_purchase_waits_for_whoever_may_approve_it_and_neither_wrote_it_nor_may_send_it_alone(
    office: Office,
) -> None:
    await emptied()
    clerk, manager = await office.somebody("logistics"), await office.somebody("back.manager")
    colleague = await hire("Second Buyer", [Role.BACK_OFFICE_MANAGER], [Department.LOGISTICS])
    others = [clerk, await office.somebody("production"), await office.somebody("accounting")]

    async def waits_for() -> list[list[str]]:
        return [await kinds(office, viewer) for viewer in (manager, colleague)]

    order = await purchased(clerk)
    [item] = await work(office, manager, leading_to("purchaseOrder"))
    assert (item["kind"], item["dueAt"]) == ("PURCHASE_TO_APPROVE", None)
    assert item["purchaseOrder"] == {"id": f"por_{order.id}"}
    # Who sees no costs, or approves nothing, learns nothing of what waits.
    assert [await kinds(office, viewer) for viewer in others] == [[], [], []]
    assert await waits_for() == [["PURCHASE_TO_APPROVE"]] * 2
    # Who changed what it asks for wrote it too.
    [row] = await PurchaseOrderLine.filter(purchase_order_id=order.id)
    await transact(change_purchase(manager, order, asked(await row.product, row.quantity + 1)))
    assert await waits_for() == [[], ["PURCHASE_TO_APPROVE"]]
    await do(approve_purchase_order, colleague, await PurchaseOrder.get(id=order.id))
    assert await waits_for() == [[], []]
    await PurchaseOrder.filter(id=order.id).update(status="CANCELLED", ended_at=now())
    # As long as nobody knows what it costs, nobody approves it.
    unknown = await purchased(clerk)
    await PurchaseOrderLine.filter(purchase_order_id=unknown.id).update(
        cost_known=False, unit_cost_minor=0, total_minor=0
    )
    assert await waits_for() == [[], []]
    await PurchaseOrder.filter(id=unknown.id).update(status="CANCELLED", ended_at=now())
    # What its writer sends alone waits for nobody; once that is too much in all, it does, and later no more.
    await PurchaseLimit.update_or_create({"limit_minor": 5000}, role=Role.BACK_OFFICE_MANAGER, currency="USD")
    then = now()
    first, second = [await purchased(manager, 10, "4.00") for _ in range(2)]
    assert await waits_for() == [[], []]
    with as_of(then):
        await do(send_purchase_order, manager, first)
    assert await waits_for() == [[], ["PURCHASE_TO_APPROVE"]]
    for seconds, expected in ((-1, ["PURCHASE_TO_APPROVE"]), (0, [])):
        with as_of(then + timedelta(days=COUNTED_TOGETHER_DAYS, seconds=seconds)):
            assert await waits_for() == [[], expected]
    await PurchaseOrder.filter(id=second.id).update(status="CANCELLED", ended_at=now())
    assert await waits_for() == [[], []]


async def test_whose_work_an_item_is_nobody_else_learns_by_its_id(office: Office) -> None:
    agent, clerk = await office.somebody("service"), await office.somebody("logistics")
    handoff = await handed_off(agent)
    document = "query ($id: ID!) { node(id: $id) { ... on WorkItem { kind } } }"
    key = {"id": f"wrk_{handoff.id}"}
    assert (await office.ask(clerk, document, key))["data"]["node"] == {"kind": "HANDOFF_TO_CLAIM"}
    for viewer in (agent, await office.somebody("accounting"), await office.somebody("admin")):
        assert (await office.ask(viewer, document, key))["data"]["node"] is None
