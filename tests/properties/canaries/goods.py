"""What the secretive company sells, and where it lies: enough for everything from an order to its return to happen."""

from models.back_office.logistics.inventory import (
    Batch,
    BatchStatus,
    Location,
    LocationKind,
    MoveKind,
    StockMove,
    Warehouse,
)
from models.back_office.production import BillLine, BillOfMaterials, BillStatus
from models.back_office.products.catalogue import Product
from models.front_office.sales.orders import DiscountLimit
from models.kit.base import now
from models.permissions import Role
from tests.properties.adversarial.company import key

GOODS = [key(3, 101 + n) for n in range(5)]
BATCHES_EACH = 3
PLENTY = 10_000


async def stock_up() -> None:
    """A warehouse with one place of each kind, five products in it, of which the last is made of the first, and limits."""
    at = now()
    await DiscountLimit.create(role=Role.SALES_REPRESENTATIVE, limit_basis_points=1000)
    await DiscountLimit.create(role=Role.FRONT_OFFICE_MANAGER, limit_basis_points=5000)
    warehouse = await Warehouse.create(id=key(19, 1), code="MAIN", name="Main", country="Austria")
    for number, kind in enumerate(LocationKind, start=1):
        await Location.create(id=key(20, number), warehouse_id=warehouse.id, code=kind.value, kind=kind)
    shelf = await Location.get(warehouse_id=warehouse.id, kind=LocationKind.STORAGE)
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
            batch = await Batch.create(
                id=key(21, number * BATCHES_EACH + lot),
                number=f"G-{number}-{lot}",
                product_id=product,
                status=BatchStatus.RELEASED,
                made_at=at,
            )
            await StockMove.create(
                id=key(22, number * BATCHES_EACH + lot),
                product_id=product,
                batch_id=batch.id,
                location_id=shelf.id,
                kind=MoveKind.ADJUST,
                reason="Opening balance",
                quantity=PLENTY,
                at=at,
            )
    bill = await BillOfMaterials.create(
        id=key(23, 1),
        product_id=GOODS[-1],
        revision=1,
        status=BillStatus.ACTIVE,
        output_quantity=1,
        drafted_at=at,
        activated_at=at,
    )
    await BillLine.create(bill_id=bill.id, position=1, component_id=GOODS[0], quantity=1)
