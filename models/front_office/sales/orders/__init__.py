"""Orders: what a customer ordered, on which terms, and what was paid for it."""

from models.front_office.sales.orders.amendments import OrderAmendment, OrderAmendmentLine
from models.front_office.sales.orders.payments import (
    OrderPayment,
    PaymentMethod,
    PaymentState,
    payment_state_sql,
)
from models.front_office.sales.orders.placed import (
    TO_SHIP,
    TRANSITIONS,
    WORK,
    DiscountState,
    Order,
    OrderEvent,
    OrderLine,
    OrderStatus,
    ShortagePolicy,
)
from models.front_office.sales.orders.progress import OrderProgress, ProgressStage
from models.front_office.sales.orders.terms import DiscountLimit, TaxRate
from models.front_office.sales.orders.warnings import OrderWarning, warnings_sql

__all__ = [
    "TO_SHIP",
    "TRANSITIONS",
    "WORK",
    "DiscountLimit",
    "DiscountState",
    "Order",
    "OrderAmendment",
    "OrderAmendmentLine",
    "OrderEvent",
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
    "warnings_sql",
]
