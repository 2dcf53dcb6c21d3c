"""Northwind's customers, products and orders, as its data say.

Invented: e-mail addresses at `<customer id>.example`, and what a product costs us, 60 % of its list price.
"""

from collections import defaultdict
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from unicodedata import normalize

from models.back_office.products import Product
from models.front_office.customers import Customer
from models.front_office.orders import Order, OrderLine, OrderStatus
from resolvers.demo.facts import Row, fixed_id, moment, order_number, rows

CURRENCY = "USD"
COST_OF_LIST_PRICE = Decimal("0.60")

UNKNOWN_COUNTRY = "Unknown"
"""Two customers of the data have no address at all."""


def whole(value: Decimal) -> int:
    """Rounded half up, as on a bill."""
    return int(value.quantize(Decimal(1), ROUND_HALF_UP))


def invented_email(customer_id: str, contact_name: str) -> str:
    """An address of the person at a domain that cannot exist (RFC 2606)."""
    plain = normalize("NFKD", contact_name).encode("ascii", "ignore").decode().lower()
    return f"{'.'.join(plain.replace('.', ' ').split())}@{customer_id.lower()}.example"


async def customers() -> dict[str, Customer]:
    """Stores the customers; answers with them by Northwind's id."""
    made = {
        row["CustomerID"]: Customer(
            id=fixed_id("customer", number),
            number=f"C-{number:06}",
            name=row["CompanyName"],
            contact_name=row["ContactName"] or None,
            email=invented_email(row["CustomerID"], row["ContactName"]),
            phone=row["Phone"] or None,
            street=row["Address"] or None,
            city=row["City"] or None,
            region=row["Region"] or None,
            postal_code=row["PostalCode"] or None,
            country=row["Country"] or UNKNOWN_COUNTRY,
        )
        for number, row in enumerate(rows("Customers"), start=1)
    }
    await Customer.bulk_create(made.values())
    return made


async def products() -> dict[str, Product]:
    """Stores the products; answers with them by Northwind's id."""
    categories = {row["CategoryID"]: row["CategoryName"] for row in rows("Categories")}
    suppliers = {row["SupplierID"]: row["CompanyName"] for row in rows("Suppliers")}
    made: dict[str, Product] = {}
    for row in rows("Products"):
        number = int(row["ProductID"])
        list_price = Decimal(row["UnitPrice"]) * 100
        made[row["ProductID"]] = Product(
            id=fixed_id("product", number),
            sku=f"P-{number:06}",
            name=row["ProductName"],
            category=categories[row["CategoryID"]],
            supplier_name=suppliers[row["SupplierID"]],
            quantity_per_unit=row["QuantityPerUnit"] or None,
            currency=CURRENCY,
            list_price_minor=whole(list_price),
            cost_price_minor=whole(list_price * COST_OF_LIST_PRICE),
            units_in_stock=int(row["UnitsInStock"]),
            units_on_order=int(row["UnitsOnOrder"]),
            reorder_level=int(row["ReorderLevel"]),
            discontinued=row["Discontinued"] == "1",
        )
    await Product.bulk_create(made.values())
    return made


async def orders(buyers: dict[str, Customer], sold: dict[str, Product]) -> dict[str, Order]:
    """Stores the orders and their lines; answers with the orders by Northwind's id."""
    details: defaultdict[str, list[Row]] = defaultdict(list)
    for detail in rows("OrderDetails"):
        details[detail["OrderID"]].append(detail)
    made: dict[str, Order] = {}
    lines: list[OrderLine] = []
    for row in rows("Orders"):
        order = _order(row, buyers[row["CustomerID"]])
        of_order = _lines(order, row, details[row["OrderID"]], sold)
        order.total_minor = sum(line.total_minor for line in of_order)
        made[row["OrderID"]] = order
        lines.extend(of_order)
    await Order.bulk_create(made.values())
    await OrderLine.bulk_create(lines)
    return made


def _order(row: Row, customer: Customer) -> Order:
    placed_at = moment(row["OrderDate"])
    return Order(
        id=fixed_id("order", int(row["OrderID"]), placed_at),
        number=order_number(row["OrderID"]),
        customer_id=customer.id,
        status=OrderStatus.SHIPPED if row["ShippedDate"] else OrderStatus.PLACED,
        placed_at=placed_at,
        required_at=moment(row["RequiredDate"]),
        shipped_at=moment(row["ShippedDate"]) if row["ShippedDate"] else None,
        currency=CURRENCY,
        ship_name=row["ShipName"] or None,
        ship_street=row["ShipAddress"] or None,
        ship_city=row["ShipCity"] or None,
        ship_region=row["ShipRegion"] or None,
        ship_postal_code=row["ShipPostalCode"] or None,
        ship_country=row["ShipCountry"] or None,
    )


def _lines(order: Order, row: Row, details: Iterable[Row], sold: dict[str, Product]) -> list[OrderLine]:
    lines: list[OrderLine] = []
    for position, detail in enumerate(details, start=1):
        unit_price = whole(Decimal(detail["UnitPrice"]) * 100)
        quantity = int(detail["Quantity"])
        discount = whole(Decimal(detail["Discount"]) * 10_000)
        lines.append(
            OrderLine(
                id=fixed_id("order line", int(row["OrderID"]) * 100 + position, order.placed_at),
                order_id=order.id,
                position=position,
                product_id=sold[detail["ProductID"]].id,
                quantity=quantity,
                unit_price_minor=unit_price,
                discount_basis_points=discount,
                currency=CURRENCY,
                total_minor=whole(Decimal(unit_price * quantity * (10_000 - discount)) / 10_000),
            )
        )
    return lines
