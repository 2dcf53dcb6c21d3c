"""What belongs together: complaints gathered into cases and answered once, each confirmed by itself; and links between two."""

from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

from models.back_office.handoffs import Handoff
from models.back_office.products.catalogue import Product
from models.both_offices.notifications import Notification
from models.front_office.customers import Customer
from models.front_office.service.answers import AnswerStatus, ComplaintAnswer, Redress
from models.front_office.service.cases import CaseStatus, ComplaintLink, LinkKind, MajorCase
from models.front_office.service.complaints import Complaint, ComplaintStatus, Outcome
from models.kit.base import new_id, now
from resolvers.front_office.service.cases.answering import (
    answer_case,
    close_case,
    confirm_case,
    confirm_case_answer,
    decline_case_answer,
)
from resolvers.front_office.service.cases.gathering import attach_to_case, detach_from_case, open_case
from resolvers.front_office.service.cases.linking import link_complaints, unlink_complaints
from resolvers.front_office.service.complaints.answering import answer_complaint, approve_redress
from resolvers.front_office.service.complaints.closing import challenge_complaint, close_complaint
from resolvers.front_office.service.ruled import propose_case_for
from resolvers.kit.commands import Viewer
from resolvers.kit.transaction import transact
from tests.front_office.service.complaining import a_manager, an_agent, codes
from tests.office import Office, at_once, do, doing, handed_off, happened, problems_of, received, upheld

S, A = ComplaintStatus, AnswerStatus


def opening(viewer: Viewer, *complaints: Complaint | UUID | None, title: str = "Wrong labels") -> Any:
    return doing(open_case, viewer, title=title, complaints=complaints)


async def opened(viewer: Viewer, *complaints: Complaint, title: str = "Wrong labels") -> MajorCase:
    keys = await transact(opening(viewer, *complaints, title=title))
    return await MajorCase.get(id=keys["case"])


def answering(viewer: Viewer, case: MajorCase, **others: Any) -> Any:
    given: dict[str, Any] = {"outcome": Outcome.UPHELD, "answer": "The labels were wrong.", **others}
    return doing(answer_case, viewer, case, **given)


def attaching(viewer: Viewer, case: MajorCase, complaint: Complaint) -> Any:
    return doing(attach_to_case, viewer, case, complaint)


async def received_of(agent: Viewer, customer: Customer) -> Complaint:
    """A complaint of another customer."""
    complaint = await received(agent)
    await Complaint.filter(id=complaint.id).update(customer_id=customer.id)
    return complaint


async def test_a_case_passes_its_answer_down_and_each_complaint_is_confirmed_by_itself(
    agent: Viewer, other: Viewer
) -> None:
    one, two, three, done = [await received(agent) for _ in range(4)]
    await do(close_complaint, agent, done, outcome=Outcome.WITHDRAWN, reason="Found.")
    case = await opened(other, one, two, three, done)
    await transact(answering(other, case, redress=Redress.GOODWILL, amount=Decimal("20"), currency="EUR"))
    answers = await ComplaintAnswer.filter(case_id=case.id)
    assert {(answer.complaint_id, answer.status) for answer in answers} == {
        (key, A.TO_CONFIRM) for key in (one.id, two.id, three.id)
    }
    assert (await Complaint.get(id=one.id)).status is S.RECEIVED
    assert await Notification.filter(account_id=agent.account, kind="CASE_ANSWER_TO_CONFIRM").count() == 3
    assert await codes(doing(close_case, agent, case)) == [("UNCONFIRMED_ANSWERS", "case")]
    await do(confirm_case_answer, agent, one)
    await do(confirm_case_answer, agent, two, text="Dear Maria, the labels were wrong.")
    await do(decline_case_answer, agent, three, reason="Maria Anders has another case.")
    first, second = await Complaint.get(id=one.id), await Complaint.get(id=two.id)
    assert (first.status, first.answer) == (S.ANSWERED, "The labels were wrong.")
    assert second.answer == "Dear Maria, the labels were wrong."
    declined = await ComplaintAnswer.get(complaint_id=three.id)
    assert (declined.status, declined.decision_reason) == (A.WITHDRAWN, "[customer] has another case.")
    assert await codes(doing(confirm_case_answer, agent, one)) == [("NOTHING_TO_CONFIRM", "complaint")]
    await do(close_case, agent, case)
    assert (await MajorCase.get(id=case.id)).status is CaseStatus.CLOSED
    of_the_case = ["COMPLAINT_ATTACHED", "CASE_OPENED", "CASE_ANSWERED", "COMPLAINT_ANSWERED", "CASE_CLOSED"]
    assert await happened(one.id) == ["COMPLAINT_RECEIVED", *of_the_case]


