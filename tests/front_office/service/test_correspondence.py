"""Letters: in the customer's language, by the way that they prefer, shown before they are sent, and kept as they were."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from models.both_offices.clocks.policies import ClockKind
from models.both_offices.clocks.running import Clock, ClockState
from models.front_office.customers import Channel, Customer, Language
from models.front_office.service.complaints import Complaint, ComplaintStatus, Outcome
from models.front_office.service.correspondence import Correspondence, CorrespondenceKind, Direction
from models.kit.base import new_id
from models.kit.events import Event
from models.permissions import Department
from resolvers.back_office.handoffs.verbs import claim_handoff, refuse_handoff
from resolvers.both_offices.clocks import check_clock
from resolvers.front_office.service.complaints.closing import close_complaint
from resolvers.front_office.service.correspondence import (
    acknowledge_complaint,
    ask_customer,
    correspond,
    customer_replied,
)
from resolvers.kit.problems import IllegalTransition
from resolvers.kit.transaction import transact
from resolvers.kit.viewer import Viewer
from tests.office import (
    Office,
    alfreds,
    at_once,
    codes_in,
    do,
    doing,
    handed_off,
    happened,
    history,
    problems_of,
    received,
    tried,
    upheld,
)
from tests.properties.invariants import check_everything

S, K = ComplaintStatus, CorrespondenceKind

ACKNOWLEDGE = """mutation ($input: AcknowledgeComplaintInput!) { acknowledgeComplaint(input: $input) {
  complaint { acknowledgedAt correspondence { nodes { kind } } }
  correspondence { direction kind channel language subject text by { name } complaint { number } }
  subject text errors { code path } } }"""
ASK = """mutation ($input: AskCustomerInput!) { askCustomer(input: $input) {
  complaint { status nextStatuses } correspondence { kind text } subject text errors { code path } } }"""
REPLIED = """mutation ($input: CustomerRepliedInput!) { customerReplied(input: $input) {
  complaint { status correspondence { totalCount nodes { direction kind channel language text } } } errors { code path } } }"""


def reply(viewer: Viewer, complaint: UUID, text: str, version: int | None = None) -> Any:
    return doing(
        customer_replied, viewer, complaint=complaint, channel=Channel.PHONE, text=text, expected_version=version
    )


async def state_of(complaint: Complaint, kind: ClockKind) -> ClockState:
    clock = await Clock.get(complaint_id=complaint.id, kind=kind)
    assert await check_clock(clock.id) == []
    return clock.state


# --- Acknowledging ---


async def test_an_acknowledgement_is_shown_sent_and_sent_only_once(office: Office, agent: Viewer) -> None:
    await Customer.filter(id=(await alfreds()).id).update(preferred_channel=Channel.EMAIL)
    complaint = await received(agent)
    before = await Event.all().count()
    given: dict[str, Any] = {"complaint": f"cmp_{complaint.id}", "note": "Wir rufen Sie an.", "dryRun": True}
    shown = await office.find(agent, ACKNOWLEDGE, {"input": given})
    assert (shown["complaint"], shown["correspondence"], shown["errors"]) == (None, None, [])
    assert shown["subject"] == f"Ihre Beschwerde ist bei uns ({complaint.number})"
    assert shown["text"].startswith("Guten Tag Maria Anders,")
    assert "\n\nWir rufen Sie an.\n\n" in shown["text"]
    assert await Correspondence.all().count() == 0
    assert await Event.all().count() == before
    assert (await Complaint.get(id=complaint.id)).acknowledged_at is None
    given["dryRun"] = False
    sent = await office.find(agent, ACKNOWLEDGE, {"input": given})
    assert sent["correspondence"] == {
        "direction": "SENT",
        "kind": "ACKNOWLEDGEMENT",
        "channel": "EMAIL",
        "language": "DE",
        "subject": shown["subject"],
        "text": shown["text"],
        "by": {"name": agent.name},
        "complaint": {"number": complaint.number},
    }
    assert sent["complaint"]["acknowledgedAt"] is not None
    assert sent["complaint"]["correspondence"]["nodes"] == [{"kind": "ACKNOWLEDGEMENT"}]
    assert await state_of(complaint, ClockKind.ACKNOWLEDGE_COMPLAINT) is ClockState.STOPPED
    assert await state_of(complaint, ClockKind.ANSWER_COMPLAINT) is ClockState.RUNNING
    assert (await history(complaint.id))[-1] == ("COMPLAINT_ACKNOWLEDGED", agent.account, None)
    again = await office.find(agent, ACKNOWLEDGE, {"input": given})
    assert codes_in(again) == ["ALREADY_ACKNOWLEDGED"]
    assert await Correspondence.all().count() == 1


async def test_of_two_who_acknowledge_at_once_one_does(agent: Viewer) -> None:
    complaint = await received(agent)
    works = [problems_of(doing(acknowledge_complaint, agent, complaint=complaint.id)) for _ in range(2)]
    codes = sorted([problem.code for problem in problems] for problems in await at_once(*works))
    assert codes == [[], ["ALREADY_ACKNOWLEDGED"]]


async def test_what_is_answered_needs_no_acknowledgement(agent: Viewer) -> None:
    complaint = await received(agent)
    await do(close_complaint, agent, complaint=complaint.id, outcome=Outcome.DUPLICATE, reason="Twice.")
    [problem] = await problems_of(doing(acknowledge_complaint, agent, complaint=complaint.id))
    assert (problem.code, problem.path) == ("ALREADY_ANSWERED", ("input", "complaint"))


async def test_the_answer_is_kept_as_it_was_sent(agent: Viewer) -> None:
    complaint = await received(agent)
    await transact(upheld(agent, complaint.id, answer="Es tut uns leid."))
    [letter] = await Correspondence.filter(complaint_id=complaint.id)
    assert (letter.kind, letter.channel, letter.language) == (K.ANSWER, Channel.PHONE, Language.DE)
    assert "\n\nEs tut uns leid.\n\n" in letter.text


# --- Asking ---


async def test_a_question_and_its_reply_stop_the_customers_clock_in_between(
    office: Office, agent: Viewer, clerk: Viewer
) -> None:
    handoff = await handed_off(agent)
    complaint = await Complaint.get(id=handoff.complaint_id)
    given = {"complaint": f"cmp_{complaint.id}", "question": "Welche Kisten fehlen?"}
    shown = await office.find(agent, ASK, {"input": given | {"dryRun": True}})
    assert (shown["complaint"], "Welche Kisten fehlen?" in shown["text"]) == (None, True)
    asked = await office.find(agent, ASK, {"input": given})
    assert asked["complaint"] == {"status": "AWAITING_CUSTOMER", "nextStatuses": ["HANDED_OFF", "CLOSED"]}
    assert asked["correspondence"] == {"kind": "QUESTION", "text": shown["text"]}
    assert await state_of(complaint, ClockKind.ANSWER_COMPLAINT) is ClockState.PAUSED
    # The department goes on meanwhile, also to its end.
    await do(claim_handoff, clerk, handoff=handoff.id)
    given = {"complaint": f"cmp_{complaint.id}", "channel": "EMAIL", "text": "Die beiden blauen. Maria Anders"}
    replied = await office.find(agent, REPLIED, {"input": given})
    assert replied["errors"] == []
    assert replied["complaint"]["status"] == "HANDED_OFF"
    reply = replied["complaint"]["correspondence"]["nodes"][-1]
    assert reply == {
        "direction": "RECEIVED",
        "kind": "REPLY",
        "channel": "EMAIL",
        "language": None,
        "text": "Die beiden blauen. Maria Anders",
    }
    assert await state_of(complaint, ClockKind.ANSWER_COMPLAINT) is ClockState.RUNNING
    assert (await happened(complaint.id))[2:] == ["CUSTOMER_ASKED", "HANDOFF_CLAIMED", "CUSTOMER_REPLIED"]
    await check_everything()


async def test_after_the_reply_a_complaint_is_with_its_departments_or_with_none(agent: Viewer, clerk: Viewer) -> None:
    with_none, refused = await received(agent), await handed_off(agent)
    for complaint in (with_none.id, refused.complaint_id):
        await do(ask_customer, agent, complaint=complaint, question="Warum?")
    await do(refuse_handoff, clerk, handoff=refused.id, reason="Not ours.")
    for complaint in (with_none.id, refused.complaint_id):
        assert (await Complaint.get(id=complaint)).status is S.AWAITING_CUSTOMER
        await transact(reply(agent, complaint, "Darum."))
        assert (await Complaint.get(id=complaint)).status is S.RECEIVED
    await check_everything()


async def test_only_who_was_asked_replies(agent: Viewer) -> None:
    complaint = await received(agent)
    [problem] = await tried(reply(agent, complaint.id, "Ja."))
    assert isinstance(problem, IllegalTransition)
    await do(ask_customer, agent, complaint=complaint.id, question="Warum?")
    [problem] = await tried(doing(ask_customer, agent, complaint=complaint.id, question="Warum?"))
    assert isinstance(problem, IllegalTransition)
    problems = await tried(reply(agent, complaint.id, "\0", 1))
    assert [problem.path[-1] for problem in problems] == ["text", "expectedVersion"]
    [problem] = await tried(reply(agent, new_id(), "Ja."))
    assert problem.code == "NOT_FOUND"


# --- Who reads and who writes ---


async def test_no_back_office_role_reads_letters_or_replies(office: Office, agent: Viewer) -> None:
    handoff = await handed_off(agent, Department.LOGISTICS)
    complaint = await Complaint.get(id=handoff.complaint_id)
    letter = await correspond(complaint, K.ANSWER, at=datetime.now(UTC), by=None, answer="Sorry.")
    assert letter.direction is Direction.SENT
    nested = "query ($id: ID!) { node(id: $id) { ... on Complaint { correspondence { totalCount } } } }"
    single = "query ($id: ID!) { node(id: $id) { id } }"
    for address in ("logistics", "back.manager", "accounting", "admin"):
        viewer = await office.somebody(address)
        answer = await office.ask(viewer, nested, {"id": f"cmp_{complaint.id}"})
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["FORBIDDEN"], address
        answer = await office.ask(viewer, single, {"id": f"let_{letter.id}"})
        assert answer == {"data": {"node": None}}
    assert (await office.ask(agent, single, {"id": f"let_{letter.id}"}))["data"]["node"] is not None


async def test_correspondence_with_its_authors_is_one_statement(office: Office, agent: Viewer) -> None:
    complaint = await received(agent)
    for _ in range(3):
        await correspond(complaint, K.QUESTION, at=datetime.now(UTC), by=agent.account, question="Warum?")
    document = """query ($id: ID!) { frontOffice { complaint(id: $id) {
      correspondence(last: 2, filter: {direction: {eq: SENT}}) { nodes { text by { name } } } }
      messageTemplates(filter: {language: {eq: FR}}) { nodes { kind text } } } }"""
    before = office.database.statements_read
    answer = await office.ask(agent, document, {"id": f"cmp_{complaint.id}"})
    assert len(answer["data"]["frontOffice"]["complaint"]["correspondence"]["nodes"]) == 2
    assert len(answer["data"]["frontOffice"]["messageTemplates"]["nodes"]) == 4
    assert office.database.statements_read - before <= 2
