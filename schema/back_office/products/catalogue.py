"""Products: what both offices see of them, what only those see who deal with cost and supply, and what is done with them."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from models.back_office.logistics.inventory.stock import available_sql
from models.back_office.products import catalogue as products
from models.back_office.purchasing import on_order_sql
from models.events import TOLD_OF_PRODUCTS, events_about
from models.kit.text import searchable
from models.permissions import Permission
from resolvers.back_office.products.catalogue import (
    MACHINE,
    add_product,
    change_product,
    phase_out,
    put_on_sale,
    set_cost,
    set_list_price,
    withdraw_product,
)
from resolvers.back_office.products.categories import add_product_category, rename_product_category
from resolvers.reading.declare import column, computed, expression, history, many, money, node, one, read
from resolvers.reading.relay import Connection, Node
from resolvers.reading.sources import EntryNode, EntryRows, SqlContext
from resolvers.reading.values import next_statuses
from schema.kit.areas import Area
from schema.kit.events import version
from schema.kit.mutations import changed, mutation, payload, payload_of
from schema.kit.scalars import Money

if TYPE_CHECKING:
    from schema.back_office.logistics.inventory import Batch, StockBalance, StockMove
    from schema.back_office.production import BillLine, BillOfMaterials, WorkOrder
    from schema.back_office.products.decisions import ProductDecision
    from schema.back_office.products.improvements import Improvement
    from schema.back_office.purchasing import Supplier
    from schema.both_offices.accounts import Account
    from schema.front_office.service.complaints import Complaint
    from schema.kit.events import RecordEvent

SUPPLY = Permission.READ_SUPPLIERS
PRICE, COST = Permission.READ_LIST_PRICES, Permission.READ_COST_PRICE
WRITE = Permission.WRITE_PRODUCTS


def _name_in(table: str, column: str) -> Callable[[SqlContext], str]:
    """What a record that a product points to is called."""
    return lambda row: f"(SELECT named.name FROM {table} named WHERE named.id = {row.column(column)})"


@node(products.ProductCategory, prefix="pct", needs=Permission.READ_PRODUCTS)
class ProductCategory(Node):
    """A kind of product. Tax may depend on it."""

    name: str = column("What it is called.", filter=True, sort=True)
    version: int = column("Counts its changes, for `expectedVersion`.")
    products: "Connection[Product]" = many("What is of this kind, by name.", "category_id", "name")


@node(products.Product, prefix="prd", needs=Permission.READ_PRODUCTS)
class Product(Node):
    """Something that we sell."""

    sku: str = column("The stock keeping unit: the number that people quote.", filter=True, sort=True)
    name: str = column("What it is called.", filter=True, sort=True)
    category: "ProductCategory | None" = one("What kind of product it is.", "category_id")
    category_name: str | None = computed(
        "What its kind of product is called.", _name_in("product_categories", "category_id"), filter=True
    )
    status: products.ProductStatus = column("Where it is in its life.", filter=True, sort=True)
    next_statuses: list[products.ProductStatus] = expression(
        "What the viewer may make of it now.", next_statuses(MACHINE)
    )
    unit: products.Unit = column("What quantities of it count.", filter=True)
    quantity_per_unit: str | None = column("What one piece holds, in words.")
    list_price: Money = money("What a customer pays for one piece, before discount.", "list_price_minor", needs=PRICE)
    cost: Money | None = money("What one piece costs us.", "cost_price_minor", needs=COST)
    list_price_history: "Connection[ListPriceChange]" = many(
        "What it has cost customers, latest first.", "product_id", "-changed_at"
    )
    cost_history: "Connection[CostChange]" = many(
        "What we have reckoned that it costs us, latest first.", "product_id", "-changed_at"
    )
    is_made: bool = column("Whether we make it ourselves, by a bill of materials.", filter=True)
    warranty_months: int | None = column("Months of warranty, from delivery; null for none.")
    shelf_life_days: int | None = column("Days that it keeps, from being made; null when it does not expire.")
    supplier: "Supplier | None" = one("Who supplies it.", "supplier_id")
    supplier_name: str | None = computed(
        "What its supplier is called.", _name_in("suppliers", "supplier_id"), needs=SUPPLY, filter=True
    )
    units_in_stock: int = column("How much of it is in the house, whoever it is promised to.", filter=True, sort=True)
    units_available: int = computed(
        "How much of it can be promised to customers.", lambda row: available_sql(row.column("id")), filter=True
    )
    units_on_order: int = computed(
        "How much of it is to come from suppliers.", lambda row: on_order_sql(row.column("id")), filter=True
    )
    reorder_level: int = column("At how much available more is ordered.", filter=True, sort=True)
    reorder_quantity: int = column("How much is ordered at a time; with 0 nothing is proposed.")
    stock_alert: products.StockAlert | None = column(
        "What was told last of how little there is; null while there is enough, and of what is withdrawn.", filter=True
    )
    stock: "Connection[StockBalance]" = many(
        "Where it lies, batch by batch; where it lay once is at 0.", "product_id", ""
    )
    stock_moves: "Connection[StockMove]" = many("How it came and went, latest first.", "product_id", "-at")
    batches: "Connection[Batch]" = many("Its batches, latest first.", "product_id", "-made_at")
    discontinued: bool = computed(
        "Whether it is no longer sold.", lambda row: f"{row.column('status')} = 'WITHDRAWN'", filter=True
    )
    complaints: "Connection[Complaint]" = many(
        "Complaints about this product, latest first.", "product_id", "-received_at"
    )
    improvements: "Connection[Improvement]" = many(
        "Improvements that are measured by this product, latest first.", "product_id", "-proposed_at"
    )
    decisions: "Connection[ProductDecision]" = many(
        "What was decided about this product, latest first.", "product_id", "-decided_at"
    )
    bills_of_materials: "Connection[BillOfMaterials]" = many(
        "What it is made of, version by version.", "product_id", "revision"
    )
    used_in: "Connection[BillLine]" = many("What it is a component of, also in former versions.", "component_id", "")
    work_orders: "Connection[WorkOrder]" = many("Orders to make it.", "product_id", "")
    history: "Connection[RecordEvent]" = history(
        "What happened to it, as far as the viewer may know, oldest first.",
        products.Product,
        needs=Permission.READ_PRODUCTS,
        told=lambda product: events_about(product, *TOLD_OF_PRODUCTS),
    )
    version: int = version(products.Product)


@node(products.ListPriceChange, prefix="lpc", needs=PRICE)
class ListPriceChange(Node):
    """From when a product has had a list price, and who said so."""

    product: "Product | None" = one("The product.", "product_id")
    amount: Money = money("What a customer paid for one unit from then on, before discount and tax.", "amount_minor")
    reason: str | None = column("Why.", needs=COST)
    changed_at: datetime = column("When it was set.", filter=True, sort=True)
    changed_by: "Account | None" = one("Who set it.", "changed_by_id")


@node(products.CostChange, prefix="cch", needs=COST)
class CostChange(Node):
    """From when we have reckoned with a cost of a product, and who said so."""

    product: "Product | None" = one("The product.", "product_id")
    amount: Money = money("What one unit cost us from then on.", "amount_minor")
    reason: str | None = column("Why.")
    changed_at: datetime = column("When it was set.", filter=True, sort=True)
    changed_by: "Account | None" = one("Who set it.", "changed_by_id")


class Products:
    """Either office's way to products."""

    product: "Product | None" = read(EntryNode(), "One product.", needs=Permission.READ_PRODUCTS)
    products: "Connection[Product]" = read(
        EntryRows("name", "search_text", searchable), "All products, by name.", needs=Permission.READ_PRODUCTS
    )
    product_categories: "Connection[ProductCategory]" = read(
        EntryRows("name"), "All kinds of products, by name.", needs=Permission.READ_PRODUCTS
    )


ProductPayload = payload_of(Product)


@payload
class ProductCategoryPayload:
    """What became of a category of products."""

    category: "ProductCategory | None" = changed("The category as it now is; null when there are errors.")


MUTATIONS = (
    mutation(WRITE, add_product, shows=ProductPayload),
    mutation(WRITE, change_product, shows=ProductPayload),
    mutation(WRITE, set_list_price, shows=ProductPayload),
    mutation(WRITE, set_cost, shows=ProductPayload),
    mutation(WRITE, put_on_sale, shows=ProductPayload),
    mutation(WRITE, phase_out, shows=ProductPayload),
    mutation(WRITE, withdraw_product, shows=ProductPayload),
    mutation(WRITE, add_product_category, shows=ProductCategoryPayload),
    mutation(WRITE, rename_product_category, shows=ProductCategoryPayload),
)

AREA = Area(front_office=(Products,), back_office=(Products,), mutations=MUTATIONS)
