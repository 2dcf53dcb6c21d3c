"""What verbs are given so that they can succeed with records as they happen to be: who is meant, and what fits them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from resolvers.kit.viewer import Viewer
from resolvers.reading.declare import registry
from tests.properties.adversarial.company import Company

Row = Mapping[str, Any]


@dataclass
class Known:
    """A company's rows by their global ids, and which of them a viewer sees."""

    viewer: Viewer
    rows: dict[str, Row]
    seen: frozenset[str]

    @classmethod
    def of(cls, viewer: Viewer, company: Company, visible: Mapping[Any, set[Any]]) -> "Known":
        """What is known of a company, by the keys of each table that are visible."""
        rows, seen = dict[str, Row](), set[str]()
        for info in registry.nodes.values():
            for row in company.get(info.model, []) if info.prefix else []:
                name = info.global_id(row["id"])
                rows[name] = row
                if row["id"] in visible[info.model]:
                    seen.add(name)
        return cls(viewer, rows, frozenset(seen))

    def those(self, prefix: str, meets: Callable[[Row], bool] = lambda _row: True) -> list[str]:
        """The records of a kind that meet a condition, seen or not."""
        return [name for name, row in self.rows.items() if name.startswith(f"{prefix}_") and meets(row)]

    def parts(self, prefix: str, column: str, whole: Row) -> list[str]:
        """The records of a kind that are parts of another one."""
        return self.those(prefix, lambda row: row[column] == whole["id"])


@dataclass(frozen=True)
class Choice:
    """The record that a verb is tried on, and by what chance the rest is chosen."""

    known: Known
    row: Row
    random: Random

    def of_kind(self, prefix: str, **columns: Any) -> str:
        """Some record with these values, or any at all where there is none."""
        fitting = self.known.those(prefix, lambda row: all(row[name] == value for name, value in columns.items()))
        return self.random.choice(fitting or self.known.those(prefix))

    def pieces(self, member: str, prefix: str, column: str, **others: Any) -> dict[str, Any]:
        """`lines` that name parts of the record: one or two of them, one piece each."""
        found = self.known.parts(prefix, column, self.row)
        chosen = self.random.sample(found, min(len(found), 2))
        return {"lines": [{member: one, "quantity": 1} | others for one in chosen]}

    def goods(self, **columns: Any) -> list[dict[str, Any]]:
        """Lines of a product with these values."""
        return [{"product": self.of_kind("prd", **columns), "quantity": self.random.choice([1, 2])}]


def _draft(choice: Choice) -> dict[str, Any]:
    product = choice.of_kind("prd", status="ON_SALE")
    given = {"product": product, "quantity": 1}
    return {"lines": [given], "currency": choice.known.rows[product]["currency"], "discountBasisPoints": 0}


def _addition(choice: Choice) -> dict[str, Any]:
    return choice.goods(status="ON_SALE", currency=choice.row["currency"])[0] | {"discountBasisPoints": 0}


def _amendment(choice: Choice) -> dict[str, Any]:
    lines = choice.known.parts("oli", "order_id", choice.row)
    changes = [{"orderLine": one, "quantity": choice.known.rows[one]["quantity"] + 1} for one in lines[:1]]
    return {"changes": changes, "additions": []}


def _receipt(choice: Choice) -> dict[str, Any]:
    shelf = choice.of_kind("loc", kind="STORAGE", warehouse_id=choice.row["warehouse_id"])
    given = choice.pieces("purchaseOrderLine", "pol", "purchase_order_id", location=shelf, expiresOn="2028-01-01")
    return given | {"deliveryNote": "4711"}


def _came_back(choice: Choice) -> dict[str, Any]:
    lines = choice.known.parts("rtl", "customer_return_id", choice.row)
    warehouse = choice.row["warehouse_id"]
    return {
        "warehouse": f"whs_{warehouse}" if warehouse else choice.of_kind("whs"),
        "lines": [{"returnLine": one, "quantity": 1, "batch": None} for one in lines],
    }


def _inspection(choice: Choice) -> dict[str, Any]:
    lines = choice.known.parts("rtl", "customer_return_id", choice.row)
    how = {"condition": "DAMAGED", "disposition": "SCRAP"}
    return {"lines": [{"returnLine": one} | how for one in lines]}


