"""How Northwind's goods came and went: what it shipped, and the purchases without which it could not have shipped it.

Northwind's data name what is in stock, on order and shipped. What must have been bought follows: month by month, of every
product what that month shipped, and in the last month what is in stock besides.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any, TypeVar
from uuid import UUID

from models.back_office.logistics.inventory import Batch, BatchStatus, Location, LocationKind, Warehouse
from models.back_office.logistics.inventory.stock import Allocation, MoveKind, StockBalance, StockMove
from models.back_office.logistics.shipments import Shipment, ShipmentLine, ShipmentStatus
from models.back_office.products.catalogue import Product
from models.back_office.purchasing import (
    PurchaseOrder,
    PurchaseOrderLine,
    PurchaseOrderStatus,
    Receipt,
    ReceiptLine,
    Supplier,
)
from models.front_office.sales.orders import Order, OrderLine, OrderStatus
from models.front_office.sales.orders.terms import OrderPayment, PaymentMethod
from models.kit.base import Record
from resolvers.demo.facts import fixed_id, rows, timed_id
from resolvers.demo.staff import Cast

M = TypeVar("M", bound=Record)

LEAD_TIME = timedelta(days=9)
"""From a purchase order to its receipt."""

THE_EVENING_BEFORE = timedelta(hours=6)
"""Goods for a month came in before it began."""

LAST_MONTH = datetime(1998, 5, 1, tzinfo=UTC)
ON_ORDER_SINCE = datetime(1998, 5, 4, tzinfo=UTC)
STORY_ENDS = datetime(1998, 5, 7, tzinfo=UTC)
TERM_OF_PAYMENT = timedelta(days=21)
"""How long after shipping customers paid; who was shipped to later than that owes us still."""

SHIP_TO = ("ship_name", "ship_street", "ship_city", "ship_region", "ship_postal_code", "ship_country")


@dataclass
class Books:
    """Where everything lies, who deals with it, and all that happened, written at the end in few statements."""

    warehouse: Warehouse
    shelves: dict[UUID, Location]
    """By product."""
    packing: Location
    clerk: UUID
    manager: UUID
    accountant: UUID
    made: defaultdict[type[Record], list[Any]] = field(default_factory=lambda: defaultdict(list))
    """Rows by table, parents before what belongs to them."""
    moves: list[StockMove] = field(default_factory=list[StockMove])
    batches: dict[tuple[UUID, datetime], Batch] = field(default_factory=dict[tuple[UUID, datetime], Batch])
    """By product and month."""

    def add(self, model: type[M], **columns: Any) -> M:
        """Makes a row."""
        row = model(**columns)
        self.made[model].append(row)
        return row

    def move(
        self, kind: MoveKind, batch: Batch, location: Location, quantity: int, at: datetime, **about: UUID
    ) -> None:
        """The clerk moves goods; the move's id follows when all are told."""
        place = {"product_id": batch.product_id, "location_id": location.id, "batch_id": batch.id}
        self.moves.append(StockMove(kind=kind, quantity=quantity, at=at, actor_id=self.clerk, **place, **about))

    async def write(self) -> None:
        """Stores it all; moves as they happened, those of one moment in the order in which they were told."""
        for model, made in self.made.items():
            await model.bulk_create(made)
        self.moves.sort(key=lambda move: move.at)
        for at, together in groupby(self.moves, key=lambda move: move.at):
            for number, move in enumerate(together):
                move.id = timed_id("move", number, at)
        await StockMove.bulk_create(self.moves)


async def tell_the_stock(
    products: dict[str, Product], orders: dict[str, Order], suppliers: dict[str, Supplier], cast: Cast
) -> None:
    """Stores purchases, receipts, shipments, moves and payments, and what the orders that wait are promised."""
    clerk, manager, accountant = cast.people["logistics"], cast.people["back.manager"], cast.people["accounting"]
    books = Books(*await _house(products.values()), clerk.account, manager.account, accountant.account)
    lines: defaultdict[UUID, list[OrderLine]] = defaultdict(list)
    for line in await OrderLine.all().order_by("order_id", "position"):
        lines[line.order_id].append(line)
    bought, on_order = _bought(products, orders.values(), lines)
    for month, quantities in bought.items():
        _purchase(books, products, suppliers, quantities, month - LEAD_TIME, month)
    _purchase(books, products, suppliers, on_order, ON_ORDER_SINCE, None)
    shippers = {row["ShipperID"]: row["CompanyName"] for row in rows("Shippers")}
    carriers = {row["OrderID"]: shippers[row["ShipVia"]] for row in rows("Orders")}
    for number, (northwind_id, order) in enumerate(orders.items(), start=1):
        if order.shipped_at is not None:
            _ship(books, number, order, order.shipped_at, lines[order.id], carriers[northwind_id])
            _pay(books, number, order, order.shipped_at + TERM_OF_PAYMENT)
    await books.write()
    await _promise(orders.values(), lines)


