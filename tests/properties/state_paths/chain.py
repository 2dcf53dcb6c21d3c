"""The ways from order to delivery and back, in a house with plenty of everything but for what a situation is about."""

from itertools import count
from typing import Any
from uuid import UUID

from models.back_office.logistics.inventory import (
    Location,
    LocationKind,
    Warehouse,
)
from models.back_office.products.catalogue import Product, ProductStatus
from models.back_office.purchasing import PurchaseLimit, PurchaseOrderLine, Supplier
from models.both_offices.accounts import Account
from models.front_office.after_sales.returns import ReturnLine
from models.front_office.customers import Customer
from models.front_office.sales.orders import OrderLine
from models.kit.base import now
from models.permissions import Role
from tests.properties.adversarial.making import key
from tests.properties.canaries.company import base
from tests.properties.furnishing import bill_for, lay_down, limit_discounts, open_warehouse
from tests.properties.state_paths.steps import Told, Way, by, walkers, way

AGENT, SALES, BOSS = Role.SERVICE_AGENT, Role.SALES_REPRESENTATIVE, Role.FRONT_OFFICE_MANAGER
CLERK, PLANNER, DEVELOPER = Role.LOGISTICS_CLERK, Role.PRODUCTION_PLANNER, Role.PRODUCT_DEVELOPER
CHIEF, ACCOUNTANT = Role.BACK_OFFICE_MANAGER, Role.ACCOUNTANT

# --- What there is ---

CUSTOMER, SUPPLIER, OTHER_SUPPLIER = f"cus_{key(2, 1)}", f"sup_{key(13, 1)}", f"sup_{key(13, 2)}"
MAIN, BARE_HOUSE = key(19, 1), key(19, 2)
PLACES = {kind: key(20, n) for n, kind in enumerate(LocationKind, start=1)}
"""In the main house, one of each kind."""
SHELF, PACKING = f"loc_{PLACES[LocationKind.STORAGE]}", f"loc_{PLACES[LocationKind.PACKING]}"
BARE_SHELF = key(20, 20)
SHELVES = [f"loc_{key(20, 30 + n)}" for n in range(7)]
"""More places of storage, for stock counts, of which a place has one at a time."""

FROM_THERE: dict[str, Any] = {"from": SHELVES[6]}

PLENTY = 1_000_000

TEA, TIN, GIFT, TRIAL = (f"prd_{key(3, n)}" for n in (51, 52, 53, 54))
SCARCE, ENDING = f"prd_{key(3, 55)}", f"prd_{key(3, 56)}"
"""There are two of each, and of what ends there will be no more."""
SOON_GONE, SOON_ENDING, RING = f"prd_{key(3, 57)}", f"prd_{key(3, 58)}", f"prd_{key(3, 59)}"
"""What is withdrawn, and what is phased out, after it was asked for; and what is made of what is made of it."""
DOUBTFUL, SUSPECT = f"prd_{key(3, 60)}", f"prd_{key(3, 61)}"
"""Of which a batch is held back after it was promised."""
FAR = f"prd_{key(3, 62)}"
"""Which lies where nothing is packed."""
CRATE = f"prd_{key(3, 63)}"
"""Which can be made as often as somebody likes; of gifts, four can be made."""

STOCK: dict[str, tuple[UUID, int]] = {
    TEA: (PLACES[LocationKind.STORAGE], PLENTY),
    TIN: (PLACES[LocationKind.STORAGE], PLENTY),
    SCARCE: (PLACES[LocationKind.STORAGE], 2),
    ENDING: (PLACES[LocationKind.STORAGE], 2),
    SOON_GONE: (PLACES[LocationKind.STORAGE], PLENTY),
    DOUBTFUL: (PLACES[LocationKind.STORAGE], PLENTY),
    SUSPECT: (PLACES[LocationKind.STORAGE], PLENTY),
    FAR: (BARE_SHELF, PLENTY),
}

MADE_OF = {GIFT: SCARCE, CRATE: TIN, SOON_ENDING: TIN}
"""Two pieces are made of three teas and one of these."""


def batch_of(product: str) -> str:
    """The batch that there is of a product."""
    return f"bat_{product[4:]}"


