"""Writing purchase orders: drafted line by line, and changed while the supplier knows nothing of them.

The surprising rule: whoever changes the lines takes back the approval, and cannot give it anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from tortoise.connection import get_connection

from models.back_office.logistics.inventory import Warehouse, visible_warehouses
from models.back_office.products.catalogue import REPLENISHED, Product
from models.back_office.purchasing import (
    AWAITED,
    LARGEST_PURCHASE_MINOR,
    MOST_PIECES,
    PurchaseOrder,
    PurchaseOrderLine,
    PurchaseOrderStatus,
    Supplier,
    known_cost_sql,
    visible_suppliers,
)
from models.kit.base import new_id, now
from models.kit.events import EventKind
from models.kit.money import amount_of, minor_of
from models.permissions import Permission
from resolvers.back_office.purchasing.shared import Keys, decimals, lines_of, purchase_order_at, write
from resolvers.events import record
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.loading import access
from resolvers.kit.numbers import next_number
from resolvers.kit.viewer import Viewer

MOST_LINES = 100

S = PurchaseOrderStatus


@dataclass(frozen=True, slots=True)
class NewLine:
    """How much of what. `unit_cost` is in whole units of the currency; None is what it costs as far as we know."""

    product: UUID | None
    quantity: int
    unit_cost: Decimal | None = None


async def draft_purchase_order(
    viewer: Viewer,
    supplier_key: UUID | None,
    warehouse_key: UUID | None,
    lines: Sequence[NewLine],
    expected_at: datetime | None = None,
) -> Keys:
    """Begins a purchase order, in the supplier's currency."""
    errors = InputErrors()
    supplier = await access(viewer, Supplier, visible_suppliers, supplier_key, lock=False)
    if supplier is None:
        errors.not_found("supplier", "supplier")
    warehouse = await _warehouse(viewer, warehouse_key, errors)
    at = now()
    _check_expectation(expected_at, at, errors)
    order = PurchaseOrder(id=new_id(), status=S.DRAFT, drafted_at=at, drafted_by_id=viewer.account)
    order.expected_at = expected_at
    if supplier is not None:
        order.supplier_id, order.currency = supplier.id, supplier.currency
    made = await _lines(viewer, order, lines, {}, errors) if supplier is not None else []
    errors.raise_if_any()
    assert warehouse is not None
    order.warehouse_id, order.total_minor = warehouse.id, sum(line.total_minor for line in made)
    order.number = await next_number("PO", at)
    await order.save(force_create=True)
    await PurchaseOrderLine.bulk_create(made)
    await record(EventKind.PURCHASE_ORDER_DRAFTED, actor=viewer.account, at=at, purchase_order_id=order.id)
    return {"purchase_order": order.id}


async def change_purchase_order(
    viewer: Viewer,
    key: UUID | None,
    expected_version: int | None,
    *,
    lines: Sequence[NewLine] | None = None,
    warehouse_key: UUID | None = None,
    names_warehouse: bool = False,
    expected_at: datetime | None = None,
) -> Keys:
    """Changes a purchase order: all that it asks for while it is a draft, and until it has arrived when it is expected."""
    errors = InputErrors()
    order = await purchase_order_at(viewer, key, errors, expected_version)
    if order.status is not S.DRAFT:
        for member, named in (("lines", lines is not None), ("warehouse", names_warehouse)):
            if named:
                errors.add(member, f"The purchase order is {order.status}: the supplier has it as it is.", "SENT")
        if order.status not in AWAITED:
            errors.add("purchaseOrder", f"The purchase order is {order.status}: it stays as it is.", "ENDED")
        errors.raise_if_any()
    at = now()
    if expected_at is not None:
        _check_expectation(expected_at, order.sent_at or order.drafted_at, errors)
        order.expected_at = expected_at
    if names_warehouse:
        warehouse = await _warehouse(viewer, warehouse_key, errors)
        order.warehouse_id = warehouse.id if warehouse else order.warehouse_id
    before = {line.product_id: line for line in await lines_of(order)} if lines is not None else {}
    made = await _lines(viewer, order, lines, before, errors) if lines is not None else []
    errors.raise_if_any()
    if lines is not None:
        # First: the database takes no line of unknown cost into an order that is approved.
        await PurchaseOrder.filter(id=order.id).update(approved_at=None, approved_by_id=None)
        await PurchaseOrderLine.filter(purchase_order_id=order.id).delete()
        await PurchaseOrderLine.bulk_create(made)
        order.total_minor = sum(line.total_minor for line in made)
    if lines is not None or names_warehouse:
        order.changed_by_id = viewer.account
        order.approved_at, order.approved_by_id = None, None
    return await write(viewer, order, EventKind.PURCHASE_ORDER_CHANGED, at)


