"""How far an order is, and what should be known of it: a view over its lines, their promises, their shipments and what is to
come, and warnings in SQL.

The surprising rule: what a line waits for is reckoned with those before it in the queue: the oldest order is served first.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from uuid import UUID

from tortoise import fields

from models.kit.base import Record, all_rows
from models.kit.constraints import View
from models.kit.enums import DescribedEnum
from models.kit.tortoise_privates import columns_of


class ProgressStage(DescribedEnum):
    """Where pieces of an order are."""

    BACKORDERED = "BACKORDERED", "Not there; they are promised when they come in."
    IN_PRODUCTION = "IN_PRODUCTION", "Being made, or planned to be, or waiting for the quality check."
    ALLOCATED = "ALLOCATED", "In stock and promised to the order."
    PICKED = "PICKED", "Taken from the shelf, and being packed."
    SHIPPED = "SHIPPED", "On the way."
    DELIVERED = "DELIVERED", "With the customer."


class OrderProgress(Record):
    """How many pieces of a line are at one stage; with the shipment that they go with, from picking on.

    `place` orders the rows of an order: by line, and within it what has come furthest first.
    """

    order_id = fields.UUIDField()
    order_line_id = fields.UUIDField()
    product_id = fields.UUIDField()
    place = fields.IntField()
    position = fields.IntField()
    stage = fields.CharEnumField(ProgressStage, max_length=20)
    quantity = fields.IntField()
    since = fields.DatetimeField(null=True)
    expected_at = fields.DatetimeField(null=True)
    planned_for = fields.DateField(null=True)
    work_order_number = fields.CharField(max_length=20, null=True)
    batch_number = fields.CharField(max_length=20, null=True)
    shipment_id = fields.UUIDField(null=True)
    carrier = fields.CharField(max_length=100, null=True)
    tracking_number = fields.CharField(max_length=100, null=True)

    class Meta:
        table = "order_progress"
        # A view, ORDER_PROGRESS: Tortoise makes no table of it.
        abstract = True


OrderProgress.row_scope = all_rows


# --- The view ---------------------------------------------------------------------------------------------------------

_SQL_TYPES = {UUID: "uuid", int: "integer", str: "text", ProgressStage: "text", datetime: "timestamptz", date: "date"}
_PROGRESS = {name: _SQL_TYPES[field.field_type] for name, field in columns_of(OrderProgress).items()}
_FURTHEST_FIRST: Sequence[str] = "DELIVERED SHIPPED PICKED ALLOCATED IN_PRODUCTION BACKORDERED".split()

_LIES = (
    "CAST(coalesce((SELECT sum(lies.on_hand - lies.allocated) FROM stock_balances lies WHERE lies.batch_id = b.id), 0)"
    " AS integer)"
)

# Lines that wait, with how much the older ones wait for, and how much of their product is being made.
_WAITING = (
    "(SELECT l.id, l.order_id, l.product_id, l.position, l.quantity - l.shipped_quantity - l.allocated_quantity AS lacking,"
    " coalesce((SELECT sum(older.quantity - older.shipped_quantity - older.allocated_quantity) FROM order_lines older"
    " JOIN orders before ON before.id = older.order_id WHERE older.product_id = l.product_id"
    " AND older.shipped_quantity + older.allocated_quantity < older.quantity AND before.status IN ('PLACED', 'PARTLY_SHIPPED')"
    " AND (before.placed_at, before.id, older.position) < (o.placed_at, o.id, l.position)), 0) AS ahead,"
    " coalesce((SELECT sum(w.quantity) FROM work_orders w WHERE w.product_id = l.product_id"
    " AND w.status IN ('PLANNED', 'RELEASED', 'IN_PROGRESS')), 0) + coalesce((SELECT sum(lies.on_hand - lies.allocated)"
    " FROM batches b JOIN stock_balances lies ON lies.batch_id = b.id WHERE b.product_id = l.product_id"
    " AND b.status = 'ON_HOLD' AND b.work_order_id IS NOT NULL), 0) AS made"
    " FROM order_lines l JOIN orders o ON o.id = l.order_id"
    " WHERE l.shipped_quantity + l.allocated_quantity < l.quantity AND o.status IN ('PLACED', 'ON_HOLD', 'PARTLY_SHIPPED'))"
)
_MADE_FOR_IT = (
    "CASE WHEN line.made <= line.ahead THEN 0 WHEN line.made - line.ahead < line.lacking THEN line.made - line.ahead"
    " ELSE line.lacking END"
)
_MADE_LAST = (
    "SELECT last.id FROM being_made last WHERE last.product_id = line.product_id"
    " AND (SELECT sum(first.quantity) FROM being_made first WHERE first.product_id = line.product_id"
    f" AND (first.planned_for, first.id) <= (last.planned_for, last.id)) >= line.ahead + {_MADE_FOR_IT}"
    " ORDER BY last.planned_for, last.id LIMIT 1"
)
# When what was ordered from suppliers covers all that is not made, for this line and those before it.
_DELIVERED_LAST = (
    "SELECT min(due.expected_at) FROM purchase_orders due JOIN purchase_order_lines what ON what.purchase_order_id = due.id"
    " WHERE what.product_id = line.product_id AND due.status IN ('SENT', 'PARTLY_RECEIVED')"
    " AND (SELECT sum(part.quantity - part.received_quantity) FROM purchase_order_lines part"
    " JOIN purchase_orders early ON early.id = part.purchase_order_id WHERE part.product_id = line.product_id"
    " AND early.status IN ('SENT', 'PARTLY_RECEIVED') AND part.received_quantity < part.quantity"
    " AND early.expected_at <= due.expected_at) >= line.ahead + line.lacking - line.made"
)
_IN_STOCK = (
    "FROM allocations a JOIN stock_balances b ON b.id = a.balance_id JOIN locations place ON place.id = b.location_id"
    " WHERE a.order_line_id = line.id AND place.kind <> 'PACKING'"
)
_IN_SHIPMENT = (
    "SELECT sum(sl.quantity) FROM shipment_lines sl WHERE sl.shipment_id = s.id AND sl.order_line_id = line.id"
)
_WITH_SHIPMENT = (
    "(SELECT coalesce(sum(sl.quantity), 0) FROM shipment_lines sl JOIN shipments s ON s.id = sl.shipment_id"
    " WHERE sl.order_line_id = line.id AND s.status IN ('SHIPPED', 'DELIVERED'))"
)


def _branches() -> list[tuple[dict[str, str], str]]:
    """Each stage of an order's lines: where the columns come from, and which rows. None of them adds rows up."""

    def stage(name: str, **sources: str) -> dict[str, str]:
        return {
            "id": "line.id",
            "order_id": "line.order_id",
            "order_line_id": "line.id",
            "product_id": "line.product_id",
            "position": "line.position",
            "stage": f"'{name}'",
            "place": f"line.position * 10 + {_FURTHEST_FIRST.index(name)}",
            **sources,
        }

    parcel = {"id": "s.id", "quantity": f"({_IN_SHIPMENT})", "shipment_id": "s.id"}
    carried = {**parcel, "carrier": "s.carrier", "tracking_number": "s.tracking_number", "expected_at": "s.expected_at"}
    parcels = (
        "order_lines line JOIN shipments s ON s.order_id = line.order_id"
        " WHERE EXISTS (SELECT 1 FROM shipment_lines any_of WHERE any_of.shipment_id = s.id AND any_of.order_line_id = line.id)"
        " AND s.status IN"
    )
    unknown = (
        "order_lines line JOIN orders o ON o.id = line.order_id"
        f" WHERE line.shipped_quantity > {_WITH_SHIPMENT} AND o.status"
    )
    left_before = f"line.shipped_quantity - {_WITH_SHIPMENT}"
    return [
        (stage("DELIVERED", **carried, since="s.delivered_at"), f"{parcels} ('DELIVERED')"),
        (stage("SHIPPED", **carried, since="s.shipped_at"), f"{parcels} ('SHIPPED')"),
        # What left the house before shipments were kept.
        (stage("DELIVERED", quantity=left_before, since="o.delivered_at"), f"{unknown} = 'DELIVERED'"),
        (stage("SHIPPED", quantity=left_before, since="o.shipped_at"), f"{unknown} <> 'DELIVERED'"),
        (stage("PICKED", **parcel, since="s.picked_at"), f"{parcels} ('PICKED', 'PACKED')"),
        (
            stage(
                "ALLOCATED",
                quantity=f"(SELECT sum(a.quantity) {_IN_STOCK})",
                since=f"(SELECT min(a.allocated_at) {_IN_STOCK})",
            ),
            f"order_lines line WHERE line.allocated_quantity > 0 AND EXISTS (SELECT 1 {_IN_STOCK})",
        ),
        (
            stage(
                "IN_PRODUCTION",
                quantity=_MADE_FOR_IT,
                planned_for="made.planned_for",
                work_order_number="made.work_order_number",
                batch_number="made.batch_number",
            ),
            f"{_WAITING} line JOIN being_made made ON made.id = ({_MADE_LAST}) WHERE {_MADE_FOR_IT} > 0",
        ),
        (
            stage("BACKORDERED", quantity=f"line.lacking - {_MADE_FOR_IT}", expected_at=f"({_DELIVERED_LAST})"),
            f"{_WAITING} line WHERE line.lacking > {_MADE_FOR_IT}",
        ),
    ]