async def found_house() -> None:
    """Staff, a customer, a supplier, two warehouses, and products, of which one is made of two others."""
    rows = base()
    await Account.bulk_create([Account(**row) for row in rows[Account]])
    await Customer.bulk_create([Customer(**row) for row in rows[Customer]])
    await limit_discounts(1000, 3000)
    await PurchaseLimit.filter(currency="EUR").delete()
    await PurchaseLimit.create(role=CHIEF, limit_minor=10_000, currency="EUR")
    for supplier in (SUPPLIER, OTHER_SUPPLIER):
        await Supplier.create(
            id=supplier[4:],
            number=f"S-{supplier[-1]}",
            name="Leaves",
            country="India",
            over_receipt_basis_points=1000,
            currency="EUR",
        )
    await open_warehouse(MAIN, PLACES, "Mexico")
    await Warehouse.create(id=BARE_HOUSE, code="BARE", name="Bare", country="Mexico")
    for place in SHELVES:
        await Location.create(id=place[4:], warehouse_id=MAIN, code=place[-4:], kind=LocationKind.STORAGE)
    await Location.create(id=BARE_SHELF, warehouse_id=BARE_HOUSE, code="SHELF", kind=LocationKind.STORAGE)
    ends = {TRIAL: ProductStatus.DRAFT, ENDING: ProductStatus.PHASING_OUT}
    for number, product in enumerate(
        (TEA, TIN, GIFT, TRIAL, SCARCE, ENDING, SOON_GONE, SOON_ENDING, RING, DOUBTFUL, SUSPECT, FAR, CRATE), start=1
    ):
        await Product.create(
            id=product[4:],
            sku=f"W-{number}",
            name=f"Product {number}",
            status=ends.get(product, ProductStatus.ON_SALE),
            list_price_minor=1000,
            cost_price_minor=None if product == TRIAL else 100,
            currency="EUR",
            is_made=product in MADE_OF,
        )
    for product, (place, quantity) in STOCK.items():
        await lay_down(product[4:], UUID(batch_of(product)[4:]), f"LOT-{product[-4:]}", place, quantity, now())
    for product, component in MADE_OF.items():
        await bill_for(product[4:], 2, {TEA[4:]: 3, component[4:]: 1}, now())


# --- What verbs lead where, and what they are given ---

_numbers = count(1)


def _lines(*wanted: tuple[str, int]) -> list[dict[str, Any]]:
    return [{"product": product, "quantity": quantity} for product, quantity in wanted]


GIVEN: dict[str, dict[str, Any]] = {
    "draftOrder": {"customer": CUSTOMER, "lines": _lines((TEA, 2), (TIN, 1))},
    "requestReturn": {"lines": [{"orderLine": "orderLine", "quantity": 1}], "reason": "DEFECTIVE"},
    "receiveReturn": {"warehouse": f"whs_{MAIN}"},
    "inspectReturn": {
        "lines": [{"returnLine": "returnLine", "condition": "UNOPENED", "disposition": "RESTOCK"}],
        "restockTo": SHELF,
    },
    "addProduct": {"sku": lambda: f"NEW-{next(_numbers)}", "listPrice": "10.00", "currency": "EUR"},
    "draftBill": {"lines": [{"component": TEA, "quantity": 2}]},
    "planWorkOrder": {"product": GIFT, "quantity": 4, "warehouse": f"whs_{MAIN}", "plannedFor": "2027-01-04"},
    "completeWorkOrder": {"completedQuantity": 3, "location": SHELF},
    "checkBatch": {"passed": True},
    "draftPurchaseOrder": {"supplier": SUPPLIER, "warehouse": f"whs_{MAIN}", "lines": _lines((TEA, 5))},
    "closePurchaseOrder": {"reason": "They have none."},
    "recordCount": {"lines": [{"batch": batch_of(TEA), "counted": 3}]},
    "transferStock": {"from": SHELF, "quantity": PLENTY},
}
"""What an input is given besides ids, texts and first values of enumerations, so that the verb can succeed."""


