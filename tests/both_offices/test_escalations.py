"""Escalations: who opens them, whom they reach, and that whoever asked cannot settle them."""

from datetime import timedelta
from typing import Any

import pytest
from tortoise.exceptions import IntegrityError

from models.back_office.handoffs import Handoff
from models.both_offices.absences import Absence
from models.both_offices.accounts import Account
from models.both_offices.clocks.running import Clock, ClockEvent
from models.both_offices.escalations import Escalation, EscalationLevel, EscalationSource, EscalationTrend
from models.both_offices.notifications import Notification
from models.front_office.service.complaints import Complaint, Outcome
from models.kit.base import new_id, now
from models.kit.events import subject_of
from models.permissions import Department, Role
from models.subjects import SUBJECTS
from resolvers.back_office.handoffs.escalating import EscalateComplaint, escalate_complaint
from resolvers.back_office.handoffs.verbs import answer_handoff, claim_handoff, reject_answer
from resolvers.both_offices import clocks
from resolvers.both_offices.clocks.watching import ClockJob
from resolvers.both_offices.escalations import closing_role, follow_clock, holders_of
from resolvers.both_offices.escalations.verbs import (
    change_escalation_trend,
    close_escalation,
    set_department_manager,
)
from resolvers.front_office.service.complaints.closing import close_complaint
from resolvers.kit.commands import Key, Viewer
from resolvers.kit.transaction import transact
from tests.office import (
    Office,
    at_once,
    codes_of,
    do,
    doing,
    handed_off,
    happened,
    hire,
    history,
    problems_of,
    received,
)

OPEN = (
    "mutation ($input: EscalateComplaintInput!) { escalateComplaint(input: $input) { escalation { id number source level trend"
    " reason assignee { name } requestedBy { name } complaint { number } handoff { number } closedAt version }"
    " errors { code path message } } }"
)
CLOSE = (
    "mutation ($input: CloseEscalationInput!) { closeEscalation(input: $input) { escalation { closedAt resolution closedRole"
    " closedBy { name } } errors { code path } } }"
)


def about(subject: Complaint | Handoff, **others: Any) -> EscalateComplaint:
    told = [subject_of(one) for one in SUBJECTS.of(subject).told_of(subject)]
    keys: dict[str, Any] = {one.type: Key(one.key) for one in told if one}
    given: dict[str, Any] = {"reason": "It takes too long."}
    return EscalateComplaint(**keys, **given | others)


async def escalated(viewer: Viewer, subject: Complaint | Handoff) -> Escalation:
    keys = await transact(lambda: escalate_complaint(viewer, about(subject)))
    return await Escalation.get(id=keys["escalation"])


async def refused(viewer: Viewer, escalation: Escalation, resolution: str = "Done.", **given: Any) -> list[str]:
    """Why somebody may not close it."""
    return await codes_of(doing(close_escalation, viewer, escalation=escalation.id, resolution=resolution, **given))


async def head_of(office: Office, department: Department, role: Role = Role.LOGISTICS_CLERK) -> Viewer:
    """Somebody new who manages a department."""
    head = await hire(f"Head Of {department}", [role], [department])
    admin = await office.somebody("admin")
    await do(set_department_manager, admin, department=department, account=head.account)
    return head


async def told() -> list[tuple[str, str]]:
    """Who was notified of what, in order."""
    rows = await Notification.all().order_by("id").values("kind", name="account__name")
    return [(str(row["kind"]), row["name"]) for row in rows]


async def by_clock(about: Handoff | Complaint, *, breached: bool) -> None:
    moment = ClockEvent.BREACHED if breached else ClockEvent.WARNED
    await transact(lambda: follow_clock(about, moment, now()))


async def test_a_handoff_is_taken_to_the_manager_of_its_department_who_is_notified(office: Office) -> None:
    agent, head = await office.somebody("service"), await head_of(office, Department.LOGISTICS)
    handoff = await handed_off(agent)
    given = {
        "complaint": f"cmp_{handoff.complaint_id}",
        "handoff": f"hnd_{handoff.id}",
        "reason": "Maria Anders (030-0074321) calls every hour.",
        "source": "CUSTOMER",
    }
    answer = await office.ask(agent, OPEN, {"input": given})
    shown = answer["data"]["escalateComplaint"]["escalation"]
    assert shown["number"].startswith(f"ESC-{now().year}-")
    assert (shown["source"], shown["level"], shown["trend"]) == ("CUSTOMER", "DEPARTMENT_MANAGER", "STEADY")
    assert shown["reason"] == "[customer] ([phone]) calls every hour."
    assert (shown["assignee"]["name"], shown["requestedBy"]["name"]) == (head.name, agent.name)
    assert shown["handoff"]["number"] == handoff.number
    assert await told() == [("ESCALATED", head.name)]
    assert (await history(handoff.complaint_id))[-1] == ("ESCALATION_OPENED", agent.account, "LOGISTICS")


