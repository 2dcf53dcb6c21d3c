"""What the verbs of orders and goods are meant for: from a draft to the shelf that a return goes back to."""

from collections.abc import Sequence
from typing import Any

from tests.properties.verbs import goods, orders
from tests.properties.verbs.choosing import Aim, Move, Pick, moved

MOVES: dict[str, Move] = {
    "placeOrder": moved("ord", "DRAFT", "PLACED"),
    "holdOrder": moved("ord", "PLACED PARTLY_SHIPPED", "ON_HOLD"),
    "resumeOrder": moved("ord", "ON_HOLD", "PLACED PARTLY_SHIPPED"),
    "cancelOrder": moved("ord", "DRAFT PLACED ON_HOLD", "CANCELLED"),
    "authoriseReturn": moved("ret", "REQUESTED", "AUTHORISED"),
    "receiveReturn": moved("ret", "AUTHORISED", "RECEIVED"),
    "inspectReturn": moved("ret", "RECEIVED", "INSPECTED"),
    "closeReturn": moved("ret", "INSPECTED", "CLOSED"),
    "refuseReturn": moved("ret", "REQUESTED AUTHORISED", "CLOSED"),
    "putOnSale": moved("prd", "DRAFT PHASING_OUT WITHDRAWN", "ON_SALE"),
    "phaseOut": moved("prd", "ON_SALE", "PHASING_OUT"),
    "withdrawProduct": moved("prd", "DRAFT ON_SALE PHASING_OUT", "WITHDRAWN"),
    "activateBill": moved("bom", "DRAFT", "ACTIVE"),
    "releaseWorkOrder": moved("wor", "PLANNED", "RELEASED"),
    "startWorkOrder": moved("wor", "RELEASED", "IN_PROGRESS"),
    "completeWorkOrder": moved("wor", "IN_PROGRESS", "COMPLETED"),
    "cancelWorkOrder": moved("wor", "PLANNED RELEASED IN_PROGRESS", "CANCELLED"),
    "releaseBatch": moved("bat", "ON_HOLD", "RELEASED"),
    "holdBatch": moved("bat", "RELEASED", "ON_HOLD"),
    "rejectBatch": moved("bat", "ON_HOLD", "REJECTED"),
    "pickShipment": moved("shp", "TO_PICK", "PICKED"),
    "packShipment": moved("shp", "PICKED", "PACKED"),
    "shipShipment": moved("shp", "PACKED", "SHIPPED"),
    "deliverShipment": moved("shp", "SHIPPED", "DELIVERED"),
    "cancelShipment": moved("shp", "TO_PICK PICKED PACKED", "CANCELLED"),
    "sendPurchaseOrder": moved("por", "DRAFT", "SENT"),
    "receivePurchaseOrder": moved("por", "SENT PARTLY_RECEIVED", "PARTLY_RECEIVED RECEIVED"),
    "closePurchaseOrder": moved("por", "SENT PARTLY_RECEIVED RECEIVED", "CLOSED"),
    "cancelPurchaseOrder": moved("por", "DRAFT SENT", "CANCELLED"),
    "postStockCount": moved("cnt", "OPEN", "POSTED"),
    "cancelStockCount": moved("cnt", "OPEN", "CANCELLED"),
}
"""The verbs that take a record from one status to another, said once more."""


def _aims(prefix: str, statuses: str, *verbs: str) -> dict[str, Aim]:
    return dict.fromkeys(verbs, Aim(prefix, frozenset(statuses.split())))


AIMS: dict[str, Aim] = {
    **{verb: Aim(move.prefix, move.origins) for verb, move in MOVES.items()},
    **_aims("ord", "DRAFT", "setOrderAddress", "quoteOrder"),
    **_aims("bat", "ON_HOLD RELEASED", "checkBatch"),
    **_aims("bom", "DRAFT", "changeBill"),
    **_aims("cnt", "OPEN", "recordCount"),
    **_aims("por", "DRAFT", "changePurchaseOrder", "approvePurchaseOrder"),
    **_aims("wor", "PLANNED RELEASED", "changeWorkOrder"),
}
"""What each verb is meant for; what must fit in other ways is picked."""

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
