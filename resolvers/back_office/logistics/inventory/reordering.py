"""What runs low is told of and put on a purchase order's draft, which a buyer looks at before it is sent.

The surprising rules: that a product runs low, or out, is told once; what was told last stands with the product, and is taken
back when stock comes in. What counts for buying is the inventory position, available and on order less what orders wait for,
as in the (s, Q) policy of the textbooks (Silver, Pyke and Thomas, Inventory and Production Management in Supply Chains, 6).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from models.back_office.logistics.inventory.stock import StockEvent, available_sql
from models.back_office.products.catalogue import Product, ProductEvent, ProductStatus, StockAlert
from models.back_office.purchasing import (
    LARGEST_PURCHASE_MINOR,
    PurchaseOrder,
    PurchaseOrderEvent,
    PurchaseOrderLine,
    PurchaseOrderStatus,
    Supplier,
    known_cost_sql,
    on_order_sql,
)
from models.front_office.sales.orders import OrderStatus
from models.kit.base import is_one_of, new_id, now
from models.kit.database import Database
from models.kit.events import about
from models.kit.sql import listed, read_rows
from resolvers.back_office.logistics.inventory.ledger import LARGEST_QUANTITY
from resolvers.events import record
from resolvers.kit.commands import InputErrors, Key, Keys, Update, Viewer, command, member
from resolvers.kit.loading import find
from resolvers.kit.numbers import next_number

WAITING = (OrderStatus.PLACED, OrderStatus.PARTLY_SHIPPED, OrderStatus.ON_HOLD)
"""Orders that still expect stock."""


@command
class SetReorderPoint(Update):
    """When a product is bought again."""

    product: Key[Product] = member("The product.")
    level: int = member("At how much available and on order, less what orders wait for, it is bought again.")
    quantity: int = member("How much at a time; with 0 nothing is proposed.")


async def set_reorder_point(viewer: Viewer, given: SetReorderPoint) -> Keys:
    """Sets at which level a product is bought again, and how much at a time. One that stands at or below it goes onto the draft
    of a purchase order at once.
    """
    errors, at = InputErrors(), now()
    product = await find(viewer, Product, given.product, errors, given.expected_version, lock=True)
    errors.number("level", given.level, LARGEST_QUANTITY, least=0)
    errors.number("quantity", given.quantity, LARGEST_QUANTITY, least=0)
    errors.raise_if_any()
    assert product is not None
    product.reorder_level, product.reorder_quantity = given.level, given.quantity
    await product.save_next_version("reorder_level", "reorder_quantity")
    await record(ProductEvent.CHANGED, product, actor=viewer, at=at)
    await alert([product.id], at)
    return {"product": product.id}


# --- Telling that it runs low -----------------------------------------------------------------------------------------


async def alert(products: Iterable[UUID], at: datetime) -> None:
    """Tells which of the products ran low or out, and proposes to buy more of them; in the transaction that took the stock.

    Call it last, once, whenever what is available of products has changed, whichever way, or whether they are sold: it also
    notes that there is enough again. What is withdrawn nobody buys, so that it is never low; it is told anew should it come
    back. For products that are not low it costs one statement.
    """
    keys = listed(products)
    if not keys:
        return
    rows = await read_rows(
        f"SELECT p.id, p.status, p.reorder_level, p.stock_alert, {available_sql('p.id')} AS available FROM products p"
        f" WHERE p.id IN ({keys}) ORDER BY p.id"
    )
    low: list[UUID] = []
    for row in rows:
        present = _alert_for(row)
        if present is not None:
            low.append(row["id"])
        told = StockAlert(row["stock_alert"]) if row["stock_alert"] else None
        if present is not told:
            await _tell(row["id"], told, present, at)
    if low:
        await propose_purchases(low, at)


def _alert_for(product: dict[str, Any]) -> StockAlert | None:
    if product["status"] == ProductStatus.WITHDRAWN or product["available"] > product["reorder_level"]:
        return None
    return StockAlert.OUT if product["available"] <= 0 else StockAlert.LOW


async def _tell(product: UUID, told: StockAlert | None, present: StockAlert | None, at: datetime) -> None:
    """Notes the present state, and records it when it is worse than the one before."""
    was = {"stock_alert": told} if told else {"stock_alert__isnull": True}
    # Of two changes at once only one finds the former state.
    if not await Product.filter(id=product, **was).update(stock_alert=present):
        return
    if present is StockAlert.OUT or (present is StockAlert.LOW and told is None):
        kind = StockEvent.OUT if present is StockAlert.OUT else StockEvent.LOW
        await record(kind, about(Product, product), actor=None, at=at)


async def run_out_by_expiring(database: Database, since: date) -> list[UUID]:
    """The products of which something was free that expired on this day or later, and that are by now lower than was told."""
    available = available_sql("p.id")
    expired = (
        "SELECT b.product_id FROM batches g CROSS JOIN stock_balances b WHERE b.batch_id = g.id"
        f" AND g.expires_on >= '{since}' AND g.expires_on < CURRENT_DATE AND b.allocated < b.on_hand"
    )
    rows = await database.fetch(
        f"SELECT p.id FROM products p WHERE p.id IN ({expired}) AND p.status <> '{ProductStatus.WITHDRAWN}'"
        f" AND ((p.stock_alert IS NULL AND {available} <= p.reorder_level)"
        f" OR (coalesce(p.stock_alert, 'LOW') = 'LOW' AND {available} <= 0))",
        [],
    )
    return [UUID(str(key)) for [key] in rows]


# --- Buying it again --------------------------------------------------------------------------------------------------


def waiting_sql(product: str) -> str:
    """How much of a product orders wait for without its being promised to them, as an SQL value; never null."""
    return (
        "(SELECT CAST(coalesce(sum(late.quantity - late.shipped_quantity - late.allocated_quantity), 0) AS integer)"
        " FROM order_lines late JOIN orders wanting ON wanting.id = late.order_id"
        f" WHERE late.product_id = {product} AND late.shipped_quantity + late.allocated_quantity < late.quantity"
        f" AND {is_one_of('wanting.status', WAITING)})"
    )


async def propose_purchases(products: Sequence[UUID], at: datetime) -> None:
    """Proposes to buy those of the products whose inventory position is at or below their reorder level.

    Each goes onto the open proposed draft for its supplier and warehouse, or onto a new one, in multiples of its reorder
    quantity. What is made here, has no supplier, no reorder quantity or a line on some draft already is left alone.
    """
    short = await _short(products)
    if not short:
        return
    # Of two changes at once, the second finds what the first one proposed. Orders that name the suppliers go on meanwhile.
    named = {row["supplier_id"] for row in short}
    suppliers = await Supplier.filter(id__in=named).order_by("id").select_for_update(no_key=True)
    by_order: defaultdict[tuple[UUID, UUID], list[dict[str, Any]]] = defaultdict(list)
    for row in await _short(products):
        if row["warehouse_id"]:
            by_order[row["supplier_id"], row["warehouse_id"]].append(row)
    of = {supplier.id: supplier for supplier in suppliers}
    for (supplier, warehouse), rows in by_order.items():
        await _add(of[supplier], warehouse, rows, at)


async def _short(products: Sequence[UUID]) -> list[dict[str, Any]]:
    """What must be bought, at which position it stands, and for which warehouse.

    That is where it was moved last; the first one for what was never in stock, none where there is none.
    """
    position = f"{available_sql('p.id')} + {on_order_sql('p.id')} - {waiting_sql('p.id')}"
    drafted = (
        "SELECT 1 FROM purchase_order_lines line JOIN purchase_orders draft ON draft.id = line.purchase_order_id"
        f" WHERE line.product_id = p.id AND draft.status = '{PurchaseOrderStatus.DRAFT}'"
    )
    moved_last = (
        "SELECT place.warehouse_id FROM stock_moves move JOIN locations place ON place.id = move.location_id"
        " WHERE move.product_id = stand.id ORDER BY move.at DESC, move.id DESC LIMIT 1"
    )
    first = "SELECT first.id FROM warehouses first ORDER BY first.code LIMIT 1"
    return await read_rows(
        f"SELECT stand.*, coalesce(({moved_last}), ({first})) AS warehouse_id"
        " FROM (SELECT p.id, p.supplier_id, p.reorder_level, p.reorder_quantity,"
        f" {known_cost_sql('p.id', 'p.supplier_id', 'seller.currency')} AS cost, {position} AS position"
        " FROM products p JOIN suppliers seller ON seller.id = p.supplier_id"
        f" WHERE p.id IN ({listed(products) or 'NULL'}) AND p.status = '{ProductStatus.ON_SALE}'"
        " AND NOT p.is_made AND p.reorder_quantity > 0"
        f" AND NOT EXISTS ({drafted})) stand WHERE stand.position <= stand.reorder_level ORDER BY stand.id"
    )


async def _add(supplier: Supplier, warehouse: UUID, wanted: list[dict[str, Any]], at: datetime) -> None:
    """Puts lines onto the supplier's proposed draft for a warehouse."""
    draft = await _open_draft(supplier, warehouse)
    kind = PurchaseOrderEvent.CHANGED if draft else PurchaseOrderEvent.DRAFTED
    if draft is None:
        draft = await PurchaseOrder.create(
            id=new_id(),
            number=await next_number("PO", at),
            supplier_id=supplier.id,
            warehouse_id=warehouse,
            status=PurchaseOrderStatus.DRAFT,
            proposed=True,
            currency=supplier.currency,
            total_minor=0,
            drafted_at=at,
        )
    else:
        draft.version += 1
    last = await PurchaseOrderLine.filter(purchase_order_id=draft.id).order_by("-position").first()
    lines = [_line(draft, (last.position if last else 0) + place, row) for place, row in enumerate(wanted, start=1)]
    await PurchaseOrderLine.bulk_create(lines)
    draft.total_minor += sum(line.total_minor for line in lines)
    await draft.save(update_fields=["total_minor", "version"])
    await record(kind, draft, actor=None, at=at)


