"""Returns: from the customer's wish to the shelf or the bin, through the ledger, and never more than there was."""

from datetime import UTC, datetime, timedelta
from typing import Any

from models.back_office.logistics.inventory import Warehouse
from models.back_office.logistics.inventory.stock import MoveKind, StockBalance, StockMove
from models.back_office.products.catalogue import Product
from models.front_office.after_sales.returns import CustomerReturn, ReturnLine
from models.front_office.sales.orders import OrderLine
from models.kit.base import now
from resolvers.kit.commands import Viewer
from tests.back_office.logistics.stocking import a_product, ordered, put, shelf
from tests.front_office.after_sales.returning import sold, wanted
from tests.front_office.sales.ordering import codes, done, drafted, placed, refused, seen, send
from tests.front_office.sales.ordering import line as line_of
from tests.office import Office, at_once, happened, received, wrong_in

KINDS = ["RETURN_REQUESTED", "RETURN_AUTHORISED", "RETURN_RECEIVED", "RETURN_INSPECTED", "RETURN_CLOSED"]


async def test_what_comes_back_good_serves_who_waits_and_the_rest_is_scrapped(
    office: Office, agent: Viewer, clerk: Viewer
) -> None:
    product = await a_product()
    line = await sold(product, 3)
    waiting = await ordered(product, 5)
    complaint = await received(agent, order=line.order_id)
    given = wanted(line, 3, reasonText="Maria Anders says they rattle.", complaint=f"cmp_{complaint.id}")
    made = (await done(office, agent, "requestReturn", **given))["customerReturn"]
    assert (made["status"], made["reasonText"]) == ("REQUESTED", "[customer] says they rattle.")
    assert (await CustomerReturn.get(number=made["number"])).complaint_id == complaint.id
    assert made["nextStatuses"] == ["AUTHORISED", "CLOSED"]
    key = {"customerReturn": made["id"]}
    await done(office, agent, "authoriseReturn", **key)
    house = f"whs_{(await Warehouse.all().first()).id}"
    here = (await done(office, clerk, "receiveReturn", **key, warehouse=house))["customerReturn"]
    [piece] = here["lines"]
    assert piece["batch"] is not None
    assert (await OrderLine.get(id=line.id)).returned_quantity == 3
    # What nobody has looked at is promised to nobody.
    assert (await OrderLine.get(id=waiting.id)).allocated_quantity == 0
    whole = {"returnLine": piece["id"]}
    looked = [
        whole | {"quantity": 2, "condition": "UNOPENED", "disposition": "RESTOCK"},
        whole | {"condition": "DEFECTIVE", "disposition": "SCRAP"},
    ]
    inspect = key | {"lines": looked, "restockTo": f"loc_{(await shelf()).id}"}
    assert await refused(office, clerk, "inspectReturn", **inspect | {"lines": looked[:1]}) == [("INCOMPLETE", "lines")]
    broken = [looked[0] | {"condition": "DAMAGED"}, looked[1]]
    assert await refused(office, clerk, "inspectReturn", **inspect | {"lines": broken, "restockTo": None}) == [
        ("REQUIRED", "restockTo"),
        ("NOT_SALEABLE", "lines.0.disposition"),
    ]
    seen = (await done(office, clerk, "inspectReturn", **inspect))["customerReturn"]
    assert [(one["quantity"], one["disposition"]) for one in seen["lines"]] == [(2, "RESTOCK"), (1, "SCRAP")]
    assert (await OrderLine.get(id=waiting.id)).allocated_quantity == 2
    scrapped = await StockMove.get(return_id=made["id"][4:], kind=MoveKind.ADJUST)
    assert (scrapped.quantity, scrapped.reason) == (-1, f"{made['number']}: DEFECTIVE")
    assert await StockBalance.filter(location__kind="RETURNS", on_hand__gt=0).count() == 0
    moves = "{ backOffice { stockMoves(first: 4) { nodes { kind quantity customerReturn { number } } } } }"
    told = await office.find(clerk, moves)
    assert {one["customerReturn"]["number"] for one in told} == {made["number"]}
    assert sorted((one["kind"], one["quantity"]) for one in told) == [
        ("ADJUST", -1),
        ("RETURN", 3),
        ("TRANSFER", -2),
        ("TRANSFER", 2),
    ]
    assert (await done(office, agent, "closeReturn", **key))["customerReturn"]["status"] == "CLOSED"
    assert await happened(made["id"][4:]) == KINDS


