"""What a complaint is about: an order or one line of it, a product, and the batch that it came from.

The surprising rule: the batch follows from what was shipped for the line; it is named only where several were, or no line is.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tortoise.connection import get_connection

from models.back_office.logistics.inventory import Batch, visible_batches
from models.back_office.products.catalogue import Product
from models.front_office.customers import Customer
from models.front_office.sales.orders import Order, OrderLine
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.loading import access, visible
from resolvers.kit.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Named:
    """What somebody says that a complaint is about. `names_…` is whether one was named at all, whether or not there is one."""

    order: UUID | None = None
    names_order: bool = False
    order_line: UUID | None = None
    names_order_line: bool = False
    product: UUID | None = None
    names_product: bool = False
    batch: UUID | None = None
    names_batch: bool = False


@dataclass(frozen=True, slots=True)
class Origin:
    """What a complaint is about, by its keys."""

    order: UUID | None
    order_line: UUID | None
    product: UUID | None
    batch: UUID | None


async def origin_of(viewer: Viewer, named: Named, customer: Customer | None, errors: InputErrors) -> Origin:
    """What follows from what is named: of a line its order and product, of a batch its product. Notes what does not agree."""
    line = await visible(viewer, OrderLine, named.order_line)
    if named.names_order_line and line is None:
        errors.not_found("orderLine", "order line")
    order = await _order(viewer, named, line, customer, errors)
    batch = await access(viewer, Batch, visible_batches, named.batch, lock=False)
    if named.names_batch and batch is None:
        errors.not_found("batch", "batch")
    product = await visible(viewer, Product, named.product)
    if named.names_product and product is None:
        errors.not_found("product", "product")
    about = _product(product, line, batch, errors)
    shipped = await _shipped_from(line) if line is not None else []
    if batch is not None and line is not None and batch.id not in shipped:
        errors.add("batch", "Nothing of this batch was shipped for the order line.")
    came_from = batch.id if batch is not None else shipped[0] if len(shipped) == 1 else None
    return Origin(order.id if order else None, line.id if line else None, about, came_from)


async def _order(
    viewer: Viewer, named: Named, line: OrderLine | None, customer: Customer | None, errors: InputErrors
) -> Order | None:
    order = await visible(viewer, Order, named.order or (line.order_id if line else None))
    if named.names_order and order is None:
        errors.not_found("order", "order")
    elif named.names_order and line is not None and order is not None and line.order_id != order.id:
        errors.add("orderLine", "The line is of another order.")
    elif order is not None and customer is not None and order.customer_id != customer.id:
        errors.add("order" if named.names_order else "orderLine", "The order is another customer's.")
    return order


def _product(product: Product | None, line: OrderLine | None, batch: Batch | None, errors: InputErrors) -> UUID | None:
    """The one product that all speak of."""
    about = product.id if product else None
    for member, found in (("orderLine", line), ("batch", batch)):
        if found is None:
            continue
        if about is not None and found.product_id != about:
            errors.add(member, "It is of another product.")
        about = about or found.product_id
    return about


async def _shipped_from(line: OrderLine) -> list[UUID]:
    """The batches that were shipped for a line of an order."""
    rows: list[Any] = await get_connection("default").execute_query_dict(
        "SELECT DISTINCT sent.batch_id FROM shipment_lines sent JOIN shipments parcel ON parcel.id = sent.shipment_id"
        f" WHERE sent.order_line_id = '{line.id}' AND parcel.status IN ('SHIPPED', 'DELIVERED') ORDER BY sent.batch_id"
    )
    return [UUID(str(row["batch_id"])) for row in rows]
