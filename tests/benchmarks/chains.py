"""The changes that are measured, in the order in which they follow one another: a complaint's, an order's, a purchase's."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from models.back_office.logistics.inventory import Location
from models.back_office.purchasing import LARGEST_PURCHASE_MINOR, PurchaseLimit
from models.both_offices.accounts import Account
from models.front_office.sales.orders import Order
from models.permissions import Department, Role
from resolvers.kit.commands import Viewer
from schema.transport.engine import OperationRequest
from tests.back_office.logistics.stocking import shelf
from tests.front_office.sales.ordering import stocked
from tests.office import DOCUMENTS, Office, alfreds, hire

SAID = "It came two days late, and the box was wet. Please tell us what happened to it."
LINES = 5
IN_STOCK = 10_000_000
COLLEAGUES = 32
"""How many people of each kind there are: one account has four changes under way at most."""

ERRORS = "errors { code message path }"
Known = dict[str, Any]
"""What is known of one case: the ids that its next step takes."""


def _document(verb: str, shown: str) -> tuple[str, str]:
    name = verb[0].upper() + verb[1:]
    text = f"mutation {name}($input: {name}Input!) {{ {verb}(input: $input) {{ {shown} {ERRORS} }} }}"
    return text, name


def _told(operation: str) -> tuple[str, str]:
    return DOCUMENTS[operation], operation


@dataclass(frozen=True, slots=True)
class Step:
    """One change: by whom, what its client sends, and what is known afterwards. Without a `name` it is not measured."""

    name: str
    document: tuple[str, str]
    by: str
    given: Callable[[Known], dict[str, Any]]
    learns: Callable[[dict[str, Any]], Known] = lambda _payload: {}


def _of_order(payload: dict[str, Any]) -> Known:
    assert payload["order"]["status"] == "PLACED", payload
    return {"order": payload["order"]["id"]}


def _of_purchase(payload: dict[str, Any]) -> Known:
    purchase = payload["purchaseOrder"]
    return {"purchase": purchase["id"], "purchased": [line["id"] for line in purchase["lines"]]}


COMPLAINT = (
    Step(
        "received and handed off",
        _told("ReceiveComplaint"),
        "service",
        lambda known: {
            "customer": known["customer"],
            "order": known["delivered"],
            "channel": "EMAIL",
            "category": "DELIVERY",
            "severity": "MEDIUM",
            "subject": "Two days late",
            "description": SAID,
            "handOffTo": "LOGISTICS",
        },
        lambda payload: {
            "complaint": payload["complaint"]["id"],
            "handoff": payload["complaint"]["handoffs"]["nodes"][0]["id"],
        },
    ),
    Step("claimed", _told("ClaimHandoff"), "logistics", lambda known: {"handoff": known["handoff"]}),
    Step(
        "answered by the department",
        _told("AnswerHandoff"),
        "logistics",
        lambda known: {"handoff": known["handoff"], "answer": "It stood on the dock."},
    ),
    Step("the answer accepted", _told("AcceptAnswer"), "service", lambda known: {"handoff": known["handoff"]}),
    Step(
        "answered to the customer",
        _told("AnswerComplaint"),
        "service",
        lambda known: {"complaint": known["complaint"], "outcome": "UPHELD", "answer": "We are sorry."},
    ),
    Step("closed", _told("CloseComplaint"), "service", lambda known: {"complaint": known["complaint"]}),
)

ORDER = (
    Step(
        "five lines drafted and placed",
        _document("draftOrder", "order { id number status }"),
        "service",
        lambda known: {"customer": known["customer"], "lines": known["lines"], "place": True},
        _of_order,
    ),
    Step(
        "put on a pick list",
        _document("createShipment", "shipment { id number status }"),
        "logistics",
        lambda known: {"order": known["order"]},
        lambda payload: {"shipment": payload["shipment"]["id"]},
    ),
    Step(
        "picked",
        _document("pickShipment", "shipment { id status }"),
        "logistics",
        lambda known: {"shipment": known["shipment"]},
    ),
    Step(
        "",
        _document("packShipment", "shipment { id status }"),
        "logistics",
        lambda known: {"shipment": known["shipment"]},
    ),
    Step(
        "shipped",
        _document("shipShipment", "shipment { id status }"),
        "logistics",
        lambda known: {"shipment": known["shipment"], "carrier": "Speedy Express"},
    ),
)

PURCHASE = (
    Step(
        "",
        _document("draftPurchaseOrder", "purchaseOrder { id status lines { id } }"),
        "back.manager",
        lambda known: {"supplier": known["supplier"], "warehouse": known["warehouse"], "lines": known["wanted"]},
        _of_purchase,
    ),
    Step(
        "",
        _document("sendPurchaseOrder", "purchaseOrder { id status }"),
        "back.manager",
        lambda known: {"purchaseOrder": known["purchase"]},
    ),
    Step(
        "five lines received of a purchase",
        _document("receivePurchaseOrder", "purchaseOrder { id status }"),
        "logistics",
        lambda known: {
            "purchaseOrder": known["purchase"],
            "lines": [
                {"purchaseOrderLine": line, "quantity": 3, "location": known["shelf"]} for line in known["purchased"]
            ],
        },
    ),
)

CHAINS: Sequence[tuple[Step, ...]] = (COMPLAINT, ORDER, PURCHASE)


@dataclass
class House:
    """The demo company, and those who work there."""

    office: Office
    people: Mapping[str, Sequence[Viewer]]
    known: Known
    cases: int = 0

    @classmethod
    async def of(cls, office: Office) -> "House":
        """With stock to sell, somebody to buy from, and as many colleagues as work at once."""
        customer, place = await alfreds(), await shelf()
        order = await Order.filter(customer_id=customer.id).first()
        assert order is not None
        products = [await stocked(IN_STOCK) for _ in range(LINES)]
        limit = {"limit_minor": LARGEST_PURCHASE_MINOR}
        await PurchaseLimit.update_or_create(limit, role=Role.BACK_OFFICE_MANAGER, currency="USD")
        people: dict[str, list[Viewer]] = {}
        for kind in ("service", "logistics", "back.manager"):
            model = await Account.get(email=f"{kind}@northwind.example")
            rights = [Role(role) for role in model.roles], [Department(name) for name in model.departments]
            people[kind] = [await hire(f"{kind} {number}", *rights) for number in range(COLLEAGUES)]
        known = {
            "customer": f"cus_{customer.id}",
            "delivered": f"ord_{order.id}",
            "lines": [{"product": f"prd_{one.id}", "quantity": 3} for one in products],
            "wanted": [{"product": f"prd_{one.id}", "quantity": 3} for one in products],
            "supplier": f"sup_{products[0].supplier_id}",
            "warehouse": f"whs_{(await Location.get(id=place.id)).warehouse_id}",
            "shelf": f"loc_{place.id}",
        }
        return cls(office, people, known)

    def case(self) -> Known:
        """A new case, of the next colleagues."""
        self.cases += 1
        return {**self.known, "colleague": self.cases % COLLEAGUES}

    async def take(self, step: Step, known: Known) -> None:
        """Takes a step as its client does; what it makes is known from then on."""
        text, name = step.document
        request = OperationRequest(text, name, {"input": step.given(known)})
        viewer = self.people[step.by][known["colleague"]]
        answer = orjson.loads((await self.office.engine.execute(request, viewer, "")).body)
        assert answer.get("data"), answer
        [payload] = answer["data"].values()
        assert payload["errors"] == [], answer
        known |= step.learns(payload)
