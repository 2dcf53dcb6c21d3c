"""What lies where in the nasty company, how it came there, and what customers paid, sent back and got back for it."""

from models.back_office.logistics.inventory import Batch, Location, StockCount, StockCountLine
from models.back_office.logistics.inventory.stock import Allocation, MoveKind, StockBalance, StockMove
from models.back_office.logistics.shipments import Shipment
from models.back_office.production import QualityCheck, WorkOrder
from models.back_office.products.catalogue import CostChange, ListPriceChange
from models.back_office.purchasing import PurchaseOrder, PurchaseOrderLine, Receipt, ReceiptLine
from models.front_office.after_sales.returns import (
    Condition,
    CustomerReturn,
    Disposition,
    Refund,
    RefundLine,
    ReturnLine,
)
from models.front_office.sales.orders import Order, OrderLine
from models.front_office.sales.orders.amendments import OrderAmendment, OrderAmendmentLine
from models.front_office.sales.orders.terms import DiscountLimit, OrderPayment, TaxRate
from models.front_office.service.complaints import Complaint
from models.permissions import Role
from tests.properties.adversarial.kinds import LAST_DAY, LONG_AGO, Nasty, Row, each

KEPT_ROLES = (Role.SERVICE_AGENT, Role.LOGISTICS_CLERK, Role.FRONT_OFFICE_MANAGER, Role.BACK_OFFICE_MANAGER)


def goods(made: Nasty) -> None:
    """Makes the rows of those tables."""
    made.make(ListPriceChange, 31, 9)
    made.make(CostChange, 32, 9)
    made.make(
        TaxRate,
        33,
        6,
        lambda n: {"valid_from": [LONG_AGO, LONG_AGO, LAST_DAY][n % 3], "valid_until": [LAST_DAY, None][n % 2]},
    )
    made.make(DiscountLimit, 34, 4, lambda n: {"role": KEPT_ROLES[n - 1], "limit_basis_points": n * 500})
    _stock(made)
    _back(made)
    made.make(OrderPayment, 46, 10, lambda n: _payment(made, n))
    made.make(OrderAmendment, 50, 9)
    made.make(OrderAmendmentLine, 51, 12, lambda n: {"quantity_before": n % 3, "quantity_after": n % 3 + n})
    made.make(StockMove, 48, 24, lambda n: _move(made, n))


def _stock(made: Nasty) -> None:
    batches, places = made.rows[Batch], made.rows[Location]

    def balance(n: int) -> Row:
        batch = each(batches, n)
        on_hand = [0, 1, 8, 2**28][n % 4]
        return {
            "product_id": batch["product_id"],
            "batch_id": batch["id"],
            "location_id": places[(n + n // len(batches)) % len(places)]["id"],
            "on_hand": on_hand,
            "allocated": [0, min(on_hand, 3), on_hand][n % 3],
        }

    made.make(StockBalance, 36, 20, balance)
    lines = made.rows[OrderLine]
    balances = made.rows[StockBalance]
    fitting = [
        (line["id"], own["id"])
        for line in lines
        for own in balances
        if own["product_id"] == line["product_id"] and line["position"] != 2
    ]
    made.make(
        Allocation,
        37,
        min(20, len(fitting)),
        lambda n: {"order_line_id": fitting[n - 1][0], "balance_id": fitting[n - 1][1]},
    )
    # At most one is open of a place.
    made.make(StockCount, 38, 6, lambda n: {"location_id": each(places, n)["id"], "posted_at": made.moment(n)})
    made.make(
        StockCountLine,
        39,
        12,
        lambda n: {"count_id": each(made.rows[StockCount], n)["id"], "batch_id": batches[(n + n // 6) % 8]["id"]},
    )
    made.make(
        QualityCheck, 40, 14, lambda n: {"batch_id": batches[n % 8]["id"], "name": ["Smell", "", "é"][n // 8 + n % 2]}
    )
    made.make(Receipt, 41, 6)
    made.make(ReceiptLine, 42, 9, lambda n: {"purchase_order_line_id": each(made.rows[PurchaseOrderLine], n)["id"]})
    assert made.rows[PurchaseOrder]


def _back(made: Nasty) -> None:
    lines = made.rows[OrderLine]
    made.make(
        CustomerReturn,
        43,
        10,
        lambda n: {
            "order_id": lines[n * 3 % len(lines)]["order_id"],
            "warehouse_id": made.key(19, n % 2 + 1),
            **{f"{what}_at": made.moment(n) for what in ("authorised", "received", "inspected", "closed")},
        },
    )

    def returned(n: int) -> Row:
        whose = each(made.rows[CustomerReturn], n)
        own = [line for line in lines if line["order_id"] == whose["order_id"]]
        return {
            "customer_return_id": whose["id"],
            "position": n // 10 + 1,
            "order_line_id": each(own, n)["id"],
            **_judged(n),
        }

    made.make(ReturnLine, 44, 14, returned)
    made.make(
        Refund,
        45,
        8,
        lambda n: {
            "order_id": each(made.rows[CustomerReturn], n)["order_id"],
            "customer_return_id": [each(made.rows[CustomerReturn], n)["id"], None][n % 2],
            "complaint_id": [None, each(made.rows[Complaint], n)["id"]][n % 2],
            "answer_id": [None, made.key(54, n)][n % 2],
            "amount_minor": n * 10,
            "overpaid_minor": [0, n, n * 10][n % 3],
        },
    )
    made.make(
        RefundLine,
        47,
        12,
        lambda n: {"refund_id": each(made.rows[Refund], n)["id"], "position": n // 8 + 1},
    )


def _judged(n: int) -> Row:
    """What somebody said who looked at it, or nothing."""
    if n % 3 == 0:
        return {"condition": None, "disposition": None}
    return {"condition": list(Condition)[n % 4], "disposition": list(Disposition)[n % 2]}


def _payment(made: Nasty, n: int) -> Row:
    if n in (4, 8):
        # The counter-entry of the one before it.
        before = made.rows[Order][(n - 1) % 18]
        return {"order_id": before["id"], "amount_minor": -100 * n, "reverses_id": made.key(46, n - 1)}
    return {"order_id": made.rows[Order][n % 18]["id"], "reverses_id": None}


def _move(made: Nasty, n: int) -> Row:
    kind = list(MoveKind)[n % len(MoveKind)]
    lies = made.rows[StockBalance][n % 20]
    goes = kind in (MoveKind.SHIP, MoveKind.CONSUME) or (kind is MoveKind.PICK and n % 3 == 0)
    about = {
        "order_line_id": made.picked(OrderLine, n) if kind in (MoveKind.PICK, MoveKind.SHIP, MoveKind.RETURN) else None,
        "shipment_id": made.picked(Shipment, n) if kind in (MoveKind.PICK, MoveKind.SHIP) else None,
        "receipt_id": made.picked(Receipt, n) if kind is MoveKind.RECEIPT else None,
        "work_order_id": made.picked(WorkOrder, n) if kind in (MoveKind.PRODUCE, MoveKind.CONSUME) else None,
        "return_id": made.picked(CustomerReturn, n) if kind is MoveKind.RETURN else None,
        "stock_count_id": made.picked(StockCount, n) if kind is MoveKind.ADJUST else None,
    }
    return {
        **{name: lies[name] for name in ("product_id", "location_id", "batch_id")},
        "kind": kind,
        "quantity": -n if goes else n,
        "reason": made.text() if kind is MoveKind.ADJUST or n % 3 == 0 else None,
        "transfer_id": made.key(49, n // 2) if kind in (MoveKind.PICK, MoveKind.TRANSFER) else None,
        **about,
    }
