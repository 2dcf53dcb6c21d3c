"""Who may read or do what: the roles, the permissions, and the whole table between them.

An area has READ_x and WRITE_x; what is sensitive inside an area has a permission of its own. Nothing is granted by being
absent here: a field without a permission does not start (see resolvers/reading).
"""

from models.enums import DescribedEnum


class Department(DescribedEnum):
    """The unit that work is handed to."""

    CUSTOMER_SERVICE = "CUSTOMER_SERVICE", "Front office: answers enquiries and takes complaints."
    SALES = "SALES", "Front office: finds customers and wins deals."
    MARKETING = "MARKETING", "Front office: plans and runs campaigns."
    PRODUCT_DEVELOPMENT = "PRODUCT_DEVELOPMENT", "Back office: improves products and judges whether they will sell."
    PRODUCTION = "PRODUCTION", "Back office: makes the products."
    LOGISTICS = "LOGISTICS", "Back office: stores, buys and ships."
    FINANCE = "FINANCE", "Back office: keeps the books, invoices and payments."
    HUMAN_RESOURCES = "HUMAN_RESOURCES", "Back office: hires, trains and looks after staff."
    IT = "IT", "Back office: runs systems and information security."
    LEGAL = "LEGAL", "Back office: contracts and compliance."
    ADMINISTRATION = "ADMINISTRATION", "Back office: documents, approvals and everything that has no other department."


FRONT_OFFICE_DEPARTMENTS = frozenset({Department.CUSTOMER_SERVICE, Department.SALES, Department.MARKETING})
BACK_OFFICE_DEPARTMENTS = frozenset(Department) - FRONT_OFFICE_DEPARTMENTS


class Role(DescribedEnum):
    """What a staff account may do."""

    SERVICE_AGENT = "SERVICE_AGENT", "Front office: answers customers and receives complaints."
    SALES_REPRESENTATIVE = "SALES_REPRESENTATIVE", "Front office: sells, and receives complaints of its customers."
    MARKETER = "MARKETER", "Front office: plans campaigns."
    FRONT_OFFICE_MANAGER = "FRONT_OFFICE_MANAGER", "Front office: leads it."
    PRODUCT_DEVELOPER = "PRODUCT_DEVELOPER", "Back office: improves products."
    PRODUCTION_PLANNER = "PRODUCTION_PLANNER", "Back office: plans production."
    LOGISTICS_CLERK = "LOGISTICS_CLERK", "Back office: stores and ships."
    ACCOUNTANT = "ACCOUNTANT", "Back office: keeps the books."
    HR_OFFICER = "HR_OFFICER", "Back office: looks after staff."
    IT_TECHNICIAN = "IT_TECHNICIAN", "Back office: runs systems."
    LEGAL_OFFICER = "LEGAL_OFFICER", "Back office: watches contracts and compliance."
    OFFICE_ADMINISTRATOR = "OFFICE_ADMINISTRATOR", "Back office: keeps the daily processes running."
    BACK_OFFICE_MANAGER = "BACK_OFFICE_MANAGER", "Back office: leads it, and sees the handoffs of all its departments."
    ADMINISTRATOR = "ADMINISTRATOR", "Manages accounts and settings; by that alone reads no business data."


