"""Purchasing: suppliers, what we order from them, and what of it arrived.

The surprising rule: most of those who buy see no costs. They order by product and quantity, and who sees costs approves it.
"""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from models.back_office import purchasing
from models.back_office.products.recurrence import NO_COMPLAINTS, per_thousand_sql
from models.back_office.purchasing.approval import costs_known_sql, may_send_alone_sql, writer_sql
from models.events import events_about
from models.permissions import Permission, Role
from resolvers.back_office.purchasing.drafting import change_purchase_order, draft_purchase_order
from resolvers.back_office.purchasing.receiving import receive_purchase_order
from resolvers.back_office.purchasing.sending import (
    MACHINE,
    approve_purchase_order,
    cancel_purchase_order,
    close_purchase_order,
    is_undecided,
    may_approve,
    send_purchase_order,
    set_purchase_limit,
)
from resolvers.back_office.purchasing.suppliers import add_supplier, change_supplier
from resolvers.kit.state_machine import Row
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
)
from resolvers.reading.relay import Connection, Node
from resolvers.reading.sources import EntryNode, EntryRows, SqlContext
from resolvers.reading.values import bound, hundredths, next_statuses, seconds_between
from schema.back_office.purchasing import live
from schema.kit.areas import Area
from schema.kit.events import version
from schema.kit.mutations import changed, mutation, payload, payload_of
from schema.kit.scalars import CurrencyCode, Money

if TYPE_CHECKING:
    from schema.back_office.logistics.inventory import Batch, Location, Warehouse
    from schema.back_office.products.catalogue import Product
    from schema.both_offices.accounts import Account
    from schema.kit.events import RecordEvent

SUPPLIERS, READ, COST = Permission.READ_SUPPLIERS, Permission.READ_PURCHASING, Permission.READ_COST_PRICE
CONTACT = Permission.READ_SUPPLIER_CONTACT
VERSION = "Grows with every change; send it back as `expectedVersion`."
SECONDS_OF_A_DAY = 86_400


# --- What the records say, in SQL ---


def _lead_time_days(ctx: SqlContext) -> str:
    """JSON text of the average days from sending a purchase order to its first receipt; null without any."""
    first = "(SELECT min(came.received_at) FROM receipts came WHERE came.purchase_order_id = ordered.id)"
    waited = (
        f"SELECT {seconds_between('ordered.sent_at', first, ctx.dialect)} AS seconds FROM purchase_orders ordered"
        f" WHERE ordered.supplier_id = {ctx.column('id')} AND ordered.sent_at IS NOT NULL"
    )
    # Rounded half up to hundredths of a day, in whole numbers.
    total = f"CAST(sum(seconds) AS bigint) * 100 + count(*) * {SECONDS_OF_A_DAY // 2}"
    average = f"({total}) / nullif(count(*) * {SECONDS_OF_A_DAY}, 0)"
    return hundredths(f"(SELECT {average} FROM ({waited}) waited WHERE seconds >= 0)", ctx.dialect)


def _complaint_rate(ctx: SqlContext) -> str:
    """JSON text of the complaints about a supplier's batches per 1,000 units of them that were shipped; null without any."""
    supplied = f"supplied.supplier_id = {ctx.column('id')}"
    complaints = (
        "(SELECT count(*) FROM batches supplied JOIN complaints counted ON counted.batch_id = supplied.id"
        f" WHERE {supplied} AND (counted.outcome IS NULL OR counted.outcome NOT IN {NO_COMPLAINTS}))"
    )
    shipped = (
        "(SELECT CAST(-sum(gone.quantity) AS bigint) FROM batches supplied JOIN stock_moves gone"
        f" ON gone.batch_id = supplied.id WHERE {supplied} AND gone.kind = 'SHIP')"
    )
    figures = f"(SELECT {complaints} AS complaints, {shipped} AS shipped) counted"
    return hundredths(f"(SELECT {per_thousand_sql('complaints', 'shipped')} FROM {figures})", ctx.dialect)


def _row(ctx: SqlContext) -> Row:
    return Row(ctx.column, ctx.dialect, ctx.permissions)


def _awaits_approval(ctx: SqlContext) -> str:
    """Whether a purchase order is a draft that whoever wrote it may not send alone; any draft, for who approves none.

    What it costs, and what roles its writer has, is what those see who approve.
    """
    undecided = is_undecided(_row(ctx))
    if Permission.APPROVE_PURCHASES not in ctx.permissions:
        return f"({undecided})"
    alone = may_send_alone_sql(ctx.column, writer_sql(ctx.column))
    return bound(f"({undecided} AND NOT {alone})", ctx)


@plain_type(READ)
class SupplierAddress:
    """Where a supplier is."""

    street: str | None = column("Street and house number.")
    city: str | None = column("Town.")
    region: str | None = column("State, province or region.")
    postal_code: str | None = column("Postal code.")


