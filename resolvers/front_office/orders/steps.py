"""Which steps a viewer may take with an order: what the conditions of its transitions mean in SQL."""

from models.back_office.shipments import IN_HOUSE
from models.base import is_one_of
from models.front_office.orders import TRANSITIONS
from models.states import When
from resolvers.steps import Machine, Row


def _is_settled(row: Row) -> str:
    packed = f"packed.order_id = {row.column('id')} AND {is_one_of('packed.status', IN_HOUSE)}"
    return f"NOT EXISTS (SELECT 1 FROM shipments packed WHERE {packed}) AND {_is_unshipped(row)}"


def _is_shipped_in_part(row: Row) -> str:
    gone = f"gone.order_id = {row.column('id')} AND gone.shipped_quantity > 0"
    return f"EXISTS (SELECT 1 FROM order_lines gone WHERE {gone})"


def _is_unshipped(row: Row) -> str:
    return f"NOT {_is_shipped_in_part(row)}"


MACHINE = Machine(
    "order",
    "orders",
    TRANSITIONS,
    {When.SETTLED: _is_settled, When.UNSHIPPED: _is_unshipped, When.SHIPPED_IN_PART: _is_shipped_in_part},
)
