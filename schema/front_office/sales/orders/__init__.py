"""Orders: taken by the front office, read by both; prices only by those who deal with money."""

from schema.front_office.sales.orders.changes import OrderMutations
from schema.front_office.sales.orders.drafts import DraftMutations
from schema.front_office.sales.orders.payments import OrderPayment, PaymentMutations
from schema.front_office.sales.orders.progress import OrderSubscriptions
from schema.front_office.sales.orders.terms import OrderTerms, TermsMutations
from schema.front_office.sales.orders.types import DiscountsToApprove, Order, OrderLine, Orders
from schema.kit.areas import Area

__all__ = [
    "DiscountsToApprove",
    "DraftMutations",
    "Order",
    "OrderLine",
    "OrderMutations",
    "OrderPayment",
    "OrderSubscriptions",
    "OrderTerms",
    "Orders",
    "PaymentMutations",
    "TermsMutations",
]

AREA = Area(
    front_office=(
        Orders,
        DiscountsToApprove,
        OrderTerms,
    ),
    back_office=(
        Orders,
        OrderTerms,
    ),
    mutations=(
        DraftMutations,
        OrderMutations,
        PaymentMutations,
        TermsMutations,
    ),
    subscriptions=(OrderSubscriptions,),
)
