"""After-sales in the schema: returns, refunds and what is sent once more."""

from schema.front_office.returns.changes import ReturnMutations
from schema.front_office.returns.types import Returns

__all__ = ["ReturnMutations", "Returns"]
