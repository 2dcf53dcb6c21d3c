"""Why, and who asked: what people write about orders is kept, shown to who decides, and names no customer to the back office."""

from typing import Any

from tortoise.connection import get_connection
from tortoise.transactions import in_transaction

from models.back_office.products.catalogue import Product
from models.front_office.after_sales.returns import Refund
from models.front_office.sales.orders import Order
from models.front_office.sales.orders.amendments import OrderAmendment
from models.front_office.sales.orders.terms import OrderPayment
from models.kit.base import now
from models.kit.events import Event
from resolvers.kit.commands import Viewer
from tests.back_office.logistics.stocking import a_product
from tests.front_office.after_sales.returning import sold, wanted
from tests.front_office.sales.ordering import codes, done, drafted, line, needed, placed, refused, seen, stocked
from tests.office import Office

SHIP_TO = {"name": "Bodega Sur", "street": "Calle Mayor 9", "city": "Madrid", "country": "Spain"}
TOLD = "Petra Schmitz of Bodega Sur, Calle Mayor 9, and Maria Anders say so."
MASKED = "[customer] of [customer], [street], and [customer] say so."


async def test_an_approver_reads_why_a_discount_is_asked_for_and_the_agent_why_it_was_refused(
    office: Office, agent: Viewer, manager: Viewer, accountant: Viewer, clerk: Viewer
) -> None:
    tea = await stocked(10)
    draft = await drafted(office, agent, line(tea, 1, 2000), askedBy="Petra Schmitz", shipTo=SHIP_TO)
    key = {"order": draft["id"]}
    before = await Event.all().count()
    fields = "order { id } maskedText outcome { needsApproval } errors { code }"
    assert await office.send(agent, "askForDiscount", fields, **key, reason=TOLD, dryRun=True) == {
        "order": None,
        "maskedText": MASKED,
        "outcome": {"needsApproval": True},
        "errors": [],
    }
    assert (await Event.all().count(), (await Order.get(id=draft["id"][4:])).discount_reason) == (before, None)
    assert await codes(office, agent, "askForDiscount", **key, reason=" ") == ["INVALID"]
    await done(office, agent, "askForDiscount", **key, reason=TOLD)
    waiting = "{ frontOffice { discountsToApprove { nodes { id discountReason } } } }"
    assert await office.find(manager, waiting) == [{"id": draft["id"], "discountReason": MASKED}]
    await done(office, manager, "rejectDiscount", **key, reason="Petra Schmitz got 20 % last week.")
    why = "discountState discountReason discountDecisionReason"
    for viewer in (agent, accountant):
        assert await seen(office, viewer, draft["id"], why) == {
            "discountState": "REJECTED",
            "discountReason": MASKED,
            "discountDecisionReason": "[customer] got 20 % last week.",
        }
    # That somebody asked says that there is a discount, which is a price.
    for field in ("discountReason", "discountDecisionReason", "discountAskedBy { name }", "discountDecidedBy { name }"):
        assert await needed(office, clerk, draft["id"], field) == {"READ_ORDER_PRICES"}
    # Whoever changes the draft must ask anew, and say why anew.
    await done(office, agent, "setOrderDiscount", **key, discountBasisPoints=1)
    anew = {"discountState": "WITHIN_LIMIT", "discountReason": None, "discountDecisionReason": None}
    assert await seen(office, agent, draft["id"], why) == anew


