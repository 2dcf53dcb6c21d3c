"""Handoffs that wait for information or go to another department: who may, what follows, and what the department reads."""

from typing import Any

from models.back_office.handoffs import Handoff, HandoffStatus
from models.back_office.handoffs.messages import HandoffMessage, MessageKind
from models.both_offices.clocks.policies import ClockKind
from models.both_offices.clocks.running import Clock, ClockState
from models.both_offices.notifications import Notification, NotificationKind
from models.permissions import BACK_OFFICE_DEPARTMENTS, FRONT_OFFICE_DEPARTMENTS, Department, Role
from resolvers.back_office.handoffs.verbs import (
    answer_handoff,
    claim_handoff,
    provide_information,
    release_handoff,
    request_information,
    transfer_handoff,
)
from resolvers.kit.commands import Viewer
from resolvers.kit.problems import IllegalTransition
from tests.both_offices.ticking import check_clock
from tests.office import Office, at_once, do, doing, handed_off, happened, hire, history, problems_of, tried, wrong_with
from tests.properties.invariants import check_everything

S = HandoffStatus
TOLD = "Maria Anders ordered them on 3 March, ring 030-0074321"
MASKED = "[customer] ordered them on 3 March, ring [phone]"

ERRORS = "errors { code path }"
ASKED = f"handoff {{ status nextStatuses }} message {{ kind audience text }} {ERRORS}"
TOLD_BACK = f"""handoff {{ status claimedBy {{ name }} messages {{ nodes {{ kind text }} }} }}
  message {{ text }} maskedText {ERRORS}"""
MOVED = f"""handoff {{ status department messages {{ nodes {{ kind text office }} }} }} maskedText {ERRORS}"""
QUESTION = "When were they ordered?"


async def claimed(agent: Viewer, clerk: Viewer) -> Handoff:
    """A handoff that the clerk works on."""
    handoff = await handed_off(agent)
    await do(claim_handoff, clerk, handoff)
    return await Handoff.get(id=handoff.id)


async def waiting(agent: Viewer, clerk: Viewer) -> Handoff:
    """A handoff whose department waits for information."""
    handoff = await claimed(agent, clerk)
    await do(request_information, clerk, handoff, question=QUESTION)
    return await Handoff.get(id=handoff.id)


async def state_of(handoff: Handoff, kind: ClockKind) -> ClockState:
    clock = await Clock.get(handoff_id=handoff.id, kind=kind)
    assert await check_clock(clock.id) == []
    return clock.state


async def test_a_question_and_its_reply_stop_the_departments_clock_in_between(
    office: Office, agent: Viewer, clerk: Viewer
) -> None:
    handoff = await claimed(agent, clerk)
    asked = await office.send(clerk, "requestInformation", ASKED, handoff=f"hnd_{handoff.id}", question=QUESTION)
    assert asked == {
        "handoff": {"status": "AWAITING_INFORMATION", "nextStatuses": ["QUEUED"]},
        "message": {"kind": "INFORMATION_REQUEST", "audience": "BOTH_OFFICES", "text": QUESTION},
        "errors": [],
    }
    assert await state_of(handoff, ClockKind.ANSWER_HANDOFF) is ClockState.PAUSED
    [told] = await Notification.all()
    assert (told.account_id, told.kind) == (agent.account, NotificationKind.INFORMATION_REQUESTED)
    given = {"handoff": f"hnd_{handoff.id}", "text": TOLD, "dryRun": True}
    shown = await office.send(agent, "provideInformation", TOLD_BACK, **given)
    assert shown == {"handoff": None, "message": None, "maskedText": MASKED, "errors": []}
    assert (await Handoff.get(id=handoff.id)).status is S.AWAITING_INFORMATION
    payload = await office.send(agent, "provideInformation", TOLD_BACK, **given | {"dryRun": False})
    assert payload["errors"] == []
    assert payload["handoff"]["status"] == "CLAIMED"
    assert payload["handoff"]["claimedBy"] == {"name": clerk.name}
    assert payload["handoff"]["messages"]["nodes"] == [
        {"kind": "INFORMATION_REQUEST", "text": QUESTION},
        {"kind": "INFORMATION", "text": MASKED},
    ]
    assert await state_of(handoff, ClockKind.ANSWER_HANDOFF) is ClockState.RUNNING
    assert [row.kind for row in await Notification.filter(account_id=clerk.account)] == ["INFORMATION_PROVIDED"]
    kinds = await happened(handoff.id)
    assert kinds == ["HANDOFF_QUEUED", "HANDOFF_CLAIMED", "INFORMATION_REQUESTED", "INFORMATION_PROVIDED"]
    assert (await Handoff.get(id=handoff.id)).version == 4
    await check_everything()