async def check_products(lines: Sequence[PurchaseOrderLine], errors: InputErrors) -> None:
    """Notes products that are no longer bought."""
    products = await Product.filter(id__in=[line.product_id for line in lines]).order_by("sku")
    for product in products:
        if product.status not in REPLENISHED:
            errors.add("purchaseOrder", f"{product.sku} is {product.status}: it is no longer bought.", "NOT_BOUGHT")


async def _warehouse(viewer: Viewer, key: UUID | None, errors: InputErrors) -> Warehouse | None:
    warehouse = await access(viewer, Warehouse, visible_warehouses, key, lock=False)
    if warehouse is None:
        errors.not_found("warehouse", "warehouse")
    return warehouse


def _check_expectation(expected_at: datetime | None, since: datetime, errors: InputErrors) -> None:
    if expected_at is not None and expected_at < since:
        errors.add("expectedAt", "Nothing is expected before it was ordered.")


async def _lines(
    viewer: Viewer,
    order: PurchaseOrder,
    given: Sequence[NewLine],
    before: dict[UUID, PurchaseOrderLine],
    errors: InputErrors,
) -> list[PurchaseOrderLine]:
    """The lines that are asked for; a product that was on the order before keeps its line's key, and its cost unless named."""
    if not 1 <= len(given) <= MOST_LINES:
        errors.add("lines", f"A purchase order has 1 to {MOST_LINES} lines.")
        return []
    keys = [line.product for line in given if line.product]
    products = {product.id: product for product in await Product.filter(id__in=keys)}
    known = await _known_costs(order, products)
    known |= {product: line.unit_cost_minor for product, line in before.items() if line.cost_known}
    made: list[PurchaseOrderLine] = []
    seen: set[UUID] = set()
    for index, line in enumerate(given):
        inner = errors.within("lines", str(index))
        product = products.get(line.product) if line.product else None
        if product is None:
            inner.not_found("product", "product")
        elif product.status not in REPLENISHED:
            inner.add("product", f"{product.sku} is {product.status}: it is not bought.", "NOT_BOUGHT")
        elif product.id in seen:
            inner.add("product", f"{product.sku} is on another line already.")
        if not 1 <= line.quantity <= MOST_PIECES:
            inner.add("quantity", f"A line is for 1 to {MOST_PIECES:,}.")
        cost = _cost(line, known.get(product.id) if product else None, order.currency, inner)
        if product is not None:
            seen.add(product.id)
            made.append(
                PurchaseOrderLine(
                    id=before[product.id].id if product.id in before else new_id(),
                    purchase_order_id=order.id,
                    position=index + 1,
                    product_id=product.id,
                    quantity=line.quantity,
                    unit_cost_minor=cost or 0,
                    currency=order.currency,
                    total_minor=(cost or 0) * line.quantity,
                    cost_known=cost is not None,
                )
            )
    # Nobody learns from a refusal what they may not see; approvePurchaseOrder looks at the total again.
    if viewer.may(Permission.READ_COST_PRICE) and sum(line.total_minor for line in made) > LARGEST_PURCHASE_MINOR:
        largest = amount_of(LARGEST_PURCHASE_MINOR, order.currency)
        errors.add("lines", f"A purchase order is for at most {largest} {order.currency}.")
    return made


def _cost(line: NewLine, known: int | None, currency: str, errors: InputErrors) -> int | None:
    """What one unit costs in minor units; None when nobody knows, and when what was given is wrong, which is noted."""
    if line.unit_cost is None:
        # An amount too large for any order is no cost that somebody agreed upon.
        return None if known is None or known * line.quantity > LARGEST_PURCHASE_MINOR else known
    minor = minor_of(line.unit_cost, currency)
    if minor is None:
        errors.add("unitCost", decimals(currency))
    elif not 0 <= minor <= LARGEST_PURCHASE_MINOR:
        errors.add("unitCost", f"Not below 0 and at most {amount_of(LARGEST_PURCHASE_MINOR, currency)} {currency}.")
    else:
        return minor
    return None


async def _known_costs(order: PurchaseOrder, products: dict[UUID, Product]) -> dict[UUID, int]:
    """What each product costs at the supplier as far as we know, in the order's currency; not of those that nobody knows."""
    if not products:
        return {}
    keys = ", ".join(f"'{key}'" for key in sorted(products))
    cost = known_cost_sql("bought.id", f"'{order.supplier_id}'", f"'{order.currency}'")
    rows = await get_connection("default").execute_query_dict(
        f"SELECT bought.id, {cost} AS cost FROM products bought WHERE bought.id IN ({keys})"
    )
    return {UUID(str(row["id"])): row["cost"] for row in rows if row["cost"] is not None}
