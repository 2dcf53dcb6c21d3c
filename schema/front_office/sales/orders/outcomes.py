"""What the verbs on orders answer: the order, and with `dryRun` what would become of it."""

from typing import TYPE_CHECKING, Any, ClassVar

import strawberry

from models.front_office.sales.orders import OrderWarning
from models.permissions import Permission
from resolvers.reading.declare import Access, changed, plain, plain_type
from schema.kit.errors import UserError
from schema.kit.legacy_verbs import ERRORS, MASKED
from schema.kit.scalars import Money

if TYPE_CHECKING:
    from schema.front_office.sales.orders.types import Order, OrderLine

OUTCOME = "With `dryRun`, what would become of the order. Else null."


def rehearse() -> Any:
    """The member that shows what would become of an order."""
    return strawberry.field(
        description="Only show what would become of the order; nothing is stored, and `idempotencyKey` is not used up.",
        default=False,
    )


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


@plain_type(Access.SIGNED_IN)
class OrderPayload:
    """What became of an order."""

    ROWS: ClassVar = ("order",)
    order: "Order | None" = changed("The order as it now is; null when there are errors, and with `dryRun`.")
    outcome: OrderOutcome | None = plain(OUTCOME, default=None)
    errors: list[UserError] = plain(ERRORS)


@plain_type(Access.SIGNED_IN)
class OrderLinePayload:
    """What became of a line of an order."""

    ROWS: ClassVar = ("order", "order_line")
    order: "Order | None" = changed("The order as it now is; null when there are errors, and with `dryRun`.")
    order_line: "OrderLine | None" = changed("The line as it now is; null when there are errors, and with `dryRun`.")
    outcome: OrderOutcome | None = plain(OUTCOME, default=None)
    errors: list[UserError] = plain(ERRORS)


@plain_type(Access.SIGNED_IN)
class OrderReasonPayload:
    """What became of an order, for a reason that both offices read."""

    ROWS: ClassVar = ("order",)
    order: "Order | None" = changed("The order as it now is; null when there are errors, and with `dryRun`.")
    outcome: OrderOutcome | None = plain(OUTCOME, default=None)
    masked_text: str | None = plain(MASKED, default=None)
    errors: list[UserError] = plain(ERRORS)
