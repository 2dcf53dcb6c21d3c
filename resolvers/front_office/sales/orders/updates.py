"""Updates of orders: what their commands share, finding a draft, and storing an order under its next version."""

from datetime import datetime

from models.front_office.sales.orders import DiscountState, Order, OrderStatus
from models.kit.events import EventKind
from resolvers.events.record import record
from resolvers.front_office.sales.orders.steps import MACHINE
from resolvers.kit.commands import DryRunnable, Key, Update, command, member
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.loading import load
from resolvers.kit.viewer import Viewer

DRAFT_COLUMNS = (
    "currency discount_basis_points net_minor tax_minor total_minor quoted_at quoted_until discount_state"
    " discount_asked_at discount_asked_by_id discount_reason discount_decided_by_id discount_decision_reason customer_name"
    " bill_street bill_city bill_region bill_postal_code bill_country ship_name ship_street ship_city ship_region"
    " ship_postal_code ship_country version"
).split()
"""What the verbs on drafts write: never the sums that the database keeps."""


@command
class OrderDryRunnable(DryRunnable):
    """What a change of an order takes that people may want to try first."""

    dry_run: bool = member(
        "Only show what would become of the order; nothing is stored, and `idempotencyKey` is not used up.",
        default=False,
    )


@command
class OrderUpdate(Update, OrderDryRunnable):
    """What most changes of an order take."""


@command
class ByOrderVersion(Update):
    """What a change takes that goes by the version of its order."""

    expected_version: int | None = member(
        "The order's version that the client has read. When it has changed since, nothing is done.", default=None
    )


@command
class OfDraft:
    """The draft that a change is about."""

    order: Key[Order] = member("The draft.")


async def load_draft(viewer: Viewer, key: Key[Order], errors: InputErrors, expected_version: int | None) -> Order:
    """The draft that a verb is about, locked; what was placed is amended, and not written anew."""
    order = await load(viewer, Order, key, errors, expected_version)
    if order.status != OrderStatus.DRAFT:
        errors.add_problem(await MACHINE.illegal(viewer, order, OrderStatus.DRAFT))
        errors.raise_if_any()
    return order


def begin_anew(order: Order) -> None:
    """What follows from a change of a draft: its quote ends, and its discounts must be asked for anew."""
    order.quoted_at = order.quoted_until = None
    order.discount_state = DiscountState.WITHIN_LIMIT
    order.discount_asked_at = order.discount_asked_by_id = order.discount_decided_by_id = None
    order.discount_reason = order.discount_decision_reason = None


async def store(order: Order, *columns: str) -> None:
    """Writes an order, one version later."""
    order.version += 1
    await order.save(update_fields=[*DRAFT_COLUMNS, *columns])


async def count_version(order: Order) -> None:
    """Lets an order be at its next version although none of its own columns changed, but a list or a ledger of it did.

    Whoever read it before knows too little to go on with `expectedVersion`: the second click does nothing.
    """
    order.version += 1
    await order.save(update_fields=["version"])


async def tell(viewer: Viewer, order: Order, kind: EventKind, at: datetime) -> None:
    """Records what happened to an order."""
    await record(kind, order, actor=viewer, at=at)
