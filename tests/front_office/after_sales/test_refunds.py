"""Refunds and replacements: to the last cent with their tax, never more than was paid, and what a complaint's redress makes."""

from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from models.back_office.logistics.inventory import MoveKind, StockMove
from models.back_office.products.catalogue import ProductStatus
from models.front_office.after_sales.returns import Refund, RefundLine
from models.front_office.sales.orders import Order, OrderLine
from models.front_office.sales.orders.terms import OrderPayment
from models.front_office.service.answers import AnswerStatus, ComplaintAnswer, Redress, RedressLimit
from models.front_office.service.complaints import Complaint, Outcome
from models.kit.base import new_id, now
from models.permissions import Department, Role
from resolvers.back_office.logistics.inventory.ledger import NewMove, post
from resolvers.front_office.after_sales.returns.refunding import net_of, price_of_pieces, spread
from resolvers.front_office.service.answers import Offer
from resolvers.front_office.service.cases.answering import (
    answer_case,
    confirm_case_answer,
)
from resolvers.front_office.service.cases.gathering import open_case
from resolvers.front_office.service.complaints.answering import approve_redress
from resolvers.kit.commands import Key
from resolvers.kit.transaction import transact
from resolvers.kit.viewer import Viewer
from tests.back_office.logistics.stocking import a_product, put
from tests.front_office.after_sales.returning import leaves, sold
from tests.front_office.sales.ordering import done, placed, send, stocked
from tests.front_office.sales.ordering import line as line_of
from tests.front_office.service.test_answers import codes
from tests.office import Office, at_once, codes_in, do, doing, hire, received, upheld, wrong_in


def back(line: OrderLine, **what: Any) -> dict[str, Any]:
    """The input of `refundOrder` for one line."""
    return {"order": f"ord_{line.order_id}", "lines": [{"orderLine": f"oli_{line.id}"} | what]}


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
    assert (
        first is None
        or not parts
        or parts[0].line.id == first
        or not lines[[x.id for x in lines].index(first)].total_minor
    )


async def test_money_goes_back_by_the_piece_with_its_tax_and_by_the_amount_and_then_there_is_none(
    office: Office,
) -> None:
    boss, line = await office.somebody("front.manager"), await sold(await a_product(), 3, net=1000, tax=190)
    tried = await send(office, boss, "refundOrder", **back(line, quantity=1), dryRun=True, reason="For Maria Anders.")
    assert (tried["maskedText"], await Refund.all().count()) == ("For [customer].", 0)
    assert tried["amount"] == {"amount": "3.97", "currency": "USD"}
    one = (await done(office, boss, "refundOrder", **back(line, quantity=1)))["refund"]
    assert one["lines"] == [{"quantity": 1, "net": {"amount": "3.34"}, "tax": {"amount": "0.63"}}]
    await done(office, boss, "refundOrder", **back(line, amount="0.10"))
    payload = await done(office, boss, "refundOrder", **back(line, quantity=2))
    assert payload["refund"]["amount"] == {"amount": "7.83"}
    assert payload["order"] == {"paymentState": "REFUNDED", "refunded": {"amount": "11.90"}}
    rows = await RefundLine.filter(order_line_id=line.id)
    assert (sum(row.net_minor for row in rows), sum(row.tax_minor for row in rows)) == (1000, 190)
    assert wrong_in(await send(office, boss, "refundOrder", **back(line, quantity=1))) == [
        ("TOO_MANY", "lines.0.quantity")
    ]
    assert wrong_in(await send(office, boss, "refundOrder", **back(line, amount="0.01"))) == [
        ("ABOVE_LINE_TOTAL", "lines.0.amount")
    ]


