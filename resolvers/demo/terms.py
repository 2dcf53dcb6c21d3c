"""The terms on which the demo company sells. Northwind's data know discounts up to 25 %, and no taxes: both are kept so."""

from models.front_office.sales.orders.terms import DiscountLimit
from models.permissions import Role
from resolvers.demo.facts import fixed_id

LIMITS = {Role.SERVICE_AGENT: 500, Role.SALES_REPRESENTATIVE: 1500, Role.FRONT_OFFICE_MANAGER: 2500}
"""Up to which discount each role sells alone, in hundredths of a percent; invented."""


async def discount_limits() -> None:
    """Stores who may sell at which discount."""
    await DiscountLimit.bulk_create(
        DiscountLimit(id=fixed_id("discount limit", number), role=role, limit_basis_points=limit)
        for number, (role, limit) in enumerate(LIMITS.items(), start=1)
    )
