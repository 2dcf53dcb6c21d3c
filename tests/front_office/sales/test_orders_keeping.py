"""Orders that stand: amended, held, cancelled and paid for, with what becomes free given to those who wait."""

from typing import Any

from models.back_office.logistics.inventory.stock import Allocation, StockBalance
from models.back_office.products.catalogue import Product
from models.front_office.sales.orders.terms import OrderPayment
from models.kit.base import now
from resolvers.back_office.logistics.inventory.promising import fill_backorders
from resolvers.kit.commands import Viewer
from resolvers.kit.transaction import transact
from tests.back_office.logistics.stocking import put
from tests.front_office.sales.ordering import codes, done, line, needed, placed, refused, seen, send, stocked
from tests.office import Office, alfreds, at_once, codes_in, happened, received


async def promised(order: dict[str, Any]) -> int:
    return sum([one.quantity for one in await Allocation.filter(order_line__order_id=order["id"][4:])])


async def fill(product: Product) -> None:
    await transact(lambda: fill_backorders([product.id], now()))


async def test_what_an_amended_or_cancelled_order_gives_up_goes_to_the_oldest_that_waits(office: Office) -> None:
    agent = await office.somebody("service")
    tea, other = await stocked(10), await stocked(5)
    first = await placed(office, agent, line(tea, 10))
    second = await placed(office, agent, line(tea, 4))
    third = await placed(office, agent, line(tea, 4))
    key = first["lines"][0]["id"]
    change = {"order": first["id"], "changes": [{"orderLine": key, "quantity": 5}], "additions": [line(other, 2)]}
    rehearsed = await done(office, agent, "amendOrder", **change, dryRun=True)
    assert [(one["allocated"], one["backordered"]) for one in rehearsed["outcome"]["lines"]] == [(5, 0), (2, 0)]
    assert await promised(first) == 10
    amended = (await done(office, agent, "amendOrder", **change))["order"]
    assert amended["total"]["amount"] == "70.00"
    assert [await promised(order) for order in (first, second, third)] == [7, 4, 1]
    assert await happened(third["id"][4:]) == ["ORDER_DRAFTED", "ORDER_PLACED", "ORDER_ALLOCATED"]

    reason = "Maria Anders of Alfreds Futterkiste said so."
    rehearsed = await done(office, agent, "cancelOrder", order=first["id"], reason=reason, dryRun=True)
    assert rehearsed["maskedText"] == "[customer] of [customer] said so."
    cancelled = (await done(office, agent, "cancelOrder", order=first["id"], reason=reason))["order"]
    assert (cancelled["status"], cancelled["cancellationReason"]) == ("CANCELLED", "[customer] of [customer] said so.")
    assert [await promised(order) for order in (first, second, third)] == [0, 4, 4]
    assert await codes(office, agent, "amendOrder", **change) == ["ILLEGAL_TRANSITION"]


async def test_an_amendment_names_everything_that_is_wrong_and_leaves_something_of_the_order(office: Office) -> None:
    agent = await office.somebody("service")
    tea = await stocked(10)
    order, foreign = await placed(office, agent, line(tea, 2)), await placed(office, agent, line(tea, 1))
    changes = [
        {"orderLine": foreign["lines"][0]["id"], "quantity": 1},
        {"orderLine": order["lines"][0]["id"], "quantity": -1},
    ]
    wrong = await refused(office, agent, "amendOrder", order=order["id"], changes=changes, additions=[line(tea, 0)])
    assert {member for _, member in wrong} >= {"changes.0.orderLine", "changes.1.quantity", "additions.0.quantity"}
    nothing = [{"orderLine": order["lines"][0]["id"], "quantity": 0}]
    assert await codes(office, agent, "amendOrder", order=order["id"], changes=nothing) == ["EMPTY_ORDER"]
    swap = await done(office, agent, "amendOrder", order=order["id"], changes=nothing, additions=[line(tea, 3)])
    assert [one["quantity"] for one in swap["order"]["lines"]] == [3]
    assert await promised(order) == 3


async def test_a_held_order_keeps_what_it_has_and_gets_nothing_until_it_goes_on(office: Office, agent: Viewer) -> None:
    tea = await stocked(2)
    order = await placed(office, agent, line(tea, 5))
    held = (await done(office, agent, "holdOrder", order=order["id"], reason="Unpaid."))["order"]
    assert (held["status"], held["holdReason"]) == ("ON_HOLD", "Unpaid.")
    await put(tea, 10)
    await fill(tea)
    assert await promised(order) == 2
    resumed = (await done(office, agent, "resumeOrder", order=order["id"]))["order"]
    assert resumed["status"] == "PLACED"
    assert await promised(order) == 5


