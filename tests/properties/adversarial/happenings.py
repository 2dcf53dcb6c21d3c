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
from models.events import EVERY_KIND
from models.front_office.after_sales.returns import CustomerReturn, ReturnEvent
from models.front_office.sales.orders import Order
from models.front_office.service.complaints import Complaint
from models.kit.events import EventKind, Subject, about
from models.permissions import Department
from tests.properties.adversarial.kinds import Nasty, Row

SUBJECTS: dict[type[Model], str] = {
    Order: "ORDER_ DISCOUNT_ PAYMENT_ REFUND_",
    Product: "PRODUCT_ BILL_ STOCK_",
    Batch: "BATCH_",
    WorkOrder: "WORK_ORDER_",
    Shipment: "SHIPMENT_",
    PurchaseOrder: "PURCHASE_ORDER_",
    CustomerReturn: "RETURN_ REFUND_",
    Supplier: "SUPPLIER_",
    Improvement: "IMPROVEMENT_",
    Notification: "NOTIFICATION_",
    Account: "ABSENCE_ ACCOUNT_ SESSION_",
}
"""What an event can be about, or whom it can concern, and how the kinds of such events begin."""


def chain_events(made: Nasty, before: int, key: Callable[[int, int], UUID], moment: Callable[[int], Any]) -> list[Row]:
    """An event or two of each kind about some row of each kind. The relay has numbered nearly all of them."""
    found: list[Row] = []

    def happened(kind: EventKind, *subjects: Subject | None, **whom: Any) -> None:
        number = before + len(found) + 1
        found.append(
            {
                "id": number * 3,
                "position": number if number % 9 else None,
                "kind": kind,
                "at": moment(number),
                "actor_id": key(1, number % 14 + 1) if number % 3 else None,
                "about": [*subjects],
                **whom,
            }
        )

    for model, prefixes in SUBJECTS.items():
        for kind in EVERY_KIND.values():
            if kind.value.startswith(tuple(prefixes.split())):
                for n in (len(found) + 1, len(found) + 2):
                    row = made.rows[model][n % len(made.rows[model])]
                    if model is Account:
                        happened(kind, account_id=row["id"])
                    else:
                        whose = {"account_id": row["account_id"]} if model is Notification else {}
                        happened(kind, about(model, row["id"]), **whose)
    # What several records have to do with, and a complaint: seen by whoever may see all of them.
    for n, order in enumerate(made.rows[Order][:8]):
        complaint = about(Complaint, made.rows[Complaint][n]["id"])
        whose = {"department": [None, Department.LOGISTICS][n % 2]}
        shipment = about(Shipment, made.rows[Shipment][n]["id"])
        returned = about(CustomerReturn, made.rows[CustomerReturn][n]["id"])
        ordered = about(Order, order["id"])
        happened(ReturnEvent.REQUESTED, ordered, returned, complaint, **whose)
        happened(ShipmentEvent.CREATED, ordered, shipment)
        happened(ReturnEvent.REFUND_MADE, ordered, complaint, **whose)
    return found


def subjects_of(events: list[Row]) -> list[Row]:
    """The subjects of events, taken out of these as rows of their own."""
    found = [(event["id"], one) for event in events for one in event.pop("about") if one is not None]
    return [
        {"id": number, "event_id": event, "type": one.type, "key": one.key}
        for number, (event, one) in enumerate(found, start=1)
    ]
