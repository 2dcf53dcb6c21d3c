"""Orders: taken by the front office, read by both; prices only by those who deal with money. Nothing tells costs or suppliers."""

from datetime import date, datetime
from typing import TYPE_CHECKING

import strawberry

from models.back_office.logistics import shipments
from models.events import visible_events
from models.front_office.after_sales.returns import warranty_until_sql
from models.front_office.customers import Channel
from models.front_office.sales import orders
from models.front_office.sales.orders import amendments, progress
from models.front_office.sales.orders.progress import OrderWarning, warnings_sql
from models.front_office.sales.orders.terms import PaymentState, payment_state_sql
from models.kit import events
from models.permissions import Permission
from resolvers.front_office.sales.orders.steps import MACHINE
from resolvers.reading.declare import (
    column,
    computed,
    embedded,
    expression,
    history,
    many,
    money,
    node,
    one,
    plain_type,
    read,
    subject,
    subject_id,
)
from resolvers.reading.relay import Connection, Node
from resolvers.reading.sources import EntryEvents, EntryNode, EntryRows, SqlContext
from resolvers.reading.values import next_statuses
from schema.front_office.sales.orders import mutations, terms
from schema.kit.areas import Area
from schema.kit.events import Update, version
from schema.kit.scalars import Money

if TYPE_CHECKING:
    from schema.back_office.logistics.shipments import Shipment
    from schema.back_office.products.catalogue import Product
    from schema.both_offices.accounts import Account
    from schema.front_office.after_sales.returns import Refund, Return
    from schema.front_office.customers import Customer
    from schema.front_office.sales.orders.terms import OrderPayment
    from schema.front_office.service.complaints import Complaint
    from schema.kit.events import RecordEvent

READ, PRICES = Permission.READ_ORDERS, Permission.READ_ORDER_PRICES
CONTACT, CUSTOMERS = Permission.READ_CUSTOMER_CONTACT, Permission.READ_CUSTOMERS


def _backordered(ctx: SqlContext) -> str:
    quantity, shipped, allocated = (ctx.column(f"{what}quantity") for what in ("", "shipped_", "allocated_"))
    waits = (
        f"SELECT 1 FROM orders whole WHERE whole.id = {ctx.column('order_id')}"
        " AND whole.status IN ('PLACED', 'ON_HOLD', 'PARTLY_SHIPPED')"
    )
    return f"CASE WHEN EXISTS ({waits}) THEN {quantity} - {shipped} - {allocated} ELSE 0 END"


def _warranty_until(ctx: SqlContext) -> str:
    line, order, months = (ctx.column(name) for name in ("id", "order_id", "warranty_months"))
    return warranty_until_sql(line, order, months, ctx.dialect)


@plain_type(Permission.READ_CUSTOMER_CONTACT)
class ShippingAddress:
    """Where goods go. Often the customer's own address, so it needs the same permission, the country too."""

    street: str | None = column("Street and house number.")
    city: str | None = column("Town.")
    region: str | None = column("State, province or region.")
    postal_code: str | None = column("Postal code.")
    country: str | None = column("Country, by its English name.")


@node(orders.OrderLine, prefix="oli", needs=READ)
class OrderLine(Node):
    """One product on an order."""

    order: "Order | None" = one("The order that it stands on.", "order_id")
    position: int = column("The line's place on the order, from 1.", sort=True)
    product: "Product | None" = one("What was ordered.", "product_id")
    product_name: str | None = column("What the product was called when it was ordered.")
    quantity: int = column("How many pieces.")
    unit_price: Money = money("What one piece cost when ordered, before discount.", "unit_price_minor", needs=PRICES)
    discount_basis_points: int = column("Discount in hundredths of a percent: 1500 is 15 %.", needs=PRICES)
    tax_rate_basis_points: int = column("Tax on `net` in hundredths of a percent: 1900 is 19 %.", needs=PRICES)
    net: Money = money("What the line costs after both discounts, before tax.", "net_minor", needs=PRICES)
    tax: Money = money("Its tax, rounded half up.", "tax_minor", needs=PRICES)
    total: Money = money("What the line costs, tax included.", "total_minor", needs=PRICES)
    allocated_quantity: int = column("How many pieces of it are in the house and promised to it.")
    backordered_quantity: int = computed("How many pieces of it must still arrive or be made.", _backordered)
    shipped_quantity: int = column("How many pieces of it have left the house.")
    returned_quantity: int = column("How many pieces of it came back.")
    warranty_months: int | None = column("Months of warranty, from delivery, as it was sold with; null for none.")
    warranty_until: date | None = computed(
        "The last day of its warranty, from delivery; null without one, or before.", _warranty_until
    )
    refunded_quantity: int = column("For how many pieces of it money was given back.", needs=PRICES)
    refunded: Money = money("How much money was given back for it.", "refunded_minor", needs=PRICES)


