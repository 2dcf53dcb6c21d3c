"""Tax rates by country and kind of product: from one day to the next another rate, and what was in force stays known.

The surprising rule: rates are only added at the end of a series; what orders were taxed with is never written anew.
"""

from datetime import date, timedelta
from uuid import UUID

from models.back_office.products.catalogue import ProductCategory
from models.front_office.sales.orders import TaxRate
from models.kit.base import new_id, now
from resolvers.front_office.sales.orders.pricing import WHOLE
from resolvers.front_office.sales.orders.shared import Keys
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.loading import visible
from resolvers.kit.locks import TAX_RATES_LOCK, alone
from resolvers.kit.viewer import Viewer


async def set_tax_rate(
    viewer: Viewer,
    country: str,
    category: UUID | None,
    names_category: bool,
    rate_basis_points: int,
    valid_from: date | None,
    expected_version: int | None,
) -> Keys:
    """Says what tax is added in a country, for a kind of product or in general, from a day on; the running rate ends before it.

    `expected_version` is that of the running rate. Without a day it is today's, in Coordinated Universal Time.
    """
    errors = InputErrors()
    await alone(TAX_RATES_LOCK)
    place = errors.text("country", country, 100)
    found = await visible(viewer, ProductCategory, category)
    if names_category and found is None:
        errors.not_found("productCategory", "kind of product")
    if not 0 <= rate_basis_points <= WHOLE:
        errors.add("rateBasisPoints", f"A rate is between 0 and {WHOLE} hundredths of a percent.")
    since = valid_from or now().date()
    if not 1900 <= since.year <= 2200:
        errors.add("validFrom", "`validFrom` is between 1900 and 2200.")
    errors.raise_if_any()
    last = (
        await TaxRate.filter(country__iexact=place, category_id=found.id if found else None)
        .order_by("-valid_from")
        .first()
    )
    if last is not None:
        # However it is written, it is the same country: one series of rates, which orders find.
        place = last.country
        errors.version(last.version, expected_version)
        if last.valid_from >= since:
            errors.add("validFrom", f"A rate was set from {last.valid_from} on; the next one begins later.")
    errors.raise_if_any()
    if last is not None and (last.valid_until is None or last.valid_until >= since):
        last.valid_until = since - timedelta(days=1)
        last.version += 1
        await last.save()
    rate = await TaxRate.create(
        id=new_id(),
        country=place,
        category_id=found.id if found else None,
        rate_basis_points=rate_basis_points,
        valid_from=since,
    )
    return {"tax_rate": rate.id}
