"""What the verbs of orders and goods are meant for, and what makes sense together in them: from a draft to the shelf again.

Most of what is sent succeeds; now and then it is more than there is, or too late.
"""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from models.kit.base import now
from tests.properties.verbs.choosing import Aim, Choosing, Row, Unwritten, aim

Members = dict[str, Any]

LIKES: dict[str, Sequence[Any]] = {
    "AddLocationInput.code": ["B-01", "B-02", "Maria Anders"],
    "AddWarehouseInput.code": ["OSL", "ROM", "Maria Anders"],
    "SetDiscountLimitInput.limitBasisPoints": [1000, 5000],
    "SetPurchaseLimitInput.role": ["BACK_OFFICE_MANAGER", "LOGISTICS_CLERK"],
    "SetReorderPointInput.level": [0, 3, 9],
    "DeliverShipmentInput.deliveredAt": [None],
    "PlaceOrderInput.expectedTotal": [None],
    "SendPurchaseOrderInput.expectedAt": [None],
    "ShipShipmentInput.expectedAt": [None],
    "ReceiveReturnInput.lines": [[]],
}
"""Values that make a verb succeed more often, by `Input.member`."""

# --- What there is of it ---


def _is_in(row: Row, statuses: str) -> bool:
    return str(row["status"]) in statuses.split()


def _few(choosing: Choosing) -> int:
    return choosing.random.choice([1, 1, 1, 2, 2, 3, 5, 9])


def _to_buy(choosing: Choosing, currency: str, **columns: Any) -> list[str]:
    """Products that anybody buys: nasty ones cost too much, and are taken where there are no others."""

    def is_cheap(row: Row) -> bool:
        return 0 < row["list_price_minor"] < 10_000

    fitting = choosing.those("prd", lambda row: _is_in(row, "ON_SALE"), currency=currency, **columns)
    cheap = [one for one in fitting if is_cheap(choosing.rows[one])]
    return cheap or fitting or choosing.those("prd", **columns)


def _wanted(choosing: Choosing, currency: str = "EUR", **columns: Any) -> list[Members]:
    """A line or two of an order or a purchase order."""
    products = _to_buy(choosing, currency, **columns)
    chosen = choosing.random.sample(products, min(len(products), choosing.random.choice([1, 2])))
    return [{"product": product, "quantity": _few(choosing)} for product in chosen]


def _line(choosing: Choosing, order: Row) -> str | None:
    """A line of an order: one of which something was shipped, where there is such a one."""
    own = choosing.those("oli", order_id=order["id"])
    gone = [one for one in own if choosing.rows[one]["shipped_quantity"] > choosing.rows[one]["returned_quantity"]]
    return choosing.random.choice(gone or own) if own else None


def _has_gone(choosing: Choosing, order: Row) -> bool:
    lines = choosing.those("oli", lambda row: row["shipped_quantity"] > row["returned_quantity"], order_id=order["id"])
    return order["currency"] == "EUR" and bool(lines)


def _place(choosing: Choosing, warehouse: Any, kind: str = "STORAGE") -> str | None:
    return choosing.one("loc", lambda row: str(row["kind"]) == kind, warehouse_id=warehouse)


def _warehouse(choosing: Choosing, kind: str = "STORAGE") -> str | None:
    """One that has a place of a kind."""
    place = choosing.row("loc", lambda row: str(row["kind"]) == kind)
    return f"whs_{place['warehouse_id']}" if place else None


def _later(choosing: Choosing) -> str:
    return (now() + timedelta(days=choosing.random.choice([3, 30]))).date().isoformat()


# --- Orders ---


def _draft(choosing: Choosing, _customer: Row) -> Members:
    lines = _wanted(choosing)
    return {
        "lines": lines,
        "currency": choosing.rows[lines[0]["product"]]["currency"] if lines else "EUR",
        "discountBasisPoints": choosing.random.choice([0, 0, 0, 333, 1500, 4000]),
        "shortagePolicy": choosing.random.choice(["BACKORDER", "BACKORDER", "REFUSE"]),
        "requiredAt": None,
        "shipTo": choosing.random.choice([None, _address(choosing, {})["shipTo"]]),
    }


def _address(_choosing: Choosing, _order: Row) -> Members:
    return {"shipTo": {"name": Unwritten("name"), "street": Unwritten("street"), "city": "Graz", "country": "Austria"}}


def _addition(choosing: Choosing, order: Row) -> Members:
    return {**_wanted(choosing, order["currency"])[0], "discountBasisPoints": 0}


def _in_euros(_choosing: Choosing, order: Row) -> bool:
    return order["currency"] == "EUR"


