"""Telling that a product runs out: one event when what is available falls to its reorder level, one when nothing is left.

The surprising rule: each is told once. What was told last stands with the product, and is taken back when stock comes in.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise.connection import get_connection

from models.back_office.logistics.inventory import StockEvent, available_sql
from models.back_office.products.catalogue import Product, ProductStatus, StockAlert
from models.kit.events import about
from resolvers.back_office.logistics.inventory.reordering import propose_purchases
from resolvers.events import record

_KINDS = {StockAlert.LOW: StockEvent.LOW, StockAlert.OUT: StockEvent.OUT}
_DEPTHS = {None: 0, StockAlert.LOW: 1, StockAlert.OUT: 2}


async def alert(products: Iterable[UUID], at: datetime) -> None:
    """Tells which of the products ran low or out, and proposes to buy more of them; in the transaction that took the stock.

    Call it last, once, whenever what is available of products has changed, whichever way, or whether they are sold: it also
    notes that there is enough again. What is withdrawn nobody buys, so that it is never low; it is told anew should it come
    back. For products that are not low it costs one statement.
    """
    keys = sorted(set(products))
    if not keys:
        return
    low: list[UUID] = []
    for row in await _availability(keys):
        withdrawn = row["status"] == ProductStatus.WITHDRAWN
        present = None if withdrawn else _depth(int(row["available"]), int(row["reorder_level"]))
        if present is not None:
            low.append(UUID(str(row["id"])))
        told = StockAlert(row["stock_alert"]) if row["stock_alert"] else None
        if present is not told:
            await _tell(UUID(str(row["id"])), told, present, at)
    if low:
        await propose_purchases(low, at)


async def run_out_by_expiring() -> list[UUID]:
    """The products of which something expired that was free, and that are by now lower than was told."""
    available = available_sql("p.id")
    expired = (
        "SELECT b.product_id FROM stock_balances b JOIN batches g ON g.id = b.batch_id"
        " WHERE b.allocated < b.on_hand AND g.expires_on < CURRENT_DATE"
    )
    rows = await get_connection("default").execute_query_dict(
        f"SELECT p.id FROM products p WHERE p.id IN ({expired}) AND p.status <> '{ProductStatus.WITHDRAWN}'"
        f" AND ((p.stock_alert IS NULL AND {available} <= p.reorder_level)"
        f" OR (coalesce(p.stock_alert, 'LOW') = 'LOW' AND {available} <= 0))"
    )
    return [UUID(str(row["id"])) for row in rows]


async def _availability(keys: list[UUID]) -> list[dict[str, Any]]:
    named = ", ".join(f"'{key}'" for key in keys)
    return await get_connection("default").execute_query_dict(
        f"SELECT p.id, p.status, p.reorder_level, p.stock_alert, {available_sql('p.id')} AS available FROM products p"
        f" WHERE p.id IN ({named}) ORDER BY p.id"
    )


def _depth(available: int, level: int) -> StockAlert | None:
    """How low a product is."""
    if available <= 0:
        return StockAlert.OUT
    return StockAlert.LOW if available <= level else None


async def _tell(product: UUID, told: StockAlert | None, present: StockAlert | None, at: datetime) -> None:
    """Notes the present state, and records it when it is worse than the one before."""
    was = {"stock_alert": told} if told else {"stock_alert__isnull": True}
    # Of two changes at once only one finds the former state.
    if not await Product.filter(id=product, **was).update(stock_alert=present):
        return
    if present is not None and _DEPTHS[present] > _DEPTHS[told]:
        await record(_KINDS[present], about(Product, product), actor=None, at=at)
