"""What happened to orders, goods, improvements and accounts in the nasty company, some of it with a complaint."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from tortoise.models import Model

from models.back_office.logistics.inventory import Batch
from models.back_office.logistics.shipments import Shipment, ShipmentEvent
from models.back_office.production import WorkOrder
from models.back_office.products.catalogue import Product
from models.back_office.products.improvements import Improvement
from models.back_office.purchasing import PurchaseOrder, Supplier
from models.both_offices.accounts import Account
from models.both_offices.notifications import Notification
from models.front_office.after_sales.returns import CustomerReturn, ReturnEvent
from models.front_office.sales.orders import Order
from models.front_office.service.complaints import Complaint
from models.kit.events import EventKind
from models.permissions import Department
from tests.properties.adversarial.kinds import Nasty, Row

SUBJECTS: dict[str, tuple[type[Model], str]] = {
    "order_id": (Order, "ORDER_ DISCOUNT_ PAYMENT_ REFUND_"),
    "product_id": (Product, "PRODUCT_ BILL_ STOCK_"),
    "batch_id": (Batch, "BATCH_"),
    "work_order_id": (WorkOrder, "WORK_ORDER_"),
    "shipment_id": (Shipment, "SHIPMENT_"),
    "purchase_order_id": (PurchaseOrder, "PURCHASE_ORDER_"),
    "return_id": (CustomerReturn, "RETURN_ REFUND_"),
    "supplier_id": (Supplier, "SUPPLIER_"),
    "improvement_id": (Improvement, "IMPROVEMENT_"),
    "notification_id": (Notification, "NOTIFICATION_"),
    "account_id": (Account, "ABSENCE_ ACCOUNT_ SESSION_"),
}
"""What an event can be about, by column, and how the kinds of such events begin."""


def chain_events(made: Nasty, before: int, key: Callable[[int, int], UUID], moment: Callable[[int], Any]) -> list[Row]:
    """An event or two of each kind about some row of each kind. The relay has numbered nearly all of them."""
    found: list[Row] = []

    def happened(kind: EventKind, **about: Any) -> None:
        number = before + len(found) + 1
        found.append(
            {
                "id": number * 3,
                "position": number if number % 9 else None,
                "kind": kind,
                "at": moment(number),
                "actor_id": key(1, number % 14 + 1) if number % 3 else None,
                **about,
            }
        )

    for column, (model, prefixes) in SUBJECTS.items():
        for kind in EventKind:
            if kind.value.startswith(tuple(prefixes.split())):
                for n in (len(found) + 1, len(found) + 2):
                    row = made.rows[model][n % len(made.rows[model])]
                    whose = {"account_id": row["account_id"]} if model is Notification else {}
                    happened(kind, **{column: row["id"]}, **whose)
    # What several records have to do with, and a complaint: seen by whoever may see all of them.
    for n, order in enumerate(made.rows[Order][:8]):
        complaint = {"complaint_id": made.rows[Complaint][n]["id"], "department": [None, Department.LOGISTICS][n % 2]}
        shipment, returned = made.rows[Shipment][n]["id"], made.rows[CustomerReturn][n]["id"]
        happened(ReturnEvent.REQUESTED, order_id=order["id"], return_id=returned, **complaint)
        happened(ShipmentEvent.CREATED, order_id=order["id"], shipment_id=shipment)
        happened(ReturnEvent.REFUND_MADE, order_id=order["id"], **complaint)
    return found
