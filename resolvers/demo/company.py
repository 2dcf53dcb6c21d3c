"""Northwind's customers, suppliers, products and orders, as its data say.

Invented: e-mail addresses at `<customer id>.example`, what a product costs us, 60 % of its list price, and up to which discount
each role sells alone. Northwind's data know discounts up to 25 %, and no taxes: both are kept so.
"""

from collections.abc import Iterable
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from unicodedata import normalize
from uuid import UUID

from models.back_office.products.catalogue import CostChange, ListPriceChange, Product, ProductCategory, ProductStatus
from models.back_office.purchasing import Supplier
from models.front_office.customers import Customer
from models.front_office.sales.orders import Order, OrderLine, OrderStatus
from models.front_office.sales.orders.terms import DiscountLimit
from models.front_office.service.answers import RedressLimit
from models.permissions import Role
from resolvers.demo.facts import FOUNDED, Row, fixed_id, moment, order_details, order_number, rows
from resolvers.demo.staff import Cast

CURRENCY = "USD"
COST_OF_LIST_PRICE = Decimal("0.60")
SMALLEST_PURCHASE = 20

DISCOUNT_LIMITS = {Role.SERVICE_AGENT: 500, Role.SALES_REPRESENTATIVE: 1500, Role.FRONT_OFFICE_MANAGER: 2500}
REFUND_LIMITS = {Role.ACCOUNTANT: 500_00}
"""Beside those for redress that every company begins with."""
"""In hundredths of a percent."""

ON_THE_WAY = timedelta(days=4)
"""How long a parcel took; Northwind's data end with its leaving the house."""

UNKNOWN_COUNTRY = "Unknown"
"""Two customers of the data have no address at all."""


ADDRESS = {"street": "Address", "city": "City", "region": "Region", "postal_code": "PostalCode"}
"""What parts of an address are called in Northwind's rows."""


SHIPPED_TO = {"name": "Name", "country": "Country", **ADDRESS}


def whole(value: Decimal) -> int:
    """Rounded half up, as on a bill."""
    return int(value.quantize(Decimal(1), ROUND_HALF_UP))


def invented_email(customer_id: str, contact_name: str) -> str:
    """An address of the person at a domain that cannot exist (RFC 2606)."""
    plain = normalize("NFKD", contact_name).encode("ascii", "ignore").decode().lower()
    return f"{'.'.join(plain.replace('.', ' ').split())}@{customer_id.lower()}.example"


def _reached(row: Row) -> dict[str, str | None]:
    """How somebody is called and reached, as the row of a customer or a supplier says."""
    columns = {"contact_name": "ContactName", "phone": "Phone", **ADDRESS}
    known = {name: row[column] or None for name, column in columns.items()}
    return {"name": row["CompanyName"], "country": row["Country"] or UNKNOWN_COUNTRY, **known}


async def customers() -> dict[str, Customer]:
    """Stores the customers; answers with them by Northwind's id."""
    made = {
        row["CustomerID"]: Customer(
            id=fixed_id("customer", number),
            number=f"C-{number:06}",
            email=invented_email(row["CustomerID"], row["ContactName"]),
            **_reached(row),
        )
        for number, row in enumerate(rows("Customers"), start=1)
    }
    await Customer.bulk_create(made.values())
    return made


async def suppliers() -> dict[str, Supplier]:
    """Stores the suppliers; answers with them by Northwind's id."""
    made = {
        row["SupplierID"]: Supplier(
            id=fixed_id("supplier", int(row["SupplierID"])),
            number=f"S-{int(row['SupplierID']):06}",
            currency=CURRENCY,
            over_receipt_basis_points=500,
            **_reached(row),
        )
        for row in rows("Suppliers")
    }
    await Supplier.bulk_create(made.values())
    return made


