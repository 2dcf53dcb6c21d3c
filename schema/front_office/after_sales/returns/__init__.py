"""After-sales in the schema: returns, refunds and what is sent once more."""

from schema.front_office.after_sales.returns.changes import ReturnMutations
from schema.front_office.after_sales.returns.types import Returns

__all__ = ["ReturnMutations", "Returns"]
