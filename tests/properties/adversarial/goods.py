"""From order to delivery in the nasty company: where stock lies and how it came there, what was bought, made and sent."""

from models.back_office.logistics.inventory import Batch, Location, LocationKind, StockCount, StockCountLine, Warehouse
from models.back_office.logistics.inventory.stock import Allocation, MoveKind, StockBalance, StockMove
from models.back_office.logistics.shipments import Shipment, ShipmentLine
from models.back_office.production import BillLine, BillOfMaterials, QualityCheck, WorkOrder
from models.back_office.purchasing import PurchaseLimit, PurchaseOrder, PurchaseOrderLine, Receipt, ReceiptLine
from models.front_office.after_sales.returns import CustomerReturn
from models.front_office.sales.orders import OrderLine
from models.permissions import Role
from tests.properties.adversarial.making import Nasty, Row, key, moment, viewer_account

PURCHASES = 12
PURCHASED = [(n, position) for n in range(1, PURCHASES + 1) for position in range(1, n % 3 + 2)]
"""The purchase order and the place of each of their lines."""


def goods(made: Nasty) -> None:
    """Makes the rows of those tables but for moves of stock, which come of everything else."""
    made.make(Warehouse, 19, 2, code=lambda n: f"W{n}")
    made.make(
        Location,
        20,
        2 * len(LocationKind),
        warehouse_id=lambda n: key(19, n % 2 + 1),
        code=lambda n: f"{'aA'[n % 2]}-{n}",
    )
    made.make(BillOfMaterials, 23, 5, product_id=lambda n: key(3, n))
    made.make(
        BillLine,
        24,
        8,
        bill_id=lambda n: key(23, (n - 1) % 5 + 1),
        position=lambda n: (n - 1) // 5 + 1,
        component_id=lambda n: key(3, n % 8 + 1),
    )
    made.make(
        WorkOrder,
        25,
        7,
        product_id=lambda n: key(3, n % 5 + 1),
        bill_id=lambda n: key(23, n % 5 + 1),
    )
    made.make(
        Batch,
        21,
        8,
        product_id=lambda n: key(3, n),
    )
    _purchases(made)
    _shipments(made)
    _stock(made)


def _purchases(made: Nasty) -> None:
    made.make(
        PurchaseOrder,
        26,
        PURCHASES,
        currency=["EUR", "JPY", "BHD"],
        total_minor=lambda n: n * 12_345,
        # Who writes drafts has a limit.
        drafted_by_id=lambda n: (
            viewer_account(Role.BACK_OFFICE_MANAGER) if n % 6 == 0 else key(1, n) if n % 4 else None
        ),
        approved_by_id=[None, key(1, 13), None, None],
        changed_by_id=lambda n: key(1, n) if n % 3 == 0 else None,
        sent_at=moment,
    )

    def line(number: int) -> Row:
        n, position = PURCHASED[number - 1]
        cost = position * 333 if n != PURCHASES else 0
        return {
            "purchase_order_id": key(26, n),
            "position": position,
            "product_id": key(3, (n + position) % 8 + 1),
            "quantity": n,
            "unit_cost_minor": cost,
            "currency": made.nth(PurchaseOrder, n)["currency"],
            "total_minor": n * cost,
            "cost_known": cost > 0,
            "received_quantity": n // 2,
        }

    made.make(PurchaseOrderLine, 27, len(PURCHASED), line)
    made.make(PurchaseLimit, 30, 2, role=Role.BACK_OFFICE_MANAGER, currency=["BHD", "EUR"], limit_minor=100_000)


def _shipments(made: Nasty) -> None:
    sent = made.rows[OrderLine][::2]
    made.make(
        Shipment,
        28,
        len(sent),
        order_id=lambda n: sent[n - 1]["order_id"],
        # A warranty is reckoned from it.
        delivered_at=lambda n: moment(n % 10),
    )
    made.make(
        ShipmentLine,
        29,
        len(sent),
        shipment_id=lambda n: key(28, n),
        order_line_id=lambda n: sent[n - 1]["id"],
        # The batches are numbered like the products that they are of.
        batch_id=lambda n: key(21, sent[n - 1]["product_id"].int & 0xFF),
        quantity=lambda n: sent[n - 1]["quantity"],
    )


def _stock(made: Nasty) -> None:
    batches = len(made.rows[Batch])

    def balance(n: int) -> Row:
        batch, on_hand = made.nth(Batch, n), [0, 1, 8, 2**28][n % 4]
        return {
            "product_id": batch["product_id"],
            "batch_id": batch["id"],
            "location_id": made.id_of(Location, n + n // batches + 1),
            "on_hand": on_hand,
            "allocated": [0, min(on_hand, 3), on_hand][n % 3],
        }

    made.make(StockBalance, 36, 20, balance)
    fitting = [
        (line["id"], own["id"])
        for line in made.rows[OrderLine]
        for own in made.rows[StockBalance]
        if own["product_id"] == line["product_id"] and line["position"] != 2
    ]
    made.make(
        Allocation,
        37,
        min(20, len(fitting)),
        order_line_id=lambda n: fitting[n - 1][0],
        balance_id=lambda n: fitting[n - 1][1],
    )
    # At most one is open of a place.
    made.make(StockCount, 38, 6, location_id=lambda n: made.id_of(Location, n), posted_at=moment)
    made.make(
        StockCountLine,
        39,
        12,
        count_id=lambda n: made.id_of(StockCount, n),
        batch_id=lambda n: made.id_of(Batch, n + n // 6 + 1),
    )
    made.make(
        QualityCheck,
        40,
        14,
        batch_id=lambda n: made.id_of(Batch, n + 1),
        name=lambda n: ["Smell", "", "é"][n // 8 + n % 2],
    )
    made.make(Receipt, 41, 6)
    made.make(ReceiptLine, 42, 9, purchase_order_line_id=lambda n: made.id_of(PurchaseOrderLine, n))


ABOUT: dict[str, tuple[type[OrderLine | Shipment | Receipt | WorkOrder | CustomerReturn | StockCount], str]] = {
    "order_line_id": (OrderLine, "PICK SHIP RETURN"),
    "shipment_id": (Shipment, "PICK SHIP"),
    "receipt_id": (Receipt, "RECEIPT"),
    "work_order_id": (WorkOrder, "PRODUCE CONSUME"),
    "return_id": (CustomerReturn, "RETURN"),
    "stock_count_id": (StockCount, "ADJUST"),
}
"""What a move comes of, by its kind."""


def moves(made: Nasty) -> None:
    """Makes moves of stock."""

    def move(n: int) -> Row:
        kind, lies = list(MoveKind)[n % len(MoveKind)], made.nth(StockBalance, n + 1)
        goes = kind in (MoveKind.SHIP, MoveKind.CONSUME) or (kind is MoveKind.PICK and n % 3 == 0)
        about = {
            column: made.picked(model, n) if kind in kinds.split() else None for column, (model, kinds) in ABOUT.items()
        }
        return about | {
            **{name: lies[name] for name in ("product_id", "location_id", "batch_id")},
            "kind": kind,
            "quantity": -n if goes else n,
            "reason": made.text() if kind is MoveKind.ADJUST or n % 3 == 0 else None,
            "transfer_id": key(49, n // 2) if kind in (MoveKind.PICK, MoveKind.TRANSFER) else None,
        }

    made.make(StockMove, 48, 24, move)
