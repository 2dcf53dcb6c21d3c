"""Taking orders: drafted, priced, quoted, approved and placed, with stock promised once and never twice."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from models.back_office.logistics.inventory.stock import Allocation, StockBalance
from models.back_office.products.catalogue import Product, ProductStatus
from models.both_offices.accounts import Account
from models.front_office.sales.orders import Order, OrderLine
from models.kit.base import new_id, now
from models.kit.events import Event
from models.permissions import ROLE_PERMISSIONS, Permission, Role
from resolvers.front_office.sales.orders.terms import price_order
from resolvers.kit.commands import Viewer
from tests.back_office.logistics.stocking import put
from tests.front_office.sales.ordering import codes, done, drafted, line, needed, placed, refused, send, stocked
from tests.office import Office, alfreds, at_once, codes_in, happened, received


async def short_of(office: Office, viewer: Viewer, verb: str, **given: Any) -> list[int]:
    """How much there is of each line that cannot wait, where that alone is why a verb is refused."""
    errors = (await send(office, viewer, verb, **given))["errors"]
    assert {error["code"] for error in errors} == {"OUT_OF_STOCK"}
    return [error["available"] for error in errors]


@given(
    st.lists(
        st.tuples(st.integers(0, 10**9), st.integers(1, 10**6), st.integers(0, 10_000), st.integers(0, 10_000)),
        max_size=5,
    ),
    st.integers(0, 10_000),
)
def test_an_orders_sums_are_its_lines_and_no_line_is_off_by_more_than_half_a_cent(
    drawn: list[tuple[int, int, int, int]], discount: int
) -> None:
    order = Order(discount_basis_points=discount)
    lines = [
        OrderLine(unit_price_minor=price, quantity=quantity, discount_basis_points=own, tax_rate_basis_points=rate)
        for price, quantity, own, rate in drawn
    ]
    price_order(order, lines)
    assert order.net_minor == sum(one.net_minor for one in lines)
    assert order.tax_minor == sum(one.tax_minor for one in lines)
    assert order.total_minor == order.net_minor + order.tax_minor
    for one in lines:
        exact = one.unit_price_minor * one.quantity * (10_000 - one.discount_basis_points) * (10_000 - discount)
        assert -(10**8) < 2 * (one.net_minor * 10**8 - exact) <= 10**8
        assert -(10**4) < 2 * (one.tax_minor * 10**4 - one.net_minor * one.tax_rate_basis_points) <= 10**4


async def test_an_order_is_drafted_rehearsed_and_placed_with_what_is_there_promised_and_the_rest_backordered(
    office: Office, agent: Viewer, manager: Viewer
) -> None:
    plenty, few = await stocked(100, 333), await stocked(2, 1000)
    await done(office, manager, "setTaxRate", country="Germany", rateBasisPoints=1900)
    draft = await drafted(office, agent, line(plenty, 3), line(few, 5), askedThrough="PHONE")
    assert draft["status"] == "DRAFT"
    assert draft["nextStatuses"] == ["PLACED", "CANCELLED"]
    # 9.99 and 1.898 of tax; 50.00 and 9.50.
    assert [one["total"]["amount"] for one in draft["lines"]] == ["11.89", "59.50"]

    before = (await Event.all().count(), await Allocation.all().count())
    rehearsed = await done(office, agent, "placeOrder", order=draft["id"], dryRun=True)
    assert rehearsed["order"] is None
    assert rehearsed["outcome"]["tax"] == {"amount": "11.40", "currency": "USD"}
    assert rehearsed["outcome"]["total"] == {"amount": "71.39"}
    assert [(one["allocated"], one["backordered"]) for one in rehearsed["outcome"]["lines"]] == [(3, 0), (2, 3)]
    assert before == (await Event.all().count(), await Allocation.all().count())

    assert await codes(office, agent, "placeOrder", order=draft["id"], expectedTotal="71.38") == ["PRICE_CHANGED"]
    order = (await done(office, agent, "placeOrder", order=draft["id"], expectedTotal="71.39"))["order"]
    assert (order["status"], order["total"]["amount"], order["paymentState"]) == ("PLACED", "71.39", "UNPAID")
    assert [(one["allocatedQuantity"], one["backorderedQuantity"]) for one in order["lines"]] == [(3, 0), (2, 3)]
    stored = await Order.get(id=order["id"][4:])
    assert (stored.ship_country, stored.bill_street, stored.asked_by) == ("Germany", "Obere Str. 57", "Maria Anders")
    assert (await happened(stored.id))[:2] == ["ORDER_DRAFTED", "ORDER_PLACED"]
    assert await codes(office, agent, "placeOrder", order=draft["id"]) == ["ILLEGAL_TRANSITION"]


async def test_everything_wrong_with_a_draft_is_said_at_once(office: Office, agent: Viewer) -> None:
    gone = await stocked(1, status=ProductStatus.WITHDRAWN)
    euros, tea = await stocked(1, currency="EUR"), await stocked(1)
    lines = [line(tea, 0), line(gone, 1), line(euros, 1, 10_001), {"product": "prd_x", "quantity": 1}]
    given = {"customer": "cus_x", "lines": lines, "askedBy": "x" * 201, "requiredAt": "2020-01-01T00:00:00Z"}
    assert set(await refused(office, agent, "draftOrder", **given)) == {
        ("NOT_FOUND", "customer"),
        ("INVALID", "askedBy"),
        ("INVALID", "requiredAt"),
        ("INVALID", "lines.0.quantity"),
        ("NOT_ON_SALE", "lines.1.product"),
        ("OTHER_CURRENCY", "lines.2.product"),
        ("INVALID", "lines.2.discountBasisPoints"),
        ("NOT_FOUND", "lines.3.product"),
    }
    assert await codes(office, agent, "draftOrder", customer=f"cus_{(await alfreds()).id}") == ["REQUIRED"]


async def test_what_cannot_wait_is_refused_with_what_there_is(office: Office, agent: Viewer) -> None:
    few, last = await stocked(2), await stocked(1, status=ProductStatus.PHASING_OUT)
    draft = await drafted(office, agent, line(few, 3), shortagePolicy="REFUSE")
    assert await short_of(office, agent, "placeOrder", order=draft["id"]) == [2]
    draft = await drafted(office, agent, line(last, 2))
    assert await short_of(office, agent, "placeOrder", order=draft["id"]) == [1]
    assert not await Allocation.filter(order_line__order_id=draft["id"][4:]).exists()
    empty = await drafted(office, agent, currency="USD")
    assert await codes(office, agent, "placeOrder", order=empty["id"]) == ["EMPTY_ORDER"]


async def test_a_quote_holds_its_prices_until_the_draft_is_changed(
    office: Office, agent: Viewer, manager: Viewer
) -> None:
    tea = await stocked(10, 1000)
    draft = await drafted(office, agent, line(tea, 2))
    await done(office, agent, "quoteOrder", order=draft["id"])
    await Product.filter(id=tea.id).update(list_price_minor=1500)
    rehearsed = await done(office, agent, "placeOrder", order=draft["id"], dryRun=True)
    assert rehearsed["outcome"]["total"] == {"amount": "20.00"}
    changed = await done(office, agent, "changeOrderLine", orderLine=draft["lines"][0]["id"], quantity=3)
    assert changed["order"]["total"]["amount"] == "45.00"
    added = (await done(office, agent, "addOrderLine", order=draft["id"], product=f"prd_{tea.id}", quantity=1))["order"]
    assert [one["position"] for one in added["lines"]] == [1, 2]
    none = {"order": draft["id"], "discountBasisPoints": 0}
    assert await codes(office, agent, "setOrderDiscount", **none, expectedVersion=1) == ["STALE_VERSION"]
    left = (await done(office, agent, "removeOrderLine", orderLine=added["lines"][0]["id"]))["order"]
    assert (left["total"]["amount"], left["version"]) == ("15.00", added["version"] + 1)
    abroad = {"name": "Ana", "street": "Calle 1", "city": "Madrid", "country": "Spain"}
    await done(office, manager, "setTaxRate", country="Spain", rateBasisPoints=2100)
    taxed = await done(office, agent, "setOrderAddress", order=draft["id"], shipTo=abroad)
    assert taxed["order"]["total"]["amount"] == "18.15"


async def test_a_draft_keeps_the_line_that_a_complaint_is_about(office: Office, agent: Viewer) -> None:
    draft = await drafted(office, agent, line(await stocked(10), 2), line(await stocked(10), 1))
    one, other = (own["id"] for own in draft["lines"])
    await received(agent, order_line=UUID(one[4:]))
    for dry_run in (True, False):
        in_use = await refused(office, agent, "removeOrderLine", orderLine=one, dryRun=dry_run)
        assert in_use == [("LINE_IN_USE", "orderLine")]
    left = (await done(office, agent, "removeOrderLine", orderLine=other))["order"]
    assert [own["id"] for own in left["lines"]] == [one]


async def test_discounts_above_ones_limit_are_approved_by_another_person_and_asked_for_anew_after_a_change(
    office: Office, agent: Viewer, manager: Viewer
) -> None:
    boss = await office.somebody("back.manager")
    for role, limit in (("SERVICE_AGENT", 500), ("FRONT_OFFICE_MANAGER", 3000)):
        await done(office, boss, "setDiscountLimit", role=role, limitBasisPoints=limit)
    own = {"role": "FRONT_OFFICE_MANAGER", "limitBasisPoints": 1}
    assert await codes(office, manager, "setDiscountLimit", **own) == ["OWN_ROLE"]
    tea = await stocked(10)
    # 4 % and 2 % are each within the agent's limit, and together above it.
    draft = await drafted(office, agent, line(tea, 1, 400), discountBasisPoints=200)
    key, why = {"order": draft["id"]}, {"reason": "They buy every week."}
    assert await codes(office, agent, "placeOrder", **key) == ["DISCOUNT_NOT_APPROVED"]
    await done(office, agent, "askForDiscount", **key, **why)
    waiting = "{ frontOffice { discountsToApprove { nodes { id discountState } } } }"
    assert await office.find(manager, waiting) == [{"id": draft["id"], "discountState": "ASKED"}]
    await done(office, manager, "approveDiscount", **key)
    await done(office, agent, "changeOrderLine", orderLine=draft["lines"][0]["id"], quantity=2)
    assert await codes(office, agent, "placeOrder", **key) == ["DISCOUNT_NOT_APPROVED"]
    await done(office, agent, "askForDiscount", **key, **why)
    await done(office, manager, "rejectDiscount", **key)
    assert await codes(office, manager, "approveDiscount", **key) == ["NOT_ASKED"]
    await done(office, agent, "askForDiscount", **key, **why)
    await done(office, manager, "approveDiscount", **key)
    assert (await done(office, agent, "placeOrder", **key))["order"]["total"]["amount"] == "18.82"

    own = await drafted(office, manager, line(tea, 1, 4000))
    await done(office, manager, "askForDiscount", order=own["id"], reason="Mine.")
    assert "SECOND_PERSON_NEEDED" in await codes(office, manager, "approveDiscount", order=own["id"])


async def test_tax_rates_follow_one_another_and_a_kind_of_product_goes_before_the_country(
    office: Office, agent: Viewer, manager: Viewer
) -> None:
    food = await Product.filter(category_id__not_isnull=True).first()
    assert food is not None
    tea = await stocked(1, category_id=food.category_id)
    await done(office, manager, "setTaxRate", country="Germany", rateBasisPoints=1600, validFrom="2020-07-01")
    kind = {"country": "Germany", "productCategory": f"pct_{food.category_id}", "rateBasisPoints": 700}
    await done(office, manager, "setTaxRate", **kind, validFrom="2007-01-01")
    draft = await drafted(office, agent, line(tea, 1))
    assert draft["total"]["amount"] == "10.70"
    second = await done(office, manager, "setTaxRate", country="Germany", rateBasisPoints=1900, validFrom="2021-01-01")
    assert second["taxRate"]["validUntil"] is None
    late = {"country": "Germany", "rateBasisPoints": 1, "validFrom": "2020-12-31"}
    assert await codes(office, manager, "setTaxRate", **late) == ["INVALID"]
    rates = "{ frontOffice { taxRates(sort: [{field: VALID_FROM}]) { nodes { rateBasisPoints validUntil } } } }"
    nodes = await office.find(agent, rates)
    told = [(one["rateBasisPoints"], one["validUntil"]) for one in nodes]
    assert told == [(700, None), (1600, "2020-12-31"), (1900, None)]


async def test_what_expires_first_is_promised_first_and_what_is_over_never(office: Office, agent: Viewer) -> None:
    tea = await stocked(5)
    late, over, soon = [await put(tea, 5, expires_on=now().date() + timedelta(days)) for days in (60, -1, 3)]
    order = await placed(office, agent, line(tea, 7))
    rows = await Allocation.filter(order_line__order_id=order["id"][4:]).values_list("balance__batch_id", "quantity")
    assert dict(rows) == {soon.batch_id: 5, late.batch_id: 2}
    assert not await StockBalance.filter(batch_id=over.batch_id, allocated__gt=0).exists()


async def test_two_hundred_agents_and_the_last_ten_pieces_sell_ten(office: Office, agent: Viewer) -> None:
    tea = await stocked(10)
    first = await Order.get(id=(await drafted(office, agent, line(tea, 1), shortagePolicy="REFUSE"))["id"][4:])
    its_line = await OrderLine.get(order_id=first.id)
    drafts = [first.clone(pk=new_id()) for _ in range(199)]
    lines = [its_line.clone(pk=new_id()) for _ in drafts]
    for number, (draft, one) in enumerate(zip(drafts, lines, strict=True)):
        draft.number, one.order_id = f"{first.number}-{number}", draft.id
    await Order.bulk_create(drafts)
    await OrderLine.bulk_create(lines)
    drafts.append(first)
    payloads = await at_once(*(send(office, agent, "placeOrder", order=f"ord_{draft.id}") for draft in drafts))
    assert Counter(tuple(codes_in(payload)) for payload in payloads) == {(): 10, ("OUT_OF_STOCK",): 190}
    [balance] = await StockBalance.filter(product_id=tea.id)
    assert (balance.on_hand, balance.allocated) == (10, 10)
    assert await Order.filter(id__in=[draft.id for draft in drafts], status="PLACED").count() == 10


async def test_an_order_that_is_placed_at_once_is_as_if_drafted_and_placed(office: Office, agent: Viewer) -> None:
    tea, few = await stocked(10), await stocked(1)
    order = await drafted(office, agent, line(tea, 3), line(few, 2), place=True)
    assert order["status"] == "PLACED"
    assert [(one["allocatedQuantity"], one["backorderedQuantity"]) for one in order["lines"]] == [(3, 0), (1, 1)]
    stored = await Order.get(id=order["id"][4:])
    assert stored.ship_street == stored.bill_street == "Obere Str. 57"
    assert stored.customer_name == "Alfreds Futterkiste"
    assert await happened(stored.id) == ["ORDER_PLACED"]
    customer = f"cus_{(await alfreds()).id}"
    given = {"customer": customer, "place": True, "shortagePolicy": "REFUSE"}
    before = await Order.all().count()
    assert await short_of(office, agent, "draftOrder", **given, lines=[line(few, 2)]) == [0]
    assert await codes(office, agent, "draftOrder", **given, lines=[line(tea, 1, 9000)]) == ["DISCOUNT_NOT_APPROVED"]
    assert await Order.all().count() == before


async def test_the_roles_of_the_token_say_how_far_below_the_list_price_one_sells(office: Office, agent: Viewer) -> None:
    given = {"customer": f"cus_{(await alfreds()).id}", "place": True}
    tea = await stocked(10)
    await Account.filter(id=agent.account).update(roles=["FRONT_OFFICE_MANAGER"])
    assert await codes(office, agent, "draftOrder", **given, lines=[line(tea, 1, 2000)]) == ["DISCOUNT_NOT_APPROVED"]
    manager = replace(agent, roles=frozenset({Role.FRONT_OFFICE_MANAGER}))
    await Account.filter(id=agent.account).update(roles=["SERVICE_AGENT"])
    assert await codes(office, manager, "draftOrder", **given, lines=[line(tea, 1, 2000)]) == []


async def test_the_first_line_of_a_draft_decides_its_currency(office: Office, agent: Viewer) -> None:
    given = {"customer": f"cus_{(await alfreds()).id}", "currency": "EUR", "lines": []}
    draft = (await send(office, agent, "draftOrder", **given))["order"]
    tea = await stocked(10)
    assert await codes(office, agent, "addOrderLine", order=draft["id"], product=f"prd_{tea.id}", quantity=1) == []
    stored = await Order.get(id=draft["id"][4:])
    assert (stored.currency, await OrderLine.get(order_id=stored.id).values_list("currency", flat=True)) == (
        "USD",
        "USD",
    )


# --- Prices -----------------------------------------------------------------------------------------------------------


async def test_an_orders_total_is_the_sum_of_its_lines_to_the_last_cent(office: Office, agent: Viewer) -> None:
    for order in await Order.all().order_by("number").limit(20):
        node = await office.read(agent, order, "total { amount } lines { total { amount } }")
        assert Decimal(node["total"]["amount"]) == sum(Decimal(line["total"]["amount"]) for line in node["lines"])
        assert all(len(line["total"]["amount"].partition(".")[2]) == 2 for line in node["lines"])


async def test_what_a_product_costs_tomorrow_changes_no_order_of_yesterday(office: Office, agent: Viewer) -> None:
    line = await OrderLine.first().prefetch_related("order", "product")
    assert line is not None
    shown = "total { amount } lines { position unitPrice { amount } product { listPrice { amount } } }"
    before = await office.read(agent, line.order, shown)
    await Product.filter(id=line.product.id).update(list_price_minor=99_999_999)
    after = await office.read(agent, line.order, shown)
    assert after["total"] == before["total"]
    for old, new in zip(before["lines"], after["lines"], strict=True):
        assert new["unitPrice"] == old["unitPrice"]
    assert {"listPrice": {"amount": "999999.99"}} in [new["product"] for new in after["lines"]]


async def test_who_does_not_deal_with_money_reads_what_and_how_many_but_no_price(
    office: Office, clerk: Viewer, accountant: Viewer
) -> None:
    order = await Order.first()
    assert order is not None
    assert (await office.read(clerk, order, "number lines { quantity }"))["number"] == order.number
    for price in ("total { amount }", "lines { unitPrice { amount } }", "lines { total { currency } }"):
        assert await office.read(accountant, order, price)
        assert await needed(office, clerk, f"ord_{order.id}", f"number {price}") == {"READ_ORDER_PRICES"}


def test_prices_of_orders_are_for_the_front_office_accountants_and_managers() -> None:
    readers = {role for role, held in ROLE_PERMISSIONS.items() if Permission.READ_ORDER_PRICES in held}
    front = {Role.SERVICE_AGENT, Role.SALES_REPRESENTATIVE, Role.MARKETER, Role.FRONT_OFFICE_MANAGER}
    assert readers == front | {Role.ACCOUNTANT, Role.BACK_OFFICE_MANAGER}
