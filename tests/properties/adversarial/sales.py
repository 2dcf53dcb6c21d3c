"""Who there is, what is sold, and what customers ordered, paid, sent back and got back in the nasty company.

What ledgers sum up is left out: the database would write their sums over the nasty values.
"""

from models.back_office.products.catalogue import CostChange, ListPriceChange, Product, ProductCategory, StockAlert
from models.back_office.purchasing import Supplier
from models.both_offices.accounts import Account
from models.front_office.after_sales.returns import (
    CustomerReturn,
    ProposalStatus,
    Refund,
    RefundLine,
    RefundProposal,
    RefundProposalLine,
    ReturnLine,
)
from models.front_office.customers import Customer
from models.front_office.sales.orders import DiscountState, Order, OrderLine, OrderStatus
from models.front_office.sales.orders.amendments import OrderAmendment, OrderAmendmentLine
from models.front_office.sales.orders.terms import DiscountLimit, OrderPayment, TaxRate
from models.permissions import Department, Role
from tests.properties.adversarial.making import LAST_DAY, LONG_AGO, Nasty, Row, key, moment, near, viewer_account

ROLES = list(Role)
KEPT_ROLES = [Role.BACK_OFFICE_MANAGER, Role.SERVICE_AGENT, Role.LOGISTICS_CLERK, Role.FRONT_OFFICE_MANAGER]
ORDERS = 18
LINES = [(order, position) for order in range(1, ORDERS) for position in range(1, order % 4 + 1)]
"""The order and the place of each line; the last order has none."""


def departments_of(role: Role) -> frozenset[Department]:
    """Whose work the person in a role does."""
    chosen = {
        Role.PRODUCT_DEVELOPER: {Department.PRODUCT_DEVELOPMENT},
        Role.PRODUCTION_PLANNER: {Department.PRODUCTION},
        Role.LOGISTICS_CLERK: {Department.LOGISTICS},
        Role.ACCOUNTANT: {Department.FINANCE},
        Role.HR_OFFICER: {Department.HUMAN_RESOURCES, Department.LOGISTICS},
        Role.IT_TECHNICIAN: {Department.IT},
        Role.LEGAL_OFFICER: {Department.LEGAL},
        Role.OFFICE_ADMINISTRATOR: {Department.ADMINISTRATION},
    }
    return frozenset(chosen.get(role, set()))


def sales(made: Nasty) -> None:
    """Makes the rows of those tables but for returns, which come out of warehouses."""
    made.make(
        Account,
        1,
        len(ROLES),
        email=lambda n: f"{ROLES[n - 1].value.lower()}@example.com",
        password_hash=None,
        subject=None,
        roles=lambda n: [ROLES[n - 1].value],
        departments=lambda n: sorted(department.value for department in departments_of(ROLES[n - 1])),
        enabled=lambda n: n % 4 > 0,
    )
    made.make(
        Customer,
        2,
        8,
        number=lambda n: f"C-{n:06}",
        name=lambda n: "Twin" if n in (3, 4) else made.text(),
        email=lambda n: made.maybe(f"person{n % 3}@example.com"),
        phone=lambda n: made.maybe(f"+49 30 {n % 2}"),
        country=["Germany", "Mexico", "Österreich"],
    )
    # No awkward text that stands there as a street is long enough to be found among all.
    made.nth(Customer, 1)["street"] = "Obere Straße 57"
    made.make(ProductCategory, 12, 3, name=["", "Tea", "Cake"])
    made.make(
        Supplier,
        13,
        3,
        name=["é", "Ma Maison", "Exotic Liquids"],
        country=["UK", "France", "Österreich"],
        over_receipt_basis_points=lambda n: n * 100,
    )
    made.make(
        Product,
        3,
        8,
        sku=lambda n: f"P-{n}",
        list_price_minor=lambda n: made.minor() if n % 4 else 0,
        units_in_stock=[0, 5, 5, 2**31 - 1],
        reorder_level=[0, 1, 2],
        reorder_quantity=[0, 1],
        is_made=[True, False, False],
        shelf_life_days=[None, 1, 2, 3],
        stock_alert=[None, *StockAlert],
    )
    made.make(
        Order,
        4,
        ORDERS,
        lambda n: _paid(_taxed(made.minor(), n), n) | _discounted(n),
        customer_id=lambda n: key(2, n % 7 + 1),
        # A warranty is reckoned from it, and no calendar knows the year 10000.
        delivered_at=lambda n: near(n * 3),
        replaces_id=lambda n: key(4, n - 5) if n % 5 == 0 and n > 5 else None,
        complaint_id=lambda n: key(6, n) if n % 5 == 0 else None,
    )
    made.make(OrderLine, 5, len(LINES), lambda n: _line(made, *LINES[n - 1]))
    drafts = {order["id"] for order in made.rows[Order] if order["status"] == OrderStatus.DRAFT}
    for n, line in enumerate(made.rows[OrderLine], start=1):
        # What is placed has kept what its lines were called.
        if line["order_id"] not in drafts and line["product_name"] is None:
            line["product_name"] = f"Once called {n}"
    made.make(ListPriceChange, 31, 9)
    made.make(CostChange, 32, 9)
    made.make(TaxRate, 33, 6, valid_from=[LONG_AGO, LONG_AGO, LAST_DAY], valid_until=[LAST_DAY, None])
    made.make(DiscountLimit, 34, 4, role=KEPT_ROLES, limit_basis_points=lambda n: n * 500)
    made.make(OrderPayment, 46, 10, lambda n: _payment(made, n))
    made.make(OrderAmendment, 50, 9)
    made.make(OrderAmendmentLine, 51, 12, quantity_before=[0, 1, 2], quantity_after=lambda n: n % 3 + n)


