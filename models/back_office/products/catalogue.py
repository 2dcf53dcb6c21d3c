"""Products: what we sell, what it costs the customer and what it costs us, how each came to be, and whether it is sold.

The surprising rule: `units_in_stock` is written by the database alone, whenever a stock move is (see inventory).
"""

from typing import Any

from tortoise import fields

from models.kit.base import Record, all_rows, optional_reference, reference
from models.kit.constraints import at_least
from models.kit.enums import DescribedEnum
from models.kit.events import EventKind
from models.kit.money import CurrencyCodeField
from models.kit.searching import SearchText
from models.kit.states import Transition, Transitions
from models.permissions import Permission


class Unit(DescribedEnum):
    """What a quantity of a product counts. Quantities are always whole numbers of it."""

    PIECE = "PIECE", "Single pieces, or whatever is sold as one."
    BOX = "BOX", "Boxes."
    GRAM = "GRAM", "Grams."
    KILOGRAM = "KILOGRAM", "Kilograms."
    MILLILITRE = "MILLILITRE", "Millilitres."
    LITRE = "LITRE", "Litres."
    METRE = "METRE", "Metres."


class ProductStatus(DescribedEnum):
    """Where a product is in its life."""

    DRAFT = "DRAFT", "Being prepared; nobody can order it."
    ON_SALE = "ON_SALE", "Sold, bought and made."
    PHASING_OUT = "PHASING_OUT", "Sold while there is stock, not bought or made again."
    WITHDRAWN = "WITHDRAWN", "No longer sold."


_S = ProductStatus

_ON_SALE = Transition(_S.ON_SALE, Permission.WRITE_PRODUCTS, ("putOnSale",))
_PHASING_OUT = Transition(_S.PHASING_OUT, Permission.WRITE_PRODUCTS, ("phaseOut",))
_WITHDRAWN = Transition(_S.WITHDRAWN, Permission.WRITE_PRODUCTS, ("withdrawProduct",))

TRANSITIONS: Transitions = {
    _S.DRAFT: (_ON_SALE, _WITHDRAWN),
    _S.ON_SALE: (_PHASING_OUT, _WITHDRAWN),
    _S.PHASING_OUT: (_ON_SALE, _WITHDRAWN),
    _S.WITHDRAWN: (_ON_SALE,),
}

SOLD = frozenset({_S.ON_SALE, _S.PHASING_OUT})
"""What can be ordered."""

REPLENISHED = frozenset({_S.DRAFT, _S.ON_SALE})
"""What is bought and made: also what is not sold yet, as a trial, and never what is phased out."""


class StockAlert(DescribedEnum):
    """How little of a product can still be promised."""

    LOW = "LOW", "No more than its reorder level."
    OUT = "OUT", "Nothing."


class ProductSearchText(SearchText):
    """What staff look a product up by."""

    COLUMNS = ("sku", "name")


class ProductEvent(EventKind):
    """What happens to products; that one was changed may be that its cost was set."""

    ADDED = "PRODUCT_ADDED", "A product was added."
    CHANGED = (
        "PRODUCT_CHANGED",
        "A product was described anew, or its price or cost was set.",
        Permission.READ_COST_PRICE,
    )
    STATUS_CHANGED = "PRODUCT_STATUS_CHANGED", "A product was put on sale, is phased out, or was withdrawn."


class ProductCategory(Record):
    """A kind of product. Tax rates may depend on it."""

    label = member = "category"

    name = fields.CharField(max_length=100, unique=True)
    version = fields.IntField(default=1)

    class Meta:
        table = "product_categories"
        by_code_point = ("name",)


class Product(Record):
    """Something that we sell, or make something of. Prices are in minor units of `currency`, stock figures count `unit`s.

    `warranty_months` runs from delivery, `shelf_life_days` from making; null where there is none. `stock_alert` is what was
    told last of how little there is, so that it is told once (see resolvers/back_office/logistics/inventory/reordering).
    """

    history_needs = Permission.READ_PRODUCTS
    transitions = TRANSITIONS

    sku = fields.CharField(max_length=20, unique=True)
    name = fields.CharField(max_length=200)
    category_id = optional_reference("ProductCategory", related_name="products")
    supplier_id = optional_reference("Supplier", related_name="products")
    status = fields.CharEnumField(ProductStatus, max_length=20, default=ProductStatus.ON_SALE, db_default="ON_SALE")
    unit = fields.CharEnumField(Unit, max_length=20, default=Unit.PIECE, db_default="PIECE")
    quantity_per_unit = fields.CharField(max_length=100, null=True)
    currency = CurrencyCodeField()
    list_price_minor = fields.BigIntField()
    cost_price_minor = fields.BigIntField(null=True)
    is_made = fields.BooleanField(default=False, db_default=False)
    warranty_months = fields.IntField(null=True)
    shelf_life_days = fields.IntField(null=True)
    units_in_stock = fields.IntField(default=0)
    reorder_level = fields.IntField(default=0)
    reorder_quantity = fields.IntField(default=0, db_default=0)
    stock_alert: Any = fields.CharEnumField(StockAlert, max_length=20, null=True)
    search_text: Any = ProductSearchText(default="", db_default="")
    version = fields.IntField(default=1, db_default=1)

    class Meta:
        table = "products"
        indexes = (("name", "id"), ("category_id", "name", "id"), ("supplier_id", "name", "id"))
        checks = {
            "prices": at_least(0, "list_price_minor", "cost_price_minor"),
            "stock": at_least(0, "units_in_stock", "reorder_level"),
            "reorder_quantity": at_least(0, "reorder_quantity"),
            "spans": at_least(0, "warranty_months", "shelf_life_days"),
        }
        by_code_point = ("sku", "name", "status")
        sums = ("units_in_stock",)


class ListPriceChange(Record):
    """From when a product has had a list price, and who said so. Rows are only added."""

    product_id = reference("Product", related_name="list_price_changes")
    amount_minor = fields.BigIntField()
    currency = CurrencyCodeField()
    reason: Any = fields.TextField(null=True)
    changed_at = fields.DatetimeField()
    changed_by_id = optional_reference("Account")

    class Meta:
        table = "list_price_changes"
        indexes = (("product_id", "changed_at", "id"),)
        checks = {"amount": at_least(0, "amount_minor")}
        append_only = True


class CostChange(Record):
    """From when we have reckoned with a cost of a product, and who said so. Rows are only added."""

    product_id = reference("Product", related_name="cost_changes")
    amount_minor = fields.BigIntField()
    currency = CurrencyCodeField()
    reason: Any = fields.TextField(null=True)
    changed_at = fields.DatetimeField()
    changed_by_id = optional_reference("Account")

    class Meta:
        table = "cost_changes"
        indexes = (("product_id", "changed_at", "id"),)
        checks = {"amount": at_least(0, "amount_minor")}
        append_only = True


ProductCategory.row_scope = all_rows
Product.hidden_changes = (ProductEvent.CHANGED,)
Product.row_scope = all_rows
ListPriceChange.row_scope = all_rows
CostChange.row_scope = all_rows
