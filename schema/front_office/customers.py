"""Customers, as the front office sees them; the back office sees only a number and a country."""

from typing import TYPE_CHECKING

from models.front_office import customers
from models.kit.text import searchable
from models.permissions import Permission
from resolvers.reading.declare import column, embedded, many, node, plain_type, read
from resolvers.reading.relay import Connection, Node
from resolvers.reading.sources import Amount, EntryNode, EntryRows, FilterOnly
from schema.kit.areas import Area
from schema.kit.scalars import Money

if TYPE_CHECKING:
    from schema.front_office.sales.orders import Order
    from schema.front_office.service.complaints import Complaint

CONTACT = Permission.READ_CUSTOMER_CONTACT


@plain_type(CONTACT)
class Address:
    """A postal address."""

    street: str | None = column("Street and house number.")
    city: str | None = column("Town.")
    region: str | None = column("State, province or region.")
    postal_code: str | None = column("Postal code.")
    country: str = column("Country, by its English name.", needs=Permission.READ_CUSTOMERS)


@node(customers.Customer, prefix="cus", needs=Permission.READ_CUSTOMERS)
class Customer(Node):
    """A person or company that buys from us."""

    number: str = column("The number that people quote, for instance C-000001.", filter=True, sort=True)
    name: str = column("The company's name, or the person's.", needs=CONTACT, filter=True, sort=True)
    contact_name: str | None = column("Whom to ask for.", needs=CONTACT, filter=True, sort=True)
    email: str | None = column("E-mail address.", needs=CONTACT, filter=True, sort=True)
    phone: str | None = column("Telephone number.", needs=CONTACT, filter=True)
    language: customers.Language | None = column("In which language we write to them.", needs=CONTACT)
    preferred_channel: customers.Channel | None = column("By which way they want to be reached.", needs=CONTACT)
    address: Address = embedded("Where the customer is.")
    country = FilterOnly("country", str)
    credit_limit: Money | None = read(
        Amount("credit_limit_minor", "credit_currency"),
        "Above how much unpaid orders are taken with a warning; null where nobody is warned.",
        needs=Permission.READ_ORDER_PRICES,
    )
    orders: "Connection[Order]" = many("What the customer ordered, latest first.", "customer_id", "-placed_at")
    complaints: "Connection[Complaint]" = many(
        "What the customer complained about, latest first.", "customer_id", "-received_at"
    )


class FrontOfficeCustomers:
    """The front office's way to customers."""

    customer: "Customer | None" = read(EntryNode(), "One customer.", needs=Permission.READ_CUSTOMERS)
    customers: "Connection[Customer]" = read(
        EntryRows("name", "search_text", searchable),
        "All customers, by name.",
        needs=CONTACT,
        argument_needs={"search": CONTACT},
    )


AREA = Area(front_office=(FrontOfficeCustomers,))
