"""Writing purchase orders: drafted line by line, and changed while the supplier knows nothing of them.

The surprising rule: whoever changes the lines takes back the approval, and cannot give it anew.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from models.back_office.logistics.inventory import Warehouse
from models.back_office.products.catalogue import REPLENISHED, Product
from models.back_office.purchasing import (
    AWAITED,
    LARGEST_PURCHASE_MINOR,
    MOST_PIECES,
    PurchaseOrder,
    PurchaseOrderEvent,
    PurchaseOrderLine,
    PurchaseOrderStatus,
    Supplier,
    known_cost_sql,
)
from models.kit.base import new_id, now
from models.kit.events import EventKind
from models.kit.money import amount_of
from models.kit.sql import listed, read_rows
from models.permissions import Permission
from resolvers.events import record
from resolvers.kit.commands import Command, InputErrors, Key, Keys, Update, Viewer, command, member
from resolvers.kit.loading import find, find_all, load
from resolvers.kit.numbers import next_number

MOST_LINES = 100

S = PurchaseOrderStatus


@command
class NewPurchaseOrderLine:
    """How much is ordered of one product."""

    product: Key[Product] = member("What is ordered; a product stands on one line only.")
    quantity: int = member("How many units of it, 1 to 1,000,000.")
    unit_cost: Decimal | None = member(
        "What one unit costs, in the supplier's currency; left out, what the line says already, else what was agreed with the"
        " supplier last, else what we reckon that the product costs us. What nobody knows is said before anybody approves it.",
        default=None,
        needs=Permission.READ_COST_PRICE,
    )


@command
class DraftPurchaseOrder(Command):
    """What is to be ordered from a supplier."""

    supplier: Key[Supplier] = member("Whom it goes to.")
    warehouse: Key[Warehouse] = member("Where it shall be delivered.")
    lines: tuple[NewPurchaseOrderLine, ...] = member("What is ordered, 1 to 100 lines.")
    expected_at: datetime | None = member("When it is expected to arrive.", default=None)


async def draft_purchase_order(viewer: Viewer, given: DraftPurchaseOrder) -> Keys:
    """Begins a purchase order. The supplier knows nothing of it until it is sent."""
    errors, at = InputErrors(), now()
    supplier = await find(viewer, Supplier, given.supplier, errors)
    warehouse = await find(viewer, Warehouse, given.warehouse, errors)
    _check_expectation(given.expected_at, at, errors)
    order = PurchaseOrder(id=new_id(), status=S.DRAFT, drafted_at=at, drafted_by_id=viewer.account)
    order.expected_at = given.expected_at
    made: list[PurchaseOrderLine] = []
    if supplier is not None:
        order.supplier_id, order.currency = supplier.id, supplier.currency
        made = await _lines(viewer, order, given.lines, {}, errors)
    errors.raise_if_any()
    assert warehouse is not None
    order.warehouse_id, order.total_minor = warehouse.id, sum(line.total_minor for line in made)
    order.number = await next_number("PO", at)
    await order.save(force_create=True)
    await PurchaseOrderLine.bulk_create(made)
    await record(PurchaseOrderEvent.DRAFTED, order, actor=viewer, at=at)
    return {"purchase_order": order.id}


@command
class PurchaseOrderCommand(Update):
    """What every verb on a purchase order takes."""

    purchase_order: Key[PurchaseOrder] = member("The purchase order.")


@command
class ChangePurchaseOrder(PurchaseOrderCommand):
    """What changes about a purchase order; whatever is left out stays as it was."""

    lines: tuple[NewPurchaseOrderLine, ...] | None = member(
        "All that it asks for from now on, 1 to 100 lines; only while it is a draft.", default=None
    )
    warehouse: Key[Warehouse] | None = member("Where it shall be delivered; only while it is a draft.", default=None)
    expected_at: datetime | None = member("When it is expected to arrive; until it has.", default=None)


async def change_purchase_order(viewer: Viewer, given: ChangePurchaseOrder) -> Keys:
    """Changes what a draft asks for, which takes an approval back; or when a purchase order is expected, until it has arrived."""
    errors = InputErrors()
    order = await load(viewer, PurchaseOrder, given.purchase_order, errors, given.expected_version)
    if order.status is not S.DRAFT:
        for named in ("lines", "warehouse"):
            if getattr(given, named) is not None:
                errors.add(named, f"The purchase order is {order.status}: the supplier has it as it is.", "SENT")
        if order.status not in AWAITED:
            errors.add("purchaseOrder", f"The purchase order is {order.status}: it stays as it is.", "ENDED")
        errors.raise_if_any()
    if given.expected_at is not None:
        _check_expectation(given.expected_at, order.sent_at or order.drafted_at, errors)
        order.expected_at = given.expected_at
    warehouse = await find(viewer, Warehouse, given.warehouse, errors)
    made: list[PurchaseOrderLine] = []
    if given.lines is not None:
        before = {line.product_id: line for line in await PurchaseOrderLine.filter(purchase_order_id=order.id)}
        made = await _lines(viewer, order, given.lines, before, errors)
    errors.raise_if_any()
    if warehouse is not None:
        order.warehouse_id = warehouse.id
    if given.lines is not None:
        order.total_minor = sum(line.total_minor for line in made)
    if given.lines is not None or warehouse is not None:
        order.changed_by_id = viewer.account
        order.approved_at, order.approved_by_id = None, None
    # The order first: the database takes no line of unknown cost into one that is approved.
    keys = await save(viewer, order, PurchaseOrderEvent.CHANGED, now())
    if given.lines is not None:
        await PurchaseOrderLine.filter(purchase_order_id=order.id).delete()
        await PurchaseOrderLine.bulk_create(made)
    return keys


async def save(viewer: Viewer, order: PurchaseOrder, kind: EventKind, at: datetime) -> Keys:
    """Saves a changed purchase order and records what happened to it."""
    await order.save_next_version()
    await record(kind, order, actor=viewer, at=at)
    return {"purchase_order": order.id}


def _check_expectation(expected_at: datetime | None, since: datetime, errors: InputErrors) -> None:
    if expected_at is not None and expected_at < since:
        errors.add("expectedAt", "Nothing is expected before it was ordered.")


async def _lines(
    viewer: Viewer,
    order: PurchaseOrder,
    given: Sequence[NewPurchaseOrderLine],
    before: Mapping[UUID, PurchaseOrderLine],
    errors: InputErrors,
) -> list[PurchaseOrderLine]:
    """The lines that are asked for; a product that was on the order before keeps its line's key, and its cost unless named."""
    if not 1 <= len(given) <= MOST_LINES:
        errors.add("lines", f"A purchase order has 1 to {MOST_LINES} lines.")
        return []
    products = await find_all(viewer, Product, (line.product for line in given))
    known = await _known_costs(order, (product.id for product in products.values()))
    known |= {product: line.unit_cost_minor for product, line in before.items() if line.cost_known}
    made: list[PurchaseOrderLine] = []
    seen: set[UUID] = set()
    for index, line in enumerate(given):
        inner = errors.within("lines", str(index))
        product = products.get(line.product)
        if product is None:
            inner.not_found("product", "product")
        elif product.status not in REPLENISHED:
            inner.add("product", f"{product.sku} is {product.status}: it is not bought.", "NOT_BOUGHT")
        elif product.id in seen:
            inner.add("product", f"{product.sku} is on another line already.")
        inner.number("quantity", line.quantity, MOST_PIECES, message=f"A line is for 1 to {MOST_PIECES:,}.")
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
        errors.add("lines", largest_total(order.currency))
    return made


