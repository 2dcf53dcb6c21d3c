"""What is done with orders: drafts, discounts, what stands. With `dryRun` a verb shows what would become of the order."""

from typing import TYPE_CHECKING

from models.front_office.sales.orders.progress import OrderWarning
from models.permissions import Permission
from resolvers.front_office.sales.orders.drafting import (
    add_order_line,
    change_order_line,
    draft_order,
    quote_order,
    remove_order_line,
    set_order_address,
    set_order_discount,
)
from resolvers.front_office.sales.orders.placing import approve_discount, ask_for_discount, place_order, reject_discount
from resolvers.front_office.sales.orders.standing import amend_order, cancel_order, hold_order, resume_order
from resolvers.reading.declare import plain_type
from schema.kit.mutations import MASKED, changed, mutation, payload, plain
from schema.kit.scalars import Money

if TYPE_CHECKING:
    from schema.front_office.sales.orders import Order, OrderLine

WRITE, APPROVE = Permission.WRITE_ORDERS, Permission.APPROVE_DISCOUNTS
OUTCOME = "With `dryRun`, what would become of the order. Else null."


@plain_type(Permission.READ_ORDER_PRICES)
class OrderLineOutcome:
    """What would become of a line."""

    position: int = plain("The line's place on the order, from 1.")
    product_name: str = plain("What the product is called.")
    quantity: int = plain("How many pieces.")
    unit_price: Money = plain("What one piece costs, before discount.")
    discount_basis_points: int = plain("The line's own discount in hundredths of a percent.")
    tax_rate_basis_points: int = plain("Its tax in hundredths of a percent.")
    net: Money = plain("What it costs after both discounts, before tax.")
    tax: Money = plain("Its tax, rounded half up.")
    total: Money = plain("What it costs, tax included.")
    allocated: int = plain("How many pieces could be promised now.")
    backordered: int = plain("How many pieces must still arrive or be made.")


@plain_type(Permission.READ_ORDER_PRICES)
class OrderOutcome:
    """What would become of an order, if it were placed as it is."""

    net: Money = plain("The sum of the lines before tax.")
    tax: Money = plain("The sum of the lines' taxes.")
    total: Money = plain("The sum of the lines.")
    needs_approval: bool = plain("Whether its discounts are above the viewer's limit, and nobody approved them.")
    lines: list[OrderLineOutcome] = plain("Line by line.")
    warnings: list[OrderWarning] = plain("What should be known before going on; it stops nothing.")


@payload
class OrderPayload:
    """What became of an order."""

    order: "Order | None" = changed("The order as it now is; null when there are errors, and with `dryRun`.")
    outcome: OrderOutcome | None = plain(OUTCOME, default=None)


@payload
class OrderLinePayload:
    """What became of a line of an order."""

    order: "Order | None" = changed("The order as it now is; null when there are errors, and with `dryRun`.")
    order_line: "OrderLine | None" = changed("The line as it now is; null when there are errors, and with `dryRun`.")
    outcome: OrderOutcome | None = plain(OUTCOME, default=None)


@payload
class OrderReasonPayload:
    """What became of an order, for a reason that both offices read."""

    order: "Order | None" = changed("The order as it now is; null when there are errors, and with `dryRun`.")
    outcome: OrderOutcome | None = plain(OUTCOME, default=None)
    masked_text: str | None = plain(MASKED, default=None)


MUTATIONS = (
    mutation(WRITE, draft_order, shows=OrderPayload),
    mutation(WRITE, add_order_line, shows=OrderLinePayload),
    mutation(WRITE, change_order_line, shows=OrderLinePayload),
    mutation(WRITE, remove_order_line, shows=OrderPayload),
    mutation(WRITE, set_order_address, shows=OrderPayload),
    mutation(WRITE, set_order_discount, shows=OrderPayload),
    mutation(WRITE, quote_order, shows=OrderPayload),
    mutation(WRITE, ask_for_discount, shows=OrderReasonPayload),
    mutation(APPROVE, approve_discount, shows=OrderReasonPayload),
    mutation(APPROVE, reject_discount, shows=OrderReasonPayload),
    mutation(WRITE, place_order, shows=OrderPayload),
    mutation(WRITE, amend_order, shows=OrderReasonPayload),
    mutation(WRITE, hold_order, shows=OrderReasonPayload),
    mutation(WRITE, resume_order, shows=OrderPayload),
    mutation(WRITE, cancel_order, shows=OrderReasonPayload),
)
