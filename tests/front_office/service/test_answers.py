"""Answers: redress within and above one's limit, a second person, and what is never granted."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from models.both_offices.notifications import Notification
from models.front_office.sales.orders import Order
from models.front_office.service.answers import AnswerStatus, ComplaintAnswer, Redress, RedressLimit
from models.front_office.service.complaints import Complaint, ComplaintStatus, Outcome
from models.kit.money import CurrencyCode
from models.permissions import Department, Role
from resolvers.back_office.handoffs.verbs import accept_answer, answer_handoff, claim_handoff
from resolvers.front_office.service.answers import Offer, set_redress_limit
from resolvers.front_office.service.complaints.answering import approve_redress, reject_redress, withdraw_answer
from resolvers.front_office.service.complaints.closing import close_complaint, reopen_complaint
from resolvers.kit.problems import IllegalTransition
from resolvers.kit.transaction import transact
from resolvers.kit.viewer import Viewer
from tests.office import (
    Office,
    alfreds,
    at_once,
    do,
    doing,
    handed_off,
    happened,
    hire,
    problems_of,
    received,
    tried,
    upheld,
)

S = ComplaintStatus


@pytest.fixture
async def manager(office: Office) -> Viewer:
    return await hire("Mona Manager", [Role.FRONT_OFFICE_MANAGER], [Department.CUSTOMER_SERVICE])


def refund(amount: str, currency: str | None = "EUR", redress: Redress = Redress.REFUND, **others: Any) -> Offer:
    return Offer(redress, Decimal(amount), currency, **others)


async def answered(viewer: Viewer, complaint: UUID, offer: Offer) -> Complaint:
    await transact(upheld(viewer, complaint, offer, "We are sorry."))
    return await Complaint.get(id=complaint)


async def proposed(agent: Viewer, offer: Offer | None = None) -> ComplaintAnswer:
    """An answer that waits for a second person."""
    complaint = await received(agent)
    await answered(agent, complaint.id, offer or refund("50.01"))
    return await ComplaintAnswer.get(complaint_id=complaint.id)


async def codes(work: Any) -> list[tuple[str, str]]:
    """Code and member of each problem; nothing is changed."""
    return [(problem.code, problem.path[-1]) for problem in await tried(work)]


async def test_an_answer_within_the_limit_goes_out_at_once(agent: Viewer) -> None:
    complaint = await answered(agent, (await received(agent)).id, refund("50.00", reasons="Maria Anders is right."))
    assert (complaint.status, complaint.answer, complaint.outcome) == (S.ANSWERED, "We are sorry.", Outcome.UPHELD)
    answer = await ComplaintAnswer.get(complaint_id=complaint.id)
    assert (answer.status, answer.amount_minor, answer.currency) == (AnswerStatus.SENT, 5000, "EUR")
    assert (answer.stage, answer.attempt, answer.proposed_by_id, answer.decided_by_id) == (1, 1, agent.account, None)
    assert answer.sent_at == complaint.answered_at
    assert answer.reasons == "[customer] is right."


async def test_an_answer_above_the_limit_waits_for_a_second_person_who_sends_it(agent: Viewer, manager: Viewer) -> None:
    answer = await proposed(agent)
    complaint = await Complaint.get(id=answer.complaint_id)
    assert (complaint.status, complaint.answer) == (S.AWAITING_APPROVAL, None)
    told = await Notification.filter(answer_id=answer.id).values_list("account_id", flat=True)
    assert manager.account in told
    assert agent.account not in told
    await do(approve_redress, manager, answer=answer.id)
    answer, complaint = await ComplaintAnswer.get(id=answer.id), await Complaint.get(id=complaint.id)
    assert (answer.status, answer.decided_by_id, answer.version) == (AnswerStatus.SENT, manager.account, 2)
    assert (complaint.status, complaint.answer) == (S.ANSWERED, "We are sorry.")
    assert await happened(complaint.id) == [
        "COMPLAINT_RECEIVED",
        "REDRESS_PROPOSED",
        "REDRESS_APPROVED",
        "COMPLAINT_ANSWERED",
    ]
    assert await Notification.filter(account_id=agent.account, kind="REDRESS_DECIDED").count() == 1
    [problem] = await problems_of(doing(approve_redress, manager, answer=answer.id))
    assert isinstance(problem, IllegalTransition)


async def test_nobody_approves_or_rejects_what_they_proposed_whatever_their_roles(agent: Viewer) -> None:
    both = await hire("Both Roles", [Role.FRONT_OFFICE_MANAGER, Role.BACK_OFFICE_MANAGER], [Department.SALES])
    answer = await proposed(both, refund("10000.01"))
    # Above everybody's limit, too.
    assert await codes(doing(approve_redress, both, answer=answer.id)) == [
        ("SAME_PERSON", "answer"),
        ("ABOVE_LIMIT", "answer"),
    ]
    assert ("SAME_PERSON", "answer") in await codes(doing(reject_redress, both, answer=answer.id, reason="No."))


async def test_an_approver_needs_a_limit_that_covers_the_amount(agent: Viewer, manager: Viewer) -> None:
    boss = await hire("Bo Boss", [Role.BACK_OFFICE_MANAGER], [Department.LOGISTICS])
    small, big = await proposed(agent, refund("1000.00")), await proposed(agent, refund("1000.01"))
    assert await codes(doing(approve_redress, manager, answer=small.id)) == []
    assert await codes(doing(approve_redress, manager, answer=big.id)) == [("ABOVE_LIMIT", "answer")]
    assert await codes(doing(approve_redress, boss, answer=big.id)) == []
    told = await Notification.filter(answer_id=big.id).values_list("account_id", flat=True)
    assert boss.account in told
    assert manager.account not in told


async def test_what_a_complaint_brought_at_earlier_answers_counts_against_the_limit(
    office: Office, agent: Viewer, manager: Viewer
) -> None:
    boss = await hire("Bo Boss", [Role.BACK_OFFICE_MANAGER], [Department.LOGISTICS])
    complaint = await answered(agent, (await received(agent)).id, refund("40", redress=Redress.CREDIT))
    assert complaint.status is S.ANSWERED

    async def again(amount: str) -> ComplaintAnswer:
        await do(reopen_complaint, agent, complaint=complaint.id, reason="It broke again.")
        await answered(agent, complaint.id, refund(amount, redress=Redress.CREDIT))
        newest = await ComplaintAnswer.filter(complaint_id=complaint.id).order_by("-attempt").first()
        assert newest is not None
        return newest

    within = await again("10")
    assert within.status is AnswerStatus.SENT
    above = await again("960")
    assert above.status is AnswerStatus.PROPOSED
    told = await Notification.filter(answer_id=above.id, kind="APPROVAL_NEEDED").values_list("account_id", flat=True)
    assert boss.account in told and manager.account not in told
    assert await codes(doing(approve_redress, manager, answer=above.id)) == [("ABOVE_LIMIT", "answer")]
    steps = f'{{ node(id: "ans_{above.id}") {{ ... on ComplaintAnswer {{ nextStatuses }} }} }}'
    offered = [(await office.ask(one, steps))["data"]["node"]["nextStatuses"] for one in (manager, boss)]
    assert ["SENT" in statuses for statuses in offered] == [False, True]
    assert await codes(doing(approve_redress, boss, answer=above.id)) == []


async def test_who_holds_several_roles_has_the_highest_limit_and_an_unknown_currency_has_none(office: Office) -> None:
    several = await hire("Several Roles", [Role.SERVICE_AGENT, Role.SALES_REPRESENTATIVE], [Department.SALES])
    complaint = await answered(several, (await received(several)).id, refund("100"))
    assert complaint.status is S.ANSWERED
    answer = await proposed(several, refund("1", "JPY", Redress.GOODWILL))
    assert (answer.status, answer.amount_minor) == (AnswerStatus.PROPOSED, 1)


async def test_a_rejected_answer_brings_the_complaint_back_to_work(
    agent: Viewer, manager: Viewer, clerk: Viewer
) -> None:
    handoff = await handed_off(agent)
    key: UUID = handoff.complaint_id  # type: ignore[attr-defined]
    await do(claim_handoff, clerk, handoff=handoff.id)
    await do(answer_handoff, clerk, handoff=handoff.id, answer="Our fault.")
    await do(accept_answer, agent, handoff=handoff.id)
    await answered(agent, key, refund("60"))
    answer = await ComplaintAnswer.get(complaint_id=key)
    await do(reject_redress, manager, answer=answer.id, reason="Too much for Alfreds Futterkiste.")
    answer = await ComplaintAnswer.get(id=answer.id)
    assert (answer.status, answer.decision_reason) == (AnswerStatus.REJECTED, "Too much for [customer].")
    assert (await Complaint.get(id=key)).status is S.HANDED_OFF
    complaint = await answered(agent, key, refund("20"))
    assert complaint.status is S.ANSWERED
    assert await ComplaintAnswer.filter(complaint_id=key).order_by("made_at").values_list("attempt", flat=True) == [
        1,
        2,
    ]
    alone = await proposed(agent)
    await do(reject_redress, manager, answer=alone.id, reason="No.")
    assert (await Complaint.get(id=alone.complaint_id)).status is S.RECEIVED


async def test_a_back_office_approver_who_guesses_the_customer_reads_no_mask(office: Office, agent: Viewer) -> None:
    approver, answer = await office.somebody("back.manager"), await proposed(agent)
    guess = "Is it Alfreds Futterkiste?"
    await do(reject_redress, approver, answer=answer.id, reason=guess)
    assert (await ComplaintAnswer.get(id=answer.id)).decision_reason == guess


async def test_a_complaint_has_one_answer_that_waits_which_can_be_taken_back_or_ends_with_it(
    agent: Viewer, manager: Viewer
) -> None:
    answer = await proposed(agent)
    for viewer in (agent, manager):
        again = upheld(viewer, answer.complaint_id, answer="So?")
        assert await codes(again) == [("ILLEGAL_TRANSITION", "complaint")]
    await do(withdraw_answer, agent, answer=answer.id, reason="A slip.")
    assert (await Complaint.get(id=answer.complaint_id)).status is S.RECEIVED
    await answered(agent, answer.complaint_id, refund("70"))
    await do(close_complaint, agent, complaint=answer.complaint_id, outcome=Outcome.WITHDRAWN, reason="They moved on.")
    left = await ComplaintAnswer.filter(complaint_id=answer.complaint_id)
    assert [each.status for each in left] == [AnswerStatus.WITHDRAWN, AnswerStatus.WITHDRAWN]


WRONG: list[tuple[Mapping[str, Any], list[tuple[str, str]]]] = [
    ({"redress": Redress.REFUND}, [("INVALID", "currency"), ("INVALID", "amount")]),
    ({"redress": Redress.CREDIT, "amount": Decimal("0"), "currency": "EUR"}, [("INVALID", "amount")]),
    ({"redress": Redress.GOODWILL, "amount": Decimal("-1"), "currency": "EUR"}, [("INVALID", "amount")]),
    ({"redress": Redress.CREDIT, "amount": Decimal("1.001"), "currency": "EUR"}, [("INVALID", "amount")]),
    ({"redress": Redress.CREDIT, "amount": Decimal("0.5"), "currency": "JPY"}, [("INVALID", "amount")]),
    ({"redress": Redress.CREDIT, "amount": Decimal("9" * 20), "currency": "EUR"}, [("INVALID", "amount")]),
    (
        {"redress": Redress.APOLOGY, "amount": Decimal("1"), "currency": "EUR"},
        [("INVALID", "amount"), ("INVALID", "currency")],
    ),
    ({"redress": Redress.REPLACEMENT, "amount": Decimal("1")}, [("NEEDS_ORDER", "redress"), ("INVALID", "amount")]),
    ({"reasons": "x" * 10_001}, [("INVALID", "reasons")]),
    ({"reasons": "a\0b"}, [("INVALID", "reasons")]),
]


async def test_wrong_redress_is_refused_and_names_the_member(agent: Viewer) -> None:
    complaint = await received(agent)
    for offer, expected in WRONG:
        wrong = upheld(agent, complaint.id, Offer(**offer))
        assert await codes(wrong) == expected, offer


async def test_refunds_of_an_order_never_add_up_to_more_than_was_paid(agent: Viewer) -> None:
    order = await Order.filter(customer_id=(await alfreds()).id, paid_minor__gt=9000).first()
    assert order is not None
    one, other = await received(agent, order=order.id), await received(agent, order=order.id)
    total = Decimal(order.total_minor) / 100
    above, all_of_it = (
        Offer(Redress.REFUND, total + Decimal("0.01")),
        Offer(Redress.REFUND, total),
    )

    def answer(key: UUID, offer: Offer) -> Any:
        return upheld(agent, key, offer)

    assert await codes(answer(one.id, above)) == [("ABOVE_PAID", "amount")]
    assert await codes(answer(one.id, Offer(Redress.REFUND, total, "CHF"))) == [("INVALID", "currency")]
    assert await codes(answer(one.id, Offer(Redress.GOODWILL, total + 1))) == []
    assert await codes(answer(one.id, all_of_it)) == []
    outcomes = await at_once(problems_of(answer(one.id, all_of_it)), problems_of(answer(other.id, all_of_it)))
    assert sorted(len(problems) for problems in outcomes) == [0, 1]


async def test_of_an_approval_and_a_rejection_at_once_one_counts(agent: Viewer, manager: Viewer) -> None:
    second = await hire("Second Manager", [Role.FRONT_OFFICE_MANAGER], [Department.SALES])
    answer = await proposed(agent)
    outcomes = await at_once(
        problems_of(doing(approve_redress, manager, answer=answer.id)),
        problems_of(doing(reject_redress, second, answer=answer.id, reason="No.")),
    )
    assert sorted(len(problems) for problems in outcomes) == [0, 1]


async def test_limits_are_set_by_managers_for_roles_that_they_do_not_hold(manager: Viewer) -> None:
    def setting(role: Role, currency: str, limit: str, version: int | None = None) -> Any:
        return doing(
            set_redress_limit,
            manager,
            role=role,
            currency=CurrencyCode(currency),
            limit=Decimal(limit),
            expected_version=version,
        )

    await transact(setting(Role.SERVICE_AGENT, "EUR", "75.50", 1))
    await transact(setting(Role.SERVICE_AGENT, "GBP", "0"))
    limits = RedressLimit.filter(role=Role.SERVICE_AGENT).order_by("currency")
    assert await limits.values_list("currency", "limit_minor", "version") == [
        ("EUR", 7550, 2),
        ("GBP", 0, 1),
        ("USD", 5000, 1),
    ]
    assert await codes(setting(Role.FRONT_OFFICE_MANAGER, "EUR", "1")) == [("OWN_ROLE", "role")]
    assert await codes(setting(Role.MARKETER, "EUR", "-1")) == [("INVALID", "role"), ("INVALID", "limit")]
    assert await codes(setting(Role.SERVICE_AGENT, "EUR", "1.001", 9)) == [
        ("INVALID", "limit"),
        ("STALE_VERSION", "expectedVersion"),
    ]
    [first, second] = await at_once(
        problems_of(setting(Role.SALES_REPRESENTATIVE, "CHF", "1")),
        problems_of(setting(Role.SALES_REPRESENTATIVE, "CHF", "2")),
    )
    assert first == second == ()


ANSWERS = """query ($id: ID!) { node(id: $id) { ... on ComplaintAnswer { id status nextStatuses redress
  amount { amount currency } reasons proposedBy { name } complaint { number status nextStatuses viewerMayWork } } } }"""
WAITING = "{ backOffice { answers(filter: {status: {eq: PROPOSED}}) { nodes { id } } } }"
APPROVE = """mutation ($input: ApproveRedressInput!) { approveRedress(input: $input) {
  answer { status decidedBy { name } complaint { status } } errors { code path } } }"""


async def test_who_may_decide_sees_so_and_decides_in_one_document(
    office: Office, agent: Viewer, manager: Viewer
) -> None:
    boss = await hire("Bo Boss", [Role.BACK_OFFICE_MANAGER], [Department.LOGISTICS])
    own = await proposed(manager, refund("1000.01"))
    key = {"id": f"ans_{own.id}"}
    for viewer, steps, further in (
        (boss, ["SENT", "REJECTED"], ["ANSWERED"]),
        (manager, ["WITHDRAWN"], ["CLOSED"]),
        (agent, ["WITHDRAWN"], ["CLOSED"]),
    ):
        shown = await office.find(viewer, ANSWERS, key)
        assert shown["nextStatuses"] == steps
        assert shown["complaint"]["nextStatuses"] == further
        assert shown["complaint"]["viewerMayWork"]
        assert shown["amount"] == {"amount": "1000.01", "currency": "EUR"}
    assert await office.find(boss, WAITING) == [key]
    payload = (await office.ask(boss, APPROVE, {"input": {"answer": f"ans_{own.id}", "expectedVersion": 1}}))["data"]
    assert payload["approveRedress"] == {
        "answer": {"status": "SENT", "decidedBy": {"name": "Bo Boss"}, "complaint": {"status": "ANSWERED"}},
        "errors": [],
    }
    clerk = await office.somebody("logistics")
    refused = (await office.ask(clerk, ANSWERS, key))["errors"]
    assert {error["extensions"]["permission"] for error in refused} == {"READ_REDRESS"}
    assert (await office.ask(agent, APPROVE, {"input": {"answer": f"ans_{own.id}"}}))["errors"]