async def _house(products: Iterable[Product]) -> tuple[Warehouse, dict[UUID, Location], Location]:
    """A warehouse with an aisle for each category, the shelf of each product, and the place where parcels are packed."""
    warehouse = Warehouse(id=fixed_id("warehouse", 1), code="SEA", name="Seattle", country="USA")
    await warehouse.save(force_create=True)
    categories = [int(row["CategoryID"]) for row in rows("Categories")]
    places = [
        *((f"A-{number:02}", LocationKind.STORAGE) for number in range(1, 1 + len(categories))),
        ("PACKING", LocationKind.PACKING),
        ("RETURNS", LocationKind.RETURNS),
        ("QUARANTINE", LocationKind.QUARANTINE),
    ]
    made = {
        code: Location(id=fixed_id("location", number), warehouse_id=warehouse.id, code=code, kind=kind)
        for number, (code, kind) in enumerate(places, start=1)
    }
    await Location.bulk_create(made.values())
    aisles = {fixed_id("product category", number): made[f"A-{number:02}"] for number in categories}
    shelves = {one.id: aisles[one.category_id] for one in products if one.category_id}
    return warehouse, shelves, made["PACKING"]


def _month(at: datetime) -> datetime:
    return at.replace(day=1)


def _bought(
    products: dict[str, Product], orders: Iterable[Order], lines: dict[UUID, list[OrderLine]]
) -> tuple[dict[datetime, dict[UUID, int]], dict[UUID, int]]:
    """How much of each product must have come in each month, and how much is on order when the story ends."""
    bought: defaultdict[datetime, defaultdict[UUID, int]] = defaultdict(lambda: defaultdict(int))
    for order in orders:
        if order.shipped_at is not None:
            for line in lines[order.id]:
                bought[_month(order.shipped_at)][line.product_id] += line.quantity
    for row in rows("Products"):
        bought[LAST_MONTH][products[row["ProductID"]].id] += int(row["UnitsInStock"])
    on_order = {products[row["ProductID"]].id: int(row["UnitsOnOrder"]) for row in rows("Products")}
    return {month: bought[month] for month in sorted(bought)}, on_order


def _purchase(
    books: Books,
    products: dict[str, Product],
    suppliers: dict[str, Supplier],
    quantities: dict[UUID, int],
    sent_at: datetime,
    month: datetime | None,
) -> None:
    """One purchase order per supplier, received as one batch per product before its month begins, or not at all yet.

    The clerk wrote what was lacking, the manager who sees what it costs approved it, and the clerk sent it.
    """
    received_at = month and month - THE_EVENING_BEFORE
    for supplier in suppliers.values():
        of_supplier = [product for product in products.values() if product.supplier_id == supplier.id]
        wanted = [(product, quantities[product.id]) for product in of_supplier if quantities.get(product.id)]
        if not wanted:
            continue
        number = len(books.made[PurchaseOrder]) + 1
        purchase = books.add(
            PurchaseOrder,
            id=timed_id("purchase order", number, sent_at),
            number=f"PO-{number:06}",
            supplier_id=supplier.id,
            warehouse_id=books.warehouse.id,
            status=PurchaseOrderStatus.RECEIVED if received_at else PurchaseOrderStatus.SENT,
            currency=supplier.currency,
            total_minor=sum(product.cost_price_minor * quantity for product, quantity in wanted),
            drafted_at=sent_at,
            drafted_by_id=books.clerk,
            approved_at=sent_at,
            approved_by_id=books.manager,
            sent_at=sent_at,
            sent_by_id=books.clerk,
            expected_at=sent_at + LEAD_TIME,
            received_at=received_at,
        )
        bought = [
            books.add(
                PurchaseOrderLine,
                id=timed_id("purchase order line", number * 100 + position, sent_at),
                purchase_order_id=purchase.id,
                position=position,
                product_id=product.id,
                quantity=quantity,
                unit_cost_minor=product.cost_price_minor,
                currency=supplier.currency,
                total_minor=product.cost_price_minor * quantity,
            )
            for position, (product, quantity) in enumerate(wanted, start=1)
        ]
        if month:
            _receive(books, number, purchase, bought, month)


