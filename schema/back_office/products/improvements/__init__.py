"""Improvements: what is done so that complaints do not come back, and whether it helped."""

from schema.back_office.products.improvements.changes import ImprovementMutations
from schema.back_office.products.improvements.types import Improvement, Improvements
from schema.kit.areas import Area

__all__ = ["Improvement", "ImprovementMutations", "Improvements"]

AREA = Area(
    front_office=(Improvements,),
    back_office=(Improvements,),
    mutations=(ImprovementMutations,),
)
