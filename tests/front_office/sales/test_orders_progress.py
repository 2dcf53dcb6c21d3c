"""How far an order is: every piece stands at one stage, in one list, and its history tells each what they may read of."""

from datetime import date, timedelta
from typing import Any

import pytest

from models.back_office.logistics.inventory import Warehouse
from models.back_office.logistics.shipments import Shipment, ShipmentEvent
from models.back_office.production import BillOfMaterials, BillStatus, WorkOrder, WorkOrderStatus
from models.back_office.purchasing import PurchaseOrder, PurchaseOrderLine, PurchaseOrderStatus
from models.front_office.after_sales.returns import CustomerReturn, ReturnEvent
from models.front_office.sales.orders import Order, OrderEvent, OrderLine
from models.kit.base import now
from models.kit.events import EventKind, Subject, about
from resolvers.back_office.logistics.shipments.carrying import (
    deliver_shipment,
    pack_shipment,
    pick_shipment,
    ship_shipment,
)
from resolvers.back_office.logistics.shipments.creating import create_shipment
from resolvers.events import record
from resolvers.kit.commands import Viewer
from resolvers.kit.transaction import transact
from tests.office import Office, do

READY, WAITING = "ORD-11076", "ORD-11039"
"""Three lines of 50 pieces that are all promised; and one whose first line of 20 pieces gets nothing."""

PROGRESS = """query($id: ID!) { frontOffice { order(id: $id) { progress {
  position stage quantity since expectedAt plannedFor workOrderNumber carrier trackingNumber shipment { number } } } } }"""


async def progress(office: Office, agent: Viewer, order: Order) -> list[dict[str, Any]]:
    """The list, as the agent on the phone reads it."""
    return await office.find(agent, PROGRESS, {"id": f"ord_{order.id}"})


async def stages(office: Office, agent: Viewer, order: Order) -> list[tuple[int, str, int]]:
    return [(one["position"], one["stage"], one["quantity"]) for one in await progress(office, agent, order)]


async def test_each_piece_goes_from_the_shelf_to_the_customer(office: Office, agent: Viewer) -> None:
    clerk, order = await office.somebody("logistics"), await Order.get(number=READY)
    first, second, third = await OrderLine.filter(order_id=order.id).order_by("position")
    rest = [(line.position, "ALLOCATED", line.quantity) for line in (second, third)]
    assert await stages(office, agent, order) == [(1, "ALLOCATED", first.quantity), *rest]
    keys: Any = await do(create_shipment, clerk, order, lines=(first.id,))
    shipment = await Shipment.get(id=keys["shipment"])
    await do(pick_shipment, clerk, shipment)
    assert await stages(office, agent, order) == [(1, "PICKED", first.quantity), *rest]
    await do(pack_shipment, clerk, shipment)
    expected = now() + timedelta(days=3)
    await do(ship_shipment, clerk, shipment, carrier="Federal Shipping", tracking_number="FE 7", expected_at=expected)
    [on_its_way, *others] = await progress(office, agent, order)
    assert {one["stage"] for one in others} == {"ALLOCATED"}
    known = ("stage", "quantity", "carrier", "trackingNumber")
    assert [on_its_way[name] for name in known] == ["SHIPPED", first.quantity, "Federal Shipping", "FE 7"]
    assert on_its_way["expectedAt"] is not None and on_its_way["shipment"] is not None
    await do(deliver_shipment, clerk, shipment)
    assert await stages(office, agent, order) == [(1, "DELIVERED", first.quantity), *rest]


async def test_what_is_waited_for_is_reckoned_behind_those_who_wait_longer(office: Office, agent: Viewer) -> None:
    order = await Order.get(number=WAITING)
    line = await OrderLine.get(order_id=order.id, position=1)
    older = await _the_only_two_who_wait(line)
    assert (await stages(office, agent, order))[0] == (1, "BACKORDERED", 20)
    assert (await progress(office, agent, order))[0]["expectedAt"] is None
    await _ordered(line, 30, days=2)
    await _ordered(line, 30, days=5)
    soon = (await progress(office, agent, older))[-1]["expectedAt"]
    later = (await progress(office, agent, order))[0]["expectedAt"]
    # The older order's 25 come with the first delivery, and of this one's 20 the last with the second.
    assert soon[:10] == (now() + timedelta(days=2)).date().isoformat()
    assert later[:10] == (now() + timedelta(days=5)).date().isoformat()
    made = await _planned(line, 32, date(2027, 3, 1))
    [first, second, *_] = await progress(office, agent, order)
    assert (first["stage"], first["quantity"], first["plannedFor"]) == ("IN_PRODUCTION", 7, "2027-03-01")
    assert (first["workOrderNumber"], second["stage"], second["quantity"]) == (made.number, "BACKORDERED", 13)
    assert second["expectedAt"] == soon
    await WorkOrder.filter(id=made.id).update(quantity=100)
    assert (await stages(office, agent, order))[0] == (1, "IN_PRODUCTION", 20)
    await Order.filter(id=order.id).update(status="CANCELLED", cancelled_at=now())
    assert {stage for _, stage, _ in await stages(office, agent, order)} <= {"ALLOCATED"}