@node(purchasing.Supplier, prefix="sup", needs=SUPPLIERS)
class Supplier(Node):
    """A company that we buy from."""

    number: str = column("The number that people quote.", filter=True, sort=True)
    name: str = column("What it is called.", filter=True, sort=True)
    country: str = column("Where it is, by its English name.", filter=True, sort=True)
    contact_name: str | None = column("Whom to ask for.", needs=CONTACT)
    email: str | None = column("E-mail address for purchase orders.", needs=Permission.READ_SUPPLIER_EMAIL)
    phone: str | None = column("Telephone number.", needs=CONTACT)
    address: SupplierAddress = embedded("Where it is, besides its country.", needs=READ)
    currency: CurrencyCode = column("In which currency it sells.", needs=READ)
    over_receipt_basis_points: int = column(
        "How much more than ordered is taken from it, in hundredths of a percent: 500 is 5 %.", needs=READ, filter=True
    )
    lead_time_days: Decimal | None = expression(
        "Days from sending a purchase order to its first receipt, the average of all that came, rounded half up to"
        " hundredths; null when nothing came yet.",
        _lead_time_days,
    )
    complaint_rate: Decimal | None = expression(
        "Complaints about batches from it per 1,000 units of them that were shipped, rounded up to hundredths. Counted from all"
        " of the company's complaints, whatever the viewer sees of them, without duplicates and what was no complaint; null"
        " when nothing was shipped.",
        _complaint_rate,
    )
    products: "Connection[Product]" = many("What it supplies, by name.", "supplier_id", "name")
    purchase_orders: "Connection[PurchaseOrder]" = many(
        "What was ordered from it, latest first.", "supplier_id", "-drafted_at"
    )
    batches: "Connection[Batch]" = many("What came from it, oldest first.", "supplier_id", "", needs=SUPPLIERS)
    history: "Connection[RecordEvent]" = history(
        "What happened to what is known of it, oldest first; that it was changed, only for who reads purchase orders.",
        purchasing.Supplier,
        needs=SUPPLIERS,
    )
    version: int = version(purchasing.Supplier)


@node(purchasing.PurchaseOrder, prefix="por", needs=READ)
class PurchaseOrder(Node):
    """What we order from one supplier at one time."""

    number: str = column("The number that people quote, for instance PO-2026-000042.", filter=True, sort=True)
    status: purchasing.PurchaseOrderStatus = column("How far it is.", filter=True, sort=True)
    next_statuses: list[purchasing.PurchaseOrderStatus] = expression(
        "What the viewer may make of it now. SENT is missing where somebody must approve it first: always for who sees no"
        " costs, for others where it costs more than they may send alone.",
        next_statuses(MACHINE),
    )
    awaits_approval: bool = computed(
        "Whether it is a draft that nobody has approved and whoever wrote it may not send alone. To who approves none, every"
        " draft that nobody has approved is one.",
        _awaits_approval,
        filter=True,
    )
    costs_known: bool = computed(
        "Whether it says of every line what it costs; until then nobody approves or sends it.",
        lambda ctx: costs_known_sql(ctx.column),
        needs=COST,
        filter=True,
    )
    may_approve: bool = computed(
        "Whether the viewer may approve it now.", lambda ctx: bound(may_approve(_row(ctx)), ctx), filter=True
    )
    supplier: "Supplier | None" = one("Whom it goes to.", "supplier_id")
    warehouse: "Warehouse | None" = one("Where it shall be delivered.", "warehouse_id")
    proposed: bool = column("Whether a reorder point proposed it.", filter=True)
    total: Money = money("The sum of its lines.", "total_minor", needs=COST)
    lines: "list[PurchaseOrderLine]" = many("What is ordered, line by line.", "purchase_order_id", "position")
    receipts: "Connection[Receipt]" = many("What of it arrived, latest first.", "purchase_order_id", "-received_at")
    drafted_at: datetime = column("When it was begun.", filter=True, sort=True)
    drafted_by: "Account | None" = one("Who began it; null when nobody did.", "drafted_by_id")
    changed_by: "Account | None" = one("Who wrote what it now asks for, where it was changed.", "changed_by_id")
    approved_at: datetime | None = column("When a second person approved it.", filter=True)
    approved_by: "Account | None" = one("The second person, if one had to approve it.", "approved_by_id")
    sent_at: datetime | None = column("When it went to the supplier.", filter=True)
    sent_by: "Account | None" = one("Who sent it: alone, where nobody approved it.", "sent_by_id")
    expected_at: datetime | None = column("When it is expected to arrive.", filter=True)
    received_at: datetime | None = column("When the last of it arrived; null until then.", filter=True)
    ended_at: datetime | None = column("When it was closed or cancelled.", filter=True)
    ending_reason: str | None = column("Why it was closed short, or cancelled.")
    history: "Connection[RecordEvent]" = history(
        "What happened to it, oldest first.", purchasing.PurchaseOrder, needs=READ, told=events_about
    )
    version: int = column(VERSION)


