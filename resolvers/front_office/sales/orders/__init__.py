"""Orders: drafted and priced with the customer, placed, amended, held and cancelled, and paid for."""

from resolvers.front_office.sales.orders.amending import GivenChange, Wish, amend_order
from resolvers.front_office.sales.orders.discounts import (
    approve_discount,
    ask_for_discount,
    reject_discount,
    set_discount_limit,
)
from resolvers.front_office.sales.orders.drafting import (
    NewOrder,
    add_order_line,
    change_order_line,
    draft_order,
    quote_order,
    remove_order_line,
    set_order_address,
    set_order_discount,
)
from resolvers.front_office.sales.orders.ending import cancel_order, hold_order, resume_order
from resolvers.front_office.sales.orders.paying import NewPayment, record_payment, reverse_payment, set_credit_limit
from resolvers.front_office.sales.orders.placing import place_order, stand
from resolvers.front_office.sales.orders.rehearsing import LineOutcome, OrderOutcome
from resolvers.front_office.sales.orders.shared import GivenAddress, GivenLine, access_order
from resolvers.front_office.sales.orders.taxes import set_tax_rate

__all__ = [
    "GivenAddress",
    "GivenChange",
    "GivenLine",
    "LineOutcome",
    "NewOrder",
    "NewPayment",
    "OrderOutcome",
    "Wish",
    "access_order",
    "add_order_line",
    "amend_order",
    "approve_discount",
    "ask_for_discount",
    "cancel_order",
    "change_order_line",
    "draft_order",
    "hold_order",
    "place_order",
    "quote_order",
    "record_payment",
    "reject_discount",
    "remove_order_line",
    "resume_order",
    "reverse_payment",
    "set_credit_limit",
    "set_discount_limit",
    "set_order_address",
    "set_order_discount",
    "set_tax_rate",
    "stand",
]