async def test_where_nobody_manages_the_department_all_managers_of_the_office_are_told(office: Office) -> None:
    agent = await office.somebody("service")
    manager = await office.somebody("back.manager")
    second = await hire("Second Manager", [Role.BACK_OFFICE_MANAGER], [Department.LOGISTICS])
    handoff = await handed_off(agent)
    escalation = await escalated(agent, handoff)
    assert escalation.assignee_id == manager.account
    assert await told() == [("ESCALATED", manager.name), ("ESCALATED", second.name)]


async def test_a_complaint_without_a_handoff_goes_to_the_front_office(agent: Viewer) -> None:
    complaint = await received(agent)
    escalation = await escalated(agent, complaint)
    assert escalation.assignee_id in {account.id for account in await holders_of(Role.FRONT_OFFICE_MANAGER)}
    assert (await history(complaint.id))[-1] == ("ESCALATION_OPENED", agent.account, None)


async def test_a_manager_who_asks_is_not_the_one_who_decides(office: Office) -> None:
    manager = await office.somebody("back.manager")
    handoff = await handed_off(await office.somebody("service"))
    escalation = await escalated(manager, handoff)
    assert escalation.assignee_id != manager.account
    [problem] = await problems_of(doing(close_escalation, manager, escalation=escalation.id, resolution="Done."))
    assert (problem.code, problem.path) == ("SAME_ROLE", ("input", "escalation"))
    front = await office.somebody("front.manager")
    assert not await refused(front, escalation)


async def test_only_a_manager_in_another_role_closes_it_and_once(office: Office) -> None:
    agent, manager = await office.somebody("service"), await office.somebody("back.manager")
    handoff = await handed_off(agent)
    escalation = await escalated(agent, handoff)
    colleague = await hire("Other Agent", [Role.SERVICE_AGENT], [Department.CUSTOMER_SERVICE])
    clerk = await office.somebody("logistics")
    for viewer, code in ((agent, "SAME_ROLE"), (colleague, "SAME_ROLE"), (clerk, "NOT_A_MANAGER")):
        assert await refused(viewer, escalation, expected_version=1) == [code]
    given = {"escalation": f"esc_{escalation.id}", "resolution": "A second lorry goes today.", "expectedVersion": 1}
    payload = await office.find(manager, CLOSE, {"input": given})
    assert payload["errors"] == []
    assert payload["escalation"]["closedRole"] == "BACK_OFFICE_MANAGER"
    assert payload["escalation"]["resolution"] == "A second lorry goes today."
    assert (await told())[-1] == ("ESCALATION_CLOSED", agent.name)
    assert (await history(handoff.complaint_id))[-1][:2] == ("ESCALATION_CLOSED", manager.account)
    again = await problems_of(
        doing(close_escalation, manager, escalation=escalation.id, resolution=" ", expected_version=1)
    )
    assert [(problem.code, problem.path[-1]) for problem in again] == [
        ("INVALID", "resolution"),
        ("STALE_VERSION", "expectedVersion"),
        ("ALREADY_CLOSED", "escalation"),
    ]
    rising = doing(change_escalation_trend, manager, escalation=escalation.id, trend=EscalationTrend.RISING)
    assert await codes_of(rising) == ["ALREADY_CLOSED"]


def test_a_role_that_the_asker_does_not_have_closes() -> None:
    from_agent = ["SERVICE_AGENT", "FRONT_OFFICE_MANAGER"]
    ids = [new_id(), new_id()]
    assert closing_role(ids[0], from_agent, ids[0], [Role.BACK_OFFICE_MANAGER]) is None
    assert closing_role(ids[0], from_agent, ids[1], [Role.SERVICE_AGENT]) is None
    assert closing_role(ids[0], from_agent, ids[1], []) is None
    assert closing_role(ids[0], from_agent, ids[1], [Role.SERVICE_AGENT, Role.MARKETER]) is Role.MARKETER
    assert closing_role(None, [], ids[1], [Role.SERVICE_AGENT]) is Role.SERVICE_AGENT


