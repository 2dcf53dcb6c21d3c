"""Reorder points: what runs low is put on a purchase order's draft, which a buyer looks at before it is sent.

The surprising rule: what counts is the inventory position, available and on order less what orders wait for, as in the
(s, Q) policy of the textbooks (Silver, Pyke and Thomas, Inventory and Production Management in Supply Chains, chapter 6).
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise.connection import get_connection

from models.back_office.logistics.inventory import available_sql
from models.back_office.products.catalogue import ProductStatus
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
from models.kit.base import is_one_of, new_id
from resolvers.events import record
from resolvers.kit.numbers import next_number

WAITING = (OrderStatus.PLACED, OrderStatus.PARTLY_SHIPPED, OrderStatus.ON_HOLD)
"""Orders that still expect stock."""


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
    # Of two changes at once, the second finds what the first one proposed.
    suppliers = await _lock_suppliers({row["supplier_id"] for row in short})
    wanted = await _short(products)
    warehouses = await _warehouses([row["id"] for row in wanted])
    by_order: defaultdict[tuple[UUID, UUID], list[dict[str, Any]]] = defaultdict(list)
    for row in wanted:
        if warehouse := warehouses.get(UUID(str(row["id"]))):
            by_order[UUID(str(row["supplier_id"])), warehouse].append(row)
    of = {supplier.id: supplier for supplier in suppliers}
    for (supplier, warehouse), rows in by_order.items():
        await _add(of[supplier], warehouse, rows, at)


async def _short(products: Sequence[UUID]) -> list[dict[str, Any]]:
    """What must be bought, and at which position it stands."""
    named = ", ".join(f"'{key}'" for key in products)
    position = f"{available_sql('p.id')} + {on_order_sql('p.id')} - {waiting_sql('p.id')}"
    drafted = (
        "SELECT 1 FROM purchase_order_lines line JOIN purchase_orders draft ON draft.id = line.purchase_order_id"
        f" WHERE line.product_id = p.id AND draft.status = '{PurchaseOrderStatus.DRAFT}'"
    )
    return await get_connection("default").execute_query_dict(
        "SELECT * FROM (SELECT p.id, p.supplier_id, p.reorder_level, p.reorder_quantity,"
        f" {known_cost_sql('p.id', 'p.supplier_id', 'seller.currency')} AS cost, {position} AS position"
        " FROM products p JOIN suppliers seller ON seller.id = p.supplier_id"
        f" WHERE p.id IN ({named}) AND p.status = '{ProductStatus.ON_SALE}'"
        " AND NOT p.is_made AND p.reorder_quantity > 0"
        f" AND NOT EXISTS ({drafted})) stand WHERE stand.position <= stand.reorder_level ORDER BY stand.id"
    )


async def _lock_suppliers(keys: set[Any]) -> list[Supplier]:
    """The suppliers, locked in the order of their keys against other proposals, and not against orders that name them."""
    postgres = get_connection("default").capabilities.dialect == "postgres"
    named = ", ".join(f"'{key}'" for key in keys)
    locking = " FOR NO KEY UPDATE" if postgres else ""
    sql = f"SELECT seller.* FROM suppliers seller WHERE seller.id IN ({named}) ORDER BY seller.id{locking}"
    found: list[Supplier] = await Supplier.raw(sql)  # type: ignore[assignment]
    return found


async def _add(supplier: Supplier, warehouse: UUID, wanted: list[dict[str, Any]], at: datetime) -> None:
    """Puts lines onto the supplier's proposed draft for a warehouse."""
    kind = PurchaseOrderEvent.CHANGED
    draft = await _open_draft(supplier, warehouse)
    if draft is None:
        kind = PurchaseOrderEvent.DRAFTED
        draft = PurchaseOrder(
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
        await draft.save(force_create=True)
    last = await PurchaseOrderLine.filter(purchase_order_id=draft.id).order_by("-position").first()
    lines = [_line(draft, (last.position if last else 0) + place, row) for place, row in enumerate(wanted, start=1)]
    await PurchaseOrderLine.bulk_create(lines)
    draft.total_minor += sum(line.total_minor for line in lines)
    if kind is PurchaseOrderEvent.CHANGED:
        draft.version += 1
    await draft.save(update_fields=["total_minor", "version"])
    await record(kind, draft, actor=None, at=at)


async def _open_draft(supplier: Supplier, warehouse: UUID) -> PurchaseOrder | None:
    """The proposed draft that nobody has approved, locked: what was approved is not changed by a proposal."""
    return (
        await PurchaseOrder.filter(
            supplier_id=supplier.id,
            warehouse_id=warehouse,
            status=PurchaseOrderStatus.DRAFT,
            proposed=True,
            currency=supplier.currency,
            approved_at__isnull=True,
        )
        .order_by("drafted_at", "id")
        .select_for_update(no_key=True)
        .first()
    )


async def _warehouses(products: Sequence[Any]) -> dict[UUID, UUID]:
    """Where each product was moved last; the first warehouse for what was never in stock, none where there is none."""
    if not products:
        return {}
    named = ", ".join(f"'{key}'" for key in products)
    rows = await get_connection("default").execute_query_dict(
        "SELECT p.id, coalesce((SELECT place.warehouse_id FROM stock_moves move JOIN locations place"
        " ON place.id = move.location_id WHERE move.product_id = p.id ORDER BY move.at DESC, move.id DESC LIMIT 1),"
        " (SELECT first.id FROM warehouses first ORDER BY first.code LIMIT 1)) AS warehouse"
        f" FROM products p WHERE p.id IN ({named})"
    )
    return {UUID(str(row["id"])): UUID(str(row["warehouse"])) for row in rows if row["warehouse"]}


def _line(draft: PurchaseOrder, position: int, row: dict[str, Any]) -> PurchaseOrderLine:
    """As many reorder quantities as bring the position above the level, at what the product costs us as far as we know."""
    lacking = int(row["reorder_level"]) + 1 - int(row["position"])
    quantity = -(-lacking // int(row["reorder_quantity"])) * int(row["reorder_quantity"])
    cost = row["cost"] or 0
    known = row["cost"] is not None and cost * quantity <= LARGEST_PURCHASE_MINOR
    cost = cost if known else 0
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
