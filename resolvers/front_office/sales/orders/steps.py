"""Which steps a viewer may take with an order: what the conditions of its transitions mean in SQL."""

from models.back_office.logistics.inventory.stock import available_sql
from models.back_office.logistics.shipments import IN_HOUSE
from models.back_office.products.catalogue import SOLD, ProductStatus
from models.both_offices.accounts import holds_role
from models.front_office.sales.orders import TRANSITIONS, DiscountState, ShortagePolicy
from models.kit.base import VIEWER, is_one_of
from models.kit.states import Guard
from resolvers.front_office.sales.orders.pricing import WHOLE
from resolvers.kit.state_machine import Refusal, Row, StateMachine


def _is_placeable(row: Row) -> str:
    """A condition that a draft can be placed as it is; `place_order` says the same, line by line."""
    lines = (
        "FROM order_lines wanted JOIN products sold ON sold.id = wanted.product_id"
        f" WHERE wanted.order_id = {row.column('id')}"
    )
    not_sold = f"(NOT {is_one_of('sold.status', SOLD)} OR sold.currency <> {row.column('currency')})"
    limit = (
        "SELECT coalesce(max(allowed.limit_basis_points), 0) FROM discount_limits allowed JOIN accounts seller"
        f" ON {holds_role('seller', 'allowed.role')} WHERE seller.id = {VIEWER}"
    )
    kept = f"({WHOLE} - wanted.discount_basis_points) * ({WHOLE} - {row.column('discount_basis_points')})"
    too_cheap = (
        f"({row.column('discount_state')} <> '{DiscountState.APPROVED}' AND {kept} < ({WHOLE} - ({limit})) * {WHOLE})"
    )
    cannot_wait = (
        f"({row.column('shortage_policy')} = '{ShortagePolicy.REFUSE}' OR sold.status = '{ProductStatus.PHASING_OUT}')"
    )
    return (
        f"EXISTS (SELECT 1 {lines}) AND NOT EXISTS (SELECT 1 {lines} AND ({not_sold} OR {too_cheap}))"
        f" AND NOT EXISTS (SELECT 1 {lines} AND {cannot_wait} GROUP BY wanted.product_id"
        f" HAVING sum(wanted.quantity) > {available_sql('wanted.product_id')})"
    )


def _is_settled(row: Row) -> str:
    packed = f"packed.order_id = {row.column('id')} AND {is_one_of('packed.status', IN_HOUSE)}"
    # When some of it has left the house, that alone is why it cannot be cancelled.
    return f"(NOT EXISTS (SELECT 1 FROM shipments packed WHERE {packed}) OR {_is_shipped_in_part(row)})"


def _is_shipped_in_part(row: Row) -> str:
    gone = f"gone.order_id = {row.column('id')} AND gone.shipped_quantity > 0"
    return f"EXISTS (SELECT 1 FROM order_lines gone WHERE {gone})"


def _is_unshipped(row: Row) -> str:
    return f"NOT {_is_shipped_in_part(row)}"


MACHINE = StateMachine(
    "order",
    "orders",
    TRANSITIONS,
    {
        Guard.SETTLED: _is_settled,
        Guard.PLACEABLE: _is_placeable,
        Guard.UNSHIPPED: _is_unshipped,
        Guard.SHIPPED_IN_PART: _is_shipped_in_part,
    },
    {
        Guard.SETTLED: Refusal(
            "SHIPMENT_UNDER_WAY", "The warehouse is about to ship it; have the shipment cancelled first."
        )
    },
)
