"""Refunds and replacements: to the last cent with their tax, never more than was paid, and what a complaint's redress makes."""

from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from models.back_office.logistics.inventory.stock import MoveKind, StockMove
from models.back_office.products.catalogue import ProductStatus
from models.both_offices.notifications import Notification
from models.declared import declared_tables
from models.front_office.after_sales.returns import Refund, RefundLine
from models.front_office.customers import Customer
from models.front_office.sales.orders import Order, OrderLine
from models.front_office.service.answers import AnswerStatus, ComplaintAnswer, Redress, RedressLimit
from models.front_office.service.complaints import Complaint, Outcome
from models.kit.base import as_of, new_id, now
from models.permissions import Department, Role
from resolvers.back_office.logistics.inventory.ledger import NewMove, post
from resolvers.front_office.after_sales.returns.refunding import net_of, price_of_pieces, spread
from resolvers.front_office.sales.orders.lines import TELL_OF_LINES
from resolvers.front_office.service.answers import Offer
from resolvers.front_office.service.cases.answering import answer_case, confirm_case_answer
from resolvers.front_office.service.cases.gathering import open_case
from resolvers.front_office.service.complaints.answering import approve_redress
from resolvers.front_office.service.complaints.receiving import receive_complaint
from resolvers.kit.commands import Key, Viewer
from resolvers.kit.transaction import transact
from tests.back_office.logistics.stocking import a_product, put
from tests.front_office.after_sales.returning import leaves, sold
from tests.front_office.sales.ordering import codes, done, placed, refused, seen, send, stocked
from tests.front_office.sales.ordering import line as line_of
from tests.office import (
    Office,
    Work,
    at_once,
    do,
    doing,
    happened,
    hire,
    received,
    tried,
    upheld,
    what_they_said,
    wrong_in,
)


def back(line: OrderLine, **what: Any) -> dict[str, Any]:
    """The input of `refundOrder` for one line."""
    return {"order": f"ord_{line.order_id}", "lines": [{"orderLine": f"oli_{line.id}"} | what]}


async def not_refunded(office: Office, viewer: Viewer, line: OrderLine, **what: Any) -> list[tuple[str, str]]:
    """Why so much cannot be given back of one line."""
    return await refused(office, viewer, "refundOrder", **back(line, **what))


def a_line(quantity: int, net: int, tax: int) -> OrderLine:
    return OrderLine(id=new_id(), quantity=quantity, net_minor=net, tax_minor=tax, total_minor=net + tax)


@settings(max_examples=60)
@given(st.lists(st.integers(1, 9), min_size=1, max_size=6), st.integers(0, 10**9), st.integers(0, 10**6))
def test_all_pieces_together_give_exactly_the_line_however_they_are_grouped(
    groups: list[int], net: int, tax: int
) -> None:
    line, given_net = a_line(sum(groups), net, tax), 0
    for pieces in groups:
        minor = price_of_pieces(line, pieces)
        part = net_of(line, given_net, minor)
        assert 0 <= part <= minor
        given_net += part
        line.refunded_quantity += pieces
        line.refunded_minor += minor
    assert (given_net, line.refunded_minor) == (net, net + tax)