@node(amendments.OrderAmendmentLine, prefix="oac", needs=READ)
class OrderAmendmentLine(Node):
    """How many pieces of one line of an order there were before it was changed, and after."""

    position: int = column("The line's place on the order.", sort=True)
    product: "Product | None" = one("What was ordered.", "product_id")
    product_name: str = column("What the product was called when the order was placed.")
    quantity_before: int = column("How many pieces there were; 0 when the line was added.")
    quantity_after: int = column("How many pieces there were from then on; 0 when the line was taken off the order.")


@node(amendments.OrderAmendment, prefix="oam", needs=READ)
class OrderAmendment(Node):
    """One change of an order that had been placed: who made it, who asked for it, and why."""

    order: "Order | None" = one("The order that was changed.", "order_id")
    reason: str | None = column("Why, if it was said. The customer's identity is masked in it.")
    asked_by: str | None = column("Who of the customer's people asked for it.", needs=CONTACT)
    asked_through: Channel | None = column("By which way they asked for it.")
    amended_at: datetime = column("When.", filter=True, sort=True)
    amended_by: "Account | None" = one("Who wrote it down.", "amended_by_id")
    changes: "list[OrderAmendmentLine]" = many("What was changed, line by line.", "amendment_id", "position")


@node(orders.Order, prefix="ord", needs=READ)
class Order(Node):
    """What one customer ordered at one time."""

    number: str = column("The number that people quote, for instance ORD-10248.", filter=True, sort=True)
    status: orders.OrderStatus = column("How far the order is.", filter=True, sort=True)
    next_statuses: list[orders.OrderStatus] = expression(
        "What the viewer may make of it now. PLACED is missing from a draft without lines, of something that is not on sale, at"
        " a discount that the viewer may not give, or of more than can be had where it cannot wait.",
        next_statuses(MACHINE),
    )
    placed_at: datetime = column("When it was ordered; of a draft, when it was begun.", filter=True, sort=True)
    required_at: datetime | None = column("By when the customer wanted it.", filter=True, sort=True)
    shipped_at: datetime | None = column("When it left the house; null until then.", filter=True, sort=True)
    delivered_at: datetime | None = column("When all of it was with the customer; null until then.", filter=True)
    shortage_policy: orders.ShortagePolicy = column("What is done when there is not enough in stock.")
    taken_by: "Account | None" = one("Who wrote it down.", "taken_by_id")
    asked_by: str | None = column("Who of the customer's people asked for it.", needs=CONTACT)
    asked_through: Channel | None = column("By which way they asked for it.")
    discount_basis_points: int = column(
        "What comes off every line after the line's own discount, in hundredths of a percent.", needs=PRICES
    )
    discount_state: orders.DiscountState = column(
        "Whether its discounts may be given; WITHIN_LIMIT until somebody asks.", needs=PRICES, filter=True
    )
    discount_asked_by: "Account | None" = one("Who asked for its discounts.", "discount_asked_by_id", needs=PRICES)
    discount_reason: str | None = column(
        "Why they were asked for. The customer's identity is masked in it.", needs=PRICES
    )
    discount_decided_by: "Account | None" = one(
        "Who approved or refused its discounts.", "discount_decided_by_id", needs=PRICES
    )
    discount_decision_reason: str | None = column(
        "Why they were approved or refused, if it was said. The customer's identity is masked in it.", needs=PRICES
    )
    quoted_at: datetime | None = column("When the customer was told what it costs.", needs=PRICES)
    quoted_until: datetime | None = column("Until when unit prices hold as they were told.", needs=PRICES)
    net: Money = money("The sum of the lines before tax.", "net_minor", needs=PRICES)
    tax: Money = money("The sum of the lines' taxes.", "tax_minor", needs=PRICES)
    total: Money = money("The sum of the lines.", "total_minor", needs=PRICES)
    paid: Money = money("What was paid for it.", "paid_minor", needs=PRICES)
    refunded: Money = money("What of that was given back.", "refunded_minor", needs=PRICES)
    payment_state: PaymentState = computed(
        "How far it is paid.", lambda ctx: payment_state_sql(ctx.column), needs=PRICES, filter=True
    )
    payments: "Connection[OrderPayment]" = many("What was paid for it, latest first.", "order_id", "-received_at")
    returns: "Connection[Return]" = many("What came or comes back of it, latest first.", "order_id", "-requested_at")
    refunds: "Connection[Refund]" = many("What money was given back, latest first.", "order_id", "-made_at")
    warnings: list[OrderWarning] = expression(
        "What an agent should know before going on with it; it stops nothing.",
        lambda ctx: warnings_sql(ctx.column),
        needs=Permission.WRITE_ORDERS,
    )
    amendments: "Connection[OrderAmendment]" = many(
        "How it was changed after it had been placed, latest first.", "order_id", "-amended_at"
    )
    held_at: datetime | None = column("When it was held back; null unless it is.")
    hold_reason: str | None = column("Why it is held back. The customer's identity is masked in it.")
    cancelled_at: datetime | None = column("When it was cancelled.", filter=True)
    cancellation_reason: str | None = column("Why it was cancelled. The customer's identity is masked in it.")
    ship_to_name: str | None = column("Who receives the goods.", "ship_name", needs=CONTACT)
    ship_to: ShippingAddress = embedded(
        "Where the goods go; all null of a draft that goes to the customer's own address.", "ship_", needs=CONTACT
    )
    lines: "list[OrderLine]" = many("What was ordered, line by line.", "order_id", "position")
    customer: "Customer | None" = one("Who ordered.", "customer_id")
    complaints: "Connection[Complaint]" = many(
        "Complaints about this order, latest first.", "order_id", "-received_at", needs=CUSTOMERS
    )
    shipments: "Connection[Shipment]" = many(
        "What left or leaves the house for it, oldest first.", "order_id", "created_at"
    )
    progress: "list[OrderProgress]" = many(
        "How far it is, line by line, what has come furthest first: what the customer wants to know.",
        "order_id",
        "place",
    )
    history: "Connection[RecordEvent]" = history(
        "What happened to it, as far as the viewer may know, oldest first.", orders.Order, needs=READ
    )
    replaces: "Order | None" = one(
        "The order of which it sends something once more, if it does.", "replaces_id", needs=CUSTOMERS
    )
    replacements: "Connection[Order]" = many(
        "What was sent once more of it, for nothing, oldest first.", "replaces_id", "placed_at", needs=CUSTOMERS
    )
    complaint: "Complaint | None" = one("The complaint whose redress it is, if any.", "complaint_id", needs=CUSTOMERS)
    version: int = version(orders.Order)


