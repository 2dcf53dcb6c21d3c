"""What clients read of clocks, at any moment and wherever they stand."""

from datetime import datetime, timedelta
from typing import Any

from models.both_offices.clocks.running import Clock, ClockReason
from models.front_office.service.complaints import Complaint
from models.kit.base import as_of, now
from models.kit.severity import Severity
from models.permissions import Department, Role
from resolvers.both_offices import clocks
from resolvers.kit.commands import Viewer
from tests.both_offices.ticking import REPLY, at, minutes
from tests.office import Office, handed_off, hire, history, received

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


async def test_what_is_left_is_right_at_any_moment_in_one_statement(office: Office, agent: Viewer) -> None:
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


async def test_clocks_are_read_deep_inside_other_records(office: Office, agent: Viewer) -> None:
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


async def test_the_severity_is_changed_by_a_document(office: Office, agent: Viewer) -> None:
    complaint = await received(agent, severity=Severity.LOW)
    document = """mutation($input: ChangeSeverityInput!) { changeSeverity(input: $input) {
      complaint { severity clocks { remaining } } errors { code path } } }"""
    given = {"complaint": f"cmp_{complaint.id}", "severity": "HIGH", "idempotencyKey": "once"}
    for _ in range(2):
        answer = await office.ask(agent, document, {"input": given})
        assert answer["data"]["changeSeverity"]["errors"] == []
        assert answer["data"]["changeSeverity"]["complaint"]["severity"] == "HIGH"
    assert [entry[0] for entry in await history(complaint.id)].count("SEVERITY_CHANGED") == 1
