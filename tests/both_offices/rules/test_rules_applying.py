"""Rules at work: applied in the change that sets them off, in order, once, and never to its harm."""

from typing import Any

import pytest
from tortoise.exceptions import IntegrityError

from models.back_office.handoffs import Handoff, HandoffEvent
from models.back_office.products.catalogue import Product
from models.both_offices.accounts import Account
from models.both_offices.notifications import Notification
from models.both_offices.rules import Rule, RuleActionKind, RuleApplication, RuleEvent, RuleField, RuleOperator
from models.both_offices.tasks import Task
from models.front_office.service.complaints import Category, Complaint, ComplaintEvent, ComplaintStatus
from models.kit.base import new_id
from models.kit.events import Event
from models.kit.severity import Severity
from models.permissions import Department, Role
from resolvers.back_office.handoffs.verbs import answer_handoff, claim_handoff
from resolvers.both_offices.rules import applying
from resolvers.both_offices.rules.definitions import RuleAction, RuleDefinition, RuleNotify, RuleTask
from resolvers.both_offices.rules.saving import disable_rule, save_rule
from resolvers.both_offices.ruling import Action, OfferedAction, RuleContext
from resolvers.front_office.service.complaints.receiving import receive_complaint
from resolvers.front_office.service.complaints.working import hand_off_complaint
from resolvers.kit.commands import Viewer
from resolvers.kit.problems import Refused
from resolvers.kit.transaction import transact
from tests.both_offices.rules.ruling import RECEIVED, applied, route, ruled, severity, when
from tests.office import Office, alfreds, at_once, do, handed_off, hire, received, what_they_said

F = RuleField
IN, AT_LEAST, HAS_ANY_WORD = RuleOperator.IN, RuleOperator.AT_LEAST, RuleOperator.HAS_ANY_WORD


async def test_a_rule_routes_what_its_conditions_name_and_leaves_the_rest_alone(agent: Viewer) -> None:
    await ruled(route(Department.LEGAL), conditions=[when(F.CATEGORY, IN, "CONTRACT", "BILLING")])
    ours = await received(agent, category=Category.BILLING)
    others = await received(agent, category=Category.DELIVERY)
    assert (ours.routed_to, others.routed_to) == (Department.LEGAL, None)
    assert await applied(ours) == [("ROUTE", None)]
    assert await applied(others) == []
    keys = await do(hand_off_complaint, agent, complaint=ours.id)
    assert (await Handoff.get(id=keys["handoff"])).department == Department.LEGAL
    keys = await do(hand_off_complaint, agent, complaint=ours.id, department=Department.FINANCE)
    assert (await Handoff.get(id=keys["handoff"])).department == Department.FINANCE


async def test_routing_without_a_department_takes_the_one_of_the_category(agent: Viewer) -> None:
    await ruled(route())
    complaint = await received(agent, category=Category.WEBSITE)
    assert complaint.routed_to == Department.IT


async def test_a_rule_hands_off_at_once_with_what_the_agent_wrote_for_both_offices(agent: Viewer) -> None:
    await ruled(route(Department.PRODUCTION, hand_off=True))
    complaint = await received(agent, subject="Maria Anders: crates missing", description="Two crates never came.")
    assert complaint.status == ComplaintStatus.HANDED_OFF
    handoff = await Handoff.get(complaint_id=complaint.id)
    assert (handoff.department, handoff.brief) == (
        Department.PRODUCTION,
        "[customer]: crates missing",
    )
    kinds = await Event.filter(subjects__key=complaint.id).order_by("id").values_list("kind", "actor_id")
    assert kinds == [("COMPLAINT_RECEIVED", agent.account), ("HANDOFF_QUEUED", None), ("RULE_APPLIED", None)]


async def test_of_several_rules_the_first_by_position_routes_and_the_others_say_why_not(agent: Viewer) -> None:
    await ruled(route(Department.LEGAL), position=50)
    await ruled(route(Department.IT), position=40)
    complaint = await received(agent)
    assert complaint.routed_to == Department.IT
    assert await applied(complaint) == [("ROUTE", None), ("ROUTE", "ALREADY_ROUTED")]


async def test_what_an_earlier_rule_changed_is_what_a_later_one_sees(agent: Viewer) -> None:
    await ruled(severity(Severity.CRITICAL), position=1)
    await ruled(route(Department.LEGAL), conditions=[when(F.SEVERITY, AT_LEAST, "CRITICAL")], position=2)
    complaint = await received(agent, severity=Severity.LOW)
    assert (complaint.severity, complaint.routed_to) == (Severity.CRITICAL, Department.LEGAL)


