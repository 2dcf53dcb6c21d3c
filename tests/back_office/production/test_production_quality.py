"""Quality: a batch goes to nobody before it has passed, and from each batch one request leads to every complaint about it."""

from typing import Any

from models.back_office.logistics.inventory import Batch
from models.back_office.logistics.inventory.stock import Allocation, StockBalance
from models.back_office.logistics.shipments import Shipment, ShipmentLine
from models.front_office.sales.orders import OrderLine
from models.kit.base import new_id, now
from models.permissions import ROLE_PERMISSIONS, Permission, Role
from resolvers.kit.commands import Viewer
from tests.back_office.logistics.stocking import a_product, ordered, put
from tests.back_office.production.conftest import Plan
from tests.office import Office, alfreds, at_once, happened, wrong_in
from tests.properties.chain.invariants import broken_rules


async def test_a_batch_is_released_once_it_has_passed_since_it_was_held(plan: Plan) -> None:
    product = await a_product()
    batch = await Batch.get(id=(await put(product, 10)).batch_id)

    async def check(name: str, passed: bool) -> None:
        assert wrong_in(await plan("checkBatch", batch=batch, name=name, passed=passed)) == []

    await check("Smell", True)
    held = (await plan("holdBatch", batch=batch, reason="It smells. 😀"))["batch"]
    assert (held["status"], held["statusReason"], held["nextStatuses"]) == ("ON_HOLD", "It smells. 😀", ["REJECTED"])
    waiting = await ordered(product, 4)
    assert waiting.allocated_quantity == 0
    assert wrong_in(await plan("releaseBatch", batch=batch)) == [("NOT_PASSED", "batch")]
    await check("Taste", True)
    await check("Smell", False)
    assert wrong_in(await plan("releaseBatch", batch=batch)) == [("NOT_PASSED", "batch")]
    await check("Smell", True)
    released = (await plan("releaseBatch", batch=batch))["batch"]
    assert (released["status"], released["nextStatuses"]) == ("RELEASED", ["ON_HOLD"])
    assert [one["passed"] for one in released["qualityChecks"]["nodes"]] == [True, False, True, True]
    kinds = [one["kind"] for one in released["history"]["nodes"]]
    assert kinds == ["BATCH_CHECKED", "BATCH_HELD", *["BATCH_CHECKED"] * 3, "BATCH_RELEASED"]
    # What came free went to who waited for it.
    assert (await OrderLine.get(id=waiting.id)).allocated_quantity == 4
    assert await happened(waiting.order_id) == ["ORDER_ALLOCATED"]
    again = await plan("releaseBatch", batch=batch, expectedVersion=1)
    assert wrong_in(again) == [("STALE_VERSION", "expectedVersion"), ("ILLEGAL_TRANSITION", "batch")]
    assert wrong_in(await plan("checkBatch", batch=batch, name="", passed=True)) == [("INVALID", "name")]


async def test_what_was_promised_of_a_held_batch_is_promised_of_others(plan: Plan) -> None:
    product = await a_product()
    bad, good = await put(product, 10), await put(product, 6, "A-02")
    line, batch = await ordered(product, 9), await Batch.get(id=bad.batch_id)
    assert (await Allocation.get(order_line_id=line.id)).balance_id == bad.id
    assert wrong_in(await plan("holdBatch", batch=batch, reason="Glass.")) == []
    allocation = await Allocation.get(order_line_id=line.id)
    assert (allocation.balance_id, allocation.quantity) == (good.id, 6)
    assert (await StockBalance.get(id=bad.id)).allocated == 0
    rejected = (await plan("rejectBatch", batch=batch, reason="Glass."))["batch"]
    assert (rejected["status"], rejected["nextStatuses"]) == ("REJECTED", [])
    held = await plan("holdBatch", batch=batch, reason="Glass.")
    assert wrong_in(held) == [("ILLEGAL_TRANSITION", "batch")]
    nothing = await plan("rejectBatch", batch="bat_1", reason=" ")
    assert wrong_in(nothing) == [("INVALID", "reason"), ("NOT_FOUND", "batch")]
    assert await broken_rules() == {}


