"""Adding products and describing them. A new product is a draft: nobody can order it before it is put on sale."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from models.back_office.products.catalogue import (
    CostChange,
    ListPriceChange,
    Product,
    ProductCategory,
    ProductStatus,
    Unit,
    visible_product_categories,
)
from models.back_office.purchasing import Supplier, visible_suppliers
from models.kit.base import new_id, now
from models.kit.events import EventKind
from resolvers.back_office.logistics.inventory.reordering import propose_purchases
from resolvers.back_office.products.catalogue.shared import Keys, price_of, product_at, write
from resolvers.events import record
from resolvers.kit.input_errors import LONGEST_LINE, InputErrors
from resolvers.kit.loading import access
from resolvers.kit.locks import PRODUCTS_LOCK, alone
from resolvers.kit.viewer import Viewer

LONGEST_SKU = 20
LONGEST_QUANTITY_PER_UNIT = 100
LONGEST_WARRANTY_MONTHS = 1_200
LONGEST_SHELF_LIFE_DAYS = 36_500


@dataclass(frozen=True, slots=True)
class ProductChange:
    """What is said about a product; what is None stays as it was.

    `names_category` is whether one was named at all, whether or not there is such a one; `no_category` takes it away. 0 months
    are no warranty, 0 days are no end of its shelf life, and an empty `quantity_per_unit` is none.
    """

    name: str | None = None
    category: UUID | None = None
    names_category: bool = False
    no_category: bool = False
    supplier: UUID | None = None
    names_supplier: bool = False
    no_supplier: bool = False
    quantity_per_unit: str | None = None
    warranty_months: int | None = None
    shelf_life_days: int | None = None


@dataclass(frozen=True, slots=True)
class NewProduct:
    """A product that is added. Its unit and its currency stay for ever: quantities and amounts are on record in them."""

    sku: str
    unit: Unit
    currency: str
    list_price: Decimal
    cost: Decimal | None
    about: ProductChange


async def add_product(viewer: Viewer, given: NewProduct) -> Keys:
    """Adds a product as a draft; its first list price and cost begin their histories."""
    errors = InputErrors()
    product = Product(
        id=new_id(),
        sku=errors.text("sku", given.sku, LONGEST_SKU),
        status=ProductStatus.DRAFT,
        unit=given.unit,
        currency=given.currency,
        list_price_minor=price_of(given.list_price, given.currency, "listPrice", errors),
        cost_price_minor=None if given.cost is None else price_of(given.cost, given.currency, "cost", errors),
    )
    await _describe(viewer, product, given.about, errors)
    await alone(PRODUCTS_LOCK)
    if not errors.count and await Product.exists(sku=product.sku):
        errors.add("sku", "Another product has this number.", "TAKEN")
    errors.raise_if_any()
    at = now()
    await product.save(force_create=True)
    said: dict[str, Any] = {
        "product_id": product.id,
        "currency": product.currency,
        "changed_at": at,
        "changed_by_id": viewer.account,
    }
    await ListPriceChange.create(id=new_id(), amount_minor=product.list_price_minor, **said)
    if product.cost_price_minor is not None:
        await CostChange.create(id=new_id(), amount_minor=product.cost_price_minor, **said)
    await record(EventKind.PRODUCT_ADDED, actor=viewer.account, at=at, product_id=product.id)
    return {"product": product.id}


async def change_product(viewer: Viewer, key: UUID | None, change: ProductChange, expected_version: int | None) -> Keys:
    """Describes a product anew. Orders keep the name that it had when they were placed."""
    errors = InputErrors()
    product = await product_at(viewer, key, errors, expected_version)
    changed = await _describe(viewer, product, change, errors)
    if not changed and not errors.count:
        errors.add("product", "Nothing is to be changed.", "NOTHING_TO_CHANGE")
    errors.raise_if_any()
    at = now()
    keys = await write(viewer, product, changed, EventKind.PRODUCT_CHANGED, at)
    if "supplier_id" in changed:
        # What runs low and had nobody to be bought from has somebody now.
        await propose_purchases([product.id], at)
    return keys


async def _describe(viewer: Viewer, product: Product, change: ProductChange, errors: InputErrors) -> list[str]:
    """Writes what is said into a product that is not saved yet; answers with the names of its columns."""
    changed: list[str] = []
    if change.name is not None:
        product.name = errors.text("name", change.name, LONGEST_LINE)
        changed.append("name")
    if change.quantity_per_unit is not None:
        product.quantity_per_unit = errors.optional_text(
            "quantityPerUnit", change.quantity_per_unit, LONGEST_QUANTITY_PER_UNIT
        )
        changed.append("quantity_per_unit")
    if change.warranty_months is not None:
        product.warranty_months = _span("warrantyMonths", change.warranty_months, LONGEST_WARRANTY_MONTHS, errors)
        changed.append("warranty_months")
    if change.shelf_life_days is not None:
        product.shelf_life_days = _span("shelfLifeDays", change.shelf_life_days, LONGEST_SHELF_LIFE_DAYS, errors)
        changed.append("shelf_life_days")
    if change.names_category or change.no_category:
        category = await access(viewer, ProductCategory, visible_product_categories, change.category, lock=False)
        _check_reference("category", change.names_category, change.no_category, category is not None, errors)
        product.category_id = category.id if category else None
        changed.append("category_id")
    if change.names_supplier or change.no_supplier:
        supplier = await access(viewer, Supplier, visible_suppliers, change.supplier, lock=False)
        _check_reference("supplier", change.names_supplier, change.no_supplier, supplier is not None, errors)
        product.supplier_id = supplier.id if supplier else None
        changed.append("supplier_id")
    return changed


def _check_reference(member: str, names_one: bool, takes_away: bool, found: bool, errors: InputErrors) -> None:
    switch = f"no{member.capitalize()}"
    if names_one and takes_away:
        errors.add(switch, f"`{member}` is named: leave `{switch}` out.")
    elif names_one and not found:
        errors.not_found(member, member)


def _span(member: str, given: int, longest: int, errors: InputErrors) -> int | None:
    if not 0 <= given <= longest:
        errors.add(member, f"`{member}` is between 0, for none, and {longest}.")
    return given or None
