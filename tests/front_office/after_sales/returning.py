"""What tests of returns and refunds share: an order that was shipped from batches of its own, and paid."""

from datetime import datetime
from typing import Any

from models.back_office.logistics.inventory import Allocation, MoveKind
from models.back_office.products.catalogue import Product
from models.front_office.sales.orders import Order, OrderLine, OrderStatus
from models.front_office.sales.orders.terms import OrderPayment, PaymentMethod
from models.kit.base import now
from resolvers.back_office.logistics.inventory.ledger import NewMove, post
from resolvers.kit.transaction import transact
from tests.back_office.logistics.stocking import put
from tests.office import alfreds

_numbers = iter(range(1, 1_000_000))


async def sold(
    product: Product,
    *batches: int,
    net: int = 1000,
    tax: int = 190,
    paid: int | None = None,
    delivered_at: datetime | None = None,
) -> OrderLine:
    """A delivered order of Alfreds Futterkiste of one line, so many of each of some batches. Without `paid`, all is paid."""
    at = delivered_at or now()
    number, total = f"Y-{next(_numbers):06}", net + tax
    order = await Order.create(
        number=number,
        customer_id=(await alfreds()).id,
        status=OrderStatus.DELIVERED,
        placed_at=at,
        shipped_at=at,
        delivered_at=at,
        currency="USD",
        net_minor=net,
        tax_minor=tax,
        total_minor=total,
    )
    line = await OrderLine.create(
        order_id=order.id,
        position=1,
        product_id=product.id,
        product_name=product.name,
        quantity=sum(batches),
        warranty_months=product.warranty_months,
        unit_price_minor=net,
        currency="USD",
        net_minor=net,
        tax_minor=tax,
        total_minor=total,
    )
    for quantity in batches:
        await leaves(line, quantity, at)
    if paid is None or paid:
        await OrderPayment.create(
            order_id=order.id,
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
