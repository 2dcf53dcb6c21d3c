"""What a complaint came from: found out by either office, written into its history once, and a way to list complaints."""

from uuid import uuid4

from models.front_office.service.complaints import CauseCode, Complaint, Outcome
from models.permissions import ROLE_PERMISSIONS, Permission
from resolvers.back_office.handoffs.verbs import answer_handoff, claim_handoff
from resolvers.front_office.service.complaints.closing import close_complaint
from resolvers.front_office.service.complaints.receiving import determine_cause
from resolvers.kit.viewer import Viewer
from tests.office import Office, do, doing, handed_off, happened, history, problems_of, received

BY_CAUSE = "{ frontOffice { complaints(filter: {cause: {in: [SUPPLIER, METHOD]}}) { nodes { cause } } } }"


async def test_the_department_that_works_on_a_complaint_says_what_it_came_from(agent: Viewer, clerk: Viewer) -> None:
    handoff = await handed_off(agent)
    complaint = await Complaint.get(id=handoff.complaint_id)
    keys = await do(
        determine_cause, clerk, complaint=complaint.id, cause=CauseCode.SUPPLIER, expected_version=complaint.version
    )
    assert keys == {"complaint": complaint.id}
    changed = await Complaint.get(id=complaint.id)
    assert (changed.cause, changed.version) == (CauseCode.SUPPLIER, complaint.version + 1)
    happened = await history(complaint.id, kind="CAUSE_DETERMINED")
    assert happened == [("CAUSE_DETERMINED", clerk.account, "LOGISTICS")]


async def test_the_front_office_replaces_a_cause_also_after_the_end_and_twice_is_once(agent: Viewer) -> None:
    complaint = await received(agent)
    await do(close_complaint, agent, complaint=complaint.id, outcome=Outcome.WITHDRAWN, reason="Solved itself.")
    for cause in (CauseCode.METHOD, CauseCode.TRAINING, CauseCode.TRAINING):
        await do(determine_cause, agent, complaint=complaint.id, cause=cause)
    assert (await Complaint.get(id=complaint.id)).cause is CauseCode.TRAINING
    happened = await history(complaint.id, kind="CAUSE_DETERMINED")
    assert happened == [("CAUSE_DETERMINED", agent.account, None)] * 2


async def test_an_answer_may_bring_the_cause_along(agent: Viewer, clerk: Viewer) -> None:
    handoff = await handed_off(agent)
    await do(claim_handoff, clerk, handoff=handoff.id)
    await do(answer_handoff, clerk, handoff=handoff.id, answer="Mislabelled.", cause=CauseCode.INFORMATION)
    assert (await Complaint.get(id=handoff.complaint_id)).cause is CauseCode.INFORMATION
    assert (await happened(handoff.complaint_id))[-2:] == ["CAUSE_DETERMINED", "HANDOFF_ANSWERED"]


async def test_a_complaint_that_a_department_does_not_see_answers_like_a_missing_one(office: Office) -> None:
    agent, accountant = await office.somebody("service"), await office.somebody("accounting")
    complaint = (await handed_off(agent)).complaint_id
    unseen = await problems_of(doing(determine_cause, accountant, complaint=complaint, cause=CauseCode.OTHER))
    missing = await problems_of(doing(determine_cause, accountant, complaint=uuid4(), cause=CauseCode.OTHER))
    assert unseen == missing
    assert [(problem.code, problem.path) for problem in unseen] == [("NOT_FOUND", ("input", "complaint"))]


async def test_complaints_are_listed_by_cause(office: Office, agent: Viewer, clerk: Viewer) -> None:
    for cause in (CauseCode.SUPPLIER, CauseCode.METHOD, CauseCode.POLICY):
        handoff = await handed_off(agent)
        await do(determine_cause, clerk, complaint=handoff.complaint_id, cause=cause)
    answer = await office.ask(agent, BY_CAUSE)
    assert "errors" not in answer, answer
    assert [node["cause"] for node in answer["data"]["frontOffice"]["complaints"]["nodes"]] == ["METHOD", "SUPPLIER"]


def test_whoever_works_on_complaints_may_say_what_they_came_from() -> None:
    for role, held in ROLE_PERMISSIONS.items():
        works = bool(held & {Permission.WRITE_COMPLAINTS, Permission.WRITE_HANDOFFS})
        assert (Permission.DETERMINE_CAUSES in held) == works, role
