"""Answers: redress within and above one's limit, a second person, and what is never granted."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from models.back_office.handoffs import Handoff
from models.both_offices.accounts import Account
from models.both_offices.notifications import Notification
from models.front_office.sales.orders import Order
from models.front_office.service.answers import AnswerStatus, ComplaintAnswer, Redress, RedressLimit
from models.front_office.service.complaints import Complaint, ComplaintStatus, Outcome
from models.kit.money import CurrencyCode
from models.permissions import Department, Role
from resolvers.front_office.service.answers import Offer, set_redress_limit
from resolvers.front_office.service.complaints.answering import approve_redress, reject_redress, withdraw_answer
from resolvers.front_office.service.complaints.closing import close_complaint, reopen_complaint
from resolvers.kit.commands import Viewer
from resolvers.kit.problems import IllegalTransition
from resolvers.kit.transaction import transact
from tests.front_office.service.complaining import a_manager, accepted, answered, codes, offer, proposed
from tests.office import (
    Office,
    alfreds,
    at_once,
    do,
    doing,
    happened,
    hire,
    problems_of,
    received,
    upheld,
)

S, A = ComplaintStatus, AnswerStatus


async def told_of(answer: ComplaintAnswer) -> set[Any]:
    """Who was told that an answer waits, of which nothing else was told yet."""
    told = await Notification.filter(answer_id=answer.id)
    assert {str(one.kind) for one in told} == {"APPROVAL_NEEDED"}
    return {one.account_id for one in told}


async def test_an_answer_within_the_limit_goes_out_at_once(agent: Viewer) -> None:
    granted = Offer(Redress.REFUND, Decimal("50.00"), "EUR", reasons="Maria Anders is right.")
    complaint = await answered(agent, granted=granted)
    assert (complaint.status, complaint.answer, complaint.outcome) == (S.ANSWERED, "Sorry.", Outcome.UPHELD)
    answer = await ComplaintAnswer.get(complaint_id=complaint.id)
    assert (answer.status, answer.amount_minor, answer.currency) == (A.SENT, 5000, "EUR")
    assert (answer.stage, answer.attempt, answer.proposed_by_id, answer.decided_by_id) == (1, 1, agent.account, None)
    assert answer.sent_at == complaint.answered_at
    assert answer.reasons == "[customer] is right."


async def test_an_answer_above_the_limit_waits_for_a_second_person_who_sends_it(agent: Viewer, manager: Viewer) -> None:
    answer = await proposed(agent)
    complaint = await Complaint.get(id=answer.complaint_id)
    assert (complaint.status, complaint.answer) == (S.AWAITING_APPROVAL, None)
    told = await told_of(answer)
    assert manager.account in told and agent.account not in told
    await do(approve_redress, manager, answer)
    await answer.refresh_from_db()
    await complaint.refresh_from_db()
    assert (answer.status, answer.decided_by_id, answer.version) == (A.SENT, manager.account, 2)
    assert (complaint.status, complaint.answer) == (S.ANSWERED, "Sorry.")
    sent = ["COMPLAINT_RECEIVED", "REDRESS_PROPOSED", "REDRESS_APPROVED", "COMPLAINT_ANSWERED"]
    assert await happened(complaint.id) == sent
    assert await Notification.filter(account_id=agent.account, kind="REDRESS_DECIDED").count() == 1
    [problem] = await problems_of(doing(approve_redress, manager, answer))
    assert isinstance(problem, IllegalTransition)


async def test_nobody_approves_or_rejects_what_they_proposed_whatever_their_roles(office: Office) -> None:
    both = await hire("Both Roles", [Role.FRONT_OFFICE_MANAGER, Role.BACK_OFFICE_MANAGER], [Department.SALES])
    # Above everybody's limit, too.
    answer = await proposed(both, offer("10000.01"))
    assert await codes(doing(approve_redress, both, answer)) == [("SAME_PERSON", "answer"), ("ABOVE_LIMIT", "answer")]
    assert ("SAME_PERSON", "answer") in await codes(doing(reject_redress, both, answer, reason="No."))


async def test_an_approver_needs_a_limit_that_covers_the_amount(agent: Viewer, manager: Viewer, boss: Viewer) -> None:
    small, big = await proposed(agent, offer("1000.00")), await proposed(agent, offer("1000.01"))
    assert await codes(doing(approve_redress, manager, small)) == []
    assert await codes(doing(approve_redress, manager, big)) == [("ABOVE_LIMIT", "answer")]
    assert await codes(doing(approve_redress, boss, big)) == []
    told = await told_of(big)
    assert boss.account in told and manager.account not in told


async def test_what_a_complaint_brought_at_earlier_answers_counts_against_the_limit(
    office: Office, agent: Viewer, manager: Viewer, boss: Viewer
) -> None:
    complaint = await answered(agent, granted=offer("40", redress=Redress.CREDIT))
    assert complaint.status is S.ANSWERED

    async def again(amount: str) -> ComplaintAnswer:
        await do(reopen_complaint, agent, complaint, reason="It broke again.")
        await answered(agent, complaint.id, offer(amount, redress=Redress.CREDIT))
        newest = await ComplaintAnswer.filter(complaint_id=complaint.id).order_by("-attempt").first()
        assert newest is not None
        return newest

    assert (await again("10")).status is A.SENT
    above = await again("960")
    assert above.status is A.PROPOSED
    told = await told_of(above)
    assert boss.account in told and manager.account not in told
    assert await codes(doing(approve_redress, manager, above)) == [("ABOVE_LIMIT", "answer")]
    assert ["SENT" in await office.read(one, above, "nextStatuses") for one in (manager, boss)] == [False, True]
    assert await codes(doing(approve_redress, boss, above)) == []


async def test_who_holds_several_roles_has_the_highest_limit_and_an_unknown_currency_has_none(office: Office) -> None:
    several = await hire("Several Roles", [Role.SERVICE_AGENT, Role.SALES_REPRESENTATIVE], [Department.SALES])
    assert (await answered(several, granted=offer("100"))).status is S.ANSWERED
    answer = await proposed(several, offer("1", "JPY", Redress.GOODWILL))
    assert (answer.status, answer.amount_minor) == (A.PROPOSED, 1)


async def test_the_roles_of_the_token_say_what_one_grants_alone_whatever_another_token_brought_to_the_account(
    agent: Viewer,
) -> None:
    # An identity provider's tokens write their roles into the account, and two of them may be used at once.
    await Account.filter(id=agent.account).update(roles=["FRONT_OFFICE_MANAGER"])
    answer = await proposed(agent)
    assert answer.status is A.PROPOSED
    await Account.filter(id=agent.account).update(roles=[])
    complaint = await answered(agent, granted=Offer(Redress.REFUND, Decimal("50.00"), "EUR"))
    assert complaint.status is S.ANSWERED


async def test_a_rejected_answer_brings_the_complaint_back_to_work(
    agent: Viewer, manager: Viewer, clerk: Viewer, handoff: Handoff
) -> None:
    key = handoff.complaint_id
    await accepted(agent, clerk, handoff)
    await answered(agent, key, offer("60"))
    answer = await ComplaintAnswer.get(complaint_id=key)
    await do(reject_redress, manager, answer, reason="Too much for Alfreds Futterkiste.")
    await answer.refresh_from_db()
    assert (answer.status, answer.decision_reason) == (A.REJECTED, "Too much for [customer].")
    assert (await Complaint.get(id=key)).status is S.HANDED_OFF
    assert (await answered(agent, key, offer("20"))).status is S.ANSWERED
    answers = ComplaintAnswer.filter(complaint_id=key).order_by("made_at")
    assert await answers.values_list("attempt", flat=True) == [1, 2]
    alone = await proposed(agent)
    await do(reject_redress, manager, alone, reason="No.")
    assert (await Complaint.get(id=alone.complaint_id)).status is S.RECEIVED


async def test_a_back_office_approver_who_guesses_the_customer_does_not_read_it_in_a_mask(
    agent: Viewer, boss: Viewer
) -> None:
    answer = await proposed(agent)
    await do(reject_redress, boss, answer, reason="Is it Futterkiste, Ana Trujillo or Alfreds Futterkiste?")
    # Whoever is named in full is masked, whether it is theirs or not.
    reason = (await ComplaintAnswer.get(id=answer.id)).decision_reason
    assert reason == "Is it [customer] or [customer]?"


async def test_a_complaint_has_one_answer_that_waits_which_can_be_taken_back_or_ends_with_it(
    agent: Viewer, manager: Viewer
) -> None:
    answer = await proposed(agent)
    key = answer.complaint_id
    for viewer in (agent, manager):
        assert await codes(upheld(viewer, key, answer="So?")) == [("ILLEGAL_TRANSITION", "complaint")]
    await do(withdraw_answer, agent, answer, reason="A slip.")
    assert (await Complaint.get(id=key)).status is S.RECEIVED
    await answered(agent, key, offer("70"))
    await do(close_complaint, agent, complaint=key, outcome=Outcome.WITHDRAWN, reason="They moved on.")
    left = await ComplaintAnswer.filter(complaint_id=key)
    assert [each.status for each in left] == [A.WITHDRAWN, A.WITHDRAWN]


AMOUNT, CURRENCY, REASONS = ("INVALID", "amount"), ("INVALID", "currency"), ("INVALID", "reasons")
WRONG: list[tuple[Mapping[str, Any], list[tuple[str, str]]]] = [
    ({"redress": Redress.REFUND}, [CURRENCY, AMOUNT]),
    ({"redress": Redress.CREDIT, "amount": Decimal("0"), "currency": "EUR"}, [AMOUNT]),
    ({"redress": Redress.GOODWILL, "amount": Decimal("-1"), "currency": "EUR"}, [AMOUNT]),
    ({"redress": Redress.CREDIT, "amount": Decimal("1.001"), "currency": "EUR"}, [AMOUNT]),
    ({"redress": Redress.CREDIT, "amount": Decimal("0.5"), "currency": "JPY"}, [AMOUNT]),
    ({"redress": Redress.CREDIT, "amount": Decimal("9" * 20), "currency": "EUR"}, [AMOUNT]),
    ({"redress": Redress.APOLOGY, "amount": Decimal("1"), "currency": "EUR"}, [AMOUNT, CURRENCY]),
    ({"redress": Redress.REPLACEMENT, "amount": Decimal("1")}, [("NEEDS_ORDER", "redress"), AMOUNT]),
    ({"reasons": "x" * 10_001}, [REASONS]),
    ({"reasons": "a\0b"}, [REASONS]),
]


async def test_wrong_redress_is_refused_and_names_the_member(agent: Viewer, complaint: Complaint) -> None:
    for wrong, expected in WRONG:
        assert await codes(upheld(agent, complaint.id, Offer(**wrong))) == expected, wrong


async def test_refunds_of_an_order_never_add_up_to_more_than_was_paid(agent: Viewer) -> None:
    order = await Order.filter(customer_id=(await alfreds()).id, paid_minor__gt=9000).first()
    assert order is not None
    one, other = await received(agent, order=order.id), await received(agent, order=order.id)
    total = Decimal(order.total_minor) / 100
    all_of_it = Offer(Redress.REFUND, total)
    for granted, wrong in (
        (Offer(Redress.REFUND, total + Decimal("0.01")), [("ABOVE_PAID", "amount")]),
        (Offer(Redress.REFUND, total, "CHF"), [CURRENCY]),
        (Offer(Redress.GOODWILL, total + 1), []),
        (all_of_it, []),
    ):
        assert await codes(upheld(agent, one.id, granted)) == wrong, granted
    outcomes = await at_once(*(problems_of(upheld(agent, key.id, all_of_it)) for key in (one, other)))
    assert sorted(len(problems) for problems in outcomes) == [0, 1]


async def test_of_an_approval_and_a_rejection_at_once_one_counts(agent: Viewer, manager: Viewer) -> None:
    second, answer = await a_manager("Second Manager"), await proposed(agent)
    outcomes = await at_once(
        problems_of(doing(approve_redress, manager, answer)),
        problems_of(doing(reject_redress, second, answer, reason="No.")),
    )
    assert sorted(len(problems) for problems in outcomes) == [0, 1]


async def test_limits_are_set_by_managers_for_roles_that_they_do_not_hold(manager: Viewer) -> None:
    def setting(role: Role, currency: str, limit: str, version: int | None = None) -> Any:
        given = {"role": role, "currency": CurrencyCode(currency), "limit": Decimal(limit)}
        return doing(set_redress_limit, manager, **given, expected_version=version)

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
    stale = [("INVALID", "limit"), ("STALE_VERSION", "expectedVersion")]
    assert await codes(setting(Role.SERVICE_AGENT, "EUR", "1.001", 9)) == stale
    outcomes = await at_once(*(problems_of(setting(Role.SALES_REPRESENTATIVE, "CHF", limit)) for limit in "12"))
    assert outcomes == [(), ()]


ANSWER = "nextStatuses amount { amount currency } complaint { nextStatuses viewerMayWork }"


async def test_who_may_decide_sees_so_and_decides_in_one_document(
    office: Office, agent: Viewer, manager: Viewer, clerk: Viewer, boss: Viewer
) -> None:
    own = await proposed(manager, offer("1000.01"))
    for viewer, steps, further in (
        (boss, ["SENT", "REJECTED"], ["ANSWERED"]),
        (manager, ["WITHDRAWN"], ["CLOSED"]),
        (agent, ["WITHDRAWN"], ["CLOSED"]),
    ):
        assert await office.read(viewer, own, ANSWER) == {
            "nextStatuses": steps,
            "amount": {"amount": "1000.01", "currency": "EUR"},
            "complaint": {"nextStatuses": further, "viewerMayWork": True},
        }
    key = f"ans_{own.id}"
    waiting = "{ backOffice { answers(filter: {status: {eq: PROPOSED}}) { nodes { id } } } }"
    assert await office.find(boss, waiting) == [{"id": key}]
    refused = await office.ask(clerk, f'{{ node(id: "{key}") {{ ... on ComplaintAnswer {{ {ANSWER} }} }} }}')
    assert {error["extensions"]["permission"] for error in refused["errors"]} == {"READ_REDRESS"}
    approve = f'mutation {{ approveRedress(input: {{answer: "{key}"}}) {{ errors {{ code }} }} }}'
    assert (await office.ask(agent, approve))["errors"]
    shown = "answer { status decidedBy { name } complaint { status } } errors { code path }"
    assert await office.send(boss, "approveRedress", shown, answer=key, expectedVersion=1) == {
        "answer": {"status": "SENT", "decidedBy": {"name": boss.name}, "complaint": {"status": "ANSWERED"}},
        "errors": [],
    }