async def look(told: Told) -> None:
    """The lines of what was told of last."""
    if "order" in told:
        lines = await OrderLine.filter(order_id=told["order"][4:]).order_by("position")
        told |= {name: f"oli_{line.id}" for name, line in zip(("orderLine", "otherLine"), lines, strict=False)}
    if "customerReturn" in told:
        line = await ReturnLine.filter(customer_return_id=told["customerReturn"][4:]).order_by("position").first()
        assert line is not None
        told["returnLine"] = f"rtl_{line.id}"
    if "purchaseOrder" in told:
        asked = await PurchaseOrderLine.filter(purchase_order_id=told["purchaseOrder"][4:]).order_by("position")
        told |= {name: f"pol_{line.id}" for name, line in zip(("asked", "alsoAsked"), asked, strict=False)}


def _came(*pieces: tuple[str, int]) -> list[dict[str, Any]]:
    return [{"purchaseOrderLine": line, "quantity": quantity, "location": SHELF} for line, quantity in pieces]


async def receipts(told: Told) -> list[dict[str, Any]]:
    """What can come of a purchase order: one piece of a line, for each line, and all that has not come."""
    lines = await PurchaseOrderLine.filter(purchase_order_id=told["purchaseOrder"][4:]).order_by("position")
    missing = {f"pol_{line.id}": line.quantity - line.received_quantity for line in lines}
    whole = [(line, quantity) for line, quantity in missing.items() if quantity > 0]
    return [
        *({"lines": _came((line, 1))} for line in missing),
        {"lines": _came(*(whole or [(next(iter(missing)), 1)]))},
    ]


# --- The ways ---

_SHIPPED = (by(CLERK, "createShipment"), by(CLERK, "pickShipment"), by(CLERK, "packShipment"))
_IN_PART = (by(CLERK, "createShipment", lines=["orderLine"]), *_SHIPPED[1:])
_NO_REST = [{"orderLine": "otherLine", "quantity": 0}]

_ORDERS: dict[str, Way] = {
    "ord DRAFT": way("", by(SALES, "draftOrder")),
    "ord DRAFT without lines": way("", by(SALES, "draftOrder", lines=[], currency="EUR")),
    "ord DRAFT above a limit": way("", by(SALES, "draftOrder", discountBasisPoints=2000)),
    "ord DRAFT above all limits": way("", by(SALES, "draftOrder", discountBasisPoints=4000)),
    "ord DRAFT whose discount waits": way("ord DRAFT above a limit", by(SALES, "askForDiscount")),
    "ord DRAFT whose discount was approved": way("ord DRAFT whose discount waits", by(BOSS, "approveDiscount")),
    "ord DRAFT whose discount was rejected": way("ord DRAFT whose discount waits", by(BOSS, "rejectDiscount")),
    "ord DRAFT of what was withdrawn": way(
        "", by(SALES, "draftOrder", lines=_lines((SOON_GONE, 1))), by(CHIEF, "withdrawProduct", product=SOON_GONE)
    ),
    "ord DRAFT of more than there is": way("", by(SALES, "draftOrder", lines=_lines((SCARCE, 3)))),
    "ord DRAFT of all that there is at once": way(
        "", by(SALES, "draftOrder", lines=_lines((SCARCE, 2)), shortagePolicy="REFUSE")
    ),
    "ord DRAFT of more than there is at once": way(
        "", by(SALES, "draftOrder", lines=_lines((SCARCE, 2), (SCARCE, 1)), shortagePolicy="REFUSE")
    ),
    "ord DRAFT of all that there will ever be": way("", by(SALES, "draftOrder", lines=_lines((ENDING, 2)))),
    "ord DRAFT of more than there will ever be": way("", by(SALES, "draftOrder", lines=_lines((TEA, 1), (ENDING, 3)))),
    "ord PLACED": way("", by(SALES, "draftOrder", place=True)),
    "ord PLACED with a pick list": way("ord PLACED", by(CLERK, "createShipment")),
    "ord PLACED with a pick list given up": way("ord PLACED with a pick list", by(CLERK, "cancelShipment")),
    "ord PLACED packed": way("ord PLACED", *_SHIPPED),
    "ord PLACED packed in part": way("ord PLACED", *_IN_PART),
    "ord ON_HOLD": way("ord PLACED", by(SALES, "holdOrder")),
    "ord ON_HOLD with a pick list": way("ord PLACED with a pick list", by(SALES, "holdOrder")),
    "ord ON_HOLD shipped in part": way("ord PARTLY_SHIPPED", by(SALES, "holdOrder")),
    "ord ON_HOLD and what was shipped arrived": way("ord ON_HOLD shipped in part", by(CLERK, "deliverShipment")),
    "ord PARTLY_SHIPPED": way("ord PLACED packed in part", by(CLERK, "shipShipment")),
    "ord PARTLY_SHIPPED resumed": way("ord ON_HOLD shipped in part", by(SALES, "resumeOrder")),
    "ord PARTLY_SHIPPED and that arrived": way("ord PARTLY_SHIPPED", by(CLERK, "deliverShipment")),
    "ord PARTLY_SHIPPED and the rest packed": way("ord PARTLY_SHIPPED", *_SHIPPED),
    "ord SHIPPED": way("ord PLACED packed", by(CLERK, "shipShipment")),
    "ord SHIPPED after it was held": way("ord ON_HOLD shipped in part", by(SALES, "amendOrder", changes=_NO_REST)),
    "ord DELIVERED": way("ord SHIPPED", by(CLERK, "deliverShipment")),
    "ord CANCELLED": way("ord PLACED", by(SALES, "cancelOrder")),
}

