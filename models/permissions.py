"""Who may read or do what: the roles, the permissions, and the whole table between them.

An area has READ_x and WRITE_x; what is sensitive inside an area has a permission of its own. Nothing is granted by being
absent here: a field without a permission does not start (see resolvers/reading).
"""

from models.kit.enums import DescribedEnum


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
    READ_PRODUCTS = "READ_PRODUCTS", "Read products and their stock figures."
    READ_LIST_PRICES = "READ_LIST_PRICES", "Read what products cost customers, before discount."
    WRITE_PRODUCTS = "WRITE_PRODUCTS", "Add products and categories, set prices and costs, put products on sale."
    READ_COST_PRICE = "READ_COST_PRICE", "Read what a product costs us, and what purchase orders cost; agree upon it."
    READ_SUPPLIERS = "READ_SUPPLIERS", "Read who supplies a product."
    READ_SUPPLIER_CONTACT = "READ_SUPPLIER_CONTACT", "Read whom to ask for at a supplier, and their telephone number."
    READ_SUPPLIER_EMAIL = "READ_SUPPLIER_EMAIL", "Read and write a supplier's e-mail address."
    READ_ORDERS = "READ_ORDERS", "Read orders: what, how many, when."
    READ_ORDER_PRICES = "READ_ORDER_PRICES", "Read an order's prices, discounts, taxes, payments and totals."
    READ_INVOICE_ADDRESS = "READ_INVOICE_ADDRESS", "Read whom an order is invoiced to: name and address, nothing else."
    WRITE_ORDERS = "WRITE_ORDERS", "Draft, place, amend, hold and cancel orders."
    APPROVE_DISCOUNTS = "APPROVE_DISCOUNTS", "Approve discounts that are above a colleague's limit."
    RECORD_PAYMENTS = "RECORD_PAYMENTS", "Record what customers paid."
    READ_RETURNS = "READ_RETURNS", "Read what customers send back."
    WRITE_RETURNS = "WRITE_RETURNS", "Request, authorise and close returns."
    MAKE_REFUNDS = "MAKE_REFUNDS", "Give money back for orders."
    READ_STOCK = "READ_STOCK", "Read where stock lies, batch by batch, and every move of it."
    WRITE_STOCK = "WRITE_STOCK", "Receive, move, count and inspect stock."
    READ_BATCHES = "READ_BATCHES", "Read batches: their product, dates and whether they may be sold."
    CHECK_QUALITY = "CHECK_QUALITY", "Check batches, hold, release and reject them."
    READ_SHIPMENTS = "READ_SHIPMENTS", "Read shipments: what, when, which carrier."
    READ_SHIP_TO = "READ_SHIP_TO", "Read where a shipment goes."
    WRITE_SHIPMENTS = "WRITE_SHIPMENTS", "Pick, pack, ship and deliver."
    READ_PURCHASING = "READ_PURCHASING", "Read purchase orders and receipts."
    WRITE_PURCHASING = "WRITE_PURCHASING", "Write, send, close and cancel purchase orders, and keep suppliers."
    APPROVE_PURCHASES = "APPROVE_PURCHASES", "Approve purchase orders that a colleague may not send alone."
    SET_PURCHASE_LIMITS = "SET_PURCHASE_LIMITS", "Set up to how much buyers send purchase orders alone."
    READ_PRODUCTION = "READ_PRODUCTION", "Read bills of materials and work orders."
    WRITE_PRODUCTION = "WRITE_PRODUCTION", "Write bills of materials, plan and carry out work orders."
    READ_COMPLAINTS = "READ_COMPLAINTS", "Read complaints without the customer's own words."
    READ_COMPLAINT_TEXT = "READ_COMPLAINT_TEXT", "Read a complaint's own words, which may say who the customer is."
    WRITE_COMPLAINTS = "WRITE_COMPLAINTS", "Receive, hand off, answer and close complaints."
    READ_HANDOFFS = "READ_HANDOFFS", "Read handoffs and their history."
    READ_ALL_HANDOFFS = "READ_ALL_HANDOFFS", "Read the handoffs of every department, not only of one's own."
    WRITE_HANDOFFS = "WRITE_HANDOFFS", "Claim, release, answer and refuse the handoffs of one's departments."
    READ_STAFF = "READ_STAFF", "Read colleagues' names."
    READ_ACCOUNTS = "READ_ACCOUNTS", "Read accounts: e-mail address, roles, departments, whether enabled."
    WRITE_ACCOUNTS = "WRITE_ACCOUNTS", "Add and change accounts, and say who manages a department."
    WRITE_MESSAGES = "WRITE_MESSAGES", "Write to the other office, and to one's own, on a handoff."
    READ_ESCALATIONS = "READ_ESCALATIONS", "Read what was taken to a manager."
    WRITE_ESCALATIONS = "WRITE_ESCALATIONS", "Take a complaint to a manager, and close what others took there."
    READ_REDRESS = "READ_REDRESS", "Read what a customer was granted, and how much."
    APPROVE_REDRESS = "APPROVE_REDRESS", "Approve redress that is above a colleague's limit."
    READ_SATISFACTION = "READ_SATISFACTION", "Read how customers rated us, by category, department and agent."
    DETERMINE_CAUSES = "DETERMINE_CAUSES", "Say what a complaint came from."
    READ_IMPROVEMENTS = "READ_IMPROVEMENTS", "Read improvements, their effect, and decisions about products."
    WRITE_IMPROVEMENTS = "WRITE_IMPROVEMENTS", "Propose, plan, carry out and judge improvements."
    DECIDE_PRODUCTS = "DECIDE_PRODUCTS", "Decide whether a product is kept, improved or withdrawn."
    READ_SYSTEMIC_ISSUES = "READ_SYSTEMIC_ISSUES", "Read which causes and products bring complaints again and again."
    READ_POLICIES = "READ_POLICIES", "Read deadlines, calendars and templates."
    WRITE_POLICIES = "WRITE_POLICIES", "Set deadlines, calendars, limits and templates."
    READ_RULES = "READ_RULES", "Read the rules that carry work across by themselves, and what they did."
    WRITE_RULES = "WRITE_RULES", "Write, enable and disable rules."
    MANAGE_ABSENCES = "MANAGE_ABSENCES", "Say when colleagues are absent and who stands in."