async def _the_only_two_who_wait(line: OrderLine) -> Order:
    """Lets nobody wait for the line's product but the line and an order that is older than all, for 25 pieces of it."""
    others = OrderLine.filter(product_id=line.product_id, shipped_quantity=0).exclude(id=line.id)
    await Order.filter(id__in=await others.values_list("order_id", flat=True)).update(
        status="ON_HOLD", held_at=now(), hold_reason=""
    )
    await PurchaseOrder.filter(status=PurchaseOrderStatus.SENT).update(status="CANCELLED", ended_at=now())
    older = await Order.filter(status="PLACED").order_by("-placed_at").first()
    assert older is not None
    await Order.filter(id=older.id).update(placed_at=now() - timedelta(days=20_000))
    values = {name: getattr(line, name) for name in ("product_id", "product_name", "currency", "unit_price_minor")}
    await OrderLine.create(order_id=older.id, position=99, quantity=25, total_minor=0, **values)
    return older


async def _ordered(line: OrderLine, quantity: int, days: int) -> None:
    was = await PurchaseOrder.filter(status=PurchaseOrderStatus.CANCELLED).order_by("id").first()
    assert was is not None
    terms: dict[str, Any] = {"supplier_id": was.supplier_id, "warehouse_id": was.warehouse_id, "currency": was.currency}
    moments = {"drafted_at": now(), "sent_at": now(), "expected_at": now() + timedelta(days=days)}
    order = await PurchaseOrder.create(number=f"PO-{days}", status="SENT", total_minor=0, **moments, **terms)
    of: dict[str, Any] = {"purchase_order_id": order.id, "product_id": line.product_id, "currency": was.currency}
    await PurchaseOrderLine.create(position=1, quantity=quantity, unit_cost_minor=0, total_minor=0, **of)


async def _planned(line: OrderLine, quantity: int, day: date) -> WorkOrder:
    made: dict[str, Any] = {"product_id": line.product_id}
    bill = await BillOfMaterials.create(
        revision=1, status=BillStatus.DRAFT, output_quantity=1, drafted_at=now(), **made
    )
    made |= {"bill_id": bill.id, "warehouse_id": (await Warehouse.all().order_by("id"))[0].id}
    status = WorkOrderStatus.PLANNED
    return await WorkOrder.create(
        number="WO-1", status=status, quantity=quantity, planned_for=day, created_at=now(), **made
    )


@pytest.mark.parametrize(
    ("address", "seen"),
    [
        ("service", ["ORDER_PLACED", "PAYMENT_RECORDED", "SHIPMENT_CREATED", "RETURN_REQUESTED"]),
        ("logistics", ["ORDER_PLACED", "SHIPMENT_CREATED", "RETURN_REQUESTED"]),
        ("accounting", ["ORDER_PLACED", "PAYMENT_RECORDED", "SHIPMENT_CREATED", "RETURN_REQUESTED"]),
        ("it", ["ORDER_PLACED", "SHIPMENT_CREATED"]),
    ],
)
async def test_a_history_tells_each_what_they_may_read_of(office: Office, address: str, seen: list[str]) -> None:
    order, key = await Order.get(number=READY), (await Order.get(number=WAITING)).id

    told: dict[EventKind, Subject | None] = {
        OrderEvent.PLACED: None,
        OrderEvent.PAYMENT_RECORDED: None,
        ShipmentEvent.CREATED: about(Shipment, key),
        ReturnEvent.REQUESTED: about(CustomerReturn, key),
    }

    async def happen() -> None:
        for kind, other in told.items():
            await record(kind, order, other, actor=None)

    await transact(happen)
    viewer = await office.somebody(address)
    kinds = await office.read(viewer, order, "history { nodes { kind } }")
    assert [one["kind"] for one in kinds] == seen
