"""Which rows a viewer sees, said once more in plain Python: the row scopes for the tests' plain reading."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from tortoise.models import Model

from models.back_office.handoffs import Handoff
from models.back_office.handoffs.messages import MessageEvent
from models.back_office.logistics.inventory.stock import StockEvent
from models.back_office.production import ProductionEvent
from models.back_office.products.catalogue import ProductEvent
from models.back_office.products.decisions import DecisionEvent
from models.back_office.purchasing import SupplierEvent
from models.both_offices.absences import Absence
from models.both_offices.accounts import RefreshToken
from models.both_offices.clocks.running import Clock
from models.both_offices.rules import RuleCondition
from models.front_office.after_sales.returns import ReturnEvent
from models.front_office.sales.orders import OrderEvent
from models.front_office.sales.orders.terms import OrderPayment
from models.front_office.service.complaints import Complaint
from models.kit.base import now
from models.kit.events import Event, EventSubject
from models.permissions import Permission
from resolvers.kit.commands import Viewer

Row = dict[str, Any]
Tables = Mapping[type[Model], list[Row]]


class Eyes:
    """One viewer's eyes on all rows."""

    def __init__(self, tables: Tables, viewer: Viewer) -> None:
        self._tables = tables
        self._viewer = viewer
        self._scopes: dict[str, Callable[[Row], bool]] = {
            "Complaint": self._complaint,
            "Handoff": self._handoff,
            "HandoffMessage": self._message,
            "Clock": self._clock,
            "ClockSegment": lambda row: self._clock(self._row(Clock, row["clock_id"])),
            "Escalation": self._escalation,
            "MajorCase": self._case,
            "ComplaintOrder": self._order_of_complaint,
            "ComplaintOrderLine": self._order_of_complaint,
            "ComplaintOrderProgress": self._order_of_complaint,
            "ShipmentLabel": self._label,
            "InvoiceAddress": self._invoice,
            "ComplaintLink": lambda row: self._of_complaint(row) and self._complaint_by(row["other_id"]),
            "RuleApplication": lambda row: self._of_complaint(row) and self._asked_what_is_known(row),
            "Notification": self._own,
            "AccountSession": self._session,
            "Task": self._task,
            "Event": self._event,
            "RecordEvent": self._event,
            "Improvement.history": lambda row: "improvement" in self._subjects(row),
            "WorkOrder.history": lambda row: "work_order" in self._subjects(row),
            "Batch.history": lambda row: "batch" in self._subjects(row),
            "PurchaseOrder.history": lambda row: "purchase_order" in self._subjects(row),
            "Product.history": self._products_event,
        } | dict.fromkeys(OF_COMPLAINTS, self._of_complaint)

    def see(self, type_name: str, row: Row, coordinate: str = "") -> bool:
        """Whether the viewer sees a row of a node type, on a way to it that may show others than the type does."""
        scope = self._scopes.get(coordinate) or self._scopes.get(type_name)
        return scope is None or scope(row)

    def _may(self, permission: Permission) -> bool:
        return permission in self._viewer.permissions

    def _row(self, model: type[Model], key: UUID) -> Row:
        return next(row for row in self._tables[model] if row["id"] == key)

    def _sees_all(self) -> bool:
        return self._may(Permission.READ_ALL_HANDOFFS)

    def _is_ours(self, row: Row) -> bool:
        return row["department"] in self._viewer.departments

    def _own(self, row: Row) -> bool:
        return row["account_id"] == self._viewer.account

    # --- Complaints and what hangs on them ---

    def _handoff(self, row: Row) -> bool:
        return self._sees_all() or self._is_ours(row)

    def _complaint(self, row: Row) -> bool:
        return self._complaint_by(row["id"])

    def _complaint_by(self, key: UUID | None) -> bool:
        handed = (one for one in self._tables[Handoff] if one["complaint_id"] == key)
        return self._sees_all() or any(self._is_ours(one) for one in handed)

    def _of_complaint(self, row: Row) -> bool:
        return self._complaint_by(row["complaint_id"])

    def _asked_what_is_known(self, row: Row) -> bool:
        asked = {
            one["looks_at"] for one in self._tables[RuleCondition] if one["rule_version_id"] == row["rule_version_id"]
        }
        return self._may(Permission.READ_COMPLAINT_TEXT) or "MASKED_TEXT" not in asked

    def _case(self, row: Row) -> bool:
        attached = [one for one in self._tables[Complaint] if one["case_id"] == row["id"]]
        return self._may(Permission.ENTER_FRONT_OFFICE) or any(self._complaint(one) for one in attached)

    def _clock(self, row: Row) -> bool:
        return self._sees_all() or self._is_ours(row) or self._of_complaint(row)

    def _escalation(self, row: Row) -> bool:
        return self._sees_all() or (
            row["handoff_id"] is not None and self._is_ours(self._row(Handoff, row["handoff_id"]))
        )

    def _message(self, row: Row) -> bool:
        doors = {"FRONT_OFFICE": Permission.ENTER_FRONT_OFFICE, "BACK_OFFICE": Permission.ENTER_BACK_OFFICE}
        offices = {office for office, door in doors.items() if self._may(door)}
        meant = offices and (row["audience"] == "BOTH_OFFICES" or row["audience"] in offices)
        own = row["author_id"] == self._viewer.account and row["office"] in offices
        return bool(own or (meant and self._handoff(self._row(Handoff, row["handoff_id"]))))

    def _session(self, row: Row) -> bool:
        family = [one for one in self._tables[RefreshToken] if one["family"] == row["family"]]
        lives = any(one["used_at"] is one["ended_at"] is None and one["expires_at"] > now() for one in family)
        known = self._may(Permission.WRITE_ACCOUNTS) or row["account_id"] == self._viewer.account
        return known and lives and row["id"] == min(one["id"] for one in family)

    def _task(self, row: Row) -> bool:
        me = self._viewer.account
        return (
            me in (row["assignee_id"], row["created_by_id"])
            or self._is_ours(row)
            or row["assignee_id"] in self._stood_in_for()
        )

    def _stood_in_for(self) -> set[UUID]:
        """Whose work is the viewer's now, over any number of people who are away."""
        found: set[UUID] = set()
        pending = [self._viewer.account]
        away = [row for row in self._tables[Absence] if is_present(row)]
        while pending:
            who = pending.pop()
            new = {row["account_id"] for row in away if row["stand_in_id"] == who} - found
            found |= new
            pending += new
        return found

    # --- Where orders go ---

    def _was_told(self, subject: str, key: UUID) -> bool:
        """Whether the viewer was told where a record goes."""
        kinds = ("LABEL_PRINTED", "INVOICE_ADDRESSED")
        looks = {
            one["id"] for one in self._tables[Event] if one["kind"] in kinds and one["actor_id"] == self._viewer.account
        }
        subjects = (one for one in self._tables[EventSubject] if (one["type"], one["key"]) == (subject, key))
        return any(one["event_id"] in looks for one in subjects)

    def _order_of_complaint(self, _row: Row) -> bool:
        learns_names = self._may(Permission.READ_SHIP_TO) or self._may(Permission.READ_INVOICE_ADDRESS)
        return self._may(Permission.READ_CUSTOMERS) or not learns_names

    def _label(self, row: Row) -> bool:
        return row["status"] in ("PICKED", "PACKED") and self._was_told("shipment", row["id"])

    def _invoice(self, row: Row) -> bool:
        came = [one["recorded_at"] for one in self._tables[OrderPayment] if one["order_id"] == row["id"]]
        about = {one["event_id"] for one in self._tables[EventSubject] if one["key"] == row["id"]}
        looks = [one for one in self._tables[Event] if one["kind"] == "INVOICE_ADDRESSED" and one["id"] in about]
        paid_first = (
            bool(came) and max(came) > now() - timedelta(days=30) and not any(one["at"] < max(came) for one in looks)
        )
        is_owed = row["status"] not in ("DRAFT", "CANCELLED") and (row["paid_minor"] < row["total_minor"] or paid_first)
        return is_owed and self._was_told("order", row["id"])

    # --- Events ---

    def _subjects(self, row: Row) -> set[str]:
        """The types of what an event is about."""
        return {one["type"] for one in self._tables[EventSubject] if one["event_id"] == row["id"]}

    def _event(self, row: Row) -> bool:
        subjects = self._subjects(row)
        is_told = subjects and subjects <= READERS_OF.keys() | {"complaint", "handoff"}
        is_our_business = not subjects & {"complaint", "handoff"} or self._sees_all() or self._is_ours(row)
        return bool(is_told and is_our_business and self._is_readable(row))

    def _products_event(self, row: Row) -> bool:
        return (
            "product" in self._subjects(row)
            and row["kind"] in TOLD_OF_PRODUCTS
            and self._may(TOLD_OF_PRODUCTS[row["kind"]])
        )

    def _is_readable(self, row: Row) -> bool:
        about = [READERS_OF[subject] for subject in self._subjects(row) if subject in READERS_OF]
        if row["kind"] in READERS_OF_KIND:
            about.append(READERS_OF_KIND[row["kind"]])
        return all(self._may(needs) for needs in about)


