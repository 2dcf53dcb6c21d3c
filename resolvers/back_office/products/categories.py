"""Categories of products. Tax rates may depend on them, so none is ever removed."""

from uuid import UUID

from models.back_office.products.catalogue import ProductCategory
from models.kit.base import new_id
from resolvers.kit.commands import Command, InputErrors, Key, Keys, Update, Viewer, command, member
from resolvers.kit.loading import load
from resolvers.kit.locks import PRODUCTS_LOCK, alone

NAME = "What it is called, at most 100 characters, unlike every other category."


@command
class AddProductCategory(Command):
    """A category of products."""

    name: str = member(NAME)


async def add_product_category(viewer: Viewer, given: AddProductCategory) -> Keys:
    """Adds a category of products."""
    del viewer  # Whoever may write products may add to all of them.
    errors = InputErrors()
    called = await _free_name(given.name, None, errors)
    errors.raise_if_any()
    category = await ProductCategory.create(id=new_id(), name=called)
    return {"category": category.id}


@command
class RenameProductCategory(Update):
    """What a category is called from now on."""

    category: Key[ProductCategory] = member("The category.")
    name: str = member(NAME)


async def rename_product_category(viewer: Viewer, given: RenameProductCategory) -> Keys:
    """Calls a category otherwise."""
    errors = InputErrors()
    called = await _free_name(given.name, given.category.id, errors)
    category = await load(viewer, ProductCategory, given.category, errors, given.expected_version)
    errors.raise_if_any()
    category.name = called
    await category.save_next_version("name")
    return {"category": category.id}


async def _free_name(name: str, own: UUID | None, errors: InputErrors) -> str:
    """The name, when no other category has it and none can get it before this transaction ends."""
    before = errors.count
    called = errors.code("name", name, 100)
    if errors.count > before:
        return called
    await alone(PRODUCTS_LOCK)
    named = await ProductCategory.filter(name=called).first()
    if named is not None and named.id != own:
        errors.add("name", "Another category has this name.", "TAKEN")
    return called