async def test_only_the_claimant_asks_and_only_the_front_office_tells(
    office: Office, agent: Viewer, clerk: Viewer
) -> None:
    colleague = await hire("Second Clerk", [Role.LOGISTICS_CLERK], [Department.LOGISTICS])
    queued, handoff, asked = await handed_off(agent), await claimed(agent, clerk), await waiting(agent, clerk)
    for viewer, of in ((colleague, handoff), (agent, handoff), (clerk, queued), (clerk, asked)):
        [problem] = await tried(doing(request_information, viewer, of, question="Why?"))
        assert isinstance(problem, IllegalTransition)
    for viewer, of in ((clerk, asked), (agent, handoff), (agent, queued)):
        [problem] = await tried(doing(provide_information, viewer, of, text="So."))
        assert isinstance(problem, IllegalTransition)
    [problem] = await tried(doing(request_information, clerk, handoff, question=" \n"))
    assert problem.path == ("input", "question")


async def test_who_puts_a_waiting_handoff_back_lets_the_clock_run_on(agent: Viewer, clerk: Viewer) -> None:
    handoff = await waiting(agent, clerk)
    await do(release_handoff, clerk, handoff)
    assert (await Handoff.get(id=handoff.id)).status is S.QUEUED
    for kind in (ClockKind.ANSWER_HANDOFF, ClockKind.CLAIM_HANDOFF):
        assert await state_of(handoff, kind) is ClockState.RUNNING


async def test_two_replies_at_once_are_one(agent: Viewer, clerk: Viewer) -> None:
    handoff = await waiting(agent, clerk)
    works = [problems_of(doing(provide_information, agent, handoff, text="In March.")) for _ in range(2)]
    outcomes = await at_once(*works)
    assert sorted(len(problems) for problems in outcomes) == [0, 1]
    assert await HandoffMessage.filter(handoff_id=handoff.id, kind=MessageKind.INFORMATION).count() == 1


# --- Transfers ---


async def test_a_transfer_keeps_the_thread_and_leaves_the_old_department_without_a_sight_of_it(
    office: Office, agent: Viewer, clerk: Viewer, accountant: Viewer
) -> None:
    handoff = await waiting(agent, clerk)
    given = {"handoff": f"hnd_{handoff.id}", "department": "FINANCE", "reason": "It is about the invoice."}
    payload = await office.send(clerk, "transferHandoff", MOVED, **given)
    assert payload == {"handoff": None, "maskedText": None, "errors": []}
    seen = "status messages { nodes { kind text office } }"
    assert await office.read(clerk, handoff, seen) is None
    shown = await office.read(accountant, handoff, seen)
    assert shown["status"] == "QUEUED"
    assert shown["messages"]["nodes"] == [
        {"kind": "INFORMATION_REQUEST", "text": QUESTION, "office": "BACK_OFFICE"},
        {"kind": "TRANSFER", "text": "It is about the invoice.", "office": "BACK_OFFICE"},
    ]
    assert (await history(handoff.id))[-2:] == [
        ("HANDOFF_TRANSFERRED", clerk.account, "LOGISTICS"),
        ("HANDOFF_QUEUED", clerk.account, "FINANCE"),
    ]
    handoff = await Handoff.get(id=handoff.id)
    assert (handoff.claimed_by_id, handoff.claimed_at, handoff.last_activity_at) == (None, None, None)
    for kind in (ClockKind.ANSWER_HANDOFF, ClockKind.CLAIM_HANDOFF):
        assert await state_of(handoff, kind) is ClockState.RUNNING
    assert {clock.department for clock in await Clock.filter(handoff_id=handoff.id)} == {Department.FINANCE}
    await do(claim_handoff, accountant, handoff)
    await check_everything()


