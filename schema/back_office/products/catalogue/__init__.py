"""Products: what both offices see of them, and what is done with them."""

from schema.back_office.products.catalogue.changes import ProductMutations
from schema.back_office.products.catalogue.types import Product, ProductCategory, Products

__all__ = ["Product", "ProductCategory", "ProductMutations", "Products"]