P = Permission

_ALL_STAFF = frozenset({P.READ_STAFF})
_FRONT_OFFICE = _ALL_STAFF | {
    P.ENTER_FRONT_OFFICE,
    P.READ_CUSTOMERS,
    P.READ_CUSTOMER_CONTACT,
    P.READ_PRODUCTS,
    P.READ_LIST_PRICES,
    P.READ_ORDERS,
    P.READ_ORDER_PRICES,
    P.READ_SHIPMENTS,
    P.READ_BATCHES,
    P.READ_RETURNS,
}
_ORDER_WRITERS = frozenset({P.WRITE_ORDERS, P.WRITE_RETURNS, P.RECORD_PAYMENTS})
_COMPLAINT_READERS = frozenset(
    {
        P.READ_COMPLAINTS,
        P.READ_COMPLAINT_TEXT,
        P.READ_HANDOFFS,
        P.READ_ALL_HANDOFFS,
        P.READ_ESCALATIONS,
        P.READ_REDRESS,
        P.READ_IMPROVEMENTS,
        P.READ_POLICIES,
    }
)
_COMPLAINT_WRITERS = _COMPLAINT_READERS | {
    P.WRITE_COMPLAINTS,
    P.DETERMINE_CAUSES,
    P.WRITE_MESSAGES,
    P.WRITE_ESCALATIONS,
}
_MANAGERS = frozenset(
    {
        P.READ_ACCOUNTS,
        P.APPROVE_REDRESS,
        P.READ_REDRESS,
        P.READ_SATISFACTION,
        P.READ_SYSTEMIC_ISSUES,
        P.WRITE_POLICIES,
        P.READ_RULES,
        P.WRITE_RULES,
        P.MANAGE_ABSENCES,
    }
)
_BACK_OFFICE = _ALL_STAFF | {
    P.ENTER_BACK_OFFICE,
    P.READ_CUSTOMERS,
    P.READ_PRODUCTS,
    P.READ_ORDERS,
    P.READ_SHIPMENTS,
    P.READ_BATCHES,
    P.READ_COMPLAINTS,
    P.READ_HANDOFFS,
    P.WRITE_HANDOFFS,
    P.DETERMINE_CAUSES,
    P.WRITE_MESSAGES,
    P.READ_ESCALATIONS,
    P.WRITE_ESCALATIONS,
    P.READ_IMPROVEMENTS,
    P.WRITE_IMPROVEMENTS,
    P.READ_POLICIES,
}

