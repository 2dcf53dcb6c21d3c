"""After-sales: what customers send back, the money they get back, and what is sent to them once more."""

from resolvers.front_office.after_sales.returns.inspecting import GivenInspection, inspect_return
from resolvers.front_office.after_sales.returns.receiving import GivenReceipt, receive_return
from resolvers.front_office.after_sales.returns.redress import (
    check_refund,
    check_replacement,
    put_right,
    the_order_of,
    worth_of_replacement,
)
from resolvers.front_office.after_sales.returns.refunding import GivenRefund, NewRefund, refund_order
from resolvers.front_office.after_sales.returns.replacing import replace_order_lines
from resolvers.front_office.after_sales.returns.requesting import (
    GivenPieces,
    NewReturn,
    authorise_return,
    close_return,
    refuse_return,
    request_return,
)

__all__ = [
    "GivenInspection",
    "GivenPieces",
    "GivenReceipt",
    "GivenRefund",
    "NewRefund",
    "NewReturn",
    "authorise_return",
    "check_refund",
    "check_replacement",
    "close_return",
    "inspect_return",
    "put_right",
    "receive_return",
    "refund_order",
    "refuse_return",
    "replace_order_lines",
    "request_return",
    "the_order_of",
    "worth_of_replacement",
]
