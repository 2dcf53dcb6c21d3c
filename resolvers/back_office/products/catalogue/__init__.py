"""Products: added, described, priced, put on sale and withdrawn; and as other use cases reach them."""

from resolvers.back_office.products.catalogue.categories import add_product_category, rename_product_category
from resolvers.back_office.products.catalogue.describing import NewProduct, ProductChange, add_product, change_product
from resolvers.back_office.products.catalogue.life import phase_out, put_on_sale, withdraw_product
from resolvers.back_office.products.catalogue.prices import set_cost, set_list_price
from resolvers.back_office.products.catalogue.shared import access_product

__all__ = [
    "NewProduct",
    "ProductChange",
    "access_product",
    "add_product",
    "add_product_category",
    "change_product",
    "phase_out",
    "put_on_sale",
    "rename_product_category",
    "set_cost",
    "set_list_price",
    "withdraw_product",
]