_WAREHOUSE = frozenset({P.READ_STOCK, P.WRITE_STOCK, P.READ_SHIP_TO, P.WRITE_SHIPMENTS, P.READ_RETURNS})
_BUYERS = frozenset({P.READ_SUPPLIERS, P.READ_SUPPLIER_CONTACT, P.READ_PURCHASING, P.WRITE_PURCHASING})

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.SERVICE_AGENT: _FRONT_OFFICE | _COMPLAINT_WRITERS | _ORDER_WRITERS,
    Role.SALES_REPRESENTATIVE: _FRONT_OFFICE | _COMPLAINT_WRITERS | _ORDER_WRITERS,
    Role.MARKETER: _FRONT_OFFICE | _COMPLAINT_READERS,
    Role.FRONT_OFFICE_MANAGER: _FRONT_OFFICE
    | _COMPLAINT_WRITERS
    | _ORDER_WRITERS
    | _MANAGERS
    | {P.APPROVE_DISCOUNTS, P.MAKE_REFUNDS},
    Role.PRODUCT_DEVELOPER: _BACK_OFFICE
    | {
        P.READ_LIST_PRICES,
        P.READ_COST_PRICE,
        P.READ_SUPPLIERS,
        P.READ_STOCK,
        P.READ_PRODUCTION,
        P.WRITE_PRODUCTS,
        P.DECIDE_PRODUCTS,
        P.READ_SYSTEMIC_ISSUES,
    },
    Role.PRODUCTION_PLANNER: _BACK_OFFICE
    | {
        P.READ_COST_PRICE,
        P.READ_SUPPLIERS,
        P.READ_STOCK,
        P.READ_PURCHASING,
        P.READ_PRODUCTION,
        P.WRITE_PRODUCTION,
        P.CHECK_QUALITY,
        P.READ_SYSTEMIC_ISSUES,
    },
    Role.LOGISTICS_CLERK: _BACK_OFFICE | _WAREHOUSE | _BUYERS | {P.READ_PRODUCTION},
    Role.ACCOUNTANT: _BACK_OFFICE
    | {
        P.READ_LIST_PRICES,
        P.READ_COST_PRICE,
        P.READ_SUPPLIERS,
        P.READ_PURCHASING,
        P.SET_PURCHASE_LIMITS,
        P.READ_STOCK,
        P.READ_ORDER_PRICES,
        P.READ_INVOICE_ADDRESS,
        P.RECORD_PAYMENTS,
        P.READ_RETURNS,
        P.MAKE_REFUNDS,
        P.READ_REDRESS,
    },
    Role.HR_OFFICER: _BACK_OFFICE | {P.READ_ACCOUNTS, P.MANAGE_ABSENCES},
    Role.IT_TECHNICIAN: _BACK_OFFICE,
    Role.LEGAL_OFFICER: _BACK_OFFICE | {P.READ_SYSTEMIC_ISSUES},
    Role.OFFICE_ADMINISTRATOR: _BACK_OFFICE,
    Role.BACK_OFFICE_MANAGER: _BACK_OFFICE
    | _MANAGERS
    | _BUYERS
    | {
        P.READ_ALL_HANDOFFS,
        P.READ_LIST_PRICES,
        P.READ_COST_PRICE,
        P.READ_SUPPLIER_EMAIL,
        P.READ_ORDER_PRICES,
        P.READ_STOCK,
        P.READ_RETURNS,
        P.READ_PRODUCTION,
        P.WRITE_PRODUCTS,
        P.WRITE_PRODUCTION,
        P.CHECK_QUALITY,
        P.APPROVE_PURCHASES,
        P.DECIDE_PRODUCTS,
    },
    Role.ADMINISTRATOR: _ALL_STAFF | {P.ENTER_BACK_OFFICE, P.READ_ACCOUNTS, P.WRITE_ACCOUNTS},
}


def permissions_of(roles: frozenset[Role]) -> frozenset[Permission]:
    """All that an account with these roles may read or do."""
    return frozenset[Permission]().union(*(ROLE_PERMISSIONS[role] for role in roles))