async def test_severity_is_raised_and_lowered_only_when_the_rule_says_so(agent: Viewer, manager: Viewer) -> None:
    raising = await ruled(severity(Severity.MEDIUM))
    assert (await received(agent, severity=Severity.LOW)).severity == Severity.MEDIUM
    high = await received(agent, severity=Severity.HIGH)
    same = await received(agent, severity=Severity.MEDIUM)
    await do(disable_rule, manager, rule=raising.id)
    await ruled(severity(Severity.LOW, only_raise=False))
    low = await received(agent, severity=Severity.CRITICAL)
    assert (high.severity, await applied(high)) == (Severity.HIGH, [("SET_SEVERITY", "NOT_HIGHER")])
    assert (same.severity, await applied(same)) == (Severity.MEDIUM, [("SET_SEVERITY", "UNCHANGED")])
    assert (low.severity, await applied(low)) == (Severity.LOW, [("SET_SEVERITY", None)])
    change = await RuleApplication.get(complaint_id=low.id)
    assert (change.severity_before, change.severity) == (Severity.CRITICAL, Severity.LOW)


async def test_words_are_looked_for_in_the_masked_text_so_that_no_rule_finds_a_customer(agent: Viewer) -> None:
    for word in ("Alfreds", "maria", "anders", "0074321", "street", "customer", "berlin*"):
        await ruled(route(Department.IT), conditions=[when(F.MASKED_TEXT, HAS_ANY_WORD, word)])
    await ruled(severity(Severity.CRITICAL), conditions=[when(F.MASKED_TEXT, HAS_ANY_WORD, "burn*", "fire")])
    complaint = await received(
        agent,
        description="Maria Anders of Alfreds Futterkiste, Obere Str. 57, 030-0074321: the heater BURNED my hand.",
    )
    assert await applied(complaint) == [("SET_SEVERITY", None)]


async def test_a_rules_task_is_masked_as_if_who_saved_the_rule_had_written_it(office: Office, agent: Viewer) -> None:
    action = RuleAction(create_task=RuleTask(title="Futterkiste or Ana Trujillo?", department=Department.LOGISTICS))
    definition = RuleDefinition(trigger=RECEIVED, conditions=(), actions=(action,))
    rule = await ruled(action, name="For Ana Trujillo")
    assert (await Rule.get(id=rule.id)).name == "For [customer]"
    await received(agent)
    assert (await Task.get()).title == "[customer] or [customer]?"
    # Who does not know the customers learns nothing by a rule either.
    manager = await office.somebody("back.manager")
    await do(save_rule, manager, name="Again", rule=rule.id, definition=definition)
    await received(agent)
    assert (await Task.all().order_by("-id").first()).title == "Futterkiste or [customer]?"


async def test_complaints_about_one_product_are_counted_with_the_one_that_just_came(agent: Viewer) -> None:
    first, second = await Product.all().order_by("sku").limit(2)
    condition = when(F.PRODUCT_COMPLAINTS, AT_LEAST, "3", days=7)
    await ruled(severity(Severity.CRITICAL), conditions=[condition])
    got = [
        (await received(agent, product=product)).severity for product in (first.id, second.id, first.id, None, first.id)
    ]
    assert got == [Severity.HIGH] * 4 + [Severity.CRITICAL]


async def test_a_rule_for_handoffs_looks_at_the_department(agent: Viewer, clerk: Viewer) -> None:
    condition = when(F.DEPARTMENT, IN, "LOGISTICS")
    await ruled(severity(Severity.LOW, only_raise=False), conditions=[condition], trigger=HandoffEvent.CLAIMED)
    ours = await handed_off(agent)
    await do(claim_handoff, clerk, handoff=ours.id)
    await do(answer_handoff, clerk, handoff=ours.id, answer="It was the dock.")
    application = await RuleApplication.get()
    assert (application.handoff_id, application.skipped) == (ours.id, None)


async def test_those_meant_are_notified_and_who_cannot_sign_in_is_not(agent: Viewer) -> None:
    gone = await hire("Gone Gwen", [Role.LEGAL_OFFICER], [Department.LEGAL])
    await Account.filter(id=gone.account).update(enabled=False)
    lawyers = {account.id for account in await Account.filter(enabled=True) if "LEGAL" in account.departments}
    tell = RuleAction(notify=RuleNotify(roles=(Role.LEGAL_OFFICER,), departments=(Department.LEGAL,)))
    await ruled(tell)
    complaint = await received(agent)
    told = await Notification.filter(complaint_id=complaint.id).values_list("account_id", "kind", "actor_id")
    assert sorted(told) == [(account, "RULE", None) for account in sorted(lawyers)]
    assert (await RuleApplication.get()).notified == len(lawyers) >= 1


async def test_what_rules_do_sets_off_no_rules(agent: Viewer) -> None:
    await ruled(severity(Severity.CRITICAL), trigger=ComplaintEvent.RECEIVED)
    await ruled(severity(Severity.LOW, only_raise=False), trigger=ComplaintEvent.SEVERITY_CHANGED)
    await ruled(route(Department.IT, hand_off=True), trigger=HandoffEvent.QUEUED)
    complaint = await received(agent)
    assert complaint.severity == Severity.CRITICAL
    assert await applied(complaint) == [("SET_SEVERITY", None)]