def _lies(choice: Choice) -> dict[str, Any]:
    places = choice.known.parts("bal", "batch_id", choice.row)
    lies = choice.known.rows[choice.random.choice(places)] if places else None
    here = f"loc_{lies['location_id']}" if lies else choice.of_kind("loc")
    return {"location": here, "from": here, "to": choice.of_kind("loc", kind="STORAGE"), "quantity": 1}


def _purchase(choice: Choice) -> dict[str, Any]:
    return {"lines": choice.goods(is_made=False)}


def _another_price(choice: Choice) -> dict[str, Any]:
    return {"amount": {"JPY": "7", "BHD": "7.125"}.get(choice.row["currency"], "7.50")}


FITTING: dict[str, Callable[[Choice], dict[str, Any]]] = {
    "adjustStock": _lies,
    "transferStock": _lies,
    "draftOrder": _draft,
    "addOrderLine": _addition,
    "amendOrder": _amendment,
    "changeOrderLine": lambda _choice: {"quantity": 3, "discountBasisPoints": 0},
    "setOrderDiscount": lambda choice: {"discountBasisPoints": choice.random.choice([0, 400, 3000])},
    "placeOrder": lambda _choice: {"expectedTotal": None},
    "createShipment": lambda _choice: {"warehouse": None, "lines": None},
    "requestReturn": lambda choice: choice.pieces("orderLine", "oli", "order_id") | {"complaint": None},
    "receiveReturn": _came_back,
    "inspectReturn": _inspection,
    "refundOrder": lambda choice: (
        choice.pieces("orderLine", "oli", "order_id") | {"customerReturn": None, "overpaid": None}
    ),
    "replaceOrderLines": lambda choice: choice.pieces("orderLine", "oli", "order_id"),
    "recordPayment": lambda choice: _another_price(choice) | {"currency": choice.row["currency"], "receivedAt": None},
    "setListPrice": _another_price,
    "setCost": _another_price,
    "draftPurchaseOrder": _purchase,
    "changePurchaseOrder": _purchase,
    "receivePurchaseOrder": _receipt,
    "recordCount": lambda choice: {"lines": [{"batch": choice.of_kind("bat"), "counted": 2}]},
    "completeWorkOrder": lambda choice: {
        "location": choice.of_kind("loc", kind="STORAGE", warehouse_id=choice.row["warehouse_id"]),
        "completedQuantity": 1,
    },
    "planWorkOrder": lambda _choice: {"plannedFor": "2028-01-03"},
    "changeWorkOrder": lambda _choice: {"plannedFor": "2028-01-03"},
    "deliverShipment": lambda _choice: {"deliveredAt": None},
}
"""Members that only make sense together with the record that a verb is tried on."""

MEANT_FOR: dict[str, Callable[[Known, Row], bool]] = {
    **dict.fromkeys(
        ("addOrderLine", "setOrderAddress", "setOrderDiscount", "quoteOrder", "askForDiscount"),
        lambda _known, row: row["status"] == "DRAFT",
    ),
    **dict.fromkeys(
        ("changeOrderLine", "removeOrderLine"),
        lambda known, row: known.rows[f"ord_{row['order_id']}"]["status"] == "DRAFT",
    ),
    **dict.fromkeys(("approveDiscount", "rejectDiscount"), lambda _known, row: row["discount_state"] == "ASKED"),
    "amendOrder": lambda _known, row: row["status"] in ("PLACED", "PARTLY_SHIPPED", "ON_HOLD"),
    "createShipment": lambda _known, row: row["status"] in ("PLACED", "PARTLY_SHIPPED"),
    "requestReturn": lambda _known, row: row["status"] in ("PARTLY_SHIPPED", "SHIPPED", "DELIVERED"),
    "changePurchaseOrder": lambda _known, row: row["status"] == "DRAFT",
    "approvePurchaseOrder": lambda _known, row: row["status"] == "DRAFT",
    "changeBill": lambda _known, row: row["status"] == "DRAFT",
    "changeWorkOrder": lambda _known, row: row["status"] == "PLANNED",
    "planWorkOrder": lambda _known, row: row["is_made"],
    "draftBill": lambda _known, row: row["is_made"],
}
"""Which records a verb is meant for, where neither its status nor tests/properties/verbs says so."""
