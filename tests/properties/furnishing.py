"""What every house of these tests has: limits, a warehouse with a place of each kind, batches that lie somewhere, bills."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from models.back_office.logistics.inventory import Batch, BatchStatus, Location, LocationKind, Warehouse
from models.back_office.logistics.inventory.stock import MoveKind, StockMove
from models.back_office.production import BillLine, BillOfMaterials, BillStatus
from models.front_office.sales.orders.terms import DiscountLimit
from models.kit.base import new_id
from models.permissions import Role


async def limit_discounts(sales: int, manager: int) -> None:
    """Sets how many hundredths of a percent sales representatives and their managers may give away."""
    await DiscountLimit.create(role=Role.SALES_REPRESENTATIVE, limit_basis_points=sales)
    await DiscountLimit.create(role=Role.FRONT_OFFICE_MANAGER, limit_basis_points=manager)


async def open_warehouse(warehouse: UUID, places: Mapping[LocationKind, UUID], country: str = "Austria") -> None:
    """Makes the main warehouse, with these places."""
    await Warehouse.create(id=warehouse, code="MAIN", name="Main", country=country)
    for kind, place in places.items():
        await Location.create(id=place, warehouse_id=warehouse, code=kind.value, kind=kind)


async def lay_down(
    product: UUID | str,
    batch: UUID,
    number: str,
    place: UUID,
    quantity: int,
    at: datetime,
    move: UUID | None = None,
    **others: Any,
) -> None:
    """Makes a batch of a product that lies in a place from the beginning."""
    own: dict[str, Any] = {"product_id": product, "batch_id": batch}
    await Batch.create(id=batch, number=number, product_id=product, status=BatchStatus.RELEASED, made_at=at, **others)
    opening: dict[str, Any] = {"kind": MoveKind.ADJUST, "reason": "Opening balance", "quantity": quantity, "at": at}
    await StockMove.create(id=move or new_id(), **own, location_id=place, **opening)


async def bill_for(
    product: UUID | str, output: int, components: Mapping[Any, int], at: datetime, bill: UUID | None = None
) -> None:
    """Makes the bill of materials by which a product is made: what goes into so many pieces."""
    made = await BillOfMaterials.create(
        id=bill or new_id(),
        product_id=product,
        revision=1,
        status=BillStatus.ACTIVE,
        output_quantity=output,
        drafted_at=at,
        activated_at=at,
    )
    for position, (component, quantity) in enumerate(components.items(), start=1):
        await BillLine.create(bill_id=made.id, position=position, component_id=component, quantity=quantity)