class Permission(DescribedEnum):
    """One thing that a role may read or do."""

    ENTER_FRONT_OFFICE = "ENTER_FRONT_OFFICE", "Enter through the front office's door."
    ENTER_BACK_OFFICE = "ENTER_BACK_OFFICE", "Enter through the back office's door."
    READ_CUSTOMERS = "READ_CUSTOMERS", "Read a customer's number and country, which identify nobody."
    READ_CUSTOMER_CONTACT = "READ_CUSTOMER_CONTACT", "Read who a customer is and how to reach them."
    READ_PRODUCTS = "READ_PRODUCTS", "Read products, their list prices and stock figures."
    READ_COST_PRICE = "READ_COST_PRICE", "Read what a product costs us."
    READ_SUPPLIERS = "READ_SUPPLIERS", "Read who supplies a product."
    READ_ORDERS = "READ_ORDERS", "Read orders: what, how many, when."
    READ_ORDER_PRICES = "READ_ORDER_PRICES", "Read an order's prices, discounts and totals."
    READ_COMPLAINTS = "READ_COMPLAINTS", "Read complaints without the customer's own words."
    READ_COMPLAINT_TEXT = "READ_COMPLAINT_TEXT", "Read a complaint's own words, which may say who the customer is."
    WRITE_COMPLAINTS = "WRITE_COMPLAINTS", "Receive, hand off, answer and close complaints."
    READ_HANDOFFS = "READ_HANDOFFS", "Read handoffs and their history."
    READ_ALL_HANDOFFS = "READ_ALL_HANDOFFS", "Read the handoffs of every department, not only of one's own."
    WRITE_HANDOFFS = "WRITE_HANDOFFS", "Claim, release, answer and refuse the handoffs of one's departments."
    READ_STAFF = "READ_STAFF", "Read colleagues' names."
    READ_ACCOUNTS = "READ_ACCOUNTS", "Read accounts: e-mail address, roles, departments, whether enabled."
    WRITE_ACCOUNTS = "WRITE_ACCOUNTS", "Add and change accounts."


P = Permission

_ALL_STAFF = frozenset({P.READ_STAFF})
_FRONT_OFFICE = _ALL_STAFF | {
    P.ENTER_FRONT_OFFICE,
    P.READ_CUSTOMERS,
    P.READ_CUSTOMER_CONTACT,
    P.READ_PRODUCTS,
    P.READ_ORDERS,
    P.READ_ORDER_PRICES,
}
_COMPLAINT_READERS = frozenset({P.READ_COMPLAINTS, P.READ_COMPLAINT_TEXT, P.READ_HANDOFFS, P.READ_ALL_HANDOFFS})
_BACK_OFFICE = _ALL_STAFF | {
    P.ENTER_BACK_OFFICE,
    P.READ_CUSTOMERS,
    P.READ_PRODUCTS,
    P.READ_ORDERS,
    P.READ_COMPLAINTS,
    P.READ_HANDOFFS,
    P.WRITE_HANDOFFS,
}

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.SERVICE_AGENT: _FRONT_OFFICE | _COMPLAINT_READERS | {P.WRITE_COMPLAINTS},
    Role.SALES_REPRESENTATIVE: _FRONT_OFFICE | _COMPLAINT_READERS | {P.WRITE_COMPLAINTS},
    Role.MARKETER: _FRONT_OFFICE | _COMPLAINT_READERS,
    Role.FRONT_OFFICE_MANAGER: _FRONT_OFFICE | _COMPLAINT_READERS | {P.WRITE_COMPLAINTS, P.READ_ACCOUNTS},
    Role.PRODUCT_DEVELOPER: _BACK_OFFICE | {P.READ_COST_PRICE, P.READ_SUPPLIERS},
    Role.PRODUCTION_PLANNER: _BACK_OFFICE | {P.READ_COST_PRICE, P.READ_SUPPLIERS},
    Role.LOGISTICS_CLERK: _BACK_OFFICE | {P.READ_SUPPLIERS},
    Role.ACCOUNTANT: _BACK_OFFICE | {P.READ_COST_PRICE, P.READ_SUPPLIERS, P.READ_ORDER_PRICES},
    Role.HR_OFFICER: _BACK_OFFICE | {P.READ_ACCOUNTS},
    Role.IT_TECHNICIAN: _BACK_OFFICE,
    Role.LEGAL_OFFICER: _BACK_OFFICE,
    Role.OFFICE_ADMINISTRATOR: _BACK_OFFICE,
    Role.BACK_OFFICE_MANAGER: _BACK_OFFICE
    | {P.READ_ALL_HANDOFFS, P.READ_COST_PRICE, P.READ_SUPPLIERS, P.READ_ORDER_PRICES, P.READ_ACCOUNTS},
    Role.ADMINISTRATOR: _ALL_STAFF | {P.ENTER_BACK_OFFICE, P.READ_ACCOUNTS, P.WRITE_ACCOUNTS},
}


def permissions_of(roles: frozenset[Role]) -> frozenset[Permission]:
    """All that an account with these roles may read or do."""
    return frozenset[Permission]().union(*(ROLE_PERMISSIONS[role] for role in roles))
