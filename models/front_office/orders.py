"""Orders: what a customer ordered, line by line. Prices are copied to the line when ordered, never read from the product."""

from typing import TYPE_CHECKING

from tortoise import fields

from models.base import Record, all_rows
from models.enums import DescribedEnum
from models.money import CurrencyCodeField

if TYPE_CHECKING:
    from models.back_office.products import Product
    from models.front_office.customers import Customer


class OrderStatus(DescribedEnum):
    """How far an order is."""

    PLACED = "PLACED", "Ordered, nothing has left the house."
    SHIPPED = "SHIPPED", "Everything has left the house."
    CANCELLED = "CANCELLED", "Will not be delivered."


class Order(Record):
    """What one customer ordered at one time. `total_minor` is the sum of its lines, in minor units of `currency`."""

    number = fields.CharField(max_length=20, unique=True)
    customer: fields.ForeignKeyRelation["Customer"] = fields.ForeignKeyField(
        "models.Customer", related_name="orders", on_delete=fields.RESTRICT, db_index=False
    )
    status = fields.CharEnumField(OrderStatus, max_length=20)
    placed_at = fields.DatetimeField()
    required_at = fields.DatetimeField(null=True)
    shipped_at = fields.DatetimeField(null=True)
    currency = CurrencyCodeField()
    total_minor = fields.BigIntField()
    ship_name = fields.CharField(max_length=200, null=True)
    ship_street = fields.CharField(max_length=200, null=True)
    ship_city = fields.CharField(max_length=100, null=True)
    ship_region = fields.CharField(max_length=100, null=True)
    ship_postal_code = fields.CharField(max_length=20, null=True)
    ship_country = fields.CharField(max_length=100, null=True)

    class Meta:
        table = "orders"
        indexes = (("customer_id", "placed_at", "id"), ("placed_at", "id"))


class OrderLine(Record):
    """One product on an order. `discount_basis_points` is hundredths of a percent off `unit_price_minor` x `quantity`."""

    order: fields.ForeignKeyRelation[Order] = fields.ForeignKeyField(
        "models.Order", related_name="lines", on_delete=fields.RESTRICT, db_index=False
    )
    position = fields.IntField()
    product: fields.ForeignKeyRelation["Product"] = fields.ForeignKeyField(
        "models.Product", related_name="order_lines", on_delete=fields.RESTRICT, db_index=True
    )
    quantity = fields.IntField()
    unit_price_minor = fields.BigIntField()
    discount_basis_points = fields.IntField(default=0)
    currency = CurrencyCodeField()
    total_minor = fields.BigIntField()

    class Meta:
        table = "order_lines"
        unique_together = (("order_id", "position"),)


visible_orders = all_rows
visible_order_lines = all_rows
