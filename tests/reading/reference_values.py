"""What the database computes, computed once more in plain Python from all rows, for the tests' plain reading."""

import calendar
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tortoise.models import Model

from models.back_office.logistics.inventory import Batch, Location
from models.back_office.logistics.inventory.stock import StockBalance, StockMove
from models.back_office.logistics.shipments import Shipment, ShipmentLine
from models.back_office.products.catalogue import ProductCategory
from models.back_office.products.improvements import Improvement
from models.back_office.purchasing import PurchaseOrder, PurchaseOrderLine, Receipt, Supplier
from models.both_offices.absences import Absence
from models.both_offices.accounts import RefreshToken
from models.both_offices.clocks.running import Clock
from models.front_office.customers import Customer
from models.front_office.sales.orders import Order, OrderLine
from models.front_office.service.answers import StageWorker
from models.front_office.service.complaints import Complaint
from models.kit.base import now
from models.kit.events import Event, EventSubject
from resolvers.kit.commands import Viewer
from tests.reading.reference_scopes import Eyes, Row, Tables, is_present

HIDDEN_CHANGES = {
    "complaint": {"HANDOFF_QUEUED"},
    "order": {
        *("ORDER_QUOTED", "DISCOUNT_ASKED", "DISCOUNT_APPROVED", "DISCOUNT_REJECTED", "PAYMENT_RECORDED"),
        *("REFUND_MADE", "RETURN_REQUESTED"),
    },
    "product": {"PRODUCT_CHANGED"},
    "supplier": {"SUPPLIER_CHANGED"},
}
"""What happens to records that not every reader of theirs may know of."""


