"""Steps of orders: their machine, finding one, and how a verb on one ends."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from tortoise.connection import get_connection

from models.back_office.logistics.inventory.stock import available_sql
from models.back_office.logistics.shipments import IN_HOUSE
from models.back_office.products.catalogue import SOLD, ProductStatus
from models.front_office.identities import DUTIES, KNOWING, masked
from models.front_office.sales.orders import DiscountState, Order, OrderLine, OrderStatus, ShortagePolicy
from models.front_office.sales.orders.addresses import may_be_told, was_told
from models.front_office.sales.orders.progress import OrderWarning, warnings_sql
from models.kit.base import is_one_of
from models.kit.events import EventKind
from models.kit.money import Money, money_of
from models.kit.sql import read_rows
from models.kit.states import Guard
from resolvers.back_office.logistics.inventory.promising import promise
from resolvers.events.record import record
from resolvers.front_office.sales.orders.lines import lines_of
from resolvers.front_office.sales.orders.terms import discount_limit_of, is_above_limit, sells_alone
from resolvers.kit.commands import DryRunnable, InputErrors, Key, Keys, Update, Viewer, command, member
from resolvers.kit.loading import load, written_out
from resolvers.kit.problems import DryRun
from resolvers.kit.state_machine import Refusal, Row, StateMachine

# --- What its steps ask for -------------------------------------------------------------------------------------------


def _lines_of(order: str) -> str:
    return f"order_lines line JOIN products sold ON sold.id = line.product_id WHERE line.order_id = {order}"


def _is_unsold(currency: str) -> str:
    return f"(NOT {is_one_of('sold.status', SOLD)} OR sold.currency <> {currency})"


def _has_lines(row: Row) -> str:
    return f"EXISTS (SELECT 1 FROM {_lines_of(row.column('id'))})"


def _is_on_sale(row: Row) -> str:
    return f"NOT EXISTS (SELECT 1 FROM {_lines_of(row.column('id'))} AND {_is_unsold(row.column('currency'))})"


def _may_discount(row: Row) -> str:
    above = is_above_limit("line", row.column("discount_basis_points"))
    return (
        f"({row.column('discount_state')} = '{DiscountState.APPROVED}'"
        f" OR NOT EXISTS (SELECT 1 FROM {_lines_of(row.column('id'))} AND {above}))"
    )


def _can_be_had(row: Row) -> str:
    # What is phased out is never backordered, whatever the order says: none of it will come again.
    cannot_wait = (
        f"({row.column('shortage_policy')} = '{ShortagePolicy.REFUSE}' OR sold.status = '{ProductStatus.PHASING_OUT}')"
    )
    return (
        f"NOT EXISTS (SELECT 1 FROM {_lines_of(row.column('id'))} AND {cannot_wait} GROUP BY line.product_id"
        f" HAVING sum(line.quantity) > {available_sql('line.product_id')})"
    )


def _is_outsider(row: Row) -> str:
    return may_be_told(row.column("id"), row.column("complaint_id"))


def _is_settled(row: Row) -> str:
    packed = f"packed.order_id = {row.column('id')} AND {is_one_of('packed.status', IN_HOUSE)}"
    # When some of it has left the house, that alone is why it cannot be cancelled.
    return f"(NOT EXISTS (SELECT 1 FROM shipments packed WHERE {packed}) OR {_is_shipped_in_part(row)})"


def _is_shipped_in_part(row: Row) -> str:
    gone = f"gone.order_id = {row.column('id')} AND gone.shipped_quantity > 0"
    return f"EXISTS (SELECT 1 FROM order_lines gone WHERE {gone})"


async def _name_unsold(_viewer: Viewer, order: Order, errors: InputErrors) -> None:
    lines, unsold = _lines_of(f"'{order.id}'"), _is_unsold(f"'{order.currency}'")
    rows = await read_rows(
        f"SELECT line.position, sold.name, sold.status, sold.currency FROM {lines} AND {unsold} ORDER BY line.position"
    )
    for row in rows:
        what, status = f"Line {row['position']}: {row['name']} is", ProductStatus(row["status"])
        if status in SOLD:
            errors.add("order", f"{what} sold in {row['currency']} now.", "OTHER_CURRENCY")
        else:
            errors.add("order", f"{what} {status} and cannot be ordered.", "NOT_ON_SALE")


async def ask_for_approval(viewer: Viewer, _order: Order, errors: InputErrors, about: str = "order") -> None:
    """Notes that an order's discounts are above the viewer's limit, and nobody approved them."""
    limit = await discount_limit_of(viewer)
    message = f"You sell alone up to {limit} below the list price; ask for the discount."
    errors.add(about, message, "DISCOUNT_NOT_APPROVED")


MACHINE = StateMachine(
    Order,
    {
        Guard.OUTSIDER: _is_outsider,
        Guard.SETTLED: _is_settled,
        Guard.HAS_LINES: _has_lines,
        Guard.ON_SALE: _is_on_sale,
        Guard.DISCOUNTS_ALLOWED: _may_discount,
        Guard.CAN_BE_HAD: _can_be_had,
        Guard.UNSHIPPED: lambda row: f"NOT {_is_shipped_in_part(row)}",
        Guard.SHIPPED_IN_PART: _is_shipped_in_part,
    },
    {
        Guard.SETTLED: Refusal(
            "SHIPMENT_UNDER_WAY", "The warehouse is about to ship it; have the shipment cancelled first."
        ),
        Guard.HAS_LINES: Refusal("EMPTY_ORDER", "An order without lines is not placed."),
        Guard.ON_SALE: _name_unsold,
        Guard.DISCOUNTS_ALLOWED: ask_for_approval,
    },
    # What can be had is known for certain when it is promised, and then line by line.
    left_to_verbs=frozenset({Guard.CAN_BE_HAD}),
)


async def check_outsider(viewer: Viewer, order: Order, errors: InputErrors, member: str) -> None:
    """Notes that the viewer must not be told where an order goes. The message does not say more than it must."""
    if not await MACHINE.holds(viewer, order.id, Guard.OUTSIDER):
        errors.add(member, "This one is for a colleague.", "FOR_A_COLLEAGUE")


async def masked_about(viewer: Viewer, given: DryRunnable, order: Order, text: str, *, is_number: bool = False) -> str:
    """What somebody writes about an order, as it is kept: whom it is for is masked for who may be told that, or knows it anyway.

    For everybody else the mask would say that they guessed right. A dry run leaves nothing behind, so that it asks for more:
    that they were told.
    """
    permissions = viewer.permissions
    if not permissions >= KNOWING:
        told = was_told("order", "of_it.id") if given.dry_run else may_be_told("of_it.id", "of_it.complaint_id")
        sql = f"SELECT 1 AS told FROM orders of_it WHERE of_it.id = '{order.id}' AND {told}"
        if not await read_rows(written_out(viewer, sql, get_connection("default").capabilities.dialect)):
            permissions -= DUTIES
    return await masked(permissions, text, order, is_number=is_number)


# --- Finding and storing one ------------------------------------------------------------------------------------------


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


async def load_draft(
    viewer: Viewer, key: Key[Order], errors: InputErrors, expected_version: int | None, member: str = "order"
) -> Order:
    """The draft that a verb is about, locked; what was placed is amended, and not written anew. `member` leads to it."""
    order = await load(viewer, Order, key, errors, expected_version)
    if order.status != OrderStatus.DRAFT:
        message = f"The order is {order.status}: only a draft can be changed so. What was placed is amended."
        problem = await MACHINE.illegal(viewer, order, OrderStatus.DRAFT, message)
        errors.add_problem(replace(problem, path=("input", member)))
        errors.raise_if_any()
    return order


_WRITTEN = (
    "status currency discount_basis_points net_minor tax_minor total_minor placed_at quoted_at quoted_until discount_state"
    " discount_asked_at discount_asked_by_id discount_reason discount_decided_by_id discount_decision_reason held_at"
    " hold_reason shipped_at delivered_at cancelled_at cancellation_reason customer_name bill_street bill_city bill_region"
    " bill_postal_code bill_country ship_name ship_street ship_city ship_region ship_postal_code ship_country version"
).split()
"""What verbs write of an order: never the sums that the database keeps."""


async def store(order: Order, kind: EventKind) -> None:
    """Writes an order, one version later; what only some may know of counts for them by the event."""
    order.version += kind not in Order.hidden_changes
    await order.save(update_fields=_WRITTEN)


# --- How a verb ends --------------------------------------------------------------------------------------------------


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


async def told(
    viewer: Viewer,
    given: OrderDryRunnable,
    order: Order,
    kind: EventKind,
    at: datetime,
    *,
    masked_text: str | None = None,
    sells: bool = True,
) -> Keys:
    """Records what happened to an order that was stored; a dry run ends here, with what it would have come to, and is taken back.

    `masked_text` is the reason as it is kept, of verbs that have one; `sells`, whether the verb gives its discounts.
    """
    if not given.dry_run:
        await record(kind, order, actor=viewer, at=at)
        return {"order": order.id}
    lines = await lines_of(order.id)
    if order.status == OrderStatus.DRAFT:
        await promise(lines, order.placed_at)
    is_approved = not sells or order.discount_state == DiscountState.APPROVED or await sells_alone(viewer, order)
    outcome = OrderOutcome(
        net=money_of(order.net_minor, order.currency),
        tax=money_of(order.tax_minor, order.currency),
        total=money_of(order.total_minor, order.currency),
        needs_approval=not is_approved,
        lines=[_outcome_of(line, waits=order.status != OrderStatus.CANCELLED) for line in lines],
        warnings=await _warnings_of(order),
    )
    raise DryRun(outcome=outcome) if masked_text is None else DryRun(outcome=outcome, masked_text=masked_text)


def _outcome_of(line: OrderLine, *, waits: bool) -> LineOutcome:
    return LineOutcome(
        position=line.position,
        product_name=line.product_name,
        quantity=line.quantity,
        unit_price=money_of(line.unit_price_minor, line.currency),
        discount_basis_points=line.discount_basis_points,
        tax_rate_basis_points=line.tax_rate_basis_points,
        net=money_of(line.net_minor, line.currency),
        tax=money_of(line.tax_minor, line.currency),
        total=money_of(line.total_minor, line.currency),
        allocated=line.allocated_quantity,
        backordered=line.quantity - line.shipped_quantity - line.allocated_quantity if waits else 0,
    )


async def _warnings_of(order: Order) -> Sequence[OrderWarning]:
    [row] = await read_rows(
        f"SELECT {warnings_sql('whose.{}'.format)} AS warnings FROM orders whose WHERE whose.id = '{order.id}'"
    )
    return [warning for warning in OrderWarning if f'"{warning.value}"' in row["warnings"]]
