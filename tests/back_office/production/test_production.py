"""Production: bills that never lead back to themselves, and work orders that consume, make, and know what it cost."""

from datetime import date
from typing import Any

from hypothesis import given as example
from hypothesis import strategies as st

from models.back_office.logistics.inventory import Batch, Warehouse
from models.back_office.logistics.inventory.stock import StockBalance
from models.back_office.production import BillOfMaterials, WorkOrder
from models.back_office.products.catalogue import Product
from models.kit.base import new_id
from resolvers.back_office.production.making import cost_of_one
from resolvers.back_office.production.planning import needed
from resolvers.kit.commands import Viewer
from tests.back_office.logistics.stocking import a_product, ordered, put, shelf
from tests.back_office.production.conftest import Plan, global_id
from tests.office import Office, at_once, happened, wrong_in
from tests.properties.chain.invariants import broken_rules


def line(component: Product, quantity: int = 1) -> dict[str, Any]:
    """A line of a bill."""
    return {"component": global_id(component), "quantity": quantity}


async def bill_of(plan: Plan, product: Product, *lines: dict[str, Any], output: int = 1) -> dict[str, Any]:
    """An active bill, or why it is none."""
    drafted = await plan("draftBill", product=product, outputQuantity=output, lines=lines)
    assert drafted["errors"] == []
    return await plan("activateBill", bill=drafted["bill"]["id"])


async def planned(plan: Plan, product: Product, quantity: int, *, released: bool = True) -> str:
    """A work order that the workshop may begin with."""
    house = await Warehouse.get(code="SEA")
    made = await plan("planWorkOrder", product=product, quantity=quantity, warehouse=house, plannedFor="2026-12-01")
    key = made["workOrder"]["id"]
    if released:
        assert wrong_in(await plan("releaseWorkOrder", workOrder=key)) == []
    return key


async def test_a_new_version_of_a_bill_takes_the_place_of_the_one_before(
    office: Office, planner: Viewer, plan: Plan
) -> None:
    made, flour, water = [await a_product() for _ in range(3)]
    first = (await bill_of(plan, made, line(flour, 3), line(water), output=2))["bill"]
    assert (first["revision"], first["status"], first["nextStatuses"]) == (1, "ACTIVE", [])
    assert [(one["position"], one["quantity"], one["component"]["sku"]) for one in first["lines"]] == [
        (1, 3, flour.sku),
        (2, 1, water.sku),
    ]
    second = (await plan("draftBill", product=made, lines=[line(flour)]))["bill"]
    assert (second["revision"], second["nextStatuses"]) == (2, ["ACTIVE"])
    changed = await plan("changeBill", bill=second["id"], lines=[line(water, 7)])
    assert [one["quantity"] for one in changed["bill"]["lines"]] == [7]
    await plan("activateBill", bill=second["id"])
    refused = await plan("changeBill", bill=second["id"], outputQuantity=5)
    assert wrong_in(refused) == [("NOT_A_DRAFT", "bill")]
    assert wrong_in(await plan("activateBill", bill=first["id"])) == [("ILLEGAL_TRANSITION", "bill")]
    stands = await BillOfMaterials.filter(product_id=made.id).order_by("revision").values_list("status", flat=True)
    assert [str(status) for status in stands] == ["RETIRED", "ACTIVE"]
    assert (await Product.get(id=made.id)).is_made
    asked = """isMade billsOfMaterials { nodes { revision status } }
      usedIn { nodes { quantity bill { product { sku } } } }"""
    node = await office.read(planner, water, asked)
    assert [one["quantity"] for one in node["usedIn"]["nodes"]] == [1, 7]
    lines = [line(flour, 0), line(flour), line(water), line(water), {"component": "prd_x", "quantity": -1}]
    assert wrong_in(await plan("draftBill", product=f"prd_{new_id()}", outputQuantity=0, lines=lines)) == [
        ("NOT_FOUND", "product"),
        ("INVALID", "outputQuantity"),
        ("INVALID", "lines.0.quantity"),
        ("TWICE", "lines.1.component"),
        ("TWICE", "lines.3.component"),
        ("INVALID", "lines.4.quantity"),
        ("NOT_FOUND", "lines.4.component"),
    ]
    itself = await plan("draftBill", product=made, lines=[line(made)])
    assert wrong_in(itself) == [("MADE_OF_ITSELF", "lines.0.component")]
    assert wrong_in(await plan("draftBill", product=made, lines=[])) == [("INVALID", "lines")]