def _cost(line: NewPurchaseOrderLine, known: int | None, currency: str, errors: InputErrors) -> int | None:
    """What one unit costs in minor units; None when nobody knows, and when what was given is wrong, which is noted."""
    if line.unit_cost is None:
        # An amount too large for any order is no cost that somebody agreed upon.
        return None if known is None or known * line.quantity > LARGEST_PURCHASE_MINOR else known
    return errors.minor_units(
        "unitCost", line.unit_cost, currency, least=0, most=LARGEST_PURCHASE_MINOR, bounds="Not below 0"
    )


async def _known_costs(order: PurchaseOrder, products: Iterable[UUID]) -> dict[UUID, int | None]:
    """What each product costs at the supplier as far as we know, in the order's currency."""
    keys = listed(products)
    if not keys:
        return {}
    cost = known_cost_sql("bought.id", f"'{order.supplier_id}'", f"'{order.currency}'")
    rows = await read_rows(f"SELECT bought.id, {cost} AS cost FROM products bought WHERE bought.id IN ({keys})")
    return {row["id"]: row["cost"] for row in rows}


def largest_total(currency: str) -> str:
    """What to say of a total that is too large."""
    return f"A purchase order is for at most {amount_of(LARGEST_PURCHASE_MINOR, currency)} {currency}."