async def _open_draft(supplier: Supplier, warehouse: UUID) -> PurchaseOrder | None:
    """The proposed draft that nobody has approved, locked: what was approved is not changed by a proposal."""
    drafts = PurchaseOrder.filter(
        supplier_id=supplier.id,
        warehouse_id=warehouse,
        status=PurchaseOrderStatus.DRAFT,
        proposed=True,
        currency=supplier.currency,
        approved_at__isnull=True,
    )
    return await drafts.order_by("drafted_at", "id").select_for_update(no_key=True).first()


def _line(draft: PurchaseOrder, position: int, row: dict[str, Any]) -> PurchaseOrderLine:
    """As many reorder quantities as bring the position above the level, at what the product costs us as far as we know."""
    lacking = row["reorder_level"] + 1 - row["position"]
    quantity = -(-lacking // row["reorder_quantity"]) * row["reorder_quantity"]
    known = row["cost"] is not None and row["cost"] * quantity <= LARGEST_PURCHASE_MINOR
    cost = row["cost"] if known else 0
    return PurchaseOrderLine(
        id=new_id(),
        purchase_order_id=draft.id,
        position=position,
        product_id=row["id"],
        quantity=quantity,
        unit_cost_minor=cost,
        currency=draft.currency,
        total_minor=cost * quantity,
        cost_known=known,
    )
