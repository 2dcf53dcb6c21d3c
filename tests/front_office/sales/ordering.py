"""Orders in tests: products with so much in stock, and the verbs on orders, sent as documents."""

from typing import Any

from models.back_office.products.catalogue import Product
from resolvers.kit.commands import Viewer
from tests.back_office.logistics.stocking import a_product, put
from tests.office import Office, alfreds, wrong_in

ORDER = (
    "id number status version nextStatuses total { amount } paymentState"
    " lines { id position quantity allocatedQuantity backorderedQuantity total { amount } }"
)
_AMOUNTS = "net { amount } tax { amount currency } total { amount }"
OUTCOME = f"{_AMOUNTS} needsApproval warnings lines {{ position {_AMOUNTS} allocated backordered }}"
_SHOWN = {
    "addOrderLine": f"order {{ {ORDER} }} outcome {{ {OUTCOME} }}",
    "changeOrderLine": f"order {{ {ORDER} }} outcome {{ {OUTCOME} }}",
    "holdOrder": f"order {{ {ORDER} holdReason }} maskedText",
    "cancelOrder": f"order {{ {ORDER} cancellationReason }} maskedText",
    "recordPayment": f"payment {{ id amount {{ amount }} reference }} order {{ {ORDER} }}",
    "reversePayment": f"payment {{ id amount {{ amount }} reference }} order {{ {ORDER} }}",
    **dict.fromkeys(
        ("requestReturn", "refuseReturn", "closeReturn", "authoriseReturn", "receiveReturn", "inspectReturn"),
        "customerReturn { id number status version nextStatuses reasonText closingReason"
        " lines { id position quantity condition disposition batch { id } } } maskedText",
    ),
    **dict.fromkeys(
        ("refundOrder", "approveRefund", "rejectRefund"),
        "refund { id number amount { amount } reason lines { quantity net { amount } tax { amount } } } proposal { id status"
        " amount { amount } lines { quantity amount { amount } } } order { paymentState refunded { amount } }"
        " maskedText amount { amount currency } needsApproval",
    ),
    "replaceOrderLines": "order { id number status total { amount } replaces { id } lines { quantity allocatedQuantity } }",
    "setCreditLimit": "customer { creditLimit { amount currency } }",
    "setTaxRate": "taxRate { id country rateBasisPoints validFrom validUntil version }",
    "setDiscountLimit": "discountLimit { id role limitBasisPoints version }",
}


async def send(office: Office, viewer: Viewer, verb: str, **given: Any) -> dict[str, Any]:
    """The payload of a verb on orders, as it is, errors and all."""
    shown = _SHOWN.get(verb, f"order {{ {ORDER} }} outcome {{ {OUTCOME} }}")
    errors = "errors { code message path ... on OutOfStock { available } ... on IllegalTransition { nextStatuses } }"
    return await office.send(viewer, verb, f"{shown} {errors}", **given)


async def done(office: Office, viewer: Viewer, verb: str, **given: Any) -> dict[str, Any]:
    """The payload of a verb that must have been done."""
    payload = await send(office, viewer, verb, **given)
    assert payload["errors"] == [], payload
    return payload


async def refused(office: Office, viewer: Viewer, verb: str, **given: Any) -> list[tuple[str, str]]:
    """The code and the member of each reason why a verb is refused; none when it is done."""
    return wrong_in(await send(office, viewer, verb, **given))


async def codes(office: Office, viewer: Viewer, verb: str, **given: Any) -> list[str]:
    """The codes alone."""
    return [code for code, _ in await refused(office, viewer, verb, **given)]


async def seen(office: Office, viewer: Viewer, key: str, shown: str, named: str = "Order") -> Any:
    """What somebody sees of an order or another record, of which `shown` is selected; the value alone of a single field."""
    return await office.find(
        viewer, f"query ($id: ID!) {{ node(id: $id) {{ ... on {named} {{ {shown} }} }} }}", {"id": key}
    )


async def needed(office: Office, viewer: Viewer, key: str, shown: str) -> set[str]:
    """The permissions that somebody lacks who asks for so much of an order, and is refused all of it."""
    answer = await office.ask(
        viewer, f"query ($id: ID!) {{ node(id: $id) {{ ... on Order {{ {shown} }} }} }}", {"id": key}
    )
    assert "data" not in answer
    return {error["extensions"]["permission"] for error in answer["errors"]}


async def stocked(quantity: int, price_minor: int = 1000, **others: Any) -> Product:
    """A product of which so much can be promised."""
    product = await a_product(list_price_minor=price_minor, **others)
    if quantity:
        await put(product, quantity)
    return product


def line(product: Product, quantity: int, discount: int = 0) -> dict[str, Any]:
    """A line as an input has it."""
    return {"product": f"prd_{product.id}", "quantity": quantity, "discountBasisPoints": discount}


async def drafted(office: Office, agent: Viewer, *lines: dict[str, Any], **others: Any) -> dict[str, Any]:
    """A draft of Alfreds Futterkiste."""
    customer = f"cus_{(await alfreds()).id}"
    return (await done(office, agent, "draftOrder", customer=customer, lines=list(lines), **others))["order"]


async def placed(office: Office, agent: Viewer, *lines: dict[str, Any], **others: Any) -> dict[str, Any]:
    """A placed order of Alfreds Futterkiste."""
    draft = await drafted(office, agent, *lines, **others)
    return (await done(office, agent, "placeOrder", order=draft["id"]))["order"]