@node(purchasing.PurchaseOrderLine, prefix="pol", needs=READ)
class PurchaseOrderLine(Node):
    """One product on a purchase order."""

    position: int = column("The line's place on the purchase order, from 1.", sort=True)
    product: "Product | None" = one("What is ordered.", "product_id")
    quantity: int = column("How many units of it.", filter=True)
    received_quantity: int = column("How many of them have arrived.", filter=True)
    unit_cost: Money = money(
        "What one unit costs, as agreed with the supplier; 0 as long as nobody knows.", "unit_cost_minor", needs=COST
    )
    cost_known: bool = column("Whether somebody knows what it costs.", needs=COST, filter=True)
    total: Money = money("What the line costs.", "total_minor", needs=COST)
    purchase_order: "PurchaseOrder | None" = one("The purchase order that it is on.", "purchase_order_id")


@node(purchasing.Receipt, prefix="rec", needs=READ)
class Receipt(Node):
    """One delivery of a supplier."""

    number: str = column("The number that people quote, for instance REC-2026-000042.", filter=True, sort=True)
    delivery_note: str | None = column("The number of the supplier's delivery note.", filter=True)
    received_at: datetime = column("When it arrived.", filter=True, sort=True)
    received_by: "Account | None" = one("Who took it in.", "received_by_id")
    purchase_order: "PurchaseOrder | None" = one("What it was ordered by.", "purchase_order_id")
    lines: "list[ReceiptLine]" = many("What arrived, batch by batch.", "receipt_id", "")


@node(purchasing.ReceiptLine, prefix="rcl", needs=READ)
class ReceiptLine(Node):
    """What arrived of one batch, in one place."""

    quantity: int = column("How many units.")
    batch: "Batch | None" = one("The batch that it became.", "batch_id")
    location: "Location | None" = one("Where it was put.", "location_id")
    purchase_order_line: "PurchaseOrderLine | None" = one("The line that ordered it.", "purchase_order_line_id")


@node(purchasing.PurchaseLimit, prefix="pul", needs=COST)
class PurchaseLimit(Node):
    """Up to how much a role sends purchase orders alone. Without one for a currency, nothing."""

    role: Role = column("Whose limit.", filter=True, sort=True)
    limit: Money = money(
        "Up to how much, included, for what one person sends alone within 30 days to one supplier.", "limit_minor"
    )
    version: int = column(VERSION)


class Purchasing:
    """The back office's way to suppliers and purchase orders."""

    supplier: "Supplier | None" = read(EntryNode(), "One supplier.", needs=SUPPLIERS)
    suppliers: "Connection[Supplier]" = read(EntryRows("name"), "All suppliers, by name.", needs=SUPPLIERS)
    purchase_order: "PurchaseOrder | None" = read(EntryNode(), "One purchase order.", needs=READ)
    purchase_orders: "Connection[PurchaseOrder]" = read(
        EntryRows("-drafted_at"), "All purchase orders, latest first.", needs=READ
    )
    receipts: "Connection[Receipt]" = read(
        EntryRows("-received_at"), "All that suppliers delivered, latest first.", needs=READ
    )
    purchase_limits: "Connection[PurchaseLimit]" = read(
        EntryRows("role"), "Up to how much each role sends purchase orders alone.", needs=COST
    )


WRITE = Permission.WRITE_PURCHASING


SupplierPayload = payload_of(Supplier)
PurchaseOrderPayload = payload_of(PurchaseOrder)


@payload
class ReceiptPayload:
    """What became of a delivery."""

    purchase_order: "PurchaseOrder | None" = changed("The purchase order as it now is; null when there are errors.")
    receipt: "Receipt | None" = changed("The receipt, with its batches; null when there are errors.")


MUTATIONS = (
    mutation(WRITE, add_supplier, shows=SupplierPayload),
    mutation(WRITE, change_supplier, shows=SupplierPayload),
    mutation(Permission.SET_PURCHASE_LIMITS, set_purchase_limit, shows=payload_of(PurchaseLimit, "limit")),
    mutation(WRITE, draft_purchase_order, shows=PurchaseOrderPayload),
    mutation(WRITE, change_purchase_order, shows=PurchaseOrderPayload),
    mutation(Permission.APPROVE_PURCHASES, approve_purchase_order, shows=PurchaseOrderPayload),
    mutation(WRITE, send_purchase_order, shows=PurchaseOrderPayload),
    mutation(Permission.WRITE_STOCK, receive_purchase_order, shows=ReceiptPayload),
    mutation(WRITE, close_purchase_order, shows=PurchaseOrderPayload),
    mutation(WRITE, cancel_purchase_order, shows=PurchaseOrderPayload),
)

AREA = Area(back_office=(Purchasing,), mutations=MUTATIONS, subscriptions=(live.PurchaseSubscriptions,))
