"""Products: added, described, priced, put on sale, phased out and withdrawn.

The surprising rule: a product's stock figures are the database's own, so a changed product is saved column by column.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from models.back_office.products.catalogue import (
    CostChange,
    ListPriceChange,
    Product,
    ProductCategory,
    ProductEvent,
    ProductStatus,
    Unit,
)
from models.back_office.purchasing import Supplier
from models.kit.base import Record, new_id, now
from models.kit.events import EventKind
from models.kit.money import CurrencyCode
from models.kit.states import move_to
from resolvers.back_office.logistics.inventory.reordering import alert, propose_purchases
from resolvers.events import record
from resolvers.kit.commands import LONGEST_LINE, Command, InputErrors, Key, Keys, Update, Viewer, command, member
from resolvers.kit.loading import find, load
from resolvers.kit.locks import PRODUCTS_LOCK, alone
from resolvers.kit.state_machine import StateMachine

M = TypeVar("M", bound=Record)

MACHINE = StateMachine(Product, {})

Ledger = type[ListPriceChange] | type[CostChange]
COLUMNS: dict[Ledger, str] = {ListPriceChange: "list_price_minor", CostChange: "cost_price_minor"}
"""What each ledger tells the past of."""

LARGEST_PRICE_MINOR = 10_000_000_000
"""What one unit may cost, in minor units: times the largest quantity, it still fits into a column."""

NAME = "What it is called, at most 200 characters."
CATEGORY = "What kind of product it is; its tax may depend on it."
SUPPLIER = "Who supplies it."
QUANTITY_PER_UNIT = "What one unit holds, in words of at most 100 characters; empty for none."
WARRANTY_MONTHS = "Months of warranty from delivery, 0 to 1,200; 0 for none."
SHELF_LIFE_DAYS = "Days that it keeps from being made, 0 to 36,500; 0 when it does not expire."
REASON = "Why, at most 10,000 characters. Only who sees costs reads it."


@command
class ProductCommand(Update):
    """What every verb on a product takes."""

    product: Key[Product] = member("The product.")


# --- What it is -------------------------------------------------------------------------------------------------------


@command
class AddProduct(Command):
    """A product that is added, as a draft."""

    sku: str = member("The stock keeping unit, at most 20 characters: the number that people quote. It stays for ever.")
    name: str = member(NAME)
    unit: Unit = member("What quantities of it count. It stays for ever.", default=Unit.PIECE)
    list_price: Decimal = member("What a customer pays for one unit, before discount and tax.")
    currency: CurrencyCode = member("The currency of its prices and costs. It stays for ever.")
    cost: Decimal | None = member("What one unit costs us, as far as we know.", default=None)
    category: Key[ProductCategory] | None = member(CATEGORY, default=None)
    supplier: Key[Supplier] | None = member(SUPPLIER, default=None)
    quantity_per_unit: str | None = member(QUANTITY_PER_UNIT, default=None)
    warranty_months: int | None = member(WARRANTY_MONTHS, default=None)
    shelf_life_days: int | None = member(SHELF_LIFE_DAYS, default=None)


async def add_product(viewer: Viewer, given: AddProduct) -> Keys:
    """Adds a product as a draft, which nobody can order before `putOnSale`."""
    errors = InputErrors()
    product = Product(
        id=new_id(),
        sku=errors.code("sku", given.sku, 20),
        status=ProductStatus.DRAFT,
        unit=given.unit,
        currency=given.currency,
        list_price_minor=_price(given.list_price, given.currency, "listPrice", errors),
        cost_price_minor=None if given.cost is None else _price(given.cost, given.currency, "cost", errors),
    )
    await _describe(viewer, product, given, errors)
    await alone(PRODUCTS_LOCK)
    if not errors.count and await Product.exists(sku=product.sku):
        errors.add("sku", "Another product has this number.", "TAKEN")
    errors.raise_if_any()
    at = now()
    await product.save(force_create=True)
    await _note_price(viewer, product, ListPriceChange, None, at)
    if product.cost_price_minor is not None:
        await _note_price(viewer, product, CostChange, None, at)
    await record(ProductEvent.ADDED, product, actor=viewer, at=at)
    return {"product": product.id}


@command
class ChangeProduct(ProductCommand):
    """What is said about a product anew; whatever is left out stays as it was."""

    name: str | None = member(NAME, default=None)
    category: Key[ProductCategory] | None = member(CATEGORY, default=None)
    no_category: bool = member("It is of no category.", default=False)
    supplier: Key[Supplier] | None = member(SUPPLIER, default=None)
    no_supplier: bool = member("Nobody supplies it.", default=False)
    quantity_per_unit: str | None = member(QUANTITY_PER_UNIT, default=None)
    warranty_months: int | None = member(WARRANTY_MONTHS, default=None)
    shelf_life_days: int | None = member(SHELF_LIFE_DAYS, default=None)


HIDDEN = frozenset({"list_price_minor", "cost_price_minor", "supplier_id"})
"""What not everybody reads of a product who reads any."""


async def change_product(viewer: Viewer, given: ChangeProduct) -> Keys:
    """Describes a product anew. Orders keep the name that it had when they were placed."""
    errors = InputErrors()
    product = await load(viewer, Product, given.product, errors, given.expected_version)
    changed = await _describe(viewer, product, given, errors)
    if not changed and not errors.count:
        errors.add("product", "Nothing is to be changed.", "NOTHING_TO_CHANGE")
    errors.raise_if_any()
    at = now()
    keys = await _write(viewer, product, changed, ProductEvent.CHANGED, at)
    if "supplier_id" in changed:
        # What runs low and had nobody to be bought from has somebody now.
        await propose_purchases([product.id], at)
    return keys


async def _describe(
    viewer: Viewer, product: Product, given: AddProduct | ChangeProduct, errors: InputErrors
) -> list[str]:
    """Writes what is said into a product that is not saved yet; answers with the names of its columns."""
    said: dict[str, Any] = {}
    if given.name is not None:
        said["name"] = errors.text("name", given.name, LONGEST_LINE)
    if given.quantity_per_unit is not None:
        said["quantity_per_unit"] = errors.optional_text("quantityPerUnit", given.quantity_per_unit, 100)
    if given.warranty_months is not None:
        said["warranty_months"] = _span("warrantyMonths", given.warranty_months, 1_200, errors)
    if given.shelf_life_days is not None:
        said["shelf_life_days"] = _span("shelfLifeDays", given.shelf_life_days, 36_500, errors)
    no_category = isinstance(given, ChangeProduct) and given.no_category
    no_supplier = isinstance(given, ChangeProduct) and given.no_supplier
    said |= await _reference(viewer, "category", ProductCategory, given.category, no_category, errors)
    said |= await _reference(viewer, "supplier", Supplier, given.supplier, no_supplier, errors)
    for column, value in said.items():
        setattr(product, column, value)
    return list(said)


async def _reference(
    viewer: Viewer, name: str, model: type[M], key: Key[M] | None, takes_away: bool, errors: InputErrors
) -> dict[str, Any]:
    """The column that a reference of a product stands in, when anything is said about it; `takes_away` empties it."""
    if key is None:
        return {f"{name}_id": None} if takes_away else {}
    if takes_away:
        switch = f"no{name.capitalize()}"
        errors.add(switch, f"`{name}` is named: leave `{switch}` out.")
        return {}
    found = await find(viewer, model, key, errors)
    return {f"{name}_id": found.id if found else None}


def _span(name: str, given: int, longest: int, errors: InputErrors) -> int | None:
    if not 0 <= given <= longest:
        errors.add(name, f"`{name}` is between 0, for none, and {longest}.")
    return given or None


# --- What it costs customers, and us ----------------------------------------------------------------------------------


@command
class SetListPrice(ProductCommand):
    """What a product costs customers from now on."""

    amount: Decimal = member("What a customer pays for one unit, before discount and tax, in the product's currency.")
    reason: str | None = member(REASON, default=None)


async def set_list_price(viewer: Viewer, given: SetListPrice) -> Keys:
    """Sets a product's list price. Orders that were placed keep theirs."""
    return await _set_price(viewer, given, ListPriceChange)


