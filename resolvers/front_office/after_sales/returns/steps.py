"""Steps of returns: finding one behind its order, and taking it on.

Locks are taken in one order, an order before its returns, so that two returns of one order never take the same piece.
"""

from datetime import datetime

from models.front_office.after_sales.returns import TRANSITIONS, CustomerReturn, ReturnStatus
from models.front_office.sales.orders import Order
from models.kit.events import EventKind, about
from models.kit.states import move_to
from resolvers.events.record import record
from resolvers.kit.commands import Key, Keys
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.loading import load
from resolvers.kit.state_machine import StateMachine
from resolvers.kit.viewer import Viewer

MACHINE = StateMachine("customer return", "returns", TRANSITIONS, {})


async def load_return(
    viewer: Viewer,
    key: Key[CustomerReturn],
    errors: InputErrors,
    expected_version: int | None,
    verb: str,
    to: ReturnStatus,
) -> CustomerReturn:
    """The return that a verb is about, locked after its order; refuses at once when it cannot be taken there."""
    seen = await load(viewer, CustomerReturn, key, errors, lock=False)
    await load(viewer, Order, Key(seen.order_id), errors)
    found = await load(viewer, CustomerReturn, key, errors, expected_version)
    if not await MACHINE.check(viewer, found, verb, to, errors):
        # What else might be wrong is about a return that can take the step.
        errors.raise_if_any()
    return found


async def step(viewer: Viewer, found: CustomerReturn, to: ReturnStatus, kind: EventKind, at: datetime) -> Keys:
    """Takes a return one step on, stores it under a new version and records what happened."""
    move_to(found, to, TRANSITIONS)
    found.version += 1
    await found.save()
    await record(kind, about(Order, found.order_id), found, actor=viewer, at=at)
    return {"customer_return": found.id, "order": found.order_id}