def _of_draft(choosing: Choosing, line: Row) -> bool:
    order = choosing.rows.get(f"ord_{line['order_id']}")
    return order is not None and _is_in(order, "DRAFT") and _in_euros(choosing, order)


def _other_line(choosing: Choosing, _line: Row) -> Members:
    return {"quantity": _few(choosing), "discountBasisPoints": choosing.random.choice([None, 0, 700])}


def _to_ask(_choosing: Choosing, order: Row) -> bool:
    return order["discount_basis_points"] > 0 and str(order["discount_state"]) in ("WITHIN_LIMIT", "REJECTED")


def _asked(_choosing: Choosing, order: Row) -> bool:
    return str(order["discount_state"]) == "ASKED"


def _amendment(choosing: Choosing, order: Row) -> Members:
    line, random = _line(choosing, order), choosing.random
    more = choosing.rows[line]["quantity"] + 1 if line else 1
    changes = [{"orderLine": line, "quantity": random.choice([more, more, 0, 1, 12])}] if line else []
    return {"changes": random.choice([[], changes]), "additions": _wanted(choosing, order["currency"])[:1]}


def _payment(choosing: Choosing, order: Row) -> Members:
    owed = Decimal(order["total_minor"]) / 100 if order["currency"] == "EUR" else 7
    amount = choosing.random.choice([owed, owed, "0.01", "5.00", "1000.00"] if order["currency"] == "EUR" else [owed])
    return {"amount": str(amount), "currency": order["currency"], "receivedAt": None}


def _is_reversible(choosing: Choosing, payment: Row) -> bool:
    return payment["reverses_id"] is None and not choosing.those("pay", reverses_id=payment["id"])


# --- Returns, and what customers get back ---


def _pieces(choosing: Choosing, order: Row) -> Members:
    line = _line(choosing, order)
    return {"lines": [{"orderLine": line, "quantity": choosing.random.choice([1, 1, 1, 2, 9])}] if line else []}


def _to_return(choosing: Choosing, order: Row) -> Members:
    complaint = choosing.one("cmp", order_id=order["id"])
    return _pieces(choosing, order) | {"reason": "DEFECTIVE", "complaint": choosing.random.choice([None, complaint])}


def _was_paid(_choosing: Choosing, order: Row) -> bool:
    return order["currency"] == "EUR" and order["paid_minor"] > order["refunded_minor"]


def _refund(choosing: Choosing, order: Row) -> Members:
    """Pieces, or a part of their price, or what was paid too much, as far as there is any; now and then as if there were."""
    random, lines = choosing.random, choosing.those("oli", order_id=order["id"])
    rows = {line: choosing.rows[line] for line in lines}
    due = 0 if _is_in(order, "CANCELLED") else order["total_minor"]
    too_much = order["paid_minor"] - order["refunded_minor"] > due - sum(row["refunded_minor"] for row in rows.values())
    costly = [line for line, row in rows.items() if row["total_minor"] > row["refunded_minor"]] or lines
    gone = [line for line, row in rows.items() if row["shipped_quantity"] > row["refunded_quantity"]]
    if not lines or random.randrange(2 if too_much else 8) == 0:
        return {"lines": [], "overpaid": random.choice(["0.01", "5.00"]), "customerReturn": None}
    pieces = [{"quantity": 1}, {"quantity": 1}, {"quantity": 3}] if gone or random.randrange(8) == 0 else []
    line = random.choice(gone if gone and random.randrange(2) else costly)
    left = rows[line]["total_minor"] - rows[line]["refunded_minor"]
    most = Decimal(min(left, order["paid_minor"] - order["refunded_minor"])) / 100
    what: Members = random.choice([*pieces, {"amount": "0.01"}, {"amount": str(most)}, {"amount": "40"}])
    back = random.choice([None, choosing.one("ret", order_id=order["id"])])
    return {"lines": [{"orderLine": line} | what], "overpaid": None, "customerReturn": back}


def _come_back(choosing: Choosing, back: Row) -> Members:
    known = f"whs_{back['warehouse_id']}" if back["warehouse_id"] else None
    return {"warehouse": known or _warehouse(choosing, "RETURNS"), "lines": []}


def _inspection(choosing: Choosing, back: Row) -> Members:
    end = choosing.random.choice([("UNOPENED", "RESTOCK"), ("DEFECTIVE", "SCRAP")])
    how = dict(zip(("condition", "disposition"), end, strict=True))
    pieces = [{"returnLine": one} | how for one in choosing.those("rtl", customer_return_id=back["id"])]
    return {"lines": pieces, "restockTo": _place(choosing, back["warehouse_id"])}


# --- Purchases ---


def _purchase(choosing: Choosing, _supplier: Row) -> Members:
    return {"warehouse": _warehouse(choosing), "lines": _to_order(choosing), "expectedAt": None}