async def test_everything_wrong_is_reported_at_once(agent: Viewer) -> None:
    handoff, other = await handed_off(agent), await handed_off(agent)
    complaint = await Complaint.get(id=handoff.complaint_id)
    await do(close_complaint, agent, complaint=complaint.id, outcome=Outcome.DUPLICATE, reason="Twice.")
    given = about(complaint, handoff=Key(other.id), reason=" ", source=EscalationSource.CLOCK)
    problems = await problems_of(lambda: escalate_complaint(agent, given))
    assert [(problem.code, problem.path[-1]) for problem in problems] == [
        ("INVALID", "reason"),
        ("INVALID", "source"),
        ("NOT_FOUND", "handoff"),
        ("COMPLAINT_CLOSED", "complaint"),
    ]


async def test_a_department_escalates_its_own_handoffs_and_sees_no_other_escalations(office: Office) -> None:
    agent, clerk = await office.somebody("service"), await office.somebody("logistics")
    ours, theirs = await handed_off(agent), await handed_off(agent, Department.FINANCE)
    complaint = await Complaint.get(id=ours.complaint_id)
    [problem] = await problems_of(lambda: escalate_complaint(clerk, about(complaint)))
    assert problem.path[-1] == "handoff"
    own = await escalated(clerk, ours)
    await escalated(agent, complaint)
    await escalated(agent, theirs)
    document = "{ backOffice { escalations { totalCount nodes { id complaint { escalations { totalCount } } } } } }"
    seen = await office.find(clerk, document)
    assert seen == {
        "totalCount": 1,
        "nodes": [{"id": f"esc_{own.id}", "complaint": {"escalations": {"totalCount": 1}}}],
    }
    manager = await office.somebody("back.manager")
    assert (await office.find(manager, document))["totalCount"] == 3


async def test_the_second_click_opens_no_second_escalation_even_at_once(office: Office) -> None:
    agent, sales = await office.somebody("service"), await office.somebody("sales")
    handoff = await handed_off(agent)
    clicks = [codes_of(lambda viewer=viewer: escalate_complaint(viewer, about(handoff))) for viewer in (agent, sales)]
    assert sorted(await at_once(*clicks)) == [[], ["ALREADY_ESCALATED"]]
    higher = about(handoff, level=EscalationLevel.OFFICE_MANAGER)
    assert not await problems_of(lambda: escalate_complaint(agent, higher))


async def test_a_clock_tells_the_department_first_and_the_office_when_it_has_run_out(office: Office) -> None:
    manager, head = await office.somebody("back.manager"), await head_of(office, Department.LOGISTICS)
    handoff = await handed_off(await office.somebody("service"))
    await by_clock(handoff, breached=False)
    [near] = await Escalation.all()
    assert (near.source, near.level, near.assignee_id) == ("CLOCK", "DEPARTMENT_MANAGER", head.account)
    assert near.requested_by_id is None
    await by_clock(handoff, breached=True)
    assert await told() == [
        ("CLOCK_WARNED", head.name),
        ("CLOCK_BREACHED", head.name),
        ("CLOCK_BREACHED", manager.name),
    ]
    levels = [escalation.level for escalation in await Escalation.all().order_by("id")]
    assert levels == list(EscalationLevel)
    # A second clock of the same handoff finds them open.
    await by_clock(handoff, breached=True)
    assert await Escalation.all().count() == 2
    assert not await refused(head, near, "A second lorry.")
    clerk = await office.somebody("logistics")
    last = await Escalation.get(level=EscalationLevel.OFFICE_MANAGER)
    assert await refused(clerk, last, "Never mind.") == ["NOT_A_MANAGER"]


async def test_whom_both_levels_of_a_breach_go_to_is_told_once_of_the_higher(office: Office) -> None:
    manager, clerk = await office.somebody("back.manager"), await office.somebody("logistics")
    absence: dict[str, Any] = {"from_at": now(), "set_at": now(), "set_by_id": manager.account}
    await Absence.create(account_id=manager.account, stand_in_id=clerk.account, **absence)
    handoff = await handed_off(await office.somebody("service"))
    await by_clock(handoff, breached=True)
    opened = await Escalation.all().order_by("id").values_list("level", "assignee_id")
    assert opened == [(level, manager.account) for level in EscalationLevel]
    higher = await Escalation.get(level=EscalationLevel.OFFICE_MANAGER)
    assert await told() == [("CLOCK_BREACHED", manager.name), ("CLOCK_BREACHED", clerk.name)]
    assert await Notification.filter(escalation_id=higher.id).count() == 2
    # Next time the department has a manager: who stands in for that one, too, is told once all the same.
    head = await head_of(office, Department.LOGISTICS)
    await Absence.create(account_id=head.account, stand_in_id=clerk.account, **absence)
    await by_clock(await handed_off(await office.somebody("service")), breached=True)
    assert [name for _, name in (await told())[2:]] == [head.name, manager.name, clerk.name]


