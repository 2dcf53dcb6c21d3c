"""What the verbs of orders and goods are meant for: from a draft to the shelf that a return goes back to."""

from collections.abc import Sequence
from typing import Any

from tests.properties.verbs import goods, orders
from tests.properties.verbs.choosing import Aim, Pick


def _aims(prefix: str, statuses: str, *verbs: str) -> dict[str, Aim]:
    return dict.fromkeys(verbs, Aim(prefix, frozenset(statuses.split())))


AIMS: dict[str, Aim] = {
    **_aims("ord", "DRAFT", "setOrderAddress", "quoteOrder"),
    **_aims("bat", "ON_HOLD RELEASED", "checkBatch"),
    **_aims("bom", "DRAFT", "changeBill"),
    **_aims("cnt", "OPEN", "recordCount"),
    **_aims("por", "DRAFT", "changePurchaseOrder", "approvePurchaseOrder"),
    **_aims("wor", "PLANNED RELEASED", "changeWorkOrder"),
}
"""What each verb is meant for that keeps the status; what must fit in other ways is picked."""

LIKES: dict[str, Sequence[Any]] = {
    "AddLocationInput.code": ["B-01", "B-02", "Maria Anders"],
    "AddWarehouseInput.code": ["OSL", "ROM", "Maria Anders"],
    "AdjustStockInput.quantity": [1, 5, -1],
    "SetDiscountLimitInput.limitBasisPoints": [1000, 5000],
    "SetPurchaseLimitInput.role": ["BACK_OFFICE_MANAGER", "LOGISTICS_CLERK"],
    "DeliverShipmentInput.deliveredAt": [None],
    "PlaceOrderInput.expectedTotal": [None],
    "SendPurchaseOrderInput.expectedAt": [None],
    "ShipShipmentInput.expectedAt": [None],
    "ReceiveReturnInput.lines": [[]],
}
"""Values that make a verb succeed more often, by `Input.member`."""

PICKS: dict[str, Pick] = orders.PICKS | goods.PICKS
"""Members that only make sense together, from what there is."""

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