def _other_purchase(choosing: Choosing, _order: Row) -> Members:
    return {"lines": _to_order(choosing), "warehouse": None, "expectedAt": None}


def _to_order(choosing: Choosing) -> list[Members]:
    lines = _wanted(choosing, is_made=False)
    return [line | {"quantity": choosing.random.choice([3, 8, 90, 90])} for line in lines]


def _receipt(choosing: Choosing, order: Row) -> Members:
    random, place = choosing.random, _place(choosing, order["warehouse_id"])
    missing = choosing.those(
        "pol", lambda row: row["received_quantity"] < row["quantity"], purchase_order_id=order["id"]
    )

    def came(line: str) -> Members:
        row = choosing.rows[line]
        rest, product = row["quantity"] - row["received_quantity"], choosing.rows[f"prd_{row['product_id']}"]
        # Some of what does not keep for ever keeps no longer than today.
        days = random.choice([0, 0, 40] if product["shelf_life_days"] else [None, None, 0])
        keeps = None if days is None else (now() + timedelta(days=days)).date().isoformat()
        pieces = {"quantity": random.choice([rest, rest, 1, 3, 9]), "onHold": random.choice([True, False, False])}
        return {"purchaseOrderLine": line, "location": place, "expiresOn": keeps} | pieces

    lines = missing or choosing.those("pol", purchase_order_id=order["id"])
    return {"lines": [came(line) for line in lines]} if place else {}


# --- Production ---


def _bill(choosing: Choosing, product: Row) -> Members:
    others = [one for one in _to_buy(choosing, "EUR", is_made=False) if choosing.rows[one] is not product]
    chosen = choosing.random.sample(others, min(len(others), choosing.random.choice([1, 2])))
    return {"outputQuantity": 1, "lines": [{"component": one, "quantity": _few(choosing)} for one in chosen]}


def _is_made(choosing: Choosing, product: Row) -> bool:
    return bool(choosing.those("bom", lambda row: _is_in(row, "ACTIVE"), product_id=product["id"]))


def _work(choosing: Choosing, _product: Row) -> Members:
    wanted = choosing.random.choice([1, 2, 2, 6])
    return {"quantity": wanted, "warehouse": _warehouse(choosing), "plannedFor": _later(choosing)}


def _made(choosing: Choosing, work: Row) -> Members:
    return {
        "completedQuantity": choosing.random.choice([1, 2, 7]),
        "location": _place(choosing, work["warehouse_id"]),
    }


# --- Shelves ---


def _lying(choosing: Choosing, **columns: Any) -> Row | None:
    """What is free of one batch in one place, or just lies there."""
    free = choosing.row("bal", lambda row: row["on_hand"] > row["allocated"], **columns)
    return free or choosing.row("bal", **columns)


def _lies(choosing: Choosing, batch: Row) -> bool:
    return bool(choosing.those("bal", lambda row: row["on_hand"] > row["allocated"], batch_id=batch["id"]))


def _moved(choosing: Choosing, batch: Row) -> Members:
    """For those who take it elsewhere, and for those who find more or less of it."""
    balance = _lying(choosing, batch_id=batch["id"])
    here = f"loc_{balance['location_id']}" if balance else choosing.one("loc")
    home = choosing.rows[here]["warehouse_id"] if here else None

    def is_elsewhere(place: Row) -> bool:
        return f"loc_{place['id']}" != here and str(place["kind"]) != "PACKING"

    elsewhere = choosing.one("loc", is_elsewhere, warehouse_id=home) or choosing.one("loc")
    return {"location": here, "from": here, "to": elsewhere}


def _adjustment(choosing: Choosing, batch: Row) -> Members:
    return {
        "location": _moved(choosing, batch)["location"],
        "quantity": choosing.random.choice([1, 4, 5, -9]),
    }


def _transfer(choosing: Choosing, batch: Row) -> Members:
    ways = _moved(choosing, batch)
    return {"from": ways["from"], "to": ways["to"], "quantity": _few(choosing)}


def _has_some(choosing: Choosing, place: Row) -> bool:
    return bool(choosing.those("bal", location_id=place["id"]))


def _counted(choosing: Choosing, count: Row) -> Members:
    balance = _lying(choosing, location_id=count["location_id"])
    found = choosing.random.choice([balance["on_hand"], 0, 3, 8]) if balance else 2
    batch = f"bat_{balance['batch_id']}" if balance else choosing.one("bat")
    return {"lines": [{"batch": batch, "counted": found}]}


def _of_no_use(choosing: Choosing, product: Row) -> bool:
    """Nobody has it in stock: the others are needed again."""
    return not choosing.those("bal", product_id=product["id"])


