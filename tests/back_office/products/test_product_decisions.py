"""Product decisions: they stand in the product's history with the figures of their day, and are never changed."""

from typing import Any
from uuid import uuid4

import pytest
from tortoise.exceptions import IntegrityError

from models.back_office.products.catalogue import Product, ProductStatus
from models.back_office.products.decisions import Decision, ProductDecision
from models.front_office.sales.orders import Order
from models.front_office.service.complaints import ComplaintStatus, Outcome
from models.kit.severity import Severity
from models.permissions import ROLE_PERMISSIONS, Permission, Role
from resolvers.back_office.products.decisions import decide_product
from resolvers.kit.commands import Key, Viewer
from tests.back_office.products.improving import START, a_product, complained, ordered, proposed
from tests.office import Office, do, doing, happened, history, wrong_with

DECISION = """decision { decision reasons complaints openComplaints highComplaints criticalComplaints orders unitsSold
  complaintsPerThousandOrders decidedBy { name } improvement { number }
  product { discontinued decisions { totalCount nodes { decision } } } } errors { code path }"""


@pytest.fixture
async def product(office: Office) -> Product:
    """A new product: nobody has ordered it yet."""
    return await Product.create(sku="Z-1", name="New", currency="USD", list_price_minor=100)


async def test_a_decision_keeps_the_figures_of_its_day(office: Office, developer: Viewer, product: Product) -> None:
    ended: dict[str, Any] = {"closed_at": START, "closing_reason": "x", "status": ComplaintStatus.CLOSED}
    await complained(START, product_id=product.id, severity=Severity.CRITICAL)
    await complained(START, product_id=product.id, severity=Severity.HIGH, outcome=Outcome.WITHDRAWN, **ended)
    await complained(START, product_id=product.id, severity=Severity.HIGH, outcome=Outcome.DUPLICATE, **ended)
    await complained(START)
    await ordered(START, product, times=3)
    cancelled = await Order.all().order_by("-id").first()
    assert cancelled is not None
    await Order.filter(id=cancelled.id).update(status="CANCELLED", cancelled_at=START)
    about = {"product": f"prd_{product.id}", "reasons": "It breaks. 😀"}
    payload = await office.send(developer, "decideProduct", DECISION, decision="WITHDRAW", **about)
    assert payload == {
        "decision": {
            "decision": "WITHDRAW",
            "reasons": "It breaks. 😀",
            "complaints": 2,
            "openComplaints": 1,
            "highComplaints": 1,
            "criticalComplaints": 1,
            "orders": 3,
            "unitsSold": 12,
            "complaintsPerThousandOrders": "666.67",
            "decidedBy": {"name": developer.name},
            "improvement": None,
            "product": {"discontinued": True, "decisions": {"totalCount": 1, "nodes": [{"decision": "WITHDRAW"}]}},
        },
        "errors": [],
    }
    assert (await history(kind="PRODUCT_DECIDED")) == [("PRODUCT_DECIDED", developer.account, None)]
    # A product that nobody ordered has no rate, and who thinks otherwise decides again.
    payload = await office.send(developer, "decideProduct", DECISION, decision="KEEP", **about)
    decided = payload["decision"]["product"]
    assert [one["decision"] for one in decided["decisions"]["nodes"]] == ["KEEP", "WITHDRAW"]
    assert decided["discontinued"] is False
    # Only a decision's withdrawal is undone by a decision.
    await Product.filter(id=product.id).update(status=ProductStatus.WITHDRAWN)
    payload = await office.send(developer, "decideProduct", DECISION, decision="IMPROVE", **about)
    assert payload["decision"]["product"]["discontinued"] is True


async def test_it_may_rest_on_an_improvement_of_the_product(
    developer: Viewer, product: Product, manager: Viewer
) -> None:
    other = await a_product()
    ours = await proposed(manager, await complained(START, product_id=product.id))
    theirs = await proposed(manager, await complained(START, product_id=other.id))

    async def decided(improvement: Any, reasons: str = "Better soon.", key: Any = product.id) -> list[tuple[str, str]]:
        named = {"product": key, "improvement": Key(improvement)}
        return await wrong_with(doing(decide_product, developer, decision=Decision.IMPROVE, reasons=reasons, **named))

    assert await decided(ours.id) == []
    assert await decided(theirs.id) == [("INVALID", "improvement")]
    missing = [("INVALID", "reasons"), ("NOT_FOUND", "product"), ("NOT_FOUND", "improvement")]
    assert await decided(None, " ", uuid4()) == missing
    assert (await happened(ours.id))[-1] == "PRODUCT_DECIDED"
    row = await ProductDecision.get(product_id=product.id)
    assert (row.orders, row.average_rating) == (0, None)


async def test_a_decision_is_never_changed(developer: Viewer, product: Product) -> None:
    await do(decide_product, developer, product, decision=Decision.KEEP, reasons="Sells.")
    with pytest.raises(IntegrityError, match="append-only"):
        await ProductDecision.all().update(reasons="Never said so.")
    with pytest.raises(IntegrityError, match="append-only"):
        await ProductDecision.all().delete()


def test_only_product_developers_and_the_back_office_manager_decide() -> None:
    deciders = {role for role, held in ROLE_PERMISSIONS.items() if Permission.DECIDE_PRODUCTS in held}
    assert deciders == {Role.PRODUCT_DEVELOPER, Role.BACK_OFFICE_MANAGER}
