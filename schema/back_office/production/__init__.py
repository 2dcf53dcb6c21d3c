"""Production: what products are made of, the work orders that make them, and the checks of their batches."""

from schema.back_office.production.changes import BillMutations, WorkOrderMutations
from schema.back_office.production.quality import QualityMutations
from schema.back_office.production.types import (
    BatchEvent,
    BillLine,
    BillOfMaterials,
    Production,
    QualityCheck,
    WorkOrder,
)
from schema.kit.areas import Area

__all__ = [
    "BatchEvent",
    "BillLine",
    "BillMutations",
    "BillOfMaterials",
    "Production",
    "QualityCheck",
    "QualityMutations",
    "WorkOrder",
    "WorkOrderMutations",
]

AREA = Area(
    back_office=(Production,),
    mutations=(
        BillMutations,
        WorkOrderMutations,
        QualityMutations,
    ),
)