async def test_who_asked_for_an_amendment_and_why_stays_on_record_with_who_made_it(office: Office) -> None:
    agent, clerk = await office.somebody("sales"), await office.somebody("logistics")
    tea = await stocked(10)
    order = await placed(office, agent, line(tea, 1), askedBy="Petra Schmitz", shipTo=SHIP_TO)
    more = {"order": order["id"], "additions": [line(tea, 1)]}
    asked = {"reason": "Ole Hansen wants one more.", "askedBy": "Ole Hansen", "askedThrough": "CHAT"}
    fields = "maskedText outcome { total { amount } } order { id } errors { code message path }"
    assert await office.send(agent, "amendOrder", fields, **more, **asked, dryRun=True) == {
        "maskedText": "[customer] wants one more.",
        "outcome": {"total": {"amount": "20.00"}},
        "order": None,
        "errors": [],
    }
    assert await OrderAmendment.all().count() == 0
    await done(office, agent, "amendOrder", **more, **asked)
    await done(office, agent, "amendOrder", **more)
    fields = "amendments {{ nodes {{ reason askedThrough amendedBy {{ name }} {} }} }}"
    [second, first] = await seen(office, agent, order["id"], fields.format("askedBy"))
    assert first == {
        "reason": "[customer] wants one more.",
        "askedThrough": "CHAT",
        "amendedBy": {"name": agent.name},
        "askedBy": "Ole Hansen",
    }
    assert await seen(office, agent, order["id"], "takenBy { name }") == agent.name
    assert (second["reason"], second["askedBy"], second["askedThrough"]) == (None, "Maria Anders", None)
    assert len(await seen(office, clerk, order["id"], fields.format(""))) == 2
    assert await needed(office, clerk, order["id"], fields.format("askedBy"))
    # Whoever asked once is masked in what is written later.
    held = await done(office, agent, "holdOrder", order=order["id"], reason="Ole Hansen and Petra Schmitz disagree.")
    assert held["order"]["holdReason"] == "[customer] and [customer] disagree."
    wrong = await refused(office, agent, "amendOrder", **more, reason="x" * 10_001, askedBy="x" * 201)
    assert {member for _, member in wrong} == {"reason", "askedBy"}


async def test_an_amendment_says_what_it_changed_line_by_line(office: Office) -> None:
    agent = await office.somebody("sales")
    tea, tins, gone = await stocked(10), await stocked(10), await stocked(10)
    order = await placed(office, agent, line(tea, 3), line(gone, 2))
    first, second = (one["id"] for one in order["lines"])
    changes = [{"orderLine": first, "quantity": 5}, {"orderLine": second, "quantity": 0}]
    await done(office, agent, "amendOrder", order=order["id"], changes=changes, additions=[line(tins, 1)])
    [third] = [one["id"] for one in await seen(office, agent, order["id"], "lines { id }") if one["id"] != first]
    changes = [{"orderLine": first, "quantity": 5}, {"orderLine": third, "quantity": 4}]
    await done(office, agent, "amendOrder", order=order["id"], changes=changes)
    what = "position productName quantityBefore quantityAfter product { id }"
    [later, sooner] = await seen(office, agent, order["id"], f"amendments {{ nodes {{ changes {{ {what} }} }} }}")

    def change(position: int, product: Product, before: int, after: int) -> dict[str, Any]:
        said = {"position": position, "productName": product.name, "product": {"id": f"prd_{product.id}"}}
        return said | {"quantityBefore": before, "quantityAfter": after}

    assert later["changes"] == [change(3, tins, 1, 4)]
    assert sooner["changes"] == [change(1, tea, 3, 5), change(2, gone, 2, 0), change(3, tins, 0, 1)]


async def test_whom_an_order_names_is_masked_in_all_that_is_written_about_it(
    office: Office, agent: Viewer, manager: Viewer
) -> None:
    sent = await sold(await a_product(), 2)
    named = {"asked_by": "Petra Schmitz", "ship_name": SHIP_TO["name"], "ship_street": SHIP_TO["street"]}
    await Order.filter(id=sent.order_id).update(**named)
    key = f"ord_{sent.order_id}"
    money = {"order": key, "amount": "1.00", "currency": "USD", "method": "CARD", "reference": TOLD}
    assert (await done(office, agent, "recordPayment", **money))["payment"]["reference"] == MASKED
    made = (await done(office, agent, "requestReturn", **wanted(sent, 1, reasonText=TOLD)))["customerReturn"]
    assert made["reasonText"] == MASKED
    closed = await done(office, agent, "refuseReturn", customerReturn=made["id"], reason=TOLD)
    assert closed["customerReturn"]["closingReason"] == MASKED
    some = [{"orderLine": f"oli_{sent.id}", "amount": "0.10"}]
    assert (await done(office, manager, "refundOrder", order=key, lines=some, reason=TOLD))["refund"][
        "reason"
    ] == MASKED


