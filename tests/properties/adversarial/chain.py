"""From order to delivery in the nasty company: where stock lies, what was bought, made and sent. What ledgers sum up is left out:
the database would write their sums over the nasty values."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from itertools import cycle
from typing import Any
from uuid import UUID

from tortoise.models import Model

from models.back_office.logistics.inventory import Batch, BatchStatus, Location, LocationKind, Warehouse
from models.back_office.logistics.shipments import Shipment, ShipmentLine, ShipmentStatus
from models.back_office.production import BillLine, BillOfMaterials, BillStatus, WorkOrder, WorkOrderStatus
from models.back_office.purchasing import PurchaseLimit, PurchaseOrder, PurchaseOrderLine, PurchaseOrderStatus
from models.permissions import Role

Row = dict[str, Any]
Text = Callable[..., str]

CHAIN_TABLES: tuple[type[Model], ...] = (
    Warehouse,
    Location,
    BillOfMaterials,
    BillLine,
    WorkOrder,
    Batch,
    PurchaseOrder,
    PurchaseOrderLine,
    PurchaseLimit,
    Shipment,
    ShipmentLine,
)
"""Parents before children."""

LAST_DAY = date(9999, 12, 30)


def chain(
    lines: Sequence[Row],
    staff: Sequence[UUID],
    text: Text,
    maybe: Callable[[Any], Any],
    key: Callable[[int, int], UUID],
    moment: Callable[[int], Any],
) -> tuple[list[Row], ...]:
    """The rows of those tables. The order lines name orders and products."""
    somebody = cycle(staff)
    warehouses = [
        {"id": key(19, n), "code": f"W{n}", "name": text(), "country": text(100), "version": n} for n in (1, 2)
    ]
    locations = [
        {"id": key(20, n), "warehouse_id": key(19, n % 2 + 1), "code": f"{'aA'[n % 2]}-{n}", "kind": kind, "version": n}
        for n, kind in enumerate([*LocationKind, *LocationKind], start=1)
    ]
    bills = [
        {
            "id": key(23, n),
            "product_id": key(3, n),
            "revision": n,
            "status": list(BillStatus)[n % 3],
            "output_quantity": n,
            "drafted_at": moment(n),
            "drafted_by_id": maybe(next(somebody)),
            "activated_at": moment(n),
            "retired_at": maybe(moment(n + 1)),
            "version": n,
        }
        for n in range(1, 6)
    ]
    components = [
        {
            "id": key(24, n),
            "bill_id": key(23, (n - 1) % 5 + 1),
            "position": (n - 1) // 5 + 1,
            "component_id": key(3, n % 8 + 1),
            "quantity": n,
        }
        for n in range(1, 9)
    ]
    work = [
        {
            "id": key(25, n),
            "number": f"WO-{n}",
            "product_id": key(3, n % 5 + 1),
            "bill_id": key(23, n % 5 + 1),
            "warehouse_id": key(19, n % 2 + 1),
            "status": list(WorkOrderStatus)[n % 5],
            "quantity": n,
            "completed_quantity": n + 1,
            "planned_for": [LAST_DAY, date(2026, 3, n)][n % 2],
            "created_at": moment(n),
            "created_by_id": maybe(next(somebody)),
            "released_at": [None, moment(n)][n % 2],
            "started_at": moment(n),
            "ended_at": moment(n + 1),
            "cancellation_reason": text(),
            "version": n,
        }
        for n in range(1, 8)
    ]
    batches = [
        {
            "id": key(21, n),
            "number": f"BAT-{n}",
            "product_id": key(3, n),
            "status": list(BatchStatus)[n % 3],
            "made_at": moment(n),
            "expires_on": maybe([LAST_DAY, date(2001, 3, n)][n % 2]),
            "supplier_id": maybe(key(13, n % 3 + 1)),
            "work_order_id": maybe(key(25, n % 7 + 1)),
            "currency": ["JPY", "BHD", None][n % 3],
            "unit_cost_minor": [0, 2**53 + 1, None][n % 3],
            "held_at": [None, moment(n)][n % 2],
            "status_reason": [None, "Wet\n", "😀"][n % 3],
            "version": n,
        }
        for n in range(1, 9)
    ]
    purchases, bought = _purchases(somebody, text, maybe, key, moment)
    shipments, sent = _shipments(lines, somebody, text, maybe, key, moment)
    limits = [
        {"id": key(30, n), "role": Role.BACK_OFFICE_MANAGER, "currency": currency, "limit_minor": 100_000, "version": n}
        for n, currency in enumerate(("EUR", "BHD"), start=1)
    ]
    return warehouses, locations, bills, components, work, batches, purchases, bought, limits, shipments, sent


def _purchases(
    somebody: Iterator[UUID], text: Text, maybe: Callable[[Any], Any], key: Any, moment: Any
) -> tuple[list[Row], list[Row]]:
    manager = key(1, list(Role).index(Role.BACK_OFFICE_MANAGER) + 1)
    purchases = [
        {
            "id": key(26, n),
            "number": f"PO-{n}",
            "supplier_id": key(13, n % 3 + 1),
            "warehouse_id": key(19, n % 2 + 1),
            "status": list(PurchaseOrderStatus)[n % 6],
            "proposed": n % 2 == 0,
            "currency": ["EUR", "JPY", "BHD"][n % 3],
            "total_minor": n * 12_345,
            "drafted_at": moment(n),
            # Who writes drafts has a limit.
            "drafted_by_id": [None, key(1, n)][n % 4 > 0] if n % 6 else manager,
            "approved_at": [None, moment(n)][n % 4 == 1],
            "approved_by_id": [None, key(1, 13)][n % 4 == 1],
            "changed_by_id": [None, key(1, n)][n % 3 == 0],
            "sent_at": moment(n),
            "sent_by_id": [None, key(1, n)][n % 2],
            "expected_at": maybe(moment(n + 2)),
            "received_at": maybe(moment(n + 2)),
            "ended_at": moment(n + 3),
            "ending_reason": maybe(text()),
            "version": n,
        }
        for n in range(1, 13)
    ]
    lines = [
        {
            "id": key(27, n * 10 + position),
            "purchase_order_id": row["id"],
            "position": position,
            "product_id": key(3, (n + position) % 8 + 1),
            "quantity": n,
            "unit_cost_minor": position * 333 if known else 0,
            "currency": row["currency"],
            "total_minor": n * position * 333 if known else 0,
            "cost_known": known,
            "received_quantity": n // 2,
        }
        for n, row in enumerate(purchases, start=1)
        for position in range(1, n % 3 + 2)
        for known in [n != len(purchases)]
    ]
    return purchases, lines


def _shipments(
    lines: Sequence[Row], somebody: Iterator[UUID], text: Text, maybe: Callable[[Any], Any], key: Any, moment: Any
) -> tuple[list[Row], list[Row]]:
    shipments = [
        {
            "id": key(28, n),
            "number": f"SHP-{n}",
            "order_id": line["order_id"],
            "warehouse_id": key(19, n % 2 + 1),
            "status": list(ShipmentStatus)[n % 6],
            "carrier": text(100),
            "tracking_number": maybe(text(100)),
            "created_at": moment(n),
            "created_by_id": maybe(next(somebody)),
            **{f"{what}_at": moment(n) for what in ("picked", "packed", "shipped", "cancelled")},
            # A warranty is reckoned from it, and no calendar knows the year 10000.
            "delivered_at": moment(n % 10),
            "expected_at": maybe(moment(n + 1)),
            "ship_name": maybe(text()),
            "ship_street": maybe(text()),
            "ship_city": maybe(text(100)),
            "ship_region": maybe(text(100)),
            "ship_postal_code": maybe(text(20)),
            "ship_country": maybe("Mexico"),
            "version": n,
        }
        for n, line in enumerate(lines[::2], start=1)
    ]
    # The batches are numbered like the products that they are of.
    sent = [
        {
            "id": key(29, n),
            "shipment_id": key(28, n),
            "position": n,
            "order_line_id": line["id"],
            "batch_id": key(21, line["product_id"].int & 0xFF),
            "location_id": key(20, n % 8 + 1),
            "quantity": line["quantity"],
        }
        for n, line in enumerate(lines[::2], start=1)
    ]
    return shipments, sent
