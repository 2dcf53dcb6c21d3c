"""Suppliers: who they are, how to reach them, and how much more than ordered we take from them."""

from typing import Any

from models.back_office.purchasing import Supplier, SupplierEvent
from models.kit.base import new_id, now
from models.kit.money import CurrencyCode
from models.permissions import Permission
from resolvers.both_offices.accounts.administration import clean_email
from resolvers.events import record
from resolvers.kit.commands import LONGEST_LINE, Command, InputErrors, Key, Keys, Update, Viewer, command, member
from resolvers.kit.loading import find
from resolvers.kit.numbers import next_number

ALL_OF_IT = 10_000
"""Basis points: as much again as was ordered."""

TEXTS = {
    "contact_name": ("contactName", 200),
    "phone": ("phone", 50),
    "street": ("street", 200),
    "city": ("city", 100),
    "region": ("region", 100),
    "postal_code": ("postalCode", 20),
}
"""What may be left empty: the member, and how many characters are kept of it."""
LONGEST_COUNTRY = 100


@command
class _SupplierData(Command):
    """What may be known of a supplier."""

    contact_name: str | None = member("Whom to ask for, at most 200 characters.", default=None)
    email: str | None = member(
        "E-mail address for purchase orders.", default=None, needs=Permission.READ_SUPPLIER_EMAIL
    )
    phone: str | None = member("Telephone number, at most 50 characters.", default=None)
    street: str | None = member("Street and house number, at most 200 characters.", default=None)
    city: str | None = member("Town, at most 100 characters.", default=None)
    region: str | None = member("State, province or region, at most 100 characters.", default=None)
    postal_code: str | None = member("Postal code, at most 20 characters.", default=None)
    over_receipt_basis_points: int | None = member(
        "How much more than ordered is taken from it, in hundredths of a percent, 0 to 10000: 500 is 5 %.", default=None
    )


@command
class AddSupplier(_SupplierData):
    """A company that we will buy from."""

    name: str = member("What it is called, at most 200 characters.")
    country: str = member("Where it is, by its English name, at most 100 characters.")
    currency: CurrencyCode = member("In which currency it sells.")


async def add_supplier(viewer: Viewer, given: AddSupplier) -> Keys:
    """Adds a company that we buy from."""
    errors = InputErrors()
    columns = _columns(given, errors)
    errors.raise_if_any()
    at = now()
    supplier = await Supplier.create(id=new_id(), number=await next_number("SUP", at), **columns)
    await record(SupplierEvent.ADDED, supplier, actor=viewer, at=at)
    return {"supplier": supplier.id}


OPEN = {"name", "country"}
"""What everybody reads of a supplier who reads any."""


@command
class ChangeSupplier(_SupplierData, Update):
    """What changed about a supplier; whatever is left out stays as it was."""

    supplier: Key[Supplier] = member("The supplier.")
    name: str | None = member("What it is called, at most 200 characters.", default=None)
    country: str | None = member("Where it is, by its English name, at most 100 characters.", default=None)
    currency: CurrencyCode | None = member(
        "In which currency it sells from now on; purchase orders keep the one that they were drafted in.", default=None
    )


async def change_supplier(viewer: Viewer, given: ChangeSupplier) -> Keys:
    """Changes what is known of a supplier, and how much more than ordered is taken from it."""
    errors = InputErrors()
    supplier = await find(viewer, Supplier, given.supplier, errors, given.expected_version, lock=True)
    columns = _columns(given, errors)
    errors.raise_if_any()
    assert supplier is not None
    supplier.update_from_dict(columns)
    # The rest is only for some who read suppliers; the event counts for them.
    await (supplier.save_next_version() if columns.keys() & OPEN else supplier.save())
    await record(SupplierEvent.CHANGED, supplier, actor=viewer)
    return {"supplier": supplier.id}


def _columns(given: AddSupplier | ChangeSupplier, errors: InputErrors) -> dict[str, Any]:
    """What is to be written of a supplier: nothing of what was left out, and None for an empty text."""
    columns: dict[str, Any] = {}
    if given.name is not None:
        columns["name"] = errors.text("name", given.name, LONGEST_LINE)
    if given.country is not None:
        columns["country"] = errors.text("country", given.country, LONGEST_COUNTRY)
    if given.currency is not None:
        columns["currency"] = given.currency
    for column, (named, longest) in TEXTS.items():
        if getattr(given, column) is not None:
            columns[column] = errors.optional_text(named, getattr(given, column), longest)
    if given.email is not None:
        columns["email"] = clean_email(given.email)
        if columns["email"] is None and given.email.strip():
            errors.add("email", "This is no e-mail address.")
    if given.over_receipt_basis_points is not None:
        columns["over_receipt_basis_points"] = given.over_receipt_basis_points
        message = f"Hundredths of a percent: 0 to {ALL_OF_IT}."
        errors.number("overReceiptBasisPoints", given.over_receipt_basis_points, ALL_OF_IT, least=0, message=message)
    return columns
