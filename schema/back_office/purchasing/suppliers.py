"""What is done with suppliers, and up to how much a role buys alone: inputs, payloads and mutations."""

from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

import strawberry

from models.permissions import Permission, Role
from resolvers.back_office import purchasing as use_cases
from resolvers.reading.declare import Access, changed, plain, plain_type
from schema.kit.errors import UserError
from schema.kit.legacy_verbs import ERRORS, expected_version, idempotency_key, key_of, member, optional, verb
from schema.kit.scalars import CurrencyCode

if TYPE_CHECKING:
    from schema.back_office.purchasing.types import PurchaseLimit, Supplier

WRITE = Permission.WRITE_PURCHASING
ALLOWANCE = "How much more than ordered is taken from it, in hundredths of a percent, 0 to 10000: 500 is 5 %."

# --- Inputs and payloads ----------------------------------------------------------------------------------------------


@strawberry.input(description="How to reach a supplier. An empty text removes what was there.")
class _ContactInput:
    """What may be known of a supplier."""

    contact_name: str | None = optional("Whom to ask for, at most 200 characters.")
    email: str | None = optional("E-mail address for purchase orders.", needs=Permission.READ_SUPPLIER_EMAIL)
    phone: str | None = optional("Telephone number, at most 50 characters.")
    street: str | None = optional("Street and house number, at most 200 characters.")
    city: str | None = optional("Town, at most 100 characters.")
    region: str | None = optional("State, province or region, at most 100 characters.")
    postal_code: str | None = optional("Postal code, at most 20 characters.")
    over_receipt_basis_points: int | None = optional(ALLOWANCE)
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="A company that we will buy from.")
class AddSupplierInput(_ContactInput):
    """A company that we will buy from."""

    name: str = member("What it is called, at most 200 characters.")
    country: str = member("Where it is, by its English name, at most 100 characters.")
    currency: CurrencyCode = member("In which currency it sells.")


@strawberry.input(description="What changed about a supplier; whatever is left out stays as it was.")
class ChangeSupplierInput(_ContactInput):
    """What changed about a supplier."""

    supplier: strawberry.ID = member("The supplier.")
    name: str | None = optional("What it is called, at most 200 characters.")
    country: str | None = optional("Where it is, by its English name, at most 100 characters.")
    currency: CurrencyCode | None = optional(
        "In which currency it sells from now on; purchase orders keep the one that they were drafted in."
    )
    expected_version: int | None = expected_version()


@strawberry.input(description="Up to how much a role sends purchase orders alone.")
class SetPurchaseLimitInput:
    """Up to how much a role sends purchase orders alone."""

    role: Role = member("A role that sends purchase orders and sees what they cost, and that the viewer does not hold.")
    currency: CurrencyCode = member("The currency of the limit.")
    limit: Decimal = member(
        "Up to how much, included, within 30 days at one supplier; 0 is nothing without a second person."
    )
    expected_version: int | None = expected_version()
    idempotency_key: str | None = idempotency_key()


@plain_type(Access.SIGNED_IN)
class SupplierPayload:
    """What became of a supplier."""

    ROWS: ClassVar = ("supplier",)
    supplier: "Supplier | None" = changed("The supplier as it now is; null when there are errors.")
    errors: list[UserError] = plain(ERRORS)


@plain_type(Access.SIGNED_IN)
class PurchaseLimitPayload:
    """What became of a limit."""

    ROWS: ClassVar = ("purchase_limit",)
    purchase_limit: "PurchaseLimit | None" = changed("The limit as it now is; null when there are errors.")
    errors: list[UserError] = plain(ERRORS)


# --- Mutations --------------------------------------------------------------------------------------------------------


def _data(given: AddSupplierInput | ChangeSupplierInput) -> use_cases.SupplierData:
    return use_cases.SupplierData(
        name=given.name,
        contact_name=given.contact_name,
        email=given.email,
        phone=given.phone,
        street=given.street,
        city=given.city,
        region=given.region,
        postal_code=given.postal_code,
        country=given.country,
        currency=given.currency,
        over_receipt_basis_points=given.over_receipt_basis_points,
    )


class SupplierMutations:
    """How the back office keeps its suppliers."""

    add_supplier = verb(
        "Adds a company that we buy from.",
        WRITE,
        AddSupplierInput,
        SupplierPayload,
        lambda viewer, given: use_cases.add_supplier(viewer, _data(given)),
    )
    change_supplier = verb(
        "Changes what is known of a supplier, and how much more than ordered is taken from it.",
        WRITE,
        ChangeSupplierInput,
        SupplierPayload,
        lambda viewer, given: use_cases.change_supplier(
            viewer, key_of(given.supplier, "sup"), _data(given), given.expected_version
        ),
    )
    set_purchase_limit = verb(
        "Says up to how much a role sends purchase orders alone. Never for a role of one's own, nor for one that sees no costs.",
        Permission.SET_PURCHASE_LIMITS,
        SetPurchaseLimitInput,
        PurchaseLimitPayload,
        lambda viewer, given: use_cases.set_purchase_limit(
            viewer, given.role, given.currency, given.limit, given.expected_version
        ),
    )
