"""Purchasing: suppliers, purchase orders from draft to close, and the second person above a limit."""

from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from tortoise.exceptions import IntegrityError

from models.back_office.logistics.inventory import Warehouse
from models.back_office.products.catalogue import Product, ProductStatus
from models.back_office.purchasing import PurchaseOrder, PurchaseOrderLine, PurchaseOrderStatus, Supplier
from models.kit.base import now
from models.kit.money import CurrencyCode
from resolvers.back_office.products.catalogue import set_cost
from resolvers.back_office.purchasing.drafting import NewPurchaseOrderLine, change_purchase_order, draft_purchase_order
from resolvers.back_office.purchasing.sending import (
    approve_purchase_order,
    cancel_purchase_order,
    close_purchase_order,
    send_purchase_order,
)
from resolvers.back_office.purchasing.suppliers import add_supplier, change_supplier
from resolvers.kit.commands import Key, Viewer
from resolvers.kit.transaction import transact
from tests.back_office.logistics.stocking import a_product
from tests.office import Office, Work, do, doing, happened, wrong_with

S = PurchaseOrderStatus


def asked(product: Product | None, quantity: int, cost: str | None = None) -> NewPurchaseOrderLine:
    """So much of a product at a cost, or of one that there is not."""
    cost_each = None if cost is None else Decimal(cost)
    return NewPurchaseOrderLine(product=Key(product and product.id), quantity=quantity, unit_cost=cost_each)


def change(viewer: Viewer, order: PurchaseOrder, *lines: NewPurchaseOrderLine, version: int | None = None) -> Work:
    return doing(change_purchase_order, viewer, purchase_order=order.id, lines=lines, expected_version=version)


def change_data(viewer: Viewer, supplier: UUID, version: int | None = None, **members: Any) -> Work:
    return doing(change_supplier, viewer, supplier=supplier, expected_version=version, **members)


async def supplied() -> tuple[Supplier, Product]:
    """A supplier, and something that is bought from it."""
    product = await Product.filter(status=ProductStatus.ON_SALE).order_by("sku").first()
    assert product is not None and product.supplier_id is not None
    return await Supplier.get(id=product.supplier_id), product


async def drafted(
    viewer: Viewer, quantity: int = 10, cost: str | None = None, product: Product | None = None
) -> PurchaseOrder:
    """A draft for one product, from its supplier."""
    product = product or (await supplied())[1]
    lines, warehouse = (asked(product, quantity, cost),), await Warehouse.get(code="SEA")
    keys = await do(draft_purchase_order, viewer, warehouse, supplier=product.supplier_id, lines=lines)
    return await PurchaseOrder.get(id=keys["purchase_order"])


async def line_of(order: PurchaseOrder) -> PurchaseOrderLine:
    return await PurchaseOrderLine.get(purchase_order_id=order.id)


async def test_what_is_ordered_costs_what_was_agreed_last_unless_said_otherwise(clerk: Viewer, manager: Viewer) -> None:
    supplier, product = await supplied()
    order = await drafted(manager, 4, "2.50")
    assert (order.status, order.total_minor, order.currency) == (S.DRAFT, 1000, supplier.currency)
    assert order.number == f"PO-{now().year}-000001"
    last = await PurchaseOrderLine.filter(product_id=product.id).exclude(purchase_order_id=order.id).first()
    assert last is not None
    assert (await drafted(clerk, 4)).total_minor == 4 * last.unit_cost_minor
    # A line that is there already keeps its key and its cost, whoever changes it.
    line = await line_of(order)
    await transact(change(clerk, order, asked(product, 6), version=1))
    changed = await line_of(order)
    assert (changed.id, changed.quantity, changed.total_minor) == (line.id, 6, 1500)
    order = await PurchaseOrder.get(id=order.id)
    assert (order.total_minor, order.version, order.changed_by_id) == (1500, 2, clerk.account)
    assert await happened(order.id) == ["PURCHASE_ORDER_DRAFTED", "PURCHASE_ORDER_CHANGED"]


async def test_what_was_never_bought_costs_what_we_reckon_and_what_nobody_knows_waits_for_who_sees_costs(
    office: Office, clerk: Viewer, manager: Viewer
) -> None:
    reckoned, free = await a_product(), await a_product(cost_price_minor=0)
    foreign, unknown = await a_product(currency="EUR"), await a_product(cost_price_minor=None)
    for product, total in ((reckoned, 1800), (free, 0)):
        order = await drafted(clerk, 3, product=product)
        assert ((await line_of(order)).cost_known, order.total_minor) == (True, total)
    for product in (foreign, unknown):
        order = await drafted(clerk, 3, product=product)
        line = await line_of(order)
        assert (line.cost_known, line.unit_cost_minor, order.total_minor) == (False, 0, 0)
    assert (await seen(office, manager, order))["mayApprove"] is False
    assert await wrong_with(doing(approve_purchase_order, manager, order)) == [("COST_UNKNOWN", "purchaseOrder")]
    assert await wrong_with(doing(send_purchase_order, manager, order)) == [("COST_UNKNOWN", "purchaseOrder")]
    waiting = """{ backOffice { purchaseOrders(filter: {costsKnown: {eq: false}, status: {eq: DRAFT}}) { nodes {
      number costsKnown lines { costKnown unitCost { amount } } } } } }"""
    found = await office.find(manager, waiting)
    assert found[0]["number"] == order.number and len(found) == 2
    assert (found[0]["costsKnown"], found[0]["lines"]) == (
        False,
        [{"costKnown": False, "unitCost": {"amount": "0.00"}}],
    )
    # The product's cost is said, and the clerk's next words are at that cost.
    await do(set_cost, manager, product=unknown.id, amount=Decimal("7.00"))
    await transact(change(clerk, order, asked(unknown, 3)))
    await do(approve_purchase_order, manager, order)
    assert (await PurchaseOrder.get(id=order.id)).total_minor == 2100