async def test_the_front_offices_reason_is_masked_and_shown_before_it_is_sent(office: Office, agent: Viewer) -> None:
    handoff = await handed_off(agent)
    given: dict[str, Any] = {"handoff": f"hnd_{handoff.id}", "department": "FINANCE", "reason": TOLD, "dryRun": True}
    shown = await office.send(agent, "transferHandoff", MOVED, **given)
    assert shown == {"handoff": None, "maskedText": MASKED, "errors": []}
    assert (await Handoff.get(id=handoff.id)).department is Department.LOGISTICS
    given["dryRun"] = False
    moved = (await office.send(agent, "transferHandoff", MOVED, **given))["handoff"]
    assert (moved["department"], moved["status"]) == ("FINANCE", "QUEUED")
    assert moved["messages"]["nodes"] == [{"kind": "TRANSFER", "text": MASKED, "office": "FRONT_OFFICE"}]


async def test_of_the_department_only_the_claimant_transfers_and_nobody_what_is_answered(
    office: Office, agent: Viewer, clerk: Viewer
) -> None:
    colleague = await hire("Second Clerk", [Role.LOGISTICS_CLERK], [Department.LOGISTICS])
    accountant = await office.somebody("accounting")
    queued, handoff, answered = await handed_off(agent), await claimed(agent, clerk), await claimed(agent, clerk)
    await do(answer_handoff, clerk, answered, answer="Tomorrow.")

    async def codes(viewer: Viewer, of: Handoff, department: Department = Department.FINANCE) -> list[str]:
        given = {"department": department, "reason": "Not ours."}
        return [problem.code for problem in await tried(doing(transfer_handoff, viewer, of, **given))]

    for viewer in (agent, clerk, colleague):
        assert await codes(viewer, queued) == []
        assert await codes(viewer, answered) == ["ILLEGAL_TRANSITION"]
    assert await codes(agent, handoff) == await codes(clerk, handoff) == []
    assert await codes(colleague, handoff) == ["ILLEGAL_TRANSITION"]
    assert await codes(accountant, handoff) == ["NOT_FOUND"]
    for department in Department:
        fine = department in BACK_OFFICE_DEPARTMENTS - {Department.LOGISTICS}
        assert await codes(clerk, handoff, department) == ([] if fine else ["INVALID"])
    assert FRONT_OFFICE_DEPARTMENTS


async def test_everything_wrong_with_a_transfer_is_reported_at_once(agent: Viewer, clerk: Viewer) -> None:
    handoff = await claimed(agent, clerk)
    await do(answer_handoff, clerk, handoff, answer="Tomorrow.")
    given: dict[str, Any] = {"department": Department.LOGISTICS, "reason": "\0", "expected_version": 1}
    assert await wrong_with(doing(transfer_handoff, clerk, handoff, **given)) == [
        ("INVALID", "reason"),
        ("STALE_VERSION", "expectedVersion"),
        ("INVALID", "department"),
        ("ILLEGAL_TRANSITION", "handoff"),
    ]


async def test_of_a_claim_and_a_transfer_at_once_both_see_what_the_other_did(
    office: Office, agent: Viewer, clerk: Viewer
) -> None:
    for _ in range(3):
        handoff = await handed_off(agent)
        given = {"department": Department.FINANCE, "reason": "Theirs."}
        outcomes = await at_once(
            problems_of(doing(claim_handoff, clerk, handoff)),
            problems_of(doing(transfer_handoff, agent, handoff, **given)),
        )
        handoff = await Handoff.get(id=handoff.id)
        # Whichever came first, the handoff is in the queue of FINANCE; a late claimant finds nothing there.
        assert (handoff.department, handoff.status, outcomes[1]) == (Department.FINANCE, S.QUEUED, ())
        assert [problem.code for problem in outcomes[0]] in ([], ["NOT_FOUND"])
    await check_everything()
