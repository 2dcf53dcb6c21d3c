"""Changing products: added as drafts, described, priced and withdrawn, with histories that tell only who may know."""

from typing import Any

from models.back_office.products.catalogue import CostChange, ListPriceChange, Product
from models.back_office.purchasing import PurchaseOrderLine, Supplier
from models.kit.base import new_id
from models.permissions import Department, Role
from resolvers.kit.commands import Viewer
from tests.office import Office, at_once, codes_in, hire, wrong_in

ERRORS = "errors { code path ... on IllegalTransition { from nextStatuses } }"
PRODUCT = f"""product {{ id sku name status nextStatuses unit quantityPerUnit warrantyMonths shelfLifeDays version
  category {{ name }} supplier {{ name }} listPrice {{ amount currency }} cost {{ amount }} }} {ERRORS}"""


TEA: dict[str, Any] = {
    "sku": "TEA-1",
    "name": "Tea 😀",
    "unit": "GRAM",
    "listPrice": "12.50",
    "currency": "EUR",
    "cost": "7.05",
}


async def test_a_product_lives_from_draft_to_withdrawal(office: Office, developer: Viewer) -> None:
    given: dict[str, Any] = {**TEA, "warrantyMonths": 0, "shelfLifeDays": 400, "quantityPerUnit": " "}
    made = (await office.send(developer, "addProduct", PRODUCT, **given))["product"]
    assert (made["status"], made["unit"], made["version"]) == ("DRAFT", "GRAM", 1)
    assert (made["warrantyMonths"], made["shelfLifeDays"], made["quantityPerUnit"]) == (None, 400, None)
    assert made["nextStatuses"] == ["ON_SALE", "WITHDRAWN"]
    category = (
        await office.send(developer, "addProductCategory", "category { id name } errors { code }", name="Teas")
    )["category"]
    later = await office.send(
        developer, "changeProduct", PRODUCT, product=made["id"], category=category["id"], name="Green tea"
    )
    assert (later["product"]["name"], later["product"]["category"]) == ("Green tea", {"name": "Teas"})
    later = await office.send(developer, "changeProduct", PRODUCT, product=made["id"], noCategory=True, shelfLifeDays=0)
    assert (later["product"]["category"], later["product"]["shelfLifeDays"]) == (None, None)
    refused = await office.send(developer, "phaseOut", PRODUCT, product=made["id"])
    offered = {"from": "DRAFT", "nextStatuses": ["ON_SALE", "WITHDRAWN"]}
    assert refused["errors"] == [{"code": "ILLEGAL_TRANSITION", "path": ["input", "product"], **offered}]
    for verb, status in (("putOnSale", "ON_SALE"), ("phaseOut", "PHASING_OUT"), ("withdrawProduct", "WITHDRAWN")):
        assert (await office.send(developer, verb, PRODUCT, product=made["id"]))["product"]["status"] == status


async def test_what_is_put_on_sale_or_gets_a_supplier_is_bought_when_it_is_below_its_reorder_point(
    office: Office, developer: Viewer
) -> None:
    supplier, other = [f"sup_{one.id}" for one in await Supplier.all().order_by("name").limit(2)]
    made = (await office.send(developer, "addProduct", PRODUCT, **TEA, supplier=supplier))["product"]
    product = await Product.get(sku=TEA["sku"])
    await Product.filter(id=product.id).update(reorder_level=5, reorder_quantity=10)
    proposed = PurchaseOrderLine.filter(product_id=product.id, purchase_order__proposed=True)
    await office.send(developer, "changeProduct", PRODUCT, product=made["id"], noSupplier=True)
    await office.send(developer, "putOnSale", PRODUCT, product=made["id"])
    assert await proposed.count() == 0
    await office.send(developer, "changeProduct", PRODUCT, product=made["id"], supplier=other)
    assert await proposed.count() == 1
    await proposed.delete()
    await office.send(developer, "phaseOut", PRODUCT, product=made["id"])
    assert await proposed.count() == 0
    await office.send(developer, "putOnSale", PRODUCT, product=made["id"])
    assert [line.quantity for line in await proposed] == [10]


