"""Complaints in several pieces: handed off at once, and answered when none that blocks is open."""

from typing import Any

from models.back_office.handoffs import Handoff, HandoffStatus
from models.front_office.service.complaints import Complaint, ComplaintStatus
from models.kit.bookkeeping import NumberSeries
from models.kit.events import Event
from models.permissions import Department
from resolvers.back_office.handoffs.verbs import refuse_handoff
from resolvers.front_office.service.complaints.closing import close_complaint
from resolvers.front_office.service.complaints.working import ComplaintPart, split_complaint
from resolvers.kit.problems import IllegalTransition
from resolvers.kit.transaction import transact
from resolvers.kit.viewer import Viewer
from tests.office import Office, do, doing, problems_of, received, tried, upheld
from tests.properties.invariants import check_everything

SPLIT = """mutation ($input: SplitComplaintInput!) { splitComplaint(input: $input) {
  complaint { status nextStatuses } handoffs { department brief blocks status } maskedTexts errors { code path } } }"""
HAND_OFF = """mutation ($input: HandOffComplaintInput!) { handOffComplaint(input: $input) {
  handoff { brief blocks } maskedText errors { code path } } }"""
D = Department


async def test_the_pieces_are_shown_masked_and_then_handed_off_at_once(office: Office, agent: Viewer) -> None:
    complaint = await received(agent, description="Ma\u00adria Ánders waits")
    given: dict[str, Any] = {
        "complaint": f"cmp_{complaint.id}",
        "parts": [
            {"department": "LOGISTICS"},
            {"department": "FINANCE", "brief": "Refund Alfreds Futterkiste, 030 0074321", "blocks": False},
        ],
        "dryRun": True,
    }
    masked = ["[customer] waits", "Refund [customer], [phone]"]
    before = (await Event.all().count(), await NumberSeries.filter(name__startswith="HND").values("last_given"))
    shown = await office.find(agent, SPLIT, {"input": given})
    assert shown == {"complaint": None, "handoffs": [], "maskedTexts": masked, "errors": []}
    assert await Handoff.filter(complaint_id=complaint.id).count() == 0
    after = (await Event.all().count(), await NumberSeries.filter(name__startswith="HND").values("last_given"))
    assert after == before
    given |= {"dryRun": False, "idempotencyKey": "split"}
    for _ in range(2):
        split = await office.find(agent, SPLIT, {"input": given})
        assert split["errors"] == []
        assert split["complaint"] == {
            "status": "HANDED_OFF",
            "nextStatuses": ["HANDED_OFF", "AWAITING_CUSTOMER", "CLOSED"],
        }
        assert split["handoffs"] == [
            {"department": "LOGISTICS", "brief": masked[0], "blocks": True, "status": "QUEUED"},
            {"department": "FINANCE", "brief": masked[1], "blocks": False, "status": "QUEUED"},
        ]
    assert await Handoff.filter(complaint_id=complaint.id).count() == 2
    assert (await Complaint.get(id=complaint.id)).version == 2
    await check_everything()


async def test_everything_wrong_with_the_pieces_is_reported_by_place(office: Office, agent: Viewer) -> None:
    complaint = await received(agent)
    parts = [
        {"department": "SALES"},
        {"department": "LOGISTICS", "brief": "x" * 10_001},
        {"department": "FINANCE", "brief": " "},
        {"department": "FINANCE"},
    ]
    given = {"complaint": f"cmp_{complaint.id}", "parts": parts, "expectedVersion": 9}
    errors = (await office.find(agent, SPLIT, {"input": given}))["errors"]
    assert [error["path"] for error in errors] == [
        ["input", "parts", "0", "department"],
        ["input", "parts", "1", "brief"],
        ["input", "parts", "3", "department"],
        ["input", "expectedVersion"],
    ]
    assert (await Complaint.get(id=complaint.id)).status is ComplaintStatus.RECEIVED
    for count in (0, 1, 9):
        pieces = [ComplaintPart(department=D.IT)] * count
        change = doing(split_complaint, agent, complaint=complaint.id, parts=pieces)
        assert [problem.path for problem in await problems_of(change)] == [("input", "parts")]


async def test_a_brief_is_shown_masked_before_it_is_handed_off(office: Office, agent: Viewer) -> None:
    complaint = await received(agent)
    given: dict[str, Any] = {"complaint": f"cmp_{complaint.id}", "brief": "Ask Anders", "blocks": False, "dryRun": True}
    shown = await office.find(agent, HAND_OFF, {"input": given})
    assert shown == {"handoff": None, "maskedText": "Ask [customer]", "errors": []}
    assert await Handoff.filter(complaint_id=complaint.id).count() == 0
    given["dryRun"] = False
    done = await office.find(agent, HAND_OFF, {"input": given})
    assert done == {"handoff": {"brief": "Ask [customer]", "blocks": False}, "maskedText": None, "errors": []}


async def test_a_complaint_is_answered_when_none_that_blocks_is_open_and_closing_withdraws_the_rest(
    office: Office, agent: Viewer
) -> None:
    complaint = await received(agent)
    parts = [
        ComplaintPart(department=D.LOGISTICS),
        ComplaintPart(department=D.FINANCE, blocks=False),
        ComplaintPart(department=D.LEGAL, brief="Look."),
    ]
    await do(split_complaint, agent, complaint=complaint.id, parts=parts)
    opened = await Handoff.filter(complaint_id=complaint.id).order_by("id")
    blocking, free, other = [handoff.id for handoff in opened]
    for department, handoff in (("logistics", blocking), ("legal", other)):
        [problem] = await tried(upheld(agent, complaint.id))
        assert isinstance(problem, IllegalTransition)
        assert (await Handoff.get(id=handoff)).number in problem.message
        assert (await Handoff.get(id=free)).number not in problem.message
        worker = await office.somebody(department)
        await do(refuse_handoff, worker, handoff=handoff, reason="No.")
    document = "query ($id: ID!) { node(id: $id) { ... on Complaint { nextStatuses } } }"
    shown = await office.ask(agent, document, {"id": f"cmp_{complaint.id}"})
    assert "ANSWERED" in shown["data"]["node"]["nextStatuses"]
    await transact(upheld(agent, complaint.id))
    assert (await Handoff.get(id=free)).status is HandoffStatus.QUEUED
    await check_everything()
    await do(close_complaint, agent, complaint=complaint.id)
    assert (await Handoff.get(id=free)).status is HandoffStatus.WITHDRAWN
    await check_everything()