async def test_of_two_bills_that_need_each_other_only_one_is_activated(plan: Plan) -> None:
    one, two, three = [await a_product() for _ in range(3)]
    assert wrong_in(await bill_of(plan, one, line(two))) == []
    both = await at_once(bill_of(plan, two, line(await a_product()), line(three)), bill_of(plan, three, line(one)))
    assert sorted(wrong_in(payload) for payload in both) == [[], [("MADE_OF_ITSELF", "bill")]]


async def test_what_a_work_order_consumed_is_what_its_batch_cost(plan: Plan) -> None:
    made, flour, water = await a_product(shelf_life_days=30), await a_product(), await a_product()
    await bill_of(plan, made, line(flour, 3), line(water), output=2)
    old, new = await put(flour, 5, expires_on=date(2027, 1, 1)), await put(flour, 50, "A-02")
    gone, wet = await put(flour, 9, expires_on=date(2020, 1, 1)), await put(water, 4)
    for balance, cost in ((old, 101), (new, 100), (gone, 1), (wet, 33)):
        await Batch.filter(id=balance.batch_id).update(currency="USD", unit_cost_minor=cost)
    key = await planned(plan, made, 7)
    started = await plan("startWorkOrder", workOrder=key)
    # 7 of 2 at a time take 10.5 and 3.5: whole units, the ones that expire first, and nothing that has expired.
    consumed = [(move["kind"], move["quantity"]) for move in started["workOrder"]["moves"]["nodes"]]
    assert consumed == [("CONSUME", -5), ("CONSUME", -6), ("CONSUME", -4)]
    assert started["workOrder"]["nextStatuses"] == ["COMPLETED", "CANCELLED"]
    assert wrong_in(await plan("startWorkOrder", workOrder=key)) == [("ILLEGAL_TRANSITION", "workOrder")]
    wrong = await plan("completeWorkOrder", workOrder=key, completedQuantity=0, location="loc_1")
    assert wrong_in(wrong) == [("INVALID", "completedQuantity"), ("NOT_FOUND", "location")]
    done = await plan("completeWorkOrder", workOrder=key, completedQuantity=6, location=await shelf())
    # (5 x 1.01 + 6 x 1.00 + 4 x 0.33) / 6 = 12.37 / 6 = 2.0616…
    batch = done["batch"]
    assert (batch["status"], batch["unitCost"]) == ("ON_HOLD", {"amount": "2.06", "currency": "USD"})
    number = done["workOrder"]["number"]
    assert (batch["onHand"], batch["available"], batch["workOrder"]["number"]) == (6, 0, number)
    assert (date.fromisoformat(batch["expiresOn"]) - date.fromisoformat(batch["madeAt"][:10])).days == 30
    assert [one["kind"] for one in done["workOrder"]["history"]["nodes"]] == [
        f"WORK_ORDER_{step}" for step in ("PLANNED", "RELEASED", "STARTED", "COMPLETED")
    ]
    late = await plan("cancelWorkOrder", workOrder=key, reason="No.")
    assert wrong_in(late) == [("ILLEGAL_TRANSITION", "workOrder")]
    assert await broken_rules() == {}


async def test_what_is_missing_is_named_and_nothing_is_consumed(plan: Plan) -> None:
    made, flour, water = [await a_product() for _ in range(3)]
    await bill_of(plan, made, line(flour, 2), line(water, 2))
    await put(flour, 10)
    await ordered(flour, 7)
    await put(water, 100, "QUARANTINE")
    key = await planned(plan, made, 4)
    refused = (await plan("startWorkOrder", workOrder=key))["errors"]
    assert [(error["code"], error["available"]) for error in refused] == [("OUT_OF_STOCK", 3), ("OUT_OF_STOCK", 0)]
    assert flour.name in refused[0]["message"] and water.name in refused[1]["message"]
    assert (await WorkOrder.get(id=key[4:])).status == "RELEASED"
    # Planned anew, with less.
    changed = await plan("changeWorkOrder", workOrder=key, quantity=1)
    assert (changed["workOrder"]["quantity"], changed["workOrder"]["plannedFor"]) == (1, "2026-12-01")
    await put(water, 2)
    assert wrong_in(await plan("startWorkOrder", workOrder=key)) == []


