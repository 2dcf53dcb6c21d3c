"""What tests of stock share: products of their own, batches on a shelf, and orders that something is promised to."""

from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

from models.back_office.logistics.inventory import Batch, BatchStatus, Location
from models.back_office.logistics.inventory.stock import MoveKind, StockBalance
from models.back_office.products.catalogue import Product
from models.front_office.sales.orders import Order, OrderLine, OrderStatus
from models.kit.base import now
from models.kit.events import Event
from resolvers.back_office.logistics.inventory.ledger import NewMove, post
from resolvers.back_office.logistics.inventory.promising import promise
from resolvers.kit.transaction import transact
from tests.office import alfreds

_numbers = count(1)


async def a_product(**others: Any) -> Product:
    """A product that nobody has any of, from Northwind's first supplier."""
    n = next(_numbers)
    known = await Product.get(sku="P-000001")
    given: dict[str, Any] = {
        "sku": f"X-{n:06}",
        "name": f"Product {n}",
        "supplier_id": known.supplier_id,
        "currency": "USD",
        "list_price_minor": 1000,
        "cost_price_minor": 600,
    }
    return await Product.create(**given | others)


async def shelf(code: str = "A-01") -> Location:
    """A place in the warehouse; STORAGE for A-01 to A-08."""
    return await Location.get(code=code)


async def put(product: Product, quantity: int, code: str = "A-01", expires_on: date | None = None) -> StockBalance:
    """A batch of its own on a shelf."""
    batch = await Batch.create(
        number=f"X-{next(_numbers):06}",
        product_id=product.id,
        status=BatchStatus.RELEASED,
        made_at=now(),
        expires_on=expires_on,
    )
    place = await shelf(code)
    found = NewMove(product.id, place.id, batch.id, MoveKind.ADJUST, quantity, now(), None, reason="Found")
    await transact(lambda: post([found]))
    return await StockBalance.get(batch_id=batch.id)


async def ordered(product: Product, quantity: int, placed_at: datetime | None = None) -> OrderLine:
    """A line of a placed order, which is promised as much as there is."""
    n = next(_numbers)
    total = quantity * product.list_price_minor
    order = await Order.create(
        number=f"X-{n:06}",
        customer_id=(await alfreds()).id,
        status=OrderStatus.PLACED,
        placed_at=placed_at or now() + timedelta(seconds=n),
        currency=product.currency,
        net_minor=total,
        total_minor=total,
    )
    line = await OrderLine.create(
        order_id=order.id,
        position=1,
        product_id=product.id,
        quantity=quantity,
        unit_price_minor=product.list_price_minor,
        currency=product.currency,
        net_minor=total,
        total_minor=total,
    )
    await transact(lambda: promise([line], now()))
    return await OrderLine.get(id=line.id)


async def told(product: Product) -> list[str]:
    """What was told of a product, in order."""
    kinds = await Event.filter(subjects__key=product.id).order_by("id").values_list("kind", flat=True)
    return [str(kind) for kind in kinds]