async def test_what_was_paid_above_what_an_order_costs_goes_back_and_takes_nothing_from_its_lines(
    office: Office,
) -> None:
    agent, boss = await office.somebody("service"), await office.somebody("front.manager")
    order = await placed(office, agent, line_of(await stocked(9), 5))
    key, [line] = order["id"], order["lines"]
    await done(office, agent, "recordPayment", order=key, amount="50.00", currency="USD", method="CARD")
    assert wrong_in(await send(office, boss, "refundOrder", order=key, overpaid="0.01")) == [
        ("ABOVE_OVERPAID", "overpaid")
    ]
    fewer = [{"orderLine": line["id"], "quantity": 3}]
    await done(office, agent, "amendOrder", order=key, changes=fewer)
    await leaves(await OrderLine.get(id=line["id"][4:]), 3)
    pieces = [{"orderLine": line["id"], "quantity": 1}]
    await done(office, boss, "refundOrder", order=key, lines=pieces)
    query = "query ($id: ID!) { node(id: $id) { ... on Order { warnings paymentState refunded { amount } } } }"

    async def shown() -> dict[str, Any]:
        return await office.find(agent, query, {"id": key})

    # Of 50.00, 30.00 are for the goods, of which 10.00 went back: 20.00 were never owed.
    assert (await shown())["warnings"] == ["PAID_TOO_MUCH"]
    for amount in ("20.01", "0", "-1", "0.001"):
        assert [
            member for _, member in wrong_in(await send(office, boss, "refundOrder", order=key, overpaid=amount))
        ] == ["overpaid"]
    outcomes = await at_once(*(send(office, boss, "refundOrder", order=key, overpaid="20.00") for _ in range(3)))
    assert sorted(wrong_in(one) for one in outcomes) == [[]] + [[("ABOVE_OVERPAID", "overpaid")]] * 2
    [made] = [one["refund"] for one in outcomes if one["refund"]]
    assert (made["amount"], made["lines"]) == ({"amount": "20.00"}, [])
    assert await shown() == {"warnings": [], "paymentState": "PAID", "refunded": {"amount": "30.00"}}
    # A complaint may still be granted what the goods cost.
    complaint = await received(agent, order=key[4:])
    offers = [Offer(Redress.REFUND, Decimal(amount)) for amount in ("20.01", "20.00")]
    assert [await codes(upheld(agent, complaint.id, offer)) for offer in offers] == [[("ABOVE_PAID", "amount")], []]
    rest = [{"orderLine": line["id"], "quantity": 2}]
    assert (await done(office, boss, "refundOrder", order=key, lines=rest))["refund"]["amount"] == {"amount": "20.00"}
    assert (await shown())["paymentState"] == "REFUNDED"


async def test_all_that_was_paid_for_a_cancelled_order_goes_back_at_once(office: Office) -> None:
    agent, boss = await office.somebody("service"), await office.somebody("accounting")
    order = await placed(office, agent, line_of(await stocked(9), 1))
    await done(office, agent, "recordPayment", order=order["id"], amount="12.00", currency="USD", method="CARD")
    await done(office, agent, "cancelOrder", order=order["id"], reason="They moved on.")
    payload = await done(office, boss, "refundOrder", order=order["id"], overpaid="12.00")
    assert payload["order"] == {"paymentState": "REFUNDED", "refunded": {"amount": "12.00"}}


async def test_wrong_refunds_are_told_member_by_member(office: Office) -> None:
    boss, line = await office.somebody("accounting"), await sold(await a_product(), 1, paid=100)
    wrong = [
        ({}, [("INVALID", "lines.0.quantity")]),
        ({"quantity": 1, "amount": "1"}, [("INVALID", "lines.0.quantity")]),
        ({"quantity": 0}, [("INVALID", "lines.0.quantity")]),
        ({"amount": "-1"}, [("INVALID", "lines.0.amount")]),
        ({"amount": "0.001"}, [("INVALID", "lines.0.amount")]),
        ({"amount": "1.01"}, [("ABOVE_PAID", "lines")]),
        ({"orderLine": "oli_x"}, [("NOT_FOUND", "lines.0.orderLine")]),
    ]
    for what, expected in wrong:
        assert wrong_in(await send(office, boss, "refundOrder", **back(line, **what))) == expected, what
    assert wrong_in(await send(office, boss, "refundOrder", **back(line, quantity=1), customerReturn="ret_x")) == [
        ("NOT_FOUND", "customerReturn")
    ]
    await done(office, boss, "refundOrder", **back(line, amount="1.00"))