async def test_nobody_sends_back_more_than_they_have_also_when_two_ask_at_once(office: Office, agent: Viewer) -> None:
    line = await sold(await a_product(), 5)
    asked = await at_once(*(send(office, agent, "requestReturn", **wanted(line, 3)) for _ in range(2)))
    assert sorted(wrong_in(one) for one in asked) == [[], [("TOO_MANY", "lines.0.quantity")]]
    [made] = [one["customerReturn"] for one in asked if one["customerReturn"]]
    assert await refused(office, agent, "requestReturn", **wanted(line, 3)) == [("TOO_MANY", "lines.0.quantity")]
    for quantity in (0, -1, 2**31 - 1):
        assert await refused(office, agent, "requestReturn", **wanted(line, quantity))
    keeps = {"customerReturn": made["id"], "reason": "Maria Anders keeps them."}
    rehearsed = await send(office, agent, "refuseReturn", **keeps, dryRun=True)
    assert (rehearsed["maskedText"], rehearsed["customerReturn"]) == ("[customer] keeps them.", None)
    assert (await done(office, agent, "refuseReturn", **keeps))["customerReturn"]["status"] == "CLOSED"
    assert await codes(office, agent, "refuseReturn", **keeps) == ["ILLEGAL_TRANSITION"]
    await done(office, agent, "requestReturn", **wanted(line, 5))


async def test_a_return_names_its_orders_lines_once_and_a_complaint_about_it(office: Office, agent: Viewer) -> None:
    line, other = await sold(await a_product(), 1), await sold(await a_product(), 1)
    twice = wanted(line, 1)["lines"] * 2 + wanted(other, 1)["lines"]
    about = f"cmp_{(await received(agent, order=other.order_id)).id}"
    assert await refused(office, agent, "requestReturn", **wanted(line, 1, lines=twice, complaint=about)) == [
        ("OTHER_ORDER", "complaint"),
        ("INVALID", "lines.1.orderLine"),
        ("NOT_FOUND", "lines.2.orderLine"),
    ]
    assert await refused(office, agent, "requestReturn", **wanted(line, 1, lines=[], complaint="cmp_x")) == [
        ("NOT_FOUND", "complaint"),
        ("INVALID", "lines"),
    ]


async def test_of_several_batches_somebody_says_which_came_and_what_did_not_can_be_asked_for_again(
    office: Office, agent: Viewer, clerk: Viewer
) -> None:
    line = await sold(await a_product(), 2, 3)
    batches = await StockMove.filter(order_line_id=line.id).order_by("quantity").values_list("batch_id", flat=True)
    three, two = (f"bat_{batch}" for batch in batches)
    made = (await done(office, agent, "requestReturn", **wanted(line, 5)))["customerReturn"]
    await done(office, agent, "authoriseReturn", customerReturn=made["id"])
    house = await Warehouse.all().first()
    assert house is not None
    here = {"customerReturn": made["id"], "warehouse": f"whs_{house.id}"}
    assert await refused(office, clerk, "receiveReturn", **here) == [("BATCH_NEEDED", "lines")]
    piece = {"returnLine": made["lines"][0]["id"]}
    much = [piece | {"quantity": 3, "batch": two}, piece | {"quantity": 3}]
    assert await refused(office, clerk, "receiveReturn", **here, lines=much) == [
        ("TOO_MANY", "lines.1.quantity"),
        ("NOT_OF_THIS_BATCH", "lines.0.batch"),
    ]
    assert await refused(office, clerk, "receiveReturn", **here, lines=[piece | {"quantity": 0}]) == [
        ("NOTHING_CAME", "lines")
    ]
    came = [piece | {"quantity": 1, "batch": two}, piece | {"quantity": 3, "batch": three}]
    await done(office, clerk, "receiveReturn", **here, lines=came)
    rows = await ReturnLine.filter(customer_return_id=made["id"][4:]).order_by("position")
    assert [row.quantity for row in rows] == [1, 3]
    assert await refused(office, agent, "requestReturn", **wanted(line, 2)) == [("TOO_MANY", "lines.0.quantity")]
    await done(office, agent, "requestReturn", **wanted(line, 1))


