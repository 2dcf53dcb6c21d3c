"""From order to delivery in the nasty company: where stock lies, what was bought, made and sent. What ledgers sum up is left out:
the database would write their sums over the nasty values."""

from models.back_office.logistics.inventory import Batch, Location, LocationKind, Warehouse
from models.back_office.logistics.shipments import Shipment, ShipmentLine
from models.back_office.production import BillLine, BillOfMaterials, WorkOrder
from models.back_office.purchasing import PurchaseLimit, PurchaseOrder, PurchaseOrderLine
from models.front_office.sales.orders import OrderLine
from models.permissions import Role
from tests.properties.adversarial.kinds import Nasty, Row


def chain(made: Nasty) -> None:
    """Makes the rows of those tables. The order lines name orders and products."""
    key, moment = made.key, made.moment
    kinds = [*LocationKind, *LocationKind]
    made.make(Warehouse, 19, 2, lambda n: {"code": f"W{n}"})
    made.make(
        Location,
        20,
        len(kinds),
        lambda n: {"warehouse_id": key(19, n % 2 + 1), "code": f"{'aA'[n % 2]}-{n}", "kind": kinds[n - 1]},
    )
    made.make(BillOfMaterials, 23, 5, lambda n: {"product_id": key(3, n), "activated_at": moment(n)})
    made.make(
        BillLine,
        24,
        8,
        lambda n: {
            "bill_id": key(23, (n - 1) % 5 + 1),
            "position": (n - 1) // 5 + 1,
            "component_id": key(3, n % 8 + 1),
        },
    )
    made.make(
        WorkOrder,
        25,
        7,
        lambda n: {
            "product_id": key(3, n % 5 + 1),
            "bill_id": key(23, n % 5 + 1),
            "completed_quantity": n + 1,
            "started_at": moment(n),
            "ended_at": moment(n + 1),
            "cancellation_reason": made.text(),
        },
    )
    made.make(
        Batch,
        21,
        8,
        lambda n: {
            "product_id": key(3, n),
            "currency": ["JPY", "BHD", None][n % 3],
            "unit_cost_minor": [0, 2**53 + 1, None][n % 3],
            "status_reason": [None, "Wet\n", "😀"][n % 3],
        },
    )
    _purchases(made)
    _shipments(made)


def _purchases(made: Nasty) -> None:
    key, moment, count = made.key, made.moment, 12
    manager = key(1, list(Role).index(Role.BACK_OFFICE_MANAGER) + 1)
    made.make(
        PurchaseOrder,
        26,
        count,
        lambda n: {
            "currency": ["EUR", "JPY", "BHD"][n % 3],
            "total_minor": n * 12_345,
            # Who writes drafts has a limit.
            "drafted_by_id": [None, key(1, n)][n % 4 > 0] if n % 6 else manager,
            "approved_at": [None, moment(n)][n % 4 == 1],
            "approved_by_id": [None, key(1, 13)][n % 4 == 1],
            "changed_by_id": [None, key(1, n)][n % 3 == 0],
            "sent_at": moment(n),
            "sent_by_id": [None, key(1, n)][n % 2],
            "ended_at": moment(n + 3),
        },
    )
    lines = [(n, position) for n in range(1, count + 1) for position in range(1, n % 3 + 2)]

    def line(number: int) -> Row:
        n, position = lines[number - 1]
        cost = position * 333 if n != count else 0
        return {
            "purchase_order_id": key(26, n),
            "position": position,
            "product_id": key(3, (n + position) % 8 + 1),
            "quantity": n,
            "unit_cost_minor": cost,
            "currency": made.rows[PurchaseOrder][n - 1]["currency"],
            "total_minor": n * cost,
            "cost_known": cost > 0,
            "received_quantity": n // 2,
        }

    made.make(PurchaseOrderLine, 27, len(lines), line)
    made.make(
        PurchaseLimit,
        30,
        2,
        lambda n: {"role": Role.BACK_OFFICE_MANAGER, "currency": ["EUR", "BHD"][n - 1], "limit_minor": 100_000},
    )


def _shipments(made: Nasty) -> None:
    key, moment, sent = made.key, made.moment, made.rows[OrderLine][::2]
    made.make(
        Shipment,
        28,
        len(sent),
        lambda n: {
            "order_id": sent[n - 1]["order_id"],
            "carrier": made.text(100),
            **{f"{what}_at": moment(n) for what in ("picked", "packed", "shipped", "cancelled")},
            # A warranty is reckoned from it, and no calendar knows the year 10000.
            "delivered_at": moment(n % 10),
        },
    )
    # The batches are numbered like the products that they are of.
    made.make(
        ShipmentLine,
        29,
        len(sent),
        lambda n: {
            "shipment_id": key(28, n),
            "order_line_id": sent[n - 1]["id"],
            "batch_id": key(21, sent[n - 1]["product_id"].int & 0xFF),
            "quantity": sent[n - 1]["quantity"],
        },
    )
