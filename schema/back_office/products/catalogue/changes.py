"""What is done with products: inputs, payloads and mutations."""

from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

import strawberry

from models.back_office.products.catalogue import Unit
from models.permissions import Permission
from resolvers.back_office.products import catalogue as use_cases
from resolvers.reading.declare import Access, changed, plain, plain_type
from schema.kit.errors import UserError
from schema.kit.legacy_verbs import ERRORS, expected_version, idempotency_key, key_of, member, optional, verb
from schema.kit.scalars import CurrencyCode

if TYPE_CHECKING:
    from schema.back_office.products.catalogue.types import Product, ProductCategory

WRITE = Permission.WRITE_PRODUCTS

CATEGORY = "What kind of product it is; its tax may depend on it."
SUPPLIER = "Who supplies it."
QUANTITY_PER_UNIT = "What one unit holds, in words of at most 100 characters; empty for none."
WARRANTY_MONTHS = "Months of warranty from delivery, 0 to 1,200; 0 for none."
SHELF_LIFE_DAYS = "Days that it keeps from being made, 0 to 36,500; 0 when it does not expire."
REASON = "Why, at most 10,000 characters. Only who sees costs reads it."

# --- Inputs -----------------------------------------------------------------------------------------------------------


@strawberry.input(description="A product that is added, as a draft.")
class AddProductInput:
    """A product that is added, as a draft."""

    sku: str = member("The stock keeping unit, at most 20 characters: the number that people quote. It stays for ever.")
    name: str = member("What it is called, at most 200 characters.")
    unit: Unit = strawberry.field(description="What quantities of it count. It stays for ever.", default=Unit.PIECE)
    list_price: Decimal = member("What a customer pays for one unit, before discount and tax.")
    currency: CurrencyCode = member("The currency of its prices and costs. It stays for ever.")
    cost: Decimal | None = optional("What one unit costs us, as far as we know.")
    category: strawberry.ID | None = optional(CATEGORY)
    supplier: strawberry.ID | None = optional(SUPPLIER)
    quantity_per_unit: str | None = optional(QUANTITY_PER_UNIT)
    warranty_months: int | None = optional(WARRANTY_MONTHS)
    shelf_life_days: int | None = optional(SHELF_LIFE_DAYS)
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="Which product.")
class _ProductInput:
    """What every verb on a product takes."""

    product: strawberry.ID = member("The product.")
    expected_version: int | None = expected_version()
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="What is said about a product anew; whatever is left out stays as it was.")
class ChangeProductInput(_ProductInput):
    """What `change_product` takes."""

    name: str | None = optional("What it is called, at most 200 characters.")
    category: strawberry.ID | None = optional(CATEGORY)
    no_category: bool = strawberry.field(description="It is of no category.", default=False)
    supplier: strawberry.ID | None = optional(SUPPLIER)
    no_supplier: bool = strawberry.field(description="Nobody supplies it.", default=False)
    quantity_per_unit: str | None = optional(QUANTITY_PER_UNIT)
    warranty_months: int | None = optional(WARRANTY_MONTHS)
    shelf_life_days: int | None = optional(SHELF_LIFE_DAYS)


@strawberry.input(description="What a product costs customers from now on.")
class SetListPriceInput(_ProductInput):
    """What `set_list_price` takes."""

    amount: Decimal = member("What a customer pays for one unit, before discount and tax, in the product's currency.")
    reason: str | None = optional(REASON)


@strawberry.input(description="What a product costs us from now on.")
class SetCostInput(_ProductInput):
    """What `set_cost` takes."""

    amount: Decimal = member("What one unit costs us, in the product's currency.")
    reason: str | None = optional(REASON)


@strawberry.input(description="What `putOnSale` takes.")
class PutOnSaleInput(_ProductInput):
    """What `put_on_sale` takes."""


@strawberry.input(description="What `phaseOut` takes.")
class PhaseOutInput(_ProductInput):
    """What `phase_out` takes."""


@strawberry.input(description="What `withdrawProduct` takes.")
class WithdrawProductInput(_ProductInput):
    """What `withdraw_product` takes."""


@strawberry.input(description="A category of products.")
class AddProductCategoryInput:
    """What `add_product_category` takes."""

    name: str = member("What it is called, at most 100 characters, unlike every other category.")
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="What a category is called from now on.")
class RenameProductCategoryInput:
    """What `rename_product_category` takes."""

    category: strawberry.ID = member("The category.")
    name: str = member("What it is called, at most 100 characters, unlike every other category.")
    expected_version: int | None = expected_version()
    idempotency_key: str | None = idempotency_key()