async def test_a_warranty_runs_in_calendar_months_from_delivery_and_then_it_is_over(
    office: Office, agent: Viewer
) -> None:
    short = await a_product(warranty_months=1)
    old = await sold(short, 1, delivered_at=datetime(2026, 1, 31, 12, tzinfo=UTC))
    new, never = await sold(short, 1, delivered_at=now() - timedelta(days=20)), await sold(await a_product(), 1)
    until = [await office.read(agent, one, "warrantyUntil") for one in (old, never)]
    assert until == ["2026-02-28", None]
    for line, why_not in ((old, ["WARRANTY_OVER"]), (new, []), (never, ["NO_WARRANTY"])):
        answer = await refused(office, agent, "requestReturn", **wanted(line, 1, reason="WARRANTY"))
        assert answer == [(code, "lines.0.orderLine") for code in why_not]
    await done(office, agent, "requestReturn", **wanted(old, 1))


async def test_a_line_keeps_the_warranty_that_it_was_sold_with_whatever_becomes_of_its_product(
    office: Office, agent: Viewer, manager: Viewer
) -> None:
    product = await a_product(warranty_months=12)
    await put(product, 9)
    order = await placed(office, agent, line_of(product, 2))
    draft = await drafted(office, agent, line_of(product, 1))
    delivered = await sold(product, 1)
    await Product.filter(id=product.id).update(warranty_months=None)

    async def warranty(line: str) -> dict[str, Any]:
        return await seen(office, agent, line, "warrantyMonths warrantyUntil", "OrderLine")

    assert await warranty(order["lines"][0]["id"]) == {"warrantyMonths": 12, "warrantyUntil": None}
    kept = await warranty(f"oli_{delivered.id}")
    assert (kept["warrantyMonths"], kept["warrantyUntil"] is not None) == (12, True)
    await done(office, agent, "requestReturn", **wanted(delivered, 1, reason="WARRANTY"))
    # What is sold afterwards has what the product has then: a line that is added, and a draft that is placed.
    added = await done(office, agent, "amendOrder", order=order["id"], additions=[line_of(product, 1)])
    assert [(await warranty(one["id"]))["warrantyMonths"] for one in added["order"]["lines"]] == [12, None]
    later = (await done(office, agent, "placeOrder", order=draft["id"]))["order"]
    assert (await warranty(later["lines"][0]["id"]))["warrantyMonths"] is None
    # What is sent once more is sold once: on the same terms.
    pieces = [{"orderLine": f"oli_{delivered.id}", "quantity": 1}]
    again = (await done(office, manager, "replaceOrderLines", order=f"ord_{delivered.order_id}", lines=pieces))["order"]
    assert (await OrderLine.get(order_id=again["id"][4:])).warranty_months == 12


async def test_the_warehouse_reads_returns_but_not_what_was_paid_back(
    office: Office, agent: Viewer, clerk: Viewer
) -> None:
    line = await sold(await a_product(), 1)
    await done(office, agent, "requestReturn", **wanted(line, 1))
    shown = "number reasonText order { number } lines { quantity }"
    query = f"{{ backOffice {{ returns(first: 1) {{ nodes {{ {shown} %s }} }} }} }}"
    [one] = await office.find(clerk, query % "")
    assert one["lines"] == [{"quantity": 1}]
    denied = await office.ask(clerk, query % "refunds { nodes { amount { amount } } }")
    assert {error["extensions"]["permission"] for error in denied["errors"]} == {"READ_ORDER_PRICES"}