@command
class SetCost(ProductCommand):
    """What a product costs us from now on."""

    amount: Decimal = member("What one unit costs us, in the product's currency.")
    reason: str | None = member(REASON, default=None)


async def set_cost(viewer: Viewer, given: SetCost) -> Keys:
    """Sets what we reckon that a product costs us. Batches keep what they did cost."""
    return await _set_price(viewer, given, CostChange)


async def _set_price(viewer: Viewer, given: SetListPrice | SetCost, ledger: Ledger) -> Keys:
    errors = InputErrors()
    reason = errors.optional_text("reason", given.reason)
    product = await load(viewer, Product, given.product, errors, given.expected_version)
    setattr(product, COLUMNS[ledger], _price(given.amount, product.currency, "amount", errors))
    errors.raise_if_any()
    at = now()
    await _note_price(viewer, product, ledger, reason, at)
    return await _write(viewer, product, [COLUMNS[ledger]], ProductEvent.CHANGED, at)


def _price(amount: Decimal, currency: str, name: str, errors: InputErrors) -> int:
    """An amount of an input in minor units, 0 at least; notes when it is no price."""
    bounds = "A price is at least 0"
    return errors.minor_units(name, amount, currency, least=0, most=LARGEST_PRICE_MINOR, bounds=bounds) or 0


