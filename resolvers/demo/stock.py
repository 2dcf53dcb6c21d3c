"""How Northwind's goods came and went: what it shipped, and the purchases without which it could not have shipped it.

Northwind's data name what is in stock, on order and shipped. What must have been bought follows: month by month, of every
product what that month shipped, and in the last month what is in stock besides.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from models.back_office.logistics.inventory import (
    Allocation,
    Batch,
    BatchStatus,
    Location,
    LocationKind,
    MoveKind,
    StockBalance,
    StockMove,
    Warehouse,
)
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
from resolvers.demo.facts import fixed_id, rows, timed_id
from resolvers.demo.staff import Cast

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
class House:
    """Where everything lies."""

    warehouse: Warehouse
    shelves: dict[UUID, Location]
    """By product."""
    packing: Location


@dataclass
class Books:
    """All rows, written at the end in few statements."""

    purchases: list[PurchaseOrder] = field(default_factory=list[PurchaseOrder])
    purchase_lines: list[PurchaseOrderLine] = field(default_factory=list[PurchaseOrderLine])
    receipts: list[Receipt] = field(default_factory=list[Receipt])
    receipt_lines: list[ReceiptLine] = field(default_factory=list[ReceiptLine])
    batches: dict[tuple[UUID, datetime], Batch] = field(default_factory=dict[tuple[UUID, datetime], Batch])
    shipments: list[Shipment] = field(default_factory=list[Shipment])
    shipment_lines: list[ShipmentLine] = field(default_factory=list[ShipmentLine])
    moves: list[StockMove] = field(default_factory=list[StockMove])
    payments: list[OrderPayment] = field(default_factory=list[OrderPayment])

    async def write(self) -> None:
        """Parents before children, and what comes before what goes."""
        for model, made in (
            (PurchaseOrder, self.purchases),
            (PurchaseOrderLine, self.purchase_lines),
            (Receipt, self.receipts),
            (Batch, list(self.batches.values())),
            (ReceiptLine, self.receipt_lines),
            (Shipment, self.shipments),
            (ShipmentLine, self.shipment_lines),
            (StockMove, self._in_order()),
            (OrderPayment, self.payments),
        ):
            kind: Any = model
            await kind.bulk_create(made)

    def _in_order(self) -> list[StockMove]:
        """The moves as they happened; those of one moment in the order in which they were told."""
        ordered = sorted(self.moves, key=lambda move: move.at)
        for at, together in groupby(ordered, key=lambda move: move.at):
            for number, move in enumerate(together):
                move.id = timed_id("move", number, at)
        return ordered


async def tell_the_stock(
    products: dict[str, Product], orders: dict[str, Order], suppliers: dict[str, Supplier], cast: Cast
) -> None:
    """Stores purchases, receipts, shipments, moves and payments, and what the orders that wait are promised."""
    house = await _house(products.values())
    clerk, manager = cast.people["logistics"].account, cast.people["back.manager"].account
    lines: defaultdict[UUID, list[OrderLine]] = defaultdict(list)
    for line in await OrderLine.all().order_by("order_id", "position"):
        lines[line.order_id].append(line)
    in_stock = {products[row["ProductID"]].id: int(row["UnitsInStock"]) for row in rows("Products")}
    on_order = {products[row["ProductID"]].id: int(row["UnitsOnOrder"]) for row in rows("Products")}
    bought = _bought(orders.values(), lines, in_stock)
    shippers = {row["ShipperID"]: row["CompanyName"] for row in rows("Shippers")}
    carriers = {row["OrderID"]: shippers[row["ShipVia"]] for row in rows("Orders")}
    books = Books()
    _buy(books, house, (clerk, manager), products.values(), suppliers.values(), bought)
    _order_more(books, house, (clerk, manager), products.values(), suppliers.values(), on_order)
    for number, (northwind_id, order) in enumerate(orders.items(), start=1):
        if order.shipped_at is not None:
            _ship(books, house, clerk, number, order, lines[order.id], carriers[northwind_id])
            _pay(books, cast.people["accounting"].account, number, order)
    await books.write()
    await _promise(orders.values(), lines)


async def _house(products: Iterable[Product]) -> House:
    """A warehouse with an aisle for each category."""
    warehouse = Warehouse(id=fixed_id("warehouse", 1), code="SEA", name="Seattle", country="USA")
    await warehouse.save(force_create=True)
    places = [
        *((f"A-{number:02}", LocationKind.STORAGE) for number in range(1, 1 + len(rows("Categories")))),
        ("PACKING", LocationKind.PACKING),
        ("RETURNS", LocationKind.RETURNS),
        ("QUARANTINE", LocationKind.QUARANTINE),
    ]
    made = {
        code: Location(id=fixed_id("location", number), warehouse_id=warehouse.id, code=code, kind=kind)
        for number, (code, kind) in enumerate(places, start=1)
    }
    await Location.bulk_create(made.values())
    aisles = {fixed_id("product category", int(row["CategoryID"])): row["CategoryID"] for row in rows("Categories")}
    shelves = {one.id: made[f"A-{int(aisles[one.category_id]):02}"] for one in products if one.category_id}
    return House(warehouse, shelves, made["PACKING"])


def _month(at: datetime) -> datetime:
    return at.replace(day=1)


def _bought(
    orders: Iterable[Order], lines: dict[UUID, list[OrderLine]], in_stock: dict[UUID, int]
) -> dict[datetime, dict[UUID, int]]:
    """How much of each product must have come in each month."""
    bought: defaultdict[datetime, defaultdict[UUID, int]] = defaultdict(lambda: defaultdict(int))
    for order in orders:
        if order.shipped_at is not None:
            for line in lines[order.id]:
                bought[_month(order.shipped_at)][line.product_id] += line.quantity
    for product, quantity in in_stock.items():
        if quantity:
            bought[LAST_MONTH][product] += quantity
    return {month: dict(sorted(bought[month].items())) for month in sorted(bought)}


def _buy(
    books: Books,
    house: House,
    buyers: tuple[UUID, UUID],
    products: Iterable[Product],
    suppliers: Iterable[Supplier],
    bought: dict[datetime, dict[UUID, int]],
) -> None:
    """One purchase order per supplier and month, received as one batch per product on the month's first day.

    `buyers` are the clerk and the manager.
    """
    by_supplier: defaultdict[UUID | None, list[Product]] = defaultdict(list)
    for product in products:
        by_supplier[product.supplier_id].append(product)
    for month, quantities in bought.items():
        for supplier in suppliers:
            wanted = [
                (product, quantities[product.id]) for product in by_supplier[supplier.id] if product.id in quantities
            ]
            if wanted:
                _purchase(books, house, buyers, supplier, wanted, month - LEAD_TIME, month - THE_EVENING_BEFORE, month)


def _order_more(
    books: Books,
    house: House,
    buyers: tuple[UUID, UUID],
    products: Iterable[Product],
    suppliers: Iterable[Supplier],
    on_order: dict[UUID, int],
) -> None:
    """What is on order when the story ends."""
    made = list(products)
    for supplier in suppliers:
        wanted = [(one, on_order[one.id]) for one in made if one.supplier_id == supplier.id and on_order[one.id]]
        if wanted:
            _purchase(books, house, buyers, supplier, wanted, ON_ORDER_SINCE, None, LAST_MONTH)


def _purchase(
    books: Books,
    house: House,
    buyers: tuple[UUID, UUID],
    supplier: Supplier,
    wanted: list[tuple[Product, int]],
    sent_at: datetime,
    received_at: datetime | None,
    month: datetime,
) -> None:
    """The clerk wrote what was lacking, the manager who sees what it costs approved it, and the clerk sent it."""
    clerk, manager = buyers
    number = len(books.purchases) + 1
    purchase = PurchaseOrder(
        id=timed_id("purchase order", number, sent_at),
        number=f"PO-{number:06}",
        supplier_id=supplier.id,
        warehouse_id=house.warehouse.id,
        status=PurchaseOrderStatus.RECEIVED if received_at else PurchaseOrderStatus.SENT,
        currency=supplier.currency,
        total_minor=sum(product.cost_price_minor * quantity for product, quantity in wanted),
        drafted_at=sent_at,
        drafted_by_id=clerk,
        approved_at=sent_at,
        approved_by_id=manager,
        sent_at=sent_at,
        sent_by_id=clerk,
        expected_at=sent_at + LEAD_TIME,
        received_at=received_at,
    )
    books.purchases.append(purchase)
    receipt = None
    if received_at:
        receipt = Receipt(
            id=timed_id("receipt", number, received_at),
            number=f"REC-{number:06}",
            purchase_order_id=purchase.id,
            received_at=received_at,
            received_by_id=clerk,
        )
        books.receipts.append(receipt)
    for position, (product, quantity) in enumerate(wanted, start=1):
        line = PurchaseOrderLine(
            id=timed_id("purchase order line", number * 100 + position, sent_at),
            purchase_order_id=purchase.id,
            position=position,
            product_id=product.id,
            quantity=quantity,
            unit_cost_minor=product.cost_price_minor,
            currency=supplier.currency,
            total_minor=product.cost_price_minor * quantity,
        )
        books.purchase_lines.append(line)
        if receipt:
            books.batches[product.id, month] = _receive(books, house, clerk, receipt, line, product, supplier)


def _receive(
    books: Books,
    house: House,
    clerk: UUID,
    receipt: Receipt,
    line: PurchaseOrderLine,
    product: Product,
    supplier: Supplier,
) -> Batch:
    number, at = len(books.batches) + 1, receipt.received_at
    batch = Batch(
        id=timed_id("batch", number, at),
        number=f"BAT-{number:06}",
        product_id=product.id,
        status=BatchStatus.RELEASED,
        made_at=at,
        supplier_id=supplier.id,
        currency=line.currency,
        unit_cost_minor=line.unit_cost_minor,
    )
    shelf = house.shelves[product.id]
    books.receipt_lines.append(
        ReceiptLine(
            id=timed_id("receipt line", number, at),
            receipt_id=receipt.id,
            purchase_order_line_id=line.id,
            batch_id=batch.id,
            location_id=shelf.id,
            quantity=line.quantity,
        )
    )
    _move(books, MoveKind.RECEIPT, batch, shelf, line.quantity, at, clerk, receipt_id=receipt.id)
    return batch


def _move(
    books: Books,
    kind: MoveKind,
    batch: Batch,
    location: Location,
    quantity: int,
    at: datetime,
    actor: UUID,
    **about: UUID,
) -> None:
    books.moves.append(
        StockMove(
            product_id=batch.product_id,
            location_id=location.id,
            batch_id=batch.id,
            kind=kind,
            quantity=quantity,
            at=at,
            actor_id=actor,
            **about,
        )
    )


def _ship(
    books: Books, house: House, clerk: UUID, number: int, order: Order, lines: list[OrderLine], carrier: str
) -> None:
    """Everything of an order went in one parcel: picked and packed in the morning, and gone at the hour that is recorded."""
    assert order.shipped_at is not None
    at = order.shipped_at
    shipment = Shipment(
        id=timed_id("shipment", number, at),
        number=f"SHP-{number:06}",
        order_id=order.id,
        warehouse_id=house.warehouse.id,
        status=ShipmentStatus.DELIVERED,
        carrier=carrier,
        tracking_number=f"{carrier.split()[0][:2].upper()}{number:08}",
        created_at=at,
        created_by_id=clerk,
        picked_at=at,
        packed_at=at,
        shipped_at=at,
        expected_at=order.delivered_at,
        delivered_at=order.delivered_at,
        **{name: getattr(order, name) for name in SHIP_TO},
    )
    books.shipments.append(shipment)
    for line in lines:
        shelf, batch = house.shelves[line.product_id], books.batches[line.product_id, _month(at)]
        line_number = len(books.shipment_lines) + 1
        books.shipment_lines.append(
            ShipmentLine(
                id=timed_id("shipment line", line_number, at),
                shipment_id=shipment.id,
                position=line.position,
                order_line_id=line.id,
                batch_id=batch.id,
                location_id=shelf.id,
                quantity=line.quantity,
            )
        )
        about = {"order_line_id": line.id, "shipment_id": shipment.id}
        way = timed_id("transfer", line_number, at)
        _move(books, MoveKind.PICK, batch, shelf, -line.quantity, at, clerk, transfer_id=way, **about)
        _move(books, MoveKind.PICK, batch, house.packing, line.quantity, at, clerk, transfer_id=way, **about)
        _move(books, MoveKind.SHIP, batch, house.packing, -line.quantity, at, clerk, **about)


def _pay(books: Books, accountant: UUID, number: int, order: Order) -> None:
    """A customer paid in one sum, some weeks after the parcel had left."""
    assert order.shipped_at is not None
    at = order.shipped_at + TERM_OF_PAYMENT
    if at < STORY_ENDS and order.total_minor:
        books.payments.append(
            OrderPayment(
                id=timed_id("payment", number, at),
                order_id=order.id,
                amount_minor=order.total_minor,
                currency=order.currency,
                method=PaymentMethod.BANK_TRANSFER,
                reference=order.number,
                received_at=at,
                recorded_at=at,
                recorded_by_id=accountant,
            )
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
                promised.append(
                    Allocation(
                        id=timed_id("allocation", len(promised) + 1, order.placed_at),
                        order_line_id=line.id,
                        balance_id=free[line.product_id].id,
                        quantity=quantity,
                        allocated_at=order.placed_at,
                    )
                )
    await Allocation.bulk_create(promised)
