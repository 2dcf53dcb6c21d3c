"""What the secretive company sells, and where it lies: enough for everything from an order to its return to happen."""

from models.back_office.logistics.inventory import (
    LocationKind,
)
from models.back_office.products.catalogue import Product
from models.kit.base import now
from tests.properties.adversarial.making import key
from tests.properties.furnishing import bill_for, lay_down, limit_discounts, open_warehouse

GOODS = [key(3, 101 + n) for n in range(5)]
BATCHES_EACH = 3
PLENTY = 10_000


async def stock_up() -> None:
    """A warehouse with one place of each kind, five products in it, of which the last is made of the first, and limits."""
    at = now()
    await limit_discounts(1000, 5000)
    places = {kind: key(20, number) for number, kind in enumerate(LocationKind, start=1)}
    await open_warehouse(key(19, 1), places)
    for number, product in enumerate(GOODS, start=1):
        await Product.create(
            id=product,
            sku=f"G-{number}",
            name=f"Goods {number}",
            list_price_minor=100 * number,
            cost_price_minor=50 * number,
            currency="EUR",
            is_made=product == GOODS[-1],
            warranty_months=6,
        )
        for lot in range(BATCHES_EACH):
            n = number * BATCHES_EACH + lot
            shelf = places[LocationKind.STORAGE]
            await lay_down(product, key(21, n), f"G-{number}-{lot}", shelf, PLENTY, at, key(22, n))
    await bill_for(GOODS[-1], 1, {GOODS[0]: 1}, at, key(23, 1))