class Values:
    """Computes from all rows, whoever may see them; only what depends on the viewer looks at who asks."""

    def __init__(self, tables: Tables, viewer: Viewer) -> None:
        self.tables = tables
        self.viewer = viewer

    def all(self, model: type[Model], **columns: Any) -> list[Row]:
        """The rows with these values."""
        return [row for row in self.tables[model] if all(row[name] == value for name, value in columns.items())]

    def one(self, model: type[Model], key: Any) -> Row | None:
        """The row with this key, if any."""
        return next(iter(self.all(model, id=key)), None)

    def version(self, about: str, row: Row) -> int:
        """A record's version: what everybody may know of, and what the viewer may know of besides."""
        eyes, links = Eyes(self.tables, self.viewer), self.all(EventSubject, type=about, key=row["id"])
        told = [self.one(Event, link["event_id"]) for link in links]
        return row["version"] + sum(
            one["kind"] in HIDDEN_CHANGES[about] and eyes.see("RecordEvent", one) for one in told if one
        )

    # --- Stock ---

    def can_be_promised(self, balance: Row) -> bool:
        """Whether what a balance has free may be promised."""
        place, batch = self.one(Location, balance["location_id"]), self.one(Batch, balance["batch_id"])
        assert place and batch
        keeps = batch["expires_on"] is None or batch["expires_on"] >= datetime.now(UTC).date()
        return place["kind"] == "STORAGE" and batch["status"] == "RELEASED" and keeps

    def free(self, balances: list[Row]) -> int:
        """How much of what lies there can be promised."""
        return sum(one["on_hand"] - one["allocated"] for one in balances if self.can_be_promised(one))

    def on_order(self, product: Row) -> int:
        """How much is to come from suppliers."""
        awaited = {one["id"] for one in self.tables[PurchaseOrder] if one["status"] in ("SENT", "PARTLY_RECEIVED")}
        lines = self.all(PurchaseOrderLine, product_id=product["id"])
        return sum(
            max(line["quantity"] - line["received_quantity"], 0)
            for line in lines
            if line["purchase_order_id"] in awaited
        )

    # --- Suppliers and purchases ---

    def lead_time(self, supplier: Row) -> int | None:
        """Hundredths of a day from sending to the first receipt, on average, rounded half up."""
        waited: list[int] = []
        for order in self.all(PurchaseOrder, supplier_id=supplier["id"]):
            came = [one["received_at"] for one in self.all(Receipt, purchase_order_id=order["id"])]
            if came and order["sent_at"]:
                waited.append(int(min(came).timestamp()) - int(order["sent_at"].timestamp()))
        waited = [seconds for seconds in waited if seconds >= 0]
        return (sum(waited) * 100 + len(waited) * 43_200) // (len(waited) * 86_400) if waited else None

    def complaint_rate(self, supplier: Row) -> int | None:
        """Hundredths of a complaint per 1,000 units shipped."""
        batches = {batch["id"] for batch in self.all(Batch, supplier_id=supplier["id"])}
        complaints = [one for one in self.tables[Complaint] if one["batch_id"] in batches and is_counted(one)]
        gone = [one for one in self.all(StockMove, kind="SHIP") if one["batch_id"] in batches]
        return per_thousand(len(complaints), -sum(one["quantity"] for one in gone)) if gone else None

    # --- Orders ---

    @staticmethod
    def payment_state(order: Row) -> str:
        """How far an order is paid."""
        paid = order["paid_minor"]
        if paid > 0 and order["refunded_minor"] == paid:
            return "REFUNDED"
        if paid >= order["total_minor"]:
            return "PAID"
        return "PARTLY_PAID" if paid > 0 else "UNPAID"

    def backordered(self, line: Row) -> int:
        """What a line waits for."""
        order = self.one(Order, line["order_id"])
        waits = order and order["status"] in ("PLACED", "ON_HOLD", "PARTLY_SHIPPED")
        return line["quantity"] - line["shipped_quantity"] - line["allocated_quantity"] if waits else 0

    def warranty_until(self, line: Row) -> str | None:
        """The last day of a line's warranty."""
        order = self.one(Order, line["order_id"])
        assert order
        parcels = {one["shipment_id"] for one in self.all(ShipmentLine, order_line_id=line["id"])}
        came = [one["delivered_at"] for one in self.tables[Shipment] if one["id"] in parcels and one["delivered_at"]]
        arrived = max(came) if came else order["delivered_at"]
        if not line["warranty_months"] or arrived is None:
            return None
        return months_after(arrived.astimezone(UTC).date(), line["warranty_months"]).isoformat()

    def warnings(self, order: Row) -> list[str]:
        """What an agent should know first."""
        found: list[str] = []
        is_running = order["status"] not in ("SHIPPED", "DELIVERED", "CANCELLED")
        buyer = self.one(Customer, order["customer_id"])
        assert buyer
        if is_running and buyer["credit_limit_minor"] is not None:
            owed = sum(
                max(one["total_minor"] - one["paid_minor"], 0)
                for one in self.all(Order, customer_id=buyer["id"], currency=buyer["credit_currency"])
                if one["status"] not in ("DRAFT", "CANCELLED")
            )
            if order["status"] == "DRAFT" and order["currency"] == buyer["credit_currency"]:
                owed += order["total_minor"]
            found += ["CREDIT_LIMIT_EXCEEDED"] if owed > buyer["credit_limit_minor"] else []
        severe = [
            one for one in self.all(Complaint, customer_id=buyer["id"]) if one["severity"] in ("HIGH", "CRITICAL")
        ]
        if is_running and any(one["status"] != "CLOSED" for one in severe):
            found.append("OPEN_SEVERE_COMPLAINT")
        given_back = sum(line["refunded_minor"] for line in self.all(OrderLine, order_id=order["id"]))
        due = 0 if order["status"] == "CANCELLED" else order["total_minor"] - given_back
        return [*found, *(["PAID_TOO_MUCH"] if order["paid_minor"] - order["refunded_minor"] > due else [])]

    # --- Improvements ---

    def before(self, row: Row) -> tuple[datetime, datetime]:
        """The window before an improvement's work began."""
        until = row["started_at"] or now()
        return until - timedelta(days=row["window_days"]), until

    @staticmethod
    def after(row: Row) -> tuple[datetime, datetime] | None:
        """The window after it was in place, so far."""
        if row["monitoring_from"] is None:
            return None
        ended = row["monitored_until"]
        return row["monitoring_from"], ended if ended is not None and ended < now() else now()

    def complaints_in(self, row: Row, window: tuple[datetime, datetime] | None, cause: Any) -> int:
        """How many complaints of a cause an improvement is measured by in a window."""
        if window is None:
            return 0
        return sum(
            one["cause"] == cause
            and window[0] <= one["received_at"] < window[1]
            and row["category"] in (None, one["category"])
            and row["product_id"] in (None, one["product_id"])
            and is_counted(one)
            for one in self.tables[Complaint]
        )

    def orders_in(self, row: Row, window: tuple[datetime, datetime] | None) -> int:
        """How many orders it is measured by in a window."""
        found = 0
        for order in self.tables[Order] if window else []:
            assert window
            own = self.all(OrderLine, order_id=order["id"])
            has_it = row["product_id"] is None or any(line["product_id"] == row["product_id"] for line in own)
            found += order["status"] != "DRAFT" and window[0] <= order["placed_at"] < window[1] and has_it
        return found

    def count(self, row: Row, what: str, when: str) -> int:
        """One of the four figures of an improvement: as it was judged by, or as it is now."""
        if (kept := row[f"{what}_{when}"]) is not None:
            return kept
        window = self.before(row) if when == "before" else self.after(row)
        return self.complaints_in(row, window, row["cause"]) if what == "complaints" else self.orders_in(row, window)

    def rate(self, row: Row, when: str) -> int | None:
        """Hundredths of a complaint per 1,000 orders."""
        if when == "after" and row["monitoring_from"] is None:
            return None
        return per_thousand(self.count(row, "complaints", when), self.count(row, "orders", when))

    def needs_successor(self, row: Row) -> bool:
        """Whether an improvement without effect asks for another one."""
        later = [one for one in self.all(Improvement, predecessor_id=row["id"]) if one["status"] != "REJECTED"]
        return row["status"] == "NOT_EFFECTIVE" and not later

    # --- People ---

    def is_at_stage(self, complaint: Any, stage: int) -> bool:
        """Whether the viewer has worked on a complaint at no other stage."""
        worked = self.all(StageWorker, complaint_id=complaint, account_id=self.viewer.account)
        return all(one["stage"] == stage for one in worked)

    def cause_ended(self, escalation: Row) -> bool:
        """Whether the clock that pressed no longer does."""
        pressing = [
            one
            for one in self.tables[Clock]
            if one["state"] != "STOPPED" and (one["warned_at"] is not None or one["breached_at"] is not None)
        ]
        handoff = escalation["handoff_id"]
        if handoff is not None:
            still = any(one["handoff_id"] == handoff for one in pressing)
        else:
            still = any(one["complaint_id"] == escalation["complaint_id"] for one in pressing)
        return escalation["source"] == "CLOCK" and not still