async def test_a_batch_that_is_held_while_it_is_promised_is_promised_to_nobody(plan: Plan) -> None:
    product = await a_product()
    batch = await Batch.get(id=(await put(product, 10)).batch_id)
    *_, held = await at_once(*(ordered(product, 2) for _ in range(4)), plan("holdBatch", batch=batch, reason="Glass."))
    assert wrong_in(held) == []
    assert await broken_rules() == {}


async def sent(line: OrderLine, *balances: StockBalance) -> None:
    """A parcel with some of each batch, on its way."""
    shipment = await Shipment.create(
        number=f"X-{str(new_id())[-12:]}",
        order_id=line.order_id,
        warehouse_id=(await balances[0].location).warehouse_id,
        status="SHIPPED",
        carrier="Mule",
        **dict.fromkeys(("created_at", "picked_at", "packed_at", "shipped_at"), now()),
    )
    for position, balance in enumerate(balances, start=1):
        await ShipmentLine.create(
            shipment_id=shipment.id,
            position=position,
            order_line_id=line.id,
            batch_id=balance.batch_id,
            location_id=balance.location_id,
            quantity=1,
        )


RECEIVED = """complaint { id batch { number } orderLine { quantity } order { number } product { sku } }
  errors { code message path }"""


async def test_a_complaint_names_the_batch_that_its_order_line_came_from(office: Office, agent: Viewer) -> None:
    product, other = await a_product(), await a_product()
    first, second, foreign = await put(product, 5), await put(product, 5), await put(other, 5)
    one, both = await ordered(product, 2), await ordered(product, 3)
    await sent(one, first)
    await sent(both, first, second)

    async def complained(**given: Any) -> dict[str, Any]:
        said = {
            "customer": f"cus_{(await alfreds()).id}",
            "channel": "PHONE",
            "category": "PRODUCT_QUALITY",
            "severity": "LOW",
            "subject": "Sour",
            "description": "It is sour.",
        }
        return await office.send(agent, "receiveComplaint", RECEIVED, **said | given)

    number = (await Batch.get(id=first.batch_id)).number
    known = (await complained(orderLine=f"oli_{one.id}"))["complaint"]
    assert (known["batch"], known["product"]) == ({"number": number}, {"sku": product.sku})
    assert (known["orderLine"], known["order"]["number"][:2]) == ({"quantity": 2}, "X-")
    # Of two batches it is neither, until somebody reads the number on the goods.
    assert (await complained(orderLine=f"oli_{both.id}"))["complaint"]["batch"] is None
    named = await complained(orderLine=f"oli_{both.id}", batch=f"bat_{first.batch_id}")
    assert named["complaint"]["batch"] == {"number": number}
    assert (await complained(batch=f"bat_{first.batch_id}"))["complaint"]["product"] == {"sku": product.sku}
    refused = await complained(orderLine=f"oli_{one.id}", batch=f"bat_{foreign.batch_id}", order=f"ord_{both.order_id}")
    assert wrong_in(refused) == [("INVALID", "orderLine"), ("INVALID", "batch"), ("INVALID", "batch")]
    refused = await complained(orderLine=f"oli_{new_id()}", batch="bat_1", product=f"prd_{new_id()}")
    assert wrong_in(refused) == [("NOT_FOUND", "orderLine"), ("NOT_FOUND", "batch"), ("NOT_FOUND", "product")]
    refused = await complained(customer=f"cus_{new_id()}", product=f"prd_{other.id}", orderLine=f"oli_{one.id}")
    assert wrong_in(refused) == [("NOT_FOUND", "customer"), ("INVALID", "orderLine")]
    # One request leads from the batch to every complaint about it; nobody in the front office sees what it cost.
    asked = f'{{ frontOffice {{ batch(id: "bat_{first.batch_id}") {{ %s }} }} }}'
    found = await office.find(agent, asked % "complaints { totalCount nodes { subject } }")
    assert found["totalCount"] == 3
    for hidden in (
        "unitCost { amount }",
        "supplier { name }",
        "statusReason",
        "workOrder { number }",
        "moves { totalCount }",
    ):
        refused = await office.ask(agent, asked % hidden)
        assert {error["extensions"]["code"] for error in refused["errors"]} == {"FORBIDDEN"}, hidden


def test_who_makes_things_checks_them() -> None:
    assert {role for role, held in ROLE_PERMISSIONS.items() if Permission.CHECK_QUALITY in held} == {
        Role.PRODUCTION_PLANNER,
        Role.BACK_OFFICE_MANAGER,
    }