async def test_what_comes_in_goes_to_the_oldest_order_and_amending_at_the_same_time_loses_nothing(
    office: Office, agent: Viewer
) -> None:
    tea = await stocked(0)
    orders = [await placed(office, agent, line(tea, 4)) for _ in range(4)]
    await put(tea, 10)
    changes = [{"orderLine": orders[0]["lines"][0]["id"], "quantity": 1}]
    await at_once(
        fill(tea),
        done(office, agent, "amendOrder", order=orders[0]["id"], changes=changes),
        done(office, agent, "cancelOrder", order=orders[1]["id"], reason="No."),
        *(fill(tea) for _ in range(5)),
    )
    await fill(tea)
    assert [await promised(order) for order in orders] == [1, 0, 4, 4]
    assert sum([one.allocated for one in await StockBalance.filter(product_id=tea.id)]) == 9


async def test_payments_add_up_and_a_mistake_is_taken_back_once(
    office: Office, agent: Viewer, accountant: Viewer
) -> None:
    order = await placed(office, agent, line(await stocked(10), 3))
    money = {"order": order["id"], "currency": "USD", "method": "CARD"}
    marked = {"amount": "10.00", "reference": "Maria Anders, 030-0074321"}
    part = await done(office, accountant, "recordPayment", **money, **marked)
    assert (part["order"]["paymentState"], part["payment"]["reference"]) == ("PARTLY_PAID", "[customer], [phone]")
    rest = await done(office, agent, "recordPayment", **money, amount="25.00")
    assert rest["order"]["paymentState"] == "PAID"
    shown = await seen(office, agent, order["id"], "warnings paid { amount }")
    assert shown == {"warnings": ["PAID_TOO_MUCH"], "paid": {"amount": "35.00"}}
    back = {"payment": rest["payment"]["id"], "reason": "Twice."}
    # Nobody keeps cash by writing it off again.
    assert await refused(office, agent, "reversePayment", **back) == [("SAME_PERSON", "payment")]
    payloads = await at_once(*(send(office, accountant, "reversePayment", **back) for _ in range(5)))
    assert sorted(code for payload in payloads for code in codes_in(payload)) == 4 * ["ALREADY_REVERSED"]
    paid = await OrderPayment.filter(order_id=order["id"][4:]).values_list("amount_minor", flat=True)
    assert sorted(paid) == [-2500, 1000, 2500]
    filtered = "{ backOffice { orders(first: 1, filter: {paymentState: {eq: PARTLY_PAID}}) { nodes { id } } } }"
    assert await office.find(accountant, filtered) == [{"id": order["id"]}]
    wrong = await codes(office, agent, "recordPayment", **money | {"currency": "EUR"}, amount="-1.001")
    assert wrong == ["OTHER_CURRENCY", "INVALID"]


async def test_credit_and_severe_complaints_warn_and_stop_nothing(office: Office) -> None:
    agent, manager = await office.somebody("service"), await office.somebody("front.manager")
    customer = f"cus_{(await alfreds()).id}"
    tea = await stocked(10)
    await done(office, manager, "setCreditLimit", customer=customer, limit="25.00", currency="USD")

    async def warnings() -> list[str]:
        given = {"customer": customer, "lines": [line(tea, 2)], "dryRun": True}
        return (await done(office, agent, "draftOrder", **given))["outcome"]["warnings"]

    assert await warnings() == []
    await placed(office, agent, line(tea, 1))
    assert await warnings() == ["CREDIT_LIMIT_EXCEEDED"]
    await received(agent)
    assert await warnings() == ["CREDIT_LIMIT_EXCEEDED", "OPEN_SEVERE_COMPLAINT"]
    assert await codes(office, manager, "setCreditLimit", customer=customer, limit="1.00") == ["INVALID"]


async def test_who_takes_no_orders_changes_none_and_who_invoices_reads_the_name_and_no_more(office: Office) -> None:
    agent, accountant, clerk = [await office.somebody(who) for who in ("service", "accounting", "logistics")]
    order = await placed(office, agent, line(await stocked(1), 1))
    hold = 'mutation ($id: ID!) { holdOrder(input: {order: $id, reason: "x"}) { errors { code } } }'
    for viewer in (accountant, clerk):
        denied = await office.ask(viewer, hold, {"id": order["id"]})
        assert [error["extensions"]["permission"] for error in denied["errors"]] == ["WRITE_ORDERS"]
    told = await office.send(accountant, "addressInvoice", "address { name city } errors { code }", order=order["id"])
    assert told["address"] == {"name": "Alfreds Futterkiste", "city": "Berlin"}
    assert await needed(office, accountant, order["id"], "shipToName")
    for field in ("customer { id }", "total { amount }", "warnings"):
        assert await needed(office, clerk, order["id"], field)
