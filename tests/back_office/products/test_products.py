"""Products: what they cost, and who supplies them, is told only to those who deal with it."""

from typing import Any

from models.back_office.products.catalogue import Product
from models.permissions import ROLE_PERMISSIONS, Permission, Role
from tests.office import Office

STAFF = (
    "service sales marketing front.manager development production logistics accounting hr it legal office back.manager"
).split()
KNOW_PRICE = {"service", "sales", "marketing", "front.manager", "development", "accounting", "back.manager"}
KNOW_COST = {"development", "production", "accounting", "back.manager"}
KNOW_SUPPLIERS = KNOW_COST | {"logistics"}


async def door(office: Office, address: str) -> str:
    viewer = await office.somebody(address)
    return "frontOffice" if viewer.may(Permission.ENTER_FRONT_OFFICE) else "backOffice"


SENSITIVE = [
    ("{ nodes { listPrice { amount } } }", "READ_LIST_PRICES", KNOW_PRICE),
    ("{ nodes { listPriceHistory { totalCount } } }", "READ_LIST_PRICES", KNOW_PRICE),
    ("{ nodes { cost { amount } } }", "READ_COST_PRICE", KNOW_COST),
    ("{ nodes { supplierName } }", "READ_SUPPLIERS", KNOW_SUPPLIERS),
    ('(filter: {supplierName: {eq: "Exotic Liquids"}}) { totalCount }', "READ_SUPPLIERS", KNOW_SUPPLIERS),
    ("{ nodes { supplier { __typename } } }", "READ_SUPPLIERS", KNOW_SUPPLIERS),
]


async def test_what_is_sensitive_of_a_product_is_refused_in_every_way_to_who_may_not_know(office: Office) -> None:
    for address in STAFF:
        viewer, entry = await office.somebody(address), await door(office, address)
        for ask, permission, know in SENSITIVE:
            answer = await office.ask(viewer, f"{{ {entry} {{ products{ask} }} }}")
            if address in know:
                assert "errors" not in answer, (address, answer)
                continue
            assert "data" not in answer, (address, ask)
            assert [error["extensions"]["permission"] for error in answer["errors"]] == [permission]


async def test_both_offices_see_the_same_product(office: Office) -> None:
    seen: list[Any] = []
    for address in STAFF:
        fields = "sku name category { name } status unitsInStock discontinued"
        query = f"{{ {await door(office, address)} {{ products(first: 100) {{ nodes {{ {fields} }} }} }} }}"
        seen.append(await office.find(await office.somebody(address), query))
    assert len(seen[0]) == 77
    assert all(products == seen[0] for products in seen)


async def test_an_agent_finds_a_product_by_what_is_written_in_its_name_or_number(office: Office) -> None:
    agent, developer = await office.somebody("sales"), await office.somebody("development")

    async def found(text: str) -> list[str]:
        query = "query ($text: String!) { frontOffice { products(search: $text) { nodes { name } } } }"
        return [node["name"] for node in await office.find(agent, query, {"text": text})]

    assert await found("GUARANÁ") == await found("guarana fan") == ["Guaraná Fantástica"]
    assert await found("frankfurter gruene") == []
    assert await found("") == (await found(" "))[:20] != []
    product = await Product.get(name="Guaraná Fantástica")
    assert await found(product.sku.lower()) == [product.name]
    given = {"product": f"prd_{product.id}", "name": "Limonáda"}
    assert await office.send(developer, "changeProduct", "errors { message }", **given) == {"errors": []}
    assert (await found("limonada"), await found("guarana")) == (["Limonáda"], [])


async def test_amounts_have_the_decimals_of_their_currency(office: Office) -> None:
    accounting = await office.somebody("accounting")
    for currency, shown in {"USD": "12345.67", "JPY": "1234567", "KWD": "1234.567"}.items():
        product = await Product.create(sku=f"X-{currency}", name="A", currency=currency, list_price_minor=1_234_567)
        seen = await office.read(accounting, product, "listPrice { amount currency } cost { amount }")
        assert seen == {"listPrice": {"amount": shown, "currency": currency}, "cost": None}


def test_the_front_office_knows_no_cost_price() -> None:
    for role, held in ROLE_PERMISSIONS.items():
        if Permission.ENTER_FRONT_OFFICE in held:
            assert not held & {Permission.READ_COST_PRICE, Permission.READ_SUPPLIERS}, role
    assert Permission.READ_COST_PRICE in ROLE_PERMISSIONS[Role.ACCOUNTANT]