_RETURNS: dict[str, Way] = {
    "ret REQUESTED": way("ord SHIPPED", by(SALES, "requestReturn")),
    "ret AUTHORISED": way("ret REQUESTED", by(SALES, "authoriseReturn")),
    "ret RECEIVED": way("ret AUTHORISED", by(CLERK, "receiveReturn")),
    "ret INSPECTED": way("ret RECEIVED", by(CLERK, "inspectReturn")),
    "ret CLOSED": way("ret INSPECTED", by(SALES, "closeReturn")),
    "ret CLOSED because it was refused": way("ret REQUESTED", by(SALES, "refuseReturn")),
}

_PROPOSED = (
    by(ACCOUNTANT, "recordPayment", amount="50.00", currency="EUR", method="CASH"),
    by(ACCOUNTANT, "refundOrder", overpaid="1.00"),
)
_REFUNDS: dict[str, Way] = {
    "rfp PROPOSED": way("ord PLACED", *_PROPOSED),
    "rfp APPROVED": way("rfp PROPOSED", by(BOSS, "approveRefund")),
    "rfp REJECTED": way("rfp PROPOSED", by(ACCOUNTANT, "rejectRefund")),
}

_PRODUCTS: dict[str, Way] = {
    "prd DRAFT": way("", by(DEVELOPER, "addProduct")),
    "prd ON_SALE": way("prd DRAFT", by(DEVELOPER, "putOnSale")),
    "prd PHASING_OUT": way("prd ON_SALE", by(DEVELOPER, "phaseOut")),
    "prd WITHDRAWN": way("prd PHASING_OUT", by(DEVELOPER, "withdrawProduct")),
    "bom DRAFT": way("prd DRAFT", by(PLANNER, "draftBill")),
    "bom DRAFT of itself": way(
        "prd ON_SALE",
        by(PLANNER, "draftBill", other=True, product=RING, lines=[{"component": "product", "quantity": 1}]),
        by(PLANNER, "activateBill", other=True, bill="otherBill"),
        by(PLANNER, "draftBill", lines=[{"component": TEA, "quantity": 1}, {"component": RING, "quantity": 1}]),
    ),
    "bom ACTIVE": way("bom DRAFT", by(PLANNER, "activateBill")),
    "bom ACTIVE and another drafted": way("bom ACTIVE", by(PLANNER, "draftBill", other=True)),
    "bom RETIRED": way("bom ACTIVE and another drafted", by(PLANNER, "activateBill", other=True, bill="otherBill")),
}

