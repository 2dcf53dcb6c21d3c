"""Products: what we sell, what it costs the customer and what it costs us. Stock figures are columns for now."""

from tortoise import fields

from models.base import Record, all_rows
from models.money import CurrencyCodeField


class Product(Record):
    """Something that we sell. Prices are in minor units of `currency`, stock figures count pieces."""

    sku = fields.CharField(max_length=20, unique=True)
    name = fields.CharField(max_length=200)
    category = fields.CharField(max_length=100)
    supplier_name = fields.CharField(max_length=200, null=True)
    quantity_per_unit = fields.CharField(max_length=100, null=True)
    currency = CurrencyCodeField()
    list_price_minor = fields.BigIntField()
    cost_price_minor = fields.BigIntField(null=True)
    units_in_stock = fields.IntField(default=0)
    units_on_order = fields.IntField(default=0)
    reorder_level = fields.IntField(default=0)
    discontinued = fields.BooleanField(default=False)

    class Meta:
        table = "products"
        indexes = (("name", "id"),)


visible_products = all_rows
