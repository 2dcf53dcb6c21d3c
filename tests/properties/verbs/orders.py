"""What makes sense together in the inputs of orders and returns."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from tests.properties.verbs.choosing import Choosing, Pick, Unwritten, rows_of
from tests.properties.verbs.picking import Row, is_in, meant, place_in, some, wanted

_OPEN, _UNDERWAY, _GONE = "DRAFT", "PLACED ON_HOLD PARTLY_SHIPPED", "PARTLY_SHIPPED SHIPPED DELIVERED"


def _draft(inputs: Choosing) -> dict[str, Any]:
    return {
        "lines": wanted(inputs),
        "currency": None,
        "discountBasisPoints": inputs.random.choice([0, 0, 0, 1500, 4000]),
        "shortagePolicy": "BACKORDER",
        "requiredAt": None,
        "shipTo": inputs.random.choice([None, _address(inputs)["shipTo"]]),
    }


def _address(_inputs: Choosing) -> dict[str, Any]:
    return {
        "shipTo": {"name": Unwritten("name"), "street": Unwritten("street"), "city": "Graz", "country": "Austria"},
    }


def _addition(inputs: Choosing) -> dict[str, Any]:
    order = some(inputs, "ord", lambda row: is_in(row, _OPEN) and row["currency"] == "EUR")
    [one, *_] = [*wanted(inputs), {}]
    return {"order": order, **one, "discountBasisPoints": 0} if order and one else {}


def _line(inputs: Choosing, statuses: str, fits: Callable[[Row], bool]) -> tuple[str, str] | None:
    """A line that fits of an order in one of these statuses, and the order."""
    orders = {row["id"]: name for name, row in rows_of(inputs, "ord", currency="EUR").items() if is_in(row, statuses)}
    line = some(inputs, "oli", lambda row: row["order_id"] in orders and fits(row))
    return (line, orders[inputs.rows[line]["order_id"]]) if line else None


def _drafted(inputs: Choosing) -> dict[str, Any]:
    found = _line(inputs, _OPEN, lambda _: True)
    return {"orderLine": found[0]} if found else {}


def _changed(inputs: Choosing) -> dict[str, Any]:
    return _drafted(inputs) | {"quantity": inputs.random.choice([1, 2, 5]), "discountBasisPoints": None}


def _discounted(inputs: Choosing) -> dict[str, Any]:
    order = some(inputs, "ord", lambda row: is_in(row, _OPEN))
    return {"order": order, "discountBasisPoints": inputs.random.choice([0, 1500])} if order else {}


def _to_ask(inputs: Choosing) -> dict[str, Any]:
    order = some(
        inputs,
        "ord",
        lambda row: (
            is_in(row, _OPEN)
            and row["discount_basis_points"] > 0
            and str(row["discount_state"]) in ("WITHIN_LIMIT", "REJECTED")
        ),
    )
    return {"order": order} if order else {}


def _asked(inputs: Choosing) -> dict[str, Any]:
    order = some(inputs, "ord", lambda row: is_in(row, _OPEN) and str(row["discount_state"]) == "ASKED")
    return {"order": order} if order else {}


def _amendment(inputs: Choosing) -> dict[str, Any]:
    found = _line(inputs, _UNDERWAY, lambda row: row["discount_basis_points"] == 0)
    if not found:
        return {}
    line, order = found
    more = {"orderLine": line, "quantity": inputs.rows[line]["quantity"] + 1}
    return {"order": order, "changes": inputs.random.choice([[], [more]]), "additions": wanted(inputs)[:1]}


def _payment(inputs: Choosing) -> dict[str, Any]:
    order = some(
        inputs, "ord", lambda row: row["currency"] == "EUR" and not is_in(row, _OPEN) and row["total_minor"] > 0
    )
    if not order:
        return {}
    minor = inputs.random.choice([500, inputs.rows[order]["total_minor"]])
    return {"order": order, "amount": str(Decimal(minor) / 100), "currency": "EUR", "receivedAt": None}


def _to_reverse(inputs: Choosing) -> dict[str, Any]:
    reversed_ones = {row["reverses_id"] for row in rows_of(inputs, "pay").values()}
    payment = some(inputs, "pay", lambda row: row["reverses_id"] is None and row["id"] not in reversed_ones)
    return {"payment": payment} if payment else {}


def _refund(inputs: Choosing) -> dict[str, Any]:
    found = _line(inputs, "DELIVERED", lambda row: row["shipped_quantity"] > row["refunded_quantity"])
    if not found:
        return {}
    line, order = found
    back = some(inputs, "ret", lambda row: row["order_id"] == inputs.rows[order]["id"])
    return {
        "order": order,
        "lines": [{"orderLine": line, "quantity": 1}],
        "overpaid": None,
        "customerReturn": inputs.random.choice([None, back]),
    }


def _pieces(inputs: Choosing) -> dict[str, Any]:
    found = _line(inputs, _GONE, lambda row: row["shipped_quantity"] > row["returned_quantity"])
    return {"order": found[1], "lines": [{"orderLine": found[0], "quantity": 1}]} if found else {}


def _to_return(inputs: Choosing) -> dict[str, Any]:
    given = _pieces(inputs)
    if not given:
        return {}
    order = inputs.rows[given["order"]]["id"]
    complaint = some(inputs, "cmp", lambda row: row["order_id"] == order)
    return given | {"reason": "DEFECTIVE", "complaint": inputs.random.choice([None, complaint])}


def _complaint(inputs: Choosing) -> dict[str, Any]:
    found = _line(inputs, _GONE, lambda row: row["shipped_quantity"] > 0)
    if not found or inputs.random.randrange(3) == 0:
        return {}
    line, order = found
    customer = f"cus_{inputs.rows[order]['customer_id']}"
    return {"customer": customer, "order": order, "orderLine": inputs.random.choice([None, line]), "product": None}


def _come_back(inputs: Choosing) -> dict[str, Any]:
    """A warehouse that takes returns."""
    place = some(inputs, "loc", lambda row: str(row["kind"]) == "RETURNS")
    return {"warehouse": f"whs_{inputs.rows[place]['warehouse_id']}"} if place else {}


def _inspection(inputs: Choosing) -> dict[str, Any]:
    if not (found := meant(inputs, "ret")):
        return {}
    name, back = found
    lines = rows_of(inputs, "rtl", customer_return_id=back["id"])
    end = inputs.random.choice(["RESTOCK", "SCRAP"])
    pieces = [{"returnLine": line, "condition": "UNOPENED", "disposition": end} for line in lines]
    place = place_in(inputs, back["warehouse_id"]) if end == "RESTOCK" else None
    return {"customerReturn": name, "lines": pieces, "restockTo": place}


def _to_ship(inputs: Choosing) -> dict[str, Any]:
    found = _line(inputs, "PLACED PARTLY_SHIPPED", lambda row: row["allocated_quantity"] > 0)
    return {"order": found[1], "warehouse": None, "lines": None} if found else {}


PICKS: dict[str, Pick] = {
    "addOrderLine": _addition,
    "amendOrder": _amendment,
    "approveDiscount": _asked,
    "askForDiscount": _to_ask,
    "changeOrderLine": _changed,
    "createShipment": _to_ship,
    "draftOrder": _draft,
    "inspectReturn": _inspection,
    "receiveComplaint": _complaint,
    "receiveReturn": _come_back,
    "recordPayment": _payment,
    "refundOrder": _refund,
    "rejectDiscount": _asked,
    "removeOrderLine": _drafted,
    "replaceOrderLines": _pieces,
    "requestReturn": _to_return,
    "reversePayment": _to_reverse,
    "setOrderAddress": _address,
    "setOrderDiscount": _discounted,
}
