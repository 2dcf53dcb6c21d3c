"""Products: what both offices see of them, and what is done with them."""

from schema.back_office.products.catalogue.changes import ProductMutations
from schema.back_office.products.catalogue.types import Product, ProductCategory, Products
from schema.kit.areas import Area

__all__ = ["Product", "ProductCategory", "ProductMutations", "Products"]

AREA = Area(
    front_office=(Products,),
    back_office=(Products,),
    mutations=(ProductMutations,),
)