async def test_what_nobody_knows_the_cost_of_can_be_asked_for_after_an_approval_which_ends_with_it(
    clerk: Viewer, manager: Viewer
) -> None:
    order, unknown = await drafted(clerk, 3), await a_product(cost_price_minor=None)
    await do(approve_purchase_order, manager, order)
    await transact(change(clerk, order, asked(unknown, 3)))
    changed = await PurchaseOrder.get(id=order.id)
    assert (changed.approved_at, changed.approved_by_id, (await line_of(order)).cost_known) == (None, None, False)


async def test_everything_wrong_with_a_draft_is_reported_at_once(manager: Viewer) -> None:
    supplier, product = await supplied()
    withdrawn = await Product.filter(status=ProductStatus.WITHDRAWN).first()
    assert withdrawn is not None
    lines = (asked(product, 0, "1.234"), asked(product, 1, "-1"), asked(withdrawn, 1_000_001, "1"), asked(None, 1, "1"))
    assert await wrong_with(
        doing(draft_purchase_order, manager, supplier=supplier.id, warehouse=uuid4(), lines=lines)
    ) == [
        ("NOT_FOUND", "warehouse"),
        ("INVALID", "lines.0.quantity"),
        ("INVALID", "lines.0.unitCost"),
        ("INVALID", "lines.1.product"),
        ("INVALID", "lines.1.unitCost"),
        ("NOT_BOUGHT", "lines.2.product"),
        ("INVALID", "lines.2.quantity"),
        ("NOT_FOUND", "lines.3.product"),
    ]
    assert await wrong_with(doing(draft_purchase_order, manager, supplier=None, warehouse=uuid4(), lines=())) == [
        ("NOT_FOUND", "supplier"),
        ("NOT_FOUND", "warehouse"),
    ]
    order = await drafted(manager)
    assert await wrong_with(change(manager, order, version=7)) == [
        ("STALE_VERSION", "expectedVersion"),
        ("INVALID", "lines"),
    ]


async def seen(office: Office, viewer: Viewer, order: PurchaseOrder) -> dict[str, Any]:
    shown = "status nextStatuses awaitsApproval mayApprove approvedBy { name } sentBy { name } version"
    return await office.read(viewer, order, shown)


async def test_who_sees_no_costs_sends_what_somebody_else_approved_and_whoever_changes_it_is_not_somebody_else(
    office: Office, clerk: Viewer, manager: Viewer
) -> None:
    order = await drafted(clerk)
    before = await seen(office, clerk, order)
    assert (before["nextStatuses"], before["awaitsApproval"], before["mayApprove"]) == (["CANCELLED"], True, False)
    assert (await seen(office, manager, order))["mayApprove"] is True
    assert await wrong_with(doing(send_purchase_order, clerk, order)) == [("NOT_APPROVED", "purchaseOrder")]
    assert await wrong_with(doing(approve_purchase_order, clerk, order)) == [("SECOND_PERSON_NEEDED", "purchaseOrder")]
    await do(approve_purchase_order, manager, order)
    approved = await seen(office, clerk, order)
    assert (approved["nextStatuses"], approved["awaitsApproval"]) == (["SENT", "CANCELLED"], False)
    # Whoever changes it takes the approval back; the manager who does cannot give it anew.
    _, product = await supplied()
    line = asked(product, 11)
    await transact(change(manager, order, line))
    assert await wrong_with(doing(send_purchase_order, clerk, order)) == [("NOT_APPROVED", "purchaseOrder")]
    assert (await seen(office, manager, order))["mayApprove"] is False
    assert await wrong_with(doing(approve_purchase_order, manager, order)) == [
        ("SECOND_PERSON_NEEDED", "purchaseOrder")
    ]
    with pytest.raises(IntegrityError, match="other_than_changed_it"):
        await PurchaseOrder.filter(id=order.id).update(approved_by_id=manager.account, approved_at=now())
    await transact(change(clerk, order, line))
    await do(approve_purchase_order, manager, order)
    await do(send_purchase_order, clerk, order)
    sent = await PurchaseOrder.get(id=order.id)
    assert (sent.status, sent.approved_by_id, sent.sent_by_id) == (S.SENT, manager.account, clerk.account)
    assert await wrong_with(change(clerk, order, line)) == [("SENT", "lines")]


