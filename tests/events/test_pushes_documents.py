"""The two live documents that clients keep open: who gets which events, and who may not even ask."""

import httpx
import pytest
from prometheus_client import generate_latest

from models.back_office.handoffs import Handoff, HandoffEvent
from models.back_office.handoffs.messages import Audience
from models.both_offices.accounts import Account
from models.front_office.service.complaints import Complaint, ComplaintEvent
from models.kit.base import now
from models.kit.events import Event, EventSubject
from models.kit.severity import Severity
from models.permissions import Department, Role
from resolvers.back_office.handoffs.messages import post_message
from resolvers.back_office.handoffs.verbs import transfer_handoff
from resolvers.both_offices.clocks.policies import bring_in_presets
from resolvers.events import record
from resolvers.events.dispatcher import _happening
from resolvers.front_office.service.complaints.receiving import change_severity
from resolvers.kit.transaction import transact
from tests.events.pushing import LIVE, fill, happen, token_for
from tests.events.screens import Client, Office, cursor_at
from tests.office import DOCUMENTS, doing, viewer_of

COMPLAINT_LIVE = DOCUMENTS["ComplaintLive"]


async def agent(office: Office) -> tuple[str, str]:
    """A service agent's token and the id of another complaint than the office's own."""
    account, handoff = await fill("service@example.com", Department.LEGAL, Role.SERVICE_AGENT)
    return await token_for(account), f"cmp_{(await Handoff.get(id=handoff)).complaint_id}"


async def close_complaint(number: str) -> None:
    complaint = await Complaint.get(number=number)
    await transact(lambda: record(ComplaintEvent.CLOSED, complaint, actor=None))


async def next_of(client: Client, field: str) -> dict[str, object]:
    message = client.unread.pop(0) if client.unread else await client.receive()
    assert message["type"] == "next", message
    return message["payload"]["data"][field]


async def test_a_department_reads_its_handoff_as_it_is_now(office: Office) -> None:
    client = await office.screen()
    await happen(office.handoff)
    seen = await next_of(client, "complaintHandoffs")
    assert (seen["kind"], str(seen["at"])[-1]) == ("HANDOFF_RELEASED", "Z")
    assert seen["handoff"] == {
        "id": f"hnd_{office.handoff}",
        "number": "HND-logistics@",
        "department": "LOGISTICS",
        "status": "QUEUED",
        "brief": "Find out why.",
        "version": 2,
        "complaint": {"number": "CMP-logistics@", "severity": "HIGH", "subject": "Late", "product": None},
    }


@pytest.mark.parametrize("departments", [None, ["LOGISTICS"], ["LOGISTICS", "FINANCE"]])
async def test_departments_narrow_what_comes_and_never_widen_it(office: Office, departments: list[str] | None) -> None:
    _, elsewhere = await fill("finance@example.com", Department.FINANCE)
    client = await office.screen(departments=departments)
    await happen(elsewhere)
    await happen(office.handoff)
    assert (await next_of(client, "complaintHandoffs"))["handoff"]["department"] == "LOGISTICS"  # type: ignore[index]
    assert await client.is_silent()


async def test_asking_for_anothers_department_brings_nothing(office: Office) -> None:
    _, elsewhere = await fill("finance@example.com", Department.FINANCE)
    client = await office.screen(departments=["FINANCE"])
    await happen(elsewhere)
    await happen(office.handoff)
    assert await client.is_silent()


async def test_the_front_office_follows_all_complaints_or_one(office: Office) -> None:
    token, complaint = await agent(office)
    everything = await Client.watching(office.port, token, COMPLAINT_LIVE)
    one = await Client.watching(office.port, token, COMPLAINT_LIVE, complaint=complaint)
    await happen(office.handoff)
    await close_complaint("CMP-service@ex")
    assert (await next_of(everything, "complaintUpdates"))["kind"] == "HANDOFF_RELEASED"
    for client in (everything, one):
        seen = await next_of(client, "complaintUpdates")
        assert seen["kind"] == "COMPLAINT_CLOSED"
        assert seen["complaint"]["customer"] == {"name": "Alfreds"}  # type: ignore[index]
    assert await one.is_silent()


@pytest.mark.parametrize("complaint", ["nonsense", "cmp_1", "cmp_00000000-0000-7000-8000-000000000000"])
async def test_a_complaint_that_is_not_there_is_one_where_nothing_happens(office: Office, complaint: str) -> None:
    token, _ = await agent(office)
    client = await Client.watching(office.port, token, COMPLAINT_LIVE, complaint=complaint)
    await happen(office.handoff)
    assert await client.is_silent()


