"""Dry runs: who writes what the other office reads sees beforehand what of it is masked, whatever the verb."""

from typing import Any

from models.back_office.handoffs import Handoff
from models.front_office.customers import Customer
from models.front_office.service.answers import ComplaintAnswer
from models.front_office.service.cases import CaseStatus, MajorCase
from models.front_office.service.complaints import Complaint, Outcome
from models.kit.events import Event
from models.permissions import Department, Role
from resolvers.back_office.handoffs.verbs import answer_handoff, claim_handoff
from resolvers.front_office.service.cases.answering import answer_case
from resolvers.front_office.service.cases.gathering import open_case
from resolvers.front_office.service.complaints.receiving import receive_complaint
from resolvers.kit.commands import Viewer
from resolvers.kit.transaction import transact
from tests.office import Office, alfreds, do, handed_off, hire, received, what_they_said

TOLD = "Maria Anders of Alfreds Futterkiste (030-0074321) rang."
IMPROVING = {"kind": "PREVENTION", "department": "LOGISTICS", "cause": "METHOD"}
MASKED = "[customer] of [customer] ([phone]) rang."


async def everything() -> list[Any]:
    """How much there is of what a dry run must not add to, and all of what it must not change."""
    kept = [await table.all().order_by("id").values() for table in (MajorCase, ComplaintAnswer)]
    return [await Event.all().count(), await Complaint.all().count(), *kept]


async def shown(office: Office, viewer: Any, verb: str, **given: Any) -> dict[str, Any]:
    """What a dry run answers; nothing may have changed."""
    before = await everything()
    subject = " maskedSubject" if verb == "receiveComplaint" else ""
    payload = await office.send(viewer, verb, f"maskedText{subject} errors {{ message }}", **given, dryRun=True)
    assert before == await everything()
    assert payload.pop("errors") == []
    return payload


async def test_the_author_sees_what_is_masked_before_anything_goes_to_the_back_office(office: Office) -> None:
    agent, manager, clerk = [await office.somebody(who) for who in ("service", "front.manager", "logistics")]
    handoff = await handed_off(agent)
    await do(claim_handoff, clerk, handoff=handoff.id)
    await do(answer_handoff, clerk, handoff=handoff.id, answer="They leave tomorrow.")
    key, complaint = f"hnd_{handoff.id}", f"cmp_{handoff.complaint_id}"  # type: ignore[attr-defined]
    assert await shown(office, agent, "rejectAnswer", handoff=key, reason=TOLD) == {"maskedText": MASKED}
    assert await shown(office, agent, "withdrawHandoff", handoff=key, reason=TOLD) == {"maskedText": MASKED}
    assert await shown(office, agent, "escalateComplaint", complaint=complaint, reason=TOLD) == {"maskedText": MASKED}
    task = {"complaint": complaint, "department": "LOGISTICS", "title": TOLD}
    assert await shown(office, agent, "createTask", **task) == {"maskedText": MASKED}

    customer = f"cus_{(await alfreds()).id}"
    given = {"customer": customer, "channel": "PHONE", "category": "DELIVERY", "severity": "LOW"}
    told = {"subject": TOLD, "description": TOLD}
    payload = await shown(office, agent, "receiveComplaint", **given, **told)
    assert payload == {"maskedText": MASKED, "maskedSubject": MASKED}

    other = f"cmp_{(await received(agent)).id}"
    answer = {"complaint": other, "outcome": "UPHELD", "answer": TOLD, "redress": "GOODWILL", "currency": "USD"}
    reasoned = {"reasons": TOLD, "amount": "75.00"}
    assert await shown(office, agent, "answerComplaint", **answer, **reasoned) == {"maskedText": MASKED}
    sent = await office.send(agent, "answerComplaint", "complaint { answers { nodes { id } } }", **answer, **reasoned)
    [proposed] = [one["id"] for one in sent["complaint"]["answers"]["nodes"]]
    assert await shown(office, manager, "rejectRedress", answer=proposed, reason=TOLD) == {"maskedText": MASKED}
    assert await shown(office, agent, "withdrawAnswer", answer=proposed, reason=TOLD) == {"maskedText": MASKED}


async def test_the_author_sees_what_is_masked_of_a_case_before_it_is_kept(office: Office, agent: Viewer) -> None:
    complaint = await received(agent)
    attached = f"cmp_{complaint.id}"
    assert await shown(office, agent, "openCase", title=TOLD, complaints=[attached]) == {"maskedText": MASKED}
    opened: Any = await do(open_case, agent, title="Late", complaints=(complaint.id,))
    case = {"case": f"cas_{opened['case']}"}
    await MajorCase.filter(id=opened["case"]).update(status=CaseStatus.PROPOSED)
    assert await shown(office, agent, "confirmCase", **case, title=TOLD) == {"maskedText": MASKED}
    assert await shown(office, agent, "confirmCase", **case) == {"maskedText": None}
    await MajorCase.filter(id=opened["case"]).update(status=CaseStatus.OPEN)
    assert await shown(office, agent, "closeCase", **case, reason=TOLD) == {"maskedText": MASKED}
    answer = {"outcome": "UPHELD", "answer": "They were late.", "reasons": TOLD}
    assert await shown(office, agent, "answerCase", **case, **answer) == {"maskedText": MASKED}
    await do(answer_case, agent, case=opened["case"], outcome=Outcome.UPHELD, answer="They were late.", reasons="Late.")
    declined = await shown(office, agent, "declineCaseAnswer", complaint=attached, reason=TOLD)
    assert declined == {"maskedText": MASKED}


async def test_a_dry_run_answers_a_guess_of_the_back_office_alike_whoever_the_customer_is(office: Office) -> None:
    agent, clerk = await office.somebody("service"), await office.somebody("logistics")
    manager = await hire("Nora Both", [Role.BACK_OFFICE_MANAGER], [])
    both = await hire("Otto Both", [Role.BACK_OFFICE_MANAGER, Role.FRONT_OFFICE_MANAGER], [])
    guess = "Futterkiste in Berlin?"
    for customer, known in (
        (await alfreds(), "[customer] in [place]?"),
        (await Customer.get(number="C-000002"), guess),
    ):
        given = what_they_said(customer, hand_off_to=Department.LOGISTICS)
        keys = await transact(lambda given=given: receive_complaint(agent, given))
        handoff = await Handoff.get(complaint_id=keys["complaint"])
        subject = {"complaint": f"cmp_{handoff.complaint_id}", "handoff": f"hnd_{handoff.id}"}  # type: ignore[attr-defined]
        asked = await office.send(agent, "escalateComplaint", "escalation { id }", **subject, reason="Soon, please.")
        verbs: list[tuple[Viewer, str, str, dict[str, Any]]] = [
            (clerk, "transferHandoff", "reason", {"handoff": subject["handoff"], "department": "IT"}),
            (clerk, "refuseHandoff", "reason", {"handoff": subject["handoff"]}),
            (clerk, "createTask", "title", subject | {"department": "LOGISTICS"}),
            (clerk, "proposeImprovement", "title", {"complaints": [subject["complaint"]], **IMPROVING}),
            (manager, "closeEscalation", "resolution", {"escalation": asked["escalation"]["id"]}),
        ]
        for viewer, verb, member, more in verbs:
            # A name in full is masked, whoever's it is; what is half of one tells nothing.
            for said, kept in ((TOLD, MASKED), (guess, guess)):
                assert await shown(office, viewer, verb, **more, **{member: said}) == {"maskedText": kept}, verb
        assert await shown(office, both, "closeEscalation", **verbs[-1][3], resolution=guess) == {"maskedText": known}