# What is made, or was made and waits for its quality check, by the day that it is planned for.
_MADE = {"id": "w.id", "product_id": "w.product_id", "planned_for": "w.planned_for", "work_order_number": "w.number"}
BEING_MADE = View(
    "being_made",
    {
        "id": "uuid",
        "product_id": "uuid",
        "planned_for": "date",
        "work_order_number": "text",
        "batch_number": "text",
        "quantity": "integer",
    },
    (
        (
            {**_MADE, "quantity": "w.quantity"},
            "work_orders w WHERE w.status IN ('PLANNED', 'RELEASED', 'IN_PROGRESS')",
        ),
        (
            {**_MADE, "id": "b.id", "product_id": "b.product_id", "batch_number": "b.number", "quantity": _LIES},
            "batches b JOIN work_orders w ON w.id = b.work_order_id WHERE b.status = 'ON_HOLD'",
        ),
    ),
)
ORDER_PROGRESS = View("order_progress", _PROGRESS, tuple(_branches()))


# --- Warnings ---------------------------------------------------------------------------------------------------------


class OrderWarning(DescribedEnum):
    """What an agent should know before going on with an order. It stops nothing."""

    CREDIT_LIMIT_EXCEEDED = (
        "CREDIT_LIMIT_EXCEEDED",
        "What the customer owes us, this order included, is above the customer's credit limit.",
    )
    OPEN_SEVERE_COMPLAINT = "OPEN_SEVERE_COMPLAINT", "The customer has a HIGH or CRITICAL complaint that is not closed."
    PAID_TOO_MUCH = (
        "PAID_TOO_MUCH",
        "More was paid than the order costs now, less what was given back for its lines; it is to be given back as `overpaid`.",
    )