_PRODUCTION: dict[str, Way] = {
    "wor PLANNED": way("", by(PLANNER, "planWorkOrder")),
    "wor PLANNED of what is phased out": way(
        "", by(PLANNER, "planWorkOrder", product=SOON_ENDING), by(CHIEF, "phaseOut", product=SOON_ENDING)
    ),
    "wor RELEASED": way("wor PLANNED", by(PLANNER, "releaseWorkOrder")),
    "wor RELEASED of more than can be made": way(
        "", by(PLANNER, "planWorkOrder", quantity=5), by(PLANNER, "releaseWorkOrder")
    ),
    "wor IN_PROGRESS": way(
        "",
        by(PLANNER, "planWorkOrder", product=CRATE),
        *(by(PLANNER, "releaseWorkOrder"), by(PLANNER, "startWorkOrder")),
    ),
    "wor COMPLETED": way("wor IN_PROGRESS", by(PLANNER, "completeWorkOrder")),
    "wor CANCELLED": way("wor PLANNED", by(PLANNER, "cancelWorkOrder")),
    "bat ON_HOLD": way("wor COMPLETED"),
    "bat ON_HOLD and failed": way("bat ON_HOLD", by(PLANNER, "checkBatch", passed=False)),
    "bat ON_HOLD and passed": way("bat ON_HOLD", by(PLANNER, "checkBatch")),
    "bat ON_HOLD and passed after it had failed": way("bat ON_HOLD and failed", by(PLANNER, "checkBatch")),
    "bat ON_HOLD and passed one of two": way("bat ON_HOLD and failed", by(PLANNER, "checkBatch", name="Another look")),
    "bat ON_HOLD again": way("bat RELEASED", by(PLANNER, "holdBatch")),
    "bat RELEASED": way("bat ON_HOLD and passed", by(PLANNER, "releaseBatch")),
    "bat REJECTED": way("bat ON_HOLD", by(PLANNER, "rejectBatch")),
}

_SHIPMENTS: dict[str, Way] = {
    "shp TO_PICK": way("ord PLACED with a pick list"),
    "shp TO_PICK of an order on hold": way("ord ON_HOLD with a pick list"),
    "shp TO_PICK of a batch on hold": way(
        "",
        by(SALES, "draftOrder", place=True, lines=_lines((DOUBTFUL, 1), (TEA, 1))),
        by(CLERK, "createShipment"),
        by(PLANNER, "holdBatch", batch=batch_of(DOUBTFUL)),
    ),
    "shp TO_PICK where nothing is packed": way(
        "", by(SALES, "draftOrder", place=True, lines=_lines((FAR, 1))), by(CLERK, "createShipment")
    ),
    "shp PICKED": way("shp TO_PICK", by(CLERK, "pickShipment")),
    "shp PICKED of an order on hold": way("shp PICKED", by(SALES, "holdOrder")),
    "shp PACKED": way("shp PICKED", by(CLERK, "packShipment")),
    "shp PACKED of an order on hold": way("shp PACKED", by(SALES, "holdOrder")),
    "shp PACKED of a batch on hold": way(
        "",
        by(SALES, "draftOrder", place=True, lines=_lines((SUSPECT, 1), (TEA, 1))),
        *_SHIPPED,
        by(PLANNER, "holdBatch", batch=batch_of(SUSPECT)),
    ),
    "shp SHIPPED": way("shp PACKED", by(CLERK, "shipShipment")),
    "shp SHIPPED of an order on hold": way("ord ON_HOLD shipped in part"),
    "shp DELIVERED": way("shp SHIPPED", by(CLERK, "deliverShipment")),
    "shp CANCELLED": way("shp PACKED", by(CLERK, "cancelShipment")),
}

_SENT = (by(CHIEF, "approvePurchaseOrder"), by(CLERK, "sendPurchaseOrder"))