async def test_prices_and_costs_keep_their_histories(office: Office, developer: Viewer) -> None:
    made = (await office.send(developer, "addProduct", PRODUCT, **TEA))["product"]
    after = await office.send(
        developer, "setListPrice", PRODUCT, product=made["id"], amount="13.00", reason="Dearer crop."
    )
    assert after["product"]["listPrice"] == {"amount": "13.00", "currency": "EUR"}
    after = await office.send(developer, "setCost", PRODUCT, product=made["id"], amount="0", expectedVersion=2)
    assert (after["product"]["cost"], after["product"]["version"]) == ({"amount": "0.00"}, 3)
    stale = await office.send(developer, "setCost", PRODUCT, product=made["id"], amount="1.001", expectedVersion=1)
    assert wrong_in(stale) == [("STALE_VERSION", "expectedVersion"), ("INVALID", "amount")]
    asked = """query ($id: ID!) { node(id: $id) { ... on Product { %s
      listPriceHistory { nodes { amount { amount } changedBy { name } } } history { nodes { kind } } } } }"""
    costs = "costHistory { nodes { amount { amount } } } c: listPriceHistory { nodes { reason } }"
    node = (await office.ask(developer, asked % costs, {"id": made["id"]}))["data"]["node"]
    assert [one["amount"]["amount"] for one in node["costHistory"]["nodes"]] == ["0.00", "7.05"]
    assert [one["reason"] for one in node["c"]["nodes"]] == ["Dearer crop.", None]
    assert node["listPriceHistory"]["nodes"][0] == {
        "amount": {"amount": "13.00"},
        "changedBy": {"name": developer.name},
    }
    told = [one["kind"] for one in node["history"]["nodes"]]
    assert told == ["PRODUCT_ADDED", "PRODUCT_CHANGED", "PRODUCT_CHANGED"]
    # Sales sees prices, and does not even learn when a cost was set.
    sales = await office.somebody("sales")
    node = (await office.ask(sales, asked % "", {"id": made["id"]}))["data"]["node"]
    assert [one["amount"]["amount"] for one in node["listPriceHistory"]["nodes"]] == ["13.00", "12.50"]
    assert [one["kind"] for one in node["history"]["nodes"]] == ["PRODUCT_ADDED"]
    refused = await office.ask(sales, asked % costs, {"id": made["id"]})
    assert {error["extensions"]["coordinate"] for error in refused["errors"]} >= {
        "Product.costHistory",
        "ListPriceChange.reason",
    }


async def test_everything_wrong_with_a_product_is_reported_at_once(office: Office, developer: Viewer) -> None:
    await office.send(developer, "addProduct", PRODUCT, **TEA)
    wrong: dict[str, Any] = {
        **TEA,
        "sku": "x" * 21,
        "name": " ",
        "listPrice": "-1",
        "cost": "1.005",
        "category": f"pct_{new_id()}",
        "supplier": "cus_1",
        "warrantyMonths": -1,
        "shelfLifeDays": 99_999,
    }
    refused = await office.send(developer, "addProduct", PRODUCT, **wrong)
    members = {error["path"][1] for error in refused["errors"]}
    assert members == set(wrong) - {"unit", "currency"}
    refused = await office.send(developer, "addProduct", PRODUCT, **TEA)
    assert wrong_in(refused) == [("TAKEN", "sku")]
    for sku, code in (
        ("ＴＥＡ－１", "TAKEN"),
        (" TEA-1\u3000", "TAKEN"),
        ("TEA\u200b-1", "INVALID"),
        ("TEA\t\x07-1", "INVALID"),
    ):
        assert wrong_in(await office.send(developer, "addProduct", PRODUCT, **TEA | {"sku": sku})) == [(code, "sku")]
    nothing = await office.send(
        developer, "changeProduct", PRODUCT, product=f"prd_{(await Product.get(sku='TEA-1')).id}"
    )
    assert wrong_in(nothing) == [("NOTHING_TO_CHANGE", "product")]


async def test_of_two_who_add_the_same_number_at_once_one_is_told(office: Office, developer: Viewer) -> None:
    manager = await hire("Second Manager", [Role.BACK_OFFICE_MANAGER], [Department.ADMINISTRATION])
    both = await at_once(*(office.send(who, "addProduct", PRODUCT, **TEA) for who in (developer, manager)))
    assert sorted(codes_in(one) for one in both) == [[], ["TAKEN"]]
    [made] = await Product.filter(sku="TEA-1")
    assert await ListPriceChange.filter(product_id=made.id).count() == 1
    assert await CostChange.filter(product_id=made.id).count() == 1


async def test_a_category_has_a_name_of_its_own(office: Office, developer: Viewer) -> None:
    fields = "category { id name version } errors { code path }"
    made = (await office.send(developer, "addProductCategory", fields, name="Teas"))["category"]
    renamed = await office.send(developer, "renameProductCategory", fields, category=made["id"], name="Tea")
    assert renamed == {"category": {**made, "name": "Tea", "version": 2}, "errors": []}
    for name, code in (
        ("Beverages", "TAKEN"),
        ("Ｂeverages ", "TAKEN"),
        (" ", "INVALID"),
        ("Tea\u2060s", "INVALID"),
        ("x" * 101, "INVALID"),
    ):
        refused = await office.send(developer, "renameProductCategory", fields, category=made["id"], name=name)
        assert wrong_in(refused) == [(code, "name")]