@node(progress.OrderProgress, prefix="", needs=READ)
class OrderProgress:
    """How many pieces of one line of an order are at one stage on their way to the customer."""

    place: int = column("Grows along the list: by line, and within it what has come furthest first.", sort=True)
    position: int = column("The line's place on the order, from 1.")
    stage: progress.ProgressStage = column("Where they are.")
    quantity: int = column("How many pieces.")
    since: datetime | None = column("Since when they are there; null while we wait for them.")
    expected_at: datetime | None = column(
        "When the next stage is expected: a delivery to the customer as the carrier says, one to us as it was ordered, when"
        " those who wait longer have got theirs. Null when nobody knows."
    )
    planned_for: date | None = column("The day that their production is planned for, when they are made.")
    work_order_number: str | None = column("The number of the work order that makes them, if any.")
    batch_number: str | None = column("The number of the batch that waits for its quality check, if any.")
    carrier: str | None = column("Who carries them, once they have left.")
    tracking_number: str | None = column("The carrier's number for them.")
    order_line: "OrderLine | None" = one("The line.", "order_line_id")
    product: "Product | None" = one("What was ordered.", "product_id")
    shipment: "Shipment | None" = one("The shipment that they go with, from picking on.", "shipment_id")


@node(events.Event, prefix="", rows=visible_events, needs=READ)
class OrderUpdate(Update):
    """Something that just happened to an order or on its way to the customer, with the order as it now is."""

    order_id: strawberry.ID | None = subject_id("The order's id.", orders.Order)
    order: "Order | None" = subject("The order as it now is.", orders.Order)
    shipment_id: strawberry.ID | None = subject_id(
        "The shipment's id, if it happened to one.", shipments.Shipment, needs=Permission.READ_SHIPMENTS
    )
    shipment: "Shipment | None" = subject("The shipment that it happened to, if any, as it now is.", shipments.Shipment)


class Orders:
    """Either office's way to orders."""

    order: "Order | None" = read(EntryNode(), "One order.", needs=READ)
    orders: "Connection[Order]" = read(EntryRows("-placed_at"), "All orders, latest first.", needs=READ)


class DiscountsToApprove:
    """What waits for a second person in the front office."""

    discounts_to_approve: "Connection[Order]" = read(
        EntryRows("-placed_at", where=lambda order: f"{order}.discount_state = 'ASKED'"),
        "Drafts whose discounts wait for a second person, latest first.",
        needs=Permission.APPROVE_DISCOUNTS,
    )


class OrderSubscriptions:
    """What is pushed about orders."""

    order_updates: "OrderUpdate" = read(
        EntryEvents(orders.Order, of="order"),
        "What happens to orders, or to one of them.",
        needs=Permission.ENTER_FRONT_OFFICE,
    )


AREA = Area(
    front_office=(Orders, DiscountsToApprove, terms.OrderTerms),
    back_office=(Orders, terms.OrderTerms),
    mutations=(*mutations.MUTATIONS, *terms.MUTATIONS),
    subscriptions=(OrderSubscriptions,),
)
