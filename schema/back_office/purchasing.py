"""Purchasing: suppliers, what we order from them, and what of it arrived."""

from typing import TYPE_CHECKING

from models.back_office import purchasing
from models.permissions import Permission
from resolvers.reading.declare import Connection, EntryRows, Node, column, many, node, read

if TYPE_CHECKING:
    from schema.back_office.products import Product


@node(purchasing.Supplier, prefix="sup", rows=purchasing.visible_suppliers, needs=Permission.READ_SUPPLIERS)
class Supplier(Node):
    """A company that we buy from."""

    number: str = column("The number that people quote.", filter=True, sort=True)
    name: str = column("What it is called.", filter=True, sort=True)
    country: str = column("Where it is, by its English name.", filter=True, sort=True)
    products: "Connection[Product]" = many("What it supplies, by name.", "supplier_id", "name")


class Purchasing:
    """The back office's way to suppliers."""

    suppliers: "Connection[Supplier]" = read(
        EntryRows("name"), "All suppliers, by name.", needs=Permission.READ_SUPPLIERS
    )