async def test_a_confirmed_answer_above_the_limit_needs_a_second_person_who_did_not_write_it_either(
    agent: Viewer,
) -> None:
    writer, second = await a_manager("Wanda Writer"), await a_manager("Sam Second")
    complaint = await received(agent)
    case = await opened(writer, complaint)
    await transact(answering(writer, case, redress=Redress.CREDIT, amount=Decimal("500"), currency="EUR"))
    await do(confirm_case_answer, agent, complaint)
    answer = await ComplaintAnswer.get(case_id=case.id)
    assert (answer.status, answer.proposed_by_id) == (A.PROPOSED, agent.account)
    assert await codes(doing(approve_redress, writer, answer)) == [("SAME_PERSON", "answer")]
    await do(approve_redress, second, answer)
    assert (await Complaint.get(id=complaint.id)).status is S.ANSWERED


async def test_a_cases_answer_decides_no_stage_for_whoever_worked_at_another(agent: Viewer) -> None:
    author, third = await an_agent("Aud Author"), await an_agent("Theo Third")
    one, two = await received(agent), await received(agent)
    await do(answer_complaint, author, two, outcome=Outcome.NOT_UPHELD, answer="No.")
    await do(challenge_complaint, agent, two, reason="Yes.")
    case = await opened(agent, one, two)
    await transact(answering(author, case))
    refused = [("EARLIER_HANDLER", "complaint")]
    assert await codes(doing(confirm_case_answer, agent, two)) == refused
    assert await codes(doing(decline_case_answer, author, two)) == refused
    await do(decline_case_answer, agent, two)
    await do(confirm_case_answer, agent, one)
    await do(challenge_complaint, agent, one, reason="Wrong again.")
    for viewer, expected in ((author, refused), (agent, refused), (third, [])):
        assert await codes(upheld(viewer, one.id)) == expected


async def test_a_complaint_with_a_department_at_work_is_not_confirmed_and_one_answered_by_hand_needs_nothing(
    agent: Viewer, handoff: Handoff
) -> None:
    at_work, by_hand = await Complaint.get(id=handoff.complaint_id), await received(agent)
    case = await opened(agent, at_work, by_hand)
    await transact(answering(agent, case))
    assert await codes(doing(confirm_case_answer, agent, at_work)) == [("ILLEGAL_TRANSITION", "complaint")]
    await transact(upheld(agent, by_hand.id))
    answers = ComplaintAnswer.filter(complaint_id=by_hand.id).order_by("made_at")
    assert await answers.values_list("status", flat=True) == [A.WITHDRAWN, A.SENT]


async def test_a_complaint_is_in_one_open_case_and_one_attached_late_gets_the_answer_too(agent: Viewer) -> None:
    one, late = await received(agent), await received(agent)
    case, other = await opened(agent, one), await opened(agent)
    await transact(answering(agent, case))
    await transact(attaching(agent, case, late))
    assert (await ComplaintAnswer.get(complaint_id=late.id)).status is A.TO_CONFIRM
    for here in (case, other):
        assert await codes(attaching(agent, here, late)) == [("ALREADY_ATTACHED", "complaint")]
    assert await codes(opening(agent, one)) == [("ALREADY_ATTACHED", "complaints")]
    await do(detach_from_case, agent, late)
    assert (await ComplaintAnswer.get(complaint_id=late.id)).status is A.WITHDRAWN
    assert await codes(doing(detach_from_case, agent, late)) == [("NOT_ATTACHED", "complaint")]
    await transact(attaching(agent, other, late))
    await do(close_case, agent, other, reason="No case.")
    assert await codes(attaching(agent, other, one)) == [("CASE_CLOSED", "case"), ("ALREADY_ATTACHED", "complaint")]