@settings(max_examples=60)
@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=6), st.data())
def test_an_amount_is_spread_over_lines_without_losing_a_cent_or_giving_one_too_much(
    nets: list[int], data: Any
) -> None:
    lines = [a_line(1, net, net // 7) for net in nets]
    minor = data.draw(st.integers(0, sum(line.total_minor for line in lines)))
    first = data.draw(st.sampled_from([None, *[line.id for line in lines]]))
    parts = spread(lines, minor, first)
    assert sum(part.minor for part in parts) == minor
    assert all(0 < part.minor <= part.line.total_minor for part in parts)
    # What one of them cost comes first, if it cost anything.
    named = [line for line in lines if line.id == first and line.total_minor]
    assert not named or not parts or parts[0].line.id == first


async def test_money_goes_back_by_the_piece_with_its_tax_and_by_the_amount_and_then_there_is_none(
    office: Office, manager: Viewer
) -> None:
    line = await sold(await a_product(), 3, net=1000, tax=190)
    only_shown = back(line, quantity=1) | {"dryRun": True, "reason": "For Maria Anders."}
    shown = await done(office, manager, "refundOrder", **only_shown)
    assert (shown["maskedText"], await Refund.all().count()) == ("For [customer].", 0)
    assert shown["amount"] == {"amount": "3.97", "currency": "USD"}
    one = (await done(office, manager, "refundOrder", **back(line, quantity=1)))["refund"]
    assert one["lines"] == [{"quantity": 1, "net": {"amount": "3.34"}, "tax": {"amount": "0.63"}}]
    await done(office, manager, "refundOrder", **back(line, amount="0.10"))
    payload = await done(office, manager, "refundOrder", **back(line, quantity=2))
    assert payload["refund"]["amount"] == {"amount": "7.83"}
    assert payload["order"] == {"paymentState": "REFUNDED", "refunded": {"amount": "11.90"}}
    rows = await RefundLine.filter(order_line_id=line.id)
    assert (sum(row.net_minor for row in rows), sum(row.tax_minor for row in rows)) == (1000, 190)
    assert await not_refunded(office, manager, line, quantity=1) == [("TOO_MANY", "lines.0.quantity")]
    assert await not_refunded(office, manager, line, amount="0.01") == [("ABOVE_LINE_TOTAL", "lines.0.amount")]


async def test_what_was_paid_above_what_an_order_costs_goes_back_and_takes_nothing_from_its_lines(
    office: Office, agent: Viewer, manager: Viewer
) -> None:
    order = await placed(office, agent, line_of(await stocked(9), 5))
    key, [line] = order["id"], order["lines"]
    await done(office, agent, "recordPayment", order=key, amount="50.00", currency="USD", method="CARD")
    assert await refused(office, manager, "refundOrder", order=key, overpaid="0.01") == [("ABOVE_OVERPAID", "overpaid")]

    def pieces(quantity: int) -> list[dict[str, Any]]:
        return [{"orderLine": line["id"], "quantity": quantity}]

    await done(office, agent, "amendOrder", order=key, changes=pieces(3))
    await leaves(await OrderLine.get(id=line["id"][4:]), 3)
    await done(office, manager, "refundOrder", order=key, lines=pieces(1))

    async def shown() -> dict[str, Any]:
        return await seen(office, agent, key, "warnings paymentState refunded { amount }")

    # Of 50.00, 30.00 are for the goods, of which 10.00 went back: 20.00 were never owed.
    assert (await shown())["warnings"] == ["PAID_TOO_MUCH"]
    for amount in ("20.01", "0", "-1", "0.001"):
        [(_, member)] = await refused(office, manager, "refundOrder", order=key, overpaid=amount)
        assert member == "overpaid"
    outcomes = await at_once(*(send(office, manager, "refundOrder", order=key, overpaid="20.00") for _ in range(3)))
    assert sorted(wrong_in(one) for one in outcomes) == [[]] + [[("ABOVE_OVERPAID", "overpaid")]] * 2
    [made] = [one["refund"] for one in outcomes if one["refund"]]
    assert (made["amount"], made["lines"]) == ({"amount": "20.00"}, [])
    assert await shown() == {"warnings": [], "paymentState": "PAID", "refunded": {"amount": "30.00"}}
    # A complaint may still be granted what the goods cost.
    complaint = await received(agent, order=key[4:])
    offers = [Offer(Redress.REFUND, Decimal(amount)) for amount in ("20.01", "20.00")]
    assert [await why_not(upheld(agent, complaint.id, offer)) for offer in offers] == [[("ABOVE_PAID", "amount")], []]
    rest = (await done(office, manager, "refundOrder", order=key, lines=pieces(2)))["refund"]
    assert rest["amount"] == {"amount": "20.00"}
    assert (await shown())["paymentState"] == "REFUNDED"


async def test_all_that_was_paid_for_a_cancelled_order_goes_back_at_once(
    office: Office, agent: Viewer, accountant: Viewer
) -> None:
    order = await placed(office, agent, line_of(await stocked(9), 1))
    await done(office, agent, "recordPayment", order=order["id"], amount="12.00", currency="USD", method="CARD")
    await done(office, agent, "cancelOrder", order=order["id"], reason="They moved on.")
    payload = await done(office, accountant, "refundOrder", order=order["id"], overpaid="12.00")
    assert payload["order"] == {"paymentState": "REFUNDED", "refunded": {"amount": "12.00"}}


async def test_wrong_refunds_are_told_member_by_member(office: Office, accountant: Viewer) -> None:
    line = await sold(await a_product(), 1, paid=100)
    wrong: list[tuple[dict[str, Any], str, str]] = [
        ({}, "INVALID", "lines.0.quantity"),
        ({"quantity": 1, "amount": "1"}, "INVALID", "lines.0.quantity"),
        ({"quantity": 0}, "INVALID", "lines.0.quantity"),
        ({"amount": "-1"}, "INVALID", "lines.0.amount"),
        ({"amount": "0.001"}, "INVALID", "lines.0.amount"),
        ({"amount": "1.01"}, "ABOVE_PAID", "lines"),
        ({"orderLine": "oli_x"}, "NOT_FOUND", "lines.0.orderLine"),
    ]
    for what, code, member in wrong:
        assert await not_refunded(office, accountant, line, **what) == [(code, member)], what
    of_none = back(line, quantity=1) | {"customerReturn": "ret_x"}
    assert await refused(office, accountant, "refundOrder", **of_none) == [("NOT_FOUND", "customerReturn")]
    await done(office, accountant, "refundOrder", **back(line, amount="1.00"))


async def test_two_refunds_at_once_never_give_back_more_than_was_paid(office: Office, manager: Viewer) -> None:
    line = await sold(await a_product(), 2)
    outcomes = await at_once(*(send(office, manager, "refundOrder", **back(line, amount="7.00")) for _ in range(3)))
    assert sorted(len(one["errors"]) for one in outcomes) == [0, 1, 1]
    assert (await Order.get(id=line.order_id)).refunded_minor == 700


# --- By a second person -----------------------------------------------------------------------------------------------


async def paid_by(office: Office, who: Viewer, amount: str) -> dict[str, Any]:
    """An order that was cancelled after somebody wrote down that so much had come for it in cash."""
    order = await placed(office, await office.somebody("sales"), line_of(await stocked(9), 1))
    await done(office, who, "recordPayment", order=order["id"], amount=amount, currency="USD", method="CASH")
    await done(office, await office.somebody("sales"), "cancelOrder", order=order["id"], reason="They moved on.")
    return order


async def test_who_recorded_the_money_neither_gives_it_back_alone_nor_approves_that(
    office: Office, accountant: Viewer, manager: Viewer
) -> None:
    second = await hire("Second Accountant", [Role.ACCOUNTANT], [Department.FINANCE])
    order = await paid_by(office, accountant, "50000.00")
    given = {"order": order["id"], "overpaid": "49000.00", "reason": "They paid too much."}
    assert (await done(office, accountant, "refundOrder", **given, dryRun=True))["needsApproval"] is True
    payload = await done(office, accountant, "refundOrder", **given)
    proposal = payload["proposal"]
    assert (payload["refund"], proposal["status"], proposal["amount"]["amount"]) == (None, "PROPOSED", "49000.00")
    assert (await Order.get(id=order["id"][4:])).refunded_minor == 0
    # A cent is a cent: whoever recorded the payment needs a second person whatever the amount.
    small = (await done(office, accountant, "refundOrder", order=order["id"], overpaid="0.01"))["proposal"]
    assert await refused(office, accountant, "approveRefund", proposal=small["id"]) == [("SAME_PERSON", "proposal")]
    by_second = (await done(office, second, "refundOrder", order=order["id"], overpaid="600.00"))["proposal"]
    assert await refused(office, accountant, "approveRefund", proposal=by_second["id"]) == [("SAME_PERSON", "proposal")]
    assert await refused(office, second, "approveRefund", proposal=by_second["id"]) == [("SAME_PERSON", "proposal")]
    work = "{ viewer { work { nodes { kind order { id } } } } }"
    waits = {"kind": "REFUND_TO_APPROVE", "order": {"id": order["id"]}}
    # Two were proposed by the first one, who took the money, and one by the second.
    for viewer, count in ((accountant, 0), (second, 2), (manager, 3)):
        assert (await office.find(viewer, work)).count(waits) == count
    # Each leads to its own, so that a screen of them is one request.
    each = "{ viewer { work { nodes { refundProposal { id nextStatuses amount { amount } proposedBy { name } } } } } }"
    found = [one["refundProposal"] for one in await office.find(second, each)]
    assert {(one["id"], one["amount"]["amount"]) for one in found} == {
        (proposal["id"], "49000.00"),
        (small["id"], "0.01"),
    }
    assert all("APPROVED" in one["nextStatuses"] for one in found)
    outcomes = await at_once(
        *(send(office, who, "approveRefund", proposal=proposal["id"]) for who in (second, manager))
    )
    assert sorted(wrong_in(one) for one in outcomes) == [[], [("ILLEGAL_TRANSITION", "proposal")]]
    made = await Refund.get()
    assert (made.amount_minor, made.reason) == (49_000_00, "They paid too much.")
    # What is left is less than was proposed meanwhile.
    await done(office, second, "approveRefund", proposal=small["id"])
    await done(office, manager, "approveRefund", proposal=by_second["id"])
    late = (await done(office, accountant, "refundOrder", order=order["id"], overpaid="399.99"))["proposal"]
    other = (await done(office, accountant, "refundOrder", order=order["id"], overpaid="0.01"))["proposal"]
    await done(office, manager, "approveRefund", proposal=other["id"])
    assert await refused(office, manager, "approveRefund", proposal=late["id"]) == [("CHANGED", "proposal")]
    await done(office, accountant, "rejectRefund", proposal=late["id"])
    assert await refused(office, manager, "rejectRefund", proposal=late["id"]) == [("ILLEGAL_TRANSITION", "proposal")]
    kinds = await happened(order["id"][4:])
    assert (
        kinds.count("REFUND_PROPOSED") == 5 and kinds.count("REFUND_REJECTED") == 1 and kinds.count("REFUND_MADE") == 4
    )


async def test_refunds_of_lines_above_a_limit_are_made_as_they_were_proposed(
    office: Office, accountant: Viewer, manager: Viewer
) -> None:
    line = await sold(await a_product(), 3, net=90_000, tax=0)
    proposal = (await done(office, accountant, "refundOrder", **back(line, quantity=2)))["proposal"]
    assert proposal["lines"] == [{"quantity": 2, "amount": {"amount": "600.00"}}]
    payload = await done(office, manager, "approveRefund", proposal=proposal["id"])
    assert payload["refund"]["lines"] == [{"quantity": 2, "net": {"amount": "600.00"}, "tax": {"amount": "0.00"}}]
    assert (payload["proposal"]["status"], payload["order"]["refunded"]["amount"]) == ("APPROVED", "600.00")


async def test_what_one_customer_gets_counts_together_over_verbs_orders_and_complaints(
    office: Office, agent: Viewer, accountant: Viewer, manager: Viewer
) -> None:
    line = await sold(await a_product(), 100, net=1_000_000, tax=0)

    async def status(complaint: Complaint, amount: str, redress: Redress = Redress.GOODWILL) -> str:
        await transact(upheld(agent, complaint.id, Offer(redress, Decimal(amount), "USD")))
        return (await ComplaintAnswer.get(complaint_id=complaint.id)).status

    # Four times 50.00 about one order reach the limit of 50.00 at once.
    about = [await received(agent, order=line.order_id) for _ in range(4)]
    assert [await status(one, "50.00", Redress.REFUND) for one in about] == ["SENT", *["PROPOSED"] * 3]
    elsewhere = await received(agent)
    assert await status(elsewhere, "0.01") == "PROPOSED"
    # What finance refunds is counted with it, and the other way round.
    assert (await done(office, accountant, "refundOrder", **back(line, amount="450.00")))["refund"]
    assert (await done(office, accountant, "refundOrder", **back(line, amount="0.01")))["proposal"]
    # 500.00 and three times 50.00 are within a manager's 1,000.00; more is not.
    for one in about[1:]:
        await do(approve_redress, manager, answer=(await ComplaintAnswer.get(complaint_id=one.id)).id)
    more = await received(agent)
    assert await status(more, "349.99") == "PROPOSED"
    answer = await ComplaintAnswer.get(complaint_id=more.id)
    await do(approve_redress, manager, answer=(await ComplaintAnswer.get(complaint_id=elsewhere.id)).id)
    await do(approve_redress, manager, answer=answer.id)
    last = await received(agent)
    assert await status(last, "0.01") == "PROPOSED"
    too_much = doing(approve_redress, manager, answer=(await ComplaintAnswer.get(complaint_id=last.id)).id)
    assert await why_not(too_much) == [("ABOVE_LIMIT", "answer")]
    # A month later it is forgotten, but for what is about the same order.
    with as_of(now() + timedelta(days=31)):
        assert await status(await received(agent), "50.00") == "SENT"
        assert await status(await received(agent, order=line.order_id), "0.01") == "PROPOSED"
    another = await transact(partial(receive_complaint, agent, what_they_said(await Customer.get(number="C-000002"))))
    assert await status(await Complaint.get(id=another["complaint"]), "50.00") == "SENT"


async def test_what_is_sent_once_more_counts_as_what_it_was_sold_for(
    office: Office, agent: Viewer, accountant: Viewer, manager: Viewer
) -> None:
    line = await sold(await a_product(), 100, net=1_000_000, tax=0)
    await OrderLine.filter(id=line.id).update(unit_price_minor=10_000)
    alone = [("SECOND_PERSON_NEEDED", "lines")]
    assert await refused(office, manager, "replaceOrderLines", **back(line, quantity=11)) == alone
    made = (await done(office, manager, "replaceOrderLines", **back(line, quantity=9)))["order"]
    # 900.00 of 1,000.00 are given: one piece more is, too, and then nothing.
    assert (await done(office, accountant, "refundOrder", **back(line, amount="0.01")))["proposal"]
    assert (await done(office, manager, "refundOrder", **back(line, amount="100.01")))["proposal"]
    await done(office, manager, "replaceOrderLines", **back(line, quantity=1))
    assert await refused(office, manager, "replaceOrderLines", **back(line, quantity=1)) == alone
    assert (await done(office, manager, "refundOrder", **back(line, amount="0.01")))["proposal"]
    await transact(upheld(agent, (await received(agent)).id, Offer(Redress.GOODWILL, Decimal("0.01"), "USD")))
    assert await ComplaintAnswer.filter(status=AnswerStatus.PROPOSED).count() == 1
    # What was never sent was not given.
    await done(office, agent, "cancelOrder", order=made["id"], reason="Not needed")
    assert (await done(office, manager, "refundOrder", **back(line, amount="100.00")))["refund"]


async def test_who_took_the_money_sends_nothing_once_more_alone(office: Office, manager: Viewer) -> None:
    line = await sold(await a_product(), 3, net=3000, tax=0, paid=0)
    money = {"order": f"ord_{line.order_id}", "currency": "USD", "method": "CASH"}
    await done(office, manager, "recordPayment", **money, amount="20.00")
    sent = await refused(office, manager, "replaceOrderLines", **back(line, quantity=1))
    assert sent == [("SECOND_PERSON_NEEDED", "lines")]


async def test_who_recorded_the_payment_grants_no_refund_of_it_alone(
    office: Office, agent: Viewer, manager: Viewer
) -> None:
    line = await sold(await a_product(), 3, net=3000, tax=0, paid=0)
    money = {"order": f"ord_{line.order_id}", "currency": "USD", "method": "CASH"}
    await done(office, agent, "recordPayment", **money, amount="20.00")
    complaint = await received(agent, order=line.order_id)
    await transact(upheld(agent, complaint.id, Offer(Redress.REFUND, Decimal("1.00"))))
    answer = await ComplaintAnswer.get(complaint_id=complaint.id)
    assert answer.status == AnswerStatus.PROPOSED
    await done(office, manager, "recordPayment", **money, amount="10.00")
    decide = doing(approve_redress, manager, answer=answer.id)
    assert await why_not(decide) == [("RECORDED_PAYMENT", "answer")]
    # Whom it would be refused to is not asked either.
    again = await received(agent, order=line.order_id)
    await transact(upheld(agent, again.id, Offer(Redress.REFUND, Decimal("1.00"))))
    before, after = [
        {one.account_id for one in await Notification.filter(kind="APPROVAL_NEEDED", complaint_id=about.id)}
        for about in (complaint, again)
    ]
    assert after
    assert before - after == {manager.account}


# --- Redress ----------------------------------------------------------------------------------------------------------


async def why_not(work: Work) -> list[tuple[str, str]]:
    """The code and the member of each reason why a change would be refused; nothing is changed."""
    return [(problem.code, problem.path[-1]) for problem in await tried(work)]


AGAIN = Offer(Redress.REPLACEMENT)


async def answered(agent: Viewer, line: OrderLine, offer: Offer = AGAIN) -> ComplaintAnswer:
    """The answer to a complaint about a line's order that offers something."""
    complaint = await received(agent, order=line.order_id)
    await transact(upheld(agent, complaint.id, offer))
    return await ComplaintAnswer.get(complaint_id=complaint.id)


async def unanswered(agent: Viewer, line: OrderLine, offer: Offer = AGAIN) -> list[tuple[str, str]]:
    """Why a complaint about a line's order cannot be answered by offering it."""
    complaint = await received(agent, order=line.order_id)
    return await why_not(upheld(agent, complaint.id, offer))


async def unapproved(viewer: Viewer, answer: ComplaintAnswer) -> list[tuple[str, str]]:
    """Why somebody cannot approve an answer; none when they could."""
    return await why_not(doing(approve_redress, viewer, answer=answer.id))


async def may_go_out(office: Office, viewer: Viewer, answer: ComplaintAnswer) -> bool:
    """Whether somebody is offered to approve an answer, by its own next statuses and by its complaint's alike."""
    complaint = await Complaint.get(id=answer.complaint_id)
    of_answer, of_complaint = [await office.read(viewer, one, "nextStatuses") for one in (answer, complaint)]
    assert ("SENT" in of_answer) == ("ANSWERED" in of_complaint)
    return "SENT" in of_answer


async def test_a_refund_that_a_complaint_grants_is_made_when_its_answer_goes_out(office: Office, agent: Viewer) -> None:
    line = await sold(await a_product(), 2)
    answer = await answered(agent, line, Offer(Redress.REFUND, Decimal("4.00"), reasons="It rattles."))
    shown = "amount { amount } reason madeAt order { id } answer { redress reasons refunds { number } }"
    shown += " lines { quantity net { amount } tax { amount } }"
    [made] = await seen(office, agent, f"cmp_{answer.complaint_id}", f"refunds {{ nodes {{ {shown} }} }}", "Complaint")
    # Neither its words nor its moment are the answer's: they would lead from the complaint to the order.
    assert (made["amount"], made["reason"]) == ({"amount": "4.00"}, None)
    assert made["answer"]["reasons"] == "It rattles."
    assert made["madeAt"] == f"{(await Complaint.get(id=answer.complaint_id)).answered_at:%F}T00:00:00.000Z"
    refund = await Refund.get(answer_id=answer.id)
    assert refund.id.int >> 80 == int(refund.made_at.timestamp() * 1000)
    assert made["order"] == {"id": f"ord_{line.order_id}"}
    assert made["lines"] == [{"quantity": 0, "net": {"amount": "3.36"}, "tax": {"amount": "0.64"}}]
    assert made["answer"]["redress"] == "REFUND"
    assert len(made["answer"]["refunds"]) == 1
    # 7.90 of 11.90 are left.
    assert await unanswered(agent, line, Offer(Redress.REFUND, Decimal("7.91"))) == [("ABOVE_PAID", "amount")]


async def test_a_proposed_refund_is_looked_at_again_when_it_is_approved(
    office: Office, agent: Viewer, manager: Viewer
) -> None:
    line = await sold(await a_product(), 2, net=20000, tax=0)
    answer = await answered(agent, line, Offer(Redress.REFUND, Decimal("150.00")))
    assert await Refund.filter(order_id=line.order_id).count() == 0
    # What waits is spoken for, by other complaints though not by accountants.
    assert await unanswered(agent, line, Offer(Redress.REFUND, Decimal("50.01"))) == [("ABOVE_PAID", "amount")]
    assert await unapproved(manager, answer) == []
    assert await may_go_out(office, manager, answer)
    await done(office, manager, "refundOrder", **back(line, amount="50.01"))
    assert await unapproved(manager, answer) == [("ABOVE_PAID", "answer")]
    assert not await may_go_out(office, manager, answer)
    money = {"order": f"ord_{line.order_id}", "currency": "USD", "method": "CASH"}
    await done(office, agent, "recordPayment", **money, amount="0.01")
    assert await unapproved(manager, answer) == [("ABOVE_PAID", "answer")]


async def test_a_replacement_is_an_order_for_nothing_that_leads_back_to_its_complaint(
    office: Office, agent: Viewer
) -> None:
    product = await a_product()
    line = await sold(product, 3)
    await put(product, 2)
    complaint = f"cmp_{(await answered(agent, line)).complaint_id}"
    shown = "status total { amount } paymentState shipToName replaces { id } complaint { id }"
    shown = f"replacementOrders {{ nodes {{ {shown} lines {{ quantity allocatedQuantity }} }} }}"
    [made] = await seen(office, agent, complaint, shown, "Complaint")
    assert (made["status"], made["total"], made["shipToName"]) == ("PLACED", {"amount": "0.00"}, "Alfreds Futterkiste")
    assert (made["replaces"], made["complaint"]) == ({"id": f"ord_{line.order_id}"}, {"id": complaint})
    assert made["lines"] == [{"quantity": 3, "allocatedQuantity": 2}]
    # Nothing is sent a third time.
    assert await unanswered(agent, line) == [("NOTHING_TO_REPLACE", "redress")]


async def test_who_may_not_know_what_was_replaced_reads_the_version_from_before(
    office: Office, agent: Viewer, clerk: Viewer
) -> None:
    line = await sold(await a_product(), 3)
    order = await Order.get(id=line.order_id)
    before = [await office.read(viewer, order, "version") for viewer in (agent, clerk)]
    await answered(agent, line)
    after = [await office.read(viewer, order, "version") for viewer in (agent, clerk)]
    assert after == [before[0] + 1, before[1]]


async def test_a_replacement_needs_an_order_and_stock_where_there_will_be_no_more(agent: Viewer) -> None:
    product = await a_product(status=ProductStatus.PHASING_OUT)
    about_none = await received(agent)
    assert await why_not(upheld(agent, about_none.id, AGAIN)) == [("NEEDS_ORDER", "redress")]
    line = await sold(product, 1)
    assert await unanswered(agent, line) == [("OUT_OF_STOCK", "complaint")]
    await put(product, 1)
    assert await unanswered(agent, line) == []


async def test_a_replacement_is_granted_within_the_limits_for_money_by_what_the_goods_were_sold_for(
    agent: Viewer, manager: Viewer
) -> None:
    dear = await sold(await a_product(), 1, net=30_000, tax=0)
    answer = await answered(agent, dear, Offer(Redress.REPLACEMENT, reasons="It is broken."))
    assert (answer.status, answer.amount_minor, answer.currency) == (AnswerStatus.PROPOSED, 30_000, "USD")
    assert await Order.filter(replaces_id=dear.order_id).count() == 0
    assert await unapproved(agent, answer) == [("ILLEGAL_TRANSITION", "answer")]
    await do(approve_redress, manager, answer=answer.id)
    made = await Order.get(replaces_id=dear.order_id)
    # What was sent for nothing is worth what it was worth.
    again = await OrderLine.get(order_id=made.id)
    await leaves(again, 1)
    assert (await answered(agent, again)).status is AnswerStatus.PROPOSED


async def test_a_proposed_replacement_is_offered_and_approved_only_while_something_is_left_to_replace(
    office: Office, agent: Viewer, manager: Viewer
) -> None:
    product = await a_product(status=ProductStatus.PHASING_OUT)
    line = await sold(product, 1, net=30_000, tax=0)
    answer = await answered(agent, line)
    assert await may_go_out(office, manager, answer)
    assert await unapproved(manager, answer) == [("OUT_OF_STOCK", "answer")]
    await put(product, 1)
    assert await unapproved(manager, answer) == []
    await done(office, manager, "refundOrder", **back(line, quantity=1))
    assert not await may_go_out(office, manager, answer)
    assert await unapproved(manager, answer) == [("NOTHING_TO_REPLACE", "answer")]


async def test_what_was_shipped_since_a_replacement_was_proposed_counts_when_it_is_approved(
    agent: Viewer, manager: Viewer
) -> None:
    limit = await RedressLimit.get(role=Role.FRONT_OFFICE_MANAGER, currency="USD")
    line = await sold(await a_product(), 1, net=limit.limit_minor, tax=0)
    answer = await answered(agent, line)
    await OrderLine.filter(id=line.id).update(quantity=2)
    await leaves(line, 1)
    assert await unapproved(manager, answer) == [("ABOVE_LIMIT", "answer")]
    went = await StockMove.filter(order_line_id=line.id).order_by("-id").first()
    assert went is not None
    product, place, batch = went.product_id, went.location_id, went.batch_id
    why = "It had stayed."
    stayed = NewMove(product, place, batch, MoveKind.SHIP, 1, now(), None, reason=why, order_line_id=line.id)
    await transact(lambda: post([stayed]))
    assert await unapproved(manager, answer) == []


async def test_a_case_that_replaces_something_asks_for_a_second_person_at_each_complaint_that_is_dear(
    agent: Viewer,
) -> None:
    lines = [await sold(await a_product(), 1, net=net, tax=0) for net in (100, 30_000)]
    keys = [(await received(agent, order=line.order_id)).id for line in lines]
    case: Any = (await do(open_case, agent, title="Broken", complaints=tuple(map(Key, keys))))["case"]
    await do(answer_case, agent, case=case, outcome=Outcome.UPHELD, answer="Sorry.", redress=Redress.REPLACEMENT)
    for key in keys:
        await do(confirm_case_answer, agent, complaint=key)
    found = {answer.complaint_id: answer for answer in await ComplaintAnswer.filter(case_id=case)}
    cheap, dear = [(found[key].status, found[key].amount_minor) for key in keys]
    assert (cheap, dear) == ((AnswerStatus.SENT, 100), (AnswerStatus.PROPOSED, 30_000))


async def test_a_cases_answer_is_offered_to_go_out_only_where_what_it_grants_can_be_made(
    office: Office, agent: Viewer, manager: Viewer
) -> None:
    paid, given_back = [await sold(await a_product(), 2, net=1000, tax=0) for _ in range(2)]
    await done(office, manager, "refundOrder", **back(given_back, quantity=2))
    once_more = await sold(await a_product(), 1, net=1000, tax=0)
    await answered(agent, once_more)

    async def offered(line: OrderLine | None, redress: Redress, amount: str | None = None) -> tuple[Any, Any]:
        """Whether the answer may go out by what it says itself, and why it does not when somebody lets it."""
        complaint = (await received(agent, order=line.order_id if line else None)).id
        case: Any = (await do(open_case, agent, title="Broken", complaints=(Key(complaint),)))["case"]
        money = {"amount": Decimal(amount), "currency": "USD"} if amount else {}
        said = {"outcome": Outcome.UPHELD, "answer": "Sorry.", "redress": redress}
        await do(answer_case, agent, case=case, **said, **money)
        next_statuses = await office.read(agent, await ComplaintAnswer.get(case_id=case), "nextStatuses")
        return "SENT" in next_statuses, await why_not(doing(confirm_case_answer, agent, complaint=complaint))

    assert await offered(None, Redress.REPLACEMENT) == (False, [("NEEDS_ORDER", "complaint")])
    for line in (given_back, once_more):
        assert await offered(line, Redress.REPLACEMENT) == (False, [("NOTHING_TO_REPLACE", "complaint")])
    assert await offered(given_back, Redress.REFUND, "0.01") == (False, [("ABOVE_PAID", "complaint")])
    assert await offered(paid, Redress.REFUND, "10.01") == (False, [("ABOVE_PAID", "complaint")])
    await answered(agent, paid, Offer(Redress.REFUND, Decimal("4.00")))
    # It counts once: as money that went, and not as what was granted, too.
    assert await offered(paid, Redress.REFUND, "6.01") == (False, [("ABOVE_PAID", "complaint")])
    assert await offered(paid, Redress.REFUND, "6.00") == (True, [])
    assert await offered(await sold(await a_product(), 1, net=1000, tax=0), Redress.REPLACEMENT) == (True, [])


async def test_pieces_are_sent_once_more_by_who_may_give_everything_away(
    office: Office, agent: Viewer, manager: Viewer
) -> None:
    line = await sold(await a_product(), 2)
    given = back(line, quantity=2)
    document = "mutation Do($input: ReplaceOrderLinesInput!) { replaceOrderLines(input: $input) { errors { code } } }"
    denied = await office.ask(agent, document, {"input": given})
    assert denied["errors"][0]["extensions"]["permission"] == "APPROVE_DISCOUNTS"
    await done(office, manager, "refundOrder", **back(line, quantity=1))
    too_many = [("TOO_MANY", "lines.0.quantity")]
    assert await refused(office, manager, "replaceOrderLines", **given) == too_many
    outcomes = await at_once(*(send(office, manager, "replaceOrderLines", **back(line, quantity=1)) for _ in range(2)))
    assert sorted(wrong_in(one) for one in outcomes) == [[], too_many]
    [made] = [one["order"] for one in outcomes if one["order"]]
    assert (made["total"], made["status"]) == ({"amount": "0.00"}, "PLACED")
    # Whoever makes more of it gives something away.
    more = [{"orderLine": f"oli_{(await OrderLine.get(order_id=made['id'][4:])).id}", "quantity": 9}]
    assert await codes(office, manager, "amendOrder", order=made["id"], changes=more) == ["DISCOUNT_NOT_APPROVED"]


async def test_a_line_that_something_tells_of_stays_also_when_it_is_only_proposed(
    office: Office, agent: Viewer, accountant: Viewer, manager: Viewer
) -> None:
    order = await placed(office, agent, line_of(await stocked(9), 2), line_of(await stocked(9), 1))
    await done(office, accountant, "recordPayment", order=order["id"], amount="30.00", currency="USD", method="CARD")
    lines = [{"orderLine": order["lines"][1]["id"], "amount": "1.00"}]
    proposal = (await done(office, accountant, "refundOrder", order=order["id"], lines=lines))["proposal"]
    without = {"order": order["id"], "changes": [{"orderLine": lines[0]["orderLine"], "quantity": 0}]}
    assert await refused(office, agent, "amendOrder", **without) == [("LINE_IN_USE", "changes")]
    await done(office, manager, "rejectRefund", proposal=proposal["id"])
    assert await refused(office, agent, "amendOrder", **without) == [("LINE_IN_USE", "changes")]


def test_every_table_that_holds_lines_is_asked_before_one_goes() -> None:
    held = {
        table.name for table in declared_tables() for column in table.columns.values() if " order_lines (id)" in column
    }
    # What is promised to a line is given up before.
    assert held - {"allocations"} == set(TELL_OF_LINES)


async def test_what_was_given_back_of_a_line_stays_within_what_it_costs(
    office: Office, agent: Viewer, manager: Viewer
) -> None:
    order = await placed(office, agent, line_of(await stocked(9), 2), line_of(await stocked(9), 1))
    await done(office, agent, "recordPayment", order=order["id"], amount="30.00", currency="USD", method="CARD")
    one, other = (each["id"] for each in order["lines"])
    lines = [{"orderLine": one, "amount": "15.00"}, {"orderLine": other, "amount": "1.00"}]
    await done(office, manager, "refundOrder", order=order["id"], lines=lines)
    for line, quantity, code in ((one, 1, "ALREADY_REFUNDED"), (other, 0, "LINE_IN_USE")):
        changes = [{"orderLine": line, "quantity": quantity}]
        assert await refused(office, agent, "amendOrder", order=order["id"], changes=changes) == [(code, "changes")]