async def products(supplied_by: dict[str, Supplier]) -> dict[str, Product]:
    """Stores the products and their categories; answers with the products by Northwind's id."""
    categories = {
        row["CategoryID"]: ProductCategory(
            id=fixed_id("product category", int(row["CategoryID"])), name=row["CategoryName"]
        )
        for row in rows("Categories")
    }
    await ProductCategory.bulk_create(categories.values())
    made: dict[str, Product] = {}
    for row in rows("Products"):
        number = int(row["ProductID"])
        list_price = Decimal(row["UnitPrice"]) * 100
        made[row["ProductID"]] = Product(
            id=fixed_id("product", number),
            sku=f"P-{number:06}",
            name=row["ProductName"],
            category_id=categories[row["CategoryID"]].id,
            supplier_id=supplied_by[row["SupplierID"]].id,
            status=ProductStatus.WITHDRAWN if row["Discontinued"] == "1" else ProductStatus.ON_SALE,
            quantity_per_unit=row["QuantityPerUnit"] or None,
            currency=CURRENCY,
            list_price_minor=whole(list_price),
            cost_price_minor=whole(list_price * COST_OF_LIST_PRICE),
            reorder_level=int(row["ReorderLevel"]),
            reorder_quantity=max(int(row["UnitsOnOrder"]), 2 * int(row["ReorderLevel"]), SMALLEST_PURCHASE),
        )
    await Product.bulk_create(made.values())
    for ledger, kind, column in (
        (ListPriceChange, "list price", "list_price_minor"),
        (CostChange, "cost", "cost_price_minor"),
    ):
        opening: list[Any] = [
            ledger(
                id=fixed_id(kind, number),
                product_id=product.id,
                amount_minor=getattr(product, column),
                currency=CURRENCY,
                changed_at=FOUNDED,
                reason="Opening price list",
            )
            for number, product in enumerate(made.values(), start=1)
        ]
        await ledger.bulk_create(opening)
    return made


async def discount_limits() -> None:
    """Stores who may sell at which discount, and how much accountants give back alone."""
    await DiscountLimit.bulk_create(
        DiscountLimit(id=fixed_id("discount limit", number), role=role, limit_basis_points=limit)
        for number, (role, limit) in enumerate(DISCOUNT_LIMITS.items(), start=1)
    )
    await RedressLimit.bulk_create(
        RedressLimit(id=fixed_id("refund limit", number), role=role, currency=CURRENCY, limit_minor=limit)
        for number, (role, limit) in enumerate(REFUND_LIMITS.items(), start=1)
    )


async def orders(buyers: dict[str, Customer], sold: dict[str, Product], cast: Cast) -> dict[str, Order]:
    """Stores the orders and their lines; answers with the orders by Northwind's id."""
    details = order_details()
    made: dict[str, Order] = {}
    lines: list[OrderLine] = []
    for row in rows("Orders"):
        order = _order(row, buyers[row["CustomerID"]], cast.employees[row["EmployeeID"]].account)
        of_order = _lines(order, row, details[row["OrderID"]], sold)
        order.net_minor = order.total_minor = sum(line.total_minor for line in of_order)
        made[row["OrderID"]] = order
        lines.extend(of_order)
    await Order.bulk_create(made.values())
    await OrderLine.bulk_create(lines)
    return made


def _order(row: Row, customer: Customer, taken_by: UUID) -> Order:
    placed_at = moment(row["OrderDate"])
    shipped_at = moment(row["ShippedDate"]) if row["ShippedDate"] else None
    return Order(
        id=fixed_id("order", int(row["OrderID"]), placed_at),
        number=order_number(row["OrderID"]),
        customer_id=customer.id,
        status=OrderStatus.DELIVERED if shipped_at else OrderStatus.PLACED,
        placed_at=placed_at,
        required_at=moment(row["RequiredDate"]),
        shipped_at=shipped_at,
        delivered_at=shipped_at and shipped_at + ON_THE_WAY,
        currency=CURRENCY,
        taken_by_id=taken_by,
        asked_by=customer.contact_name,
        customer_name=customer.name,
        **{f"bill_{name}": getattr(customer, name) for name in (*ADDRESS, "country")},
        **{f"ship_{name}": row[f"Ship{column}"] or None for name, column in SHIPPED_TO.items()},
    )


def _lines(order: Order, row: Row, details: Iterable[Row], sold: dict[str, Product]) -> list[OrderLine]:
    lines: list[OrderLine] = []
    for position, detail in enumerate(details, start=1):
        unit_price = whole(Decimal(detail["UnitPrice"]) * 100)
        quantity = int(detail["Quantity"])
        discount = whole(Decimal(detail["Discount"]) * 10_000)
        total = whole(Decimal(unit_price * quantity * (10_000 - discount)) / 10_000)
        lines.append(
            OrderLine(
                id=fixed_id("order line", int(row["OrderID"]) * 100 + position, order.placed_at),
                order_id=order.id,
                position=position,
                product_id=sold[detail["ProductID"]].id,
                product_name=sold[detail["ProductID"]].name,
                quantity=quantity,
                unit_price_minor=unit_price,
                discount_basis_points=discount,
                currency=CURRENCY,
                net_minor=total,
                total_minor=total,
            )
        )
    return lines