async def test_the_back_office_may_not_ask_who_complains(office: Office) -> None:
    client = await Client.watching(office.port, office.token, COMPLAINT_LIVE)
    _, errors = await client.refusal()
    assert {error["extensions"]["code"] for error in errors} == {"FORBIDDEN"}
    assert "Customer.name" in {error["extensions"]["coordinate"] for error in errors}


async def test_subscriptions_that_differ_in_a_nested_value_get_each_its_own(office: Office) -> None:
    query = """subscription ($first: Int) { complaintHandoffs { cursor handoff { number complaint {
        handoffs(first: $first) { nodes { number } pageInfo { hasNextPage } } } } } }"""
    handoff = await Handoff.get(id=office.handoff)
    for number in range(2):
        await Handoff.create(
            number=f"HND-{number}",
            complaint_id=handoff.complaint_id,
            department=Department.LOGISTICS,
            status=handoff.status,
            brief="Also.",
            handed_off_at=now(),
            due_at=now(),
        )
    clients = {first: await Client.watching(office.port, office.token, query, first=first) for first in (1, 2, 3)}
    await happen(office.handoff)
    for first, client in clients.items():
        seen = await next_of(client, "complaintHandoffs")
        assert len(seen["handoff"]["complaint"]["handoffs"]["nodes"]) == first  # type: ignore[index]


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("subscription {", {}),
        ("subscription { nothing }", {}),
        ("subscription { complaintHandoffs { cursor } complaintUpdates { cursor } }", {}),
        (LIVE, {"departments": "x"}),
        (LIVE, {"departments": ["NOWHERE"]}),
        (LIVE, {"after": 5}),
        (LIVE, {"after": "nonsense"}),
        ("query A { __typename } query B { __typename }", {}),
    ],
)
async def test_what_is_no_valid_subscription_is_refused_and_the_socket_stays(
    office: Office, query: str, variables: dict[str, object]
) -> None:
    client = await Client.watching(office.port, office.token, query, **variables)
    name, errors = await client.refusal()
    assert (name, {error["extensions"]["code"] for error in errors}) == ("1", {"BAD_REQUEST"})
    await client.subscribe("1")
    await office.reaches(client)


async def test_each_subscription_is_counted_and_logged_without_what_it_asks_for(office: Office) -> None:
    await office.screen()
    await Client.watching(office.port, office.token, COMPLAINT_LIVE)
    await Client.watching(office.port, office.token, "subscription Canary { canary }")
    lines = [line for line in office.app.state.lines if line["method"] == "WEBSOCKET"]
    assert [(line["operation"], line["outcome"]) for line in lines] == [
        ("HandoffsLive", "OK"),
        (None, "FORBIDDEN"),
        (None, "BAD_REQUEST"),
    ]
    assert {line["account"] for line in lines} == {str(office.account)}
    assert office.token not in str(lines)
    assert "anary" not in str(lines)
    figures = generate_latest(office.app.state.metrics.registry).decode()
    counted = 'interoffice_operations_total{name="HandoffsLive",outcome="ok",type="subscription"} 1.0'
    assert counted in figures