def _taxed(total: int, n: int) -> Row:
    """An amount, and how much of it is tax."""
    tax = [0, total // 7, total][n % 3]
    return {"net_minor": total - tax, "tax_minor": tax, "total_minor": total}


def _paid(sums: Row, n: int) -> Row:
    """An order's sums with what was paid of them, and what was given back of that."""
    paid = [0, sums["total_minor"], sums["total_minor"] // 3, 99][n % 4]
    return {**sums, "paid_minor": paid, "refunded_minor": [0, paid // 2, paid][n % 3]}


def _discounted(n: int) -> Row:
    """What an order's discounts are, and who said so."""
    state = list(DiscountState)[n % 4]
    decided = state in (DiscountState.APPROVED, DiscountState.REJECTED)
    return {
        "discount_basis_points": [0, 500, 10000][n % 3],
        "discount_state": state,
        "discount_asked_at": moment(n) if n % 4 else None,
        "discount_asked_by_id": viewer_account(Role.SALES_REPRESENTATIVE) if n % 4 else None,
        "discount_decided_by_id": viewer_account(Role.FRONT_OFFICE_MANAGER) if decided else None,
    }


def _line(made: Nasty, order: int, position: int) -> Row:
    """A line, and how much of it is where, as the triggers of a real life would have summed it up."""
    quantity, total = position * order, made.minor()
    shipped = [0, quantity, quantity // 2, quantity // 3][order % 4]
    return _taxed(total, position) | {
        "order_id": key(4, order),
        "position": position,
        "product_id": key(3, (order + position) % 8 + 1),
        "currency": made.nth(Order, order)["currency"],
        "quantity": quantity,
        "discount_basis_points": [0, 1500, 10000][position % 3],
        "tax_rate_basis_points": [0, 700, 1900][position % 3],
        "warranty_months": [None, 0, 600][position % 3],
        "shipped_quantity": shipped,
        "allocated_quantity": [0, quantity - shipped, (quantity - shipped) // 2][order % 3],
        "returned_quantity": [0, shipped][order % 2],
        "refunded_quantity": [shipped, 0, shipped // 2][order % 3],
        "refunded_minor": [0, total, total // 3][order % 3],
    }


def _payment(made: Nasty, n: int) -> Row:
    if n in (4, 8):
        # The counter-entry of the one before it.
        return {"order_id": made.id_of(Order, n), "amount_minor": -100 * n, "reverses_id": key(46, n - 1)}
    return {"order_id": made.id_of(Order, n + 1), "reverses_id": None}


def returns(made: Nasty) -> None:
    """Makes what came back, and what was given back for it."""
    made.make(
        CustomerReturn,
        43,
        10,
        order_id=lambda n: made.nth(OrderLine, n * 3 + 1)["order_id"],
    )

    def returned(n: int) -> Row:
        back = made.nth(CustomerReturn, n)
        own = [line for line in made.rows[OrderLine] if line["order_id"] == back["order_id"]]
        return {
            "customer_return_id": back["id"],
            "position": n // 10 + 1,
            "order_line_id": own[(n - 1) % len(own)]["id"],
        }

    made.make(ReturnLine, 44, 14, returned)
    made.make(
        Refund,
        45,
        8,
        order_id=lambda n: made.nth(CustomerReturn, n)["order_id"],
        customer_return_id=lambda n: made.id_of(CustomerReturn, n) if n % 2 == 0 else None,
        answer_id=lambda n: key(54, n) if n % 2 else None,
        amount_minor=lambda n: n * 10,
        overpaid_minor=lambda n: [0, n, n * 10][n % 3],
    )
    made.make(
        RefundProposal,
        79,
        9,
        lambda n: {
            "status": list(ProposalStatus)[n % 3],
            "decided_at": moment(n) if n % 3 else None,
            "decided_by_id": key(1, 2) if n % 3 else None,
            "refund_id": made.id_of(Refund, n) if n % 3 == 1 else None,
        },
        order_id=lambda n: made.nth(CustomerReturn, n)["order_id"],
        customer_return_id=lambda n: made.id_of(CustomerReturn, n) if n % 2 == 0 else None,
        amount_minor=lambda n: n * 10,
        overpaid_minor=lambda n: [0, n, n * 10][n % 3],
        proposed_by_id=lambda n: key(1, [4, 8, 5][n % 3]),
    )
    made.make(
        RefundProposalLine, 80, 12, proposal_id=lambda n: made.id_of(RefundProposal, n), position=lambda n: n // 8 + 1
    )
    made.make(RefundLine, 47, 12, refund_id=lambda n: made.id_of(Refund, n), position=lambda n: n // 8 + 1)
