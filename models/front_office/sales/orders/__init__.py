"""Orders: what a customer ordered, on which terms, and what was paid for it."""

from models.front_office.sales.orders.amendments import (
    OrderAmendment,
    OrderAmendmentLine,
    visible_order_amendment_lines,
    visible_order_amendments,
)
from models.front_office.sales.orders.payments import (
    OrderPayment,
    PaymentMethod,
    PaymentState,
    payment_state_sql,
    visible_order_payments,
)
from models.front_office.sales.orders.placed import (
    TO_SHIP,
    TRANSITIONS,
    DiscountState,
    Order,
    OrderLine,
    OrderStatus,
    ShortagePolicy,
    visible_order_lines,
    visible_orders,
)
from models.front_office.sales.orders.progress import OrderProgress, ProgressStage, visible_order_progress
from models.front_office.sales.orders.terms import DiscountLimit, TaxRate, visible_discount_limits, visible_tax_rates
from models.front_office.sales.orders.warnings import OrderWarning, warnings_sql

__all__ = [
    "TO_SHIP",
    "TRANSITIONS",
    "DiscountLimit",
    "DiscountState",
    "Order",
    "OrderAmendment",
    "OrderAmendmentLine",
    "OrderLine",
    "OrderPayment",
    "OrderProgress",
    "OrderStatus",
    "OrderWarning",
    "PaymentMethod",
    "PaymentState",
    "ProgressStage",
    "ShortagePolicy",
    "TaxRate",
    "payment_state_sql",
    "visible_discount_limits",
    "visible_order_amendment_lines",
    "visible_order_amendments",
    "visible_order_lines",
    "visible_order_payments",
    "visible_order_progress",
    "visible_orders",
    "visible_tax_rates",
    "warnings_sql",
]