def is_present(row: Row) -> bool:
    """Whether an absence is now."""
    moment = now()
    return row["from_at"] <= moment and all(row[end] is None or row[end] > moment for end in ("until_at", "ended_at"))


OF_COMPLAINTS = ("ComplaintAnswer", "Correspondence", "Rating", "Reopening", "StageWorker")
"""What is seen by whoever sees the complaint that it hangs on."""

READERS_OF = {
    "order": Permission.READ_ORDERS,
    "product": Permission.READ_PRODUCTS,
    "batch": Permission.READ_BATCHES,
    "work_order": Permission.READ_PRODUCTION,
    "shipment": Permission.READ_SHIPMENTS,
    "purchase_order": Permission.READ_PURCHASING,
    "customer_return": Permission.READ_RETURNS,
    "supplier": Permission.READ_SUPPLIERS,
    "improvement": Permission.READ_IMPROVEMENTS,
    "account": Permission.READ_ACCOUNTS,
}
"""Who may know that something happened to what an event is about."""

READERS_OF_KIND = {
    MessageEvent.FRONT_OFFICE_POSTED: Permission.ENTER_FRONT_OFFICE,
    MessageEvent.BACK_OFFICE_POSTED: Permission.ENTER_BACK_OFFICE,
    DecisionEvent.DECIDED: Permission.READ_IMPROVEMENTS,
    ProductionEvent.BILL_ACTIVATED: Permission.READ_PRODUCTION,
    ProductEvent.CHANGED: Permission.READ_COST_PRICE,
    SupplierEvent.CHANGED: Permission.READ_PURCHASING,
    OrderEvent.QUOTED: Permission.READ_ORDER_PRICES,
    OrderEvent.REPLACED: Permission.READ_CUSTOMERS,
    **dict.fromkeys((StockEvent.LOW, StockEvent.OUT, StockEvent.COUNTED), Permission.READ_STOCK),
    **dict.fromkeys(
        (
            OrderEvent.DISCOUNT_ASKED,
            OrderEvent.DISCOUNT_APPROVED,
            OrderEvent.DISCOUNT_REJECTED,
            OrderEvent.PAYMENT_RECORDED,
            ReturnEvent.REFUND_PROPOSED,
            ReturnEvent.REFUND_REJECTED,
            ReturnEvent.REFUND_MADE,
        ),
        Permission.READ_ORDER_PRICES,
    ),
}
"""Who may know of what says more than that something happened."""

TOLD_OF_PRODUCTS = {
    ProductEvent.ADDED: Permission.READ_PRODUCTS,
    ProductEvent.STATUS_CHANGED: Permission.READ_PRODUCTS,
    ProductEvent.CHANGED: Permission.READ_COST_PRICE,
    DecisionEvent.DECIDED: Permission.READ_IMPROVEMENTS,
    ProductionEvent.BILL_ACTIVATED: Permission.READ_PRODUCTION,
    StockEvent.LOW: Permission.READ_STOCK,
    StockEvent.OUT: Permission.READ_STOCK,
}
"""What a product's history tells, and to whom."""