async def test_two_refunds_at_once_never_give_back_more_than_was_paid(office: Office) -> None:
    boss, line = await office.somebody("front.manager"), await sold(await a_product(), 2)
    outcomes = await at_once(*(send(office, boss, "refundOrder", **back(line, amount="7.00")) for _ in range(3)))
    assert sorted(len(one["errors"]) for one in outcomes) == [0, 1, 1]
    assert (await Order.get(id=line.order_id)).refunded_minor == 700


# --- Redress ----------------------------------------------------------------------------------------------------------


async def test_a_refund_that_a_complaint_grants_is_made_when_its_answer_goes_out(office: Office) -> None:
    agent, line = await office.somebody("service"), await sold(await a_product(), 2)
    complaint = await received(agent, order=line.order_id)
    offer = Offer(Redress.REFUND, Decimal("4.00"), reasons="It rattles.")
    await transact(upheld(agent, complaint.id, offer))
    shown = "amount { amount } reason order { id } answer { redress refunds { number } }"
    shown += " lines { quantity net { amount } tax { amount } }"
    [made] = await office.read(agent, complaint, f"refunds {{ nodes {{ {shown} }} }}")
    assert (made["amount"], made["reason"], made["order"]) == (
        {"amount": "4.00"},
        "It rattles.",
        {"id": f"ord_{line.order_id}"},
    )
    assert made["lines"] == [{"quantity": 0, "net": {"amount": "3.36"}, "tax": {"amount": "0.64"}}]
    assert made["answer"]["redress"] == "REFUND"
    assert len(made["answer"]["refunds"]) == 1
    # 7.90 of 11.90 are left.
    other = await received(agent, order=line.order_id)
    above = Offer(Redress.REFUND, Decimal("7.91"))
    assert await codes(upheld(agent, other.id, above)) == [("ABOVE_PAID", "amount")]


async def test_a_proposed_refund_is_looked_at_again_when_it_is_approved(office: Office, agent: Viewer) -> None:
    boss = await hire("Mona Manager", [Role.FRONT_OFFICE_MANAGER], [Department.CUSTOMER_SERVICE])
    line = await sold(await a_product(), 2, net=20000, tax=0)
    complaint = await received(agent, order=line.order_id)
    offer = Offer(Redress.REFUND, Decimal("150.00"))
    await transact(upheld(agent, complaint.id, offer))
    answer = await ComplaintAnswer.get(complaint_id=complaint.id)
    assert await Refund.filter(order_id=line.order_id).count() == 0
    # What waits is spoken for, by other complaints though not by accountants.
    other = await received(agent, order=line.order_id)
    more = Offer(Redress.REFUND, Decimal("50.01"))
    assert await codes(upheld(agent, other.id, more)) == [("ABOVE_PAID", "amount")]
    assert await codes(doing(approve_redress, boss, answer=answer.id)) == []
    await done(office, boss, "refundOrder", **back(line, amount="50.01"))
    assert await codes(doing(approve_redress, boss, answer=answer.id)) == [("ABOVE_PAID", "answer")]
    await OrderPayment.create(
        order_id=line.order_id,
        amount_minor=1,
        currency="USD",
        method="CASH",
        received_at=answer.made_at,
        recorded_at=answer.made_at,
    )
    assert await codes(doing(approve_redress, boss, answer=answer.id)) == [("ABOVE_PAID", "answer")]


