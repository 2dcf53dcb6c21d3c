"""What expires: it is no longer promised, whoever waits for it is told, and more is bought."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from models.back_office.logistics.inventory import Batch
from models.back_office.logistics.inventory.stock import StockBalance
from models.back_office.production import QualityCheck
from models.back_office.purchasing import PurchaseOrderLine
from models.front_office.sales.orders import OrderLine
from models.kit.base import new_id, now
from resolvers.back_office.logistics.inventory.promising import give_up_what_expired
from resolvers.back_office.logistics.inventory.reordering import alert
from resolvers.back_office.logistics.shipments.creating import create_shipment
from resolvers.back_office.production.quality import hold_batch, release_batch
from resolvers.kit.transaction import transact
from resolvers.kit.viewer import Viewer
from tests.back_office.logistics.stocking import a_product, ordered, put, told
from tests.office import Office, at_once, do, happened
from tests.properties.chain.invariants import check_the_chain


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
    await transact(lambda: _alert(product.id))
    await give_up_what_expired(now())
    assert await allocated(older, younger) == [6, 4]
    await expire(soon)
    await at_once(*(give_up_what_expired(now()) for _ in range(3)))
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


async def test_what_is_on_a_pick_list_stays_there_until_somebody_looks(clerk: Viewer) -> None:
    balance = await put(product := await a_product(), 5, expires_on=in_days(1))
    line = await ordered(product, 5)
    await do(create_shipment, clerk, order=line.order_id)
    await expire(balance)
    await give_up_what_expired(now())
    assert await allocated(line) == [5]


async def test_a_product_that_runs_out_by_expiring_is_told_and_bought_once(office: Office) -> None:
    product = await a_product(reorder_level=2, reorder_quantity=10)
    soon, later = await put(product, 5, expires_on=in_days(1)), await put(product, 2, expires_on=in_days(5))
    await transact(lambda: _alert(product.id))
    assert await told(product) == []
    await expire(soon)
    for _ in range(2):
        await give_up_what_expired(now())
    assert await told(product) == ["STOCK_LOW"]
    assert [line.quantity for line in await PurchaseOrderLine.filter(product_id=product.id)] == [10]
    await expire(later)
    for _ in range(2):
        await give_up_what_expired(now())
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


async def _alert(product: UUID) -> dict[str, UUID]:
    await alert([product], now())
    return {}
