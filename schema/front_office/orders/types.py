"""Orders and their lines: read by both offices, prices only by those who deal with money."""

from datetime import datetime
from typing import TYPE_CHECKING

from models.front_office import orders
from models.permissions import Permission
from resolvers.reading.declare import (
    Connection,
    EntryNode,
    EntryRows,
    Node,
    column,
    embedded,
    many,
    money,
    node,
    one,
    part,
    read,
)
from schema.scalars import Money

if TYPE_CHECKING:
    from schema.back_office.products import Product
    from schema.back_office.shipments.types import Shipment
    from schema.events import RecordEvent
    from schema.front_office.complaints import Complaint
    from schema.front_office.customers import Customer
    from schema.front_office.orders.progress import OrderProgress

PRICES = Permission.READ_ORDER_PRICES


@part(Permission.READ_CUSTOMER_CONTACT)
class ShippingAddress:
    """Where goods go. Often the customer's own address, so it needs the same permission, the country too."""

    street: str | None = column("Street and house number.")
    city: str | None = column("Town.")
    region: str | None = column("State, province or region.")
    postal_code: str | None = column("Postal code.")
    country: str | None = column("Country, by its English name.")


@node(orders.OrderLine, prefix="oli", rows=orders.visible_order_lines, needs=Permission.READ_ORDERS)
class OrderLine(Node):
    """One product on an order."""

    position: int = column("The line's place on the order, from 1.", sort=True)
    quantity: int = column("How many pieces.")
    unit_price: Money = money("What one piece cost when ordered, before discount.", "unit_price_minor", needs=PRICES)
    discount_basis_points: int = column("Discount in hundredths of a percent: 1500 is 15 %.", needs=PRICES)
    total: Money = money("What the line costs after discount.", "total_minor", needs=PRICES)
    product: "Product | None" = one("What was ordered.", "product_id")


@node(orders.Order, prefix="ord", rows=orders.visible_orders, needs=Permission.READ_ORDERS)
class Order(Node):
    """What one customer ordered at one time."""

    number: str = column("The number that people quote, for instance ORD-10248.", filter=True, sort=True)
    status: orders.OrderStatus = column("How far the order is.", filter=True, sort=True)
    placed_at: datetime = column("When it was ordered.", filter=True, sort=True)
    required_at: datetime | None = column("By when the customer wanted it.", filter=True, sort=True)
    shipped_at: datetime | None = column("When it left the house; null until then.", filter=True, sort=True)
    total: Money = money("The sum of the lines.", "total_minor", needs=PRICES)
    ship_to_name: str | None = column("Who receives the goods.", "ship_name", needs=Permission.READ_CUSTOMER_CONTACT)
    ship_to: ShippingAddress = embedded("Where the goods go.", "ship_", needs=Permission.READ_CUSTOMER_CONTACT)
    lines: "list[OrderLine]" = many("What was ordered, line by line.", "order_id", "position")
    customer: "Customer | None" = one("Who ordered.", "customer_id")
    complaints: "Connection[Complaint]" = many("Complaints about this order, latest first.", "order_id", "-received_at")
    shipments: "Connection[Shipment]" = many(
        "What left or leaves the house for it, oldest first.", "order_id", "created_at"
    )
    progress: "list[OrderProgress]" = many(
        "How far it is, line by line, what has come furthest first: what the customer wants to know.",
        "order_id",
        "place",
    )
    history: "Connection[RecordEvent]" = many(
        "What happened to it, as far as the viewer may know, oldest first.",
        "order_id",
        "",
        needs=Permission.READ_ORDERS,
    )


class FrontOfficeOrders:
    """The front office's way to orders."""

    order: "Order | None" = read(EntryNode(), "One order.", needs=Permission.READ_ORDERS)
    orders: "Connection[Order]" = read(
        EntryRows("-placed_at"), "All orders, latest first.", needs=Permission.READ_ORDERS
    )