async def test_a_title_that_grows_by_its_masks_is_cut(agent: Viewer) -> None:
    case = await opened(agent)
    for title in (" ".join(["a@b.co"] * 28), "x" * 193 + " a@b.co"):
        assert len((await opened(agent, title=title)).title) == 200
        await MajorCase.filter(id=case.id).update(status=CaseStatus.PROPOSED)
        await do(confirm_case, agent, case, title=title)
        assert len((await MajorCase.get(id=case.id)).title) == 200


async def test_wrong_members_of_a_case_are_all_named(agent: Viewer, complaint: Complaint) -> None:
    wrong = [("INVALID", "title"), ("NOT_FOUND", "complaints")]
    assert await codes(opening(agent, None, new_id(), complaint, title=" ")) == wrong
    assert await codes(opening(agent, *(new_id() for _ in range(101)))) == [("INVALID", "complaints")]
    case = await opened(agent)
    change = answering(agent, case, outcome=Outcome.DUPLICATE, answer="", redress=Redress.CREDIT, expected_version=7)
    members = [member for _, member in await codes(change)]
    assert members == ["answer", "outcome", "expectedVersion", "currency", "amount"]
    assert await codes(doing(close_case, agent, case, reason=" ")) == [("INVALID", "reason")]
    assert await codes(doing(confirm_case, agent, case)) == [("ILLEGAL_TRANSITION", "case")]


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
    attached = await Complaint.filter(case_id=case.id).order_by("id").values_list("id", flat=True)
    assert attached == [one.id, two.id, three.id]
    assert (case.status, case.opened_by_id) == (CaseStatus.PROPOSED, None)
    await do(confirm_case, agent, case, title="Alfreds Futterkiste and others")
    case = await MajorCase.get()
    assert (case.status, case.title) == (CaseStatus.OPEN, "[customer] and others")


CASES = "{ backOffice { majorCases { totalCount nodes { title nextStatuses complaints { totalCount } } } } }"


async def test_a_department_sees_the_cases_of_its_complaints_without_who_complains(
    office: Office, agent: Viewer, clerk: Viewer
) -> None:
    mine = await Complaint.get(id=(await handed_off(agent)).complaint_id)
    await opened(agent, await received(agent))
    stranger, newcomer, *_ = await Customer.exclude(id=mine.customer_id).order_by("number").limit(2)
    case = await opened(agent, mine, title=f"Maria Anders, {stranger.name} and x@y.example")
    await transact(attaching(agent, case, await received_of(agent, stranger)))
    shown = {"title": "[customer] and [e-mail]", "nextStatuses": [], "complaints": {"totalCount": 1}}
    assert await office.find(clerk, CASES) == {"totalCount": 1, "nodes": [shown]}
    # Reasons that it passed down before name whom it did not know yet; it does not once they are attached.
    late = await received_of(agent, newcomer)
    known_as = newcomer.name.split()[0]
    await transact(answering(agent, case, reasons=f"Señor {known_as} was right."))
    assert known_as in (await ComplaintAnswer.get(complaint_id=mine.id)).reasons
    await transact(attaching(agent, case, late))
    told = {answer.reasons for answer in await ComplaintAnswer.filter(case_id=case.id)}
    assert told | {(await MajorCase.get(id=case.id)).reasons} == {"Señor [customer] was right."}
    refused = await office.ask(clerk, "{ backOffice { majorCases { nodes { answer amount { amount } } } } }")
    permissions = {error["extensions"]["permission"] for error in refused["errors"]}
    assert permissions == {"READ_COMPLAINT_TEXT", "READ_REDRESS"}


async def test_whoever_attaches_while_a_case_is_answered_or_closed_is_waited_for_or_wins(agent: Viewer) -> None:
    for ending in (answering, partial(doing, close_case, reason="No case after all.")):
        complaints = [await received(agent) for _ in range(3)]
        case = await opened(agent, complaints[0])

        ended, *_ = await at_once(
            problems_of(ending(agent, case)),
            *(problems_of(attaching(agent, case, complaint)) for complaint in [*complaints, complaints[0]]),
        )
        assert [problem.code for problem in ended] in ([], ["STALE_VERSION"])
        attached = await Complaint.filter(case_id=case.id).count()
        case = await MajorCase.get(id=case.id)
        answers = await ComplaintAnswer.filter(case_id=case.id, status=A.TO_CONFIRM).count()
        assert answers == (attached if case.status == CaseStatus.ANSWERED else 0)