async def test_it_ends_with_a_reason(clerk: Viewer, manager: Viewer) -> None:
    order = await drafted(clerk)
    await do(approve_purchase_order, manager, order)
    await do(send_purchase_order, clerk, order)
    assert await wrong_with(doing(close_purchase_order, clerk, order, reason=" ")) == [("REQUIRED", "reason")]
    assert await wrong_with(doing(cancel_purchase_order, clerk, order, reason="\0")) == [("INVALID", "reason")]
    await do(cancel_purchase_order, clerk, order, reason="Too late 😀.")
    order = await PurchaseOrder.get(id=order.id)
    assert (order.status, order.ending_reason) == (S.CANCELLED, "Too late 😀.")
    for again in (close_purchase_order, cancel_purchase_order):
        assert await wrong_with(doing(again, clerk, order, reason="Why.")) == [("ILLEGAL_TRANSITION", "purchaseOrder")]
    assert await wrong_with(doing(send_purchase_order, clerk, PurchaseOrder(id=uuid4()))) == [
        ("NOT_FOUND", "purchaseOrder")
    ]


async def test_suppliers_are_kept(office: Office, clerk: Viewer, manager: Viewer) -> None:
    add = """mutation ($input: AddSupplierInput!) { addSupplier(input: $input) { errors { code path }
      supplier { id number name email address { city } currency overReceiptBasisPoints leadTimeDays complaintRate } } }"""
    given = {"name": " Café Ωmega 😀 ", "country": "Greece", "currency": "EUR", "email": "A@b.example", "city": "Volos"}
    refused = await office.ask(clerk, add, {"input": given})
    assert [error["extensions"]["coordinate"] for error in refused["errors"]] == [
        "AddSupplierInput.email",
        "Supplier.email",
    ]
    supplier = (await office.find(manager, add, {"input": given}))["supplier"]
    key = UUID(supplier.pop("id").removeprefix("sup_"))
    assert supplier == {
        "number": f"SUP-{now().year}-000001",
        "name": "Café Ωmega 😀",
        "email": "a@b.example",
        "address": {"city": "Volos"},
        "currency": "EUR",
        "overReceiptBasisPoints": 0,
        "leadTimeDays": None,
        "complaintRate": None,
    }
    wrong = change_data(
        clerk, key, 1, name="", email="b", phone="\0", country="x" * 101, over_receipt_basis_points=10_001
    )
    members = ["name", "country", "phone", "email", "overReceiptBasisPoints"]
    assert await wrong_with(wrong) == [("INVALID", one) for one in members]
    assert await wrong_with(change_data(clerk, uuid4(), 1)) == [("NOT_FOUND", "supplier")]
    await transact(change_data(clerk, key, 1, email="", name="Omega"))
    changed = await Supplier.get(id=key)
    assert (changed.name, changed.email, changed.city, changed.version) == ("Omega", None, "Volos", 2)


async def test_a_supplier_has_a_history_that_tells_of_changes_only_to_who_reads_all_of_it(
    office: Office, clerk: Viewer
) -> None:
    keys: Any = await do(add_supplier, clerk, name="Omega", country="Greece", currency=CurrencyCode("EUR"))
    await transact(change_data(clerk, keys["supplier"], phone="030-1"))
    supplier = await Supplier.get(id=keys["supplier"])
    seen = {
        who: await office.read(
            await office.somebody(who), supplier, "history(first: 9) { nodes { kind actor { name } } }"
        )
        for who in ("accounting", "back.manager", "development")
    }
    added, changed = ({"kind": kind, "actor": {"name": clerk.name}} for kind in ("SUPPLIER_ADDED", "SUPPLIER_CHANGED"))
    assert seen == {"accounting": [added, changed], "back.manager": [added, changed], "development": [added]}


async def test_who_deals_with_suppliers_sees_what_they_need_of_them(
    office: Office, clerk: Viewer, manager: Viewer, accountant: Viewer, developer: Viewer, agent: Viewer
) -> None:
    everybody = {"clerk": clerk, "manager": manager, "accountant": accountant, "developer": developer, "agent": agent}
    ask = "query ($id: ID!) { node(id: $id) { ... on Supplier { %s } } }"
    supplier, _ = await supplied()
    for fields, who in (
        (("name", "leadTimeDays", "complaintRate"), "clerk manager accountant developer"),
        (("address { city }", "currency", "purchaseOrders { totalCount }"), "clerk manager accountant"),
        (("contactName", "phone"), "clerk manager"),
        (("email",), "manager"),
    ):
        for field in fields:
            answers = {
                name: await office.ask(viewer, ask % field, {"id": f"sup_{supplier.id}"})
                for name, viewer in everybody.items()
            }
            assert {name for name, answer in answers.items() if "errors" not in answer} == set(who.split()), field
