"""Orders in tests: products with so much in stock, and the verbs on orders, sent as documents."""

from datetime import timedelta
from typing import Any

from models.back_office.logistics.inventory import Batch, BatchStatus, Location, LocationKind
from models.back_office.logistics.inventory.stock import MoveKind, StockMove
from models.back_office.products.catalogue import Product
from models.kit.base import new_id, now
from resolvers.kit.viewer import Viewer
from tests.office import Office, alfreds

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
        "customerReturn { id number status version nextStatuses reasonText closingReason complaint { id }"
        " lines { id position quantity condition disposition batch { id } } } maskedText",
    ),
    "refundOrder": "refund { id number amount { amount } reason lines { quantity net { amount } tax { amount } } }"
    " order { paymentState refunded { amount } } maskedText amount { amount currency }",
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


async def stocked(quantity: int, price_minor: int = 1000, **others: Any) -> Product:
    """A product of which so much can be promised."""
    key = new_id()
    given: dict[str, Any] = {"currency": "USD", "list_price_minor": price_minor, "sku": f"T-{str(key)[-8:]}"}
    product = await Product.create(id=key, name=f"Tea {str(key)[-8:]}", **given | others)
    if quantity:
        await bring(product, quantity)
    return product


async def bring(product: Product, quantity: int, expires_in_days: int | None = None) -> Batch:
    """More of a product, as a batch of its own."""
    at, key = now(), new_id()
    expires_on = None if expires_in_days is None else (at + timedelta(days=expires_in_days)).date()
    batch = await Batch.create(
        id=key,
        number=f"B-{str(key)[-12:]}",
        product_id=product.id,
        status=BatchStatus.RELEASED,
        made_at=at,
        expires_on=expires_on,
    )
    shelf = await Location.filter(kind=LocationKind.STORAGE).order_by("id").first()
    assert shelf is not None
    await StockMove.create(
        product_id=product.id,
        location_id=shelf.id,
        batch_id=batch.id,
        kind=MoveKind.RECEIPT,
        quantity=quantity,
        at=at,
    )
    return batch


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