def _price(choosing: Choosing, product: Row) -> Members:
    prices = {"JPY": ["7"], "BHD": ["7.125"]}.get(product["currency"], ["7.50", "3.33"])
    return {"amount": choosing.random.choice(prices)}


def _may_be_billed(_choosing: Choosing, order: Row) -> bool:
    return not _is_in(order, "DRAFT") and order["total_minor"] > 0


def _is_promised(choosing: Choosing, order: Row) -> bool:
    return bool(choosing.those("oli", lambda row: row["allocated_quantity"] > 0, order_id=order["id"]))


_GONE = "PARTLY_SHIPPED SHIPPED DELIVERED"

AIMS: dict[str, Aim] = {
    "addOrderLine": aim("DRAFT", fits=_in_euros, given=_addition),
    "adjustStock": aim(fits=_lies, given=_adjustment),
    "approveRefund": aim("PROPOSED"),
    "amendOrder": aim("PLACED ON_HOLD PARTLY_SHIPPED", fits=_in_euros, given=_amendment),
    "approveDiscount": aim("DRAFT", fits=_asked),
    "approvePurchaseOrder": aim("DRAFT"),
    "askForDiscount": aim("DRAFT", fits=_to_ask),
    "changeBill": aim("DRAFT", given=lambda choosing, _: {"lines": None, "outputQuantity": _few(choosing)}),
    "changeOrderLine": aim(fits=_of_draft, given=_other_line),
    "changePurchaseOrder": aim("DRAFT", given=_other_purchase),
    "changeWorkOrder": aim(
        "PLANNED RELEASED", given=lambda choosing, _: {"quantity": _few(choosing), "plannedFor": None}
    ),
    "checkBatch": aim("ON_HOLD RELEASED"),
    "completeWorkOrder": aim(given=_made),
    "createShipment": aim(
        "PLACED PARTLY_SHIPPED", fits=_is_promised, given=lambda _choosing, _order: {"warehouse": None, "lines": None}
    ),
    "draftBill": aim(fits=lambda _, product: product["is_made"], given=_bill),
    "draftOrder": aim(given=_draft),
    "draftPurchaseOrder": aim(fits=lambda _, supplier: supplier["currency"] == "EUR", given=_purchase),
    "inspectReturn": aim(given=_inspection),
    "openStockCount": aim(fits=_has_some),
    "phaseOut": aim(fits=_of_no_use),
    "planWorkOrder": aim(fits=_is_made, given=_work),
    "quoteOrder": aim("DRAFT"),
    "receivePurchaseOrder": aim(given=_receipt),
    "receiveReturn": aim(given=_come_back),
    "recordCount": aim("OPEN", given=_counted),
    "recordPayment": aim(fits=_may_be_billed, given=_payment),
    "refundOrder": aim(fits=_was_paid, given=_refund),
    "rejectDiscount": aim("DRAFT", fits=_asked),
    "removeOrderLine": aim(fits=_of_draft),
    "replaceOrderLines": aim(_GONE, fits=_has_gone, given=_pieces),
    "requestReturn": aim(_GONE, fits=_has_gone, given=_to_return),
    "reversePayment": aim(fits=_is_reversible),
    "setCost": aim(given=_price),
    "setListPrice": aim(given=_price),
    "setOrderAddress": aim("DRAFT", given=_address),
    "setOrderDiscount": aim(
        "DRAFT", given=lambda choosing, _: {"discountBasisPoints": choosing.random.choice([0, 500, 1500, 5000])}
    ),
    "transferStock": aim(fits=_lies, given=_transfer),
    "withdrawProduct": aim(fits=_of_no_use),
}
"""What each verb is meant for and makes sense with."""

FIRST = (
    *("draftOrder", "draftOrder", "draftOrder", "placeOrder", "placeOrder", "placeOrder", "askForDiscount"),
    *("createShipment", "createShipment", "pickShipment", "pickShipment", "packShipment", "packShipment"),
    *("shipShipment", "shipShipment", "deliverShipment", "recordPayment", "recordPayment", "recordPayment"),
    *("requestReturn", "requestReturn", "requestReturn", "authoriseReturn", "authoriseReturn", "receiveReturn"),
    *("inspectReturn", "draftPurchaseOrder", "approvePurchaseOrder", "sendPurchaseOrder", "receivePurchaseOrder"),
    *("planWorkOrder", "planWorkOrder", "releaseWorkOrder", "startWorkOrder", "completeWorkOrder"),
)
"""From an order to its return, in this order, so that whatever happens by chance afterwards finds something."""

OFTEN = ("draftOrder", "placeOrder", "createShipment", "requestReturn", "planWorkOrder", "draftPurchaseOrder")
"""What much else follows."""