async def test_a_deadline_that_passes_by_itself_escalates_once_however_many_keepers_look(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clocks, "_followers", [follow_clock])
    handoff = await handed_off(await office.somebody("service"))
    schedulers = [ClockJob(office.database) for _ in range(3)]
    await at_once(*(scheduler(handoff.due_at) for scheduler in schedulers))
    opened = await Escalation.filter(handoff_id=handoff.id).order_by("id").values_list("level", flat=True)
    assert opened == list(EscalationLevel)
    kinds = await happened(handoff.id)
    assert kinds.count("ESCALATION_OPENED") == 2
    assert kinds.count("CLOCK_BREACHED") == len(await Clock.filter(handoff_id=handoff.id, breached_at__isnull=False))


async def test_of_two_who_close_at_once_one_learns_that_it_is_closed(office: Office) -> None:
    manager, front = await office.somebody("back.manager"), await office.somebody("front.manager")
    clerk = await office.somebody("logistics")
    handoff = await handed_off(await office.somebody("service"))
    escalation = await escalated(clerk, handoff)
    outcomes = await at_once(*(refused(viewer, escalation, "Settled.") for viewer in (manager, front)))
    assert sorted(outcomes) == [[], ["ALREADY_CLOSED"]]
    assert (await Escalation.get(id=escalation.id)).version == 2


async def test_a_complaints_own_clock_goes_to_the_front_office_and_then_to_the_back_offices_manager_too(
    office: Office,
) -> None:
    head = await head_of(office, Department.CUSTOMER_SERVICE, Role.SERVICE_AGENT)
    front = await office.somebody("front.manager")
    manager = await office.somebody("back.manager")
    complaint = await received(await office.somebody("service"))

    async def passed(breached: bool) -> list[tuple[str, str]]:
        before = len(await told())
        await by_clock(complaint, breached=breached)
        return (await told())[before:]

    assert await passed(False) == [("CLOCK_WARNED", head.name)]
    kind = "CLOCK_BREACHED"
    first, second, *front_managers = await passed(True)
    assert (first, second) == ((kind, head.name), (kind, manager.name))
    assert (kind, front.name) in front_managers and (kind, manager.name) not in front_managers
    # It was never handed off. He sees what back-office readers of complaints see, by the notification that told him.
    document = (
        "{ viewer { notifications(first: 1) { nodes { escalation { id reason complaint { number category severity"
        " clocks { kind dueAt breached } } } } } work { nodes { kind escalation { id } } } } }"
    )
    viewer = await office.find(manager, document)
    shown = viewer["notifications"]["nodes"][0]["escalation"]
    assert shown["complaint"]["number"] == complaint.number and shown["complaint"]["clocks"]
    assert {"kind": "ESCALATION_TO_SETTLE", "escalation": {"id": shown["id"]}} in viewer["work"]["nodes"]
    given = {"escalation": shown["id"], "resolution": "Two more agents from tomorrow on."}
    assert (await office.find(manager, CLOSE, {"input": given}))["errors"] == []


async def test_what_a_clock_escalated_is_due_until_its_cause_has_ended_and_open_until_it_is_settled(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clocks, "_followers", [follow_clock])
    agent, clerk = await office.somebody("service"), await office.somebody("logistics")
    manager = await office.somebody("back.manager")
    await Handoff.all().update(status="WITHDRAWN", ended_at=now())
    handoff = await handed_off(agent)
    await ClockJob(office.database)(handoff.due_at)
    document = (
        "{ viewer { work { nodes { kind dueAt escalation { causeEnded handoff { id } } } } } backOffice { escalations("
        "filter: {causeEnded: {eq: true}}) { totalCount } } }"
    )

    async def looked() -> tuple[list[tuple[bool, bool]], int]:
        found = (await office.ask(manager, document))["data"]
        return [
            (item["dueAt"] is not None, item["escalation"]["causeEnded"])
            for item in found["viewer"]["work"]["nodes"]
            if item["kind"] == "ESCALATION_TO_SETTLE" and item["escalation"]["handoff"]
        ], found["backOffice"]["escalations"]["totalCount"]

    assert await looked() == ([(True, False)] * 2, 0)
    await do(claim_handoff, clerk, handoff=handoff.id)
    assert await looked() == ([(True, False)] * 2, 0)
    await do(answer_handoff, clerk, handoff=handoff.id, answer="It leaves today.")
    assert await looked() == ([(False, True)] * 2, 2)
    # Sent back to work, it presses again.
    await do(reject_answer, agent, handoff=handoff.id, reason="It did not.")
    await ClockJob(office.database)(handoff.due_at + timedelta(days=30))
    assert await looked() == ([(True, False)] * 2, 0)