def is_counted(complaint: Row) -> bool:
    """Whether it is a complaint, and was not counted already."""
    return complaint["outcome"] not in ("NOT_A_COMPLAINT", "DUPLICATE")


def per_thousand(complaints: int, of: int) -> int | None:
    """Hundredths of a complaint per 1,000, rounded up."""
    return (complaints * 100_000 + of - 1) // of if of else None


def decimal(hundredths: int | None) -> str | None:
    """Hundredths as JSON has them."""
    return None if hundredths is None else f"{hundredths // 100}.{hundredths % 100:02d}"


def months_after(day: date, months: int) -> date:
    """The day so many calendar months later, or the last of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _name(model: type[Model], column: str) -> Callable[[Values, Row], Any]:
    def named(values: Values, row: Row) -> Any:
        found = values.one(model, row[column])
        return found and found["name"]

    return named


def _day(column: str) -> Callable[[Values, Row], Any]:
    return lambda _, row: row[column] and row[column].astimezone(UTC).date().isoformat()


COMPUTED: dict[tuple[str, str], Callable[[Values, Row], Any]] = {
    ("ComplaintOrder", "placedAt"): _day("placed_at"),
    ("ComplaintOrder", "requiredAt"): _day("required_at"),
    ("ComplaintOrder", "shippedAt"): _day("shipped_at"),
    ("ComplaintOrder", "deliveredAt"): _day("delivered_at"),
    ("ComplaintOrderProgress", "since"): _day("since"),
    ("ComplaintOrderProgress", "expectedAt"): _day("expected_at"),
    ("Absence", "isPresent"): lambda _, row: is_present(row),
    ("Account", "isAbsent"): lambda own, row: any(map(is_present, own.all(Absence, account_id=row["id"]))),
    ("Complaint", "version"): lambda own, row: own.version("complaint", row),
    ("Order", "version"): lambda own, row: own.version("order", row),
    ("Product", "version"): lambda own, row: own.version("product", row),
    ("Supplier", "version"): lambda own, row: own.version("supplier", row),
    ("AccountSession", "refreshedAt"): lambda own, row: max(
        one["issued_at"] for one in own.all(RefreshToken, family=row["family"])
    ),
    ("AccountSession", "expiresAt"): lambda own, row: max(
        one["expires_at"] for one in own.all(RefreshToken, family=row["family"])
    ),
    ("Complaint", "viewerMayWork"): lambda own, row: own.is_at_stage(row["id"], row["stage"]),
    ("Improvement", "maxRecurrence"): lambda _, row: decimal(row["max_recurrence"]),
    ("Improvement", "needsSuccessor"): lambda own, row: own.needs_successor(row),
    ("Recurrence", "before"): lambda own, row: decimal(own.rate(row, "before")),
    ("Recurrence", "after"): lambda own, row: decimal(own.rate(row, "after")),
    ("Recurrence", "complaintsBefore"): lambda own, row: own.count(row, "complaints", "before"),
    ("Recurrence", "ordersBefore"): lambda own, row: own.count(row, "orders", "before"),
    ("Recurrence", "complaintsAfter"): lambda own, row: own.count(row, "complaints", "after"),
    ("Recurrence", "ordersAfter"): lambda own, row: own.count(row, "orders", "after"),
    ("Recurrence", "undeterminedAfter"): lambda own, row: own.complaints_in(row, own.after(row), None),
    ("StockCountLine", "difference"): lambda _, row: (
        None if row["expected"] is None else row["counted"] - row["expected"]
    ),
    ("Batch", "onHand"): lambda own, row: sum(one["on_hand"] for one in own.all(StockBalance, batch_id=row["id"])),
    ("Batch", "available"): lambda own, row: own.free(own.all(StockBalance, batch_id=row["id"])),
    ("StockBalance", "available"): lambda own, row: own.free([row]),
    ("ProductDecision", "complaintsPerThousandOrders"): lambda _, row: decimal(
        per_thousand(row["complaints"], row["orders"])
    ),
    ("ProductDecision", "averageRating"): lambda _, row: decimal(row["average_rating"]),
    ("Product", "categoryName"): _name(ProductCategory, "category_id"),
    ("Product", "supplierName"): _name(Supplier, "supplier_id"),
    ("Product", "unitsAvailable"): lambda own, row: own.free(own.all(StockBalance, product_id=row["id"])),
    ("Product", "unitsOnOrder"): lambda own, row: own.on_order(row),
    ("Product", "discontinued"): lambda _, row: row["status"] == "WITHDRAWN",
    ("Supplier", "leadTimeDays"): lambda own, row: decimal(own.lead_time(row)),
    ("Supplier", "complaintRate"): lambda own, row: decimal(own.complaint_rate(row)),
    ("PurchaseOrder", "costsKnown"): lambda own, row: (
        not own.all(PurchaseOrderLine, purchase_order_id=row["id"], cost_known=False)
    ),
    ("Clock", "breached"): lambda _, row: row["due_at"] is not None and row["due_at"] <= (row["stopped_at"] or now()),
    ("Escalation", "causeEnded"): lambda own, row: own.cause_ended(row),
    ("OrderLine", "backorderedQuantity"): lambda own, row: own.backordered(row),
    ("OrderLine", "warrantyUntil"): lambda own, row: own.warranty_until(row),
    ("Order", "paymentState"): lambda own, row: own.payment_state(row),
    ("Order", "warnings"): lambda own, row: own.warnings(row),
}
"""Every computed value that is told once more here, by type and field."""
