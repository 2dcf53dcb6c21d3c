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
    READ_CUSTOMERS = (
        "READ_CUSTOMERS",
        "Read customers, and what leads from a complaint to one: its order's own identity, returns, refunds, replacements.",
    )
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
    READ_INVOICE_ADDRESS = (
        "READ_INVOICE_ADDRESS",
        "Be told whom an order is invoiced to, until it is invoiced and paid.",
    )
    WRITE_ORDERS = "WRITE_ORDERS", "Draft, place, amend, hold and cancel orders."
    APPROVE_DISCOUNTS = "APPROVE_DISCOUNTS", "Approve discounts that are above a colleague's limit."
    RECORD_PAYMENTS = "RECORD_PAYMENTS", "Record what customers paid."
    READ_RETURNS = "READ_RETURNS", "Read what customers send back."
    WRITE_RETURNS = "WRITE_RETURNS", "Request, authorise and close returns."
    MAKE_REFUNDS = "MAKE_REFUNDS", "Give money back for orders."
    READ_STOCK = "READ_STOCK", "Read where stock lies, batch by batch, and every move of it."
    WRITE_STOCK = "WRITE_STOCK", "Receive, move, count and inspect stock."
    POST_COUNTS = "POST_COUNTS", "Post what stock counts found: where it is less, never what one counted oneself."
    READ_BATCHES = "READ_BATCHES", "Read batches: their product, dates and whether they may be sold."
    CHECK_QUALITY = "CHECK_QUALITY", "Check batches, hold, release and reject them."
    READ_SHIPMENTS = "READ_SHIPMENTS", "Read shipments: what, when, which carrier."
    READ_SHIP_TO = "READ_SHIP_TO", "Be told where a shipment goes, from picking until it has left."
    WRITE_SHIPMENTS = "WRITE_SHIPMENTS", "Pick, pack, ship and deliver."
    READ_PURCHASING = "READ_PURCHASING", "Read purchase orders and receipts."
    WRITE_PURCHASING = "WRITE_PURCHASING", "Write, send, close and cancel purchase orders, and keep suppliers."
    APPROVE_PURCHASES = "APPROVE_PURCHASES", "Approve purchase orders that a colleague may not send alone."
    SET_PURCHASE_LIMITS = "SET_PURCHASE_LIMITS", "Set up to how much buyers send purchase orders alone."
    READ_PRODUCTION = "READ_PRODUCTION", "Read bills of materials and work orders."
    WRITE_PRODUCTION = "WRITE_PRODUCTION", "Write bills of materials, plan and carry out work orders."
    READ_COMPLAINTS = "READ_COMPLAINTS", "Read complaints without the customer's own words."
    TRACE_COMPLAINTS = (
        "TRACE_COMPLAINTS",
        "Read which batch a complaint is about, and which complaints a batch brought.",
    )
    READ_COMPLAINT_TEXT = "READ_COMPLAINT_TEXT", "Read a complaint's own words, which may say who the customer is."
    WRITE_COMPLAINTS = "WRITE_COMPLAINTS", "Receive, hand off, answer and close complaints."
    READ_HANDOFFS = "READ_HANDOFFS", "Read handoffs and their history."
    READ_ALL_HANDOFFS = "READ_ALL_HANDOFFS", "Read the handoffs of every department, not only of one's own."
    WRITE_HANDOFFS = "WRITE_HANDOFFS", "Claim, release, answer and refuse the handoffs of one's departments."
    READ_STAFF = "READ_STAFF", "Read colleagues' names."
    READ_ACCOUNTS = "READ_ACCOUNTS", "Read accounts: e-mail address, roles, departments, whether enabled."
    WRITE_ACCOUNTS = (
        "WRITE_ACCOUNTS",
        "Add and change accounts, see and end their sessions, and say who manages a department.",
    )
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


P, R = Permission, Role

_FRONT = frozenset({R.SERVICE_AGENT, R.SALES_REPRESENTATIVE, R.MARKETER, R.FRONT_OFFICE_MANAGER})
_AGENTS = _FRONT - {R.MARKETER}
_BACK = frozenset(R) - _FRONT - {R.ADMINISTRATOR}
_BOTH = _FRONT | _BACK
_MANAGERS = frozenset({R.FRONT_OFFICE_MANAGER, R.BACK_OFFICE_MANAGER})
_MAKERS = frozenset({R.PRODUCT_DEVELOPER, R.PRODUCTION_PLANNER, R.BACK_OFFICE_MANAGER})
_BUYERS = frozenset({R.LOGISTICS_CLERK, R.BACK_OFFICE_MANAGER})

