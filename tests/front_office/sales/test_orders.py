"""Orders: exact sums, prices as they were when ordered, and only for those who deal with money."""

from decimal import Decimal

from models.back_office.products.catalogue import Product
from models.front_office.sales.orders import Order, OrderLine
from models.permissions import ROLE_PERMISSIONS, Permission, Role
from tests.office import Office

PRICES = ["total { amount }", "lines { unitPrice { amount } }", "lines { total { currency } }"]


async def test_an_orders_total_is_the_sum_of_its_lines_to_the_last_cent(office: Office) -> None:
    service = await office.somebody("service")
    for order in await Order.all().order_by("number").limit(20):
        node = await office.read(service, order, "total { amount } lines { total { amount } }")
        assert Decimal(node["total"]["amount"]) == sum(Decimal(line["total"]["amount"]) for line in node["lines"])
        assert all(len(line["total"]["amount"].partition(".")[2]) == 2 for line in node["lines"])


async def test_what_a_product_costs_tomorrow_changes_no_order_of_yesterday(office: Office) -> None:
    service = await office.somebody("service")
    line = await OrderLine.first().prefetch_related("order", "product")
    assert line is not None
    query = (
        "query ($id: ID!) { node(id: $id) { ... on Order { total { amount }"
        " lines { position unitPrice { amount } product { listPrice { amount } } } } } }"
    )
    variables = {"id": f"ord_{line.order.id}"}
    before = await office.find(service, query, variables)
    await Product.filter(id=line.product.id).update(list_price_minor=99_999_999)
    after = await office.find(service, query, variables)
    assert after["total"] == before["total"]
    for old, new in zip(before["lines"], after["lines"], strict=True):
        assert new["unitPrice"] == old["unitPrice"]
    assert {"listPrice": {"amount": "999999.99"}} in [new["product"] for new in after["lines"]]


async def test_who_does_not_deal_with_money_reads_what_and_how_many_but_no_price(office: Office) -> None:
    logistics, accounting = await office.somebody("logistics"), await office.somebody("accounting")
    order = await Order.first()
    assert order is not None
    variables = {"id": f"ord_{order.id}"}
    query = "query ($id: ID!) { node(id: $id) { ... on Order { number lines { quantity } %s } } }"
    assert (await office.ask(logistics, query % "", variables))["data"]["node"]["number"] == order.number
    for price in PRICES:
        assert "errors" not in await office.ask(accounting, query % price, variables)
        refused = await office.ask(logistics, query % price, variables)
        assert "data" not in refused
        assert {error["extensions"]["permission"] for error in refused["errors"]} == {"READ_ORDER_PRICES"}


def test_prices_of_orders_are_for_the_front_office_accountants_and_managers() -> None:
    readers = {role for role, held in ROLE_PERMISSIONS.items() if Permission.READ_ORDER_PRICES in held}
    front = {Role.SERVICE_AGENT, Role.SALES_REPRESENTATIVE, Role.MARKETER, Role.FRONT_OFFICE_MANAGER}
    assert readers == front | {Role.ACCOUNTANT, Role.BACK_OFFICE_MANAGER}
