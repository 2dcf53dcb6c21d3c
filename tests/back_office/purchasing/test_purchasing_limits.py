"""Who sends purchase orders alone: up to a limit, all in all, and nobody who does not see what they cost."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from models.back_office.logistics.inventory import Warehouse
from models.back_office.products.catalogue import Product
from models.back_office.purchasing import (
    LARGEST_PURCHASE_MINOR,
    PurchaseLimit,
    PurchaseOrder,
    PurchaseOrderLine,
    PurchaseOrderStatus,
    Supplier,
)
from models.back_office.purchasing.approval import COUNTED_TOGETHER_DAYS, SENDS_ALONE
from models.kit.base import as_of, now
from models.kit.money import CurrencyCode
from models.permissions import Department, Role
from resolvers.back_office.purchasing.sending import (
    approve_purchase_order,
    cancel_purchase_order,
    send_purchase_order,
    set_purchase_limit,
)
from resolvers.kit.commands import Viewer
from tests.back_office.logistics.stocking import a_product
from tests.back_office.purchasing.test_purchasing import drafted, seen
from tests.office import Office, at_once, do, doing, hire, wrong_with

S = PurchaseOrderStatus
REFUSED = [("NOT_APPROVED", "purchaseOrder")]


async def limit(amount: int, role: Role = Role.BACK_OFFICE_MANAGER) -> None:
    """Lets a role send so much alone, in whole dollars."""
    await PurchaseLimit.update_or_create({"limit_minor": amount * 100}, role=role, currency="USD")


async def sending(viewer: Viewer, order: PurchaseOrder) -> list[tuple[str, str]]:
    """Sends a purchase order; why not."""
    return await wrong_with(doing(send_purchase_order, viewer, order))


async def test_limits_are_set_by_who_keeps_the_books_for_those_who_see_costs(
    office: Office, manager: Viewer, accountant: Viewer
) -> None:
    document = """mutation ($input: SetPurchaseLimitInput!) { setPurchaseLimit(input: $input) {
      purchaseLimit { role limit { amount currency } version } errors { code path } } }"""
    given = {"role": "BACK_OFFICE_MANAGER", "currency": "USD", "limit": "25.00"}
    answer = await office.ask(accountant, document, {"input": given})
    limit = {"role": "BACK_OFFICE_MANAGER", "limit": {"amount": "25.00", "currency": "USD"}, "version": 1}
    assert answer["data"]["setPurchaseLimit"] == {"purchaseLimit": limit, "errors": []}
    for viewer in (manager, await office.somebody("front.manager")):
        answer = await office.ask(viewer, document, {"input": given})
        assert {error["extensions"]["code"] for error in answer["errors"]} == {"FORBIDDEN"}
    assert frozenset({Role.BACK_OFFICE_MANAGER}) == SENDS_ALONE
    both = await hire("Own Limit", [Role.ACCOUNTANT, Role.BACK_OFFICE_MANAGER], [Department.FINANCE])
    for viewer, role, code in (
        (both, Role.BACK_OFFICE_MANAGER, "OWN_ROLE"),
        (accountant, Role.LOGISTICS_CLERK, "INVALID"),
        (accountant, Role.SERVICE_AGENT, "INVALID"),
    ):
        for wrong in (Decimal("1.001"), Decimal(-1), Decimal(10**11)):
            work = doing(set_purchase_limit, viewer, role=role, currency=CurrencyCode("USD"), limit=wrong)
            assert await wrong_with(work) == [(code, "role"), ("INVALID", "limit")]
    # A wrong amount and a stale version are told together, also where no limit was said before, and none is left behind.
    stale: dict[str, Any] = {"currency": CurrencyCode("CHF"), "limit": Decimal(-1), "expected_version": 7}
    work = doing(set_purchase_limit, accountant, role=Role.BACK_OFFICE_MANAGER, **stale)
    assert await wrong_with(work) == [("INVALID", "limit"), ("STALE_VERSION", "expectedVersion")]
    assert not await PurchaseLimit.filter(currency="CHF").exists()


async def test_within_their_limit_who_sees_costs_needs_nobody_else(
    office: Office, clerk: Viewer, manager: Viewer
) -> None:
    await limit(25)
    order, dearer = await drafted(manager, 10, "2.50"), await drafted(manager, 10, "2.51")
    assert (await seen(office, manager, order))["nextStatuses"] == ["SENT", "CANCELLED"]
    assert (await seen(office, manager, order))["awaitsApproval"] is False
    assert (await seen(office, manager, dearer))["nextStatuses"] == ["CANCELLED"]
    assert (await seen(office, manager, dearer))["awaitsApproval"] is True
    assert await sending(manager, dearer) == REFUSED
    # Another currency has no limit of its own: nothing.
    supplier = await Supplier.get(id=order.supplier_id)
    await Supplier.filter(id=supplier.id).update(currency="EUR")
    foreign = await drafted(manager, 1, "0.01")
    assert (foreign.currency, await sending(manager, foreign)) == ("EUR", REFUSED)
    assert await sending(manager, order) == []
    after = await seen(office, manager, order)
    assert (after["nextStatuses"], after["sentBy"]) == (["CANCELLED", "CLOSED"], {"name": manager.name})
    assert after["approvedBy"] is None
    assert (await seen(office, clerk, order))["nextStatuses"] == ["PARTLY_RECEIVED", "RECEIVED", "CANCELLED", "CLOSED"]


async def test_what_one_person_sends_alone_to_one_supplier_counts_together(
    office: Office, manager: Viewer, clerk: Viewer
) -> None:
    await limit(100)
    colleague = await hire("Second Buyer", [Role.BACK_OFFICE_MANAGER], [Department.LOGISTICS])
    orders = [await drafted(manager, 10, "4.00") for _ in range(4)]
    assert [await sending(manager, order) for order in orders[:3]] == [[], [], REFUSED]
    third = orders[2]
    assert (await seen(office, manager, third))["nextStatuses"] == ["CANCELLED"]
    assert (await seen(office, manager, third))["awaitsApproval"] is True
    # What fits is still possible, to the cent.
    exactly, above = await drafted(manager, 1, "20.00"), await drafted(manager, 1, "20.01")
    assert (await sending(manager, above), await sending(manager, exactly)) == (REFUSED, [])
    # Somebody else has sent nothing alone yet, and another supplier is another purchase.
    assert await sending(colleague, orders[3]) == []
    other = await Product.exclude(supplier_id=third.supplier_id).filter(status="ON_SALE", supplier_id__not_isnull=True)
    assert await sending(manager, await drafted(manager, 10, "4.00", other[0])) == []
    # What was approved was not sent alone, and what was taken back costs nothing.
    await do(approve_purchase_order, colleague, third)
    assert await sending(manager, third) == []
    fifth = await drafted(manager, 10, "4.00")
    assert await sending(manager, fifth) == REFUSED
    await do(cancel_purchase_order, clerk, orders[0], reason="Not needed.")
    assert await sending(manager, fifth) == []


async def test_what_was_sent_long_ago_counts_no_longer(office: Office, manager: Viewer) -> None:
    await limit(50)
    then = now()
    first = await drafted(manager, 10, "4.00")
    with as_of(then):
        assert await sending(manager, first) == []
    second = await drafted(manager, 10, "4.00")
    with as_of(then + timedelta(days=COUNTED_TOGETHER_DAYS) - timedelta(seconds=1)):
        assert (await seen(office, manager, second))["nextStatuses"] == ["CANCELLED"]
        assert await sending(manager, second) == REFUSED
    with as_of(then + timedelta(days=COUNTED_TOGETHER_DAYS)):
        assert await sending(manager, second) == []


async def test_two_that_are_sent_at_once_count_together(manager: Viewer) -> None:
    await limit(100)
    orders = [await drafted(manager, 10, "6.00") for _ in range(6)]
    answers = await at_once(*(sending(manager, order) for order in orders))
    assert sorted(answers) == [[], *[REFUSED] * 5]


async def test_a_role_that_sees_no_costs_has_no_limit_whatever_the_tables_say(office: Office, clerk: Viewer) -> None:
    await limit(1_000_000, Role.LOGISTICS_CLERK)
    order = await drafted(clerk, product=await a_product(cost_price_minor=0))
    assert order.total_minor == 0
    assert (await seen(office, clerk, order))["nextStatuses"] == ["CANCELLED"]
    assert await sending(clerk, order) == REFUSED


# --- Nothing tells who sees no costs what something costs ---

ORDER = "status nextStatuses awaitsApproval mayApprove version lines { quantity } history { nodes { kind } }"
WHY = "errors { __typename code message path ... on IllegalTransition { nextStatuses } }"
LISTED = """{ backOffice { purchaseOrders(filter: {and: [{awaitsApproval: {eq: true}}, {mayApprove: {eq: false}}]},
  sort: [{field: NUMBER}]) { totalCount nodes { status nextStatuses proposed } } } }"""


async def tried_by(office: Office, viewer: Viewer, products: Sequence[Product]) -> list[Any]:
    """What somebody is answered who tries quantity by quantity, without the keys that no two tries share."""
    answers: list[Any] = []
    house = f"whs_{(await Warehouse.get(code='SEA')).id}"

    async def draft(*lines: dict[str, Any]) -> str | None:
        shown, supplier = f"purchaseOrder {{ id {ORDER} }} {WHY}", f"sup_{products[0].supplier_id}"
        made = await office.send(viewer, "draftPurchaseOrder", shown, supplier=supplier, warehouse=house, lines=lines)
        answers.append(made)
        return made["purchaseOrder"].pop("id") if made["purchaseOrder"] else None

    for product in products:
        line = {"product": f"prd_{product.id}"}
        shown = f"product {{ unitsOnOrder }} {WHY}"
        answers.append(await office.send(viewer, "setReorderPoint", shown, **line, level=5, quantity=1_000_000))
        for quantity in (1, 1_000, 1_000_000, 0):
            key = await draft(line | {"quantity": quantity}) or f"por_{product.id}"
            of_order, more = f"purchaseOrder {{ {ORDER} }} {WHY}", [line | {"quantity": 999_999}]
            given = {"purchaseOrder": key, "lines": more, "expectedVersion": 1}
            answers.append(await office.send(viewer, "changePurchaseOrder", of_order, **given))
            answers.append(await office.send(viewer, "sendPurchaseOrder", of_order, purchaseOrder=key))
    # Of two lines each may cost what a whole purchase order may, and both together may not.
    await draft(*({"product": f"prd_{product.id}", "quantity": 100} for product in products))
    answers.append(await office.ask(viewer, LISTED))
    return answers


@pytest.mark.parametrize("limited_to", [0, 40, LARGEST_PURCHASE_MINOR // 100])
async def test_whatever_something_costs_the_clerk_is_answered_alike(
    office: Office, clerk: Viewer, manager: Viewer, limited_to: int
) -> None:
    await limit(limited_to)
    costs: list[int | None] = [None, 0, 1, 4_000, 10_000_000_000]
    seen_by_cost: list[Any] = []
    for cost in costs:
        products = [await a_product(cost_price_minor=cost) for _ in range(2)]
        seen_by_cost.append(await tried_by(office, clerk, products))
        # What somebody else writes gives nothing away either.
        others = await drafted(manager, 10, None, products[0])
        seen_by_cost[-1].append(await seen(office, clerk, others))
        await PurchaseOrderLine.filter(product_id__in=[product.id for product in products]).delete()
        await PurchaseOrder.filter(supplier_id=products[0].supplier_id, status=S.DRAFT).delete()
    assert all(answers == seen_by_cost[0] for answers in seen_by_cost)
    assert any(answer.get("errors") == [] for answer in seen_by_cost[0])


async def test_what_would_make_a_line_dearer_than_an_order_may_be_is_left_to_who_sees_costs(
    clerk: Viewer, manager: Viewer
) -> None:
    colleague = await hire("Second Buyer", [Role.BACK_OFFICE_MANAGER], [Department.LOGISTICS])
    product = await a_product()
    dear = await drafted(manager, 1, str(LARGEST_PURCHASE_MINOR // 100), product)
    await do(approve_purchase_order, colleague, dear)
    assert await sending(manager, dear) == []
    order = await drafted(clerk, 1_000_000, product=product)
    line = await PurchaseOrderLine.get(purchase_order_id=order.id)
    assert (order.total_minor, line.cost_known) == (0, False)
    assert await wrong_with(doing(approve_purchase_order, manager, order)) == [("COST_UNKNOWN", "purchaseOrder")]
