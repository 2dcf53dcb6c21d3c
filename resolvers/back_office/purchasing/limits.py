"""Up to how much a role sends purchase orders alone. Nobody sets the limit of a role that they hold themselves.

The surprising rule: only roles that see costs have limits (see models/back_office/purchasing).
"""

from decimal import Decimal

from models.back_office.purchasing import LARGEST_PURCHASE_MINOR, SENDS_ALONE, PurchaseLimit
from models.kit.base import new_id
from models.kit.money import amount_of, minor_of
from models.permissions import Role
from resolvers.back_office.purchasing.shared import Keys, decimals
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.viewer import Viewer


async def set_purchase_limit(
    viewer: Viewer, role: Role, currency: str, limit: Decimal, expected_version: int | None
) -> Keys:
    """Says up to how much a role may send alone in a currency; 0 is nothing without a second person."""
    errors = InputErrors()
    if role not in SENDS_ALONE:
        errors.add(
            "role", f"{role} sends no purchase orders alone: that takes who may write them and see what they cost."
        )
    elif role in viewer.roles:
        errors.add("role", f"You are {role} yourself: somebody else sets its limit.", "OWN_ROLE")
    minor = minor_of(limit, currency)
    if minor is None:
        errors.add("limit", decimals(currency))
    elif not 0 <= minor <= LARGEST_PURCHASE_MINOR:
        largest = amount_of(LARGEST_PURCHASE_MINOR, currency)
        errors.add("limit", f"A limit is not below 0 and at most {largest} {currency}.")
    mine = PurchaseLimit(id=new_id(), role=role, currency=currency, limit_minor=max(minor or 0, 0), version=1)
    if minor is not None and minor <= LARGEST_PURCHASE_MINOR:
        await PurchaseLimit.bulk_create([mine], ignore_conflicts=True)
    kept = await PurchaseLimit.select_for_update().get_or_none(role=role, currency=currency)
    if kept is not None:
        errors.version(kept.version, expected_version)
    errors.raise_if_any()
    assert minor is not None and kept is not None
    if kept.id != mine.id:
        kept.limit_minor = minor
        kept.version += 1
        await kept.save()
    return {"purchase_limit": kept.id}