async def test_messages_that_cannot_be_made_end_the_subscription_with_an_incident(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def failing(*_arguments: object) -> list[tuple[int, bytes]]:
        raise RuntimeError("SELECT secret")

    monkeypatch.setattr("resolvers.events.streams.ATTEMPTS", 2)
    monkeypatch.setattr(office.app.state.engine, "_messages", failing)
    client = await office.screen()
    await happen(office.handoff)
    name, [error] = await client.refusal()
    assert (name, error["extensions"]["code"]) == ("1", "INTERNAL")
    assert "SELECT" not in str(error)
    monkeypatch.undo()
    await client.subscribe("1")
    await office.reaches(client)


async def test_a_department_sees_a_handoff_leave_and_hears_nothing_that_the_front_office_says_to_itself(
    office: Office,
) -> None:
    await bring_in_presets()
    account, _ = await fill("service@example.com", Department.LEGAL, Role.SERVICE_AGENT)
    speaker = viewer_of(await Account.get(id=account))
    client = await office.screen()
    for audience in (Audience.FRONT_OFFICE, Audience.BOTH_OFFICES):
        await transact(doing(post_message, speaker, handoff=office.handoff, audience=audience, text="They will sue."))
    seen = await next_of(client, "complaintHandoffs")
    assert (seen["kind"], seen["handoff"]["number"]) == ("MESSAGE_POSTED", "HND-logistics@")  # type: ignore[index]
    given = {"handoff": office.handoff, "department": Department.FINANCE, "reason": "Theirs."}
    await transact(doing(transfer_handoff, speaker, **given))
    seen = await next_of(client, "complaintHandoffs")
    assert (seen["kind"], seen["handoff"]) == ("HANDOFF_TRANSFERRED", None)
    assert await client.is_silent()


IDS = "subscription { complaintHandoffs { kind handoffId handoff { number } } }"


async def test_a_department_that_lost_a_handoff_is_told_which(office: Office) -> None:
    account, _ = await fill("finance@example.com", Department.FINANCE)
    here = await Client.watching(office.port, office.token, IDS)
    there = await Client.watching(office.port, await token_for(account), IDS)
    clerk = viewer_of(await Account.get(id=office.account))
    await doing(transfer_handoff, clerk, handoff=office.handoff, department=Department.FINANCE, reason="Not ours.")()
    lost, got = await next_of(here, "complaintHandoffs"), await next_of(there, "complaintHandoffs")
    assert lost == {"kind": "HANDOFF_TRANSFERRED", "handoffId": f"hnd_{office.handoff}", "handoff": None}
    assert got == {
        "kind": "HANDOFF_QUEUED",
        "handoffId": f"hnd_{office.handoff}",
        "handoff": {"number": "HND-logistics@"},
    }
    assert await here.is_silent() and await there.is_silent()


async def test_whoever_gives_a_handoff_away_is_told_of_no_error(office: Office) -> None:
    document = """mutation ($input: TransferHandoffInput!) {
      transferHandoff(input: $input) { handoff { id } errors { code } } }"""
    given = {"handoff": f"hnd_{office.handoff}", "department": "FINANCE", "reason": "Not ours."}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{office.port}") as http:
        sent = {"query": document, "variables": {"input": given}}
        answer = await http.post("/graphql", json=sent, headers={"authorization": f"Bearer {office.token}"})
    assert answer.json() == {"data": {"transferHandoff": {"handoff": None, "errors": []}}}


async def test_a_change_of_severity_is_told_once_to_each(office: Office) -> None:
    account, handoff = await fill("service@example.com", Department.LOGISTICS, Role.SERVICE_AGENT)
    complaints = await Client.watching(office.port, await token_for(account), COMPLAINT_LIVE)
    handoffs = await office.screen(query=IDS)
    agent, complaint = viewer_of(await Account.get(id=account)), (await Handoff.get(id=handoff)).complaint_id
    await doing(change_severity, agent, complaint=complaint, severity=Severity.CRITICAL)()
    assert (await next_of(complaints, "complaintUpdates"))["kind"] == "SEVERITY_CHANGED"
    assert (await next_of(handoffs, "complaintHandoffs"))["kind"] == "SEVERITY_CHANGED"
    assert await complaints.is_silent() and await handoffs.is_silent()


async def test_what_a_newer_version_records_passes_by_and_stops_nobody(office: Office) -> None:
    client = await office.screen()
    handoff = await Handoff.get(id=office.handoff)

    async def newer() -> None:
        event = await Event.create(kind="HANDOFF_TELEPORTED", at=now(), department=handoff.department)
        await EventSubject.create(event=event, type="handoff", key=handoff.id)

    async def all_three() -> None:
        await newer()
        await record(HandoffEvent.RELEASED, handoff, actor=None, department=handoff.department)
        await newer()

    await transact(all_three)
    assert (await next_of(client, "complaintHandoffs"))["kind"] == "HANDOFF_RELEASED"
    assert await client.is_silent()
    back = await office.screen(after=cursor_at(0))
    assert (await next_of(back, "complaintHandoffs"))["kind"] == "HANDOFF_RELEASED"
    assert await back.is_silent()
    await office.reaches(client)


def test_a_department_that_only_a_newer_version_knows_has_no_subscribers() -> None:
    found = [_happening([(1, "HANDOFF_QUEUED", name, None, None, None)]).department for name in ("SPACE", None, "IT")]
    assert found == [None, None, Department.IT]