async def test_a_dry_run_of_holding_or_cancelling_shows_what_becomes_of_the_order(office: Office) -> None:
    agent = await office.somebody("service")
    tea = await stocked(2)
    order = await placed(office, agent, line(tea, 3))
    await done(office, agent, "recordPayment", order=order["id"], amount="5.00", currency="USD", method="CARD")
    before = await Event.all().count()

    async def rehearsed(verb: str) -> dict[str, Any]:
        fields = "total { amount } needsApproval warnings lines { allocated backordered }"
        fields = f"order {{ id }} maskedText outcome {{ {fields} }} errors {{ code }}"
        answer = await office.send(agent, verb, fields, order=order["id"], reason="Maria Anders.", dryRun=True)
        assert (answer["order"], answer["maskedText"], answer["errors"]) == (None, "[customer].", [])
        return answer["outcome"]

    kept = {"total": {"amount": "30.00"}, "needsApproval": False}
    waits, gone = {"allocated": 2, "backordered": 1}, {"allocated": 0, "backordered": 0}
    assert await rehearsed("holdOrder") == kept | {"warnings": [], "lines": [waits]}
    assert await rehearsed("cancelOrder") == kept | {"warnings": ["PAID_TOO_MUCH"], "lines": [gone]}
    assert await Event.all().count() == before
    assert await seen(office, agent, order["id"], "status") == "PLACED"


async def test_a_second_click_that_names_the_version_does_nothing_with_money_and_goods_either(
    office: Office, agent: Viewer, manager: Viewer
) -> None:
    sent = await sold(await a_product(), 4)
    key = {"order": f"ord_{sent.order_id}"}
    pieces = [{"orderLine": f"oli_{sent.id}", "quantity": 1}]
    clicks: list[tuple[Viewer, str, dict[str, Any]]] = [
        (agent, "recordPayment", key | {"amount": "1.00", "currency": "USD", "method": "CARD"}),
        (agent, "requestReturn", key | {"lines": pieces, "reason": "OTHER"}),
        (manager, "refundOrder", key | {"lines": pieces}),
        (manager, "replaceOrderLines", key | {"lines": pieces}),
    ]
    for viewer, verb, given in clicks:
        version = await seen(office, viewer, key["order"], "version")
        await done(office, viewer, verb, **given, expectedVersion=version)
        assert await codes(office, viewer, verb, **given, expectedVersion=version) == ["STALE_VERSION"], verb
    assert await OrderPayment.filter(order_id=sent.order_id).count() == 2
    assert await Refund.filter(order_id=sent.order_id).count() == 1


async def test_a_country_is_taxed_however_its_name_is_written(office: Office, agent: Viewer, manager: Viewer) -> None:
    tea = await stocked(10)
    await done(office, manager, "setTaxRate", country="Spain", rateBasisPoints=2100, validFrom="2020-01-01")
    order = await placed(office, agent, line(tea, 1), shipTo=SHIP_TO | {"country": "SPAIN"})
    assert order["total"]["amount"] == "12.10"
    # There is one series of rates, whoever goes on with it.
    next_rate = await done(office, manager, "setTaxRate", country="spain", rateBasisPoints=1000)
    rates = "{ frontOffice { taxRates(sort: [{field: VALID_FROM}]) { nodes { country validUntil } } } }"
    nodes = await office.find(agent, rates)
    assert [one["country"] for one in nodes] == ["Spain", "Spain"]
    assert nodes[0]["validUntil"] is not None
    assert next_rate["taxRate"]["validFrom"] == now().date().isoformat()
    again = await placed(office, agent, line(tea, 1), shipTo=SHIP_TO)
    assert again["total"]["amount"] == "11.00"


async def test_the_rate_of_a_country_is_found_without_looking_at_all_rates(office: Office) -> None:
    connection = get_connection("default")
    asked = "SELECT 1 FROM tax_rates t WHERE lower(t.country) = lower('Spain') AND t.valid_from <= '2026-01-01'"
    if connection.capabilities.dialect == "postgres":
        # The table is so small here that reading all of it would be cheaper.
        asked = f"EXPLAIN {asked}"
        async with in_transaction() as inside:
            await inside.execute_query("SET LOCAL enable_seqscan = off")
            rows = await inside.execute_query_dict(asked)
    else:
        rows = await connection.execute_query_dict(f"EXPLAIN QUERY PLAN {asked}")
    assert "tax_rates_in_force" in str(rows)
