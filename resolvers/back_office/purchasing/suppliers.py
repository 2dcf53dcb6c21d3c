"""Suppliers: who they are, how to reach them, and how much more than ordered we take from them."""

from dataclasses import dataclass
from uuid import UUID

from models.back_office.purchasing import Supplier, visible_suppliers
from models.kit.base import new_id, now
from models.kit.events import EventKind
from resolvers.back_office.purchasing.shared import Keys
from resolvers.both_offices.accounts.identity import clean_email
from resolvers.events import record
from resolvers.kit.input_errors import LONGEST_LINE, InputErrors
from resolvers.kit.loading import access
from resolvers.kit.numbers import next_number
from resolvers.kit.viewer import Viewer

ALL_OF_IT = 10_000
"""Basis points: as much again as was ordered."""

LONGEST: dict[str, int] = {
    "contact_name": 200,
    "phone": 50,
    "street": 200,
    "city": 100,
    "region": 100,
    "postal_code": 20,
}
"""What may be left empty, and how many characters are kept of it."""
LONGEST_COUNTRY = 100


@dataclass(frozen=True, slots=True)
class SupplierData:
    """What is known of a supplier. What is None stays as it was, an empty text removes what was there."""

    name: str | None = None
    contact_name: str | None = None
    email: str | None = None
    phone: str | None = None
    street: str | None = None
    city: str | None = None
    region: str | None = None
    postal_code: str | None = None
    country: str | None = None
    currency: str | None = None
    over_receipt_basis_points: int | None = None


async def add_supplier(viewer: Viewer, given: SupplierData) -> Keys:
    """Adds a supplier. Nothing is taken above what is ordered unless an allowance says so."""
    errors = InputErrors()
    supplier = Supplier(id=new_id())
    _write(supplier, given, errors)
    errors.raise_if_any()
    at = now()
    supplier.number = await next_number("SUP", at)
    await supplier.save(force_create=True)
    await record(EventKind.SUPPLIER_ADDED, actor=viewer.account, at=at, supplier_id=supplier.id)
    return {"supplier": supplier.id}


async def change_supplier(viewer: Viewer, key: UUID | None, given: SupplierData, expected_version: int | None) -> Keys:
    """Changes what is known of a supplier. Purchase orders keep the currency that they were drafted in."""
    errors = InputErrors()
    supplier = await access(viewer, Supplier, visible_suppliers, key)
    if supplier is None:
        errors.not_found("supplier", "supplier")
        supplier = Supplier()
    else:
        errors.version(supplier.version, expected_version)
    _write(supplier, given, errors)
    errors.raise_if_any()
    supplier.version += 1
    await supplier.save()
    await record(EventKind.SUPPLIER_CHANGED, actor=viewer.account, at=now(), supplier_id=supplier.id)
    return {"supplier": supplier.id}


def _write(supplier: Supplier, given: SupplierData, errors: InputErrors) -> None:
    if given.name is not None:
        supplier.name = errors.text("name", given.name, LONGEST_LINE)
    if given.country is not None:
        supplier.country = errors.text("country", given.country, LONGEST_COUNTRY)
    if given.currency is not None:
        supplier.currency = given.currency
    for column, longest in LONGEST.items():
        text = getattr(given, column)
        if text is not None:
            first, *others = column.split("_")
            member = first + "".join(map(str.capitalize, others))
            setattr(supplier, column, errors.optional_text(member, text, longest))
    if given.email is not None:
        supplier.email = clean_email(given.email)
        if supplier.email is None and given.email.strip():
            errors.add("email", "This is no e-mail address.")
    if given.over_receipt_basis_points is not None:
        supplier.over_receipt_basis_points = given.over_receipt_basis_points
        if not 0 <= given.over_receipt_basis_points <= ALL_OF_IT:
            errors.add("overReceiptBasisPoints", f"Hundredths of a percent: 0 to {ALL_OF_IT}.")