def _receive(
    books: Books, number: int, purchase: PurchaseOrder, lines: list[PurchaseOrderLine], month: datetime
) -> None:
    at: Any = purchase.received_at
    receipt = books.add(
        Receipt,
        id=timed_id("receipt", number, at),
        number=f"REC-{number:06}",
        purchase_order_id=purchase.id,
        received_at=at,
        received_by_id=books.clerk,
    )
    for line in lines:
        batch_number = len(books.batches) + 1
        batch = books.batches[line.product_id, month] = books.add(
            Batch,
            id=timed_id("batch", batch_number, at),
            number=f"BAT-{batch_number:06}",
            product_id=line.product_id,
            status=BatchStatus.RELEASED,
            made_at=at,
            supplier_id=purchase.supplier_id,
            currency=line.currency,
            unit_cost_minor=line.unit_cost_minor,
        )
        shelf = books.shelves[line.product_id]
        books.add(
            ReceiptLine,
            id=timed_id("receipt line", batch_number, at),
            receipt_id=receipt.id,
            purchase_order_line_id=line.id,
            batch_id=batch.id,
            location_id=shelf.id,
            quantity=line.quantity,
        )
        books.move(MoveKind.RECEIPT, batch, shelf, line.quantity, at, receipt_id=receipt.id)


def _ship(books: Books, number: int, order: Order, at: datetime, lines: list[OrderLine], carrier: str) -> None:
    """Everything of an order went in one parcel: picked and packed in the morning, and gone at the hour that is recorded."""
    shipment = books.add(
        Shipment,
        id=timed_id("shipment", number, at),
        number=f"SHP-{number:06}",
        order_id=order.id,
        warehouse_id=books.warehouse.id,
        status=ShipmentStatus.DELIVERED,
        carrier=carrier,
        tracking_number=f"{carrier.split()[0][:2].upper()}{number:08}",
        created_at=at,
        created_by_id=books.clerk,
        picked_at=at,
        packed_at=at,
        shipped_at=at,
        expected_at=order.delivered_at,
        delivered_at=order.delivered_at,
        **{name: getattr(order, name) for name in SHIP_TO},
    )
    for line in lines:
        shelf, batch = books.shelves[line.product_id], books.batches[line.product_id, _month(at)]
        line_number = len(books.made[ShipmentLine]) + 1
        books.add(
            ShipmentLine,
            id=timed_id("shipment line", line_number, at),
            shipment_id=shipment.id,
            position=line.position,
            order_line_id=line.id,
            batch_id=batch.id,
            location_id=shelf.id,
            quantity=line.quantity,
        )
        about = {"order_line_id": line.id, "shipment_id": shipment.id}
        way = timed_id("transfer", line_number, at)
        books.move(MoveKind.PICK, batch, shelf, -line.quantity, at, transfer_id=way, **about)
        books.move(MoveKind.PICK, batch, books.packing, line.quantity, at, transfer_id=way, **about)
        books.move(MoveKind.SHIP, batch, books.packing, -line.quantity, at, **about)


def _pay(books: Books, number: int, order: Order, at: datetime) -> None:
    """A customer paid in one sum, some weeks after the parcel had left."""
    if at < STORY_ENDS and order.total_minor:
        books.add(
            OrderPayment,
            id=timed_id("payment", number, at),
            order_id=order.id,
            amount_minor=order.total_minor,
            currency=order.currency,
            method=PaymentMethod.BANK_TRANSFER,
            reference=order.number,
            received_at=at,
            recorded_at=at,
            recorded_by_id=books.accountant,
        )


async def _promise(orders: Iterable[Order], lines: dict[UUID, list[OrderLine]]) -> None:
    """Gives the orders that wait what is in stock, first come, first served."""
    free = {balance.product_id: balance for balance in await StockBalance.filter(on_hand__gt=0)}
    left = {product: balance.on_hand for product, balance in free.items()}
    promised: list[Allocation] = []
    for order in sorted(orders, key=lambda one: (one.placed_at, one.number)):
        for line in lines[order.id] if order.status is OrderStatus.PLACED else ():
            quantity = min(line.quantity, left.get(line.product_id, 0))
            if quantity:
                left[line.product_id] -= quantity
                allocation = Allocation(
                    id=timed_id("allocation", len(promised) + 1, order.placed_at),
                    order_line_id=line.id,
                    balance_id=free[line.product_id].id,
                    quantity=quantity,
                    allocated_at=order.placed_at,
                )
                promised.append(allocation)
    await Allocation.bulk_create(promised)
