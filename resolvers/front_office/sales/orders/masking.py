"""Masking what is written about an order: who its customer is, as we know them and as the order itself names them.

The surprising rule: whoever asked for the order, and whom and where the goods go to, is masked like the customer's own name.
"""

from dataclasses import dataclass

from models.front_office.customers import Customer
from models.front_office.sales.orders import Order, OrderAmendment
from models.kit.masking import mask


@dataclass(frozen=True, slots=True)
class _Named:
    """Who the customer is, by what stands on the order itself."""

    name: str
    contact_name: str | None
    street: str | None
    email: None = None
    phone: None = None


async def masked(order: Order, text: str, *, asked_by: str | None = None, is_number: bool = False) -> str:
    """The text as both offices read it. `asked_by` is one more of the customer's people: who asked for what it tells.

    `is_number`: it is a number such as a carrier's, which may look like a telephone number.
    """
    earlier = await OrderAmendment.filter(order_id=order.id).order_by("id").values_list("asked_by", flat=True)
    who = (
        await Customer.get(id=order.customer_id),
        _Named(order.customer_name or "", asked_by, order.bill_street),
        _Named(order.ship_name or "", order.asked_by, order.ship_street),
        *(_Named("", str(one), None) for one in dict.fromkeys(earlier) if one),
    )
    for one in who:
        text = mask(text, one, is_number=is_number)
    return text
