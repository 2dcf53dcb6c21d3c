"""Which steps a viewer may take with a purchase order: what the guards of its transitions mean in SQL, and how each is refused.

The surprising rule: nothing here looks at what an order costs for who may not see it, so that no button and no refusal gives it
away: they are refused alike whatever it costs, and whether or not that is known.
"""

from models.back_office.products.catalogue import REPLENISHED, Product
from models.back_office.purchasing import (
    LARGEST_PURCHASE_MINOR,
    TRANSITIONS,
    PurchaseOrder,
    PurchaseOrderLine,
    PurchaseOrderStatus,
    costs_known_sql,
    may_send_alone_sql,
)
from models.kit.base import VIEWER, is_one_of
from models.kit.money import amount_of
from models.kit.states import Guard
from models.permissions import Permission
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.state_machine import Refusal, Row, StateMachine
from resolvers.kit.viewer import Viewer


def costs_known(row: Row) -> str:
    """A condition that a purchase order says of every line what it costs."""
    return costs_known_sql(row.column)


def _is_settled(row: Row) -> str:
    approved = f"{row.column('approved_at')} IS NOT NULL"
    if Permission.READ_COST_PRICE not in row.permissions:
        return f"({approved})"
    return f"({approved} OR {may_send_alone_sql(row.column, VIEWER)})"


def _is_bought(row: Row) -> str:
    return (
        "NOT EXISTS (SELECT 1 FROM purchase_order_lines asked JOIN products bought ON bought.id = asked.product_id"
        f" WHERE asked.purchase_order_id = {row.column('id')} AND NOT {is_one_of('bought.status', REPLENISHED)})"
    )


def _comes_in_parts(row: Row) -> str:
    """A condition that a receipt can leave something to come: all but one piece, or more than was ordered of what is complete."""
    lines = f"FROM purchase_order_lines asked WHERE asked.purchase_order_id = {row.column('id')}"
    missing = (
        "CASE WHEN asked.quantity > asked.received_quantity THEN asked.quantity - asked.received_quantity ELSE 0 END"
    )
    supplier = (
        "SELECT 10000 + seller.over_receipt_basis_points FROM suppliers seller"
        f" WHERE seller.id = {row.column('supplier_id')}"
    )
    most = f"CAST(asked.quantity AS bigint) * ({supplier}) / 10000"
    more = f"asked.quantity <= asked.received_quantity AND {most} > asked.received_quantity"
    return f"((SELECT sum({missing}) {lines}) > 1 OR EXISTS (SELECT 1 {lines} AND {more}))"


def _is_anothers(row: Row) -> str:
    return " AND ".join(f"coalesce({row.column(by)} <> {VIEWER}, TRUE)" for by in ("drafted_by_id", "changed_by_id"))


_COST_UNKNOWN = Refusal(
    "COST_UNKNOWN", "Of some lines nobody knows what they cost: say so by `changePurchaseOrder` first."
)


async def _not_alone(viewer: Viewer, order: PurchaseOrder, errors: InputErrors) -> None:
    """Notes why a draft that nobody approved does not go out when the viewer sends it."""
    if not viewer.may(Permission.READ_COST_PRICE):
        errors.add("purchaseOrder", "Somebody who sees what it costs approves it first.", "NOT_APPROVED")
    elif await PurchaseOrderLine.exists(purchase_order_id=order.id, cost_known=False):
        errors.add("purchaseOrder", _COST_UNKNOWN.message, _COST_UNKNOWN.code)
    else:
        message = (
            "With what you sent alone to this supplier lately it costs more than you may send alone: somebody who may"
            " approves it first."
        )
        errors.add("purchaseOrder", message, "NOT_APPROVED")


async def _no_longer_bought(_viewer: Viewer, order: PurchaseOrder, errors: InputErrors) -> None:
    asked = Product.filter(purchase_order_lines__purchase_order_id=order.id).exclude(status__in=[*REPLENISHED])
    for product in await asked.order_by("sku"):
        errors.add("purchaseOrder", f"{product.sku} is {product.status}: it is no longer bought.", "NOT_BOUGHT")


async def _too_dear(_viewer: Viewer, order: PurchaseOrder, errors: InputErrors) -> None:
    errors.add("purchaseOrder", largest_total(order.currency))


def largest_total(currency: str) -> str:
    """What to say of a total that is too large."""
    return f"A purchase order is for at most {amount_of(LARGEST_PURCHASE_MINOR, currency)} {currency}."


MACHINE = StateMachine(
    "purchase order",
    "purchase_orders",
    TRANSITIONS,
    {
        Guard.SETTLED: _is_settled,
        Guard.WANTED: _is_bought,
        Guard.IN_PARTS: _comes_in_parts,
        Guard.UNAPPROVED: lambda row: f"{row.column('approved_at')} IS NULL",
        Guard.SECOND_PERSON: _is_anothers,
        Guard.COSTS_KNOWN: costs_known,
        Guard.IN_BOUNDS: lambda row: f"{row.column('total_minor')} <= {LARGEST_PURCHASE_MINOR}",
    },
    {
        Guard.SETTLED: _not_alone,
        Guard.WANTED: _no_longer_bought,
        Guard.UNAPPROVED: Refusal("ALREADY_APPROVED", "It is approved already."),
        Guard.SECOND_PERSON: Refusal("SECOND_PERSON_NEEDED", "You wrote it yourself: somebody else approves it."),
        Guard.COSTS_KNOWN: _COST_UNKNOWN,
        Guard.IN_BOUNDS: _too_dear,
    },
)

APPROVABLE = (Guard.UNAPPROVED, Guard.SECOND_PERSON, Guard.COSTS_KNOWN, Guard.IN_BOUNDS)
"""What must hold of a draft that is approved."""


def is_undecided(row: Row) -> str:
    """A condition that a purchase order is a draft that nobody has approved."""
    return f"{row.column('status')} = '{PurchaseOrderStatus.DRAFT}' AND {row.column('approved_at')} IS NULL"


def may_approve(row: Row) -> str:
    """A condition that the viewer may approve a purchase order now, by what `approvePurchaseOrder` asks for."""
    if Permission.APPROVE_PURCHASES not in row.permissions:
        return "FALSE"
    return f"({is_undecided(row)} AND {' AND '.join(MACHINE.conditions[guard](row) for guard in APPROVABLE)})"
