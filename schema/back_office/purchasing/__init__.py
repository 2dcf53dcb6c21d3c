"""Purchasing: suppliers, what we order from them, who approves it, and what of it arrived."""

from schema.back_office.purchasing.changes import PurchaseOrderMutations
from schema.back_office.purchasing.suppliers import SupplierMutations
from schema.back_office.purchasing.types import PurchaseLimit, PurchaseOrder, Purchasing, Receipt, Supplier
from schema.kit.areas import Area

__all__ = [
    "PurchaseLimit",
    "PurchaseOrder",
    "PurchaseOrderMutations",
    "Purchasing",
    "Receipt",
    "Supplier",
    "SupplierMutations",
]

AREA = Area(
    back_office=(Purchasing,),
    mutations=(
        SupplierMutations,
        PurchaseOrderMutations,
    ),
)