async def test_a_replacement_is_an_order_for_nothing_that_leads_back_to_its_complaint(office: Office) -> None:
    agent, product = await office.somebody("service"), await a_product()
    line = await sold(product, 3)
    await put(product, 2)
    complaint = await received(agent, order=line.order_id)
    again = Offer(Redress.REPLACEMENT)
    await transact(upheld(agent, complaint.id, again))
    shown = "status total { amount } paymentState shipToName replaces { id } complaint { id }"
    shown += " lines { quantity allocatedQuantity }"
    [made] = await office.read(agent, complaint, f"replacementOrders {{ nodes {{ {shown} }} }}")
    assert (made["status"], made["total"], made["shipToName"]) == ("PLACED", {"amount": "0.00"}, "Alfreds Futterkiste")
    assert (made["replaces"], made["complaint"]) == ({"id": f"ord_{line.order_id}"}, {"id": f"cmp_{complaint.id}"})
    assert made["lines"] == [{"quantity": 3, "allocatedQuantity": 2}]
    # Nothing is sent a third time.
    other = await received(agent, order=line.order_id)
    assert await codes(upheld(agent, other.id, again)) == [("NOTHING_TO_REPLACE", "redress")]


async def test_a_replacement_needs_an_order_and_stock_where_there_will_be_no_more(office: Office) -> None:
    agent, product = await office.somebody("service"), await a_product(status=ProductStatus.PHASING_OUT)
    again = Offer(Redress.REPLACEMENT)

    def answer(complaint: Complaint) -> Any:
        return upheld(agent, complaint.id, again)

    assert await codes(answer(await received(agent))) == [("NEEDS_ORDER", "redress")]
    line = await sold(product, 1)
    complaint = await received(agent, order=line.order_id)
    assert await codes(answer(complaint)) == [("OUT_OF_STOCK", "complaint")]
    await put(product, 1)
    assert await codes(answer(complaint)) == []


async def test_a_replacement_is_granted_within_the_limits_for_money_by_what_the_goods_were_sold_for(
    agent: Viewer,
) -> None:
    boss = await hire("Mona Manager", [Role.FRONT_OFFICE_MANAGER], [Department.CUSTOMER_SERVICE])
    again = Offer(Redress.REPLACEMENT, reasons="It is broken.")
    dear = await sold(await a_product(), 1, net=30_000, tax=0)
    complaint = await received(agent, order=dear.order_id)
    await transact(upheld(agent, complaint.id, again))
    answer = await ComplaintAnswer.get(complaint_id=complaint.id)
    assert (answer.status, answer.amount_minor, answer.currency) == (AnswerStatus.PROPOSED, 30_000, "USD")
    assert await Order.filter(replaces_id=dear.order_id).count() == 0
    assert await codes(doing(approve_redress, agent, answer=answer.id)) == [("ILLEGAL_TRANSITION", "answer")]
    await do(approve_redress, boss, answer=answer.id)
    made = await Order.get(replaces_id=dear.order_id)
    # What was sent for nothing is worth what it was worth.
    await leaves(await OrderLine.get(order_id=made.id), 1)
    second = await received(agent, order=made.id)
    await transact(upheld(agent, second.id, again))
    assert (await ComplaintAnswer.get(complaint_id=second.id)).status is AnswerStatus.PROPOSED


async def test_what_was_shipped_since_a_replacement_was_proposed_counts_when_it_is_approved(agent: Viewer) -> None:
    boss = await hire("Mona Manager", [Role.FRONT_OFFICE_MANAGER], [Department.CUSTOMER_SERVICE])
    limit = await RedressLimit.get(role=Role.FRONT_OFFICE_MANAGER, currency="USD")
    line = await sold(await a_product(), 1, net=limit.limit_minor, tax=0)
    complaint = await received(agent, order=line.order_id)
    again = Offer(Redress.REPLACEMENT)
    await transact(upheld(agent, complaint.id, again))
    answer = await ComplaintAnswer.get(complaint_id=complaint.id)
    await OrderLine.filter(id=line.id).update(quantity=2)
    await leaves(line, 1)
    assert await codes(doing(approve_redress, boss, answer=answer.id)) == [("ABOVE_LIMIT", "answer")]
    went = await StockMove.filter(order_line_id=line.id).order_by("-id").first()
    assert went is not None
    product, place, batch = went.product_id, went.location_id, went.batch_id
    stayed = NewMove(
        product, place, batch, MoveKind.SHIP, 1, now(), None, reason="It had stayed.", order_line_id=line.id
    )
    await transact(lambda: post([stayed]))
    assert await codes(doing(approve_redress, boss, answer=answer.id)) == []


