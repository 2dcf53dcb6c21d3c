"""Receiving: what comes is stock with a batch, within the supplier's allowance, and goes to who waits for it."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from models.back_office.logistics.inventory import Batch, Location, LocationKind
from models.back_office.logistics.inventory.stock import StockBalance, StockMove
from models.back_office.products.catalogue import Product
from models.back_office.purchasing import PurchaseOrder, PurchaseOrderLine, PurchaseOrderStatus, Receipt, Supplier
from models.front_office.sales.orders import OrderLine
from models.front_office.service.complaints import Complaint, Outcome
from models.kit.base import now
from resolvers.back_office.purchasing.receiving import ReceivedLine, receive_purchase_order
from resolvers.back_office.purchasing.sending import approve_purchase_order, close_purchase_order, send_purchase_order
from resolvers.kit.commands import Key, Viewer
from tests.back_office.purchasing.test_purchasing import drafted
from tests.office import Office, at_once, do, doing, handed_off, happened, history, wrong_with

S = PurchaseOrderStatus


async def place(kind: LocationKind = LocationKind.STORAGE) -> Location:
    found = await Location.filter(kind=kind).order_by("code").first()
    assert found is not None
    return found


async def sent(office: Office, product: Product, quantity: int) -> tuple[PurchaseOrder, PurchaseOrderLine]:
    """A purchase order for a product at 2.50 that its supplier has."""
    buyer, approver = await office.somebody("logistics"), await office.somebody("back.manager")
    order = await drafted(buyer, quantity, "2.50", product)
    await do(approve_purchase_order, approver, order)
    await do(send_purchase_order, buyer, order)
    return await PurchaseOrder.get(id=order.id), await PurchaseOrderLine.get(purchase_order_id=order.id)


async def awaited() -> tuple[Product, OrderLine]:
    """A product that an order waits for, and the line that has waited longest."""
    waiting = await OrderLine.filter(order__status="PLACED", product__status="ON_SALE").order_by(
        "order__placed_at", "order_id", "position"
    )
    line = next(line for line in waiting if line.allocated_quantity < line.quantity)
    return await Product.get(id=line.product_id), line


RECEIVED = """purchaseOrder { status lines { receivedQuantity } history { nodes { kind } } }
  receipt { number deliveryNote lines { quantity location { code } batch { number status expiresOn supplier { number } } } }
  errors { code path message }"""


async def test_what_comes_is_stock_of_a_batch_and_goes_to_who_waits(office: Office, clerk: Viewer) -> None:
    product, waiting = await awaited()
    lacking = waiting.quantity - waiting.allocated_quantity
    order, line = await sent(office, product, lacking + 5)
    shelf, aside = await place(), await place(LocationKind.QUARANTINE)
    expiry = now().date() + timedelta(days=90)
    of_line = {"purchaseOrderLine": f"pol_{line.id}", "expiresOn": expiry.isoformat()}
    given = {
        "purchaseOrder": f"por_{order.id}",
        "deliveryNote": "DN-7 😀",
        "idempotencyKey": "once",
        "lines": [
            of_line | {"quantity": lacking, "location": f"loc_{shelf.id}", "batchNumber": "LOT 98-117"},
            of_line | {"quantity": 1, "location": f"loc_{aside.id}", "onHold": True},
        ],
    }
    payload = await office.send(clerk, "receivePurchaseOrder", RECEIVED, **given)
    assert payload["errors"] == [], payload
    assert payload["purchaseOrder"]["status"] == "PARTLY_RECEIVED"
    assert payload["purchaseOrder"]["lines"] == [{"receivedQuantity": lacking + 1}]
    assert [event["kind"] for event in payload["purchaseOrder"]["history"]["nodes"]][-1] == "PURCHASE_ORDER_RECEIVED"
    receipt = payload["receipt"]
    assert (receipt["number"], receipt["deliveryNote"]) == (f"REC-{now().year}-000001", "DN-7 😀")
    number = (await Supplier.get(id=order.supplier_id)).number
    ours = {"expiresOn": expiry.isoformat(), "supplier": {"number": number}}
    lot = {"number": "LOT 98-117", "status": "RELEASED"} | ours
    held = {"number": f"BAT-{now().year}-000001", "status": "ON_HOLD"} | ours
    assert receipt["lines"] == [
        {"quantity": lacking, "location": {"code": shelf.code}, "batch": lot},
        {"quantity": 1, "location": {"code": aside.code}, "batch": held},
    ]
    # The same click again takes nothing in.
    assert await office.send(clerk, "receivePurchaseOrder", RECEIVED, **given) == payload
    batch = await Batch.get(number="LOT 98-117")
    assert (batch.unit_cost_minor, batch.currency, batch.product_id) == (250, order.currency, product.id)
    balance = await StockBalance.get(batch_id=batch.id)
    assert (balance.on_hand, balance.allocated) == (lacking, lacking)
    waiting = await OrderLine.get(id=waiting.id)
    assert waiting.allocated_quantity == waiting.quantity
    assert ("ORDER_ALLOCATED", clerk.account, None) in await history(waiting.order_id)
    held_batch = await Batch.get(number=held["number"])
    assert await happened(held_batch.id) == ["BATCH_HELD"]
    assert [str(move.kind) for move in await StockMove.filter(batch_id=batch.id)] == ["RECEIPT"]
    # The rest is given up, with a reason.
    await do(close_purchase_order, clerk, order, reason="The rest is sold out.")
    assert (await PurchaseOrder.get(id=order.id)).status is S.CLOSED


def came(line: PurchaseOrderLine | None, quantity: int, where: Location | None, **others: Any) -> ReceivedLine:
    place: Key[Location] = Key(where and where.id)
    return ReceivedLine(purchase_order_line=Key(line and line.id), quantity=quantity, location=place, **others)


async def refused(clerk: Viewer, order: PurchaseOrder, *came: ReceivedLine) -> list[tuple[str, str]]:
    return await wrong_with(doing(receive_purchase_order, clerk, purchase_order=order.id, lines=came))


async def test_everything_wrong_with_a_delivery_is_reported_at_once(office: Office, clerk: Viewer) -> None:
    product, _ = await awaited()
    await Product.filter(id=product.id).update(shelf_life_days=30)
    await Supplier.filter(id=product.supplier_id).update(over_receipt_basis_points=1000)
    order, line = await sent(office, product, 10)
    shelf, packing = await place(), await place(LocationKind.PACKING)
    tomorrow = now().date() + timedelta(days=1)
    good: dict[str, Any] = {"expires_on": tomorrow}
    assert await refused(
        clerk,
        order,
        came(line, 0, packing, batch_number="x" * 21, expires_on=date(1926, 1, 1)),
        came(None, 1, None, batch_number="bat-2026-000001"),
        came(line, 11, shelf),
        came(line, 1, shelf, batch_number="LOT", **good),
        came(line, 1, shelf, batch_number=" ＬＯＴ ", expires_on=tomorrow + timedelta(days=1)),
    ) == [
        ("INVALID", "lines.0.location"),
        ("INVALID", "lines.0.quantity"),
        ("INVALID", "lines.0.batchNumber"),
        ("EXPIRED", "lines.0.expiresOn"),
        ("NOT_FOUND", "lines.1.purchaseOrderLine"),
        ("NOT_FOUND", "lines.1.location"),
        ("INVALID", "lines.1.batchNumber"),
        ("REQUIRED", "lines.2.expiresOn"),
        ("OVER_RECEIPT", "lines.3.quantity"),
        ("OVER_RECEIPT", "lines.4.quantity"),
        ("TAKEN", "lines.3.batchNumber"),
        ("TAKEN", "lines.4.batchNumber"),
    ]
    assert await refused(clerk, order) == [("INVALID", "lines")]
    assert await Receipt.filter(purchase_order_id=order.id).count() == 0
    # A tenth more than ten is eleven, whatever came before; and then nothing more is awaited.
    assert await refused(clerk, order, came(line, 9, shelf, **good)) == []
    assert await refused(clerk, order, came(line, 3, shelf, **good)) == [("OVER_RECEIPT", "lines.0.quantity")]
    assert await refused(clerk, order, came(line, 2, shelf, **good)) == []
    order = await PurchaseOrder.get(id=order.id)
    assert order.status is S.RECEIVED and order.received_at is not None
    assert await refused(clerk, order, came(line, 1, shelf, **good)) == [("ILLEGAL_TRANSITION", "purchaseOrder")]
    assert await refused(clerk, order) == [("ILLEGAL_TRANSITION", "purchaseOrder")]
    await do(close_purchase_order, clerk, order)


async def test_of_two_receipts_of_the_same_goods_at_once_one_is_taken(office: Office, clerk: Viewer) -> None:
    product, _ = await awaited()
    await Supplier.filter(id=product.supplier_id).update(over_receipt_basis_points=0)
    order, line = await sent(office, product, 10)
    shelf = await place()
    twice = [refused(clerk, order, came(line, 10, shelf)) for _ in range(2)]
    answers = await at_once(*twice)
    assert sorted(answers, key=len) == [[], [("ILLEGAL_TRANSITION", "purchaseOrder")]]
    line = await PurchaseOrderLine.get(id=line.id)
    assert line.received_quantity == 10
    # Two deliveries that say that they are the same batch: one is.
    both = [await sent(office, product, 10) for _ in range(2)]
    same = [refused(clerk, one, came(of, 10, shelf, batch_number="LOT 1")) for one, of in both]
    answers = await at_once(*same)
    assert sorted(map(len, answers)) == [0, 1]
    assert sorted(answers, key=len)[1][0][0] == "TAKEN"
    assert await Batch.filter(number="LOT 1").count() == 1


async def test_suppliers_are_judged_by_the_records(office: Office, clerk: Viewer, agent: Viewer) -> None:
    batch = await Batch.filter(receipt_lines__isnull=False).order_by("number").first()
    assert batch is not None

    supplier = await Supplier.get(id=batch.supplier_id)
    before = await office.read(clerk, supplier, "leadTimeDays complaintRate")
    assert Decimal(before["complaintRate"]) == 0
    moves = await StockMove.filter(batch__supplier_id=batch.supplier_id, kind="SHIP")
    units = -sum([move.quantity for move in moves])
    assert units
    for outcome in (None, Outcome.DUPLICATE):
        handoff = await handed_off(agent)
        await Complaint.filter(id=handoff.complaint_id).update(
            batch_id=batch.id, product_id=batch.product_id, outcome=outcome, **(CLOSED if outcome else {})
        )
    assert await office.read(clerk, supplier, "complaintRate") == f"{Decimal(-(-100_000 // units)) / 100:.2f}"
    # The average of the purchase orders' days from sending to the first receipt.
    waits: list[float] = []
    for order in await PurchaseOrder.filter(supplier_id=batch.supplier_id, sent_at__isnull=False):
        first = await Receipt.filter(purchase_order_id=order.id).order_by("received_at").first()
        if first is not None:
            waits.append((first.received_at - order.sent_at).total_seconds() / 86_400)
    assert abs(float(before["leadTimeDays"]) - sum(waits) / len(waits)) < 0.006


async def test_from_a_supplier_to_what_lies_on_the_shelves_is_one_statement(office: Office, manager: Viewer) -> None:
    batch = await Batch.filter(receipt_lines__isnull=False).order_by("number").first()
    assert batch is not None
    document = """query ($id: ID!) { backOffice { supplier(id: $id) { leadTimeDays complaintRate
      purchaseOrders(last: 3) { nodes {
      nextStatuses awaitsApproval mayApprove total { amount } warehouse { code } history(first: 5) { nodes { kind } }
      lines { quantity product { sku } }
      receipts(first: 2) { nodes { number lines {
        quantity location { code } batch { number stock(first: 2) { nodes { onHand } } }
      } } }
    } } } } }"""
    before = office.database.statements_read
    answer = await office.ask(manager, document, {"id": f"sup_{batch.supplier_id}"})
    assert office.database.statements_read - before == 1, answer
    assert batch.number in str(answer["data"]["backOffice"]["supplier"])


CLOSED: dict[str, Any] = {"status": "CLOSED", "closed_at": now(), "closing_reason": "Twice."}


async def test_who_does_not_work_in_the_warehouse_takes_nothing_in(office: Office) -> None:
    missing = {"purchaseOrder": f"por_{UUID(int=1)}", "lines": []}
    document = (
        "mutation ($input: ReceivePurchaseOrderInput!) { receivePurchaseOrder(input: $input) { errors { code } } }"
    )
    for address in ("service", "sales", "production", "accounting", "back.manager"):
        answer = await office.ask(await office.somebody(address), document, {"input": missing})
        assert "data" not in answer
        assert answer["errors"][0]["extensions"]["permission"] == "WRITE_STOCK"
    clerk = await office.somebody("logistics")
    missing["purchaseOrder"] = f"por_{uuid4()}"
    answer = await office.ask(clerk, document, {"input": missing})
    assert answer["data"]["receivePurchaseOrder"] == {"errors": [{"code": "NOT_FOUND"}]}