async def test_two_rules_that_fight_come_to_an_end_and_the_later_one_has_the_last_word(agent: Viewer) -> None:
    await ruled(severity(Severity.CRITICAL, only_raise=False), position=1)
    await ruled(severity(Severity.LOW, only_raise=False), position=2)
    complaint = await received(agent)
    assert complaint.severity == Severity.LOW
    assert await applied(complaint) == [("SET_SEVERITY", None), ("SET_SEVERITY", None)]


async def test_what_cannot_be_done_is_written_down_and_the_change_stands(office: Office, agent: Viewer) -> None:
    closed = ComplaintEvent.CLOSED
    await ruled(route(Department.IT, hand_off=True), severity(Severity.LOW, only_raise=False), trigger=closed)
    complaint = await received(agent)
    await office.change(agent, "CloseComplaint", complaint=f"cmp_{complaint.id}", outcome="DUPLICATE", reason="Twice.")
    complaint = await Complaint.get(id=complaint.id)
    assert complaint.status == ComplaintStatus.CLOSED
    assert await applied(complaint) == [("ROUTE", "WRONG_STATUS"), ("SET_SEVERITY", "WRONG_STATUS")]
    assert not await Event.filter(kind=RuleEvent.APPLIED).exists()


async def test_a_department_that_has_the_complaint_gets_it_no_second_time(agent: Viewer) -> None:
    await ruled(route(Department.LOGISTICS, hand_off=True))
    handoff = await handed_off(agent, Department.LOGISTICS)
    complaint = await Complaint.get(id=handoff.complaint_id)
    assert await applied(complaint) == [("ROUTE", "WITH_DEPARTMENT")]
    assert await Handoff.filter(complaint_id=complaint.id).count() == 1


@pytest.mark.parametrize("error", [RuntimeError("a bug"), Refused([])])
async def test_an_action_that_fails_breaks_nothing(
    monkeypatch: pytest.MonkeyPatch, error: Exception, agent: Viewer
) -> None:
    async def fail(occasion: RuleContext[Any], _action: Any) -> Action:
        occasion.subject.routed_to = Department.LEGAL
        await occasion.subject.save()
        raise error

    monkeypatch.setitem(applying.ACTIONS, RuleActionKind.ROUTE, OfferedAction(kind=RuleActionKind.ROUTE, act=fail))
    await ruled(route(Department.IT), severity(Severity.CRITICAL))
    complaint = await received(agent)
    why = "REFUSED" if isinstance(error, Refused) else "FAILED"
    assert await applied(complaint) == [("ROUTE", why), ("SET_SEVERITY", None)]
    assert (complaint.routed_to, complaint.severity) == (None, Severity.CRITICAL)


async def test_a_statement_that_the_database_refuses_breaks_nothing(
    monkeypatch: pytest.MonkeyPatch, agent: Viewer
) -> None:
    async def fail(_occasion: RuleContext[Any], _action: Any) -> Action:
        await Rule.create(id=new_id(), name="Twice", position=-1, trigger="X", current_id=new_id())
        raise AssertionError("unreachable: the database refuses the row")

    monkeypatch.setitem(applying.ACTIONS, RuleActionKind.ROUTE, OfferedAction(kind=RuleActionKind.ROUTE, act=fail))
    await ruled(route())
    complaint = await received(agent)
    assert await applied(complaint) == [("ROUTE", "FAILED")]


async def test_a_change_that_is_refused_sets_no_rule_off(agent: Viewer) -> None:
    await ruled(severity(Severity.CRITICAL))
    given = what_they_said(await alfreds())

    async def half() -> Any:
        await receive_complaint(agent, given)
        raise Refused([])

    with pytest.raises(Refused):
        await transact(half)
    assert await RuleApplication.all().count() == 0


async def test_complaints_that_come_at_the_same_time_are_each_looked_at_once(agent: Viewer) -> None:
    await ruled(route(), severity(Severity.CRITICAL))
    complaints = await at_once(*(received(agent) for _ in range(8)))
    for complaint in complaints:
        assert await applied(complaint) == [("ROUTE", None), ("SET_SEVERITY", None)]


async def test_no_action_is_applied_twice_on_one_event(agent: Viewer) -> None:
    await ruled(route())
    await received(agent)
    again = await RuleApplication.get()
    with pytest.raises(IntegrityError):
        await again.clone(pk=new_id()).save()


async def test_two_hundred_rules_are_applied_to_one_complaint(agent: Viewer) -> None:
    for number in range(200):
        await ruled(
            severity(Severity.CRITICAL, only_raise=number % 2 == 0),
            conditions=[when(F.CATEGORY, IN, "DELIVERY"), when(F.MASKED_TEXT, HAS_ANY_WORD, "crates")],
            name=f"Rule {number}",
        )
    complaint = await received(agent)
    did = await applied(complaint)
    assert len(did) == 200
    assert did.count(("SET_SEVERITY", None)) == 1
