"""Orders: taken by the front office, read by both; prices only by those who deal with money."""

from schema.front_office.sales.orders import mutations, payments, terms
from schema.front_office.sales.orders.placed import DiscountsToApprove, Order, OrderLine, Orders
from schema.front_office.sales.orders.progress import OrderSubscriptions
from schema.kit.areas import Area

__all__ = ["Order", "OrderLine"]

AREA = Area(
    front_office=(Orders, DiscountsToApprove, terms.OrderTerms),
    back_office=(Orders, terms.OrderTerms),
    mutations=(*mutations.MUTATIONS, *payments.MUTATIONS, *terms.MUTATIONS),
    subscriptions=(OrderSubscriptions,),
)