_PURCHASES: dict[str, Way] = {
    "por DRAFT": way("", by(CLERK, "draftPurchaseOrder")),
    "por DRAFT of unknown cost": way("", by(CLERK, "draftPurchaseOrder", lines=_lines((TEA, 1), (TRIAL, 1)))),
    "por DRAFT at the limit": way("", by(CLERK, "draftPurchaseOrder", lines=_lines((TEA, 100)))),
    "por DRAFT above the limit": way("", by(CLERK, "draftPurchaseOrder", lines=_lines((TEA, 101)))),
    "por DRAFT above the limit with what went before": way(
        "",
        by(CHIEF, "draftPurchaseOrder", other=True, supplier=OTHER_SUPPLIER, lines=_lines((TEA, 90))),
        by(CHIEF, "sendPurchaseOrder", other=True, purchaseOrder="otherPurchaseOrder"),
        by(CLERK, "draftPurchaseOrder", supplier=OTHER_SUPPLIER, lines=_lines((TEA, 11))),
    ),
    "por DRAFT approved": way("por DRAFT above the limit", by(CHIEF, "approvePurchaseOrder")),
    "por DRAFT approved and changed": way(
        "por DRAFT approved", by(CLERK, "changePurchaseOrder", lines=_lines((TEA, 501)))
    ),
    "por DRAFT of what is phased out": way(
        "",
        by(CLERK, "draftPurchaseOrder", lines=_lines((TEA, 1), (SOON_ENDING, 1))),
        by(CHIEF, "approvePurchaseOrder"),
        by(CHIEF, "phaseOut", product=SOON_ENDING),
    ),
    "por SENT": way("por DRAFT", *_SENT),
    "por SENT for one piece": way("", by(CLERK, "draftPurchaseOrder", lines=_lines((TEA, 1))), *_SENT),
    "por PARTLY_RECEIVED": way("por SENT", by(CLERK, "receivePurchaseOrder", lines=_came(("asked", 2)))),
    "por PARTLY_RECEIVED all but one": way("por SENT", by(CLERK, "receivePurchaseOrder", lines=_came(("asked", 4)))),
    "por PARTLY_RECEIVED all but one, and more of another may come": way(
        "",
        by(CLERK, "draftPurchaseOrder", lines=_lines((TEA, 10), (TIN, 1))),
        *_SENT,
        by(CLERK, "receivePurchaseOrder", lines=_came(("asked", 10))),
    ),
    "por PARTLY_RECEIVED all but one, and too much of another": way(
        "",
        by(CLERK, "draftPurchaseOrder", lines=_lines((TEA, 10), (TIN, 1))),
        *_SENT,
        by(CLERK, "receivePurchaseOrder", lines=_came(("asked", 11))),
    ),
    "por RECEIVED": way("por SENT", by(CLERK, "receivePurchaseOrder", lines=_came(("asked", 5)))),
    "por CLOSED": way("por PARTLY_RECEIVED", by(CLERK, "closePurchaseOrder")),
    "por CANCELLED": way("por SENT", by(CLERK, "cancelPurchaseOrder")),
}


def _counted(product: str, quantity: int) -> list[dict[str, Any]]:
    return [{"batch": batch_of(product), "counted": quantity}]


_COUNTS: dict[str, Way] = {
    "cnt OPEN": way("", by(CLERK, "openStockCount", location=SHELVES[0])),
    "cnt OPEN and counted": way(
        "", by(CLERK, "openStockCount", location=SHELVES[1]), by(CLERK, "recordCount", lines=_counted(TEA, 3))
    ),
    "cnt OPEN and less than is promised": way(
        "",
        by(CLERK, "transferStock", batch=batch_of(DOUBTFUL), to=SHELVES[2]),
        by(SALES, "draftOrder", place=True, lines=_lines((DOUBTFUL, 3))),
        by(CLERK, "openStockCount", location=SHELVES[2]),
        by(CLERK, "recordCount", lines=_counted(DOUBTFUL, 2)),
    ),
    "cnt OPEN and less than a shipment is to fetch": way(
        "",
        by(CLERK, "transferStock", batch=batch_of(SUSPECT), to=SHELVES[3]),
        by(SALES, "draftOrder", place=True, lines=_lines((SUSPECT, 3))),
        by(CLERK, "createShipment"),
        by(CLERK, "openStockCount", location=SHELVES[3]),
        by(CLERK, "recordCount", lines=_counted(SUSPECT, 2)),
    ),
    "cnt OPEN and less than is packed": way(
        "ord PLACED packed",
        by(CLERK, "openStockCount", location=PACKING),
        by(CLERK, "recordCount", lines=_counted(TEA, 1)),
    ),
    "cnt OPEN and more has left since than was found": way(
        "",
        by(CLERK, "transferStock", batch=batch_of(SOON_GONE), quantity=5, to=SHELVES[6]),
        by(CLERK, "openStockCount", location=SHELVES[6]),
        by(CLERK, "recordCount", lines=_counted(SOON_GONE, 1)),
        by(CLERK, "transferStock", **FROM_THERE, batch=batch_of(SOON_GONE), quantity=5, to=SHELF),
    ),
    "cnt POSTED": way(
        "",
        by(CLERK, "openStockCount", location=SHELVES[4]),
        by(CLERK, "recordCount"),
        by(CLERK, "postStockCount"),
    ),
    "cnt CANCELLED": way(
        "", by(CLERK, "openStockCount", location=SHELVES[5]), by(CLERK, "recordCount"), by(CLERK, "cancelStockCount")
    ),
}