HELD_BY: dict[Permission, frozenset[Role]] = {
    P.ENTER_FRONT_OFFICE: _FRONT,
    P.ENTER_BACK_OFFICE: _BACK | {R.ADMINISTRATOR},
    P.READ_CUSTOMERS: _FRONT,
    P.READ_CUSTOMER_CONTACT: _FRONT,
    P.READ_PRODUCTS: _BOTH,
    P.READ_LIST_PRICES: _FRONT | {R.PRODUCT_DEVELOPER, R.ACCOUNTANT, R.BACK_OFFICE_MANAGER},
    P.WRITE_PRODUCTS: frozenset({R.PRODUCT_DEVELOPER, R.BACK_OFFICE_MANAGER}),
    P.READ_COST_PRICE: _MAKERS | {R.ACCOUNTANT},
    P.READ_SUPPLIERS: _MAKERS | {R.LOGISTICS_CLERK, R.ACCOUNTANT},
    P.READ_SUPPLIER_CONTACT: _BUYERS,
    P.READ_SUPPLIER_EMAIL: frozenset({R.BACK_OFFICE_MANAGER}),
    P.READ_ORDERS: _BOTH,
    P.READ_ORDER_PRICES: _FRONT | {R.ACCOUNTANT, R.BACK_OFFICE_MANAGER},
    P.READ_INVOICE_ADDRESS: frozenset({R.ACCOUNTANT}),
    P.WRITE_ORDERS: _AGENTS,
    P.APPROVE_DISCOUNTS: frozenset({R.FRONT_OFFICE_MANAGER}),
    P.RECORD_PAYMENTS: _AGENTS | {R.ACCOUNTANT},
    P.READ_RETURNS: _FRONT | {R.LOGISTICS_CLERK, R.ACCOUNTANT, R.BACK_OFFICE_MANAGER},
    P.WRITE_RETURNS: _AGENTS,
    P.MAKE_REFUNDS: frozenset({R.FRONT_OFFICE_MANAGER, R.ACCOUNTANT}),
    P.READ_STOCK: _MAKERS | {R.LOGISTICS_CLERK, R.ACCOUNTANT},
    P.WRITE_STOCK: frozenset({R.LOGISTICS_CLERK}),
    P.POST_COUNTS: _BUYERS,
    P.READ_BATCHES: _BOTH,
    P.CHECK_QUALITY: frozenset({R.PRODUCTION_PLANNER, R.BACK_OFFICE_MANAGER}),
    P.READ_SHIPMENTS: _BOTH,
    P.READ_SHIP_TO: frozenset({R.LOGISTICS_CLERK}),
    P.WRITE_SHIPMENTS: frozenset({R.LOGISTICS_CLERK}),
    P.READ_PURCHASING: _BUYERS | {R.PRODUCTION_PLANNER, R.ACCOUNTANT},
    P.WRITE_PURCHASING: _BUYERS,
    P.APPROVE_PURCHASES: frozenset({R.BACK_OFFICE_MANAGER}),
    P.SET_PURCHASE_LIMITS: frozenset({R.ACCOUNTANT}),
    P.READ_PRODUCTION: _MAKERS | {R.LOGISTICS_CLERK},
    P.WRITE_PRODUCTION: frozenset({R.PRODUCTION_PLANNER, R.BACK_OFFICE_MANAGER}),
    P.READ_COMPLAINTS: _BOTH,
    # Not for those who are told names: a batch that went to one customer alone would tell whose complaint it is.
    P.TRACE_COMPLAINTS: _BOTH - {R.LOGISTICS_CLERK, R.ACCOUNTANT},
    P.READ_COMPLAINT_TEXT: _FRONT,
    P.WRITE_COMPLAINTS: _AGENTS,
    P.READ_HANDOFFS: _BOTH,
    P.READ_ALL_HANDOFFS: _FRONT | {R.BACK_OFFICE_MANAGER},
    P.WRITE_HANDOFFS: _BACK,
    P.READ_STAFF: frozenset(R),
    P.READ_ACCOUNTS: _MANAGERS | {R.HR_OFFICER, R.ADMINISTRATOR},
    P.WRITE_ACCOUNTS: frozenset({R.ADMINISTRATOR}),
    P.WRITE_MESSAGES: _AGENTS | _BACK,
    P.READ_ESCALATIONS: _BOTH,
    P.WRITE_ESCALATIONS: _AGENTS | _BACK,
    # Accountants see the refund; as an amount of a complaint too, it would tell whose that is.
    P.READ_REDRESS: _FRONT | {R.BACK_OFFICE_MANAGER},
    P.APPROVE_REDRESS: _MANAGERS,
    P.READ_SATISFACTION: _MANAGERS,
    P.DETERMINE_CAUSES: _AGENTS | _BACK,
    P.READ_IMPROVEMENTS: _BOTH,
    P.WRITE_IMPROVEMENTS: _BACK,
    P.DECIDE_PRODUCTS: frozenset({R.PRODUCT_DEVELOPER, R.BACK_OFFICE_MANAGER}),
    P.READ_SYSTEMIC_ISSUES: _MAKERS | {R.FRONT_OFFICE_MANAGER, R.LEGAL_OFFICER},
    P.READ_POLICIES: _BOTH,
    P.WRITE_POLICIES: _MANAGERS,
    P.READ_RULES: _MANAGERS,
    P.WRITE_RULES: _MANAGERS,
    P.MANAGE_ABSENCES: _MANAGERS | {R.HR_OFFICER},
}
"""Who holds what. A permission that is missing here is an error at the start."""

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    role: frozenset(permission for permission in Permission if role in HELD_BY[permission]) for role in Role
}


def permissions_of(roles: frozenset[Role]) -> frozenset[Permission]:
    """All that an account with these roles may read or do."""
    return frozenset[Permission]().union(*(ROLE_PERMISSIONS[role] for role in roles))
