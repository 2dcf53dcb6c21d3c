"""What the verbs on returns share: finding one after its order, taking it a step on, what is still with the customer.

Locks are taken in one order, an order before its returns, so that two returns of one order never take the same piece.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from uuid import UUID

from tortoise.connection import get_connection

from models.front_office.after_sales.returns import (
    TRANSITIONS,
    CustomerReturn,
    ReturnStatus,
    visible_returns,
    warranty_until_sql,
)
from models.front_office.sales.orders import Order, OrderLine
from models.kit.base import is_one_of
from models.kit.events import EventKind
from models.kit.states import move_to
from resolvers.events.record import record
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.loading import access
from resolvers.kit.state_machine import StateMachine
from resolvers.kit.viewer import Viewer

Keys = Mapping[str, UUID]

MACHINE = StateMachine("customer return", "returns", TRANSITIONS, {})

MOST_LINES = 100
ON_THE_WAY = frozenset({ReturnStatus.REQUESTED, ReturnStatus.AUTHORISED})
"""Returns whose pieces are still with the customer, and spoken for."""


async def the_return(
    viewer: Viewer, key: UUID | None, expected_version: int | None, verb: str, to: ReturnStatus, errors: InputErrors
) -> CustomerReturn:
    """One return, locked after its order; refuses the change at once when the viewer sees none, or cannot take it there."""
    seen = await access(viewer, CustomerReturn, visible_returns, key, lock=False)
    if seen is None:
        errors.not_found("customerReturn", "return")
        raise errors.refusal()
    await Order.select_for_update(no_key=True).get(id=seen.order_id)
    found = await CustomerReturn.select_for_update(no_key=True).get(id=seen.id)
    errors.version(found.version, expected_version)
    if not await MACHINE.check_step(viewer, found, verb, to, errors):
        # What else might be wrong is about a return that can take the step.
        errors.raise_if_any()
    return found


async def step(viewer: Viewer, found: CustomerReturn, to: ReturnStatus, kind: EventKind, at: datetime) -> Keys:
    """Takes a return one step on, stores it under a new version and records what happened."""
    move_to(found, to, TRANSITIONS)
    found.version += 1
    await found.save()
    await record(kind, actor=viewer.account, at=at, order_id=found.order_id, return_id=found.id)
    return {"customer_return": found.id, "order": found.order_id}


async def lines_by_id(order: UUID) -> dict[UUID, OrderLine]:
    """An order's lines by their keys, in their order."""
    return {line.id: line for line in await OrderLine.filter(order_id=order).order_by("position")}


async def spoken_for(order: UUID) -> dict[UUID, int]:
    """How many pieces of each line the customer has already asked to send back, and not sent yet."""
    rows = await get_connection("default").execute_query_dict(
        "SELECT l.order_line_id AS line, sum(l.quantity) AS quantity FROM return_lines l JOIN returns r"
        f" ON r.id = l.customer_return_id WHERE r.order_id = '{order}' AND {is_one_of('r.status', ON_THE_WAY)}"
        " GROUP BY l.order_line_id"
    )
    return {UUID(str(row["line"])): int(row["quantity"]) for row in rows}


async def undelivered(order: UUID) -> dict[UUID, int]:
    """How many pieces of each line have left the house and are not with the customer yet."""
    rows = await get_connection("default").execute_query_dict(
        "SELECT l.order_line_id AS line, sum(l.quantity) AS quantity FROM shipment_lines l JOIN shipments s"
        f" ON s.id = l.shipment_id WHERE s.order_id = '{order}' AND s.status = 'SHIPPED' GROUP BY l.order_line_id"
    )
    return {UUID(str(row["line"])): int(row["quantity"]) for row in rows}


async def warranties(lines: Iterable[UUID]) -> dict[UUID, date]:
    """The last day of each line's warranty; without those that have none, or are not delivered."""
    keys = ", ".join(f"'{line}'" for line in sorted(lines))
    if not keys:
        return {}
    connection = get_connection("default")
    until = warranty_until_sql("line.id", "line.order_id", "line.warranty_months", connection.capabilities.dialect)
    rows = await connection.execute_query_dict(
        f"SELECT line.id, {until} AS until FROM order_lines line WHERE line.id IN ({keys})"
    )
    return {UUID(str(row["id"])): date.fromisoformat(str(row["until"])) for row in rows if row["until"] is not None}