async def _note_price(viewer: Viewer, product: Product, ledger: Ledger, reason: str | None, at: datetime) -> None:
    """Keeps from when on a product has its present price."""
    await ledger.create(
        id=new_id(),
        product_id=product.id,
        amount_minor=getattr(product, COLUMNS[ledger]),
        currency=product.currency,
        reason=reason,
        changed_at=at,
        changed_by_id=viewer.account,
    )


# --- Where it is in its life ------------------------------------------------------------------------------------------


async def put_on_sale(viewer: Viewer, given: ProductCommand) -> Keys:
    """Puts a product on sale: from now on it can be ordered, bought and made."""
    return await _move(viewer, given, "putOnSale", ProductStatus.ON_SALE)


async def phase_out(viewer: Viewer, given: ProductCommand) -> Keys:
    """Phases a product out: what there is of it is sold, and none is bought or made again."""
    return await _move(viewer, given, "phaseOut", ProductStatus.PHASING_OUT)


async def withdraw_product(viewer: Viewer, given: ProductCommand) -> Keys:
    """Withdraws a product: nobody can order it any more. `decideProduct` does so too, with reasons and figures."""
    return await _move(viewer, given, "withdrawProduct", ProductStatus.WITHDRAWN)


async def _move(viewer: Viewer, given: ProductCommand, verb: str, to: ProductStatus) -> Keys:
    errors = InputErrors()
    product = await load(viewer, Product, given.product, errors, given.expected_version)
    await MACHINE.check(viewer, product, verb, to, errors)
    errors.raise_if_any()
    at = now()
    keys = await take_to(viewer, product, to, at)
    # Its reorder point may have been reached while nothing of it was bought.
    await propose_purchases([product.id], at)
    return keys


async def take_to(viewer: Viewer, product: Product, to: ProductStatus, at: datetime) -> Keys:
    """Gives a product a status: a verb of its own does, or a decision about it."""
    move_to(product, to)
    keys = await _write(viewer, product, ["status"], ProductEvent.STATUS_CHANGED, at)
    await alert([product.id], at)
    return keys


async def _write(viewer: Viewer, product: Product, changed: list[str], kind: EventKind, at: datetime) -> Keys:
    """Saves the changed columns of a product and records what happened to it."""
    columns = [*changed, "search_text"]
    # Who may know of the rest counts the events that tell of it.
    await (product.save(update_fields=columns) if HIDDEN.issuperset(changed) else product.save_next_version(*columns))
    await record(kind, product, actor=viewer, at=at)
    return {"product": product.id}