@plain_type(Access.SIGNED_IN)
class ProductPayload:
    """What became of a product."""

    ROWS: ClassVar = ("product",)
    product: "Product | None" = changed("The product as it now is; null when there are errors.")
    errors: list[UserError] = plain(ERRORS)


@plain_type(Access.SIGNED_IN)
class ProductCategoryPayload:
    """What became of a category of products."""

    ROWS: ClassVar = ("category",)
    category: "ProductCategory | None" = changed("The category as it now is; null when there are errors.")
    errors: list[UserError] = plain(ERRORS)


# --- Mutations --------------------------------------------------------------------------------------------------------


def _new(given: AddProductInput) -> use_cases.NewProduct:
    about = use_cases.ProductChange(
        name=given.name,
        category=key_of(given.category, "pct"),
        names_category=given.category is not None,
        supplier=key_of(given.supplier, "sup"),
        names_supplier=given.supplier is not None,
        quantity_per_unit=given.quantity_per_unit,
        warranty_months=given.warranty_months,
        shelf_life_days=given.shelf_life_days,
    )
    return use_cases.NewProduct(given.sku, given.unit, given.currency, given.list_price, given.cost, about)


def _change(given: ChangeProductInput) -> use_cases.ProductChange:
    return use_cases.ProductChange(
        name=given.name,
        category=key_of(given.category, "pct"),
        names_category=given.category is not None,
        no_category=given.no_category,
        supplier=key_of(given.supplier, "sup"),
        names_supplier=given.supplier is not None,
        no_supplier=given.no_supplier,
        quantity_per_unit=given.quantity_per_unit,
        warranty_months=given.warranty_months,
        shelf_life_days=given.shelf_life_days,
    )


class ProductMutations:
    """What the back office does with products."""

    add_product = verb(
        "Adds a product as a draft, which nobody can order before `putOnSale`.",
        WRITE,
        AddProductInput,
        ProductPayload,
        lambda viewer, given: use_cases.add_product(viewer, _new(given)),
    )
    change_product = verb(
        "Describes a product anew. Orders keep the name that it had when they were placed.",
        WRITE,
        ChangeProductInput,
        ProductPayload,
        lambda viewer, given: use_cases.change_product(
            viewer, key_of(given.product, "prd"), _change(given), given.expected_version
        ),
    )
    set_list_price = verb(
        "Sets a product's list price. Orders that were placed keep theirs.",
        WRITE,
        SetListPriceInput,
        ProductPayload,
        lambda viewer, given: use_cases.set_list_price(
            viewer, key_of(given.product, "prd"), given.amount, given.reason, given.expected_version
        ),
    )
    set_cost = verb(
        "Sets what we reckon that a product costs us. Batches keep what they did cost.",
        WRITE,
        SetCostInput,
        ProductPayload,
        lambda viewer, given: use_cases.set_cost(
            viewer, key_of(given.product, "prd"), given.amount, given.reason, given.expected_version
        ),
    )
    put_on_sale = verb(
        "Puts a product on sale: from now on it can be ordered, bought and made.",
        WRITE,
        PutOnSaleInput,
        ProductPayload,
        lambda viewer, given: use_cases.put_on_sale(viewer, key_of(given.product, "prd"), given.expected_version),
    )
    phase_out = verb(
        "Phases a product out: what there is of it is sold, and none is bought or made again.",
        WRITE,
        PhaseOutInput,
        ProductPayload,
        lambda viewer, given: use_cases.phase_out(viewer, key_of(given.product, "prd"), given.expected_version),
    )
    withdraw_product = verb(
        "Withdraws a product: nobody can order it any more. `decideProduct` does so too, with reasons and figures.",
        WRITE,
        WithdrawProductInput,
        ProductPayload,
        lambda viewer, given: use_cases.withdraw_product(viewer, key_of(given.product, "prd"), given.expected_version),
    )
    add_product_category = verb(
        "Adds a category of products.",
        WRITE,
        AddProductCategoryInput,
        ProductCategoryPayload,
        lambda viewer, given: use_cases.add_product_category(viewer, given.name),
    )
    rename_product_category = verb(
        "Calls a category otherwise.",
        WRITE,
        RenameProductCategoryInput,
        ProductCategoryPayload,
        lambda viewer, given: use_cases.rename_product_category(
            viewer, key_of(given.category, "pct"), given.name, given.expected_version
        ),
    )
