"""What makes sense together in the inputs of purchases, production, shelves and products."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from models.kit.base import now
from tests.properties.verbs.choosing import Choosing, Pick, rows_of
from tests.properties.verbs.picking import Row, is_in, meant, on_sale, place_in, some, wanted


def _purchase(inputs: Choosing) -> dict[str, Any]:
    supplier = some(inputs, "sup", lambda row: row["currency"] == "EUR")
    place = some(inputs, "loc", lambda row: str(row["kind"]) == "STORAGE")
    if not supplier or not place:
        return {}
    warehouse = f"whs_{inputs.rows[place]['warehouse_id']}"
    return {"supplier": supplier, "warehouse": warehouse, "lines": wanted(inputs), "expectedAt": None}


def _other_purchase(inputs: Choosing) -> dict[str, Any]:
    return {"lines": wanted(inputs), "warehouse": None, "expectedAt": None}


def _receipt(inputs: Choosing) -> dict[str, Any]:
    if not (found := meant(inputs, "por")):
        return {}
    name, order = found
    lines = [
        line
        for line, row in rows_of(inputs, "pol", purchase_order_id=order["id"]).items()
        if row["received_quantity"] < row["quantity"]
    ]
    place = place_in(inputs, order["warehouse_id"])
    came = [
        {"purchaseOrderLine": line, "quantity": 1, "location": place, "onHold": inputs.random.choice([True, False])}
        for line in lines
    ]
    return {"purchaseOrder": name, "lines": came} if place and came else {}


def _bill(inputs: Choosing) -> dict[str, Any]:
    products = on_sale(inputs)
    if len(products) < 2:
        return {}
    made, component = inputs.random.sample(products, 2)
    return {"product": made, "outputQuantity": 1, "lines": [{"component": component, "quantity": 1}]}


def _other_bill(inputs: Choosing) -> dict[str, Any]:
    return {"lines": None, "outputQuantity": inputs.random.choice([1, 2])}


def _work(inputs: Choosing) -> dict[str, Any]:
    bill = some(inputs, "bom", lambda row: is_in(row, "ACTIVE"))
    place = some(inputs, "loc", lambda row: str(row["kind"]) == "STORAGE")
    if not bill or not place:
        return {}
    return {
        "product": f"prd_{inputs.rows[bill]['product_id']}",
        "quantity": 2,
        "warehouse": f"whs_{inputs.rows[place]['warehouse_id']}",
        "plannedFor": (now() + timedelta(days=3)).date().isoformat(),
    }


def _other_work(_inputs: Choosing) -> dict[str, Any]:
    return {"quantity": 3, "plannedFor": None}


def _made(inputs: Choosing) -> dict[str, Any]:
    if not (found := meant(inputs, "wor")):
        return {}
    name, work = found
    place = place_in(inputs, work["warehouse_id"])
    return {"workOrder": name, "completedQuantity": 1, "location": place} if place else {}


def _lying(inputs: Choosing, fits: Callable[[Row], bool] = lambda _: True) -> Row | None:
    """What is free of one batch in one place."""
    balance = some(inputs, "bal", lambda row: row["on_hand"] > row["allocated"] and fits(row))
    return inputs.rows[balance] if balance else None


def _adjustment(inputs: Choosing) -> dict[str, Any]:
    balance = _lying(inputs)
    return {"batch": f"bat_{balance['batch_id']}", "location": f"loc_{balance['location_id']}"} if balance else {}


def _transfer(inputs: Choosing) -> dict[str, Any]:
    balance = _lying(inputs)
    if not balance:
        return {}
    place = f"loc_{balance['location_id']}"
    other = some(
        inputs,
        "loc",
        lambda row: row["warehouse_id"] == inputs.rows[place]["warehouse_id"] and row["id"] != balance["location_id"],
    )
    return {"batch": f"bat_{balance['batch_id']}", "from": place, "to": other, "quantity": 1} if other else {}


def _to_count(inputs: Choosing) -> dict[str, Any]:
    balance = _lying(inputs)
    return {"location": f"loc_{balance['location_id']}"} if balance else {}


def _counted(inputs: Choosing) -> dict[str, Any]:
    if not (found := meant(inputs, "cnt")):
        return {}
    name, count = found
    balance = _lying(inputs, lambda row: row["location_id"] == count["location_id"])
    if not balance:
        return {}
    return {"stockCount": name, "lines": [{"batch": f"bat_{balance['batch_id']}", "counted": balance["on_hand"]}]}


def _of_no_use(inputs: Choosing) -> dict[str, Any]:
    """A product that nobody has in stock: the others are needed again."""
    stocked = {row["product_id"] for row in rows_of(inputs, "bal").values()}
    product = some(inputs, "prd", lambda row: row["id"] not in stocked and not is_in(row, "WITHDRAWN"))
    return {"product": product} if product else {}


PICKS: dict[str, Pick] = {
    "adjustStock": _adjustment,
    "changeBill": _other_bill,
    "changePurchaseOrder": _other_purchase,
    "changeWorkOrder": _other_work,
    "completeWorkOrder": _made,
    "draftBill": _bill,
    "draftPurchaseOrder": _purchase,
    "openStockCount": _to_count,
    "phaseOut": _of_no_use,
    "planWorkOrder": _work,
    "receivePurchaseOrder": _receipt,
    "recordCount": _counted,
    "transferStock": _transfer,
    "withdrawProduct": _of_no_use,
}