def warnings_sql(order: Callable[[str], str]) -> str:
    """JSON text of the warnings about an order, whose columns `order` gives; a list, never null.

    Owed is what is not paid of orders that are placed and not cancelled, in the currency of the limit. A draft is counted as
    if it were placed. Orders that are with their customers are only looked at for money that is to be given back.
    """
    owed = (
        "coalesce((SELECT sum(owing.total_minor - owing.paid_minor) FROM orders owing"
        f" WHERE owing.customer_id = {order('customer_id')} AND owing.currency = buyer.credit_currency"
        " AND owing.status NOT IN ('DRAFT', 'CANCELLED') AND owing.total_minor > owing.paid_minor), 0)"
    )
    draft = (
        f"CASE WHEN {order('status')} = 'DRAFT' AND {order('currency')} = buyer.credit_currency"
        f" THEN {order('total_minor')} ELSE 0 END"
    )
    credit = (
        f"EXISTS (SELECT 1 FROM customers buyer WHERE buyer.id = {order('customer_id')}"
        f" AND buyer.credit_limit_minor IS NOT NULL AND {owed} + {draft} > buyer.credit_limit_minor)"
    )
    severe = (
        f"EXISTS (SELECT 1 FROM complaints severe WHERE severe.customer_id = {order('customer_id')}"
        " AND severe.severity IN ('HIGH', 'CRITICAL') AND severe.status <> 'CLOSED')"
    )
    given_back = (
        f"coalesce((SELECT sum(part.refunded_minor) FROM order_lines part WHERE part.order_id = {order('id')}), 0)"
    )
    due = f"CASE WHEN {order('status')} = 'CANCELLED' THEN 0 ELSE {order('total_minor')} - {given_back} END"
    running = f"{order('status')} NOT IN ('SHIPPED', 'DELIVERED', 'CANCELLED')"
    told = " || ".join(
        f"CASE WHEN {condition} THEN ',\"{warning.value}\"' ELSE '' END"
        for warning, condition in (
            (OrderWarning.CREDIT_LIMIT_EXCEEDED, f"{running} AND {credit}"),
            (OrderWarning.OPEN_SEVERE_COMPLAINT, f"{running} AND {severe}"),
            (OrderWarning.PAID_TOO_MUCH, f"{order('paid_minor')} - {order('refunded_minor')} > {due}"),
        )
    )
    return f"'[' || substr({told}, 2) || ']'"
