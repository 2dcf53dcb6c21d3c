"""After-sales in the schema: returns, refunds and what is sent once more."""

from schema.front_office.after_sales.returns.changes import ReturnMutations
from schema.front_office.after_sales.returns.types import Returns
from schema.kit.areas import Area

__all__ = ["ReturnMutations", "Returns"]

AREA = Area(
    front_office=(Returns,),
    back_office=(Returns,),
    mutations=(ReturnMutations,),
)
