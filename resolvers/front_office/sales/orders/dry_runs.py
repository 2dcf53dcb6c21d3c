"""Dry runs: what an order would cost, what of it could be promised, and what should be known before. Nothing is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from tortoise.connection import get_connection

from models.front_office.sales.orders import DiscountState, Order, OrderLine, OrderStatus, OrderWarning, warnings_sql
from models.kit.money import Money, money_of
from resolvers.back_office.logistics.inventory.promising import promise
from resolvers.front_office.sales.orders.pricing import is_above
from resolvers.kit.problems import DryRun


@dataclass(frozen=True, slots=True)
class LineOutcome:
    """What would become of a line. `backordered` is what is neither shipped nor could be promised now."""

    position: int
    product_name: str
    quantity: int
    unit_price: Money
    discount_basis_points: int
    tax_rate_basis_points: int
    net: Money
    tax: Money
    total: Money
    allocated: int
    backordered: int


@dataclass(frozen=True, slots=True)
class OrderOutcome:
    """What would become of an order. `needs_approval`: its discounts are above the viewer's limit, and not approved."""

    net: Money
    tax: Money
    total: Money
    needs_approval: bool
    lines: Sequence[LineOutcome]
    warnings: Sequence[OrderWarning]


async def dry_run_of(order: Order, lines: Sequence[OrderLine], limit: int, *, masked_text: str | None = None) -> DryRun:
    """Ends a dry run, with what it would have come to. The order and its lines stand in the transaction that is taken back.

    `masked_text` is the reason as it would be kept, of verbs that have one.
    """
    if order.status == OrderStatus.DRAFT:
        await promise(lines, order.placed_at)
    currency = order.currency
    shown = OrderOutcome(
        net=money_of(order.net_minor, currency),
        tax=money_of(order.tax_minor, currency),
        total=money_of(order.total_minor, currency),
        needs_approval=is_above(order, lines, limit) and order.discount_state != DiscountState.APPROVED,
        lines=[_line(line, currency, waits=order.status != OrderStatus.CANCELLED) for line in lines],
        warnings=await _warnings_of(order.id),
    )
    return DryRun(outcome=shown) if masked_text is None else DryRun(outcome=shown, masked_text=masked_text)


def _line(line: OrderLine, currency: str, *, waits: bool) -> LineOutcome:
    return LineOutcome(
        position=line.position,
        product_name=line.product_name,
        quantity=line.quantity,
        unit_price=money_of(line.unit_price_minor, currency),
        discount_basis_points=line.discount_basis_points,
        tax_rate_basis_points=line.tax_rate_basis_points,
        net=money_of(line.net_minor, currency),
        tax=money_of(line.tax_minor, currency),
        total=money_of(line.total_minor, currency),
        allocated=line.allocated_quantity,
        backordered=line.quantity - line.shipped_quantity - line.allocated_quantity if waits else 0,
    )


async def _warnings_of(order: UUID) -> Sequence[OrderWarning]:
    """What an agent should know about an order that stands in the database, be it in the present transaction."""

    def column(name: str) -> str:
        return f"whose.{name}"

    [row] = await get_connection("default").execute_query_dict(
        f"SELECT {warnings_sql(column)} AS warnings FROM orders whose WHERE whose.id = '{order}'"
    )
    return [warning for warning in OrderWarning if f'"{warning.value}"' in row["warnings"]]