async def test_what_a_cancelled_work_order_had_consumed_goes_to_who_waits_for_it(plan: Plan) -> None:
    made, flour = await a_product(), await a_product()
    await bill_of(plan, made, line(flour, 2))
    balance = await put(flour, 10)
    key = await planned(plan, made, 5)
    await plan("startWorkOrder", workOrder=key)
    waiting = await ordered(flour, 4)
    assert waiting.allocated_quantity == 0
    cancelled = (await plan("cancelWorkOrder", workOrder=key, reason="The oven broke."))["workOrder"]
    moved = [(one["quantity"], one["reason"]) for one in cancelled["moves"]["nodes"]]
    assert moved == [(-10, None), (10, "The oven broke.")]
    balance = await StockBalance.get(id=balance.id)
    assert (balance.on_hand, balance.allocated) == (10, 4)
    assert await happened(waiting.order_id) == ["ORDER_ALLOCATED"]
    assert await broken_rules() == {}


async def test_two_work_orders_at_once_never_consume_the_same(plan: Plan) -> None:
    made, flour = await a_product(), await a_product()
    await bill_of(plan, made, line(flour, 2))
    await put(flour, 13)
    keys = [await planned(plan, made, 3) for _ in range(3)]
    all_of_them = await at_once(*(plan("startWorkOrder", workOrder=key) for key in keys))
    assert sorted(wrong_in(payload) for payload in all_of_them) == [[], [], [("OUT_OF_STOCK", "workOrder")]]
    assert await broken_rules() == {}


async def test_only_what_is_made_and_has_a_bill_is_planned(office: Office, plan: Plan) -> None:
    made, flour, house = await a_product(), await a_product(), await Warehouse.get(code="SEA")
    given = {"product": made, "quantity": 1, "warehouse": house, "plannedFor": "2026-12-01"}
    assert wrong_in(await plan("planWorkOrder", **given)) == [("NO_BILL", "product")]
    await bill_of(plan, made, line(flour))
    assert wrong_in(await plan("planWorkOrder", **given | {"quantity": 0, "warehouse": "whs_1"})) == [
        ("NOT_FOUND", "warehouse"),
        ("INVALID", "quantity"),
    ]
    key = await planned(plan, made, 1, released=False)
    await Product.filter(id=made.id).update(status="PHASING_OUT")
    assert wrong_in(await plan("releaseWorkOrder", workOrder=key)) == [("NOT_MADE", "workOrder")]
    assert wrong_in(await plan("planWorkOrder", **given)) == [("NOT_MADE", "product")]
    # Who stores things sees what will be made, and makes nothing.
    clerk = await office.somebody("logistics")
    asked = "{ backOffice { workOrders(first: 1) { nodes { number nextStatuses product { sku } } } } }"
    [seen] = await office.find(clerk, asked)
    assert seen["nextStatuses"] == []


@example(
    st.lists(st.tuples(st.integers(0, 10**8), st.integers(0, 10**6)), min_size=1, max_size=5), st.integers(1, 10**8)
)
def test_a_batch_costs_what_went_into_it_to_half_a_cent_a_piece(consumed: list[tuple[int, int]], made: int) -> None:
    spent = sum(quantity * cost for quantity, cost in consumed)
    cost = cost_of_one([(quantity, cost, "USD") for quantity, cost in consumed], made, "USD")
    assert cost is not None and -made < 2 * (cost * made - spent) <= made


def test_a_cost_that_nobody_knows_is_not_invented() -> None:
    assert cost_of_one([(2, 100, "USD"), (1, None, None)], 1, "USD") is None
    assert cost_of_one([(2, 100, "USD"), (1, 100, "EUR")], 1, "USD") is None
    assert cost_of_one([(2, 100, "USD"), (0, None, None)], 1, "USD") == 200
    assert [needed(7, 3, 2), needed(6, 3, 2), needed(1, 1, 100)] == [11, 9, 1]