async def test_who_stands_in_for_an_absent_manager_is_told_too_and_may_close(office: Office) -> None:
    agent, manager = await office.somebody("service"), await office.somebody("back.manager")
    clerk = await office.somebody("logistics")
    absence: dict[str, Any] = {"from_at": now(), "set_at": now(), "set_by_id": manager.account}
    await Absence.create(account_id=manager.account, stand_in_id=clerk.account, **absence)
    handoff = await handed_off(agent)
    escalation = await escalated(agent, handoff)
    assert await told() == [("ESCALATED", manager.name), ("ESCALATED", clerk.name)]
    assert not await refused(clerk, escalation, "Sent.")


async def test_a_trend_changes_with_an_event_and_not_without_a_change(agent: Viewer) -> None:
    complaint = await received(agent)
    escalation = await escalated(agent, complaint)
    for _ in range(2):
        await do(change_escalation_trend, agent, escalation=escalation.id, trend=EscalationTrend.RISING)
    assert (await Escalation.get(id=escalation.id)).version == 2
    assert (await happened(complaint.id)).count("ESCALATION_CHANGED") == 1


async def test_an_invisible_escalation_answers_like_a_missing_one(office: Office) -> None:
    agent, accountant = await office.somebody("service"), await office.somebody("accounting")
    escalation = await escalated(agent, await received(agent))
    answers = [
        await office.ask(
            accountant, CLOSE.replace("closedRole", ""), {"input": {"escalation": key, "resolution": "So."}}
        )
        for key in (f"esc_{escalation.id}", f"esc_{agent.account}", "esc_nothing", f"cmp_{escalation.complaint_id}")
    ]
    assert all(answer == answers[0] for answer in answers)
    assert answers[0]["data"]["closeEscalation"]["errors"] == [{"code": "NOT_FOUND", "path": ["input", "escalation"]}]


async def test_the_manager_of_a_department_is_somebody_who_can_see_and_settle(office: Office) -> None:
    admin, manager = await office.somebody("admin"), await office.somebody("back.manager")
    marketer, clerk = await office.somebody("marketing"), await office.somebody("logistics")
    finance = Department.FINANCE

    async def codes(account: Key[Account] | None, version: int | None = None) -> list[str]:
        return await codes_of(
            doing(set_department_manager, admin, department=finance, account=account, expected_version=version)
        )

    assert await codes(Key(marketer.account)) == ["CANNOT_MANAGE"]
    assert await codes(Key(clerk.account)) == ["CANNOT_MANAGE"]
    assert await codes(Key(None)) == ["NOT_FOUND"]
    assert await codes(Key(manager.account)) == []
    assert await codes(None, version=7) == ["STALE_VERSION"]
    assert await codes(None, version=1) == []
    document = "{ backOffice { departmentManagers { nodes { department account { name } version } } } }"
    shown = await office.find(clerk, document)
    assert shown == [{"department": "FINANCE", "account": None, "version": 2}]


async def test_the_database_keeps_one_open_escalation_of_a_sort(agent: Viewer) -> None:
    handoff = await handed_off(agent)
    numbers = iter(f"ESC-{n}" for n in range(9))
    asked: dict[str, Any] = {"opened_at": now(), "trend": "STEADY", "requested_by_id": agent.account}
    for key in (handoff.id, None):
        row: dict[str, Any] = {"complaint_id": handoff.complaint_id, "handoff_id": key}
        row |= {"level": "OFFICE_MANAGER", "reason": "So."}
        for source in ("CLOCK", "STAFF"):
            await Escalation.create(number=next(numbers), source=source, **row, **asked)
        for source in ("CLOCK", "RULE"):
            with pytest.raises(IntegrityError, match=r"(?i)unique"):
                await Escalation.create(number=next(numbers), source=source, **row, **asked)