_ADDRESS = {"name": "Ann", "street": "Ring 1", "city": "Graz", "country": "Austria"}

KEEPS: dict[str, tuple[str, str, Role, dict[str, Any]]] = {
    "addOrderLine": ("ord", "DRAFT", AGENT, {"product": TEA, "quantity": 1}),
    "changeOrderLine": ("ord", "DRAFT", AGENT, {"quantity": 3}),
    "removeOrderLine": ("ord", "DRAFT", AGENT, {}),
    "setOrderAddress": ("ord", "DRAFT", AGENT, {"shipTo": _ADDRESS}),
    "setOrderDiscount": ("ord", "DRAFT", AGENT, {"discountBasisPoints": 5000}),
    "quoteOrder": ("ord", "DRAFT", AGENT, {}),
    "amendOrder": ("ord", "PLACED ON_HOLD PARTLY_SHIPPED", AGENT, {"additions": _lines((TEA, 1))}),
    "createShipment": ("ord", "PLACED PARTLY_SHIPPED", CLERK, {}),
    "recordPayment": (
        *("ord", "PLACED ON_HOLD PARTLY_SHIPPED SHIPPED DELIVERED CANCELLED", ACCOUNTANT),
        {"amount": "1.00", "currency": "EUR"},
    ),
    "requestReturn": ("ord", "PARTLY_SHIPPED SHIPPED DELIVERED", AGENT, {}),
    "replaceOrderLines": (
        *("ord", "PARTLY_SHIPPED SHIPPED DELIVERED", BOSS),
        {"lines": [{"orderLine": "orderLine", "quantity": 1}]},
    ),
    "changeBill": ("bom", "DRAFT", CHIEF, {"outputQuantity": 7}),
    "changeWorkOrder": ("wor", "PLANNED RELEASED", CHIEF, {"quantity": 7}),
    "checkBatch": ("bat", "ON_HOLD RELEASED REJECTED", CHIEF, {}),
    "changePurchaseOrder": ("por", "DRAFT", CHIEF, {"lines": _lines((TIN, 1))}),
    "approvePurchaseOrder": ("por", "DRAFT", CHIEF, {}),
    "recordCount": ("cnt", "OPEN", CLERK, {}),
}
"""Other verbs about these records: the statuses in which they succeed, who sends them, and with what. They change no status."""

CONSEQUENCES: dict[str, dict[tuple[str, str], tuple[str, Role, str, dict[str, Any]]]] = {
    "ord": {
        ("PLACED", "PARTLY_SHIPPED"): ("ord PLACED packed in part", CLERK, "shipShipment", {}),
        ("PLACED", "SHIPPED"): ("ord PLACED packed", CLERK, "shipShipment", {}),
        ("PARTLY_SHIPPED", "SHIPPED"): ("ord PARTLY_SHIPPED and the rest packed", CLERK, "shipShipment", {}),
        ("PARTLY_SHIPPED", "DELIVERED"): (
            "ord PARTLY_SHIPPED and that arrived",
            AGENT,
            "amendOrder",
            {"changes": _NO_REST},
        ),
        ("ON_HOLD", "SHIPPED"): ("ord ON_HOLD shipped in part", AGENT, "amendOrder", {"changes": _NO_REST}),
        ("ON_HOLD", "DELIVERED"): (
            "ord ON_HOLD and what was shipped arrived",
            AGENT,
            "amendOrder",
            {"changes": _NO_REST},
        ),
        ("SHIPPED", "DELIVERED"): ("ord SHIPPED", CLERK, "deliverShipment", {}),
    },
    "bom": {
        ("ACTIVE", "RETIRED"): ("bom ACTIVE and another drafted", CHIEF, "activateBill", {"bill": "otherBill"}),
    },
}
"""The steps that follow from another change: a situation, who does what, and with what."""

WAYS: dict[str, Way] = _ORDERS | _RETURNS | _REFUNDS | _PRODUCTS | _PRODUCTION | _SHIPMENTS | _PURCHASES | _COUNTS
"""Situations of which each begins with the prefix of its record and the status that it is in."""
WALKERS = walkers(WAYS, AGENT)