async def test_of_two_who_confirm_at_once_one_sends(agent: Viewer, complaint: Complaint) -> None:
    case = await opened(agent, complaint)
    await transact(answering(agent, case))
    outcomes = await at_once(*(problems_of(doing(confirm_case_answer, agent, complaint)) for _ in range(3)))
    assert sorted(len(problems) for problems in outcomes) == [0, 1, 1]


async def test_the_back_office_sees_no_case_before_its_texts_are_masked_for_somebody(
    office: Office, agent: Viewer, boss: Viewer
) -> None:
    case = await opened(agent)
    await MajorCase.filter(id=case.id).update(title="Maria Anders of Alfreds Futterkiste")
    document = "{ backOffice { majorCases(first: 9) { totalCount nodes { title } } } }"
    assert await office.find(boss, document) == {"totalCount": 0, "nodes": []}
    await transact(attaching(agent, case, await received(agent)))
    assert (await office.find(boss, document))["nodes"] == [{"title": "[customer] of [customer]"}]


# --- Links ---

Linked = Complaint | UUID | None


def change(use_case: Any, viewer: Viewer, one: Linked, two: Linked, kind: LinkKind = LinkKind.DUPLICATE_OF) -> Any:
    return doing(use_case, viewer, complaint=one, other=two, kind=kind)


link, unlink = partial(change, link_complaints), partial(change, unlink_complaints)


async def test_links_are_seen_from_both_sides_and_taken_back_from_either(agent: Viewer) -> None:
    one, two = await received(agent), await received(agent)
    await transact(link(agent, one, two))
    await transact(link(agent, one, two, LinkKind.SAME_CAUSE))
    assert await codes(link(agent, two, one, LinkKind.SAME_CAUSE)) == [("ALREADY_LINKED", "other")]
    kinds = await ComplaintLink.filter(complaint_id=two.id).order_by("kind").values_list("kind", flat=True)
    assert kinds == [LinkKind.HAS_DUPLICATE, LinkKind.SAME_CAUSE]
    await transact(unlink(agent, two, one, LinkKind.SAME_CAUSE))
    await transact(unlink(agent, one, two))
    assert await ComplaintLink.all().count() == 0
    assert await codes(unlink(agent, one, two)) == [("NOT_LINKED", "other")]


async def test_a_link_has_two_complaints_that_the_viewer_sees_and_a_kind_that_is_made_by_hand(agent: Viewer) -> None:
    one, two = await received(agent), await received(agent)
    assert await codes(link(agent, one, one)) == [("INVALID", "other")]
    assert await codes(link(agent, None, new_id())) == [("NOT_FOUND", "complaint"), ("NOT_FOUND", "other")]
    assert await codes(link(agent, one, two, LinkKind.FOLLOW_UP_OF)) == [("INVALID", "kind")]


async def test_duplicates_never_lead_in_a_circle_also_when_linked_at_once(agent: Viewer) -> None:
    a, b, c, d, e, f = [await received(agent) for _ in range(6)]
    await transact(link(agent, a, b))
    await transact(link(agent, b, c))
    assert await codes(link(agent, c, a)) == [("CIRCULAR_LINK", "other")]
    assert await codes(link(agent, a, d)) == [("ALREADY_LINKED", "complaint")]
    await transact(link(agent, d, e))
    outcomes = await at_once(*(problems_of(link(agent, *pair)) for pair in ((c, d), (e, a), (f, a))))
    assert sorted(len(problems) for problems in outcomes) == [0, 0, 1]


async def test_a_department_sees_no_link_to_a_complaint_that_it_does_not_see(
    office: Office, agent: Viewer, clerk: Viewer
) -> None:
    seen = await Complaint.get(id=(await handed_off(agent)).complaint_id)
    await transact(link(agent, seen, await received(agent)))
    for viewer, count in ((agent, 1), (clerk, 0)):
        shown = await office.read(viewer, seen, "links { totalCount nodes { kind } }")
        assert (shown["totalCount"], len(shown["nodes"])) == (count, count)