async def test_a_case_that_replaces_something_asks_for_a_second_person_at_each_complaint_that_is_dear(
    agent: Viewer,
) -> None:
    lines = [await sold(await a_product(), 1, net=net, tax=0) for net in (100, 30_000)]
    complaints = [await received(agent, order=line.order_id) for line in lines]
    keys = [complaint.id for complaint in complaints]
    case: Any = (await do(open_case, agent, title="Broken", complaints=tuple(map(Key, keys))))["case"]
    await do(answer_case, agent, case=case, outcome=Outcome.UPHELD, answer="Sorry.", redress=Redress.REPLACEMENT)
    for key in keys:
        await do(confirm_case_answer, agent, complaint=key)
    found = {answer.complaint_id: answer for answer in await ComplaintAnswer.filter(case_id=case)}
    assert [(found[key].status, found[key].amount_minor) for key in keys] == [
        (AnswerStatus.SENT, 100),
        (AnswerStatus.PROPOSED, 30_000),
    ]


async def test_pieces_are_sent_once_more_by_who_may_give_everything_away(office: Office) -> None:
    agent, boss = await office.somebody("service"), await office.somebody("front.manager")
    line = await sold(await a_product(), 2)
    given = {"order": f"ord_{line.order_id}", "lines": [{"orderLine": f"oli_{line.id}", "quantity": 2}]}
    document = "mutation Do($input: ReplaceOrderLinesInput!) { replaceOrderLines(input: $input) { errors { code } } }"
    refused = await office.ask(agent, document, {"input": given})
    assert refused["errors"][0]["extensions"]["permission"] == "APPROVE_DISCOUNTS"
    await done(office, boss, "refundOrder", **back(line, quantity=1))
    assert wrong_in(await send(office, boss, "replaceOrderLines", **given)) == [("TOO_MANY", "lines.0.quantity")]
    given["lines"] = [{"orderLine": f"oli_{line.id}", "quantity": 1}]
    outcomes = await at_once(*(send(office, boss, "replaceOrderLines", **given) for _ in range(2)))
    assert sorted(wrong_in(one) for one in outcomes) == [[], [("TOO_MANY", "lines.0.quantity")]]
    [made] = [one["order"] for one in outcomes if one["order"]]
    assert (made["total"], made["status"]) == ({"amount": "0.00"}, "PLACED")
    # Whoever makes more of it gives something away.
    more = [{"orderLine": f"oli_{(await OrderLine.get(order_id=made['id'][4:])).id}", "quantity": 9}]
    assert codes_in(await send(office, boss, "amendOrder", order=made["id"], changes=more)) == ["DISCOUNT_NOT_APPROVED"]


async def test_what_was_given_back_of_a_line_stays_within_what_it_costs(office: Office) -> None:
    agent, boss = await office.somebody("service"), await office.somebody("front.manager")
    order = await placed(office, agent, line_of(await stocked(9), 2), line_of(await stocked(9), 1))
    await done(office, agent, "recordPayment", order=order["id"], amount="30.00", currency="USD", method="CARD")
    one, other = (each["id"] for each in order["lines"])
    lines = [{"orderLine": one, "amount": "15.00"}, {"orderLine": other, "amount": "1.00"}]
    await done(office, boss, "refundOrder", order=order["id"], lines=lines)
    less = [{"orderLine": one, "quantity": 1}]
    assert wrong_in(await send(office, agent, "amendOrder", order=order["id"], changes=less)) == [
        ("ALREADY_REFUNDED", "changes")
    ]
    none = [{"orderLine": other, "quantity": 0}]
    assert wrong_in(await send(office, agent, "amendOrder", order=order["id"], changes=none)) == [
        ("LINE_IN_USE", "changes")
    ]
