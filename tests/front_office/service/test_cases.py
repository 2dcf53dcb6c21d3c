"""Major cases: complaints are gathered and answered once, and each answer is confirmed by itself, as any answer must be."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from models.back_office.products.catalogue import Product
from models.both_offices.notifications import Notification
from models.front_office.customers import Customer
from models.front_office.service.answers import AnswerStatus, ComplaintAnswer, Redress
from models.front_office.service.cases import CaseStatus, MajorCase
from models.front_office.service.complaints import Complaint, ComplaintStatus, Outcome
from models.kit.base import new_id, now
from models.permissions import Department, Role
from resolvers.front_office.service.cases.answering import (
    answer_case,
    close_case,
    confirm_case,
    confirm_case_answer,
    decline_case_answer,
)
from resolvers.front_office.service.cases.gathering import attach_to_case, detach_from_case, open_case
from resolvers.front_office.service.complaints.answering import answer_complaint, approve_redress
from resolvers.front_office.service.complaints.closing import challenge_complaint, close_complaint
from resolvers.front_office.service.ruled import propose_case_for
from resolvers.kit.commands import Key
from resolvers.kit.transaction import transact
from resolvers.kit.viewer import Viewer
from tests.front_office.service.test_answers import codes
from tests.office import Office, at_once, do, doing, handed_off, happened, hire, problems_of, received, upheld

S, A = ComplaintStatus, AnswerStatus


def opening(viewer: Viewer, *complaints: UUID | None, title: str = "Wrong labels") -> Any:
    return doing(open_case, viewer, title=title, complaints=tuple(map(Key, complaints)))


async def opened(viewer: Viewer, *complaints: Complaint) -> MajorCase:
    keys = await transact(opening(viewer, *(complaint.id for complaint in complaints)))
    return await MajorCase.get(id=keys["case"])


def answering(viewer: Viewer, case: UUID, **others: Any) -> Any:
    given: dict[str, Any] = {"outcome": Outcome.UPHELD, "answer": "The labels were wrong.", **others}
    return doing(answer_case, viewer, case=case, **given)


def attaching(viewer: Viewer, case: UUID, complaint: UUID) -> Any:
    return doing(attach_to_case, viewer, case=case, complaint=complaint)


def challenging(viewer: Viewer, complaint: UUID, reason: str) -> Any:
    return doing(challenge_complaint, viewer, complaint=complaint, reason=reason)


async def test_a_case_passes_its_answer_down_and_each_complaint_is_confirmed_by_itself(agent: Viewer) -> None:
    other = await hire("Olga Other", [Role.SERVICE_AGENT], [Department.CUSTOMER_SERVICE])
    one, two, three, done = [await received(agent) for _ in range(4)]
    await do(close_complaint, agent, complaint=done.id, outcome=Outcome.WITHDRAWN, reason="Found.")
    case = await opened(other, one, two, three, done)
    await transact(answering(other, case.id, redress=Redress.GOODWILL, amount=Decimal("20"), currency="EUR"))
    answers = await ComplaintAnswer.filter(case_id=case.id)
    assert {(answer.complaint_id, answer.status) for answer in answers} == {
        (key, A.TO_CONFIRM) for key in (one.id, two.id, three.id)
    }
    assert (await Complaint.get(id=one.id)).status is S.RECEIVED
    assert await Notification.filter(account_id=agent.account, kind="CASE_ANSWER_TO_CONFIRM").count() == 3
    assert await codes(doing(close_case, agent, case=case.id)) == [("UNCONFIRMED_ANSWERS", "case")]
    await do(confirm_case_answer, agent, complaint=one.id)
    await do(confirm_case_answer, agent, complaint=two.id, text="Dear Maria, the labels were wrong.")
    await do(decline_case_answer, agent, complaint=three.id, reason="Maria Anders has another case.")
    first, second = await Complaint.get(id=one.id), await Complaint.get(id=two.id)
    assert (first.status, first.answer) == (S.ANSWERED, "The labels were wrong.")
    assert second.answer == "Dear Maria, the labels were wrong."
    declined = await ComplaintAnswer.get(complaint_id=three.id)
    assert (declined.status, declined.decision_reason) == (A.WITHDRAWN, "[customer] has another case.")
    assert await codes(doing(confirm_case_answer, agent, complaint=one.id)) == [("NOTHING_TO_CONFIRM", "complaint")]
    await do(close_case, agent, case=case.id)
    assert (await MajorCase.get(id=case.id)).status is CaseStatus.CLOSED
    assert await happened(one.id) == [
        "COMPLAINT_RECEIVED",
        "COMPLAINT_ATTACHED",
        "CASE_OPENED",
        "CASE_ANSWERED",
        "COMPLAINT_ANSWERED",
        "CASE_CLOSED",
    ]


async def test_a_confirmed_answer_above_the_limit_needs_a_second_person_who_did_not_write_it_either(
    agent: Viewer,
) -> None:
    writer = await hire("Wanda Writer", [Role.FRONT_OFFICE_MANAGER], [Department.SALES])
    second = await hire("Sam Second", [Role.FRONT_OFFICE_MANAGER], [Department.SALES])
    complaint = await received(agent)
    case = await opened(writer, complaint)
    await transact(answering(writer, case.id, redress=Redress.CREDIT, amount=Decimal("500"), currency="EUR"))
    await do(confirm_case_answer, agent, complaint=complaint.id)
    answer = await ComplaintAnswer.get(case_id=case.id)
    assert (answer.status, answer.proposed_by_id) == (A.PROPOSED, agent.account)
    assert await codes(doing(approve_redress, writer, answer=answer.id)) == [("SAME_PERSON", "answer")]
    await do(approve_redress, second, answer=answer.id)
    assert (await Complaint.get(id=complaint.id)).status is S.ANSWERED


async def test_a_cases_answer_decides_no_stage_for_whoever_worked_at_another(agent: Viewer) -> None:
    author = await hire("Aud Author", [Role.SERVICE_AGENT], [Department.CUSTOMER_SERVICE])
    third = await hire("Theo Third", [Role.SERVICE_AGENT], [Department.CUSTOMER_SERVICE])
    one, two = await received(agent), await received(agent)
    await do(answer_complaint, author, complaint=two.id, outcome=Outcome.NOT_UPHELD, answer="No.")
    await do(challenge_complaint, agent, complaint=two.id, reason="Yes.")
    case = await opened(agent, one, two)
    await transact(answering(author, case.id))
    assert await codes(doing(confirm_case_answer, agent, complaint=two.id)) == [("EARLIER_HANDLER", "complaint")]
    assert await codes(doing(decline_case_answer, author, complaint=two.id)) == [("EARLIER_HANDLER", "complaint")]
    await do(decline_case_answer, agent, complaint=two.id)
    await do(confirm_case_answer, agent, complaint=one.id)
    await do(challenge_complaint, agent, complaint=one.id, reason="Wrong again.")
    for viewer, refused in ((author, True), (agent, True), (third, False)):
        found = await codes(upheld(viewer, one.id))
        assert found == ([("EARLIER_HANDLER", "complaint")] if refused else [])


async def test_a_complaint_with_a_department_at_work_is_not_confirmed_and_one_answered_by_hand_needs_nothing(
    agent: Viewer,
) -> None:
    handoff = await handed_off(agent)
    at_work: UUID = handoff.complaint_id
    by_hand = await received(agent)
    case = await opened(agent, await Complaint.get(id=at_work), by_hand)
    await transact(answering(agent, case.id))
    assert await codes(doing(confirm_case_answer, agent, complaint=at_work)) == [("ILLEGAL_TRANSITION", "complaint")]
    await transact(upheld(agent, by_hand.id))
    statuses = (
        await ComplaintAnswer.filter(complaint_id=by_hand.id).order_by("made_at").values_list("status", flat=True)
    )
    assert statuses == [A.WITHDRAWN, A.SENT]


async def test_a_complaint_is_in_one_open_case_and_one_attached_late_gets_the_answer_too(agent: Viewer) -> None:
    one, late = await received(agent), await received(agent)
    case, other = await opened(agent, one), await opened(agent)
    await transact(answering(agent, case.id))
    await transact(attaching(agent, case.id, late.id))
    assert (await ComplaintAnswer.get(complaint_id=late.id)).status is A.TO_CONFIRM
    assert await codes(attaching(agent, case.id, late.id)) == [("ALREADY_ATTACHED", "complaint")]
    assert await codes(attaching(agent, other.id, late.id)) == [("ALREADY_ATTACHED", "complaint")]
    assert await codes(opening(agent, one.id)) == [("ALREADY_ATTACHED", "complaints")]
    await do(detach_from_case, agent, complaint=late.id)
    assert (await ComplaintAnswer.get(complaint_id=late.id)).status is A.WITHDRAWN
    assert await codes(doing(detach_from_case, agent, complaint=late.id)) == [("NOT_ATTACHED", "complaint")]
    await transact(attaching(agent, other.id, late.id))
    await do(close_case, agent, case=other.id, reason="No case.")
    assert await codes(attaching(agent, other.id, one.id)) == [
        ("CASE_CLOSED", "case"),
        ("ALREADY_ATTACHED", "complaint"),
    ]


async def test_a_title_that_grows_by_its_masks_is_cut(agent: Viewer) -> None:
    case = await opened(agent)
    for title in (" ".join(["a@b.co"] * 28), "x" * 193 + " a@b.co"):
        keys = await transact(opening(agent, title=title))
        assert len((await MajorCase.get(id=keys["case"])).title) == 200
        await MajorCase.filter(id=case.id).update(status=CaseStatus.PROPOSED)
        await do(confirm_case, agent, case=case.id, title=title)
        assert len((await MajorCase.get(id=case.id)).title) == 200


async def test_wrong_members_of_a_case_are_all_named(agent: Viewer) -> None:
    complaint = await received(agent)
    assert await codes(opening(agent, None, new_id(), complaint.id, title=" ")) == [
        ("INVALID", "title"),
        ("NOT_FOUND", "complaints"),
    ]
    assert await codes(opening(agent, *(new_id() for _ in range(101)))) == [("INVALID", "complaints")]
    case = await opened(agent)
    wrong = answering(agent, case.id, outcome=Outcome.DUPLICATE, answer="", redress=Redress.CREDIT, expected_version=7)
    assert [member for _, member in await codes(wrong)] == [
        "answer",
        "outcome",
        "expectedVersion",
        "currency",
        "amount",
    ]
    assert await codes(doing(close_case, agent, case=case.id, reason=" ")) == [("INVALID", "reason")]
    assert await codes(doing(confirm_case, agent, case=case.id)) == [("ILLEGAL_TRANSITION", "case")]


async def test_complaints_of_a_week_about_one_product_are_proposed_as_one_case(agent: Viewer) -> None:
    product = await Product.all().order_by("sku").first()
    assert product is not None
    at = now()

    async def propose(complaint: Complaint) -> MajorCase | None:
        async def work() -> MajorCase | None:
            return await propose_case_for(await Complaint.select_for_update().get(id=complaint.id), at)

        return await transact(work)

    old, one, two, three = [await received(agent, product=product.id) for _ in range(4)]
    await Complaint.filter(id=old.id).update(received_at=at - timedelta(days=8))
    assert await propose(await received(agent)) is None
    first, second = await at_once(propose(two), propose(three))
    assert {case.id for case in (first, second) if case} == {(await MajorCase.get()).id}
    assert await propose(two) is None
    case = await MajorCase.get()
    merge_types = await Complaint.filter(case_id=case.id).order_by("id").values_list("id", flat=True)
    assert merge_types == [one.id, two.id, three.id]
    assert (case.status, case.opened_by_id) == (CaseStatus.PROPOSED, None)
    await do(confirm_case, agent, case=case.id, title="Alfreds Futterkiste and others")
    case = await MajorCase.get()
    assert (case.status, case.title) == (CaseStatus.OPEN, "[customer] and others")


CASES = """{ backOffice { majorCases { totalCount nodes { number title status nextStatuses complaints { totalCount }
  answers { nodes { status } } } } } }"""


async def test_a_department_sees_the_cases_of_its_complaints_without_who_complains(
    office: Office, agent: Viewer, clerk: Viewer
) -> None:
    handoff = await handed_off(agent)
    mine = await Complaint.get(id=handoff.complaint_id)
    await opened(agent, await received(agent))
    stranger = await Customer.exclude(id=mine.customer_id).order_by("number").first()
    assert stranger is not None
    title = f"Maria Anders, {stranger.name} and x@y.example"
    keys = await transact(opening(agent, mine.id, title=title))
    hidden = await received(agent)
    await Complaint.filter(id=hidden.id).update(customer_id=stranger.id)
    await transact(attaching(agent, keys["case"], hidden.id))
    shown = await office.find(clerk, CASES)
    assert shown["totalCount"] == 1
    [case] = shown["nodes"]
    assert case["complaints"]["totalCount"] == 1
    assert case["title"] == "[customer] and [e-mail]"
    assert case["nextStatuses"] == []
    # Reasons that it passed down before name whom it did not know yet; it does not once they are attached.
    late = await received(agent)
    new = await Customer.exclude(id__in=[stranger.id, mine.customer_id]).order_by("number").first()
    assert new is not None
    await Complaint.filter(id=late.id).update(customer_id=new.id)
    await transact(answering(agent, keys["case"], reasons=f"{new.name} was right."))
    assert new.name in (await ComplaintAnswer.get(complaint_id=mine.id)).reasons
    await transact(attaching(agent, keys["case"], late.id))
    told = {answer.reasons for answer in await ComplaintAnswer.filter(case_id=keys["case"])}
    assert told | {(await MajorCase.get(id=keys["case"])).reasons} == {"[customer] was right."}
    refused = await office.ask(clerk, "{ backOffice { majorCases { nodes { answer amount { amount } } } } }")
    permissions = {error["extensions"]["permission"] for error in refused["errors"]}
    assert permissions == {"READ_COMPLAINT_TEXT", "READ_REDRESS"}


async def test_whoever_attaches_while_a_case_is_answered_or_closed_is_waited_for_or_wins(agent: Viewer) -> None:
    for ending in (answering, lambda viewer, case: doing(close_case, viewer, case=case, reason="No case after all.")):
        complaints = [await received(agent) for _ in range(3)]
        case = await opened(agent, complaints[0])

        ended, *_ = await at_once(
            problems_of(ending(agent, case.id)),
            *(problems_of(attaching(agent, case.id, complaint.id)) for complaint in [*complaints, complaints[0]]),
        )
        assert [problem.code for problem in ended] in ([], ["STALE_VERSION"])
        attached = await Complaint.filter(case_id=case.id).count()
        case = await MajorCase.get(id=case.id)
        answers = await ComplaintAnswer.filter(case_id=case.id, status=A.TO_CONFIRM).count()
        assert answers == (attached if case.status == CaseStatus.ANSWERED else 0)


async def test_of_two_who_confirm_at_once_one_sends(agent: Viewer) -> None:
    complaint = await received(agent)
    case = await opened(agent, complaint)
    await transact(answering(agent, case.id))
    outcomes = await at_once(
        *(problems_of(doing(confirm_case_answer, agent, complaint=complaint.id)) for _ in range(3))
    )
    assert sorted(len(problems) for problems in outcomes) == [0, 1, 1]


async def test_the_back_office_sees_no_case_before_its_texts_are_masked_for_somebody(
    office: Office, agent: Viewer
) -> None:
    manager = await office.somebody("back.manager")
    case = await opened(agent)
    await MajorCase.filter(id=case.id).update(title="Maria Anders of Alfreds Futterkiste")
    document = "{ backOffice { majorCases(first: 9) { totalCount nodes { title } } } }"
    seen = await office.ask(manager, document)
    assert seen["data"]["backOffice"]["majorCases"] == {"totalCount": 0, "nodes": []}
    complaint = await received(agent)
    await transact(attaching(agent, case.id, complaint.id))
    seen = await office.ask(manager, document)
    assert seen["data"]["backOffice"]["majorCases"]["nodes"] == [{"title": "[customer] of [customer]"}]
