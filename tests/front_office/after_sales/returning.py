"""What tests of returns and refunds share: an order that was shipped from batches of its own, and paid."""

from datetime import datetime
from typing import Any

from models.back_office.logistics.inventory.stock import Allocation, MoveKind
from models.back_office.products.catalogue import Product
from models.front_office.sales.orders import Order, OrderLine, OrderStatus
from models.front_office.sales.orders.terms import OrderPayment, PaymentMethod
from models.kit.base import now
from resolvers.back_office.logistics.inventory.ledger import NewMove, post
from resolvers.kit.transaction import transact
from tests.back_office.logistics.stocking import ordered, put


async def sold(
    product: Product,
    *batches: int,
    net: int = 1000,
    tax: int = 190,
    paid: int | None = None,
    delivered_at: datetime | None = None,
) -> OrderLine:
    """A delivered order of Alfreds Futterkiste of one line, so many of each of some batches. Without `paid`, all is paid."""
    at, total = delivered_at or now(), net + tax
    line = await ordered(product, sum(batches))
    costs = {"net_minor": net, "tax_minor": tax, "total_minor": total}
    moments = dict.fromkeys(("placed_at", "shipped_at", "delivered_at"), at)
    await Order.filter(id=line.order_id).update(status=OrderStatus.DELIVERED, **moments, **costs)
    terms = {"product_name": product.name, "warranty_months": product.warranty_months, "unit_price_minor": net}
    await OrderLine.filter(id=line.id).update(**terms, **costs)
    for quantity in batches:
        await leaves(line, quantity, at)
    if paid is None or paid:
        await OrderPayment.create(
            order_id=line.order_id,
            amount_minor=total if paid is None else paid,
            currency="USD",
            method=PaymentMethod.CARD,
            received_at=at,
            recorded_at=at,
        )
    return await OrderLine.get(id=line.id)


async def leaves(line: OrderLine, quantity: int, at: datetime | None = None) -> None:
    """So many pieces of a line leave the house, of a batch of their own and without a shipment; what was promised is free."""
    await Allocation.filter(order_line_id=line.id).delete()
    balance = await put(await Product.get(id=line.product_id), quantity)
    place, batch = balance.location_id, balance.batch_id
    move = NewMove(line.product_id, place, batch, MoveKind.SHIP, -quantity, at or now(), None, order_line_id=line.id)
    await transact(lambda: post([move]))


def wanted(line: OrderLine, quantity: int, **others: Any) -> dict[str, Any]:
    """The input of `requestReturn` for so many pieces of a line."""
    pieces = [{"orderLine": f"oli_{line.id}", "quantity": quantity}]
    return {"order": f"ord_{line.order_id}", "lines": pieces, "reason": "DEFECTIVE"} | others
