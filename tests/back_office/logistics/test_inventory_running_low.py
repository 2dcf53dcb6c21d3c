"""What runs low, runs out or expires: it is told once, bought again, and no longer promised."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from models.back_office.logistics.inventory import Batch
from models.back_office.logistics.inventory.stock import StockBalance
from models.back_office.production import QualityCheck
from models.back_office.products.catalogue import Product, ProductStatus
from models.back_office.products.decisions import Decision
from models.back_office.purchasing import PurchaseOrder, PurchaseOrderLine, PurchaseOrderStatus
from models.front_office.sales.orders import OrderLine
from models.kit.base import new_id, now
from resolvers.back_office.logistics.inventory.places import add_warehouse
from resolvers.back_office.logistics.inventory.promising import give_up_what_expired
from resolvers.back_office.logistics.inventory.reordering import alert, set_reorder_point
from resolvers.back_office.logistics.shipments.creating import create_shipment
from resolvers.back_office.production.quality import hold_batch, release_batch
from resolvers.back_office.products.catalogue import put_on_sale, withdraw_product
from resolvers.back_office.products.decisions import decide_product
from resolvers.kit.commands import Viewer
from resolvers.kit.transaction import transact
from tests.back_office.logistics.conftest import Listen
from tests.back_office.logistics.stocking import a_product, ordered, put, told
from tests.back_office.logistics.test_inventory import adjust, carried_off, location_added
from tests.office import Office, Work, at_once, do, doing, happened, wrong_with
from tests.properties.chain.invariants import check_the_chain


async def alert_at_once(*products: Product) -> None:
    """Tells what runs low, three times at the same time."""
    keys = [product.id for product in products]
    await at_once(*(transact(lambda: alert(keys, now())) for _ in range(3)))


async def lines_of(*products: Product) -> list[PurchaseOrderLine]:
    keys = [product.id for product in products]
    return await PurchaseOrderLine.filter(product_id__in=keys).order_by("position").prefetch_related("purchase_order")


async def test_that_a_product_runs_low_is_told_once_and_again_after_it_was_filled_up(
    office: Office, clerk: Viewer
) -> None:
    product = await a_product(reorder_level=3)
    balance = await put(product, 10)

    async def take(quantity: int) -> None:
        work = adjust(clerk, balance, quantity, "Found") if quantity > 0 else carried_off(clerk, balance, -quantity)
        await transact(work)

    for quantity, expected in (
        (-6, []),
        (-1, ["STOCK_LOW"]),
        (-1, []),
        (-2, ["STOCK_OUT"]),
        (2, []),
        (-2, ["STOCK_OUT"]),
        (9, []),
        (-9, ["STOCK_OUT"]),
    ):
        before = await told(product)
        await take(quantity)
        assert (await told(product))[len(before) :] == expected, quantity
    await alert_at_once(product)
    assert (await told(product)).count("STOCK_OUT") == 3


async def test_what_runs_low_stands_once_on_one_draft_for_its_supplier(office: Office) -> None:
    first, second = [await a_product(reorder_level=5, reorder_quantity=10) for _ in range(2)]
    await put(first, 5)
    await alert_at_once(first, second)
    await alert_at_once(second)
    lines = await lines_of(first, second)
    assert [(line.product_id, line.quantity, line.unit_cost_minor) for line in lines] == [
        (key, 10, 600) for key in sorted([first.id, second.id])
    ]
    [draft] = await PurchaseOrder.filter(proposed=True)
    assert {line.purchase_order_id for line in lines} == {draft.id}
    assert (draft.status, draft.total_minor, draft.drafted_by_id) == (PurchaseOrderStatus.DRAFT, 12_000, None)
    await check_the_chain()


async def test_a_proposal_covers_what_orders_wait_for_and_counts_what_is_on_order(office: Office) -> None:
    product = await a_product(reorder_level=5, reorder_quantity=10)
    await ordered(product, 23)
    await alert_at_once(product)
    [line] = await lines_of(product)
    # Nothing is there and 23 are wanted: with 30 the position is 7, with 20 it would stay below the level.
    assert line.quantity == 30
    draft: Any = line.purchase_order
    await PurchaseOrder.filter(id=draft.id).update(status=PurchaseOrderStatus.SENT, sent_at=now())
    await alert_at_once(product)
    assert len(await lines_of(product)) == 1


@pytest.mark.parametrize(
    "others",
    [{"reorder_quantity": 0}, {"is_made": True}, {"supplier_id": None}, {"status": ProductStatus.PHASING_OUT}],
    ids=lambda others: next(iter(others)),
)
async def test_what_is_not_bought_is_not_proposed(office: Office, others: dict[str, Any]) -> None:
    product = await a_product(**{"reorder_level": 5, "reorder_quantity": 10} | others)
    await alert_at_once(product)
    assert await lines_of(product) == []
    assert await told(product) == ["STOCK_OUT"]


async def test_a_reorder_point_proposes_at_once(office: Office, clerk: Viewer) -> None:
    product = await a_product()
    await put(product, 8)

    def reorder(level: int, quantity: int, version: int) -> Work:
        return doing(
            set_reorder_point, clerk, product=product.id, level=level, quantity=quantity, expected_version=version
        )

    assert await wrong_with(reorder(-1, 10**9, 7)) == [
        ("STALE_VERSION", "expectedVersion"),
        ("INVALID", "level"),
        ("INVALID", "quantity"),
    ]
    await transact(reorder(8, 4, product.version))
    [line] = await lines_of(product)
    assert line.quantity == 4
    assert await told(product) == ["PRODUCT_CHANGED", "STOCK_LOW"]


async def test_what_lies_in_two_warehouses_is_proposed_for_each(office: Office, clerk: Viewer) -> None:
    keys: Any = await do(add_warehouse, clerk, code="POR", name="Portland", country="USA")
    await transact(location_added(clerk, keys["warehouse"], "P-01"))
    here, there, also_here = [await a_product(reorder_level=5, reorder_quantity=10) for _ in range(3)]
    for product, code in ((here, "A-01"), (there, "P-01"), (also_here, "A-02")):
        await put(product, 1, code)
    await alert_at_once(here, there, also_here)
    orders = [
        await PurchaseOrder.get(id=(await lines_of(product))[0].purchase_order_id)
        for product in (here, there, also_here)
    ]
    assert orders[0].id == orders[2].id != orders[1].id
    assert orders[1].warehouse_id == keys["warehouse"] != orders[0].warehouse_id


ALERTS = "subscription ($p: ID) { stockAlerts(product: $p) { kind product { sku unitsAvailable stockAlert } } }"


async def test_the_back_office_hears_what_runs_low(office: Office, clerk: Viewer, listen: Listen) -> None:
    product = await a_product(reorder_level=3)
    balance = await put(product, 5)
    screen = await listen(clerk, ALERTS, p=f"prd_{product.id}")
    await transact(carried_off(clerk, balance, 2))
    await transact(carried_off(clerk, balance, 3))
    heard = [(await screen.next())["stockAlerts"] for _ in range(2)]
    assert [one["kind"] for one in heard] == ["STOCK_LOW", "STOCK_OUT"]
    assert heard[-1]["product"] == {"sku": product.sku, "unitsAvailable": 0, "stockAlert": "OUT"}


IS_LOW = """query ($sku: String!) { backOffice {
  products(filter: {sku: {eq: $sku}, stockAlert: {in: [LOW, OUT]}}) { nodes { stockAlert } }
} }"""


async def test_what_is_withdrawn_is_not_low_and_is_told_anew_when_it_comes_back(office: Office, clerk: Viewer) -> None:
    developer, product = await office.somebody("development"), await a_product(reorder_level=3)
    balance = await put(product, 5)

    async def low() -> list[str]:
        found = await office.find(clerk, IS_LOW, {"sku": product.sku})
        return [one["stockAlert"] for one in found]

    async def heard() -> list[str]:
        return [kind for kind in await told(product) if kind.startswith("STOCK_")]

    await transact(carried_off(clerk, balance, 2))
    assert (await low(), await heard()) == (["LOW"], ["STOCK_LOW"])
    await do(withdraw_product, developer, product=product.id)
    assert await low() == []
    await transact(carried_off(clerk, balance, 3))
    assert (await low(), await heard()) == ([], ["STOCK_LOW"])
    await do(put_on_sale, developer, product=product.id)
    assert (await low(), await heard()) == (["OUT"], ["STOCK_LOW", "STOCK_OUT"])

    async def decide(decision: Decision) -> None:
        await do(decide_product, developer, product=product.id, decision=decision, reasons="So.")

    await decide(Decision.WITHDRAW)
    assert await low() == []
    await decide(Decision.KEEP)
    assert (await low(), await heard()) == (["OUT"], ["STOCK_LOW", "STOCK_OUT", "STOCK_OUT"])


def in_days(days: int) -> date:
    return datetime.now(UTC).date() + timedelta(days=days)


async def expire(*balances: StockBalance) -> None:
    """Lets time pass for what lies there."""
    await Batch.filter(id__in=[balance.batch_id for balance in balances]).update(expires_on=in_days(-1))


async def allocated(*lines: OrderLine) -> list[int]:
    return [(await OrderLine.get(id=line.id)).allocated_quantity for line in lines]


async def test_a_promise_of_what_has_expired_is_exchanged_and_whoever_waits_is_told(office: Office) -> None:
    product = await a_product(reorder_level=2, reorder_quantity=10)
    soon = await put(product, 10, expires_on=in_days(1))
    older, younger = await ordered(product, 6), await ordered(product, 4)
    later = await put(product, 7, expires_on=in_days(9))
    await alert_at_once(product)
    await give_up_what_expired(office.database, now())
    assert await allocated(older, younger) == [6, 4]
    await expire(soon)
    await at_once(*(give_up_what_expired(office.database, now()) for _ in range(3)))
    assert await allocated(older, younger) == [6, 1]
    assert [await StockBalance.get(id=one.id).values_list("on_hand", "allocated") for one in (soon, later)] == [
        (10, 0),
        (7, 7),
    ]
    assert await happened(younger.order_id) == ["ORDER_ALLOCATED", "ORDER_BACKORDERED"]
    assert await happened(older.order_id) == ["ORDER_ALLOCATED"]
    assert await told(product) == ["STOCK_OUT"]
    # Nothing is available, 3 are waited for, and 2 are to be there: 10 are enough.
    assert [line.quantity for line in await PurchaseOrderLine.filter(product_id=product.id)] == [10]
    await check_the_chain()


async def test_what_is_on_a_pick_list_stays_there_until_somebody_looks(office: Office, clerk: Viewer) -> None:
    balance = await put(product := await a_product(), 5, expires_on=in_days(1))
    line = await ordered(product, 5)
    await do(create_shipment, clerk, order=line.order_id)
    await expire(balance)
    await give_up_what_expired(office.database, now())
    assert await allocated(line) == [5]


async def test_a_product_that_runs_out_by_expiring_is_told_and_bought_once(office: Office) -> None:
    product = await a_product(reorder_level=2, reorder_quantity=10)
    soon, later = await put(product, 5, expires_on=in_days(1)), await put(product, 2, expires_on=in_days(5))
    await alert_at_once(product)
    assert await told(product) == []
    await expire(soon)
    for _ in range(2):
        await give_up_what_expired(office.database, now())
    assert await told(product) == ["STOCK_LOW"]
    assert [line.quantity for line in await PurchaseOrderLine.filter(product_id=product.id)] == [10]
    await expire(later)
    for _ in range(2):
        await give_up_what_expired(office.database, now())
    assert await told(product) == ["STOCK_LOW", "STOCK_OUT"]


async def test_an_order_whose_batch_is_held_back_is_told_that_it_waits(planner: Viewer) -> None:
    balance = await put(product := await a_product(), 5)
    line = await ordered(product, 5)
    await do(hold_batch, planner, batch=balance.batch_id, reason="Stones")
    assert await allocated(line) == [0]
    assert await happened(line.order_id) == ["ORDER_BACKORDERED"]
    await QualityCheck.create(id=new_id(), batch_id=balance.batch_id, name="Look", passed=True, checked_at=now())
    await do(release_batch, planner, batch=balance.batch_id)
    assert await allocated(line) == [5]
