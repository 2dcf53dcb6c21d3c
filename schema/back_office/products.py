"""Products: what both offices see of them, and what only those see who deal with cost and supply."""

from typing import TYPE_CHECKING

from models.back_office import products
from models.permissions import Permission
from resolvers.reading.declare import Connection, EntryNode, EntryRows, Node, column, many, money, node, read
from schema.scalars import Money

if TYPE_CHECKING:
    from schema.back_office.improvements import Improvement
    from schema.back_office.product_decisions import ProductDecision
    from schema.front_office.complaints import Complaint

SUPPLY = Permission.READ_SUPPLIERS


@node(products.Product, prefix="prd", rows=products.visible_products, needs=Permission.READ_PRODUCTS)
class Product(Node):
    """Something that we sell."""

    sku: str = column("The stock keeping unit: the number that people quote.", filter=True, sort=True)
    name: str = column("What it is called.", filter=True, sort=True)
    category: str = column("What kind of product it is.", filter=True, sort=True)
    quantity_per_unit: str | None = column("What one piece holds, in words.")
    list_price: Money = money("What a customer pays for one piece, before discount.", "list_price_minor")
    cost: Money | None = money("What one piece costs us.", "cost_price_minor", needs=Permission.READ_COST_PRICE)
    supplier_name: str | None = column("Who supplies it.", needs=SUPPLY, filter=True, sort=True)
    units_in_stock: int = column("Pieces in stock.", filter=True, sort=True)
    units_on_order: int = column("Pieces ordered from the supplier.", filter=True, sort=True)
    reorder_level: int = column("At how many pieces more is ordered.", filter=True, sort=True)
    discontinued: bool = column("Whether it is no longer sold.", filter=True)
    complaints: "Connection[Complaint]" = many(
        "Complaints about this product, latest first.", "product_id", "-received_at"
    )
    improvements: "Connection[Improvement]" = many(
        "Improvements that are measured by this product, latest first.", "product_id", "-proposed_at"
    )
    decisions: "Connection[ProductDecision]" = many(
        "What was decided about this product, latest first.", "product_id", "-decided_at"
    )


class Products:
    """Either office's way to products."""

    product: "Product | None" = read(EntryNode(), "One product.", needs=Permission.READ_PRODUCTS)
    products: "Connection[Product]" = read(EntryRows("name"), "All products, by name.", needs=Permission.READ_PRODUCTS)
